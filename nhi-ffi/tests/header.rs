//! The header is what the crate says: `NHI_BLESS=1 cargo test -p nhi-ffi --test header` writes it anew.

use std::path::Path;

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is readable");
    let number = |part: &str| part.parse::<u32>().expect("a version has three numbers");
    let version = format!(
        "#define NHI_VERSION \"{}\"\n#define NHI_VERSION_MAJOR {}\n#define NHI_VERSION_MINOR {}\n#define \
         NHI_VERSION_PATCH {}",
        env!("CARGO_PKG_VERSION"),
        number(env!("CARGO_PKG_VERSION_MAJOR")),
        number(env!("CARGO_PKG_VERSION_MINOR")),
        number(env!("CARGO_PKG_VERSION_PATCH")),
    );
    let mut out = Vec::new();
    cbindgen::Builder::new()
        .with_crate(root)
        .with_config(config)
        .with_after_include(version)
        .generate()
        .expect("cbindgen reads the crate")
        .write(&mut out);
    String::from_utf8(out).expect("a header is text")
}

#[test]
fn the_header_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/nhi.h");
    let generated = generated();
    if std::env::var_os("NHI_BLESS").is_some() {
        std::fs::write(&path, &generated).expect("the header can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(checked_in == generated, "include/nhi.h is not current: run with NHI_BLESS=1");
}

#[test]
fn every_function_of_the_crate_is_in_the_header() {
    let sources = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("src is there");
    let header = generated();
    let mut seen = 0;
    for source in sources {
        let text = std::fs::read_to_string(source.expect("an entry").path()).expect("a source is text");
        for line in text.lines().filter(|line| line.contains("extern \"C\" fn nhi_")) {
            let name = line.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).expect("a name");
            seen += 1;
            assert!(header.contains(&format!("{name}(")), "{name} is not in the header");
        }
    }
    assert!(seen >= 60, "only {seen} functions were seen");
}
