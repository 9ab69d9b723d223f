//! `cargo xtask …`: the developer's commands.
fn main() {}
