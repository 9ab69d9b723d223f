/*!
What the rooms exchange: plain data with public fields, in the field's own words.

Everything here is serde data without behaviour worth the name, and knows no other room. Facts are tri-state
([`Fact`]): unknown never passes a check and never triggers a revocation. No type here can hold a secret: where
a secret was met there is a [`Fingerprint`](crate::Fingerprint) and a redacted preview.
*/

mod activity;
mod credential;
mod fact;
mod finding;
mod identity;
mod record;
mod score;

pub use activity::{Activity, Outcome};
pub use credential::{
    Bindings, Credential, CredentialKind, Endpoint, EndpointAuth, Exposure, LastUse, Liveness, Location,
    PolicyStep, Sighting, SightingMatch, VersionRecord, VersionStatus,
};
pub use fact::Fact;
pub use finding::{Alternative, Confidence, Finding, Level, Part, Reason};
pub use identity::{
    Environment, Federation, Identity, IdentityKind, Owner, OwnerKind, OwnerRef, OwnerStatus, Status,
    ThirdParty,
};
pub use record::{Completeness, Item, Observation, Place, Plane, Problem, Provenance, Record};
pub use score::{Band, Score, ScoreReason, Signal, Trust};
