/*
 * nhi: security engine for non-human identities. Generated from nhi-ffi; do not edit.
 *
 * What holds for every function:
 *
 * - Every call that can fail gives an nhi_status, and if `err` is not NULL tells there why. Outputs are
 *   written only on success; inputs come before outputs.
 * - A pointer that must not be NULL and is gets the answer NHI_ERR_NULL_POINTER; nothing is followed or written.
 * - Data and texts are a pointer and a length, may hold NUL, and are not kept after the call. The pointer
 *   may be NULL only if the length is 0. Texts are UTF-8; JSON goes in and out as in every language.
 * - Objects (nhi_scanner, nhi_bytes, …) are opaque. Who gets one through `T **out` owns it and frees it once
 *   with the function of its name; no call may use it meanwhile or later.
 * - `const T *` is only read: any number of threads may use the object so at once. A call that takes it
 *   without `const` must be alone with it. Nothing is kept anywhere but in objects.
 * - Times are milliseconds since 1970 UTC. Spans are bytes, start inclusive, end exclusive.
 * - No call ends the program, but for want of memory. No file, network, clock or random number is used.
 */

#ifndef NHI_H
#define NHI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#define NHI_VERSION "0.1.0"
#define NHI_VERSION_MAJOR 0
#define NHI_VERSION_MINOR 1
#define NHI_VERSION_PATCH 0

/*
 The activity is older than the newest one seen; beyond 24 hours it is not learned.
 */
#define NHI_SCORE_LATE 1

/*
 Its id was seen lately: not learned again.
 */
#define NHI_SCORE_DUPLICATE 2

/*
 It fell into a context window.
 */
#define NHI_SCORE_CONTEXT 4

/*
 nhi_activity.asn holds a number.
 */
#define NHI_HAS_ASN 1

/*
 nhi_activity.bytes holds a number.
 */
#define NHI_HAS_BYTES 2

/*
 nhi_activity.tokens holds a number.
 */
#define NHI_HAS_TOKENS 4

/*
 nhi_activity.sensitivity holds a number.
 */
#define NHI_HAS_SENSITIVITY 8

/*
 The credential lives for one session or task only.
 */
#define NHI_EPHEMERAL 16

/*
 nhi_activity.outcome: not known.
 */
#define NHI_OUTCOME_UNKNOWN 0

/*
 nhi_activity.outcome: it was done.
 */
#define NHI_OUTCOME_OK 1

/*
 nhi_activity.outcome: refused for want of authentication or permission.
 */
#define NHI_OUTCOME_DENIED 2

/*
 nhi_activity.outcome: failed for any other reason.
 */
#define NHI_OUTCOME_ERROR 3

/*
 Look for secrets without a shape of their own in assignments too.
 */
#define NHI_SCAN_GENERIC 1

/*
 A line with an ignore mark (`nhi:ignore`, `gitleaks:allow`, …) gives no findings. Leave it out for bytes of others:
 they could ask not to be looked at.
 */
#define NHI_SCAN_IGNORE_MARKS 2

/*
 What nhi_lifecycle_next_deadline gives if nothing happens by itself.
 */
#define NHI_NEVER INT64_MAX

/*
 How a call ended. The numbers are fixed; new ones may come.
 */
typedef enum nhi_status {
    /*
     Done; outputs are written.
     */
    NHI_OK = 0,
    /*
     `input_too_large`: an input is larger than a documented limit.
     */
    NHI_ERR_INPUT_TOO_LARGE = 1,
    /*
     `invalid_argument`: an argument or a field of a policy is not acceptable.
     */
    NHI_ERR_INVALID_ARGUMENT = 2,
    /*
     `invalid_json`: a text is not the JSON that was asked for.
     */
    NHI_ERR_INVALID_JSON = 3,
    /*
     `invalid_pepper`: a pepper could not be read.
     */
    NHI_ERR_INVALID_PEPPER = 4,
    /*
     `invalid_time`: a time could not be read.
     */
    NHI_ERR_INVALID_TIME = 5,
    /*
     `not_canonical`: a number is beyond ±(2^53-1), or no integer, where something is hashed.
     */
    NHI_ERR_NOT_CANONICAL = 6,
    /*
     `state_corrupt`: saved state is damaged.
     */
    NHI_ERR_STATE_CORRUPT = 7,
    /*
     `state_version`: saved state has a format that this build can't read.
     */
    NHI_ERR_STATE_VERSION = 8,
    /*
     `unreadable`: a container or a ledger is broken.
     */
    NHI_ERR_UNREADABLE = 9,
    /*
     `rejected`: the lifecycle refused a command; nhi_error_guard says which guard.
     */
    NHI_ERR_REJECTED = 50,
    /*
     `null_pointer`: a pointer that must not be NULL was.
     */
    NHI_ERR_NULL_POINTER = 100,
    /*
     `panic`: a fault of the library. The objects that the call was to change answer so from then on: free them.
     */
    NHI_ERR_PANIC = 101,
    /*
     `not_built`: the library was built without the room that the function belongs to.
     */
    NHI_ERR_NOT_BUILT = 102,
    /*
     An error of the engine that has no number here yet; nhi_error_code names it.
     */
    NHI_ERR_OTHER = 199,
} nhi_status;

/*
 The answer to a request, from mildest to hardest.
 */
typedef enum nhi_outcome {
    /*
     It may go through.
     */
    NHI_ALLOW = 0,
    /*
     It may go through once the caller has given more proof, or somebody has agreed.
     */
    NHI_STEP_UP = 1,
    /*
     It may not.
     */
    NHI_DENY = 2,
} nhi_outcome;

/*
 How far a score is over its threshold.
 */
typedef enum nhi_band {
    /*
     Not over it.
     */
    NHI_BAND_NONE = 0,
    /*
     Over the threshold of the alert budget.
     */
    NHI_BAND_NOTABLE = 1,
    /*
     Over the threshold of a tenth of the budget.
     */
    NHI_BAND_SEVERE = 2,
} nhi_band;

/*
 Whether a baseline can be relied on.
 */
typedef enum nhi_trust {
    /*
     Enough, recent, and of one workload.
     */
    NHI_TRUST_OK = 0,
    /*
     Under 14 days or 50 activities.
     */
    NHI_TRUST_LEARNING = 1,
    /*
     Several workloads behind one credential: there is no one normal.
     */
    NHI_TRUST_SHARED = 2,
    /*
     No activity for 60 days.
     */
    NHI_TRUST_STALE = 3,
} nhi_trust;

/*
 How sure a rule is, as a word.
 */
typedef enum nhi_level {
    /*
     Below 0.4.
     */
    NHI_LOW = 0,
    /*
     From 0.4.
     */
    NHI_MEDIUM = 1,
    /*
     From 0.75.
     */
    NHI_HIGH = 2,
} nhi_level;

/*
 Decides under one policy. Read only: any number of threads may ask it at once.
 */
typedef struct nhi_authorizer nhi_authorizer;

/*
 What is normal for each credential. Calls that take it without `const` change it: one at a time.
 */
typedef struct nhi_baseline nhi_baseline;

/*
 Bytes or a text made by the library, such as JSON or saved state. Read only. Wiped when it is freed.
 */
typedef struct nhi_bytes nhi_bytes;

/*
 A decision and all that it was made from. Read only.
 */
typedef struct nhi_decision nhi_decision;

/*
 Why the last call that was given this object failed. Belongs to the caller: one for each thread is enough.
 */
typedef struct nhi_error nhi_error;

/*
 Findings of one scan, by their start, without overlaps.
 */
typedef struct nhi_findings nhi_findings;

/*
 Records from many sources. Calls that take it without `const` change it: one at a time.
 */
typedef struct nhi_inventory nhi_inventory;

/*
 A chain of its own, for decisions that are no part of a lifecycle's. Calls that take it without `const` change it: one
 at a time.
 */
typedef struct nhi_ledger nhi_ledger;

/*
 The machine over many credentials, and its ledger. Calls that take it without `const` change it: one at a time.
 Store what nhi_lifecycle_take_ledger gives after every change, before doing any effect.
 */
typedef struct nhi_lifecycle nhi_lifecycle;

/*
 The host's key for fingerprints. Read only: any number of threads may use it. What was made with it keeps its own
 hold on it, so it may be freed before.
 */
typedef struct nhi_pepper nhi_pepper;

/*
 Replaces secrets by their previews. Read only, as nhi_scanner.
 */
typedef struct nhi_redactor nhi_redactor;

/*
 The whole estate at one time. Read only.
 */
typedef struct nhi_report nhi_report;

/*
 Finds credentials in bytes. Read only: any number of threads may scan with it at once. Keeps nothing of what it
 scanned.
 */
typedef struct nhi_scanner nhi_scanner;

/*
 A score with its reasons, to read, and to hand to nhi_authorizer_authorize. Read only.
 */
typedef struct nhi_scored nhi_scored;

/*
 A scan of input that arrives in pieces: any cutting gives the findings of the whole. Keeps at most 100 KiB of it, and
 wipes them. Calls that take it without `const` change it: one at a time.
 */
typedef struct nhi_stream nhi_stream;

/*
 A text that belongs to somebody else: UTF-8, not terminated, no owner. `data` is NULL for a text that is absent.
 */
typedef struct nhi_str {
    /*
     First byte.
     */
    const char *data;
    /*
     Number of bytes.
     */
    size_t len;
} nhi_str;

/*
 One export or log.
 */
typedef struct nhi_file {
    /*
     Its name, for provenance and problems.
     */
    struct nhi_str name;
    /*
     Its bytes.
     */
    const uint8_t *data;
    /*
     Number of bytes.
     */
    size_t len;
    /*
     Whether it lists all that its source holds: 0 for a part.
     */
    uint32_t full;
} nhi_file;

/*
 What the host has read. All zeros is nothing; every part is optional. JSON texts are arrays.
 */
typedef struct nhi_inputs {
    /*
     Exports and logs, `files_len` of them.
     */
    const struct nhi_file *files;
    /*
     Number of files.
     */
    size_t files_len;
    /*
     Findings of scans, as nhi_findings_json gives them.
     */
    struct nhi_str findings;
    /*
     Activities.
     */
    struct nhi_str activities;
    /*
     Observations `{"record": …, "provenance": …}`.
     */
    struct nhi_str records;
    /*
     Lifecycle commands `{"at": …, "command": …}`.
     */
    struct nhi_str commands;
    /*
     What the host could not read itself, as the report's `problems`.
     */
    struct nhi_str problems;
    /*
     Checkpoint `{"seq", "hash"}` of the ledger, if one was anchored.
     */
    struct nhi_str checkpoint;
    /*
     Ledger of an earlier assessment.
     */
    const uint8_t *ledger;
    /*
     Its bytes.
     */
    size_t ledger_len;
    /*
     Saved baseline of an earlier assessment.
     */
    const uint8_t *baseline;
    /*
     Its bytes.
     */
    size_t baseline_len;
    /*
     Whether secrets were searched for at all, findings or not: 0 for no.
     */
    uint32_t searched;
} nhi_inputs;

/*
 A request. All zeros is one of which nothing is known; only the action is needed. What is not here (proofs,
 approvals, delegation, windows) is in the JSON form.
 */
typedef struct nhi_request {
    /*
     The host's id of the call.
     */
    struct nhi_str id;
    /*
     Who acts.
     */
    struct nhi_str identity;
    /*
     The credential presented: its id, or the provider's id of the version. Never the secret.
     */
    struct nhi_str credential;
    /*
     Keyed digest of the secret presented.
     */
    struct nhi_str fingerprint;
    /*
     The software that acts.
     */
    struct nhi_str workload;
    /*
     What it wants to do, `service:operation`.
     */
    struct nhi_str action;
    /*
     What it wants to do it to.
     */
    struct nhi_str destination;
    /*
     Declared purpose.
     */
    struct nhi_str purpose;
    /*
     Declared task.
     */
    struct nhi_str task;
    /*
     The lease under which it acts.
     */
    struct nhi_str lease;
} nhi_request;

/*
 A decision, flat. The texts are valid until the decision is freed.
 */
typedef struct nhi_answer {
    /*
     The answer that binds.
     */
    enum nhi_outcome outcome;
    /*
     The answer without observe mode.
     */
    enum nhi_outcome verdict;
    /*
     Id of the decision.
     */
    struct nhi_str id;
    /*
     Code of the first reason; absent if there was nothing to say.
     */
    struct nhi_str reason;
    /*
     The same as a sentence.
     */
    struct nhi_str text;
} nhi_answer;

/*
 One log record of a credential's use. All zeros is an activity about which nothing is known; time and credential are
 needed. Fields as in the JSON form (docs: activities).
 */
typedef struct nhi_activity {
    /*
     When, in milliseconds since 1970 UTC.
     */
    int64_t time;
    /*
     Sum of NHI_HAS_… and NHI_EPHEMERAL.
     */
    uint32_t flags;
    /*
     One of NHI_OUTCOME_….
     */
    uint32_t outcome;
    /*
     The log's own id of the record; repeats are not learned twice.
     */
    struct nhi_str id;
    /*
     The host's own customer; holds no `/`.
     */
    struct nhi_str tenant;
    /*
     Public id of the credential, never the secret.
     */
    struct nhi_str credential;
    /*
     Who acted.
     */
    struct nhi_str identity;
    /*
     The software that used it.
     */
    struct nhi_str workload;
    /*
     Role of an ephemeral credential.
     */
    struct nhi_str role;
    /*
     Peer group.
     */
    struct nhi_str group;
    /*
     Declared purpose.
     */
    struct nhi_str purpose;
    /*
     Declared task.
     */
    struct nhi_str task;
    /*
     What the call did, `service:operation`.
     */
    struct nhi_str action;
    /*
     What it was done to.
     */
    struct nhi_str destination;
    /*
     Account touched.
     */
    struct nhi_str account;
    /*
     Region touched.
     */
    struct nhi_str region;
    /*
     Address of the caller.
     */
    struct nhi_str source_ip;
    /*
     Country of the caller.
     */
    struct nhi_str country;
    /*
     Family of the user agent.
     */
    struct nhi_str user_agent;
    /*
     Session.
     */
    struct nhi_str session;
    /*
     Names of context windows, `context_len` of them.
     */
    const struct nhi_str *context;
    /*
     Number of context windows.
     */
    size_t context_len;
    /*
     Bytes moved, both ways.
     */
    uint64_t bytes;
    /*
     Model tokens used.
     */
    uint64_t tokens;
    /*
     Autonomous system of the caller.
     */
    uint32_t asn;
    /*
     0 (public) to 3 (most).
     */
    uint32_t sensitivity;
} nhi_activity;

/*
 A score without its reasons.
 */
typedef struct nhi_score {
    /*
     Sum of surprisals in decades, 0 to 120.
     */
    double score;
    /*
     Time of the activity, in milliseconds since 1970 UTC.
     */
    int64_t time;
    /*
     Sum of NHI_SCORE_… constants.
     */
    uint32_t flags;
    /*
     How far over the threshold.
     */
    enum nhi_band band;
    /*
     Whether the baseline can be relied on.
     */
    enum nhi_trust trust;
    /*
     In a batch, whether this one could be scored: else all else is 0. Otherwise NHI_OK.
     */
    enum nhi_status status;
    /*
     Whether it is over the threshold.
     */
    bool alert;
} nhi_score;

/*
 The epoch by which subjects are judged.
 */
typedef struct nhi_epoch {
    /*
     Its number, from 0: it was closed so many times.
     */
    uint64_t number;
    /*
     UTC day that it was closed for, counted from 1970-01-01; INT64_MIN if none was ever closed.
     */
    int64_t day;
    /*
     False alerts per identity-week that its thresholds aim at.
     */
    double budget;
} nhi_epoch;

/*
 A credential seen in bytes. Its texts are valid until the findings are freed; nhi_findings_json has the rest.
 */
typedef struct nhi_finding {
    /*
     First byte of the secret, counted from the first scanned.
     */
    uint64_t start;
    /*
     One past its last byte.
     */
    uint64_t end;
    /*
     Line of the first byte, from 1.
     */
    uint64_t line;
    /*
     Column of the first byte in bytes, from 1.
     */
    uint64_t column;
    /*
     How sure the rule is, 0 to 1.
     */
    double confidence;
    /*
     The confidence as a word.
     */
    enum nhi_level level;
    /*
     Whether it is a secret: not a public identifier, a publishable key or a hash.
     */
    bool secret;
    /*
     Stable id of the rule, such as `github.personal-access-token-classic`.
     */
    struct nhi_str rule;
    /*
     Marker, `…` and the last four characters; nothing of a short value.
     */
    struct nhi_str preview;
    /*
     Keyed digest of the secret; absent without a pepper.
     */
    struct nhi_str fingerprint;
} nhi_finding;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Version of the library as it runs, `major.minor.patch`, for comparison with `NHI_VERSION` of the header. Static.
 */
const char *nhi_version(void);

/*
 Which adapters know the shape of these bytes, best first, as a JSON array of `{"adapter", "confidence", "why"}`. `name`
 is a hint.
 */
enum nhi_status nhi_detect(const char *name,
                           size_t name_len,
                           const uint8_t *data,
                           size_t len,
                           struct nhi_bytes **out,
                           struct nhi_error *err);

/*
 Reads one export or log and gives what could be read and what could not as JSON: `{"adapter", "plane", "lists",
 "taken_at", "issuer", "items", "problems", "rows"}`. `name` is for provenance and problems; `read_at` stands in where
 the export carries no time; `pepper` may be NULL, then secrets met are dropped without a fingerprint; `adapter` is the
 id of one (nhi_detect), NULL: the best one detected. NHI_ERR_UNREADABLE if no adapter knows the bytes.
 */
enum nhi_status nhi_parse(const char *name,
                          size_t name_len,
                          const uint8_t *data,
                          size_t len,
                          int64_t read_at,
                          const struct nhi_pepper *pepper,
                          const char *adapter,
                          size_t adapter_len,
                          struct nhi_bytes **out,
                          struct nhi_error *err);

/*
 Assesses an estate at `now`. `pepper` may be NULL; `policy` is JSON, NULL or no bytes for the defaults. What could not
 be read of the inputs is in the report. Free it with nhi_report_free.
 */
enum nhi_status nhi_assess(const struct nhi_inputs *inputs,
                           const struct nhi_pepper *pepper,
                           const char *policy,
                           size_t policy_len,
                           int64_t now,
                           struct nhi_report **out,
                           struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_report_free(struct nhi_report *report);

/*
 The report as one JSON document, without ledger and baseline.
 */
enum nhi_status nhi_report_json(const struct nhi_report *report,
                                struct nhi_bytes **out,
                                struct nhi_error *err);

/*
 The report for a person with time, in Markdown.
 */
enum nhi_status nhi_report_markdown(const struct nhi_report *report,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 The report as one page, for a person who has no time. It holds all it needs: no network, no script to read it.
 */
enum nhi_status nhi_report_html(const struct nhi_report *report,
                                struct nhi_bytes **out,
                                struct nhi_error *err);

/*
 The report's findings as SARIF 2.1.0.
 */
enum nhi_status nhi_report_sarif(const struct nhi_report *report,
                                 struct nhi_bytes **out,
                                 struct nhi_error *err);

/*
 What matters most, for a terminal.
 */
enum nhi_status nhi_report_first_screen(const struct nhi_report *report,
                                        struct nhi_bytes **out,
                                        struct nhi_error *err);

/*
 The ledger as JSON lines, to be stored and passed in next time.
 */
enum nhi_status nhi_report_ledger(const struct nhi_report *report,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 The saved baseline, to be stored and passed in next time.
 */
enum nhi_status nhi_report_baseline(const struct nhi_report *report,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 An authorizer. `policy` is JSON; NULL or no bytes for the defaults. Free it with nhi_authorizer_free.
 */
enum nhi_status nhi_authorizer_new(const char *policy,
                                   size_t len,
                                   struct nhi_authorizer **out,
                                   struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_authorizer_free(struct nhi_authorizer *authorizer);

/*
 Decides on a request at `now`. `lifecycle` and `score` may be NULL: not asked. `credential` is the id under which the
 lifecycle knows it (see nhi_inventory_resolve); NULL: as the request says. Free the decision with nhi_decision_free.
 */
enum nhi_status nhi_authorizer_authorize(const struct nhi_authorizer *authorizer,
                                         const struct nhi_request *request,
                                         const struct nhi_lifecycle *lifecycle,
                                         const char *credential,
                                         size_t credential_len,
                                         const struct nhi_scored *score,
                                         int64_t now,
                                         struct nhi_decision **out,
                                         struct nhi_error *err);

/*
 As nhi_authorizer_authorize, from AuthZEN's JSON. `pepper` may be NULL; with it a token in the request is turned into
 its fingerprint.
 */
enum nhi_status nhi_authorizer_authorize_json(const struct nhi_authorizer *authorizer,
                                              const char *request,
                                              size_t len,
                                              const struct nhi_pepper *pepper,
                                              const struct nhi_lifecycle *lifecycle,
                                              const char *credential,
                                              size_t credential_len,
                                              const struct nhi_scored *score,
                                              int64_t now,
                                              struct nhi_decision **out,
                                              struct nhi_error *err);

/*
 Makes a stored decision (the JSON of nhi_decision_record) again and compares: `"same"`, `"input_differs"`,
 `"policy_differs"` or `{"differs": {"now": …}}`.
 */
enum nhi_status nhi_authorizer_replay(const struct nhi_authorizer *authorizer,
                                      const char *record,
                                      size_t len,
                                      struct nhi_bytes **out,
                                      struct nhi_error *err);

/*
 The decision, flat.
 */
enum nhi_status nhi_decision_answer(const struct nhi_decision *decision,
                                    struct nhi_answer *out,
                                    struct nhi_error *err);

/*
 The answer in AuthZEN's JSON.
 */
enum nhi_status nhi_decision_authzen(const struct nhi_decision *decision,
                                     struct nhi_bytes **out,
                                     struct nhi_error *err);

/*
 The ledger's event of the decision as JSON, for nhi_ledger_record.
 */
enum nhi_status nhi_decision_event(const struct nhi_decision *decision,
                                   struct nhi_bytes **out,
                                   struct nhi_error *err);

/*
 The whole record as JSON, to store and to replay.
 */
enum nhi_status nhi_decision_record(const struct nhi_decision *decision,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_decision_free(struct nhi_decision *decision);

/*
 An empty baseline. `budget` is the false alerts per identity-week that thresholds aim at, 1e-6 to 1e6 (usually 0.1); 0
 gives the default. Free it with nhi_baseline_free.
 */
enum nhi_status nhi_baseline_new(double budget,
                                 struct nhi_baseline **out,
                                 struct nhi_error *err);

/*
 As nhi_baseline_new, with the seed of the hashes under which names are kept. Baselines merge only under one seed.
 */
enum nhi_status nhi_baseline_new_seeded(double budget,
                                        uint64_t seed,
                                        struct nhi_baseline **out,
                                        struct nhi_error *err);

/*
 Reads what nhi_baseline_save wrote, in any language. Refuses any other bytes.
 */
enum nhi_status nhi_baseline_load(const uint8_t *data,
                                  size_t len,
                                  struct nhi_baseline **out,
                                  struct nhi_error *err);

/*
 The whole state as bytes: the same content gives the same bytes, in every language.
 */
enum nhi_status nhi_baseline_save(const struct nhi_baseline *baseline,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 A new baseline that holds what `count` others hold, in any order. They stay.
 */
enum nhi_status nhi_baseline_merge(const struct nhi_baseline *const *baselines,
                                   size_t count,
                                   struct nhi_baseline **out,
                                   struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_baseline_free(struct nhi_baseline *baseline);

/*
 Scores an activity and learns from it. `whole` may be NULL; else it gets the score with its reasons, to be freed with
 nhi_scored_free.
 */
enum nhi_status nhi_baseline_score(struct nhi_baseline *baseline,
                                   const struct nhi_activity *activity,
                                   struct nhi_score *out,
                                   struct nhi_scored **whole,
                                   struct nhi_error *err);

/*
 As nhi_baseline_score, from the JSON form.
 */
enum nhi_status nhi_baseline_score_json(struct nhi_baseline *baseline,
                                        const char *activity,
                                        size_t len,
                                        struct nhi_score *out,
                                        struct nhi_scored **whole,
                                        struct nhi_error *err);

/*
 Scores without learning: for a decision before the call is made.
 */
enum nhi_status nhi_baseline_peek(const struct nhi_baseline *baseline,
                                  const struct nhi_activity *activity,
                                  struct nhi_score *out,
                                  struct nhi_scored **whole,
                                  struct nhi_error *err);

/*
 Scores `count` activities in order into the `count` places at `out`, and learns from them. One that can't be scored
 has its status in its place and stops nothing. A batch lies within one UTC day: see nhi_baseline_closing_due.
 */
enum nhi_status nhi_baseline_score_batch(struct nhi_baseline *baseline,
                                         const struct nhi_activity *activities,
                                         size_t count,
                                         struct nhi_score *out,
                                         struct nhi_error *err);

/*
 Whether an activity at `at` belongs to a later UTC day than the epoch was closed for: then close it first.
 */
enum nhi_status nhi_baseline_closing_due(struct nhi_baseline *baseline,
                                         int64_t at,
                                         bool *out,
                                         struct nhi_error *err);

/*
 Ends the epoch before the UTC day of `at`: thresholds and priors are made anew.
 */
enum nhi_status nhi_baseline_close_epoch(struct nhi_baseline *baseline,
                                         int64_t at,
                                         struct nhi_error *err);

/*
 The epoch in force.
 */
enum nhi_status nhi_baseline_epoch(const struct nhi_baseline *baseline,
                                   struct nhi_epoch *out,
                                   struct nhi_error *err);

/*
 Changes the alert budget, as in nhi_baseline_new (without a default): thresholds follow at once.
 */
enum nhi_status nhi_baseline_set_budget(struct nhi_baseline *baseline,
                                        double budget,
                                        struct nhi_error *err);

/*
 Closes the open alert of a subject (`tenant/credential`; see the field `subject` of a score); `accept` says that what
 was seen was right. `known` tells whether there is such a subject.
 */
enum nhi_status nhi_baseline_close_alert(struct nhi_baseline *baseline,
                                         const char *subject,
                                         size_t len,
                                         bool accept,
                                         bool *known,
                                         struct nhi_error *err);

/*
 Alerts counted for a subject, once an hour. If `known` is false there is no such subject, and `alerts` is 0.
 */
enum nhi_status nhi_baseline_alerts(const struct nhi_baseline *baseline,
                                    const char *subject,
                                    size_t len,
                                    uint32_t *alerts,
                                    bool *known,
                                    struct nhi_error *err);

/*
 Scores from which an activity of the subject is notable, and severe. If `known` is false there is no such subject, and
 both are 0.
 */
enum nhi_status nhi_baseline_thresholds(const struct nhi_baseline *baseline,
                                        const char *subject,
                                        size_t len,
                                        double *notable,
                                        double *severe,
                                        bool *known,
                                        struct nhi_error *err);

/*
 Number of subjects; 0 for NULL.
 */
size_t nhi_baseline_len(const struct nhi_baseline *baseline);

/*
 The score with its reasons as JSON.
 */
enum nhi_status nhi_scored_json(const struct nhi_scored *scored,
                                struct nhi_bytes **out,
                                struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_scored_free(struct nhi_scored *scored);

/*
 A scanner over the whole catalogue: some hundred microseconds. `flags` is the sum of NHI_SCAN_… constants; `pepper`
 may be NULL, then findings have no fingerprints. Free it with nhi_scanner_free.
 */
enum nhi_status nhi_scanner_new(uint32_t flags,
                                const struct nhi_pepper *pepper,
                                struct nhi_scanner **out,
                                struct nhi_error *err);

/*
 Frees; NULL is fine. Findings and redactors made with it stay.
 */
void nhi_scanner_free(struct nhi_scanner *scanner);

/*
 Scans `len` bytes at `data`, which may hold anything, NUL included, and are not kept. Free the findings with
 nhi_findings_free.
 */
enum nhi_status nhi_scanner_scan(const struct nhi_scanner *scanner,
                                 const uint8_t *data,
                                 size_t len,
                                 struct nhi_findings **out,
                                 struct nhi_error *err);

/*
 As nhi_scanner_scan, for a file: findings carry `path`, and the path is context (a test holds samples).
 */
enum nhi_status nhi_scanner_scan_file(const struct nhi_scanner *scanner,
                                      const char *path,
                                      size_t path_len,
                                      const uint8_t *data,
                                      size_t len,
                                      struct nhi_findings **out,
                                      struct nhi_error *err);

/*
 Starts a scan. `path` is as in nhi_scanner_scan_file; NULL: there is none. The scanner may be freed before the stream.
 Free it with nhi_stream_free.
 */
enum nhi_status nhi_stream_new(const struct nhi_scanner *scanner,
                               const char *path,
                               size_t path_len,
                               struct nhi_stream **out,
                               struct nhi_error *err);

/*
 Takes the next piece and gives the findings that no later piece can change. Positions are counted from the first byte
 of the first piece. Free the findings with nhi_findings_free.
 */
enum nhi_status nhi_stream_push(struct nhi_stream *stream,
                                const uint8_t *data,
                                size_t len,
                                struct nhi_findings **out,
                                struct nhi_error *err);

/*
 Ends the input and gives the remaining findings. After it the stream can only be freed.
 */
enum nhi_status nhi_stream_finish(struct nhi_stream *stream,
                                  struct nhi_findings **out,
                                  struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_stream_free(struct nhi_stream *stream);

/*
 Number of findings; 0 for NULL.
 */
size_t nhi_findings_len(const struct nhi_findings *findings);

/*
 The first of them, in one array; NULL if there are none. Valid until they are freed.
 */
const struct nhi_finding *nhi_findings_data(const struct nhi_findings *findings);

/*
 All that is known of them as a JSON array: reasons, attributes, parts, alternatives.
 */
enum nhi_status nhi_findings_json(const struct nhi_findings *findings,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 Frees them with their texts; NULL is fine.
 */
void nhi_findings_free(struct nhi_findings *findings);

/*
 A redactor that asks `scanner`, which may be freed before it. Make the scanner without NHI_SCAN_IGNORE_MARKS if the
 bytes come from others. Free it with nhi_redactor_free.
 */
enum nhi_status nhi_redactor_new(const struct nhi_scanner *scanner,
                                 struct nhi_redactor **out,
                                 struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_redactor_free(struct nhi_redactor *redactor);

/*
 The bytes with every finding of level medium or high replaced by its preview.
 */
enum nhi_status nhi_redactor_redact(const struct nhi_redactor *redactor,
                                    const uint8_t *data,
                                    size_t len,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 Explains one token as JSON: what it is, whose, for what, until when, and how to revoke it. `pepper` may be NULL.
 */
enum nhi_status nhi_inspect(const uint8_t *token,
                            size_t len,
                            const struct nhi_pepper *pepper,
                            struct nhi_bytes **out,
                            struct nhi_error *err);

/*
 A decoy of a rule's first shape: its shape and checksum are right, and it opens nothing. One seed gives one decoy.
 */
enum nhi_status nhi_mint(const char *rule,
                         size_t len,
                         uint64_t seed,
                         struct nhi_bytes **out,
                         struct nhi_error *err);

/*
 As nhi_mint, of the rule's shape number `shape`, counted from 0.
 */
enum nhi_status nhi_mint_shape(const char *rule,
                               size_t len,
                               size_t shape,
                               uint64_t seed,
                               struct nhi_bytes **out,
                               struct nhi_error *err);

/*
 An empty inventory. Free it with nhi_inventory_free.
 */
enum nhi_status nhi_inventory_new(struct nhi_inventory **out, struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_inventory_free(struct nhi_inventory *inventory);

/*
 Observes snapshots, a JSON array of `{"snapshot": …, "observations": […]}`, and gives `{"replaced", "stale",
 "ambiguities"}`. A snapshot replaces an older one of its source.
 */
enum nhi_status nhi_inventory_observe(struct nhi_inventory *inventory,
                                      const char *snapshots,
                                      size_t len,
                                      struct nhi_bytes **out,
                                      struct nhi_error *err);

/*
 Folds activities (a JSON array) into the use of their credentials.
 */
enum nhi_status nhi_inventory_observe_activities(struct nhi_inventory *inventory,
                                                 const char *activities,
                                                 size_t len,
                                                 struct nhi_error *err);

/*
 Id of the credential that is known under an id, an external id or a fingerprint; absent if none is. The text is valid
 until the inventory is next changed or freed.
 */
enum nhi_status nhi_inventory_resolve(const struct nhi_inventory *inventory,
                                      const char *key,
                                      size_t len,
                                      struct nhi_str *out,
                                      struct nhi_error *err);

/*
 All credentials as a JSON array, by id, with what was inherited, conflicts and use.
 */
enum nhi_status nhi_inventory_credentials(const struct nhi_inventory *inventory,
                                          struct nhi_bytes **out,
                                          struct nhi_error *err);

/*
 All identities as a JSON array, by id.
 */
enum nhi_status nhi_inventory_identities(const struct nhi_inventory *inventory,
                                         struct nhi_bytes **out,
                                         struct nhi_error *err);

/*
 The owners directory as a JSON array, by kind and id.
 */
enum nhi_status nhi_inventory_owners(const struct nhi_inventory *inventory,
                                     struct nhi_bytes **out,
                                     struct nhi_error *err);

/*
 The sightings as a JSON array, and the credential that each is of.
 */
enum nhi_status nhi_inventory_sightings(const struct nhi_inventory *inventory,
                                        struct nhi_bytes **out,
                                        struct nhi_error *err);

/*
 Every merge that was refused, as a JSON array.
 */
enum nhi_status nhi_inventory_ambiguities(const struct nhi_inventory *inventory,
                                          struct nhi_bytes **out,
                                          struct nhi_error *err);

/*
 A credential by anything that nhi_inventory_resolve knows, as JSON; `null` if none is known under it.
 */
enum nhi_status nhi_inventory_credential(const struct nhi_inventory *inventory,
                                         const char *key,
                                         size_t len,
                                         struct nhi_bytes **out,
                                         struct nhi_error *err);

/*
 The whole state as bytes: the same content gives the same bytes, in every language.
 */
enum nhi_status nhi_inventory_save(const struct nhi_inventory *inventory,
                                   struct nhi_bytes **out,
                                   struct nhi_error *err);

/*
 Reads what nhi_inventory_save wrote, in any language. Refuses any other bytes.
 */
enum nhi_status nhi_inventory_load(const uint8_t *state,
                                   size_t len,
                                   struct nhi_inventory **out,
                                   struct nhi_error *err);

/*
 Where sources disagree at `now`, as a JSON array.
 */
enum nhi_status nhi_inventory_drift(const struct nhi_inventory *inventory,
                                    int64_t now,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 What to do about it, most urgent first, as a JSON array. Nothing happens until a host does it.
 */
enum nhi_status nhi_inventory_plan(const struct nhi_inventory *inventory,
                                   int64_t now,
                                   struct nhi_bytes **out,
                                   struct nhi_error *err);

/*
 A chain without entries; or one that goes on after a checkpoint (JSON `{"seq", "hash"}`) if the lines before are
 elsewhere: NULL or no bytes if not. Free it with nhi_ledger_free.
 */
enum nhi_status nhi_ledger_new(const char *after,
                               size_t len,
                               struct nhi_ledger **out,
                               struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_ledger_free(struct nhi_ledger *ledger);

/*
 The checkpoint `{"seq", "hash"}` of the last entry: what to sign or anchor outside.
 */
enum nhi_status nhi_ledger_head(const struct nhi_ledger *ledger,
                                struct nhi_bytes **out,
                                struct nhi_error *err);

/*
 The lines since they were last taken, or all. They stay.
 */
enum nhi_status nhi_ledger_lines(const struct nhi_ledger *ledger,
                                 struct nhi_bytes **out,
                                 struct nhi_error *err);

/*
 As nhi_ledger_lines; the lines are the host's from now on, only the head is kept.
 */
enum nhi_status nhi_ledger_take(struct nhi_ledger *ledger,
                                struct nhi_bytes **out,
                                struct nhi_error *err);

/*
 Adds a decision about one call: `event` is what nhi_decision_event gives, `cmd_id` the host's id of the call, `actor`
 who decided. `out`, which may be NULL, gets the entry as JSON, with its hashes and the `line` to store.
 */
enum nhi_status nhi_ledger_record(struct nhi_ledger *ledger,
                                  const char *credential,
                                  size_t credential_len,
                                  const char *cmd_id,
                                  size_t cmd_id_len,
                                  const char *actor,
                                  size_t actor_len,
                                  int64_t at,
                                  const char *event,
                                  size_t event_len,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 Checks a ledger (JSON lines) from its first entry. `checkpoint` is JSON; NULL or no bytes if there is none: then a
 cut tail does not show. `holds` says whether nothing is wrong; `out`, which may be NULL, what: `{"entries", "head",
 "fault", "anchored"}`. A broken ledger is an answer, not an error.
 */
enum nhi_status nhi_ledger_verify(const uint8_t *ledger,
                                  size_t len,
                                  const char *checkpoint,
                                  size_t checkpoint_len,
                                  bool *holds,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 The states that a ledger tells, as a JSON object by credential. NHI_ERR_UNREADABLE names its first fault.
 */
enum nhi_status nhi_ledger_replay(const uint8_t *ledger,
                                  size_t len,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 A machine without credentials. `policy` is JSON; NULL or no bytes for the defaults. Free it with nhi_lifecycle_free.
 */
enum nhi_status nhi_lifecycle_new(const char *policy,
                                  size_t len,
                                  struct nhi_lifecycle **out,
                                  struct nhi_error *err);

/*
 As nhi_lifecycle_new, going on after a ledger (JSON lines, from the first entry), which is verified.
 */
enum nhi_status nhi_lifecycle_resume(const char *policy,
                                     size_t len,
                                     const uint8_t *ledger,
                                     size_t ledger_len,
                                     struct nhi_lifecycle **out,
                                     struct nhi_error *err);

/*
 Frees; NULL is fine.
 */
void nhi_lifecycle_free(struct nhi_lifecycle *lifecycle);

/*
 Applies a command (JSON) at `now` and gives `{"already", "seqs", "entries"}`. A repeated `cmd_id` does nothing and
 says `already`. NHI_ERR_REJECTED if a guard refuses it; timers that were due have run all the same.
 */
enum nhi_status nhi_lifecycle_apply(struct nhi_lifecycle *lifecycle,
                                    const char *command,
                                    size_t len,
                                    int64_t now,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 Runs every timer that is due at `now`. Early and repeated ticks do nothing. Gives what nhi_lifecycle_apply gives.
 */
enum nhi_status nhi_lifecycle_tick(struct nhi_lifecycle *lifecycle,
                                   int64_t now,
                                   struct nhi_bytes **out,
                                   struct nhi_error *err);

/*
 The state of a credential as JSON; `null` if it is not known.
 */
enum nhi_status nhi_lifecycle_state(const struct nhi_lifecycle *lifecycle,
                                    const char *credential,
                                    size_t len,
                                    struct nhi_bytes **out,
                                    struct nhi_error *err);

/*
 State of the version that holds a fingerprint, such as `Active`: a static text, absent if there is no such credential
 or version.
 */
enum nhi_status nhi_lifecycle_state_name(const struct nhi_lifecycle *lifecycle,
                                         const char *credential,
                                         size_t credential_len,
                                         const char *fingerprint,
                                         size_t fingerprint_len,
                                         struct nhi_str *out,
                                         struct nhi_error *err);

/*
 All states as a JSON object, by credential.
 */
enum nhi_status nhi_lifecycle_states(const struct nhi_lifecycle *lifecycle,
                                     struct nhi_bytes **out,
                                     struct nhi_error *err);

/*
 Every effect that was not answered, as a JSON array: what the host has to do.
 */
enum nhi_status nhi_lifecycle_outstanding(const struct nhi_lifecycle *lifecycle,
                                          struct nhi_bytes **out,
                                          struct nhi_error *err);

/*
 The command (JSON) that brings the outcome of an effect back; `null` if the work failed and somebody must do it.
 `outcome` is `{"error", "evidence", "external_id", "fingerprint"}`, each optional; NULL or no bytes: it went well.
 `actor` is who did it, at `at`.
 */
enum nhi_status nhi_effect_answer(const char *effect,
                                  size_t effect_len,
                                  const char *outcome,
                                  size_t outcome_len,
                                  const char *actor,
                                  size_t actor_len,
                                  int64_t at,
                                  struct nhi_bytes **out,
                                  struct nhi_error *err);

/*
 When to tick next; NHI_NEVER if nothing happens by itself. May change after any call.
 */
enum nhi_status nhi_lifecycle_next_deadline(const struct nhi_lifecycle *lifecycle,
                                            int64_t *out,
                                            struct nhi_error *err);

/*
 Adds a decision about one call to the ledger; it changes no state. `credential` is the id, or what the host calls an
 unknown one; `actor` is who decided.
 */
enum nhi_status nhi_lifecycle_record(struct nhi_lifecycle *lifecycle,
                                     const char *credential,
                                     size_t credential_len,
                                     const struct nhi_decision *decision,
                                     const char *actor,
                                     size_t actor_len,
                                     int64_t now,
                                     struct nhi_error *err);

/*
 The ledger's lines since they were last taken, or all. They stay.
 */
enum nhi_status nhi_lifecycle_ledger(const struct nhi_lifecycle *lifecycle,
                                     struct nhi_bytes **out,
                                     struct nhi_error *err);

/*
 As nhi_lifecycle_ledger; the lines are the host's from now on, only the head is kept.
 */
enum nhi_status nhi_lifecycle_take_ledger(struct nhi_lifecycle *lifecycle,
                                          struct nhi_bytes **out,
                                          struct nhi_error *err);

/*
 The ledger's checkpoint `{"seq", "hash"}`: what to sign or anchor outside.
 */
enum nhi_status nhi_lifecycle_checkpoint(const struct nhi_lifecycle *lifecycle,
                                         struct nhi_bytes **out,
                                         struct nhi_error *err);

/*
 A pepper from 32 bytes that the host drew at random. The caller wipes its own copy.
 */
enum nhi_status nhi_pepper_new(const uint8_t *key,
                               size_t len,
                               struct nhi_pepper **out,
                               struct nhi_error *err);

/*
 Reads the file form: `nhi-pepper-1 <id> <64 hex digits>`, and the previous pepper on a second line.
 */
enum nhi_status nhi_pepper_parse(const char *file,
                                 size_t len,
                                 struct nhi_pepper **out,
                                 struct nhi_error *err);

/*
 The file form, for the host to store: the one place where the key is given out.
 */
enum nhi_status nhi_pepper_expose_file(const struct nhi_pepper *pepper,
                                       struct nhi_bytes **out,
                                       struct nhi_error *err);

/*
 The fingerprint of a secret's exact bytes: `hs256:<pepper id>:<digest>`.
 */
enum nhi_status nhi_pepper_fingerprint(const struct nhi_pepper *pepper,
                                       const uint8_t *secret,
                                       size_t len,
                                       struct nhi_bytes **out,
                                       struct nhi_error *err);

/*
 Whether a fingerprint was made of a secret, under the current or the previous pepper.
 */
enum nhi_status nhi_pepper_matches(const struct nhi_pepper *pepper,
                                   const char *fingerprint,
                                   size_t fingerprint_len,
                                   const uint8_t *secret,
                                   size_t len,
                                   bool *out,
                                   struct nhi_error *err);

/*
 The pepper's public id: the first 8 hex digits of SHA-256 over `nhi-pepper-id` and the key. Valid until it is freed.
 */
enum nhi_status nhi_pepper_id(const struct nhi_pepper *pepper,
                              struct nhi_str *out,
                              struct nhi_error *err);

/*
 Wipes and frees; NULL is fine.
 */
void nhi_pepper_free(struct nhi_pepper *pepper);

/*
 The stable code of a status, such as `state_corrupt`: NUL-terminated and static; empty for NHI_OK and for a number
 that is no status.
 */
const char *nhi_status_code(int32_t status);

/*
 An error object without an error, to hand to calls. Never NULL. Free it with nhi_error_free.
 */
struct nhi_error *nhi_error_new(void);

/*
 Frees an error object; NULL is fine.
 */
void nhi_error_free(struct nhi_error *error);

/*
 Status of the last call that failed with this object; NHI_OK if none did. A call that succeeds leaves it alone.
 */
enum nhi_status nhi_error_status(const struct nhi_error *error);

/*
 Its stable code, such as `state_corrupt`: the same in every language. NUL-terminated, empty if there is none;
 valid until the object is used again or freed.
 */
const char *nhi_error_code(const struct nhi_error *error);

/*
 A sentence about it, without content of the input. As nhi_error_code.
 */
const char *nhi_error_text(const struct nhi_error *error);

/*
 The code of the guard that refused a command (NHI_ERR_REJECTED), else empty. As nhi_error_code.
 */
const char *nhi_error_guard(const struct nhi_error *error);

/*
 First byte; a NUL that is not counted follows the last. NULL only for NULL. Valid until `bytes` is freed.
 */
const uint8_t *nhi_bytes_data(const struct nhi_bytes *bytes);

/*
 As nhi_bytes_data, for a text. Without NUL inside if it is JSON.
 */
const char *nhi_bytes_text(const struct nhi_bytes *bytes);

/*
 Number of bytes, without the NUL behind them; 0 for NULL.
 */
size_t nhi_bytes_len(const struct nhi_bytes *bytes);

/*
 Wipes and frees; NULL is fine.
 */
void nhi_bytes_free(struct nhi_bytes *bytes);

/*
 Milliseconds since 1970 UTC of an RFC 3339 time.
 */
enum nhi_status nhi_time_parse(const char *text, size_t len, int64_t *out, struct nhi_error *err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* NHI_H */
