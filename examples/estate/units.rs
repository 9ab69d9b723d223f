//! The units of Brightwater Coffee, one entry each: what they are for, what they do, and from where.

use nhi_core::{
    model::{CredentialKind, Environment, IdentityKind},
    time::DAY,
};

use super::{
    company::{ACCOUNTS, Home, Job, Log, NOBODY, Origin, Step, Trusted, Unit, When, ago},
    history,
};

const PROD: usize = 0;
const STAGING: usize = 1;
const DEV: usize = 2;

const fn step(action: &'static str, to: &'static str, bytes: u64, sensitivity: u8) -> Step {
    Step { action, to, bytes, sensitivity }
}

const EGRESS: Origin = Origin { asn: 64500, net: "192.0.2", country: "SE", user_agent: "Boto3" };
const NODE: Origin = Origin { user_agent: "aws-sdk-nodejs", ..EGRESS };
const AGENTS: Origin = Origin { asn: 64502, net: "198.51.100", country: "IE", user_agent: "agent-runtime" };
const MAILER: Origin = Origin { user_agent: "sendgrid-python", ..EGRESS };
const PARTNER: Origin =
    Origin { asn: 64505, net: "198.51.100", country: "DE", user_agent: "Java-http-client" };
const RUNNER: Origin = Origin { asn: 64506, net: "198.51.100", country: "NL", user_agent: "octokit" };
const TRAIL: Origin = Origin { user_agent: "aws-sdk-go-v2", ..EGRESS };

fn aws(account: usize) -> Home {
    Home::AwsUser(&ACCOUNTS[account])
}

fn other(issuer: &'static str, rule: &'static str, kind: CredentialKind) -> Home {
    let provider = rule.split_once('.').map_or(rule, |(provider, _)| provider);
    Home::Other { issuer, rule, provider, kind }
}

/// Every unit, when all is well.
pub(crate) fn all(seed: u64) -> Vec<Unit> {
    let new = |name, home, owner, purpose| Unit::new(seed, name, home, owner, purpose);
    let mut units = vec![
        // ── production, AWS users ───────────────────────────────────────────────────────────────────────────
        Unit {
            log: Log::Pipeline,
            from: NODE,
            jobs: vec![
                Job {
                    task: None,
                    when: When::Hours { from: 6, to: 20, every: 150, weekdays: false },
                    steps: vec![
                        step(
                            "dynamodb:GetItem",
                            "arn:aws:dynamodb:eu-north-1:111122223333:table/orders",
                            1_400,
                            2,
                        ),
                        step(
                            "dynamodb:PutItem",
                            "arn:aws:dynamodb:eu-north-1:111122223333:table/payments",
                            900,
                            3,
                        ),
                        step("sqs:SendMessage", "arn:aws:sqs:eu-north-1:111122223333:receipts", 600, 1),
                    ],
                },
                Job {
                    task: None,
                    when: When::On { days: &[36, 22, 8], hour: 12, minute: 40, context: "release" },
                    steps: vec![
                        step(
                            "dynamodb:DescribeTable",
                            "arn:aws:dynamodb:eu-north-1:111122223333:table/payments",
                            700,
                            0,
                        ),
                        step(
                            "dynamodb:PutItem",
                            "arn:aws:dynamodb:eu-north-1:111122223333:table/payments",
                            900,
                            3,
                        ),
                    ],
                },
            ],
            ..new("payments-api", aws(PROD), "commerce", "takes card payments of the web shop")
        },
        Unit {
            log: Log::Pipeline,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 8, to: 16, every: 240, weekdays: true },
                steps: vec![
                    step(
                        "dynamodb:Query",
                        "arn:aws:dynamodb:eu-north-1:111122223333:table/orders",
                        260_000,
                        2,
                    ),
                    step("s3:PutObject", "arn:aws:s3:::brightwater-order-exports", 240_000, 2),
                ],
            }],
            ..new("order-export", aws(PROD), "commerce", "hands the day's orders to bookkeeping")
        },
        Unit {
            log: Log::Pipeline,
            jobs: vec![Job {
                task: None,
                when: When::Daily { hour: 2, minute: 10, weekdays: false },
                steps: vec![
                    step("s3:ListBucket", "arn:aws:s3:::brightwater-order-exports", 8_000, 1),
                    step("s3:GetObject", "arn:aws:s3:::brightwater-order-exports", 900_000, 2),
                    step("s3:GetObject", "arn:aws:s3:::brightwater-store-tills", 1_300_000, 2),
                    step(
                        "redshift-data:ExecuteStatement",
                        "arn:aws:redshift:eu-north-1:111122223333:cluster:sales",
                        4_000,
                        2,
                    ),
                ],
            }],
            ..new("warehouse-loader", aws(PROD), "data", "loads sales into the data warehouse at night")
        },
        Unit {
            log: Log::Pipeline,
            from: TRAIL,
            jobs: vec![Job {
                task: None,
                when: When::Daily { hour: 1, minute: 30, weekdays: false },
                steps: vec![
                    step(
                        "rds:CreateDBSnapshot",
                        "arn:aws:rds:eu-north-1:111122223333:snapshot:shop-{day}",
                        2_000,
                        2,
                    ),
                    step(
                        "s3:PutObject",
                        "arn:aws:s3:::brightwater-backup/{day}/shop-{new}.dump",
                        48_000_000,
                        3,
                    ),
                    step(
                        "s3:PutObject",
                        "arn:aws:s3:::brightwater-backup/{day}/tills-{new}.dump",
                        21_000_000,
                        3,
                    ),
                    step(
                        "s3:PutObject",
                        "arn:aws:s3:::brightwater-backup/{day}/crm-{new}.dump",
                        33_000_000,
                        3,
                    ),
                ],
            }],
            ..new("nightly-backup", aws(PROD), "platform", "copies databases to the backup bucket")
        },
        Unit {
            log: Log::Pipeline,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 6, to: 18, every: 120, weekdays: false },
                steps: vec![
                    step("s3:GetObject", "arn:aws:s3:::brightwater-store-tills", 180_000, 2),
                    step(
                        "dynamodb:BatchWriteItem",
                        "arn:aws:dynamodb:eu-north-1:111122223333:table/stock",
                        60_000,
                        1,
                    ),
                ],
            }],
            ..new("pos-sync", aws(PROD), "logistics", "books what the tills sold out of stock")
        },
        Unit {
            log: Log::Pipeline,
            spread: 18,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 7, to: 15, every: 120, weekdays: true },
                steps: vec![
                    step(
                        "athena:GetQueryResults",
                        "arn:aws:athena:eu-north-1:111122223333:workgroup/reporting",
                        2_600_000,
                        2,
                    ),
                    step("s3:GetObject", "arn:aws:s3:::brightwater-reporting", 3_400_000, 2),
                ],
            }],
            ..new("analytics-reader", aws(PROD), "data", "fills the sales dashboards")
        },
        Unit {
            log: Log::Pipeline,
            from: NODE,
            days: 120,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 7, to: 19, every: 360, weekdays: false },
                steps: vec![
                    step("s3:GetObject", "arn:aws:s3:::brightwater-media/originals/{new}.jpg", 2_400_000, 0),
                    step("s3:PutObject", "arn:aws:s3:::brightwater-media/thumbs/{new}.jpg", 70_000, 0),
                ],
            }],
            ..new("image-resizer", aws(PROD), "commerce", "makes thumbnails of product photos")
        },
        Unit {
            log: Log::Pipeline,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 7, to: 17, every: 150, weekdays: false },
                steps: vec![
                    step(
                        "dynamodb:Query",
                        "arn:aws:dynamodb:eu-north-1:111122223333:table/shipments",
                        30_000,
                        1,
                    ),
                    step("sns:Publish", "arn:aws:sns:eu-north-1:111122223333:delivery-updates", 1_100, 1),
                ],
            }],
            ..new("delivery-tracking", aws(PROD), "logistics", "tells customers where their parcel is")
        },
        Unit {
            log: Log::Pipeline,
            from: PARTNER,
            jobs: vec![
                Job {
                    task: None,
                    when: When::Daily { hour: 5, minute: 0, weekdays: false },
                    steps: vec![
                        step("s3:GetObject", "arn:aws:s3:::brightwater-erp-exchange", 410_000, 2),
                        step("s3:PutObject", "arn:aws:s3:::brightwater-erp-exchange", 380_000, 2),
                    ],
                },
                Job {
                    task: None,
                    when: When::Daily { hour: 17, minute: 0, weekdays: false },
                    steps: vec![step("s3:GetObject", "arn:aws:s3:::brightwater-erp-exchange", 410_000, 2)],
                },
            ],
            ..new("erp-bridge", aws(PROD), NOBODY, "exchanges ledgers with the hosted ERP")
        },
        Unit {
            log: Log::Pipeline,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 6, to: 18, every: 360, weekdays: false },
                steps: vec![step("s3:PutObject", "arn:aws:s3:::brightwater-price-lists", 90_000, 1)],
            }],
            ..new("price-feed", aws(PROD), "commerce", "published price lists until the feed moved to a role")
        },
        Unit {
            grants: vec![
                ("s3:GetObject", "arn:aws:s3:::brightwater-newsletter/*"),
                ("ses:CreateContact", "*"),
            ],
            also_used: vec!["s3:GetObject", "ses:CreateContact"],
            last_used: Some(ago(2, 8, 0)),
            ..new("newsletter-import", aws(PROD), "commerce", "imports newsletter sign-ups")
        },
        Unit {
            grants: vec![
                ("ec2:DescribeInstances", "*"),
                ("iam:GetRole", "*"),
                ("iam:ListRoles", "*"),
                ("s3:GetObject", "arn:aws:s3:::brightwater-terraform-state/*"),
            ],
            also_used: vec!["ec2:DescribeInstances", "iam:GetRole", "iam:ListRoles", "s3:GetObject"],
            last_used: Some(ago(1, 10, 20)),
            ..new("platform-bootstrap", aws(PROD), "platform", "reads the state of the infrastructure")
        },
        Unit {
            grants: vec![
                ("s3:GetObject", "arn:aws:s3:::brightwater-store-archive/*"),
                ("s3:PutObject", "arn:aws:s3:::brightwater-store-archive/*"),
            ],
            also_used: vec!["s3:GetObject", "s3:PutObject"],
            last_used: Some(ago(3, 14, 40)),
            ..new("store-migration", aws(PROD), "logistics", "moves archives of closed stores")
        },
        // ── production, AWS roles ───────────────────────────────────────────────────────────────────────────
        Unit {
            log: Log::Trail,
            from: Origin { user_agent: "aws-sdk-java", ..EGRESS },
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 6, to: 21, every: 180, weekdays: false },
                steps: vec![
                    step(
                        "secretsmanager:GetSecretValue",
                        "arn:aws:secretsmanager:eu-north-1:111122223333:secret:shop/session",
                        0,
                        3,
                    ),
                    step(
                        "ssm:GetParameter",
                        "arn:aws:ssm:eu-north-1:111122223333:parameter/shop/flags",
                        0,
                        1,
                    ),
                ],
            }],
            ..new(
                "web-shop",
                Home::AwsRole { account: &ACCOUNTS[PROD], from: Trusted::Service("ecs-tasks.amazonaws.com") },
                "commerce",
                "serves the web shop",
            )
        },
        Unit {
            kind: IdentityKind::CiJob,
            log: Log::Trail,
            from: Origin { user_agent: "aws-cli", ..RUNNER },
            jobs: vec![Job {
                task: None,
                when: When::Daily { hour: 12, minute: 20, weekdays: true },
                steps: vec![
                    step("ecr:PutImage", "arn:aws:ecr:eu-north-1:111122223333:repository/web-shop", 0, 1),
                    step(
                        "ecs:UpdateService",
                        "arn:aws:ecs:eu-north-1:111122223333:service/shop/web-shop",
                        0,
                        2,
                    ),
                ],
            }],
            ..new(
                "ci-deployer",
                Home::AwsRole {
                    account: &ACCOUNTS[PROD],
                    from: Trusted::Repository("repo:brightwater-coffee/platform:environment:prod"),
                },
                "platform",
                "deploys from the main branch",
            )
        },
        // ── staging and development ─────────────────────────────────────────────────────────────────────────
        Unit {
            log: Log::Trail,
            from: TRAIL,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 8, to: 17, every: 120, weekdays: true },
                steps: vec![
                    step(
                        "dynamodb:DescribeTable",
                        "arn:aws:dynamodb:eu-north-1:444455556666:table/orders",
                        0,
                        0,
                    ),
                    step("s3:GetObject", "arn:aws:s3:::brightwater-staging-fixtures", 52_000, 0),
                ],
            }],
            ..new("shop-staging", aws(STAGING), "commerce", "runs the web shop for acceptance tests")
        },
        Unit {
            log: Log::Trail,
            from: TRAIL,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 8, to: 16, every: 180, weekdays: true },
                steps: vec![step("s3:GetObject", "arn:aws:s3:::brightwater-dev-samples", 17_000, 0)],
            }],
            ..new("dev-sandbox", aws(DEV), "platform", "lets developers try things out")
        },
        // ── elsewhere ───────────────────────────────────────────────────────────────────────────────────────
        Unit {
            kind: IdentityKind::Agent,
            log: Log::Pipeline,
            from: AGENTS,
            jobs: vec![Job {
                task: Some("answer-ticket"),
                when: When::Hours { from: 7, to: 17, every: 120, weekdays: true },
                steps: vec![
                    step("tickets:read", "tickets.brightwater.example", 6_000, 2),
                    step("kb:search", "kb.brightwater.example", 14_000, 0),
                    step("orders:lookup", "api.brightwater.example/orders", 3_000, 2),
                    step("tickets:reply", "tickets.brightwater.example", 2_500, 1),
                ],
            }],
            ..new(
                "support-agent",
                other("agents:brightwater", "anthropic.api-key", CredentialKind::ModelKey),
                "commerce",
                "answers customers' tickets",
            )
        },
        Unit {
            kind: IdentityKind::Agent,
            log: Log::Pipeline,
            from: AGENTS,
            jobs: vec![Job {
                task: Some("book-invoice"),
                when: When::Hours { from: 6, to: 14, every: 240, weekdays: true },
                steps: vec![
                    step("mail:read", "mail.brightwater.example/invoices", 210_000, 2),
                    step("erp:match-order", "erp.brightwater.example", 9_000, 2),
                    step("erp:book", "erp.brightwater.example", 4_000, 2),
                ],
            }],
            ..new(
                "invoice-agent",
                other("agents:brightwater", "anthropic.api-key", CredentialKind::ModelKey),
                "data",
                "books suppliers' invoices",
            )
        },
        Unit {
            log: Log::Pipeline,
            from: MAILER,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 8, to: 16, every: 180, weekdays: true },
                steps: vec![step("mail:send", "api.sendgrid.com/v3/mail/send", 22_000, 1)],
            }],
            ..new(
                "loyalty-mailer",
                other("sendgrid:brightwater", "sendgrid.api-key", CredentialKind::ApiKey),
                "mikkel.sorensen",
                "mails loyalty points",
            )
        },
        Unit {
            log: Log::Pipeline,
            from: Origin { user_agent: "stripe-node", ..EGRESS },
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 6, to: 20, every: 180, weekdays: false },
                steps: vec![
                    step("payment_intents:create", "api.stripe.com/v1/payment_intents", 1_800, 3),
                    step("payment_intents:confirm", "api.stripe.com/v1/payment_intents", 2_100, 3),
                ],
            }],
            ..new(
                "card-charges",
                other("stripe:brightwater", "stripe.restricted-key", CredentialKind::ApiKey),
                "commerce",
                "charges cards through the payment provider",
            )
        },
        Unit {
            log: Log::Pipeline,
            from: PARTNER,
            jobs: vec![Job {
                task: None,
                when: When::Hours { from: 5, to: 17, every: 240, weekdays: true },
                steps: vec![
                    step("shipments:list", "api.brightwater.example/partner/shipments", 45_000, 1),
                    step("shipments:update", "api.brightwater.example/partner/shipments", 2_200, 1),
                ],
            }],
            ..new(
                "freight-partner",
                other("gateway:brightwater", "brightwater.partner-key", CredentialKind::ApiKey),
                "logistics",
                "lets Nordfreight report deliveries",
            )
        },
        Unit {
            kind: IdentityKind::Bot,
            log: Log::Pipeline,
            from: RUNNER,
            jobs: vec![
                Job {
                    task: None,
                    when: When::Daily { hour: 11, minute: 40, weekdays: true },
                    steps: vec![
                        step("contents:read", "github.com/brightwater-coffee/web-shop", 380_000, 1),
                        step("releases:create", "github.com/brightwater-coffee/web-shop", 6_000, 1),
                    ],
                },
                Job {
                    task: None,
                    when: When::On { days: &[36, 22, 8], hour: 12, minute: 30, context: "release" },
                    steps: vec![
                        step("contents:read", "github.com/brightwater-coffee/payments-api", 290_000, 1),
                        step("releases:create", "github.com/brightwater-coffee/payments-api", 6_000, 1),
                        step("contents:read", "github.com/brightwater-coffee/web-shop", 380_000, 1),
                        step("releases:create", "github.com/brightwater-coffee/web-shop", 6_000, 1),
                    ],
                },
            ],
            ..new(
                "release-bot",
                other(
                    "github:brightwater-coffee",
                    "github.fine-grained-personal-access-token",
                    CredentialKind::PersonalToken,
                ),
                "platform",
                "cuts releases",
            )
        },
        Unit {
            kind: IdentityKind::Bot,
            log: Log::Pipeline,
            from: Origin { user_agent: "runbook", ..EGRESS },
            jobs: vec![
                Job {
                    task: None,
                    when: When::Hours { from: 6, to: 18, every: 360, weekdays: false },
                    steps: vec![step("services:health", "ops.brightwater.example/services", 2_000, 1)],
                },
                Job {
                    task: None,
                    when: When::On { days: &[38, 31, 24, 16, 9], hour: 2, minute: 30, context: "on_call" },
                    steps: vec![
                        step("services:health", "ops.brightwater.example/services", 2_000, 1),
                        step("services:restart", "ops.brightwater.example/services", 900, 1),
                        step("services:health", "ops.brightwater.example/services", 2_000, 1),
                    ],
                },
            ],
            ..new(
                "oncall-runbook",
                other("ops:brightwater", "brightwater.ops-token", CredentialKind::ApiKey),
                "platform",
                "restarts services for whoever is on call",
            )
        },
        Unit {
            kind: IdentityKind::Bot,
            last_used: Some(ago(1, 6, 0)),
            grants: vec![("messages:post", "#ops")],
            also_used: vec!["messages:post"],
            ..new(
                "ops-alerts",
                other("slack:brightwater", "slack.incoming-webhook-url", CredentialKind::WebhookSecret),
                "platform",
                "posts alerts to the operations channel",
            )
        },
        Unit {
            last_used: Some(ago(1, 7, 0)),
            grants: vec![("sessions:sign", "shop.brightwater.example")],
            also_used: vec!["sessions:sign"],
            ..new(
                "checkout-signing-prod",
                other("vault:brightwater-prod", "brightwater.signing-secret", CredentialKind::SigningSecret),
                "commerce",
                "signs checkout sessions",
            )
        },
        Unit {
            environment: Environment::Staging,
            last_used: Some(ago(1, 7, 0)),
            grants: vec![("sessions:sign", "shop.staging.brightwater.example")],
            also_used: vec!["sessions:sign"],
            ..new(
                "checkout-signing-staging",
                other(
                    "vault:brightwater-staging",
                    "brightwater.signing-secret",
                    CredentialKind::SigningSecret,
                ),
                "commerce",
                "signs checkout sessions in acceptance tests",
            )
        },
    ];
    for unit in &mut units {
        for version in &mut unit.versions {
            match unit.name {
                "image-resizer" => version.made = ago(151, 8, 40),
                "erp-bridge" => version.made = ago(131, 9, 30),
                "newsletter-import" => version.made = ago(176, 11, 5),
                _ => {}
            }
        }
        if let Some(version) = unit.versions.first() {
            unit.created = unit.created.min(version.made.plus(-40 * DAY));
        }
        history::write(seed, unit);
        if unit.grants.is_empty() {
            unit.grants =
                unit.jobs.iter().flat_map(|job| &job.steps).map(|step| (step.action, step.to)).collect();
            unit.grants.sort_unstable();
            unit.grants.dedup();
        }
    }
    units
}
