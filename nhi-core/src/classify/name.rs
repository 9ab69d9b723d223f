//! What a name promises: a password, a secret, something weaker, or nothing secret at all.

/// What the name of a value says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promise {
    /// `key`, `auth`: many other things are called so.
    Weak,
    /// `secret`, `token`, `api_key` and the like.
    Secret,
    /// `password` and its kin.
    Password,
}

/// Words after which a name means something about the secret, not the secret.
const ABOUT: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "url",
    "urls",
    "uri",
    "uris",
    "type",
    "types",
    "count",
    "length",
    "len",
    "size",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "expired",
    "arn",
    "ref",
    "refs",
    "field",
    "fields",
    "label",
    "placeholder",
    "hint",
    "prefix",
    "suffix",
    "regex",
    "regexp",
    "pattern",
    "format",
    "policy",
    "hash",
    "hashed",
    "hashes",
    "digest",
    "header",
    "headers",
    "param",
    "params",
    "parameter",
    "endpoint",
    "index",
    "version",
    "algorithm",
    "algo",
    "alg",
    "min",
    "max",
    "required",
    "enabled",
    "disabled",
    "error",
    "errors",
    "err",
    "message",
    "msg",
    "title",
    "text",
    "description",
    "desc",
    "help",
    "page",
    "form",
    "class",
    "mode",
    "location",
    "dir",
    "directory",
    "column",
    "table",
    "provider",
    "service",
    "manager",
    "store",
    "scope",
    "scopes",
    "kind",
    "status",
    "state",
    "usage",
    "limit",
    "limits",
    "timeout",
    "method",
    "methods",
    "strength",
    "validator",
    "validation",
    "rule",
    "rules",
    "template",
    "env",
    "var",
    "variable",
    "variables",
    "lifetime",
    "age",
    "date",
    "time",
    "timestamp",
    "created",
    "updated",
    "issuer",
    "audience",
    "domain",
    "host",
    "port",
    "server",
    "source",
    "target",
    "list",
    "map",
    "set",
    "array",
    "options",
    "config",
    "settings",
    "handler",
    "callback",
    "function",
    "func",
    "fn",
    "factory",
    "builder",
    "parser",
    "stream",
    "storage",
    "request",
    "response",
    "icon",
    "image",
    "color",
    "colour",
    "style",
    "width",
    "height",
    "position",
    "offset",
    "row",
    "line",
    "pair",
    "pairs",
    "value",
    "values",
    "event",
    "listener",
    "tag",
    "group",
    "role",
    "user",
    "username",
    "email",
    "mail",
    "selector",
    "xpath",
    "css",
    "locator",
    "button",
    "link",
    "screen",
    "view",
    "prompt",
    "question",
    "checksum",
    "fingerprint",
    "thumbprint",
    "sum",
    "integrity",
    "commit",
    "rev",
    "revision",
    "doc",
    "docs",
    "test",
    "tests",
    "example",
    "sample",
    "ring",
    "chain",
    "binding",
    "bindings",
    "space",
    "frame",
    "frames",
    "board",
    "word",
    "words",
    "stone",
    "note",
    "press",
    "up",
    "down",
    "code",
    "codes",
    "cap",
    "usages",
    "ops",
    "data",
    "info",
    "metadata",
    "object",
    "model",
    "schema",
    "resolver",
    "getter",
    "setter",
    "changed",
    "reset",
    "confirm_error",
    "through",
    "thru",
    "phase",
    "port",
    "wd",
];

/// Words anywhere in a name that make it public or about something else.
const OTHER: &[&str] = &[
    "public",
    "pub",
    "publishable",
    "primary",
    "foreign",
    "sort",
    "partition",
    "cache",
    "hot",
    "csrf",
    "xsrf",
    "tokenizer",
    "tokenize",
    "tokenized",
    "tokenization",
    "author",
    "authors",
    "authority",
    "authored",
    "keyboard",
    "keyword",
    "keywords",
    "site",
    "monkey",
    "turkey",
    "hockey",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "pad",
    "eos",
    "bos",
    "unk",
    "cls",
    "sep",
    "stop",
    "special",
    "vocab",
    "idempotency",
    "dedupe",
    "routing",
    "lookup",
    "i18n",
    "locale",
    "translation",
    "msgid",
    "msgstr",
    "xmlns",
    "assembly",
    "culture",
    "publickeytoken",
];

const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "passcode",
    "pwd",
    "pass",
    "passw",
    "userpass",
    "passwords",
];

const SECRETS: &[&str] = &[
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "secretkey",
    "accesskey",
    "authkey",
    "authtoken",
    "credential",
    "credentials",
    "authorization",
    "cred",
    "creds",
    "secretkeybase",
];

/// Words that only tell which one: `password_prod`, `token_github`.
const WHICH: &[&str] = &[
    "prod",
    "production",
    "dev",
    "development",
    "stage",
    "staging",
    "live",
    "qa",
    "uat",
    "local",
    "default",
    "old",
    "new",
    "current",
    "backup",
    "admin",
    "root",
    "db",
    "database",
    "master",
    "main",
    "base",
    "github",
    "gitlab",
    "npm",
    "slack",
    "aws",
    "gcp",
    "azure",
    "docker",
    "pypi",
    "one",
    "two",
    "a",
    "b",
    "plain",
    "plaintext",
    "raw",
    "string",
];

/// Words that make a `key` behind them a secret.
const KEYS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "encryption",
    "encrypt",
    "signing",
    "sign",
    "master",
    "storage",
    "account",
    "shared",
    "subscription",
    "license",
    "licence",
    "deploy",
    "app",
    "application",
    "consumer",
    "client",
    "service",
    "admin",
    "session",
    "cookie",
    "crypto",
    "cipher",
    "aes",
    "hmac",
    "jwt",
    "webhook",
    "ssh",
    "bot",
];

/// Words that make a `token` or a `key` behind them the place in a list, the name of an object, or a proof that is
/// published.
const PLACES: &[&str] = &[
    "next",
    "continuation",
    "starting",
    "sequence",
    "pagination",
    "page",
    "sync",
    "change",
    "s3",
    "object",
    "prev",
    "previous",
];

/// What `name` promises, if anything.
pub(super) fn promise(name: &[u8]) -> Option<Promise> {
    let mut words = [(0usize, 0usize); 16];
    let mut n = 0;
    each_word(name, |start, end| {
        if n < words.len() {
            words[n] = (start, end);
            n += 1;
        }
    });
    let word = |i: usize| words.get(i).and_then(|&(a, b)| name.get(a..b)).unwrap_or_default();
    let is = |i: usize, list: &[&str]| list.iter().any(|w| word(i).eq_ignore_ascii_case(w.as_bytes()));
    let ends = |i: usize, list: &[&str]| {
        list.iter().any(|w| {
            let at = word(i).len().checked_sub(w.len());
            at.and_then(|at| word(i).get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(w.as_bytes()))
        })
    };
    // A number at the end counts nothing: `password2`.
    let mut last = n.checked_sub(1)?;
    while last > 0 && word(last).iter().all(u8::is_ascii_digit) {
        last -= 1;
    }
    if (0..n).any(|i| is(i, OTHER)) || is(last, ABOUT) {
        return None;
    }
    if ends(last, &["password", "passwd", "passphrase", "passwort", "pwd"]) || is(last, PASSWORDS) {
        return Some(Promise::Password);
    }
    if last > 0 && is(last, &["token", "tokens", "key", "keys"]) && is(last - 1, PLACES) {
        return None;
    }
    if is(last, SECRETS) || ends(last, &["secret", "token", "apikey", "secretkey", "accesskey", "privatekey"])
    {
        return Some(Promise::Secret);
    }
    if is(last, &["key", "keys"]) {
        let told = last > 0 && is(last - 1, KEYS);
        return Some(if told { Promise::Secret } else { Promise::Weak });
    }
    // `password_prod`, `token_github`: the word stands earlier and a short name follows.
    let near = last.wrapping_sub(1);
    if !is(last, WHICH) {
        return (is(last, &["auth"]) || ends(last, &["key"])).then_some(Promise::Weak);
    }
    if is(near, PASSWORDS) {
        return Some(Promise::Password);
    }
    if is(near, SECRETS) || (is(near, &["key"]) && is(near.wrapping_sub(1), KEYS)) {
        return Some(Promise::Secret);
    }
    None
}

/// Calls `found` with the words of a name: parts between marks, and between a small and a capital letter.
fn each_word(name: &[u8], mut found: impl FnMut(usize, usize)) {
    let mut start = 0;
    for at in 0..=name.len() {
        let b = name.get(at).copied();
        let before = at.checked_sub(1).and_then(|i| name.get(i)).copied().unwrap_or(b'_');
        let next = name.get(at + 1).copied().unwrap_or(b'_');
        let mark = b.is_none_or(|b| !b.is_ascii_alphanumeric());
        let hump = b.is_some_and(|b| {
            b.is_ascii_uppercase()
                && (before.is_ascii_lowercase() || next.is_ascii_lowercase())
                && before.is_ascii_alphanumeric()
        });
        let digits = b.is_some_and(|b| b.is_ascii_digit() != before.is_ascii_digit())
            && before.is_ascii_alphanumeric();
        // `sha256` and `md5` stay whole; a number splits off only at the end of the name.
        let tail = digits && name.get(at..).is_some_and(|rest| rest.iter().all(u8::is_ascii_digit));
        if mark || hump || tail {
            if at > start {
                found(start, at);
            }
            start = if mark { at + 1 } else { at };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise_what_their_last_words_say() {
        for name in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "userpwd",
            "passwd",
            "mysql.root-password2",
            "PASSWORD_PROD",
        ] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Password), "{name}");
        }
        for name in [
            "secret",
            "clientSecret",
            "api_key",
            "X-Api-Key",
            "AccessToken",
            "AWS_SECRET_ACCESS_KEY",
            "apikey",
            "AccountKey",
            "token_github",
            "githubtoken",
        ] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Secret), "{name}");
        }
        for name in ["key", "cipherkey", "some_key", "auth"] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Weak), "{name}");
        }
        for name in [
            "public_key",
            "token_type",
            "password_reset_url",
            "key_id",
            "keyboard",
            "tokenizer",
            "author",
            "secretName",
            "passwordField",
            "max_tokens_count",
            "sha256_key",
            "primaryKey",
            "NextToken",
            "next_page_token",
            "S3Key",
        ] {
            assert_eq!(promise(name.as_bytes()), None, "{name}");
        }
    }
}
