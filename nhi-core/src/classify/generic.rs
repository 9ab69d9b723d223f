/*!
Secrets without a shape of their own: a value that looks like one, assigned to a name that promises one.
*/

use alloc::{collections::BTreeMap, vec::Vec};

use super::{
    assign::{assignment, name_around},
    candidate::{Match, Origin},
    name::{Promise, promise},
    value::judge,
};

/// Rule of a machine-made secret in an assignment.
pub(super) const TOKEN: &str = "generic.high-entropy-assignment";
/// Rule of a password in an assignment.
pub(super) const PASSWORD: &str = "generic.password-assignment";

/// Looks at every key word; `words` are their positions in ascending order.
pub(super) fn assignments(view: &[u8], words: &[u32], work: &mut u64, out: &mut Vec<Match>) {
    // No byte is read twice as a name or a value: what lies before this is done.
    let mut done = 0;
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
        if !found.quoted {
            // A query string or a connection string goes on behind a separator, a sentence ends.
            let cut = value.iter().position(|b| matches!(b, b'&' | b'#')).unwrap_or(value.len());
            value = value.get(..cut).unwrap_or_default();
            while let [rest @ .., b'.' | b')' | b'}' | b']'] = value {
                value = rest;
            }
        }
        let end = start + value.len();
        let judged = judge(promised, name, value, found.quoted);
        let Some((mut grade, credential_kind)) = judged else { continue };
        done = done.max(end);
        if found.weak {
            grade.add(-60, "weak-operator", "compared or passed, not assigned");
        }
        let rule = if promised == Promise::Password { PASSWORD } else { TOKEN };
        out.push(Match {
            start,
            end,
            origin: Origin::Generic,
            rule,
            provider: "generic",
            credential_kind,
            marker: Vec::new(),
            grade,
            secret: None,
            decoded: Vec::new(),
            attributes: BTreeMap::new(),
            parts: Vec::new(),
        });
    }
}
