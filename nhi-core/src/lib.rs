/*!
Security engine for non-human identities, without I/O.

`nhi-core` reads no file, opens no socket, knows no clock and draws no random number: bytes, times, keys and
seeds come in as arguments, results and *effects* (what the host must do) go out as values. The same code serves
a gateway, a CI job, a notebook and an audit replay, and gives the same bytes everywhere.
*/
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod canonical;
mod error;
mod fingerprint;
pub mod limits;
pub mod model;
pub mod time;

#[cfg(feature = "adapters")]
pub mod adapters;
#[cfg(feature = "assess")]
pub mod assess;
#[cfg(feature = "authorize")]
pub mod authorize;
#[cfg(feature = "baseline")]
pub mod baseline;
#[cfg(feature = "classify")]
pub mod classify;
#[cfg(feature = "inventory")]
pub mod inventory;
#[cfg(feature = "lifecycle")]
pub mod lifecycle;
#[cfg(feature = "posture")]
pub mod posture;
#[cfg(feature = "report")]
pub mod report;

pub use error::Error;
pub use fingerprint::{Fingerprint, Pepper};

/// The snippet of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
