/*!
What an action does, from its name: prior knowledge that no learning replaces.

The first deletion of a log by a key that only ever read is telling, whatever the service. The table names the
operations that matter by themselves (AWS, Google Cloud, Azure, Kubernetes, GitHub; names as in the providers'
API references) and falls back to the verb.
*/

/// Classes of actions, from harmless to grave. The order is part of the saved format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// None of the others, or no action given.
    Other,
    /// Lists and describes.
    ReadMetadata,
    /// Reads content.
    ReadData,
    /// Creates or changes.
    Write,
    /// Destroys.
    Delete,
    /// Starts code: functions, commands, builds, instances.
    RunCode,
    /// Changes what can reach what.
    ChangeNetwork,
    /// Opens something to others.
    ShareOutside,
    /// Stops or changes the record of what happens.
    ChangeLogging,
    /// Reads a secret or decrypts.
    ReadSecret,
    /// Makes or obtains a credential.
    IssueCredential,
    /// Gives rights.
    Grant,
}

impl Class {
    /// Number of classes.
    pub(super) const COUNT: usize = 12;

    /// Words for a reason.
    pub fn words(self) -> &'static str {
        match self {
            Other => "other",
            ReadMetadata => "read-metadata",
            ReadData => "read-data",
            Write => "write",
            Delete => "delete",
            RunCode => "run-code",
            ChangeNetwork => "change-network",
            ShareOutside => "share-outside",
            ChangeLogging => "change-logging",
            ReadSecret => "read-secret",
            IssueCredential => "issue-credential",
            Grant => "grant",
        }
    }

    /// Prior probability that an identity's next new class is this one: grave classes are rare. Part of the
    /// back-off above the tenant.
    pub(super) fn prior(self) -> f64 {
        match self {
            Other | ReadMetadata | ReadData | Write => 0.5,
            Delete | RunCode => 0.2,
            ReadSecret | ChangeNetwork => 0.1,
            IssueCredential | ShareOutside | Grant | ChangeLogging => 0.03,
        }
    }

    /// Index of the group of classes whose volumes are alike: reading, writing, the rest.
    pub(super) fn volume(self) -> usize {
        match self {
            ReadMetadata => 0,
            ReadData | ReadSecret => 1,
            Write => 2,
            _ => 3,
        }
    }
}

/// What `action` (`service:Operation`, `service.resource.verb`, `verb resource`) does. Linear in its length.
pub fn class(action: &str) -> Class {
    let operation = action.rsplit(':').next().unwrap_or(action);
    let last = operation.rsplit(['.', '/']).next().unwrap_or(operation);
    for part in [operation, last] {
        let mut buffer = [0u8; 64];
        let lower = lowercase(part, &mut buffer);
        if let Some(i) = find(OPERATIONS, lower) {
            return OPERATIONS.get(i).map_or(Other, |(_, class)| *class);
        }
        if last.len() == operation.len() {
            break;
        }
    }
    // The verb stands last (`storage.objects.get`, `repo.destroy`) or first (`GetObject`, `get pods`).
    for part in [last, operation] {
        let end =
            part.char_indices().skip(1).find(|(_, c)| !c.is_ascii_lowercase()).map_or(part.len(), |(i, _)| i);
        let mut buffer = [0u8; 64];
        let verb = lowercase(part.get(..end).unwrap_or(part), &mut buffer);
        if let Some(i) = find(VERBS, verb) {
            return VERBS.get(i).map_or(Other, |(_, class)| *class);
        }
    }
    Other
}

/// Index of a name in a sorted table; the first letter settles most steps.
fn find(table: &[(&str, Class)], name: &str) -> Option<usize> {
    let first = name.bytes().next();
    table.binary_search_by(|(n, _)| n.bytes().next().cmp(&first).then_with(|| (*n).cmp(name))).ok()
}

/// The text in ASCII lower case; empty if it is longer than the buffer (no name in the tables is).
fn lowercase<'a>(text: &str, buffer: &'a mut [u8; 64]) -> &'a str {
    let Some(out) = buffer.get_mut(..text.len()) else { return "" };
    out.copy_from_slice(text.as_bytes());
    out.make_ascii_lowercase();
    core::str::from_utf8(out).unwrap_or("")
}

use Class::{
    ChangeLogging, ChangeNetwork, Delete, Grant, IssueCredential, Other, ReadData, ReadMetadata, ReadSecret,
    RunCode, ShareOutside, Write,
};

/// Whole operations, lower case, sorted.
const OPERATIONS: &[(&str, Class)] = &[
    ("accesssecretversion", ReadSecret),
    ("addmembertorole", Grant),
    ("addpermission", ShareOutside),
    ("addroletoinstanceprofile", Grant),
    ("addusertogroup", Grant),
    ("assumerole", IssueCredential),
    ("assumerolewithsaml", IssueCredential),
    ("assumerolewithwebidentity", IssueCredential),
    ("attachgrouppolicy", Grant),
    ("attachrolepolicy", Grant),
    ("attachuserpolicy", Grant),
    ("authorizesecuritygroupegress", ChangeNetwork),
    ("authorizesecuritygroupingress", ChangeNetwork),
    ("bash", RunCode),
    ("batchgetsecretvalue", ReadSecret),
    ("chat", Other),
    ("create clusterrolebindings", Grant),
    ("create cronjobs", RunCode),
    ("create daemonsets", RunCode),
    ("create jobs", RunCode),
    ("create networkpolicies", ChangeNetwork),
    ("create pods", RunCode),
    ("create pods/exec", RunCode),
    ("create rolebindings", Grant),
    ("create serviceaccounts/token", IssueCredential),
    ("createaccesskey", IssueCredential),
    ("createfunction", RunCode),
    ("createinternetgateway", ChangeNetwork),
    ("createkeypair", IssueCredential),
    ("createloginprofile", IssueCredential),
    ("createnetworkaclentry", ChangeNetwork),
    ("createpolicyversion", Grant),
    ("createroute", ChangeNetwork),
    ("createsecuritygroup", ChangeNetwork),
    ("createserviceaccountkey", IssueCredential),
    ("createservicespecificcredential", IssueCredential),
    ("createtoken", IssueCredential),
    ("createuser", IssueCredential),
    ("createvpcpeeringconnection", ChangeNetwork),
    ("decrypt", ReadSecret),
    ("deletealarms", ChangeLogging),
    ("deletebucketpublicaccessblock", ShareOutside),
    ("deletedetector", ChangeLogging),
    ("deleteeventdatastore", ChangeLogging),
    ("deleteflowlogs", ChangeLogging),
    ("deleteloggroup", ChangeLogging),
    ("deletelogstream", ChangeLogging),
    ("deletepublicaccessblock", ShareOutside),
    ("deletetrail", ChangeLogging),
    ("disablealarmactions", ChangeLogging),
    ("disassociatefrommasteraccount", ChangeLogging),
    ("exec", RunCode),
    ("execute", RunCode),
    ("executecommand", RunCode),
    ("generateaccesstoken", IssueCredential),
    ("generateidtoken", IssueCredential),
    ("get secrets", ReadSecret),
    ("getauthorizationtoken", IssueCredential),
    ("getfederationtoken", IssueCredential),
    ("getobject", ReadData),
    ("getpassworddata", ReadSecret),
    ("getrecords", ReadData),
    ("getsecret", ReadSecret),
    ("getsecretvalue", ReadSecret),
    ("getsessiontoken", IssueCredential),
    ("invoke", RunCode),
    ("invokeasync", RunCode),
    ("invokefunction", RunCode),
    ("invokemodel", Other),
    ("invokemodelwithresponsestream", Other),
    ("list secrets", ReadSecret),
    ("modifydbsnapshotattribute", ShareOutside),
    ("modifyimageattribute", ShareOutside),
    ("modifysnapshotattribute", ShareOutside),
    ("passrole", Grant),
    ("patch clusterrolebindings", Grant),
    ("patch rolebindings", Grant),
    ("putbucketacl", ShareOutside),
    ("putbucketlogging", ChangeLogging),
    ("putbucketpolicy", ShareOutside),
    ("puteventselectors", ChangeLogging),
    ("putgrouppolicy", Grant),
    ("putkeypolicy", Grant),
    ("putobjectacl", ShareOutside),
    ("putresourcepolicy", ShareOutside),
    ("putrolepolicy", Grant),
    ("putuserpolicy", Grant),
    ("replaceroute", ChangeNetwork),
    ("repo.access", ShareOutside),
    ("requestspotinstances", RunCode),
    ("runinstances", RunCode),
    ("runtask", RunCode),
    ("sendcommand", RunCode),
    ("setiampolicy", Grant),
    ("shell", RunCode),
    ("signblob", IssueCredential),
    ("signjwt", IssueCredential),
    ("startbuild", RunCode),
    ("startexecution", RunCode),
    ("startsession", RunCode),
    ("stopconfigurationrecorder", ChangeLogging),
    ("stoplogging", ChangeLogging),
    ("terminal", RunCode),
    ("updateassumerolepolicy", Grant),
    ("updatedetector", ChangeLogging),
    ("updatefunctioncode", RunCode),
    ("updatefunctionconfiguration", RunCode),
    ("updateloginprofile", IssueCredential),
    ("updatetrail", ChangeLogging),
    ("watch secrets", ReadSecret),
];

/// First (or last) words of an operation, lower case, sorted.
const VERBS: &[(&str, Class)] = &[
    ("access", ReadData),
    ("add", Write),
    ("append", Write),
    ("attach", Write),
    ("batch", ReadData),
    ("browse", ReadData),
    ("cancel", Write),
    ("check", ReadMetadata),
    ("copy", Write),
    ("count", ReadMetadata),
    ("create", Write),
    ("decrypt", ReadSecret),
    ("delete", Delete),
    ("deregister", Delete),
    ("describe", ReadMetadata),
    ("destroy", Delete),
    ("detach", Write),
    ("disable", Write),
    ("download", ReadData),
    ("drop", Delete),
    ("enable", Write),
    ("exec", RunCode),
    ("execute", RunCode),
    ("export", ReadData),
    ("fetch", ReadData),
    ("get", ReadMetadata),
    ("grant", Grant),
    ("head", ReadMetadata),
    ("import", Write),
    ("insert", Write),
    ("invoke", RunCode),
    ("list", ReadMetadata),
    ("lookup", ReadMetadata),
    ("modify", Write),
    ("move", Write),
    ("patch", Write),
    ("post", Write),
    ("publish", Write),
    ("pull", ReadData),
    ("purge", Delete),
    ("push", Write),
    ("put", Write),
    ("query", ReadData),
    ("read", ReadData),
    ("receive", ReadData),
    ("register", Write),
    ("remove", Delete),
    ("restore", Write),
    ("run", RunCode),
    ("scan", ReadData),
    ("search", ReadMetadata),
    ("select", ReadData),
    ("send", Write),
    ("set", Write),
    ("share", ShareOutside),
    ("start", Write),
    ("stop", Write),
    ("tag", Write),
    ("terminate", Delete),
    ("untag", Write),
    ("update", Write),
    ("upload", Write),
    ("upsert", Write),
    ("view", ReadMetadata),
    ("watch", ReadMetadata),
    ("write", Write),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_have_no_doubles() {
        assert!(OPERATIONS.len() > 90 && VERBS.len() > 50);
        assert!(
            OPERATIONS.windows(2).all(|w| w[0].0 < w[1].0),
            "{:?}",
            OPERATIONS.windows(2).find(|w| w[0].0 >= w[1].0)
        );
        assert!(
            VERBS.windows(2).all(|w| w[0].0 < w[1].0),
            "{:?}",
            VERBS.windows(2).find(|w| w[0].0 >= w[1].0)
        );
    }

    #[test]
    fn names_of_the_big_providers_are_understood() {
        for (action, expected) in [
            ("s3:GetObject", ReadData),
            ("s3:ListBuckets", ReadMetadata),
            ("iam:CreateAccessKey", IssueCredential),
            ("secretsmanager:GetSecretValue", ReadSecret),
            ("cloudtrail:StopLogging", ChangeLogging),
            ("ec2:RunInstances", RunCode),
            ("ec2:TerminateInstances", Delete),
            ("storage.objects.get", ReadMetadata),
            ("google.iam.admin.v1.SetIAMPolicy", Grant),
            ("Microsoft.Authorization/roleAssignments/write", Write),
            ("get secrets", ReadSecret),
            ("create pods/exec", RunCode),
            ("delete pods", Delete),
            ("repo.destroy", Delete),
            ("", Other),
            ("frobnicate", Other),
            ("É:Ünïcode", Other),
        ] {
            assert_eq!(class(action), expected, "{action}");
        }
        assert_eq!(class(&"x".repeat(5000)), Other);
    }
}
