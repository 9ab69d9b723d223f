//! Writes the bundled company to a folder, so that one can look at it and try each program on it.
//!
//! `estate [--seed N] [--without FAULT]... --out DIR`

use std::{fs, path::PathBuf, process::ExitCode};

use common::{
    NOTHING, Stop, end,
    estate::{Fault, SEED, generate},
};

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
                without.push(text(args.value()?)?.parse::<Fault>().map_err(Stop::Usage)?);
            }
            lexopt::Arg::Long("out") => out = Some(PathBuf::from(args.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    let dir = out.ok_or_else(|| Stop::Usage("--out DIR is missing".into()))?;
    let estate = generate(seed, &without);
    let pepper = estate.pepper.expose_file();
    let source = estate.source.iter().map(|(path, bytes)| (dir.join("source").join(path), bytes.as_slice()));
    let exports = estate.files.iter().map(|file| (dir.join(&file.name), file.bytes.as_slice()));
    for (path, bytes) in source.chain(exports).chain([(dir.join("pepper"), pepper.as_bytes())]) {
        let failed = |error| Stop::Failed(format!("{}: {error}", path.display()));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&path, bytes).map_err(failed)?;
    }
    println!("now {}", estate.now);
    for file in &estate.files {
        println!("--{} {}", file.flag, dir.join(&file.name).display());
    }
    Ok(NOTHING)
}

fn text(value: std::ffi::OsString) -> Result<String, Stop> {
    value.into_string().map_err(|_| Stop::Usage("expected text".into()))
}
