//! Writes the bundled company to a folder, so that one can look at it and try each program on it.

use std::{fs, path::PathBuf, process::ExitCode};

use common::{
    NOTHING, Out, Stop, end,
    estate::{Fault, SEED, generate},
    file, plain,
};

const HELP: &str = "\
estate [--seed N] [--without FAULT]… --out DIR

Writes a small made-up company to a folder: a source tree, exports, logs, records, and the pepper of its
fingerprints. Prints the time it is there and the arguments for `govern`.

  --out DIR        where to; what is there under the same names is replaced
  --seed N         draw other names and secrets (default: those of `govern`)
  --without FAULT  leave a fault out; `--without help` names them

Exit code: 0 written, 2 an error.
";

fn main() -> ExitCode {
    end("estate", run())
}

fn run() -> Result<u8, Stop> {
    let (mut seed, mut without, mut out) = (SEED, Vec::new(), None);
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            lexopt::Arg::Long("seed") => {
                let word = text(args.value()?)?;
                seed = word.parse().map_err(|_| Stop::Usage(format!("--seed: `{word}` is no number")))?;
            }
            lexopt::Arg::Long("without") => {
                let name = text(args.value()?)?;
                if name == "help" {
                    return Err(Stop::Told(Fault::ALL.iter().map(|fault| format!("{fault}\n")).collect()));
                }
                without.push(name.parse::<Fault>().map_err(Stop::Usage)?);
            }
            lexopt::Arg::Long("out") => out = Some(PathBuf::from(args.value()?)),
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Err(Stop::Told(HELP.into())),
            other => return Err(other.unexpected().into()),
        }
    }
    let dir =
        out.ok_or_else(|| Stop::Usage("--out DIR is missing: it says where to write the company".into()))?;
    let estate = generate(seed, &without);
    let pepper = estate.pepper.expose_file();
    let source = estate.source.iter().map(|(path, bytes)| (dir.join("source").join(path), bytes.as_slice()));
    let exports = estate.files.iter().map(|file| (dir.join(&file.name), file.bytes.as_slice()));
    for (path, bytes) in source.chain(exports) {
        let failed = |error| Stop::Failed(file::at(&path, &error));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        file::write(&path, bytes).map_err(failed)?;
    }
    let key = dir.join("pepper");
    file::write_private(&key, pepper.as_bytes()).map_err(|error| Stop::Failed(file::at(&key, &error)))?;
    let mut out = Out::default();
    out.line(&format!("now {}", estate.now))?;
    for file in &estate.files {
        let path = dir.join(&file.name).display().to_string();
        out.line(&format!("--{} {}", file.flag, plain(&path)))?;
    }
    out.flush()?;
    Ok(NOTHING)
}

fn text(value: std::ffi::OsString) -> Result<String, Stop> {
    value.into_string().map_err(|_| Stop::Usage("expected text".into()))
}
