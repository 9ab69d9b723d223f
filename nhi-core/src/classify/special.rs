/*!
Forms that literals and runs cannot express: armoured key blocks, JSON web tokens, passwords in URLs, Basic headers,
mnemonics. Each matcher is found by a literal of its own ([`needles`]) and reads no byte beyond the form it knows, so
that a flood of its literals stays linear.
*/

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::ops::Range;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use memchr::memmem;
use zeroize::Zeroizing;

use super::{
    attributes,
    candidate::{Match, Origin},
    catalogue::{Format, Shape},
    context,
    grade::{self, Grade, LOW},
    name::Promise,
    placeholder, shape, value, variety,
};
use crate::limits;

/// The literals by which a matcher is found; none if there is no matcher of that name.
pub(super) fn needles(name: &str) -> &'static [&'static str] {
    match name {
        "pem-private-key" | "pgp-private-key" => &["-----BEGIN "],
        "jwt" => &["eyJ"],
        "url-userinfo" => &["://"],
        "basic-authorization" => &["asic "],
        "bip39" => &["nemonic", "eed phrase", "ery phrase"],
        _ => &[],
    }
}

/// Runs the matcher `name` at one of its needles.
pub(super) fn at(
    name: &str,
    format: &'static Format,
    shape: &'static Shape,
    view: &[u8],
    place: usize,
    work: &mut u64,
) -> Option<Match> {
    match name {
        "pem-private-key" => block(format, shape, view, place, false, work),
        "pgp-private-key" => block(format, shape, view, place, true, work),
        "jwt" => jwt(format, shape, view, place, work),
        "url-userinfo" => userinfo(format, view, place, work),
        "basic-authorization" => basic(format, view, place, work),
        "bip39" => mnemonic(format, shape, view, place, work),
        _ => None,
    }
}

fn found(format: &'static Format, span: Range<usize>, grade: Grade) -> Match {
    Match {
        start: span.start,
        end: span.end,
        origin: Origin::Distinctive,
        rule: format.id,
        provider: format.provider,
        credential_kind: format.credential_kind,
        marker: Vec::new(),
        preview: None,
        grade,
        secret: None,
        decoded: Vec::new(),
        attributes: Default::default(),
        parts: Vec::new(),
    }
}

/// A private key between BEGIN and END, on lines of its own, escaped in a string, or indented.
fn block(
    format: &'static Format,
    shape: &'static Shape,
    view: &[u8],
    place: usize,
    pgp: bool,
    work: &mut u64,
) -> Option<Match> {
    let rest = view.get(place..(place + limits::SCAN_AHEAD).min(view.len()))?;
    let label = rest.get(11..rest.len().min(75))?;
    let label = label.get(..memmem::find(label, b"-----")?)?;
    let wanted: &[u8] = if pgp { b"PGP PRIVATE KEY BLOCK" } else { b"PRIVATE KEY" };
    if !label.ends_with(wanted) || !label.iter().all(|b| b.is_ascii_uppercase() || b" 0123456789".contains(b))
    {
        return None;
    }
    let marker = 11 + label.len() + 5;
    let body = rest.get(marker..)?;
    let dashes = memmem::find(body, b"-----");
    *work += dashes.unwrap_or(body.len()) as u64;
    let inside = body.get(..dashes.unwrap_or(body.len()))?;
    let end_line = ["-----END ".as_bytes(), label, b"-----"].concat();
    let whole = dashes.is_some_and(|at| body.get(at..).is_some_and(|b| b.starts_with(&end_line)));

    let read = lines_of(inside);
    if read.letters < 16 {
        // A program that looks for such lines, or a document that names them.
        return None;
    }
    let end = place + marker + if whole { inside.len() + end_line.len() } else { read.end };
    let mut secret = Zeroizing::new(Vec::with_capacity(inside.len() + 2 * end_line.len()));
    secret.extend_from_slice(rest.get(..marker)?);
    secret.push(b'\n');
    secret.extend_from_slice(&read.text);
    secret.extend_from_slice(&end_line);
    let mut grade = if whole && read.clean {
        grade::of_shape(format, shape, &secret, None)
    } else {
        let mut grade = Grade::new(500);
        grade.cap(450, "incomplete", "its end is not here, or other text stands in it");
        grade
    };
    if read.letters < 48 {
        grade.cap(LOW, "incomplete", "too short for a key");
    }
    if memmem::find(inside, b"...").is_some() {
        grade.cap(LOW, "placeholder-word", "a part of it is left out");
    }
    if label.starts_with(b"ENCRYPTED") || memmem::find(inside, b"ENCRYPTED").is_some() {
        grade.cap(450, "encrypted", "a passphrase protects it");
    }
    let attributes = attributes::read(format, &secret);
    let last = String::from_utf8_lossy(read.last.as_slice()).into_owned();
    let shown = String::from_utf8_lossy(rest.get(..marker)?).into_owned();
    let preview = Some(if read.letters >= 48 { format!("{shown}…{last}") } else { format!("{shown}…") });
    let mut decoded = Vec::new();
    if read.escaped {
        decoded.push("escapes");
    }
    let span = place..end.min(view.len());
    let mut out = found(format, span, grade);
    (out.secret, out.preview, out.decoded, out.attributes) = (Some(secret), preview, decoded, attributes);
    Some(out)
}

struct Lines {
    /// The lines without indentation, quotes and escapes.
    text: Zeroizing<Vec<u8>>,
    letters: usize,
    /// The last four characters of the body.
    last: Vec<u8>,
    escaped: bool,
    /// Whether only base64 and headers were met.
    clean: bool,
    /// How far the body goes in the raw bytes.
    end: usize,
}

fn lines_of(raw: &[u8]) -> Lines {
    let mut out = Lines {
        text: Zeroizing::new(Vec::with_capacity(raw.len() + 1)),
        letters: 0,
        last: Vec::new(),
        escaped: false,
        clean: true,
        end: 0,
    };
    let mut at = 0;
    let mut line_start = 0;
    while at <= raw.len() {
        // A line ends at a line end or at an escaped one, of any number of backslashes.
        let slashes = raw.get(at..).unwrap_or_default().iter().take(8).take_while(|&&b| b == b'\\').count();
        let escape = slashes > 0 && matches!(raw.get(at + slashes), Some(b'n' | b'r'));
        let line_end = at == raw.len() || raw.get(at) == Some(&b'\n') || escape;
        if !line_end {
            at += slashes.max(1);
            continue;
        }
        let line = trim(raw.get(line_start..at.min(raw.len())).unwrap_or_default());
        let base64 = line.iter().all(|b| shape::ALNUM.has(*b) || b"+/=".contains(b));
        let header = line.iter().position(|&b| b == b':').is_some_and(|at| at < 40);
        if base64 && !line.is_empty() {
            out.letters += line.len();
            out.end = at;
            if let Some(last) =
                line.iter().rposition(|&b| b != b'=').and_then(|n| line.get(n.checked_sub(3)?..=n))
                && line.first() != Some(&b'=')
            {
                out.last = last.to_owned();
            }
        } else if !header && !line.is_empty() {
            out.clean = false;
            if out.letters > 0 && at < raw.len() {
                break;
            }
        }
        // An empty line parts headers from the body; one at the front or the end says nothing.
        if !line.is_empty() {
            out.text.extend_from_slice(line);
            out.text.push(b'\n');
        }
        out.escaped |= escape;
        at += if escape { slashes + 1 } else { 1 };
        line_start = at;
    }
    out
}

fn trim(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b',' | b'>' | b'\\' | b'.', rest @ ..] = line {
        line = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b',' | b';' | b'\\'] = line {
        line = rest;
    }
    // Joined literals: `"…" +`, `"…" .`
    match line {
        [b'+' | b'.'] => &[],
        [rest @ .., b' ', b'+' | b'.'] => trim(rest),
        _ => line,
    }
}

fn base64url(b: u8) -> bool {
    shape::ALNUM.has(b) || b == b'-' || b == b'_'
}

/// Three base64url parts, the first a JSON object with `alg` (RFC 7515, 7519).
fn jwt(
    format: &'static Format,
    shape: &'static Shape,
    view: &[u8],
    start: usize,
    work: &mut u64,
) -> Option<Match> {
    let before = start.checked_sub(1).and_then(|i| view.get(i)).copied().unwrap_or(b' ');
    if (base64url(before) || before == b'.') && !shape::after_escape(view, start) {
        return None;
    }
    let rest = view.get(start..(start + limits::JWT_BYTES).min(view.len()))?;
    let part = |from: usize| rest.get(from..).map(|r| from + r.iter().take_while(|&&b| base64url(b)).count());
    let dot = |at: usize| rest.get(at) == Some(&b'.');
    let first = part(0)?;
    *work += first as u64;
    if !dot(first) || first < 16 {
        return None;
    }
    // The header is small; decoding it first keeps a flood of prefixes cheap.
    let header = BASE64URL_NOPAD.decode(rest.get(..first)?).ok()?;
    if !header.starts_with(b"{") || memmem::find(&header, b"\"alg\"").is_none() {
        return None;
    }
    let second = part(first + 1)?;
    *work += (second - first) as u64;
    if !dot(second) || second - first < 3 {
        return None;
    }
    let third = part(second + 1)?;
    *work += (third - second) as u64;
    if dot(third) && rest.get(third + 1).is_some_and(|&b| base64url(b)) {
        return None;
    }
    let payload = Zeroizing::new(BASE64URL_NOPAD.decode(rest.get(first + 1..second)?).unwrap_or_default());
    let token = rest.get(..third)?;
    let word = context::word_near(format.context, view, start);
    let mut grade = grade::of_shape(format, shape, token, word);
    if third - second < 20 {
        grade.cap(LOW, "unsigned", "it carries no signature");
    }
    let sample = [&b"John Doe"[..], b"1234567890", b"example.com", b"example.org", b"joe\""];
    if let Some(text) = sample.iter().find(|text| memmem::find(&payload, text).is_some()) {
        let text = String::from_utf8_lossy(text);
        grade.cap(300, "placeholder-word", format!("its payload holds {text}, as samples do"));
    }
    let mut out = found(format, start..start + third, grade);
    out.marker = b"eyJ".to_vec();
    out.attributes = attributes::read(format, token);
    Some(out)
}

/// The password of `scheme://user:password@host` (RFC 3986 section 3.2.1).
fn userinfo(format: &'static Format, view: &[u8], place: usize, work: &mut u64) -> Option<Match> {
    let scheme = place.checked_sub(1).and_then(|i| view.get(i))?;
    if !scheme.is_ascii_alphanumeric() {
        return None;
    }
    let start = place + 3;
    let rest = view.get(start..(start + limits::VALUE_BYTES).min(view.len()))?;
    let stop = |b: &u8| b.is_ascii_control() || b.is_ascii_whitespace() || b"\"'`<>/\\,()?#".contains(b);
    let length = rest.iter().position(stop).unwrap_or(rest.len());
    *work += length as u64;
    let authority = rest.get(..length)?;
    let at = authority.iter().rposition(|&b| b == b'@')?;
    let (info, host) = (authority.get(..at)?, authority.get(at + 1..)?);
    let colon = info.iter().position(|&b| b == b':');
    let (user, password, from) = match colon {
        Some(colon) => (info.get(..colon)?, info.get(colon + 1..)?, start + colon + 1),
        None => (&b""[..], info, start),
    };
    let host_ok = host.first().is_some_and(|b| b.is_ascii_alphanumeric() || b"[${%".contains(b));
    if password.is_empty() || !host_ok {
        return None;
    }
    let secret = percent(password);
    let plain: &[u8] = secret.as_deref().map_or(password, |s| s.as_slice());
    let mut grade = if colon.is_none() {
        // A token in the place of the user.
        let (mut grade, _) = value::judge(Promise::Secret, b"", plain, value::Form::Quoted)?;
        grade.reword(0, "structure-parses", "it stands in a URL where the user stands");
        grade
    } else if placeholder::template(plain) || plain.contains(&b'%') && secret.is_none() {
        return None;
    } else {
        let mut grade = Grade::new(if plain.len() >= 8 { 640 } else { 520 });
        grade.add(0, "structure-parses", "user and password stand in a URL");
        if user.eq_ignore_ascii_case(plain) || value::common(plain) || plain.len() < 4 {
            grade.cap(300, "placeholder-word", "a password that samples have");
        } else if let Some(word) = placeholder::word_in(plain, true).or_else(|| pass_word(plain)) {
            grade.cap(300, "placeholder-word", format!("it holds the word {word}"));
        }
        if variety::distinct(plain) < 3 {
            grade.cap(200, "repeated-characters", "one character is repeated over and over");
        }
        grade
    };
    let local =
        [&b"localhost"[..], b"127.0.0.1", b"example.", b"host", b"0.0.0.0", b"[::1]", b"server", b"domain"];
    if local.iter().any(|name| host.starts_with(name)) || memmem::find(host, b"example").is_some() {
        grade.cap(LOW, "sample-host", "the host is this machine or a sample");
    }
    let mut out = found(format, from..start + at, grade);
    if secret.is_some() {
        out.decoded.push("percent");
    }
    out.secret = secret;
    Some(out)
}

fn pass_word(value: &[u8]) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let words = ["passw", "pass", "pwd", "user", "xxx", "abc123"];
    words.into_iter().find(|word| memmem::find(&lower, word.as_bytes()).is_some())
}

/// Undoes percent-encoding; none if there is nothing to undo.
fn percent(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut at, mut any) = (0, false);
    while let Some(&b) = text.get(at) {
        let hex = |i: usize| text.get(i).and_then(|&b| char::from(b).to_digit(16));
        if b == b'%'
            && let (Some(high), Some(low)) = (hex(at + 1), hex(at + 2))
        {
            out.push((high * 16 + low) as u8);
            (at, any) = (at + 3, true);
        } else {
            out.push(b);
            at += 1;
        }
    }
    any.then_some(out)
}

/// The base64 behind `Basic`, which decodes to `user:password` (RFC 7617).
fn basic(format: &'static Format, view: &[u8], place: usize, work: &mut u64) -> Option<Match> {
    let capital = place.checked_sub(1).and_then(|i| view.get(i))?;
    if !matches!(capital, b'B' | b'b') {
        return None;
    }
    let start = place + 5;
    let rest = view.get(start..(start + limits::VALUE_BYTES).min(view.len()))?;
    let length = rest.iter().take_while(|&&b| shape::ALNUM.has(b) || b == b'+' || b == b'/').count();
    *work += length as u64;
    let pad = rest.get(length..).unwrap_or_default().iter().take(2).take_while(|&&b| b == b'=').count();
    if length < 8 {
        return None;
    }
    let text = Zeroizing::new(BASE64_NOPAD.decode(rest.get(..length)?).ok()?);
    let colon = text.iter().position(|&b| b == b':')?;
    let (user, password) = (text.get(..colon)?, text.get(colon + 1..)?);
    let printable = core::str::from_utf8(&text).is_ok_and(|t| !t.chars().any(char::is_control));
    if !printable || password.len() < 3 {
        return None;
    }
    let mut grade = Grade::new(780);
    grade.add(0, "structure-parses", "it decodes to user and password");
    if user.eq_ignore_ascii_case(password) || value::common(password) || placeholder::template(password) {
        grade.cap(300, "placeholder-word", "a password that samples have");
    } else if let Some(word) = placeholder::word_in(password, true).or_else(|| pass_word(password)) {
        grade.cap(300, "placeholder-word", format!("it holds the word {word}"));
    }
    let mut out = found(format, start..start + length + pad, grade);
    out.preview = Some("…".into());
    out.secret = Some(Zeroizing::new(password.to_owned()));
    out.decoded.push("base64");
    Some(out)
}

/// Twelve to twenty-four words behind a word that announces them (BIP-39).
fn mnemonic(
    format: &'static Format,
    shape: &'static Shape,
    view: &[u8],
    place: usize,
    work: &mut u64,
) -> Option<Match> {
    let rest = view.get(place..(place + 400).min(view.len()))?;
    // The words start behind an operator or a quote.
    let from = rest.iter().take(64).position(|b| b":=\"'`\n".contains(b))?;
    let skip = rest.get(from..)?.iter().take(12).take_while(|b| !b.is_ascii_lowercase()).count();
    let start = from + skip;
    let (mut at, mut words, mut end) = (start, 0, start);
    while words < 24 {
        let length = rest.get(at..)?.iter().take(9).take_while(|b| b.is_ascii_lowercase()).count();
        if !(3..=8).contains(&length) {
            break;
        }
        (words, end) = (words + 1, at + length);
        if rest.get(end) != Some(&b' ') {
            break;
        }
        at = end + 1;
    }
    *work += (end - start) as u64 + 64;
    if !matches!(words, 12 | 15 | 18 | 21 | 24) {
        return None;
    }
    let token = rest.get(start..end)?;
    let mut grade = grade::of_shape(format, shape, token, Some("mnemonic"));
    if !grade.checked {
        return None;
    }
    let sample = [&b"abandon abandon"[..], b"test test", b"legal winner", b"letter advice", b"zoo zoo"];
    if sample.iter().any(|text| memmem::find(token, text).is_some()) {
        grade.cap(300, "placeholder-word", "words that the standard's samples have");
    }
    let mut out = found(format, place + start..place + end, grade);
    out.preview = Some("…".into());
    Some(out)
}
