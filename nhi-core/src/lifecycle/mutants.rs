//! Seeded defects, for the proof that the invariants catch them. In an ordinary build every switch is off and is
//! compiled away.

/// The defects. Each is caught by the invariant named.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mutant {
    /// Promote a version that was not verified: I8.
    PromoteUnverified,
    /// No guard on how many versions are live at once: I2.
    TwoLive,
    /// A break-glass window that ends forgets its lease: I7.
    GlassForgetsLease,
    /// A compromise only suspends: I6.
    CompromiseOnlySuspends,
    /// Resume without looking for another active version: I2.
    ResumeUnchecked,
    /// A rotation may begin without an active version: I3.
    RotateWithoutActive,
    /// The retry ladder never gives up: I9.
    LadderForgets,
    /// An approver may be the requester: I11.
    SelfApproval,
    /// A lease may do more than its credential: I10.
    LeaseUnbounded,
    /// An exception without a latest end: I5.
    ExceptionUnbounded,
    /// The orphan deadline passes without anything: I4.
    OrphanForgotten,
    /// A revoked version can be resumed: I1.
    TerminalReturns,
    /// Unknown use counts as dormant and is revoked: I13.
    UnknownRevokes,
}

#[cfg(test)]
std::thread_local! {
    static ON: core::cell::Cell<Option<Mutant>> = const { core::cell::Cell::new(None) };
}

/// Runs `f` with one defect switched on in this thread.
#[cfg(test)]
pub(crate) fn with<T>(mutant: Mutant, f: impl FnOnce() -> T) -> T {
    ON.with(|on| on.set(Some(mutant)));
    let out = f();
    ON.with(|on| on.set(None));
    out
}

macro_rules! switches {
    ($($name:ident => $mutant:ident),* $(,)?) => {$(
        #[inline(always)]
        pub(crate) fn $name() -> bool {
            #[cfg(test)]
            {
                ON.with(|on| on.get() == Some(Mutant::$mutant))
            }
            #[cfg(not(test))]
            {
                false
            }
        }
    )*};
}

switches! {
    promote_unverified => PromoteUnverified,
    two_live => TwoLive,
    glass_forgets_lease => GlassForgetsLease,
    compromise_only_suspends => CompromiseOnlySuspends,
    resume_unchecked => ResumeUnchecked,
    rotate_without_active => RotateWithoutActive,
    ladder_forgets => LadderForgets,
    self_approval => SelfApproval,
    lease_unbounded => LeaseUnbounded,
    exception_unbounded => ExceptionUnbounded,
    orphan_forgotten => OrphanForgotten,
    terminal_returns => TerminalReturns,
    unknown_revokes => UnknownRevokes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_on_only_while_its_closure_runs() {
        assert!(with(Mutant::TwoLive, two_live) && !with(Mutant::TwoLive, resume_unchecked) && !two_live());
    }
}
