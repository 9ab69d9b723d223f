/*!
Privileges that amount to all privileges: whoever holds one of these combinations can give itself the rest.

Each pattern is a short list of actions that must all be granted. The actions and what they do are
documented by the providers (the page is named with each group); that the AWS combinations lead to
escalation was described by Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation"
(2018). Whether a resource limit or a condition closes the way is not known here: see [`super::privilege`].
*/

use alloc::{string::String, vec::Vec};

use super::privilege::covers;

/// One way to all privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// Stable name.
    pub name: &'static str,
    /// Actions that must all be granted.
    pub actions: &'static [&'static str],
    /// What it allows, to follow "it can".
    pub can: &'static str,
}

const fn pattern(name: &'static str, actions: &'static [&'static str], can: &'static str) -> Pattern {
    Pattern { name, actions, can }
}

const RUN_AS: &str = "start something that runs as a stronger role";
const REWRITE: &str = "write its own permissions";

/// All patterns, by provider.
pub const PATTERNS: &[Pattern] = &[
    pattern("everything", &["*"], "do everything"),
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    pattern("aws-new-policy-version", &["iam:CreatePolicyVersion"], REWRITE),
    pattern("aws-set-policy-version", &["iam:SetDefaultPolicyVersion"], "return to a wider policy version"),
    pattern("aws-attach-user-policy", &["iam:AttachUserPolicy"], REWRITE),
    pattern("aws-attach-group-policy", &["iam:AttachGroupPolicy"], REWRITE),
    pattern(
        "aws-attach-role-policy",
        &["iam:AttachRolePolicy", "sts:AssumeRole"],
        "widen a role and assume it",
    ),
    pattern("aws-put-user-policy", &["iam:PutUserPolicy"], REWRITE),
    pattern("aws-put-group-policy", &["iam:PutGroupPolicy"], REWRITE),
    pattern("aws-put-role-policy", &["iam:PutRolePolicy", "sts:AssumeRole"], "widen a role and assume it"),
    pattern("aws-join-group", &["iam:AddUserToGroup"], "join a stronger group"),
    pattern("aws-new-access-key", &["iam:CreateAccessKey"], "make keys for stronger users"),
    pattern("aws-new-login", &["iam:CreateLoginProfile"], "set a console password for stronger users"),
    pattern("aws-change-login", &["iam:UpdateLoginProfile"], "change the console password of stronger users"),
    pattern(
        "aws-rewrite-trust",
        &["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"],
        "let itself assume a stronger role",
    ),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    pattern("aws-pass-role-ec2", &["iam:PassRole", "ec2:RunInstances"], RUN_AS),
    pattern(
        "aws-pass-role-lambda",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
        RUN_AS,
    ),
    pattern(
        "aws-pass-role-lambda-event",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"],
        RUN_AS,
    ),
    pattern("aws-pass-role-cloudformation", &["iam:PassRole", "cloudformation:CreateStack"], RUN_AS),
    pattern("aws-pass-role-glue", &["iam:PassRole", "glue:CreateDevEndpoint"], RUN_AS),
    pattern("aws-pass-role-ecs", &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"], RUN_AS),
    pattern(
        "aws-pass-role-codebuild",
        &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"],
        RUN_AS,
    ),
    pattern("aws-lambda-code", &["lambda:UpdateFunctionCode"], "replace code that runs as a stronger role"),
    // https://cloud.google.com/iam/docs/best-practices-service-accounts and .../service-account-impersonation
    pattern("gcp-owner", &["roles/owner"], "do everything in the project"),
    pattern("gcp-set-project-policy", &["resourcemanager.projects.setIamPolicy"], REWRITE),
    pattern("gcp-new-key", &["iam.serviceAccountKeys.create"], "make keys for stronger service accounts"),
    pattern(
        "gcp-token",
        &["iam.serviceAccounts.getAccessToken"],
        "obtain tokens of stronger service accounts",
    ),
    pattern("gcp-sign-jwt", &["iam.serviceAccounts.signJwt"], "sign as stronger service accounts"),
    pattern("gcp-update-role", &["iam.roles.update"], "widen a role that it has"),
    pattern("gcp-act-as-vm", &["iam.serviceAccounts.actAs", "compute.instances.create"], RUN_AS),
    pattern("gcp-act-as-function", &["iam.serviceAccounts.actAs", "cloudfunctions.functions.create"], RUN_AS),
    // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
    pattern("azure-owner", &["Owner"], "do everything in its scope"),
    pattern("azure-access-administrator", &["User Access Administrator"], REWRITE),
    pattern("azure-role-assignment", &["Microsoft.Authorization/roleAssignments/write"], REWRITE),
    // https://learn.microsoft.com/graph/permissions-reference
    pattern("entra-role-management", &["RoleManagement.ReadWrite.Directory"], "make itself an administrator"),
    pattern("entra-app-role", &["AppRoleAssignment.ReadWrite.All"], "grant itself application permissions"),
    pattern("entra-application", &["Application.ReadWrite.All"], "add credentials to stronger applications"),
    // https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    pattern("github-org-admin", &["admin:org"], "administer the organization"),
    pattern("github-administration", &["organization_administration:write"], "administer the organization"),
    // https://kubernetes.io/docs/concepts/security/rbac-good-practices/
    pattern("k8s-escalate-cluster-role", &["clusterroles:escalate"], REWRITE),
    pattern("k8s-bind-cluster-role", &["clusterroles:bind"], "bind itself to a stronger role"),
    pattern("k8s-impersonate", &["users:impersonate"], "act as any user"),
];

/// A pattern that a set of privileges holds, with the grants that make it up, one for each action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The pattern.
    pub pattern: &'static Pattern,
    /// For each action of the pattern the first grant that covers it.
    pub grants: Vec<String>,
}

/// The patterns held by `granted`, in the order of [`PATTERNS`]. A grant of everything is reported as that
/// alone. Cost: grants times the number of actions in the table.
///
/// ```
/// use nhi_core::posture::escalation;
/// let granted = ["ec2:*".to_string(), "iam:PassRole".to_string()];
/// assert_eq!(escalation::find(&granted)[0].pattern.name, "aws-pass-role-ec2");
/// ```
pub fn find(granted: &[String]) -> Vec<Match> {
    let mut out = Vec::new();
    for pattern in PATTERNS {
        let grants: Option<Vec<String>> = pattern
            .actions
            .iter()
            .map(|action| granted.iter().find(|grant| grants(grant, action)).cloned())
            .collect();
        if let Some(grants) = grants {
            out.push(Match { pattern, grants });
            if pattern.name == "everything" {
                break;
            }
        }
    }
    out
}

fn grants(grant: &str, action: &str) -> bool {
    if action == "*" { matches!(grant, "*" | "*:*" | "*/*") } else { covers(grant, action) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn names(granted: &[&str]) -> Vec<&'static str> {
        let granted: Vec<String> = granted.iter().map(ToString::to_string).collect();
        find(&granted).iter().map(|m| m.pattern.name).collect()
    }

    #[test]
    fn names_are_unique() {
        assert!(PATTERNS.len() >= 40);
        for (i, a) in PATTERNS.iter().enumerate() {
            assert!(PATTERNS[i + 1..].iter().all(|b| b.name != a.name), "{}", a.name);
            assert!(!a.actions.is_empty());
        }
    }

    #[test]
    fn all_actions_of_a_pattern_are_needed() {
        assert!(names(&["iam:PassRole"]).is_empty());
        assert!(names(&["ec2:RunInstances"]).is_empty());
        assert_eq!(names(&["iam:PassRole", "ec2:RunInstances"]), ["aws-pass-role-ec2"]);
        assert!(names(&["s3:*", "ec2:Describe*"]).is_empty());
    }

    #[test]
    fn wildcards_grant_what_they_cover() {
        assert_eq!(names(&["iam:CreateAcc*"]), ["aws-new-access-key"]);
        assert!(names(&["iam:*"]).contains(&"aws-attach-user-policy"));
        assert_eq!(names(&["*", "iam:*"]), ["everything"]);
        // `a*` in the grants is not everything.
        assert!(names(&["s*"]).is_empty());
    }
}
