/*!
`cargo xtask bench [LANGUAGE] [FILTER]`: the figures that the README and the changelog give.

Without a language the engine itself is measured and the arguments go to criterion; `python`, `node` and `c` measure
what a call costs through the binding, `instructions` counts what a regression is judged by.
*/

use crate::steps;

/// A language, and what measures its binding.
type Language = (&'static str, fn(&[String]) -> Result<(), String>);

/// One line a binding; `rust` is what a first argument that is no language means.
const LANGUAGES: &[Language] = &[
    ("rust", rust),
    ("python", crate::python::bench),
    ("node", crate::node::bench),
    ("c", crate::c::bench),
    ("instructions", crate::instructions::run),
];

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let named = args.split_first().and_then(|(first, rest)| {
        let (_, measure) = LANGUAGES.iter().find(|(name, _)| name == first)?;
        Some((*measure, rest))
    });
    match named {
        Some((measure, rest)) => measure(rest),
        None => rust(args),
    }
}

fn rust(args: &[String]) -> Result<(), String> {
    let status = steps::build(&["cargo", "bench", "-p", "benches", "--"])
        .args(args)
        .status()
        .map_err(|e| format!("cargo bench: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo bench ended with {status}")) }
}
