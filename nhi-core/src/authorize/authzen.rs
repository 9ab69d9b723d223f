/*!
The JSON of AuthZEN, Authorization API 1.0 (OpenID Foundation, 2026-01-11), in and out.

In: `subject.type`, `subject.id`, `resource.type`, `resource.id` and `action.name` are required texts. What
this crate needs beyond them is read from the open parts; everything else there is left alone and not kept:

| where | fields |
|---|---|
| `subject.properties` | `credential`, `fingerprint`, `generation`, `workload`, `token` |
| | `proofs[]`, `on_behalf_of[]` |
| `resource.properties` | `environment` |
| `context` | `id`, `purpose`, `task`, `lease`, `not_before`, `not_after`, `approvals[]` |

With `subject.type` `credential` the subject's id is the credential's, with `token` it is a raw token, with any
other type the identity's. A raw token, there or in `token`, is fingerprinted under the pepper and wiped; it is
in no field, record or error.

Out: `decision` is a boolean, so step-up is `false`, `context.nhi.outcome` = `step_up` and an obligation.
*/

use alloc::{format, string::String, vec::Vec};
use core::mem;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use zeroize::Zeroize;

use super::{Decision, Outcome, Request};
use crate::{Error, Pepper, limits};

impl Request {
    /// Reads a request from AuthZEN's JSON.
    ///
    /// # Errors
    /// `invalid_argument` names the field that is missing or of the wrong form, `invalid_json` says that it is no
    /// JSON object, `input_too_large` if there are more than [`limits::REQUEST_BYTES`].
    ///
    /// ```
    /// use nhi_core::authorize::Request;
    /// let json = br#"{"subject": {"type": "workload", "id": "billing", "properties": {"credential": "k1"}},
    ///                 "action": {"name": "s3:GetObject"},
    ///                 "resource": {"type": "bucket", "id": "invoices"}}"#;
    /// let request = Request::from_authzen(json, None)?;
    /// assert_eq!(request.identity.as_deref(), Some("billing"));
    /// let missing = Request::from_authzen(br#"{"subject": {"type": "workload"}}"#, None).unwrap_err();
    /// assert_eq!(missing.to_string(), "subject.id: expected a text, found none");
    /// # Ok::<(), nhi_core::Error>(())
    /// ```
    pub fn from_authzen(json: &[u8], pepper: Option<&Pepper>) -> Result<Request, Error> {
        if json.len() > limits::REQUEST_BYTES {
            return Err(Error::InputTooLarge {
                what: "the request, in bytes,",
                found: json.len() as u64,
                limit: limits::REQUEST_BYTES as u64,
            });
        }
        let mut body: Value = serde_json::from_slice(json).map_err(|e| Error::InvalidJson {
            what: "authorization request",
            // The position only: serde's text may quote the content.
            why: format!("no JSON from line {} column {} on", e.line(), e.column()),
        })?;
        let mut tokens = take_tokens(&mut body);
        let body = body.as_object().ok_or_else(|| Error::InvalidJson {
            what: "authorization request",
            why: "expected an object".into(),
        })?;
        let request = read(body).map(|mut request| {
            if let (Some(token), Some(pepper)) = (tokens.first(), pepper) {
                request.fingerprint = Some(pepper.fingerprint(token.as_bytes()));
            }
            request
        });
        tokens.iter_mut().for_each(Zeroize::zeroize);
        request?.admitted()
    }
}

/// Takes the tokens out of the body, so that nothing later can meet them; the one in the properties first.
fn take_tokens(body: &mut Value) -> Vec<String> {
    let mut tokens = Vec::new();
    let Some(subject) = body.get_mut("subject").and_then(Value::as_object_mut) else { return tokens };
    let properties = subject.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(Value::String(token)) = properties.and_then(|p| p.remove("token")) {
        tokens.push(token);
    }
    if subject.get("type").and_then(Value::as_str) == Some("token")
        && let Some(Value::String(id)) = subject.get_mut("id")
    {
        tokens.push(mem::replace(id, "token".into()));
    }
    tokens
}

fn read(body: &Map<String, Value>) -> Result<Request, Error> {
    let subject = part(body, "subject")?;
    let kind = required(subject, "subject.type")?;
    let id = required(subject, "subject.id")?;
    let action = required(part(body, "action")?, "action.name")?;
    let resource = part(body, "resource")?;
    required(resource, "resource.type")?;
    let destination = required(resource, "resource.id")?;
    let empty = Map::new();
    let open = |of: &'_ Map<String, Value>, name: &str, path: &str| match of.get(name) {
        None | Some(Value::Null) => Ok(empty.clone()),
        Some(Value::Object(map)) => Ok(map.clone()),
        Some(other) => Err(wrong(path, "an object", other)),
    };
    let caller = open(subject, "properties", "subject.properties")?;
    let target = open(resource, "properties", "resource.properties")?;
    let context = open(body, "context", "context")?;
    let of_caller = |name: &str| format!("subject.properties.{name}");
    let of_context = |name: &str| format!("context.{name}");
    let is_credential = kind == "credential";
    let is_identity = !is_credential && kind != "token";
    let credential: Option<String> = field(&caller, "credential", of_caller, "a text")?;
    Ok(Request {
        id: field(&context, "id", of_context, "a text")?,
        identity: is_identity.then(|| id.clone()),
        credential: if is_credential { Some(id) } else { credential },
        fingerprint: field(&caller, "fingerprint", of_caller, "hs256:<pepper id>:<digest>")?,
        generation: field(&caller, "generation", of_caller, "a whole number")?,
        workload: field(&caller, "workload", of_caller, "a text")?,
        proofs: field(&caller, "proofs", of_caller, "a list of proofs")?.unwrap_or_default(),
        on_behalf_of: field(&caller, "on_behalf_of", of_caller, "a list of texts")?.unwrap_or_default(),
        action,
        destination: Some(destination),
        environment: field(
            &target,
            "environment",
            |name| format!("resource.properties.{name}"),
            "prod, staging, dev, test or sandbox",
        )?,
        purpose: field(&context, "purpose", of_context, "a text")?,
        task: field(&context, "task", of_context, "a text")?,
        lease: field(&context, "lease", of_context, "a text")?,
        not_before: field(&context, "not_before", of_context, "an RFC 3339 time")?,
        not_after: field(&context, "not_after", of_context, "an RFC 3339 time")?,
        approvals: field(&context, "approvals", of_context, "a list of {by, ref}")?.unwrap_or_default(),
    })
}

fn part<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>, Error> {
    match body.get(name) {
        Some(Value::Object(map)) => Ok(map),
        Some(other) => Err(wrong(name, "an object", other)),
        None => Err(missing(name, "an object")),
    }
}

fn required(of: &Map<String, Value>, path: &str) -> Result<String, Error> {
    let name = path.rsplit('.').next().unwrap_or(path);
    match of.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::String(_)) => Err(missing(path, "a text that is not empty")),
        Some(other) => Err(wrong(path, "a text", other)),
        None => Err(missing(path, "a text")),
    }
}

fn field<T: DeserializeOwned>(
    of: &Map<String, Value>,
    name: &str,
    path: impl Fn(&str) -> String,
    expected: &str,
) -> Result<Option<T>, Error> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value).map(Some).map_err(|_| wrong(&path(name), expected, value)),
    }
}

fn missing(path: &str, expected: &str) -> Error {
    Error::InvalidArgument { field: path.into(), why: format!("expected {expected}, found none") }
}

/// Names what was found by its JSON type only: the value itself may be a secret.
fn wrong(path: &str, expected: &str, found: &Value) -> Error {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "another text",
        Value::Array(_) => "another list",
        Value::Object(_) => "another object",
    };
    Error::InvalidArgument { field: path.into(), why: format!("expected {expected}, found {found}") }
}

impl Decision {
    /// The answer in AuthZEN's JSON.
    ///
    /// `decision` is true only for allow. `context.nhi` has `id`, `outcome`, `would_have` (observe mode),
    /// `assurance` and `reasons[{code, text, stage, asks}]`; a step-up has the obligation `step_up` with the
    /// codes that ask for it.
    pub fn to_authzen(&self) -> Value {
        let reasons: Vec<Value> = self
            .reasons
            .iter()
            .map(|b| json!({"code": b.reason.code, "text": b.reason.text, "stage": b.stage, "asks": b.asks}))
            .collect();
        let mut nhi = json!({
            "id": self.id, "outcome": self.outcome, "assurance": self.assurance, "reasons": reasons,
        });
        if let (Some(would), Value::Object(map)) = (self.would_have, &mut nhi) {
            map.insert("would_have".into(), json!(would));
        }
        let mut context = json!({"nhi": nhi});
        if self.outcome == Outcome::StepUp {
            let asking = self.reasons.iter().filter(|b| b.asks == Outcome::StepUp);
            let because: Vec<&str> = asking.map(|b| b.reason.code.as_str()).collect();
            if let Value::Object(map) = &mut context {
                map.insert("obligations".into(), json!([{"id": "step_up", "because": because}]));
            }
        }
        json!({"decision": self.allowed(), "context": context})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn body() -> Value {
        json!({
            "subject": {"type": "workload", "id": "deployer", "properties": {
                "credential": "key-1", "generation": 3, "workload": "deploy", "on_behalf_of": ["ann"],
                "proofs": [{"kind": "spiffe", "id": "spiffe://corp/deploy"}], "colour": "blue"}},
            "action": {"name": "s3:PutObject", "properties": {"anything": 1}},
            "resource": {"type": "bucket", "id": "releases", "properties": {"environment": "prod"}},
            "context": {"purpose": "release", "task": "r-7", "not_after": "2026-11-01T00:00:00Z",
                        "approvals": [{"by": "bob", "ref": "T-1"}], "weather": {"rain": [true]}},
            "extension": 1
        })
    }

    fn read(body: &Value) -> Result<Request, Error> {
        Request::from_authzen(body.to_string().as_bytes(), Some(&Pepper::new([7; 32])))
    }

    #[test]
    fn known_fields_are_read_and_the_open_parts_left_alone() {
        let request = read(&body()).unwrap();
        assert_eq!(request.identity.as_deref(), Some("deployer"));
        assert_eq!(request.credential.as_deref(), Some("key-1"));
        assert_eq!((request.generation, request.on_behalf_of.len(), request.proofs.len()), (Some(3), 1, 1));
        assert_eq!(request.destination.as_deref(), Some("releases"));
        assert_eq!(request.approvals[0].reference, "T-1");
        let kept = serde_json::to_string(&request).unwrap();
        assert!(!kept.contains("blue") && !kept.contains("rain"));
        let mut of_credential = body();
        of_credential["subject"]["type"] = json!("credential");
        let request = read(&of_credential).unwrap();
        assert_eq!((request.identity, request.credential.as_deref()), (None, Some("deployer")));
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (path, value, named) in [
            ("/subject/id", json!(7), "subject.id: expected a text, found a number"),
            ("/subject/id", json!(""), "subject.id: expected a text that is not empty, found none"),
            ("/subject", json!("s3cr3t"), "subject: expected an object, found another text"),
            ("/subject/properties", json!([]), "subject.properties: expected an object, found another list"),
            (
                "/subject/properties/credential",
                json!({"s3cr3t": 1}),
                "subject.properties.credential: expected a text",
            ),
            (
                "/subject/properties/generation",
                json!(-1),
                "subject.properties.generation: expected a whole number",
            ),
            (
                "/subject/properties/proofs",
                json!([{"kind": "s3cr3t"}]),
                "subject.properties.proofs: expected a list",
            ),
            ("/action/name", json!(null), "action.name: expected a text, found null"),
            (
                "/resource/properties/environment",
                json!("s3cr3t"),
                "resource.properties.environment: expected prod",
            ),
            ("/context/not_after", json!("s3cr3t"), "context.not_after: expected an RFC 3339 time"),
            ("/context/approvals", json!("s3cr3t"), "context.approvals: expected a list"),
        ] {
            let mut body = body();
            *body.pointer_mut(path).unwrap() = value;
            let error = read(&body).unwrap_err();
            assert_eq!(error.code(), "invalid_argument");
            assert!(error.to_string().starts_with(named), "{error}");
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
        for part in ["subject", "action", "resource"] {
            let mut body = body();
            body.as_object_mut().unwrap().remove(part);
            assert_eq!(
                read(&body).unwrap_err().to_string(),
                format!("{part}: expected an object, found none")
            );
        }
        for text in ["", "[]", "null", "{\"a\":", "\"s3cr3t\"", "{s3cr3t"] {
            let error = Request::from_authzen(text.as_bytes(), None).unwrap_err();
            assert_eq!(error.code(), "invalid_json", "{text}");
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
        let deep = "[".repeat(500_000);
        assert_eq!(Request::from_authzen(deep.as_bytes(), None).unwrap_err().code(), "invalid_json");
        let large = " ".repeat(limits::REQUEST_BYTES + 1);
        assert_eq!(Request::from_authzen(large.as_bytes(), None).unwrap_err().code(), "input_too_large");
    }

    #[test]
    fn a_token_becomes_a_fingerprint_and_is_gone() {
        let mut body = body();
        body["subject"]["properties"]["token"] = json!("the-raw-token");
        let request = read(&body).unwrap();
        assert_eq!(request.fingerprint, Some(Pepper::new([7; 32]).fingerprint(b"the-raw-token")));
        let without = Request::from_authzen(body.to_string().as_bytes(), None).unwrap();
        let mut as_subject = body;
        as_subject["subject"]["type"] = json!("token");
        as_subject["subject"]["id"] = json!("the-raw-token");
        let by_subject = read(&as_subject).unwrap();
        assert_eq!(by_subject.fingerprint, request.fingerprint);
        assert!(by_subject.identity.is_none());
        for request in [request, without, by_subject] {
            assert!(!format!("{request:?}").contains("raw-token"));
            assert!(!serde_json::to_string(&request).unwrap().contains("raw-token"));
        }
    }
}
