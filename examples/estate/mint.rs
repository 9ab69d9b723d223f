//! Secrets of the estate, made at run time. Nothing in the source of this program has the shape of one.

use nhi_core::classify;

use super::random::Stream;

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Id of a long-lived AWS access key of `account`.
pub(crate) fn access_key_id(account: u64, stream: &mut Stream) -> String {
    classify::mint_aws_key_id(account, stream.next())
}

/// Id of a temporary AWS access key of `account`.
pub(crate) fn temporary_key_id(account: u64, stream: &mut Stream) -> String {
    let long_lived = access_key_id(account, stream);
    format!("{}{}", ["AS", "IA"].concat(), &long_lived[4..])
}

/// A secret by rule of the catalogue; `brightwater.*` are the company's own.
pub(crate) fn secret(rule: &str, stream: &mut Stream) -> String {
    match rule.strip_prefix("brightwater.") {
        Some("signing-secret") => stream.hex(64),
        Some(kind) => format!("bw-{}-{}", &kind[..2], stream.text(BASE62, 40)),
        None => match classify::mint(rule, stream.next()) {
            Ok(secret) => secret,
            Err(_) => unreachable!("the catalogue has no rule {rule}"),
        },
    }
}
