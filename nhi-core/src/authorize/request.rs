use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Error, Fingerprint, limits, model::Environment, time::Timestamp};

/// One call that somebody wants to make, in public ids only: a token is never part of it.
///
/// Everything but `action` is optional; what is missing is not guessed. [`Request::from_authzen`] reads it
/// from the JSON of AuthZEN.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The host's id of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The credential presented: its id, or the provider's id of the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// Keyed digest of the secret presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// The clone counter presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The software that acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// What proves that it is this software; the assurance follows from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<Proof>,
    /// On whose behalf, the nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_behalf_of: Vec<String>,
    /// What it wants to do, `service:operation` where there is a service.
    pub action: String,
    /// What it wants to do it to. User information, query and fragment of a URL are cut before anything is
    /// kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Environment of the destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Declared purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Declared task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The lease under which it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    /// Not to be done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not to be done from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// People who approved the call, with where that is written down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
}

/// Something that the host says it verified about the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// A client certificate, by its thumbprint.
    Mtls {
        /// SHA-256 of the certificate, hex or base64url.
        thumbprint: String,
    },
    /// A key that signed the request (RFC 9449), by its thumbprint.
    Dpop {
        /// The JWK thumbprint.
        jkt: String,
    },
    /// A token of another issuer.
    Oidc {
        /// Its issuer.
        issuer: String,
        /// Its subject.
        subject: String,
    },
    /// A SPIFFE id.
    Spiffe {
        /// `spiffe://…`.
        id: String,
    },
}

/// Somebody's agreement to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Where it is written down.
    #[serde(default, rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

/// How well the caller is proved to be who it says. Derived from what the request carries, never passed in.
///
/// Proofs here are the host's own statements, so the best they reach is `asserted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Assurance {
    /// No credential was presented.
    Anonymous,
    /// A credential that several workloads hold.
    Shared,
    /// A credential that whoever has it can present.
    Bearer,
    /// A credential, and the host says that it verified who presents it.
    Asserted,
}

impl Assurance {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Assurance::Anonymous => "anonymous",
            Assurance::Shared => "shared",
            Assurance::Bearer => "bearer",
            Assurance::Asserted => "asserted",
        }
    }
}

impl Request {
    /// Whether it names a credential at all.
    pub fn presents_credential(&self) -> bool {
        self.credential.is_some() || self.fingerprint.is_some()
    }

    /// The assurance that follows from what it carries; `shared` says whether several workloads hold the
    /// credential.
    pub fn assurance(&self, shared: bool) -> Assurance {
        match (self.presents_credential(), self.proofs.is_empty()) {
            (false, _) => Assurance::Anonymous,
            (true, false) => Assurance::Asserted,
            (true, true) if shared => Assurance::Shared,
            (true, true) => Assurance::Bearer,
        }
    }

    /// Checks the limits and cuts what might hold a secret off the destination.
    ///
    /// # Errors
    /// `input_too_large` if a text or list is over [`limits::REQUEST_TEXT`] or [`limits::REQUEST_LIST`],
    /// `invalid_argument` if there is no action.
    pub(crate) fn admitted(&self) -> Result<Request, Error> {
        if self.action.is_empty() {
            return Err(Error::InvalidArgument {
                field: "action".into(),
                why: "expected a text, found none".into(),
            });
        }
        let options = [
            &self.id,
            &self.identity,
            &self.credential,
            &self.workload,
            &self.destination,
            &self.purpose,
            &self.task,
            &self.lease,
        ];
        let mut longest = self.action.len();
        let mut see = |text: &str| longest = longest.max(text.len());
        options.into_iter().flatten().for_each(|text| see(text));
        self.on_behalf_of.iter().for_each(|text| see(text));
        for approval in &self.approvals {
            see(&approval.by);
            see(&approval.reference);
        }
        for proof in &self.proofs {
            match proof {
                Proof::Mtls { thumbprint: text } | Proof::Dpop { jkt: text } | Proof::Spiffe { id: text } => {
                    see(text)
                }
                Proof::Oidc { issuer, subject } => {
                    see(issuer);
                    see(subject);
                }
            }
        }
        bound("a text of the request, in bytes,", longest, limits::REQUEST_TEXT)?;
        let lists = [self.on_behalf_of.len(), self.approvals.len(), self.proofs.len()];
        bound("a list of the request", lists.into_iter().max().unwrap_or(0), limits::REQUEST_LIST)?;
        let destination = self.destination.as_deref().map(without_secrets);
        Ok(Request { destination, ..self.clone() })
    }
}

fn bound(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found > limit {
        return Err(Error::InputTooLarge { what, found: found as u64, limit: limit as u64 });
    }
    Ok(())
}

/// A destination without the parts of a URL in which secrets travel: user information, query, fragment.
pub(crate) fn without_secrets(destination: &str) -> String {
    let end = destination.find(['?', '#']).unwrap_or(destination.len());
    let kept = destination.get(..end).unwrap_or_default();
    let Some((scheme, rest)) = kept.split_once("://") else { return kept.into() };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    [scheme, "://", host, path].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn assurance_follows_from_evidence() {
        let mut request = Request { action: "a".into(), ..Request::default() };
        assert_eq!(request.assurance(false), Assurance::Anonymous);
        request.credential = Some("k".into());
        assert_eq!(request.assurance(false), Assurance::Bearer);
        assert_eq!(request.assurance(true), Assurance::Shared);
        request.proofs = vec![Proof::Spiffe { id: "spiffe://corp/pay".into() }];
        assert_eq!(request.assurance(true), Assurance::Asserted);
    }

    #[test]
    fn what_may_hold_a_secret_is_cut_off() {
        for (given, kept) in [
            ("https://user:pw@api.test/v1/x?sig=abc#f", "https://api.test/v1/x"),
            ("https://api.test", "https://api.test"),
            ("https://a@b@api.test", "https://api.test"),
            ("arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/key"),
            ("bucket/mail@home", "bucket/mail@home"),
            ("/v1/x?token=abc", "/v1/x"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(given), kept);
        }
    }

    #[test]
    fn limits_are_named() {
        let long = Request {
            action: "a".into(),
            task: Some("x".repeat(limits::REQUEST_TEXT + 1)),
            ..Request::default()
        };
        assert_eq!(long.admitted().unwrap_err().code(), "input_too_large");
        let many = Request {
            action: "a".into(),
            on_behalf_of: vec!["x".into(); limits::REQUEST_LIST + 1],
            ..Request::default()
        };
        assert_eq!(many.admitted().unwrap_err().code(), "input_too_large");
        assert_eq!(Request::default().admitted().unwrap_err().code(), "invalid_argument");
    }
}
