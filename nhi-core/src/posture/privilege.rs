/*!
How much a set of granted privileges can do, and how much of it is used.

A privilege is a string in the issuer's own words, `service:action` or `*`; it may hold `*` as a wildcard.
Each is put into a [`Tier`], whose weight says how bad its misuse is. Which words mean which tier is data:
exact patterns first ([`SPECIAL`]), then the verb at the start or end of the action ([`VERBS`]). A word in
neither is *unclassified*: it weighs like a write, and is counted, so that nobody mistakes it for known.

What is not considered: the resources and conditions a grant is limited to. Sources seldom export them, so the
answer is an upper bound, and the checks say so.
*/

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::limits;

/// How bad the misuse of a privilege is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Lists and describes things.
    ReadMeta,
    /// Reads what things hold.
    ReadData,
    /// Makes or changes things, or runs something.
    Write,
    /// Removes things.
    Delete,
    /// Reads secrets or obtains tokens: one credential becomes many.
    CredentialRead,
    /// Grants privileges, to itself or to others.
    Grant,
}

impl Tier {
    /// Every tier, from the least.
    pub const ALL: [Tier; 6] =
        [Tier::ReadMeta, Tier::ReadData, Tier::Write, Tier::Delete, Tier::CredentialRead, Tier::Grant];

    /// 1 to 10. Ours: ordinal judgements, not measurements; they only rank.
    pub const fn weight(self) -> u32 {
        match self {
            Tier::ReadMeta => 1,
            Tier::ReadData => 3,
            Tier::Write => 5,
            Tier::Delete => 6,
            Tier::CredentialRead => 8,
            Tier::Grant => 10,
        }
    }

    /// The words for a reader.
    pub const fn words(self) -> &'static str {
        match self {
            Tier::ReadMeta => "reads metadata",
            Tier::ReadData => "reads data",
            Tier::Write => "writes",
            Tier::Delete => "deletes",
            Tier::CredentialRead => "reads credentials",
            Tier::Grant => "grants privileges",
        }
    }
}

/// Patterns whose tier the verb alone would not tell, with the page that documents the action.
pub const SPECIAL: &[(&str, Tier)] = &[
    // AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/ (access level of each action).
    ("iam:get*", Tier::ReadMeta),
    ("iam:generate*", Tier::ReadMeta),
    ("iam:simulate*", Tier::ReadMeta),
    ("sts:getcalleridentity", Tier::ReadMeta),
    ("s3:getbucket*", Tier::ReadMeta),
    ("s3:listbucket*", Tier::ReadMeta),
    ("cloudwatch:get*", Tier::ReadMeta),
    ("cloudtrail:get*", Tier::ReadMeta),
    ("ce:get*", Tier::ReadMeta),
    ("secretsmanager:getsecretvalue", Tier::CredentialRead),
    ("secretsmanager:batchgetsecretvalue", Tier::CredentialRead),
    ("ssm:getparameter", Tier::CredentialRead),
    ("ssm:getparameters", Tier::CredentialRead),
    ("ssm:getparametersbypath", Tier::CredentialRead),
    ("kms:decrypt", Tier::CredentialRead),
    ("ec2:getpassworddata", Tier::CredentialRead),
    ("ecr:getauthorizationtoken", Tier::CredentialRead),
    ("codeartifact:getauthorizationtoken", Tier::CredentialRead),
    ("redshift:getclustercredentials*", Tier::CredentialRead),
    ("sts:getsessiontoken", Tier::CredentialRead),
    ("sts:getfederationtoken", Tier::CredentialRead),
    ("sts:assumerole*", Tier::CredentialRead),
    ("iam:passrole", Tier::Grant),
    ("iam:createaccesskey", Tier::Grant),
    ("iam:createloginprofile", Tier::Grant),
    ("iam:updateloginprofile", Tier::Grant),
    ("iam:createservicespecificcredential", Tier::Grant),
    ("iam:attach*policy", Tier::Grant),
    ("iam:put*policy", Tier::Grant),
    ("iam:createpolicyversion", Tier::Grant),
    ("iam:setdefaultpolicyversion", Tier::Grant),
    ("iam:addusertogroup", Tier::Grant),
    ("iam:updateassumerolepolicy", Tier::Grant),
    ("iam:addroletoinstanceprofile", Tier::Grant),
    ("iam:deletepermissionsboundary", Tier::Grant),
    ("iam:delete*permissionsboundary", Tier::Grant),
    ("kms:creategrant", Tier::Grant),
    ("kms:putkeypolicy", Tier::Grant),
    ("s3:putbucketpolicy", Tier::Grant),
    ("s3:put*acl", Tier::Grant),
    ("lambda:addpermission", Tier::Grant),
    ("secretsmanager:putresourcepolicy", Tier::Grant),
    ("organizations:attachpolicy", Tier::Grant),
    ("sso:createaccountassignment", Tier::Grant),
    // Google Cloud: https://cloud.google.com/iam/docs/permissions-reference and .../understanding-roles.
    ("roles/owner", Tier::Grant),
    ("roles/editor", Tier::Delete),
    ("roles/viewer", Tier::ReadData),
    ("*.setiampolicy", Tier::Grant),
    ("iam.serviceaccountkeys.create", Tier::Grant),
    ("iam.serviceaccounts.actas", Tier::Grant),
    ("iam.roles.update", Tier::Grant),
    ("iam.serviceaccounts.getaccesstoken", Tier::CredentialRead),
    ("iam.serviceaccounts.getopenidtoken", Tier::CredentialRead),
    ("iam.serviceaccounts.signblob", Tier::CredentialRead),
    ("iam.serviceaccounts.signjwt", Tier::CredentialRead),
    ("secretmanager.versions.access", Tier::CredentialRead),
    // Azure: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles; Graph permissions:
    // https://learn.microsoft.com/graph/permissions-reference.
    ("owner", Tier::Grant),
    ("user access administrator", Tier::Grant),
    ("contributor", Tier::Delete),
    ("reader", Tier::ReadMeta),
    ("microsoft.authorization/roleassignments/write", Tier::Grant),
    ("microsoft.keyvault/vaults/secrets/getsecret/action", Tier::CredentialRead),
    ("*/listkeys/action", Tier::CredentialRead),
    ("rolemanagement.readwrite.directory", Tier::Grant),
    ("approleassignment.readwrite.all", Tier::Grant),
    ("application.readwrite.all", Tier::Grant),
    // GitHub: https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps and
    // https://docs.github.com/rest/authentication/permissions-required-for-github-apps.
    ("repo", Tier::Delete),
    ("public_repo", Tier::Write),
    ("workflow", Tier::Write),
    ("gist", Tier::Write),
    ("delete_repo", Tier::Delete),
    ("admin:*", Tier::Grant),
    ("site_admin", Tier::Grant),
    ("administration:write", Tier::Grant),
    ("members:write", Tier::Grant),
    ("organization_administration:write", Tier::Grant),
    ("secrets:write", Tier::Write),
    ("metadata:read", Tier::ReadMeta),
    // Kubernetes: https://kubernetes.io/docs/concepts/security/rbac-good-practices/ (as `resource:verb`).
    ("secrets:get", Tier::CredentialRead),
    ("secrets:list", Tier::CredentialRead),
    ("secrets:watch", Tier::CredentialRead),
    ("serviceaccounts/token:create", Tier::CredentialRead),
    ("*:impersonate", Tier::Grant),
    ("*:escalate", Tier::Grant),
    ("*:bind", Tier::Grant),
];

/// Verbs at the start of an action (`GetObject`, `read:org`) or at its end (`storage.objects.get`,
/// `contents:read`, `Mail.ReadWrite`), in lower case. The longest that fits counts.
pub const VERBS: &[(&str, Tier)] = &[
    ("list", Tier::ReadMeta),
    ("describe", Tier::ReadMeta),
    ("head", Tier::ReadMeta),
    ("lookup", Tier::ReadMeta),
    ("watch", Tier::ReadMeta),
    ("check", Tier::ReadMeta),
    ("get", Tier::ReadData),
    ("batchget", Tier::ReadData),
    ("read", Tier::ReadData),
    ("readonly", Tier::ReadData),
    ("query", Tier::ReadData),
    ("scan", Tier::ReadData),
    ("select", Tier::ReadData),
    ("search", Tier::ReadData),
    ("receive", Tier::ReadData),
    ("download", Tier::ReadData),
    ("view", Tier::ReadData),
    ("write", Tier::Write),
    ("readwrite", Tier::Write),
    ("put", Tier::Write),
    ("batchwrite", Tier::Write),
    ("create", Tier::Write),
    ("update", Tier::Write),
    ("patch", Tier::Write),
    ("modify", Tier::Write),
    ("set", Tier::Write),
    ("add", Tier::Write),
    ("attach", Tier::Write),
    ("copy", Tier::Write),
    ("upload", Tier::Write),
    ("send", Tier::Write),
    ("publish", Tier::Write),
    ("invoke", Tier::Write),
    ("run", Tier::Write),
    ("start", Tier::Write),
    ("stop", Tier::Write),
    ("restore", Tier::Write),
    ("enable", Tier::Write),
    ("register", Tier::Write),
    ("tag", Tier::Write),
    ("untag", Tier::Write),
    ("execute", Tier::Write),
    ("delete", Tier::Delete),
    ("batchdelete", Tier::Delete),
    ("deletecollection", Tier::Delete),
    ("remove", Tier::Delete),
    ("terminate", Tier::Delete),
    ("purge", Tier::Delete),
    ("destroy", Tier::Delete),
    ("deregister", Tier::Delete),
    ("disable", Tier::Delete),
    ("detach", Tier::Delete),
    ("admin", Tier::Grant),
    ("grant", Tier::Grant),
];

/// Whether some string matches both patterns, in which `*` stands for any run of characters. Both are
/// compared in ASCII lower case. Time is the product of the lengths; patterns longer than
/// [`limits::PRIVILEGE_BYTES`] overlap nothing.
///
/// ```
/// use nhi_core::posture::privilege::overlap;
/// assert!(overlap("s3:Get*", "s3:GetObject") && overlap("iam:*Policy", "iam:Put*"));
/// assert!(!overlap("s3:Get*", "s3:PutObject"));
/// ```
pub fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() > limits::PRIVILEGE_BYTES || b.len() > limits::PRIVILEGE_BYTES {
        return false;
    }
    // row[j]: whether a[i..] and b[j..] have a common string; filled from the ends.
    let mut row: Vec<bool> = Vec::with_capacity(b.len() + 1);
    for i in (0..=a.len()).rev() {
        let mut next = alloc::vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            let below = |at: usize| row.get(at).copied().unwrap_or(false);
            next[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(b'*'), _) => below(j) || (j < b.len() && next[j + 1]),
                (_, Some(b'*')) => next[j + 1] || below(j),
                (Some(x), Some(y)) => x.eq_ignore_ascii_case(y) && below(j + 1),
                _ => false,
            };
        }
        row = next;
    }
    row.first().copied().unwrap_or(false)
}

/// Whether every string that `inner` matches is matched by `outer`, for an `inner` without wildcards exactly,
/// for one with wildcards at least when `outer` is a prefix pattern of it.
pub fn covers(outer: &str, inner: &str) -> bool {
    // A `*` in `inner` is taken as an ordinary character that only a `*` of `outer` can match.
    let (outer, inner) = (outer.as_bytes(), inner.as_bytes());
    let (mut o, mut i, mut star) = (0, 0, None);
    while i < inner.len() {
        match outer.get(o) {
            Some(b'*') => {
                star = Some((o, i));
                o += 1;
            }
            Some(c) if inner[i] != b'*' && c.eq_ignore_ascii_case(&inner[i]) => {
                o += 1;
                i += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    o = at + 1;
                    i = from + 1;
                }
                None => return false,
            },
        }
    }
    outer.get(o..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

/// Tiers that a privilege reaches, least first; empty if it is unclassified. A wildcard reaches several.
///
/// ```
/// use nhi_core::posture::{Tier, privilege::tiers};
/// assert_eq!(tiers("s3:GetObject"), [Tier::ReadData]);
/// assert_eq!(tiers("secretsmanager:Get*"), [Tier::ReadData, Tier::CredentialRead]);
/// assert_eq!(tiers("*").len(), 6);
/// assert!(tiers("frobnicate").is_empty());
/// ```
pub fn tiers(privilege: &str) -> Vec<Tier> {
    if privilege.len() > limits::PRIVILEGE_BYTES {
        return Vec::new();
    }
    if matches!(privilege, "*" | "*:*" | "*/*") {
        return Tier::ALL.to_vec();
    }
    if !privilege.contains('*') {
        let special =
            SPECIAL.iter().filter(|(pattern, _)| covers(pattern, privilege)).map(|(_, tier)| *tier).max();
        return special.or_else(|| verb(privilege)).into_iter().collect();
    }
    // A pattern for any service (`*:bind`) says nothing of what the wildcard of one service holds.
    let speaks = |pattern: &str| !pattern.starts_with('*') || privilege.starts_with('*');
    let special = SPECIAL.iter().filter(|(pattern, _)| speaks(pattern) && overlap(pattern, privilege));
    let mut found: Vec<Tier> = special.map(|(_, tier)| *tier).collect();
    match verb(privilege) {
        Some(tier) => found.push(tier),
        // No verb left before the wildcard (`s3:*`): everything that services have, reading to deleting.
        None => found.extend([Tier::ReadMeta, Tier::ReadData, Tier::Write, Tier::Delete]),
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The tier of the verb at the start of the action, else at its end.
fn verb(privilege: &str) -> Option<Tier> {
    let lower = privilege.to_ascii_lowercase();
    let words: Vec<&str> = lower.split([':', '.', '/']).filter(|word| !word.is_empty()).collect();
    let exact = |word: &&str| VERBS.iter().find(|(verb, _)| verb == word).map(|(_, tier)| *tier);
    let prefix = |word: &&str| {
        VERBS
            .iter()
            .filter(|(verb, _)| word.starts_with(verb))
            .max_by_key(|(verb, _)| verb.len())
            .map(|(_, t)| *t)
    };
    let last = words.last()?;
    // `contents:read`, `read:org`, `Mail.ReadWrite.All`: a whole word says most; else the prefix of the
    // action.
    exact(last).or_else(|| words.iter().rev().find_map(exact)).or_else(|| prefix(last))
}

/// How far granted privileges reach, and how much of them is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The highest tier granted; `None` if nothing granted could be classified.
    pub top: Option<Tier>,
    /// Sum of the weights granted.
    pub granted_weight: u32,
    /// Sum of the weights of what was granted and not used.
    pub unused_weight: u32,
    /// Privileges granted that were not used at all, in the order given.
    pub unused: Vec<String>,
    /// Privileges that no table knows; each weighs like a write.
    pub unclassified: u32,
}

impl Reach {
    /// Unused share of the granted weight, in thousandths; 0 if nothing is granted.
    pub fn over_scope_thousandths(&self) -> u16 {
        match u64::from(self.granted_weight) {
            0 => 0,
            all => (u64::from(self.unused_weight) * 1000 / all) as u16,
        }
    }
}

/// Weighs what is granted against what is used.
///
/// A privilege without wildcard is one unit with the weight of its tier, used if some used action equals it
/// or is a pattern that covers it. A wildcard is one unit for each tier that it reaches, and a unit is used
/// if some used action of that tier matches the wildcard: `s3:*` of which only `s3:GetObject` is used has
/// used 3 of 15. Privileges named twice count once.
///
/// # Cost
/// Granted times used, each comparison bounded by [`limits::PRIVILEGE_BYTES`].
pub fn reach(granted: &[String], used: &[String]) -> Reach {
    let used: Vec<(&str, Vec<Tier>)> = used.iter().map(|u| (u.as_str(), tiers(u))).collect();
    let mut out =
        Reach { top: None, granted_weight: 0, unused_weight: 0, unused: Vec::new(), unclassified: 0 };
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for privilege in granted {
        if seen.insert(privilege.to_ascii_lowercase(), ()).is_some() {
            continue;
        }
        let reached = tiers(privilege);
        out.top = out.top.max(reached.last().copied());
        let matches = |u: &str| covers(privilege, u) || covers(u, privilege);
        let mut any = false;
        if reached.is_empty() {
            out.unclassified += 1;
            let weight = Tier::Write.weight();
            any = used.iter().any(|(u, _)| matches(u));
            out.granted_weight = out.granted_weight.saturating_add(weight);
            out.unused_weight = out.unused_weight.saturating_add(if any { 0 } else { weight });
        }
        for tier in reached {
            let hit = used.iter().any(|(u, of)| matches(u) && of.contains(&tier));
            any |= hit;
            out.granted_weight = out.granted_weight.saturating_add(tier.weight());
            out.unused_weight = out.unused_weight.saturating_add(if hit { 0 } else { tier.weight() });
        }
        if !any {
            out.unused.push(privilege.clone());
        }
    }
    out
}

/// How far the absence of use can be relied on, in thousandths: the observed share of the window (at most 1)
/// times the share of uses that the sources record. A short or partial log is weak evidence.
pub fn confidence_thousandths(observed_ms: i64, window_ms: i64, coverage_thousandths: u16) -> u16 {
    if observed_ms <= 0 || window_ms <= 0 {
        return 0;
    }
    let share = (i128::from(observed_ms) * 1000 / i128::from(window_ms)).min(1000);
    (share * i128::from(coverage_thousandths.min(1000)) / 1000) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tiers_of_words_from_each_provider() {
        for (privilege, tier) in [
            ("ec2:DescribeInstances", Tier::ReadMeta),
            ("iam:GetUser", Tier::ReadMeta),
            ("dynamodb:BatchGetItem", Tier::ReadData),
            ("sqs:SendMessage", Tier::Write),
            ("lambda:InvokeFunction", Tier::Write),
            ("ec2:TerminateInstances", Tier::Delete),
            ("ssm:GetParameter", Tier::CredentialRead),
            ("sts:AssumeRole", Tier::CredentialRead),
            ("iam:AttachUserPolicy", Tier::Grant),
            ("iam:PutRolePolicy", Tier::Grant),
            ("storage.objects.get", Tier::ReadData),
            ("storage.buckets.delete", Tier::Delete),
            ("resourcemanager.projects.setIamPolicy", Tier::Grant),
            ("roles/owner", Tier::Grant),
            ("Microsoft.Storage/storageAccounts/read", Tier::ReadData),
            ("Microsoft.Storage/storageAccounts/listKeys/action", Tier::CredentialRead),
            ("Mail.ReadWrite", Tier::Write),
            ("Directory.Read.All", Tier::ReadData),
            ("contents:write", Tier::Write),
            ("read:org", Tier::ReadData),
            ("admin:org", Tier::Grant),
            ("secrets:get", Tier::CredentialRead),
            ("pods:delete", Tier::Delete),
        ] {
            assert_eq!(tiers(privilege), [tier], "{privilege}");
        }
    }

    #[test]
    fn a_wildcard_reaches_every_tier_it_could_match() {
        assert_eq!(tiers("s3:*").last(), Some(&Tier::Grant));
        assert_eq!(tiers("sqs:*"), [Tier::ReadMeta, Tier::ReadData, Tier::Write, Tier::Delete]);
        assert_eq!(tiers("iam:Put*"), [Tier::Write, Tier::Grant]);
        assert!(tiers("iam:*").contains(&Tier::Grant));
    }

    #[test]
    fn words_too_long_or_strange_are_unclassified_not_free() {
        let long = "a".repeat(limits::PRIVILEGE_BYTES + 1);
        assert!(tiers(&long).is_empty());
        let r = reach(&list(&["frobnicate", &long]), &[]);
        assert_eq!((r.unclassified, r.granted_weight, r.top), (2, 10, None));
        assert!(tiers("").is_empty());
    }

    #[test]
    fn over_scope_by_hand() {
        // 3 used of s3:GetObject, 6 + 1 unused: 7 of 10.
        let r =
            reach(&list(&["s3:GetObject", "s3:DeleteObject", "ec2:DescribeVpcs"]), &list(&["s3:GetObject"]));
        assert_eq!((r.granted_weight, r.unused_weight, r.over_scope_thousandths()), (10, 7, 700));
        assert_eq!(r.unused, list(&["s3:DeleteObject", "ec2:DescribeVpcs"]));
        // sqs:* is 1 + 3 + 5 + 6, of which the write is used.
        let r = reach(&list(&["sqs:*", "SQS:*"]), &list(&["sqs:SendMessage"]));
        assert_eq!((r.granted_weight, r.unused_weight), (15, 10));
        assert!(r.unused.is_empty(), "partly used");
        assert_eq!(reach(&[], &[]).over_scope_thousandths(), 0);
    }

    #[test]
    fn a_used_service_counts_for_its_actions() {
        // Access advisers that report services only: `s3:*` was used.
        assert_eq!(reach(&list(&["s3:GetObject"]), &list(&["s3:*"])).unused_weight, 0);
    }

    #[test]
    fn confidence_falls_with_a_short_or_partial_log() {
        assert_eq!(confidence_thousandths(90, 90, 1000), 1000);
        assert_eq!(confidence_thousandths(400, 90, 1000), 1000);
        assert_eq!(confidence_thousandths(45, 90, 1000), 500);
        assert_eq!(confidence_thousandths(45, 90, 500), 250);
        assert_eq!(confidence_thousandths(-1, 90, 1000), 0);
    }

    #[test]
    fn patterns_that_share_a_string_overlap() {
        for (a, b, yes) in [
            ("*", "", true),
            ("a*c", "ab*", true),
            ("a*c", "b*", false),
            ("", "", true),
            ("a", "", false),
            ("*a*", "b", false),
            ("iam:*Policy", "iam:Attach*", true),
        ] {
            assert_eq!(overlap(a, b), yes, "{a} {b}");
            assert_eq!(overlap(b, a), yes, "{b} {a}");
        }
        assert!(covers("iam:*", "iam:Put*") && !covers("iam:Put*", "iam:*"));
        assert!(covers("iam:put*policy", "iam:PutRolePolicy") && !covers("a*b", "ac"));
    }
}
