//! Inputs that several targets start from.

/// Lifecycle commands, one a line: each set tells another story. Applied in order, all are accepted by the
/// engine or refused by a guard; none is broken.
pub const COMMANDS: &[&str] = &[
    r#"
{"cmd_id":"1","actor":"ann","credential":"aws:1/ci/api_key","type":"Register","kind":"api_key","tier":"high","environment":"prod","owners":[{"kind":"team","id":"t"}],"purpose":"deploy","workload":"ci","versions":[{"external_id":"k1"}]}
{"cmd_id":"2","actor":"log","credential":"aws:1/ci/api_key","type":"UsageObserved","version":"v1","last_used":{"used":{"at":1767571200000,"granularity_ms":0}},"source":"trail"}
{"cmd_id":"3","actor":"ann","credential":"aws:1/ci/api_key","type":"BeginRotation"}
{"cmd_id":"4","actor":"host","credential":"aws:1/ci/api_key","type":"ReportCreated","version":"v2","external_id":"k2"}
{"cmd_id":"5","actor":"host","credential":"aws:1/ci/api_key","type":"ReportInstalled","version":"v2"}
{"cmd_id":"6","actor":"host","credential":"aws:1/ci/api_key","type":"ReportVerified","version":"v2","ok":true,"evidence":"called"}
{"cmd_id":"7","actor":"ann","credential":"aws:1/ci/api_key","type":"Promote","version":"v2"}
{"cmd_id":"8","actor":"log","credential":"aws:1/ci/api_key","type":"DrainObserved","version":"v1"}
{"cmd_id":"9","actor":"host","credential":"aws:1/ci/api_key","type":"ConfirmRevoked","version":"v1","evidence":"gone"}
"#,
    r#"
{"cmd_id":"1","actor":"scan","credential":"gitlab:x/bot/personal_token","type":"Register","kind":"personal_token","versions":[{}]}
{"cmd_id":"2","actor":"scan","credential":"gitlab:x/bot/personal_token","type":"ReportCompromise","confidence":950,"source":"scan"}
{"cmd_id":"3","actor":"host","credential":"gitlab:x/bot/personal_token","type":"RevokeError","version":"v1","error":"timeout"}
{"cmd_id":"4","actor":"host","credential":"gitlab:x/bot/personal_token","type":"ConfirmRevoked","version":"v1"}
{"cmd_id":"5","actor":"ann","credential":"gitlab:x/bot/personal_token","type":"Destroy","version":"v1"}
{"cmd_id":"6","actor":"host","credential":"gitlab:x/bot/personal_token","type":"ReportDestroyed","version":"v1"}
"#,
    r#"
{"cmd_id":"1","actor":"ann","credential":"c","type":"Register","owners":[{"kind":"person","id":"ann"}],"workload":"w","versions":[{}]}
{"cmd_id":"2","actor":"ann","credential":"c","type":"IssueLease","lease":"l1","task":"t1","holder":"w","scope":[],"ttl_ms":3600000}
{"cmd_id":"3","actor":"ann","credential":"c","type":"RenewLease","lease":"l1","increment_ms":60000}
{"cmd_id":"4","actor":"host","credential":"c","type":"TaskEnded","task":"t1","end":"anomaly"}
{"cmd_id":"5","actor":"policy","credential":"c","type":"Signal","band":"severe","trust":"ok","reasons":["new network"]}
{"cmd_id":"6","actor":"ann","credential":"c","type":"Suspend","reason":"odd"}
{"cmd_id":"7","actor":"ann","credential":"c","type":"Resume","approvals":[{"by":"bob","at":1767571200000}]}
{"cmd_id":"8","actor":"hr","type":"OwnerDeparted","owner":{"kind":"person","id":"ann"}}
{"cmd_id":"9","actor":"ops","type":"WorkloadDecommissioned","workload":"w"}
{"cmd_id":"10","actor":"policy","type":"Tick"}
"#,
    r#"
{"cmd_id":"1","actor":"ann","credential":"c","type":"Issue","kind":"oauth_token","not_after":1770163200000,"owners":[{"kind":"team","id":"t"}],"purpose":"p","workload":"w"}
{"cmd_id":"2","actor":"ann","credential":"c","type":"GrantException","id":"e1","scope":"s","reason":"r","end":1770163200000,"isolation":{"store":"vault","scope":"s","consumers":["w"]},"approvals":[{"by":"bob","at":1767571200000}]}
{"cmd_id":"3","actor":"ann","credential":"c","type":"OpenBreakGlass","reason":"r","end":1767578400000,"holder":"ann","approvals":[{"by":"bob","at":1767571200000},{"by":"cy","at":1767571200000}]}
{"cmd_id":"4","actor":"ann","credential":"c","type":"SetHold","reason":"case 7"}
{"cmd_id":"5","actor":"ann","credential":"c","type":"Block","reason":"r","source":"p"}
{"cmd_id":"6","actor":"ann","credential":"c","type":"GenerationPresented","generation":3}
{"cmd_id":"7","actor":"ann","credential":"c","type":"Certify"}
{"cmd_id":"8","actor":"ann","credential":"c","type":"ObserveScopes","granted":["a","b"],"source":"iam"}
"#,
];

/// An access key id of account 111122223333 that belongs to nobody.
fn key(n: u64) -> String {
    nhi_core::classify::mint_aws_key_id(111_122_223_333, n)
}

/// An input of each adapter, by its id. An adapter without one here still gets all the others.
pub fn exports() -> Vec<(&'static str, String)> {
    let (one, two) = (key(1), key(2));
    let key_used = r#""ServiceName": "s3", "Region": "eu-central-1", "LastUsedDate": "2026-01-02T00:00:00Z""#;
    let event =
        r#""eventTime": "2026-01-01T00:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject""#;
    vec![
        (
            "owners",
            "kind,id,name,status,since,owns,environment,workload,purpose\nteam,pay,Payments,active,2026-01-01,\
             arn:aws:iam::111122223333:user/ci;path:src/*,prod,ci,deploy\nperson,ann,Ann,left,2026-02-01,,,,\n"
                .into(),
        ),
        (
            "aws-credential-report",
            "user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active,\
             access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
             access_key_1_last_used_service\nci,arn:aws:iam::111122223333:user/ci,2024-01-01T00:00:00+00:00,\
             false,false,true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A\n"
                .into(),
        ),
        (
            "aws-access-keys",
            format!(
                r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "AccessKeyId": "{one}", "Status": "Active",
                "CreateDate": "2024-01-01T00:00:00Z"}}, {{"UserName": "ci", "AccessKeyId": "{two}",
                "Status": "Inactive", "CreateDate": "2025-01-01T00:00:00Z"}}]}}"#
            ),
        ),
        ("aws-access-key-last-used", format!(r#"{{"UserName": "ci", "AccessKeyLastUsed": {{{key_used}}}}}"#)),
        (
            "aws-authorization-details",
            r#"{"UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/ci", "UserName": "ci",
            "CreateDate": "2024-01-01T00:00:00Z", "Tags": [{"Key": "purpose", "Value": "deploy"}],
            "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess",
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}], "RoleDetailList":
            [{"Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r", "AssumeRolePolicyDocument": {"Statement":
            [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}}], "Policies": []}"#
                .into(),
        ),
        (
            "aws-cloudtrail",
            format!(
                r#"{{"Records": [{{{event}, "eventID": "e1", "recipientAccountId": "111122223333",
                "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.1", "userAgent": "Boto3/1.2",
                "userIdentity": {{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci",
                "accessKeyId": "{one}"}}, "requestParameters": {{"bucketName": "b"}}}}]}}"#
            ),
        ),
        (
            "gitleaks-findings",
            r#"[{"RuleID": "generic-api-key", "File": "a.py", "StartLine": 3, "StartColumn": 1, "Secret": "REDACTED",
            "Match": "k=REDACTED", "Date": "2026-01-01T00:00:00Z", "Fingerprint": "a.py:generic-api-key:3"}]"#
                .into(),
        ),
        (
            "nhi-findings",
            r#"{"v":1,"path":"a.py","rule":"github.app","provider":"github","kind":"app","credential_kind":"api_key","confidence":0.9,"level":"high","start":4,"end":9,"line":1,"column":5,"preview":"…"}"#
                .into(),
        ),
        (
            "nhi-records",
            concat!(
                r#"{"identity": {"id": "ci", "issuer": "aws:1", "name": "ci", "kind": "service_account"}}"#,
                "\n",
                r#"{"credential": {"id": "aws:1/ci/api_key", "identity": "ci", "kind": "api_key", "issuer": "aws:1"}}"#,
                "\n",
                r#"{"command": {"cmd_id": "1", "actor": "ann", "credential": "aws:1/ci/api_key", "type": "Unblock"}, "at": "2026-01-01T00:00:00Z"}"#,
                "\n",
                r#"{"time": "2026-01-01T00:00:00Z", "credential": "aws:1/ci/api_key", "action": "s3:GetObject"}"#,
                "\n"
            )
            .into(),
        ),
    ]
}

/// Field names and words of the exports.
pub fn export_words() -> Vec<String> {
    let text: String = exports().into_iter().map(|(_, text)| text + ",").collect();
    let fits = |word: &&str| (3..40).contains(&word.len()) && !word.contains(' ');
    let mut out: Vec<String> =
        text.split(['"', ',', '\n', ';']).map(str::trim).filter(fits).map(String::from).collect();
    out.extend(["9223372036854775808", "\u{feff}", "null", "{}", "[]"].map(String::from));
    out.sort();
    out.dedup();
    out
}
