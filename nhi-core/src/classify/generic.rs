/*!
Secrets without a shape of their own: a value that looks like one, assigned to a name that promises one.
*/

use alloc::{collections::BTreeMap, format, vec::Vec};
use core::ops::Range;

use zeroize::Zeroizing;

use super::{
    assign::{assignment, name_around},
    candidate::{Match, Origin},
    container,
    grade::{Grade, LOW},
    lines::line_around,
    name::{Promise, promise},
    shape,
    value::{Form, judge},
};
use crate::{limits, model::CredentialKind};

/// Rule of a machine-made secret in an assignment.
pub(super) const TOKEN: &str = "generic.high-entropy-assignment";
/// Rule of a password in an assignment.
pub(super) const PASSWORD: &str = "generic.password-assignment";

/// Looks at every key word; `words` are their positions in ascending order.
pub(super) fn assignments(view: &[u8], words: &[u32], work: &mut u64, out: &mut Vec<Match>) {
    // No byte is read twice as a name or a value: what lies before this is done.
    let mut done = 0;
    let mut secrets = None;
    for &at in words {
        let at = at as usize;
        if at < done {
            continue;
        }
        *work += 8;
        let name = match name_around(view, at) {
            Ok(name) => name,
            Err(end) => {
                done = end;
                continue;
            }
        };
        *work += name.len() as u64;
        done = name.end;
        let Some(promised) = view.get(name.clone()).and_then(promise) else { continue };
        *work += 32;
        let Some(found) = assignment(view, name) else { continue };
        *work += found.value.len() as u64;
        let (Some(name), Some(mut value)) = (view.get(found.name.clone()), view.get(found.value.clone()))
        else {
            continue;
        };
        let mut start = found.value.start;
        for scheme in [&b"Bearer "[..], b"bearer ", b"Token ", b"token "] {
            if let Some(rest) = value.strip_prefix(scheme) {
                (value, start) = (rest, start + scheme.len());
            }
        }
        if found.form != Form::Quoted {
            // A query string or a connection string goes on behind a separator, a sentence ends.
            let cut = value.iter().position(|b| matches!(b, b'&' | b'#')).unwrap_or(value.len());
            value = value.get(..cut).unwrap_or_default();
            while let [rest @ .., b'.' | b')' | b'}' | b']'] = value {
                value = rest;
            }
        }
        let end = start + value.len();
        done = done.max(found.value.start);
        // In a Kubernetes Secret, and where a registry keeps its login, the value is base64.
        let login = promised == Promise::Weak && name.ends_with(b"auth");
        let secrets = secrets.get_or_insert_with(|| container::secrets(view));
        let packed = login || secrets.iter().any(|near| near.contains(&start));
        let plain = if packed { container::decode(value) } else { None };
        let inside = plain.as_ref().map(|plain| match plain.iter().position(|&b| b == b':') {
            Some(colon) if login => colon + 1,
            _ => 0,
        });
        let judged = match (&plain, inside) {
            (Some(plain), Some(from)) => {
                let promised = if login { Promise::Password } else { promised };
                judge(promised, name, plain.get(from..).unwrap_or_default(), Form::Quoted)
            }
            _ => judge(promised, name, value, found.form),
        };
        let Some((mut grade, credential_kind)) = judged else { continue };
        done = done.max(end);
        if found.weak {
            weaken(&mut grade, view, &found.name, promised);
        }
        if is_type(view, &found.name) {
            grade.cap(
                LOW,
                "type-name",
                "the name is that of a type: what stands beside it describes the type",
            );
        }
        let rule = if promised == Promise::Password { PASSWORD } else { TOKEN };
        let mut found = generic(start..end, rule, credential_kind, grade);
        if let (Some(plain), Some(from)) = (plain, inside) {
            found.secret = plain.get(from..).map(|secret| Zeroizing::new(secret.to_vec()));
            found.decoded.push("base64");
        }
        out.push(found);
    }
}

/// A literal beside a name behind a comma, a bracket or a comparison: no assignment.
fn weaken(grade: &mut Grade, view: &[u8], name: &Range<usize>, promised: Promise) {
    let what = if promised == Promise::Password { "password" } else { "secret" };
    let text = format!("a literal is compared with, or passed beside, a name that means a {what}");
    grade.reword(-60, "weak-operator", text);
    if in_comment(view, name.start) {
        grade.cap(LOW, "comment", "prose in a comment names the word");
    } else if in_list(view, name) {
        grade.cap(LOW, "list", "the name is one of a list of words");
    }
}

/// Whether the line of `at` is a comment up to there.
fn in_comment(view: &[u8], at: usize) -> bool {
    let line = view.get(line_around(view, at, limits::LINE_REACH).start..at).unwrap_or_default();
    let text = line.trim_ascii_start();
    let marks: [&[u8]; 8] = [b"#", b"//", b"/*", b"* ", b"--", b";", b"<!--", b"%"];
    marks.iter().any(|mark| text.starts_with(mark))
}

/// Whether a literal and a comma stand before the quoted name: `["token", "password", "md5"]`. An option of a
/// command line is none.
fn in_list(view: &[u8], name: &Range<usize>) -> bool {
    let line = view.get(line_around(view, name.start, 256).start..name.start).unwrap_or_default();
    let open = line.last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'));
    let before = line.get(..line.len().saturating_sub(1)).unwrap_or_default().trim_ascii_end();
    let option = view.get(name.start) == Some(&b'-');
    let comma = before.strip_suffix(b",").map(<[u8]>::trim_ascii_end);
    open && !option && comma.is_some_and(|b| b.last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`')))
}

/// Whether the name ends the quoted name of a type: `"AWS::Location::APIKey"`.
fn is_type(view: &[u8], name: &Range<usize>) -> bool {
    let path = view.get(name.start.saturating_sub(2)..name.start) == Some(b"::");
    path && view.get(name.end).is_some_and(|b| matches!(b, b'"' | b'\''))
}

/// A token behind `Bearer`, where no name stands before it (a list of headers).
pub(super) fn bearer(view: &[u8], place: usize, work: &mut u64) -> Option<Match> {
    let start = place + b"earer ".len();
    let rest = view.get(start..(start + limits::VALUE_BYTES).min(view.len()))?;
    let length = rest.iter().take_while(|&&b| shape::ALNUM.has(b) || b"-_+/=.~".contains(&b)).count();
    *work += length as u64;
    let (mut grade, credential_kind) = judge(Promise::Secret, b"bearer", rest.get(..length)?, Form::Quoted)?;
    grade.reword(0, "bearer", "it stands behind the word Bearer, as a token in a header does");
    let whole = (16..limits::VALUE_BYTES).contains(&length);
    whole.then(|| generic(start..start + length, TOKEN, credential_kind, grade))
}

fn generic(span: Range<usize>, rule: &'static str, credential_kind: CredentialKind, grade: Grade) -> Match {
    Match {
        start: span.start,
        end: span.end,
        origin: Origin::Generic,
        rule,
        provider: "generic",
        credential_kind,
        marker: Vec::new(),
        preview: None,
        grade,
        secret: None,
        decoded: Vec::new(),
        attributes: BTreeMap::new(),
        parts: Vec::new(),
    }
}
