//! A request to a decision.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "authorize")]
use nhi_core::{
    Fingerprint,
    authorize::{Authorizer, Decision, Outcome, Policy, Request},
};

use crate::baseline::nhi_scored;
#[cfg(not(feature = "authorize"))]
use crate::border::{Absent as Authorizer, Absent as Decision};
use crate::border::{Fail, entry, field, json, json_or_default, need, time};
use crate::lifecycle::nhi_lifecycle;
use crate::pepper::nhi_pepper;
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// Decides under one policy. Read only: any number of threads may ask it at once.
pub struct nhi_authorizer(Authorizer);

/// A decision and all that it was made from. Read only.
pub struct nhi_decision(pub(crate) Decision);

/// The answer to a request, from mildest to hardest.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum nhi_outcome {
    /// It may go through.
    NHI_ALLOW = 0,
    /// It may go through once the caller has given more proof, or somebody has agreed.
    NHI_STEP_UP = 1,
    /// It may not.
    NHI_DENY = 2,
}

/// A request. All zeros is one of which nothing is known; only the action is needed. What is not here (proofs,
/// approvals, delegation, windows) is in the JSON form.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_request {
    /// The host's id of the call.
    pub id: nhi_str,
    /// Who acts.
    pub identity: nhi_str,
    /// The credential presented: its id, or the provider's id of the version. Never the secret.
    pub credential: nhi_str,
    /// Keyed digest of the secret presented.
    pub fingerprint: nhi_str,
    /// The software that acts.
    pub workload: nhi_str,
    /// What it wants to do, `service:operation`.
    pub action: nhi_str,
    /// What it wants to do it to.
    pub destination: nhi_str,
    /// Declared purpose.
    pub purpose: nhi_str,
    /// Declared task.
    pub task: nhi_str,
    /// The lease under which it acts.
    pub lease: nhi_str,
}

/// A decision, flat. The texts are valid until the decision is freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_answer {
    /// The answer that binds.
    pub outcome: nhi_outcome,
    /// The answer without observe mode.
    pub verdict: nhi_outcome,
    /// Id of the decision.
    pub id: nhi_str,
    /// Code of the first reason; absent if there was nothing to say.
    pub reason: nhi_str,
    /// The same as a sentence.
    pub text: nhi_str,
}

#[cfg(feature = "authorize")]
impl nhi_request {
    /// # Safety
    /// C has filled every text with NULL or what it can read until the call ends.
    unsafe fn read(&self) -> Result<Request, Fail> {
        let text = |text: nhi_str, name| -> Result<Option<String>, Fail> {
            // SAFETY: the promise of this function.
            Ok(unsafe { field(text, name) }?.map(String::from))
        };
        Ok(Request {
            id: text(self.id, "id")?,
            identity: text(self.identity, "identity")?,
            credential: text(self.credential, "credential")?,
            fingerprint: text(self.fingerprint, "fingerprint")?
                .map(|f| Fingerprint::parse(&f))
                .transpose()?,
            workload: text(self.workload, "workload")?,
            action: text(self.action, "action")?.unwrap_or_default(),
            destination: text(self.destination, "destination")?,
            purpose: text(self.purpose, "purpose")?,
            task: text(self.task, "task")?,
            lease: text(self.lease, "lease")?,
            ..Request::default()
        })
    }
}

#[cfg(feature = "authorize")]
impl From<Outcome> for nhi_outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allow => nhi_outcome::NHI_ALLOW,
            Outcome::StepUp => nhi_outcome::NHI_STEP_UP,
            Outcome::Deny => nhi_outcome::NHI_DENY,
        }
    }
}

/// An authorizer. `policy` is JSON; NULL or no bytes for the defaults. Free it with nhi_authorizer_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_authorizer_new(
    policy: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_authorizer>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || {
        let out = need(out, "out")?;
        let policy: Policy = json_or_default(text!(policy, len).as_bytes(), "authorization policy")?;
        out.write(Box::into_raw(Box::new(nhi_authorizer(Authorizer::new(policy)?))));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_authorizer_free(authorizer: Option<Box<nhi_authorizer>>) {
    entry(None, || {
        drop(authorizer);
        Ok(())
    });
}

/// What a decision is made of beside the request.
#[cfg(feature = "authorize")]
fn decide(
    authorizer: &nhi_authorizer,
    request: &Request,
    lifecycle: Option<&nhi_lifecycle>,
    credential: Option<&str>,
    score: Option<&nhi_scored>,
    now: i64,
    out: &mut MaybeUninit<*mut nhi_decision>,
) -> Result<(), Fail> {
    let lifecycle = lifecycle.map(|lifecycle| lifecycle.0.get()).transpose()?;
    let state = lifecycle
        .zip(credential.or(request.credential.as_deref()))
        .and_then(|(lifecycle, credential)| lifecycle.state(credential));
    let decision = authorizer.0.authorize(request, state, score.map(|score| &score.0), time(now))?;
    out.write(Box::into_raw(Box::new(nhi_decision(decision))));
    Ok(())
}

/// Decides on a request at `now`. `lifecycle` and `score` may be NULL: not asked. `credential` is the id under which the
/// lifecycle knows it (see nhi_inventory_resolve); NULL: as the request says. Free the decision with nhi_decision_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_authorizer_authorize(
    authorizer: Option<&nhi_authorizer>,
    request: Option<&nhi_request>,
    lifecycle: Option<&nhi_lifecycle>,
    credential: *const c_char,
    credential_len: usize,
    score: Option<&nhi_scored>,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_decision>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || {
        let (authorizer, request) = (need(authorizer, "authorizer")?, need(request, "request")?);
        let out = need(out, "out")?;
        let id = text!(credential, credential_len);
        let id = (!credential.is_null()).then_some(id);
        // SAFETY: C promises that the texts of the request can be read.
        let request = unsafe { request.read() }?;
        decide(authorizer, &request, lifecycle, id, score, now, out)
    })
}

/// As nhi_authorizer_authorize, from AuthZEN's JSON. `pepper` may be NULL; with it a token in the request is turned into
/// its fingerprint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_authorizer_authorize_json(
    authorizer: Option<&nhi_authorizer>,
    request: *const c_char,
    len: usize,
    pepper: Option<&nhi_pepper>,
    lifecycle: Option<&nhi_lifecycle>,
    credential: *const c_char,
    credential_len: usize,
    score: Option<&nhi_scored>,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_decision>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || {
        let (authorizer, out) = (need(authorizer, "authorizer")?, need(out, "out")?);
        let id = text!(credential, credential_len);
        let id = (!credential.is_null()).then_some(id);
        let request = Request::from_authzen(text!(request, len).as_bytes(), pepper.map(|pepper| &*pepper.0))?;
        decide(authorizer, &request, lifecycle, id, score, now, out)
    })
}

/// Makes a stored decision (the JSON of nhi_decision_record) again and compares: `"same"`, `"input_differs"`,
/// `"policy_differs"` or `{"differs": {"now": …}}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_authorizer_replay(
    authorizer: Option<&nhi_authorizer>,
    record: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || {
        let (authorizer, out) = (need(authorizer, "authorizer")?, need(out, "out")?);
        let stored: Decision = json(text!(record, len).as_bytes(), "decision")?;
        nhi_bytes::give_json(&authorizer.0.replay(&stored), out)
    })
}

/// The decision, flat.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_decision_answer(
    decision: Option<&nhi_decision>,
    out: Option<&mut MaybeUninit<nhi_answer>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || {
        let (decision, out) = (&need(decision, "decision")?.0, need(out, "out")?);
        let reason = decision.reasons.first().map(|because| &because.reason);
        out.write(nhi_answer {
            outcome: decision.outcome.into(),
            verdict: decision.verdict().into(),
            id: nhi_str::of(&decision.id),
            reason: nhi_str::maybe(reason.map(|reason| &*reason.code)),
            text: nhi_str::maybe(reason.map(|reason| &*reason.text)),
        });
        Ok(())
    })
}

/// The answer in AuthZEN's JSON.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_decision_authzen(
    decision: Option<&nhi_decision>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || nhi_bytes::give_json(
        &need(decision, "decision")?.0.to_authzen(),
        need(out, "out")?
    ))
}

/// The ledger's event of the decision as JSON, for nhi_ledger_record.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_decision_event(
    decision: Option<&nhi_decision>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || nhi_bytes::give_json(
        &need(decision, "decision")?.0.event(),
        need(out, "out")?
    ))
}

/// The whole record as JSON, to store and to replay.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_decision_record(
    decision: Option<&nhi_decision>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("authorize", err, || nhi_bytes::give_json(&need(decision, "decision")?.0, need(out, "out")?))
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_decision_free(decision: Option<Box<nhi_decision>>) {
    entry(None, || {
        drop(decision);
        Ok(())
    });
}
