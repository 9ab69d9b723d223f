/*!
Finds credentials in bytes.

A [`Scanner`] is built once from the catalogue and scans any number of inputs; it is immutable, `Send + Sync`, and
keeps nothing of what it scanned. Work is linear in the input, whatever the input holds. What a format looks like
lives in the TOML files of `catalogue/`, compiled by `cargo xtask catalogue` into [`catalogue::FORMATS`].

Start with [`Scanner::scan`]. For input that arrives in pieces see [`Stream`], to take secrets out of bytes
[`Redactor`].
Not here: whether a credential is still live (that is network, see the host), and who owns it.
*/

mod assign;
pub mod attributes;
mod candidate;
pub mod catalogue;
pub mod checks;
mod container;
mod context;
mod generic;
mod grade;
mod ignore;
mod index;
mod inspect;
mod lines;
mod mint;
mod name;
mod pairs;
mod pass;
mod paste;
mod path;
mod placeholder;
mod redact;
mod scanner;
mod shape;
mod special;
mod stream;
mod sweep;
#[cfg(test)]
mod tests;
mod value;
mod variety;

pub use inspect::{CheckReport, Inspection, Looks, inspect};
pub use mint::{mint, mint_aws_key_id, mint_shape};
pub use redact::Redactor;
pub use scanner::{Scanner, ScannerBuilder};
pub use stream::Stream;
