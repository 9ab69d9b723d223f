/*!
Is a value a secret somebody chose or a machine made, or is it a name, a path, a digest, a sample?

Thresholds only: character classes, entropy over length, and the forms that ordinary values have.
*/

use super::{
    context,
    grade::{Grade, LOW, tenths},
    name::Promise,
    placeholder, variety,
};
use crate::model::CredentialKind;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Between quotes: a literal in any language.
    Quoted,
    /// Without quotes, but as settings files and shells write literals: the whole rest of the line.
    Setting,
    /// Without quotes: a name or an expression in most languages.
    Bare,
}

/// The classes of characters in a value.
#[derive(Debug, Default, Clone, Copy)]
struct Classes {
    lower: usize,
    upper: usize,
    digit: usize,
    mark: usize,
    other: usize,
}

fn classes(value: &[u8]) -> Classes {
    let mut c = Classes::default();
    for b in value {
        match b {
            b'a'..=b'z' => c.lower += 1,
            b'A'..=b'Z' => c.upper += 1,
            b'0'..=b'9' => c.digit += 1,
            b'!'..=b'~' => c.mark += 1,
            _ => c.other += 1,
        }
    }
    c
}

/// Whole values that stand for a secret or are so common that they are none.
const COMMON: &[&str] = &[
    "password",
    "passwd",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "password1",
    "password123",
    "secret",
    "secret123",
    "mysecret",
    "topsecret",
    "token",
    "mytoken",
    "key",
    "mykey",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "admin",
    "admin123",
    "administrator",
    "root",
    "root123",
    "toor",
    "guest",
    "user",
    "username",
    "test",
    "test123",
    "test1234",
    "testing",
    "testpass",
    "testpassword",
    "test_password",
    "test-password",
    "foobar",
    "foo",
    "bar",
    "hunter2",
    "letmein",
    "qwerty",
    "qwerty123",
    "abc123",
    "abcd1234",
    "123456",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "string",
    "value",
    "default",
    "postgres",
    "mysql",
    "redis",
    "minioadmin",
    "rabbitmq",
    "example",
    "sample",
    "demo",
    "dummy",
    "hello",
    "helloworld",
    "welcome1",
    "pass",
    "pass123",
    "pass1234",
    "passpass",
    "required",
    "optional",
    "basic",
    "bearer",
    "authorization",
    "hidden",
    "redacted",
    "correcthorsebatterystaple",
    "supersecret",
    "latin1",
    "latin-1",
    "iso-8859-1",
    "scram-sha-256",
    "s3cret",
    "s3cr3t",
];

/// Starts that tell a hash of a password.
const HASHES: &[&[u8]] = &[
    b"$1$",
    b"$2a$",
    b"$2b$",
    b"$2y$",
    b"$5$",
    b"$6$",
    b"$7$",
    b"$y$",
    b"$argon2",
    b"$pbkdf2",
    b"pbkdf2",
    b"scrypt:",
    b"{SSHA",
    b"{SHA",
    b"{MD5",
    b"{bcrypt",
    b"SCRAM-SHA",
    b"sha1$",
    b"sha256$",
    b"bcrypt",
];

/// Starts that tell public or foreign matter.
const FOREIGN: &[&[u8]] = &[
    b"ssh-", b"AAAAB3", b"ecdsa-", b"data:", b"iVBOR", b"/9j/4A", b"R0lGOD", b"-----", b"sha256:",
    b"sha512-", b"sha1-", b"sha384-", b"sha256-", b"h1:", b"MIIB", b"MIIC", b"MIID", b"MIIE", b"age1",
    b"http:", b"https:", b"urn:",
];

/// A grade and a kind for a value under a name that promises a secret, or `None` if it is none.
pub(super) fn judge(
    promise: Promise,
    name: &[u8],
    value: &[u8],
    form: Form,
) -> Option<(Grade, CredentialKind)> {
    let quoted = form != Form::Bare;
    if value.len() < 6
        || placeholder::template(value)
        || context::is_digest(value)
        || FOREIGN.iter().any(|start| value.starts_with(start))
    {
        return None;
    }
    if HASHES.iter().any(|start| value.starts_with(start)) {
        let mut grade = Grade::new(300);
        grade.cap(250, "hash", "a hash of a password: the password itself is not here");
        return (value.len() >= 20).then_some((grade, CredentialKind::Hash));
    }
    let c = classes(value);
    if c.other > 0 || common(value) || says_its_name(name, value) || code(value, form) || plain_form(value, c)
    {
        return None;
    }
    if variety::longest_repeat(value) * 2 > value.len() || variety::distinct(value) < 4 {
        return None;
    }
    match promise {
        Promise::Password => password(value, c, form),
        Promise::Secret => token(value, c, quoted, false),
        Promise::Weak => token(value, c, quoted, true),
    }
}

/// Whether a whole value is one of those that stand in every sample.
pub(super) fn common(value: &[u8]) -> bool {
    COMMON.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

fn password(value: &[u8], c: Classes, form: Form) -> Option<(Grade, CredentialKind)> {
    let letters = c.lower + c.upper;
    let kinds = [c.lower, c.upper, c.digit, c.mark].iter().filter(|&&n| n > 0).count();
    let mut grade = Grade::new(match (value.len(), kinds) {
        (_, 0 | 1) => 300,
        (..8, 2) => 400,
        (..8, _) => 440,
        (8..12, 2) => 480,
        (8..12, 3) => 540,
        (12.., 2) => 500,
        _ => 600,
    });
    grade.add(0, "assignment", "a literal is assigned to a name that means a password");
    if c.digit == 0 && words_only(value) {
        grade.cap(300, "words", "made of letters as words are");
    } else if letters == 0 {
        grade.cap(300, "digits", "made of digits only");
    }
    // A name of the program: words joined by marks, or anything plain where names may stand.
    let joined = value.contains(&b'_');
    let plain = value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let wordy = word_share(value) * 2 >= value.len();
    if plain && (joined && (wordy || c.lower == 0) || wordy && form == Form::Bare) {
        grade.cap(300, "words", "made of words, as a name is");
    }
    if form == Form::Bare && (c.digit == 0 || c.lower == 0) {
        grade.cap(LOW, "unquoted", "without quotes it may be a name");
    }
    doubts(&mut grade, value);
    Some((grade, CredentialKind::Password))
}

fn token(value: &[u8], c: Classes, quoted: bool, weak: bool) -> Option<(Grade, CredentialKind)> {
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    let size = if hex { 16 } else { 40 };
    let length = value.len();
    if length < 10 || c.digit == 0 && !random_letters(value, c) {
        return None;
    }
    let found = variety::entropy(value);
    let enough = variety::floor(length, size);
    if found < enough {
        return None;
    }
    let uuid = is_uuid(value);
    let mixed = c.lower > 0 && c.upper > 0 && c.digit > 0;
    let mut grade = Grade::new(match length {
        ..16 => 320,
        16..20 => 450,
        20..32 => 540,
        _ => 620,
    });
    grade.add(0, "assignment", "a literal is assigned to a name that means a secret");
    grade.add(0, "entropy", alloc::format!("{} bits a character, as random text has", tenths(found)));
    if mixed {
        grade.add(60, "mixed", "small letters, capitals and digits");
    }
    if constant(value, c) {
        return None;
    }
    // Names with a number in them: words joined by marks.
    let worded = word_share(value);
    if worded * 10 >= length * 6 && !hex {
        grade.cap(300, "words", "made of words");
    }
    if uuid {
        grade.cap(if weak { 200 } else { LOW }, "uuid", "a UUID: mostly an identifier");
    }
    if weak {
        grade.add(-150, "weak-name", "the name may mean something else");
        if !mixed || length < 20 || hex {
            grade.cap(LOW, "weak-name", "the name may mean something else");
        }
    }
    if !quoted && !mixed && !hex {
        grade.add(-60, "unquoted", "without quotes it may be a name");
    }
    doubts(&mut grade, value);
    Some((grade, CredentialKind::Unknown))
}

/// Names, placeholder words and sequences.
fn doubts(grade: &mut Grade, value: &[u8]) {
    if says_a_key(value) {
        grade.cap(200, "name", "it ends as the name of a secret does");
    } else if path_of_words(value) {
        grade.cap(200, "name", "a path of words, as an identifier is");
    }
    if let Some(word) = placeholder::word_in(value, true) {
        grade.cap(300, "placeholder-word", alloc::format!("it holds the word {word}"));
    }
    if variety::longest_sequence(value) >= 5 {
        grade.cap(300, "sequence", "its characters follow each other as in the alphabet");
    }
}

/// Whether a value repeats its name: `password: "password_field"`.
fn says_its_name(name: &[u8], value: &[u8]) -> bool {
    let letters = |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let same = name
        .iter()
        .filter(|b| b.is_ascii_alphanumeric())
        .zip(value.iter().filter(|b| b.is_ascii_alphanumeric()))
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count();
    same >= 4 && (same == letters(value) || same == letters(name))
}

/// Whether a value is written as a name and its last word is one that names secrets: `aws:1/deployer/api_key`,
/// `x25519.X25519PrivateKey`. No random string of sixteen characters ends so more than once in ten thousand.
fn says_a_key(value: &[u8]) -> bool {
    let named = |b: &u8| b.is_ascii_alphanumeric() || b"_-./:@".contains(b);
    let end = [
        "key",
        "keys",
        "keytypes",
        "password",
        "passwd",
        "secret",
        "secrets",
        "token",
        "tokens",
        "credential",
    ];
    let ends = |word: &&str| {
        let at = value.len().checked_sub(word.len());
        at.is_some_and(|at| {
            context::says(value.get(at.saturating_sub(1)..).unwrap_or_default(), word.as_bytes())
        })
    };
    value.iter().all(named) && end.iter().any(ends)
}

/// Whether it is made of parts between `/`, `:` and `.`, each of small words or a short number.
fn path_of_words(value: &[u8]) -> bool {
    let plain = |part: &[u8]| {
        let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
        let letters = part.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let fits = part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(b));
        fits && (letters == 0 && digits <= 4
            || digits <= 2 && (letters <= 4 || word_share(part) * 3 >= letters * 2))
    };
    let parts = || value.split(|b| matches!(b, b'/' | b':' | b'.'));
    parts().count() >= 3 && parts().all(plain)
}

/// Whether it is an expression: a call, an index, a path of names.
fn code(value: &[u8], form: Form) -> bool {
    let has = |b: u8| value.contains(&b);
    let dotted = value.split(|&b| b == b'.').count() > 1
        && value.split(|&b| b == b'.').all(|part| {
            part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
                && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
        && value.iter().filter(|b| b.is_ascii_digit()).count() * 4 < value.len();
    if dotted || value.windows(2).any(|w| w == b"::" || w == b"->" || w == b"=>") || value.starts_with(b"%") {
        return true;
    }
    if has(b'(') && has(b')') || (has(b'[') && has(b']')) || (has(b'{') && has(b'}')) {
        return true;
    }
    // Without quotes, brackets and operators are the language's.
    let brackets = |b: &u8| matches!(b, b'(' | b')' | b'[' | b']' | b'{' | b'}');
    let operators = |b: &u8| brackets(b) || matches!(b, b'*' | b'&' | b'?' | b':' | b'=');
    match form {
        Form::Quoted => false,
        Form::Setting => value.iter().any(brackets) || value.starts_with(b"$"),
        Form::Bare => value.iter().any(operators) || value.first().is_some_and(|b| b"!@.-/$".contains(b)),
    }
}

/// Whether it is a path, an address, a date, a version, a number or a dimension.
fn plain_form(value: &[u8], c: Classes) -> bool {
    let first = value.first().copied().unwrap_or(0);
    let slashes = value.iter().filter(|&&b| b == b'/').count();
    let path = first == b'/' && slashes >= 2 && !value.contains(&b'+')
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
        || value.windows(3).any(|w| w == b"://")
        || slashes >= 2 && c.digit == 0
        || value.windows(2).any(|w| w == b":\\")
        || value.iter().filter(|&&b| b == b'\\').count() >= 2 && !value.windows(2).any(|w| w == b"\\n");
    let host = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(b))
    };
    let mail = match value.iter().position(|&b| b == b'@') {
        Some(at) => {
            let (left, right) =
                (value.get(..at).unwrap_or_default(), value.get(at + 1..).unwrap_or_default());
            host(left) && host(right) && right.contains(&b'.')
        }
        None => false,
    };
    let numeric = c.lower + c.upper == 0
        && value.iter().all(|b| b.is_ascii_digit() || b".:-/+, xX_T".contains(b))
        && c.mark > 0;
    let hex_number = value.starts_with(b"0x") || value.starts_with(b"#");
    path || mail || numeric || hex_number
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Whether it is written as a constant's name: `MAX_RETRY_2`.
fn constant(value: &[u8], c: Classes) -> bool {
    let joined = value.contains(&b'_');
    joined && c.lower == 0 && value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// Only letters and joining marks.
fn words_only(value: &[u8]) -> bool {
    value.iter().all(|b| {
        b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' ' | b'!' | b'?' | b'/' | b':')
    })
}

/// Letters that stand in words of four and more between marks, ends and changes of case, with vowels as words have.
/// Letters beside a digit count only where the digits end a word: `summer2024`, not `a3summerx9`.
pub(super) fn word_share(value: &[u8]) -> usize {
    let mut share = 0;
    let mut start = 0;
    for at in 0..=value.len() {
        let b = value.get(at).copied().unwrap_or(b'-');
        let before = at.checked_sub(1).and_then(|i| value.get(i)).copied().unwrap_or(b'-');
        let cut = !b.is_ascii_alphabetic() || (b.is_ascii_uppercase() && before.is_ascii_lowercase());
        if cut {
            let word = value.get(start..at).unwrap_or_default();
            let left = start.checked_sub(1).and_then(|i| value.get(i)).copied().unwrap_or(b'-');
            let rest = value.get(at..).unwrap_or_default();
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let free = rest.get(digits).is_none_or(|b| !b.is_ascii_alphanumeric()) || digits == 0;
            if word.len() >= 4 && speakable(word) && !left.is_ascii_digit() && free {
                share += word.len();
            }
            start = if b.is_ascii_alphabetic() { at } else { at + 1 };
        }
    }
    share
}

/// Vowels between 20 and 60 % and never five consonants in a row.
fn speakable(word: &[u8]) -> bool {
    let vowel = |b: &u8| b"aeiouyAEIOUY".contains(b);
    let vowels = word.iter().filter(|b| vowel(b)).count();
    let longest = word.split(vowel).map(<[u8]>::len).max().unwrap_or(0);
    let small = word.iter().skip(1).all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase);
    small && vowels * 5 >= word.len() && vowels * 5 <= word.len() * 3 && longest <= 4
}

/// Letters alone that no word explains: changing case at random.
fn random_letters(value: &[u8], c: Classes) -> bool {
    let flips = value
        .windows(2)
        .filter(|w| matches!(w, [a, b] if a.is_ascii_lowercase() != b.is_ascii_lowercase()))
        .count();
    value.len() >= 20
        && c.lower >= 4
        && c.upper >= 4
        && flips * 3 >= value.len()
        && word_share(value) * 4 < value.len()
}
