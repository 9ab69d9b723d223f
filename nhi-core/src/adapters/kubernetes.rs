//! Kubernetes Secrets and ServiceAccounts: `kubectl get … -o json`, one object, a `List` or one object a line.
//! Sources: Kubernetes API reference, Secret v1 and ServiceAccount v1 core; "Secrets" and "Service Accounts"
//! (<https://kubernetes.io/docs/concepts/configuration/secret/>,
//! <https://kubernetes.io/docs/concepts/security/service-accounts/>); "Well-Known Labels, Annotations and Taints"
//! (<https://kubernetes.io/docs/reference/labels-annotations-taints/>).
//!
//! | of a Secret | a credential for each secret value: `kubernetes/<namespace>/<name>/secret/<key>` |
//! |---|---|
//! | `metadata.namespace`, `name` | id, `storage` |
//! | `metadata.uid`, first `ownerReferences` | `extra` |
//! | `metadata.creationTimestamp` | `created` |
//! | `metadata.labels`, annotations of `app.kubernetes.io` | owner, environment, workload; labels |
//! | `type` | `kind`; `kubernetes.io/service-account-token` belongs to its ServiceAccount |
//! | `data` (base64), `stringData` | each value fingerprinted, then dropped; of a Docker configuration, each registry's password |
//! | `kubernetes.io/service-account.name` | `identity` |
//! | `kubernetes.io/legacy-token-last-used`, `-invalid-since` | `last_used` to the day; status inactive |
//! | `immutable` | `extra` |
//! | `kubectl.kubernetes.io/last-applied-configuration` | its values fingerprinted (a sighting), then dropped |
//!
//! | of a ServiceAccount | identity `system:serviceaccount:<namespace>:<name>` |
//! |---|---|
//! | `metadata` | as above; `automountServiceAccountToken` in `extra` |
//! | annotations of EKS and GKE that name a cloud identity | labels |
//! | `secrets`, `imagePullSecrets` | the Secrets are kept for it: a consumer of theirs |
//!
//! A certificate (`tls.crt`, `ca.crt`) and a namespace are no secrets. The export names no cluster, so the issuer is
//! `kubernetes`. Sentinels: a missing `creationTimestamp` or null = not reported (a manifest, not an object of a
//! cluster). `metadata.continue` of a list = one page of several. Helm's releases, bootstrap tokens and Opaque data
//! have no end that the object tells; a service account's legacy token never expires.

use alloc::{
    borrow::ToOwned,
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use data_encoding::BASE64;
use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::{
    Adapter, aws, json,
    probe::{Probe, Shape},
    sink::{Sink, is_extra, is_secret_like, wipe},
};
use crate::{
    Error, Fingerprint, limits,
    model::{
        Credential, CredentialKind, Exposure, Fact, Identity, IdentityKind, Item, LastUse, Liveness,
        Location, Plane, Record, Sighting, SightingMatch, Status,
    },
    time::{DAY, foreign::Dialect},
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "kubernetes", plane: Plane::Holdings, lists: true, detect, parse };

const ISSUER: &str = "kubernetes";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const ACCOUNT: &str = "kubernetes.io/service-account.name";

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    if probe.shape != Shape::Object || !probe.has(&["apiVersion", "kind"]) {
        return None;
    }
    match probe.text("kind")? {
        "Secret" | "SecretList" => Some((95, "Kubernetes Secrets")),
        "ServiceAccount" | "ServiceAccountList" => Some((95, "Kubernetes ServiceAccounts")),
        "List" => Some((60, "a list of Kubernetes objects")),
        _ => None,
    }
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    let bytes = sink.input.bytes;
    let mut consumers = BTreeMap::new();
    let mut at = json::skip_space(bytes, 0);
    let (members, _) = json::members(bytes, at);
    if !members.iter().any(|member| member.key == "items") {
        sink.lines(|sink, mut map| {
            object(sink, &mut consumers, &map, None);
            map.values_mut().for_each(wipe);
        })?;
    }
    // Lists may follow each other. Only their shape is looked at: a cut one has no whole object to look into.
    while bytes.get(at) == Some(&b'{') {
        let (members, _) = json::members(bytes, at);
        let of = |key: &str| members.iter().find(|member| member.key == key);
        let Some(items) = of("items") else { break };
        let kind = of("kind").and_then(|kind| json::parse(bytes, &kind.span).ok());
        let kind = kind.as_ref().and_then(Value::as_str).and_then(|kind| kind.strip_suffix("List"));
        let kind = kind.filter(|kind| !kind.is_empty());
        sink.elements("items", items.span.range.start, |sink, mut map| {
            object(sink, &mut consumers, &map, kind);
            map.values_mut().for_each(wipe);
        })?;
        sink.no_row();
        let more = of("metadata").and_then(|metadata| json::object(bytes, &metadata.span).ok());
        if more
            .is_some_and(|m| m.get("continue").and_then(Value::as_str).is_some_and(|more| !more.is_empty()))
        {
            sink.partial = true;
            sink.bad_field("metadata.continue", "more_pages", "the list goes on in another page");
        }
        at = json::skip_space(bytes, json::value(bytes, at).range.end.max(at + 1));
    }
    consume(sink, &consumers);
    Ok(())
}

/// Identities that use each Secret, by the place it is kept in.
type Consumers = BTreeMap<String, BTreeSet<String>>;

/// Writes who uses a Secret into its credentials: a ServiceAccount may stand before or after them.
fn consume(sink: &mut Sink, consumers: &Consumers) {
    for mut item in sink.take_items() {
        if let Item::Observation(said) = &mut item
            && let Record::Credential(credential) = &mut said.record
        {
            let place = credential.storage.first().and_then(|place| place.path.split('#').next());
            if let Some(names) = place.and_then(|place| consumers.get(place)) {
                credential.consumers = Fact::Known(names.iter().cloned().collect());
            }
        }
        sink.item(item);
    }
}

fn object(sink: &mut Sink, consumers: &mut Consumers, map: &Map<String, Value>, of_list: Option<&str>) {
    let kind = map.get("kind").and_then(Value::as_str).or(of_list);
    let Some(metadata) = sink.member(map, "metadata") else {
        return sink.lost(Some("metadata"), "missing_field", "an object can't be without its metadata");
    };
    match kind {
        Some("Secret") => secret(sink, map, metadata),
        Some("ServiceAccount") => service_account(sink, consumers, map, metadata),
        Some(_) => sink.lost(Some("kind"), "unknown_kind", "expected a Secret or a ServiceAccount"),
        None => sink.lost(Some("kind"), "missing_field", "expected a Secret or a ServiceAccount"),
    }
}

/// What the metadata of both kinds say, as an identity: labels mean the same on either.
struct Meta {
    namespace: String,
    name: String,
    said: Identity,
    /// Where the object is kept.
    place: String,
}

fn meta(sink: &mut Sink, metadata: &Map<String, Value>) -> Option<Meta> {
    let name = sink.need(metadata, "name")?;
    let namespace = sink.text(metadata, "namespace").filter(|namespace| !namespace.is_empty());
    // What kubectl takes where none is given.
    let namespace = namespace.unwrap_or_else(|| "default".into());
    let mut said = Identity {
        issuer: ISSUER.into(),
        created: sink.time(metadata, "creationTimestamp", &Dialect::ISO),
        external_ids: sink.text(metadata, "uid").into_iter().collect(),
        ..Identity::default()
    };
    for (key, value) in sink.member(metadata, "labels").into_iter().flatten() {
        let Some(value) = value.as_str() else {
            sink.bad_field("metadata.labels", "bad_field", "expected texts");
            continue;
        };
        if key.starts_with("kubernetes.io/legacy-token") {
            continue;
        }
        if is_secret_like(key, value) {
            sink.bad_field(
                "metadata.labels",
                "secret_dropped",
                "a label that may hold a secret was not kept",
            );
            continue;
        }
        let plain = if key == "app.kubernetes.io/name" { "app" } else { key.as_str() };
        aws::label(&mut said, plain, value);
        said.tags.insert(key.clone(), value.into());
    }
    // Of the annotations only those that are known: any other may hold anything.
    const KNOWN: [&str; 3] =
        ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "kubernetes.io/description"];
    if let Some(annotations) = sink.member(metadata, "annotations") {
        for key in KNOWN {
            match annotations.get(key).and_then(Value::as_str) {
                Some(value) if !is_secret_like("", value) && value.len() <= limits::ATTRIBUTE_BYTES => {
                    if key == "kubernetes.io/description" {
                        said.purpose = Fact::Known(value.into());
                    }
                    said.tags.insert(key.into(), value.into());
                }
                _ => {}
            }
        }
    }
    let owner = sink.array(metadata, "ownerReferences").first().and_then(Value::as_object);
    if let (Some(kind), Some(of)) = (
        owner.and_then(|owner| owner.get("kind")?.as_str()),
        owner.and_then(|owner| owner.get("name")?.as_str()),
    ) {
        let owner = format!("{kind}/{of}");
        if is_extra("", &owner) {
            said.extra.insert("owner_reference".into(), owner);
        }
    }
    let place = format!("{ISSUER}:{namespace}/{name}");
    Some(Meta { namespace, name, said, place })
}

fn account_id(namespace: &str, name: &str) -> String {
    format!("system:serviceaccount:{namespace}:{name}")
}

fn service_account(
    sink: &mut Sink,
    consumers: &mut Consumers,
    map: &Map<String, Value>,
    metadata: &Map<String, Value>,
) {
    let Some(meta) = meta(sink, metadata) else { return };
    let mut identity = Identity {
        id: account_id(&meta.namespace, &meta.name),
        kind: IdentityKind::ServiceAccount,
        name: meta.name,
        status: Fact::Known(Status::Active),
        ..meta.said
    };
    match map.get("automountServiceAccountToken") {
        None | Some(Value::Null) => {}
        Some(Value::Bool(mounts)) => {
            identity.extra.insert("automount_token".into(), format!("{mounts}"));
        }
        Some(_) => sink.bad_field("automountServiceAccountToken", "bad_field", "expected true or false"),
    }
    for field in ["secrets", "imagePullSecrets"] {
        for reference in sink.array(map, field) {
            let Some(name) = reference.get("name").and_then(Value::as_str) else {
                sink.bad_field(field, "bad_field", "expected objects with a name");
                continue;
            };
            let place = format!("{ISSUER}:{}/{name}", meta.namespace);
            consumers.entry(place).or_default().insert(identity.id.clone());
        }
    }
    sink.observe(Record::Identity(Box::new(identity)));
}

/// One secret value of a Secret: what it is, under which name, its digest.
struct Part {
    name: String,
    kind: CredentialKind,
    print: Option<Fingerprint>,
}

fn secret(sink: &mut Sink, map: &Map<String, Value>, metadata: &Map<String, Value>) {
    let Some(meta) = meta(sink, metadata) else { return };
    let sort = sink.text(map, "type").unwrap_or_else(|| "Opaque".into());
    let parts = values(sink, map, &sort);
    let annotation = |key: &str| metadata.get("annotations").and_then(|all| all.get(key)?.as_str());
    let account = annotation(ACCOUNT).filter(|name| name.len() <= limits::FIELD_BYTES);
    let legacy = sort == "kubernetes.io/service-account-token";
    let (last_used, invalid) = if legacy { tracked(sink, metadata) } else { (LastUse::default(), false) };
    let current: BTreeSet<String> =
        parts.iter().filter_map(|part| Some(part.print.as_ref()?.as_str().to_owned())).collect();
    for part in parts {
        let id = format!("{ISSUER}/{}/{}/secret/{}", meta.namespace, meta.name, part.name);
        let mut credential = Credential {
            id,
            identity: account.map(|name| account_id(&meta.namespace, name)).unwrap_or_default(),
            kind: part.kind,
            provider: if legacy { ISSUER.into() } else { String::new() },
            issuer: ISSUER.into(),
            fingerprint: part.print,
            created: meta.said.created.clone(),
            last_used: last_used.clone(),
            system_of_record: Fact::Known("Kubernetes".into()),
            storage: [Location {
                kind: "vault".into(),
                path: format!("{}#{}", meta.place, part.name),
                line: None,
                revision: None,
            }]
            .into(),
            owners: meta.said.owners.clone(),
            environment: meta.said.environment.clone(),
            workload: meta.said.workload.clone(),
            purpose: meta.said.purpose.clone(),
            tags: meta.said.tags.clone(),
            extra: meta.said.extra.clone(),
            ..Credential::default()
        };
        if legacy {
            // The cluster is its issuer: it takes the token as long as the object is there.
            credential.status = Fact::Known(if invalid { Status::Inactive } else { Status::Active });
            credential.not_after = Fact::Absent;
        }
        if let Some(uid) = meta.said.external_ids.first().filter(|uid| is_extra("", &uid.replace('-', " "))) {
            credential.extra.insert("uid".into(), uid.clone());
        }
        if is_extra("", &sort) {
            credential.extra.insert("type".into(), sort.clone());
        }
        if let Some(Value::Bool(fixed)) = map.get("immutable") {
            credential.extra.insert("immutable".into(), format!("{fixed}"));
        }
        sink.observe(Record::Credential(Box::new(credential)));
    }
    if let Some(applied) = annotation(LAST_APPLIED) {
        last_applied(sink, applied, &sort, &meta.place, &current);
    }
}

/// The last use of a legacy token, to the day, and whether the cluster has stopped taking it.
fn tracked(sink: &mut Sink, metadata: &Map<String, Value>) -> (LastUse, bool) {
    let none = Map::new();
    let labels = metadata.get("labels").and_then(Value::as_object).unwrap_or(&none);
    let used = match sink.time(labels, "kubernetes.io/legacy-token-last-used", &Dialect::ISO) {
        Fact::Known(at) => LastUse::Used { at, granularity_ms: DAY },
        Fact::Absent => LastUse::default(),
        Fact::Unknown(why) => LastUse::Unknown(why.into_owned()),
    };
    (used, labels.contains_key("kubernetes.io/legacy-token-invalid-since"))
}

/// The values that `kubectl apply` left in an annotation: those that are not the current ones are told as seen.
fn last_applied(sink: &mut Sink, text: &str, sort: &str, place: &str, current: &BTreeSet<String>) {
    let Ok(Value::Object(mut applied)) = serde_json::from_str(text) else {
        return sink.bad_field(
            "metadata.annotations",
            "not_json",
            "last-applied-configuration is no JSON object",
        );
    };
    for part in values(sink, &applied, sort) {
        let Some(print) = part.print.filter(|print| !current.contains(print.as_str())) else { continue };
        let sighting = Sighting {
            of: SightingMatch { fingerprint: Some(print), ..SightingMatch::default() },
            provider: Fact::default(),
            rule: String::new(),
            kind: part.kind,
            location: Location {
                kind: "manifest".into(),
                path: format!("{place}#{LAST_APPLIED}"),
                line: None,
                revision: None,
            },
            source: ADAPTER.id.into(),
            liveness: Liveness::NotChecked,
            first_seen: Fact::default(),
            last_seen: Fact::Known(sink.input.read_at),
            exposure: Fact::Known(Exposure::Private),
            preview: String::new(),
            level: None,
            environment: Fact::default(),
            expires: Fact::default(),
        };
        sink.observe(Record::Sighting(Box::new(sighting)));
    }
    applied.values_mut().for_each(wipe);
}

/// The secret values of `data` and `stringData`; the latter wins, as the API server has it.
fn values(sink: &mut Sink, map: &Map<String, Value>, sort: &str) -> Vec<Part> {
    let mut decoded: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (key, value) in sink.member(map, "data").into_iter().flatten() {
        let bytes = match value {
            Value::String(text) => BASE64.decode(text.as_bytes()).ok(),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        match bytes {
            Some(bytes) => {
                decoded.insert(key, bytes);
            }
            None => sink.bad_field("data", "bad_base64", "expected values in base64"),
        }
    }
    for (key, value) in sink.member(map, "stringData").into_iter().flatten() {
        match value.as_str() {
            Some(text) => {
                if let Some(mut old) = decoded.insert(key, text.as_bytes().to_vec()) {
                    old.zeroize();
                }
            }
            None => sink.bad_field("stringData", "bad_field", "expected texts"),
        }
    }
    let mut out = Vec::new();
    for (key, value) in decoded.iter().filter(|(_, value)| !value.is_empty()) {
        match (sort, *key) {
            ("kubernetes.io/dockerconfigjson", ".dockerconfigjson")
            | ("kubernetes.io/dockercfg", ".dockercfg") => {
                registries(sink, value, &mut out);
            }
            _ => {
                if let Some(kind) = kind_of(sort, key) {
                    let print = sink.input.pepper.map(|pepper| pepper.fingerprint(value));
                    out.push(Part { name: (*key).into(), kind, print });
                }
            }
        }
    }
    decoded.values_mut().for_each(Zeroize::zeroize);
    out
}

/// What a key of a Secret holds, by the type's definition, else by the key's name; `None` = no secret.
fn kind_of(sort: &str, key: &str) -> Option<CredentialKind> {
    use CredentialKind::{ApiKey, Password, PrivateKey, ServiceAccountKey, SessionToken, Unknown};
    let only = |name: &str, kind| (key == name).then_some(kind);
    match sort {
        "kubernetes.io/service-account-token" => only("token", ServiceAccountKey),
        "kubernetes.io/tls" => only("tls.key", PrivateKey),
        "kubernetes.io/basic-auth" => only("password", Password),
        "kubernetes.io/ssh-auth" => only("ssh-privatekey", PrivateKey),
        "bootstrap.kubernetes.io/token" => only("token-secret", SessionToken),
        // The state of a release, not a credential.
        "helm.sh/release.v1" => None,
        _ => {
            let name = key.to_ascii_lowercase();
            let public =
                ["username", "user", "host", "hostname", "port", "namespace", "database", "dbname", "url"];
            if public.contains(&name.as_str()) || name.ends_with(".crt") || name.ends_with(".pub") {
                return None;
            }
            const KINDS: [(&str, CredentialKind); 5] = [
                ("private", PrivateKey),
                (".key", PrivateKey),
                ("pass", Password),
                ("token", ApiKey),
                ("key", ApiKey),
            ];
            Some(KINDS.iter().find(|(word, _)| name.contains(word)).map_or(Unknown, |(_, kind)| *kind))
        }
    }
}

/// The password of each registry in a Docker configuration.
fn registries(sink: &mut Sink, bytes: &[u8], out: &mut Vec<Part>) {
    let Ok(Value::Object(mut config)) = serde_json::from_slice(bytes) else {
        return sink.bad_field("data", "not_json", "the Docker configuration is no JSON object");
    };
    let auths = match config.get("auths") {
        Some(Value::Object(auths)) => auths,
        Some(_) => return sink.bad_field("data", "bad_field", "auths: expected an object"),
        None => &config,
    };
    for (registry, entry) in auths {
        let text = |field: &str| entry.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let pair = || {
            // `auth` is `user:password` in base64.
            let pair = BASE64.decode(text("auth")?.as_bytes()).ok()?;
            let at = pair.iter().position(|b| *b == b':')?;
            pair.get(at + 1..).map(<[u8]>::to_vec)
        };
        let password = text("password").or(text("identitytoken")).map(|text| text.as_bytes().to_vec());
        let Some(mut password) = password.or_else(pair).filter(|password| !password.is_empty()) else {
            sink.bad_field("data", "missing_field", "a registry of the Docker configuration has no password");
            continue;
        };
        let print = sink.input.pepper.map(|pepper| pepper.fingerprint(&password));
        password.zeroize();
        out.push(Part { name: registry.clone(), kind: CredentialKind::Password, print });
    }
    config.values_mut().for_each(wipe);
}
