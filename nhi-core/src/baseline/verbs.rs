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
    let after =
        |stops: &[u8], text: &'_ str| text.bytes().rposition(|b| stops.contains(&b)).map_or(0, |i| i + 1);
    let operation = action.get(after(b":", action)..).unwrap_or(action);
    let last = operation.get(after(b"./", operation)..).unwrap_or(operation);
    let short = last.len() < operation.len();
    if let Some(class) = OPERATIONS.find(operation).or_else(|| OPERATIONS.find(last).filter(|_| short)) {
        return class;
    }
    // The verb stands last (`storage.objects.get`, `repo.destroy`) or first (`GetObject`, `get pods`).
    let verb = |part: &str| {
        let rest = part.bytes().skip(1).position(|b| !b.is_ascii_lowercase());
        VERBS.find(part.get(..rest.map_or(part.len(), |i| i + 1)).unwrap_or(part))
    };
    verb(last).or_else(|| verb(operation).filter(|_| short)).unwrap_or(Other)
}

/// Names with their classes, found by a hash that is made when this is compiled. Case makes no difference.
struct Names<const N: usize> {
    names: [(&'static str, Class); N],
    /// One more than the index of a name, at its hash or the next free place after it.
    places: [u8; PLACES],
}

/// Places of a [`Names`]: twice as many as names, so that most are found at once.
const PLACES: usize = 256;

/// Names longer than this are in no table.
const LONGEST: usize = 48;

/// FNV-1a (Fowler, Noll, Vo) over letters without their case, folded to a place.
const fn place(name: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5u32;
    let mut rest = name;
    while let [b, more @ ..] = rest {
        hash = (hash ^ (*b | 0x20) as u32).wrapping_mul(0x0100_0193);
        rest = more;
    }
    ((hash >> 16 ^ hash) as usize) % PLACES
}

impl<const N: usize> Names<N> {
    #[expect(clippy::indexing_slicing, reason = "evaluated when this is compiled: out of bounds is no build")]
    const fn new(names: [(&'static str, Class); N]) -> Self {
        assert!(N < PLACES / 2, "half of the places are free, so that each search ends");
        let mut places = [0; PLACES];
        let mut i = 0;
        while i < N {
            assert!(names[i].0.len() <= LONGEST);
            let mut at = place(names[i].0.as_bytes());
            while places[at] != 0 {
                at = (at + 1) % PLACES;
            }
            i += 1;
            places[at] = i as u8;
        }
        Names { names, places }
    }

    fn find(&self, name: &str) -> Option<Class> {
        if name.len() > LONGEST {
            return None;
        }
        let mut at = place(name.as_bytes());
        loop {
            let i = usize::from(*self.places.get(at)?).checked_sub(1)?;
            match self.names.get(i) {
                Some((known, class)) if known.eq_ignore_ascii_case(name) => return Some(*class),
                _ => at = (at + 1) % PLACES,
            }
        }
    }
}

use Class::{
    ChangeLogging, ChangeNetwork, Delete, Grant, IssueCredential, Other, ReadData, ReadMetadata, ReadSecret,
    RunCode, ShareOutside, Write,
};

/// Whole operations, lower case, sorted.
static OPERATIONS: Names<110> = Names::new([
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
]);

/// First (or last) words of an operation, lower case, sorted.
static VERBS: Names<66> = Names::new([
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
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_tables_is_found_whatever_its_case() {
        fn check(names: &[(&str, Class)], find: impl Fn(&str) -> Option<Class>) {
            assert!(names.windows(2).all(|w| w[0].0 < w[1].0), "sorted, no doubles");
            for (name, class) in names {
                assert_eq!(find(name), Some(*class), "{name}");
                assert_eq!(find(&name.to_uppercase()), Some(*class), "{name}");
                assert_eq!(find(&alloc::format!("{name}x")), None);
            }
        }
        assert!(OPERATIONS.names.len() > 90 && VERBS.names.len() > 50);
        check(&OPERATIONS.names, |n| OPERATIONS.find(n));
        check(&VERBS.names, |n| VERBS.find(n));
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
        assert_eq!(class(&["x".repeat(5000), ".get".into()].concat()), ReadMetadata);
    }
}
