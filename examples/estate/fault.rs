use std::{fmt, str::FromStr};

/// Something that is wrong in the company. Each lives on an identity of its own, so that leaving one out takes
/// away exactly its paragraph of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// An AI agent calls a tool it never used, in the middle of a task.
    AgentNewTool,
    /// A key that nobody used for half a year still works.
    DormantKey,
    /// The exception that lets a key break the rules has ended; the key goes on.
    ExpiredException,
    /// A key was pushed to a public place and contained; part of that time waited for a person.
    LeakedThenContained,
    /// A working key is written into a source file.
    LiveKeyInCode,
    /// A key may do everything and never expires.
    NeverExpiringAdmin,
    /// A key may do far more than it does.
    OverPrivileged,
    /// The person who answered for a key has left.
    OwnerLeft,
    /// Production and staging sign with the same secret.
    SharedAcrossEnvironments,
    /// A reader takes home a little more each day, from its usual place at its usual hours.
    SlowExfiltration,
    /// A key is used at night from a network and a country it was never seen in.
    StolenKey,
    /// A rotation made a new key and never took the old one away.
    StuckRotation,
    /// A key works at the provider and stands in no record.
    UndeclaredKey,
    /// A key is used after its revocation was confirmed.
    UsedAfterRevocation,
    /// A chat webhook was saved in the output of a notebook.
    WebhookInNotebook,
}

impl Fault {
    /// Every fault, in the order of their names.
    pub const ALL: &'static [Fault] = &[
        Fault::AgentNewTool,
        Fault::DormantKey,
        Fault::ExpiredException,
        Fault::LeakedThenContained,
        Fault::LiveKeyInCode,
        Fault::NeverExpiringAdmin,
        Fault::OverPrivileged,
        Fault::OwnerLeft,
        Fault::SharedAcrossEnvironments,
        Fault::SlowExfiltration,
        Fault::StolenKey,
        Fault::StuckRotation,
        Fault::UndeclaredKey,
        Fault::UsedAfterRevocation,
        Fault::WebhookInNotebook,
    ];

    /// The name that `--without` takes.
    pub fn name(self) -> &'static str {
        match self {
            Fault::AgentNewTool => "agent-new-tool",
            Fault::DormantKey => "dormant-key",
            Fault::ExpiredException => "expired-exception",
            Fault::LeakedThenContained => "leaked-then-contained",
            Fault::LiveKeyInCode => "live-key-in-code",
            Fault::NeverExpiringAdmin => "never-expiring-admin",
            Fault::OverPrivileged => "over-privileged",
            Fault::OwnerLeft => "owner-left",
            Fault::SharedAcrossEnvironments => "shared-across-environments",
            Fault::SlowExfiltration => "slow-exfiltration",
            Fault::StolenKey => "stolen-key",
            Fault::StuckRotation => "stuck-rotation",
            Fault::UndeclaredKey => "undeclared-key",
            Fault::UsedAfterRevocation => "used-after-revocation",
            Fault::WebhookInNotebook => "webhook-in-notebook",
        }
    }

    /// Name of the unit whose credential carries the fault, as it occurs in ids, paths and log lines.
    pub fn unit(self) -> &'static str {
        match self {
            Fault::AgentNewTool => "support-agent",
            Fault::DormantKey => "newsletter-import",
            Fault::ExpiredException => "erp-bridge",
            Fault::LeakedThenContained => "delivery-tracking",
            Fault::LiveKeyInCode => "order-export",
            Fault::NeverExpiringAdmin => "platform-bootstrap",
            Fault::OverPrivileged => "image-resizer",
            Fault::OwnerLeft => "loyalty-mailer",
            Fault::SharedAcrossEnvironments => "checkout-signing-staging",
            Fault::SlowExfiltration => "analytics-reader",
            Fault::StolenKey => "pos-sync",
            Fault::StuckRotation => "warehouse-loader",
            Fault::UndeclaredKey => "store-migration",
            Fault::UsedAfterRevocation => "price-feed",
            Fault::WebhookInNotebook => "ops-alerts",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    /// Reads the name; the error names all there are.
    fn from_str(name: &str) -> Result<Self, String> {
        Fault::ALL.iter().copied().find(|fault| fault.name() == name).ok_or_else(|| {
            let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
            format!("no fault `{name}`; there are: {}", names.join(", "))
        })
    }
}
