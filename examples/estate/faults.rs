//! What each fault changes, one arm a fault. Nothing else in this program asks which faults there are, except
//! templates of the source tree.

use nhi_core::{
    model::{Outcome, OwnerStatus, Status},
    time::{DAY, MINUTE, SECOND, Timestamp},
};

use super::{
    Fault,
    company::{Company, Log, Origin, Unit, ago},
    random::Stream,
    traffic::{Call, call},
};

/// A place on the internet that nobody in the company works from.
const STRANGER: Origin = Origin { asn: 65540, net: "203.0.113", country: "SG", user_agent: "aws-cli" };

/// Puts one fault into the company.
pub(crate) fn plant(fault: Fault, seed: u64, company: &mut Company) {
    let mut draw = Stream::new(seed, &[fault.unit(), "fault"]);
    if fault == Fault::OwnerLeft {
        if let Some(person) = company.parties.iter_mut().find(|party| party.id == "mikkel.sorensen") {
            (person.status, person.since) = (OwnerStatus::Left, 12);
        }
        return;
    }
    let unit = company.unit(fault.unit());
    match fault {
        // The files of the source tree differ, the records don't.
        Fault::LiveKeyInCode | Fault::WebhookInNotebook | Fault::OwnerLeft => {}
        Fault::DormantKey => unit.last_used = Some(ago(171, 8, 30)),
        Fault::NeverExpiringAdmin => {
            unit.grants = vec![("*", "*")];
            unit.endless = true;
        }
        Fault::OverPrivileged => {
            let extra = ["dynamodb:*", "s3:*", "sns:*", "sqs:*"];
            unit.grants.extend(extra.map(|action| (action, "*")));
        }
        Fault::UndeclaredKey => unit.declared = false,
        Fault::SlowExfiltration => unit.growth = Some((17, 6)),
        Fault::StolenKey => unit.extra = stolen(unit, &mut draw),
        Fault::AgentNewTool => unit.extra = new_tool(unit, &mut draw),
        Fault::UsedAfterRevocation => {
            unit.extra = vec![again(unit, ago(2, 12, 4), &mut draw), again(unit, ago(1, 18, 2), &mut draw)];
            for version in &mut unit.versions {
                version.status = Status::Active;
            }
        }
        Fault::SharedAcrossEnvironments => {
            let shared = company.unit("checkout-signing-prod").versions.last().map(|v| v.secret.clone());
            if let (Some(secret), Some(version)) = (shared, company.unit(fault.unit()).versions.last_mut()) {
                version.secret = secret;
            }
        }
        Fault::StuckRotation | Fault::ExpiredException | Fault::LeakedThenContained => {
            super::history::disturb(fault, seed, unit);
        }
    }
}

/// Somebody else has the key: looks around, then reads. Small and quick, at night, one call refused.
fn stolen(unit: &Unit, draw: &mut Stream) -> Vec<Call> {
    let mut time = ago(1, 1, 52).plus(draw.between(0, 50) * SECOND);
    let session = draw.hex(12);
    let steps = [
        ("sts:GetCallerIdentity", "sts.amazonaws.com", 700, Outcome::Ok),
        ("s3:ListAllMyBuckets", "s3.amazonaws.com", 4_200, Outcome::Ok),
        ("iam:ListUsers", "iam.amazonaws.com", 300, Outcome::Denied),
        ("s3:ListBucket", "arn:aws:s3:::brightwater-store-tills", 31_000, Outcome::Ok),
        ("s3:GetObject", "arn:aws:s3:::brightwater-store-tills", 212_000, Outcome::Ok),
        ("s3:GetObject", "arn:aws:s3:::brightwater-store-tills", 187_000, Outcome::Ok),
        ("s3:GetObject", "arn:aws:s3:::brightwater-store-tills", 240_000, Outcome::Ok),
    ];
    steps
        .into_iter()
        .map(|(action, to, bytes, outcome)| {
            time = time.plus(draw.between(20, 200) * SECOND);
            let mut call = call(unit, time, action, to.into(), draw);
            call.session.clone_from(&session);
            (call.bytes, call.outcome, call.origin, call.host) = (bytes, outcome, STRANGER, 77);
            call.sensitivity = 2;
            call
        })
        .collect()
}

/// A ticket told the agent what to do: it answers, but first it exports customers and posts them elsewhere.
fn new_tool(unit: &Unit, draw: &mut Stream) -> Vec<Call> {
    let mut time = ago(1, 13, 21);
    let session = format!("{}-{}", unit.name, draw.hex(8));
    let steps = [
        ("tickets:read", "tickets.brightwater.example", 7_100, 2),
        ("kb:search", "kb.brightwater.example", 13_000, 0),
        ("crm:export-customers", "crm.brightwater.example/customers", 1_900_000, 3),
        ("http:post", "paste.collector.example", 1_900_000, 3),
        ("tickets:reply", "tickets.brightwater.example", 2_300, 1),
    ];
    steps
        .into_iter()
        .map(|(action, to, bytes, sensitivity)| {
            time = time.plus(draw.between(4, 30) * SECOND);
            let mut call = call(unit, time, action, to.into(), draw);
            call.session.clone_from(&session);
            call.task = Some("answer-ticket");
            (call.bytes, call.sensitivity) = (bytes, sensitivity);
            call
        })
        .collect()
}

/// One more of the usual calls.
fn again(unit: &Unit, time: Timestamp, draw: &mut Stream) -> Call {
    debug_assert!(unit.log == Log::Pipeline && time.millis() % DAY > MINUTE);
    let mut call = call(unit, time, "s3:PutObject", "arn:aws:s3:::brightwater-price-lists".into(), draw);
    call.session = format!("{}-{}", unit.name, draw.hex(8));
    (call.bytes, call.host) = (91_000, 12);
    call
}
