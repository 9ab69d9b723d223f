/*!
nhi for Python: types and errors of the language over `nhi-core`, no logic of its own.

Engines are objects, records are plain dicts of the forms that the core reads and writes. Each call goes through
[`error::guarded`], so that no panic crosses the border; work that takes long lets other threads run. Engines that
learn or change sit behind a lock and may be shared between threads.
*/

mod adapters;
mod args;
mod assess;
mod authorize;
mod baseline;
mod error;
mod from_py;
mod inventory;
mod ledger;
mod lifecycle;
mod pepper;
mod scan;
mod to_py;

use pyo3::prelude::*;

/// The inner module; `nhi/__init__.py` re-exports it.
#[pymodule]
mod _nhi {
    #[pymodule_export]
    use super::{
        adapters::{detect, parse},
        assess::assess,
        authorize::Authorizer,
        baseline::Baseline,
        error::_panic,
        inventory::Inventory,
        ledger::Ledger,
        lifecycle::Lifecycle,
        pepper::Pepper,
        scan::{Redactor, Scanner, Stream, inspect, mint},
    };

    #[pymodule_export]
    const __VERSION__: &str = env!("CARGO_PKG_VERSION");
}
