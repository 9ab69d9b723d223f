use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Operation;
use crate::model::Fact;

impl Operation {
    /// Every record field that may fill an argument.
    pub const FIELDS: &'static [&'static str] =
        &["credential.id", "identity.id", "identity.name", "issuer.account", "version.external_id"];

    /// The operation with its arguments filled from a record.
    ///
    /// `lookup` gets a name of [`Operation::FIELDS`]; what it does not know stays unknown and says which field
    /// is missing. Nothing is guessed: an operation is only ready if every argument is known.
    ///
    /// ```
    /// use nhi_core::classify::catalogue;
    /// let format = catalogue::find("aws.access-key-id-long-lived").unwrap();
    /// let filled = format.revoke[0].fill(|field| (field == "identity.name").then(|| "deploy-bot".into()));
    /// assert_eq!(filled.to_string(), "iam UpdateAccessKey(UserName=deploy-bot, AccessKeyId=?, Status=Inactive)");
    /// assert!(!filled.is_ready());
    /// ```
    pub fn fill(&self, lookup: impl Fn(&str) -> Option<String>) -> FilledOperation {
        let fact = |from: &str| match from.strip_prefix('=') {
            Some(literal) => Fact::Known(literal.to_owned()),
            None => lookup(from).map_or_else(|| Fact::unknown(format!("{from} is not known")), Fact::Known),
        };
        FilledOperation {
            operation: self.operation.into(),
            arguments: self.arguments.iter().map(|(name, from)| ((*name).into(), fact(from))).collect(),
            permission: self.permission.into(),
            reversible: self.reversible,
        }
    }
}

/// An operation at a provider with its arguments: what to do, for a person or a host.
///
/// `Display` writes `iam UpdateAccessKey(UserName=deploy-bot, AccessKeyId=?, Status=Inactive)`; an argument that
/// the operation names in braces is put there instead: `DELETE /v1/keys/{id}`. An unknown one shows as `?`
/// (in braces it stays `{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledOperation {
    /// The operation in the provider's words.
    pub operation: String,
    /// Argument names and values, in the provider's order.
    pub arguments: Vec<(String, Fact<String>)>,
    /// Permission that the caller needs; empty if not known.
    pub permission: String,
    /// Whether it can be undone.
    pub reversible: bool,
}

impl FilledOperation {
    /// Whether every argument is known.
    pub fn is_ready(&self) -> bool {
        self.arguments.iter().all(|(_, value)| value.known().is_some())
    }
}

impl fmt::Display for FilledOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.operation.clone();
        let mut rest = Vec::new();
        for (name, value) in &self.arguments {
            let hole = format!("{{{name}}}");
            let value = value.known().map(String::as_str);
            if text.contains(&hole) {
                text = value.map_or_else(|| text.clone(), |value| text.replace(&hole, value));
            } else {
                rest.push(format!("{name}={}", value.unwrap_or("?")));
            }
        }
        f.write_str(&text)?;
        if rest.is_empty() { Ok(()) } else { write!(f, "({})", rest.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const DELETE: Operation = Operation {
        operation: "DELETE /v1/accounts/{account}/keys/{id}",
        arguments: &[("account", "issuer.account"), ("id", "version.external_id"), ("force", "=true")],
        permission: "keys:write",
        reversible: false,
    };

    #[test]
    fn holes_in_the_path_are_filled_and_the_rest_follows() {
        let filled = DELETE.fill(|field| (field == "issuer.account").then(|| "42".into()));
        assert_eq!(filled.to_string(), "DELETE /v1/accounts/42/keys/{id}(force=true)");
        assert!(!filled.is_ready());
        assert_eq!(filled.arguments[1].1, Fact::unknown("version.external_id is not known"));
        let all = DELETE.fill(|field| Some(field.into()));
        assert!(all.is_ready());
        assert_eq!(
            all.to_string(),
            "DELETE /v1/accounts/issuer.account/keys/version.external_id(force=true)"
        );
    }

    #[test]
    fn written_and_read_back() {
        let filled = DELETE.fill(|_| None);
        let json = serde_json::to_string(&filled).unwrap();
        assert_eq!(serde_json::from_str::<FilledOperation>(&json).unwrap(), filled);
    }
}
