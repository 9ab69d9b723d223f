/*!
Finds credentials in bytes.

What a format looks like lives in the TOML files of `catalogue/`, compiled by `cargo xtask catalogue` into
[`catalogue::FORMATS`]; the engine knows no provider by name.
*/

pub mod catalogue;
pub mod checks;
mod mint;

pub use mint::{mint, mint_aws_key_id, mint_shape};
