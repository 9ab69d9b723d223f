//! `cargo xtask catalogue [--check]`: compiles `nhi-core/catalogue/*.toml` into the table of the engine and the page
//! of the documentation. With `--check` nothing is written; stale files are an error.

mod lint;
mod page;
mod read;
mod shape;
mod table;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::steps::root;

const TABLE: &str = "nhi-core/src/classify/catalogue/table.rs";
const PAGE: &str = "docs/catalogue.md";

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("expected nothing or --check".into()),
    };
    let formats = read::all(&root().join("nhi-core/catalogue"))?;
    let complaints = lint::all(&formats);
    if !complaints.is_empty() {
        return Err(format!("{} complaints\n  {}", complaints.len(), complaints.join("\n  ")));
    }
    let outputs = [(TABLE, rustfmt(&table::write(&formats))?), (PAGE, page::write(&formats))];
    for (path, text) in &outputs {
        let full = root().join(path);
        if check {
            let found = fs::read_to_string(&full).map_err(|e| format!("{path}: {e}"))?;
            if found != *text {
                return Err(format!("{path} is stale: run `cargo xtask catalogue`"));
            }
        } else {
            fs::create_dir_all(full.parent().unwrap_or(&full)).map_err(|e| format!("{path}: {e}"))?;
            fs::write(&full, text).map_err(|e| format!("{path}: {e}"))?;
        }
    }
    let shapes: usize = formats.iter().map(|format| format.shapes.len()).sum();
    println!("catalogue: {} rules, {shapes} shapes", formats.len());
    Ok(())
}

/// The text as `cargo fmt` would leave it.
fn rustfmt(text: &str) -> Result<String, String> {
    let fail = |e: std::io::Error| format!("rustfmt: {e}");
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root().join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let mut stdin = child.stdin.take().ok_or("rustfmt: no input")?;
    let writer = std::thread::spawn({
        let text = text.to_owned();
        move || stdin.write_all(text.as_bytes())
    });
    let output = child.wait_with_output().map_err(fail)?;
    writer.join().map_err(|_| "rustfmt: the writer stopped")?.map_err(fail)?;
    if !output.status.success() {
        return Err("rustfmt refused the table".into());
    }
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}
