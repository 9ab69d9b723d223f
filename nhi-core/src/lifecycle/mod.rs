/*!
What state a credential is in, what may happen to it next, and the evidence of what did.

Pure functions over plain data: [`decide`] says whether a [`Command`] may be done and which [`Event`]s follow,
[`evolve()`] remembers one event in a [`State`], [`outstanding`] lists the [`Effect`]s that the host still owes,
[`tick`] runs what is due and [`next_deadline`] says when that will be. The [`Lifecycle`] engine does this for many
credentials and writes a [`Ledger`]: a chain of hashes that shows any later change, checked by [`verify()`].

The contract:

1. Store the entries of an [`Applied`] before doing any effect, all of them or none (one transaction, or one file
   that is renamed): a command whose entries were stored in part counts as done.
2. Do what is [`outstanding`]; each answer goes back as a command under the effect's id. Effects may run twice.
3. Wake at [`next_deadline`]. Early and repeated ticks do nothing.
4. A repeated `cmd_id` does nothing and answers with its old entry numbers (the last 16 of a credential are known;
   an older repeat is caught by `expected_seq`).
5. Time never goes back for a credential: an earlier `now` counts as the time of its last event.

*Usable* is what we allow, *provider-live* is what still works: a version whose revocation is ordered and not
confirmed is live and not usable, and nothing here calls it revoked.

Not here: which credentials exist (inventory), whether one call goes through (authorize), and any I/O.
*/

mod caep;
mod command;
mod credential;
mod decide;
mod effects;
mod engine;
mod event;
mod evolve;
pub mod invariants;
mod ledger;
mod merkle;
mod mutants;
mod policy;
mod questions;
mod response;
mod rotation;
mod timers;
mod verify;
mod versions;

pub use caep::{commands_of_event, security_event};
pub use command::{Approval, CampaignDefault, Command, Containment, Found, Isolation, Order, TaskEnd};
pub use credential::{
    Block, BreakGlass, Campaign, Consumer, Exception, Forced, Governance, Lease, Notice, Orphan,
    RecentCommand, Review, Rotation, Run, State, Usage,
};
pub use decide::{Rejection, decide, decide_with};
pub use effects::{Effect, Outcome, Work, effects, outstanding};
pub use engine::{Applied, Contained, Lifecycle, containments};
pub use event::{Closed, Event, Stamped, StuckBecause};
pub use evolve::evolve;
pub use ledger::{Checkpoint, Entry, Ledger, as_of, read, replay};
pub use merkle::{Proof, prove, root};
pub use policy::Policy;
pub use questions::{ContainmentTimes, SafeToRevoke, User, containment_times, safe_to_revoke};
pub use response::{Recent, Response, ResponseAction, ResponsePolicy, ResponseRule, Tier, respond};
pub use rotation::RotationModel;
pub use timers::{Due, next_deadline, tick};
pub use verify::{Fault, Verification, verify};
pub use versions::{Cause, Compromise, Seen, Use, Version, VersionState, Was};

#[cfg(test)]
mod tests;

/// Who acts when a timer does.
pub const POLICY_ACTOR: &str = "policy";
/// What the command ids of timers begin with.
const TICK: &str = "tick:";
