/*!
What happened to credentials whose story has more than one day: lifecycle commands, as the company's own tool
recorded them, and the keys that came and went with them.
*/

use nhi_core::{
    model::Status,
    time::{HOUR, MINUTE, Timestamp},
};
use serde_json::{Value, json};

use super::{
    Fault,
    company::{NOBODY, NOW, Unit, ago},
};

/// When the key of `delivery-tracking` was pushed to a public repository: two days and an hour ago.
pub(crate) const LEAKED: Timestamp = NOW.plus(-49 * HOUR - 3 * MINUTE);

/// The stories of a company in which all went well.
pub(crate) fn write(seed: u64, unit: &mut Unit) {
    match unit.name {
        "warehouse-loader" => rotate(seed, unit, true),
        "price-feed" => retire(unit),
        "erp-bridge" => except(unit, 27, -49),
        _ => {}
    }
}

/// Puts a fault into a story.
pub(crate) fn disturb(fault: Fault, seed: u64, unit: &mut Unit) {
    match fault {
        Fault::StuckRotation => {
            unit.versions.truncate(1);
            rotate(seed, unit, false);
        }
        Fault::ExpiredException => except(unit, 27, 11),
        Fault::LeakedThenContained => leak(seed, unit),
        _ => {}
    }
}

impl Unit {
    /// Adds a command; ids count up in the order of the story.
    fn tell(&mut self, at: Timestamp, actor: &str, order: Value) {
        let mut command = json!({
            "cmd_id": format!("{}-{}", self.name, self.history.len() + 1),
            "actor": actor,
            "credential": self.credential(),
        });
        if let (Value::Object(command), Value::Object(order)) = (&mut command, order) {
            command.extend(order);
        }
        self.history.push((at, command));
    }

    /// The first commands of every story: the tool takes the credential into its care, and knows its user.
    fn register(&mut self, at: Timestamp) {
        let versions: Vec<Value> = self
            .versions
            .first()
            .map(|version| json!({"external_id": version.external_id, "created": version.made}))
            .into_iter()
            .collect();
        let owners =
            if self.owner == NOBODY { json!([]) } else { json!([{"kind": "team", "id": self.owner}]) };
        let order = json!({
            "type": "Register",
            "kind": self.credential_kind(),
            "environment": self.environment,
            "owners": owners,
            "purpose": self.purpose,
            "workload": self.workload,
            "consumers": [self.workload],
            "versions": versions,
            "provenance": "inventory",
        });
        self.history.clear();
        self.tell(at, "inventory", order);
        let uses = json!({"type": "ConsumerSwitched", "consumer": self.workload, "version": "v1"});
        self.tell(at.plus(MINUTE), "inventory", uses);
    }

    /// A new key from its making to its promotion, two minutes a step.
    fn promote(&mut self, seed: u64, actor: &str, label: &str, made: Timestamp) {
        let next = self.version(seed, label, made, Status::Active);
        let (at, id) = (|step: i64| made.plus(step * 2 * MINUTE), format!("v{}", self.versions.len() + 1));
        self.tell(
            at(0),
            actor,
            json!({"type": "ReportCreated", "version": id, "external_id": next.external_id}),
        );
        self.tell(at(1), actor, json!({"type": "ReportInstalled", "version": id}));
        let evidence = "sts:GetCallerIdentity answered";
        self.tell(
            at(2),
            actor,
            json!({"type": "ReportVerified", "version": id, "ok": true, "evidence": evidence}),
        );
        self.tell(at(3), actor, json!({"type": "Promote", "version": id}));
        self.versions.push(next);
    }
}

/// A rotation. Finished: the loader switched, the old key is gone. Else the loader still uses the old key, both
/// keys work, and the overlap is long over.
fn rotate(seed: u64, unit: &mut Unit, finished: bool) {
    unit.register(ago(30, 9, 0));
    unit.tell(ago(8, 9, 10), "astrid.holm", json!({"type": "BeginRotation"}));
    unit.promote(seed, "astrid.holm", "second", ago(8, 9, 12));
    unit.pinned = !finished;
    if let Some(old) = unit.versions.first_mut() {
        (old.status, old.listed) = if finished { (Status::Deleted, false) } else { (Status::Active, true) };
        old.declared = old.status;
    }
    if finished {
        let switched = json!({"type": "ConsumerSwitched", "consumer": unit.workload, "version": "v2"});
        unit.tell(ago(7, 2, 20), "astrid.holm", switched);
        let superseded = json!({"type": "Revoke", "version": "v1", "cause": "superseded"});
        unit.tell(ago(7, 8, 0), "astrid.holm", superseded);
        let gone = json!({"type": "ConfirmRevoked", "version": "v1", "evidence": "iam: the key is deleted"});
        unit.tell(ago(7, 8, 1), "astrid.holm", gone);
    }
}

/// A key that was taken out of service when its feed moved to a role.
fn retire(unit: &mut Unit) {
    unit.register(ago(30, 9, 0));
    unit.tell(ago(4, 14, 40), "nadia.rahman", json!({"type": "ConsumerGone", "consumer": unit.workload}));
    unit.tell(
        ago(4, 14, 50),
        "nadia.rahman",
        json!({"type": "Revoke", "version": "v1", "cause": "cessation"}),
    );
    let done =
        json!({"type": "ConfirmRevoked", "version": "v1", "evidence": "OPS-2211: switched off by hand"});
    unit.tell(ago(4, 15, 0), "nadia.rahman", done);
    unit.quiet_after = Some(ago(4, 15, 0));
    for version in &mut unit.versions {
        (version.status, version.declared) = (Status::Inactive, Status::Inactive);
    }
}

/// Nobody answers for the bridge to the ERP any more: an exception, from so many days ago to so many days ago.
fn except(unit: &mut Unit, granted: i64, end: i64) {
    unit.register(ago(granted + 1, 9, 0));
    let order = json!({
        "type": "GrantException",
        "id": "EX-31",
        "scope": "a key without an owner",
        "reason": "finance IT was dissolved, the bridge goes with the next release of the ERP",
        "end": ago(end, 0, 0),
        "isolation": {
            "store": "vault of the ERP host",
            "scope": "brightwater-erp-exchange only",
            "consumers": [unit.workload],
        },
        "compensating": ["bucket policy allows the host's addresses only"],
        "approvals": [{"by": "nadia.rahman", "at": ago(granted, 10, 40), "ref": "EX-31"}],
    });
    unit.tell(ago(granted, 11, 0), "sofia.costa", order);
}

/// Pushed to a public repository; the scanner saw it within minutes, two people had to agree before the rotation
/// of a key in use, and the old key is gone.
fn leak(seed: u64, unit: &mut Unit) {
    let after = |minutes: i64| LEAKED.plus(minutes * MINUTE);
    unit.register(ago(30, 9, 0));
    if let Some(leaked) = unit.versions.first_mut() {
        (leaked.status, leaked.declared, leaked.listed) = (Status::Deleted, Status::Deleted, false);
    }
    let order = json!({
        "type": "ReportCompromise",
        "version": "v1",
        "confidence": 950,
        "source": "gitleaks",
        "first_seen": LEAKED,
        "containment": {"mode": "rotate_then_revoke", "deadline": after(24 * 60)},
        "at": after(11),
        "approvals": [
            {"by": "jonas.lind", "at": after(38), "ref": "INC-118"},
            {"by": "astrid.holm", "at": after(64), "ref": "INC-118"},
        ],
    });
    unit.tell(after(66), "tom.berger", order);
    unit.promote(seed, "tom.berger", "after the leak", after(70));
    let switched = json!({"type": "ConsumerSwitched", "consumer": unit.workload, "version": "v2"});
    unit.tell(after(80), "tom.berger", switched);
    let revoke = json!({"type": "Revoke", "version": "v1", "cause": "compromise"});
    unit.tell(after(82), "tom.berger", revoke);
    let gone = json!({"type": "ConfirmRevoked", "version": "v1", "evidence": "iam: the key is deleted"});
    unit.tell(after(84), "tom.berger", gone);
}
