/*!
What the programs share: how they end, how they write, and where the pepper is kept.

Nothing here knows a credential from a comma; that is `nhi_core`.
*/

mod end;
#[path = "../estate/mod.rs"]
pub mod estate;
mod out;
pub mod pepper;
pub mod sources;

pub use end::{ERROR, FOUND, NOTHING, Stop, end};
pub use out::{Out, plain};
