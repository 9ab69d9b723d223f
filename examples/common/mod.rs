/*!
What the programs share: how they end, how they read and write, and where the pepper is kept.

Nothing here knows a credential from a comma; that is `nhi_core`.
*/

mod end;
#[path = "../estate/mod.rs"]
pub mod estate;
pub mod file;
pub mod lines;
mod out;
pub mod pepper;
pub mod sources;

pub use end::{ERROR, FOUND, NOTHING, Stop, end};
pub use out::{Out, mutter, plain, say};
