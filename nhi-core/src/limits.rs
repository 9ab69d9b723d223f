//! Every bound of the engine, in one place, with its reason. A bound is checked where input enters.

/// Most bytes of one JSON document or line that a door reads (deeper work is bounded by it).
pub const JSON_BYTES: usize = 256 << 20;
/// Most nested arrays and objects in foreign JSON; recursion never goes deeper. `serde_json` itself stops at 128.
pub const JSON_DEPTH: usize = 128;
/// Largest integer that canonical JSON carries: 2^53 - 1 (RFC 8785 section 3.2.2.3, I-JSON).
pub const JSON_INTEGER: i64 = (1 << 53) - 1;

// ── classify ────────────────────────────────────────────────────────────────────────────────────────────────

/// Window that bounds pairing, decoding and context, in the one-shot scan and in the stream alike.
pub const SCAN_WINDOW: usize = 64 << 10;
/// How far a scan looks beyond its window: the longest token or key block it can find. An RSA key of 16,384 bits
/// is 12.5 KiB of PEM.
pub const SCAN_AHEAD: usize = 32 << 10;
/// How far a scan looks before its window, for context.
pub const SCAN_BEHIND: usize = 4 << 10;
/// Most bytes of a line, to either side of a token, in which ignore marks are looked for.
pub const LINE_REACH: usize = 1024;
/// Most bytes of a line before and after a token in which context words are looked for: what a person reads at
/// one glance.
pub const CONTEXT_REACH: usize = 128;
/// Longest name of a variable, key or option that the generic rule reads.
pub const NAME_BYTES: usize = 64;
/// Longest value that the generic rule takes for a secret; longer ones are data.
pub const VALUE_BYTES: usize = 256;
/// Longest JSON Web Token that is found.
pub const JWT_BYTES: usize = 16 << 10;
/// Most bytes of one token that `inspect` looks at: the longest shape of the catalogue with room to spare.
pub const TOKEN_BYTES: usize = 64 << 10;
/// Most bytes of one attribute read from a token; a longer one is unknown and says so.
pub const ATTRIBUTE_BYTES: usize = 1 << 10;

// ── adapters ────────────────────────────────────────────────────────────────────────────────────────────────

/// Most bytes of one text field kept from an export; longer ones are a problem and are cut from the record.
pub const FIELD_BYTES: usize = 64 << 10;
/// Most bytes of one export. Elements are read one at a time, so memory follows what is kept, not this.
pub const EXPORT_BYTES: usize = JSON_BYTES;
/// Most rows, elements or lines of one export: larger ones are split by the host.
pub const EXPORT_ROWS: u64 = 10_000_000;
/// Most bytes of one element or line of an export; longer ones are a problem and are left out.
pub const ROW_BYTES: usize = 16 << 20;
/// Most problems listed of one export; further ones are counted in one closing problem.
pub const PROBLEMS: usize = 10_000;
/// Bytes of an export at which its format is recognised: header lines and first elements fit in it many times.
pub const DETECT_BYTES: usize = 64 << 10;
/// Most cells of one row of a CSV table: the widest of the known ones has about 30.
pub const ROW_CELLS: usize = 1_000;
/// Most entries of `owns` in one row of the owners directory; more are a problem and are cut from it.
pub const OWNS: usize = 10_000;
/// Most bytes of one value kept in `extra`: enough for a number, a date or a word of an enumeration.
pub const EXTRA_BYTES: usize = 64;

// ── inventory ───────────────────────────────────────────────────────────────────────────────────────────────

/// Most versions kept of one credential, the newest: a role's sessions would otherwise grow without end.
pub const VERSIONS: usize = 256;
/// Most networks, workloads and the like kept of one credential's use, the first in order: enough to tell one
/// consumer from many, small enough for a hundred thousand credentials.
pub const USAGE_SET: usize = 64;
/// Most bytes of an owner's path pattern; matching costs pattern times path.
pub const GLOB_BYTES: usize = 512;
/// Most path patterns of the owners directory that begin with one directory (or with a wildcard): each is tried on
/// each path below it.
pub const PATTERNS: usize = 1_000;
/// Longest path that a pattern is tried on: that of common systems.
pub const PATH_BYTES: usize = 4096;
/// How far apart two sources may put the creation of one secret, in milliseconds: exports cut to seconds.
pub const CREATED_SLACK_MS: i64 = 1_000;
/// Most pieces of evidence listed for one drift; the rest is counted.
pub const EVIDENCE: usize = 16;

// ── lifecycle ───────────────────────────────────────────────────────────────────────────────────────────────

/// Most bytes of one text of a command (a reason, an id, a provider's error).
pub const LIFECYCLE_TEXT: usize = 4 << 10;
/// Most members of one list of a command, and most owners or consumers of a credential.
pub const LIFECYCLE_LIST: usize = 256;
/// Most versions kept of a credential; beyond, the oldest that is over is forgotten (the ledger has it).
pub const LIFECYCLE_VERSIONS: usize = 64;
/// Most leases of a credential that are open or not confirmed gone.
pub const LIFECYCLE_LEASES: usize = 256;
/// Commands of a credential that are recognised when they repeat.
pub const LIFECYCLE_RECENT: usize = 16;
/// Entry numbers kept for one of them.
pub const LIFECYCLE_EVENTS: usize = 64;
/// Events of one tick of a credential: more means that timers chase each other, and the tick stops.
pub const LIFECYCLE_TICK_EVENTS: usize = 4096;

/// Nothing is decided later than this before the end of the time scale, in milliseconds (1,000 years): a deadline that
/// cannot be written never comes, and a revocation that waits for it never ends.
pub const LIFECYCLE_HORIZON_MS: i64 = 1_000 * 365 * 86_400_000;

// ── baseline ────────────────────────────────────────────────────────────────────────────────────────────────

/// Hot block of one subject's baseline, in bytes.
pub const BASELINE_BYTES: usize = 2048;
/// Most subjects in one baseline: 8 GiB of blocks. Beyond it: shard by subject.
pub const BASELINE_SUBJECTS: usize = 4 << 20;
/// Longest name of a subject, in bytes: an ARN has at most 2,048.
pub const BASELINE_SUBJECT: usize = 4096;
/// How much older than the newest activity one may be to be learned still, in milliseconds: 24 hours.
pub const BASELINE_LATENESS_MS: i64 = 24 * 3_600_000;
/// How many days after the epoch's an activity may lie to be learned: one, the day that is about to begin. A date
/// further ahead is believed when a second activity confirms it.
pub const BASELINE_AHEAD_DAYS: i32 = 1;
/// Values that a group's prior keeps in each dimension, the commonest: what fewer identities share tells little.
pub const BASELINE_PRIOR_VALUES: usize = 64;

// ── posture, authorize, assess, report ──────────────────────────────────────────────────────────────────────

/// Longest privilege (`service:action`) that is classified, in bytes; comparing two costs the product of their
/// lengths. Longer ones are unclassified. The longest of the large providers have about 130.
pub const PRIVILEGE_BYTES: usize = 256;
/// Most bytes of one authorization request in JSON: it is read in the path of a call.
pub const REQUEST_BYTES: usize = 1 << 20;
/// Longest text of an authorization request, in bytes; it is hashed and kept with the decision.
pub const REQUEST_TEXT: usize = 4096;
/// Most entries of one list of an authorization request or of its policy.
pub const REQUEST_LIST: usize = 64;

/// Subjects of which a report carries the scores over time, those with the highest peaks: more are not looked at.
pub const REPORT_COURSES: usize = 64;
/// Stretches of time in which a report keeps a subject's highest score: a point every three pixels of a plot.
pub const REPORT_POINTS: usize = 240;
/// Activities over the threshold that a report tells of one subject, the highest.
pub const REPORT_ANOMALIES: usize = 64;
/// Rows of one table of the HTML report, and of the steps: what is beyond is counted, the JSON form has all.
pub const HTML_ROWS: usize = 500;
/// Timelines of the HTML report: of credentials with a step first, then those with the most entries.
pub const HTML_LIVES: usize = 100;
/// Entries listed beneath one timeline, the newest; and versions drawn in it.
pub const HTML_ENTRIES: usize = 60;
/// Plots of scores in the HTML report, the most urgent.
pub const HTML_PLOTS: usize = 24;
/// Characters of one text in the HTML report: three lines of a screen. Longer ones end in `…`.
pub const HTML_TEXT: usize = 360;
/// Characters of one call that a step names in the HTML report: a call that is cut cannot be copied.
pub const HTML_CALL: usize = 2_000;
