/* The conformance cases in C: prints what nhi-core/vectors/README.md asks for.
 *
 *     conformance cases.tsv [--save DIR | --load DIR]
 */
#include "nhi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Bytes that grow; a NUL that is not counted follows the last. */
typedef struct {
    char *data;
    size_t len, room;
} buf;

static void die(const char *why, const char *what) {
    fprintf(stderr, "conformance: %s: %s\n", why, what);
    exit(2);
}

static void add(buf *to, const void *data, size_t len) {
    if (to->room < to->len + len + 1) {
        to->room = (to->len + len) * 2 + 64;
        to->data = (char *)realloc(to->data, to->room);
        if (to->data == NULL) die("no memory", "");
    }
    if (len > 0) memcpy(to->data + to->len, data, len);
    to->len += len;
    to->data[to->len] = 0;
}

static void add_text(buf *to, const char *text) { add(to, text, strlen(text)); }

static void clear(buf *of) {
    of->len = 0;
    add(of, "", 0);
}

/* ── registers ── */

typedef enum { NONE, VALUE, PEPPER, SCANNER, STREAM, REDACTOR, INVENTORY, BASELINE, SCORED, LIFECYCLE,
               LEDGER, AUTHORIZER, DECISION, REPORT } kind;

typedef struct {
    char name[64];
    kind is;
    void *object;
    buf value;
} kept;

static kept registers[512];

static void drop(kept *of) {
    switch (of->is) {
    case PEPPER: nhi_pepper_free((nhi_pepper *)of->object); break;
    case SCANNER: nhi_scanner_free((nhi_scanner *)of->object); break;
    case STREAM: nhi_stream_free((nhi_stream *)of->object); break;
    case REDACTOR: nhi_redactor_free((nhi_redactor *)of->object); break;
    case INVENTORY: nhi_inventory_free((nhi_inventory *)of->object); break;
    case BASELINE: nhi_baseline_free((nhi_baseline *)of->object); break;
    case SCORED: nhi_scored_free((nhi_scored *)of->object); break;
    case LIFECYCLE: nhi_lifecycle_free((nhi_lifecycle *)of->object); break;
    case LEDGER: nhi_ledger_free((nhi_ledger *)of->object); break;
    case AUTHORIZER: nhi_authorizer_free((nhi_authorizer *)of->object); break;
    case DECISION: nhi_decision_free((nhi_decision *)of->object); break;
    case REPORT: nhi_report_free((nhi_report *)of->object); break;
    case NONE: case VALUE: break;
    }
    of->is = NONE;
    of->object = NULL;
    clear(&of->value);
}

static kept *find(const char *name, int make) {
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        if (strcmp(registers[i].name, name) == 0) return &registers[i];
        if (registers[i].name[0] == 0 && make && strlen(name) < sizeof registers[i].name) {
            strcpy(registers[i].name, name);
            return &registers[i];
        }
    }
    die("no such register", name);
    return NULL;
}

/* The object of a kind in a register; NULL if no register is named. */
static void *object(const char *name, kind is) {
    if (name[0] == 0) return NULL;
    kept *of = find(name, 0);
    if (of->is != is) die("the register holds something else", name);
    return of->object;
}

/* ── cells ── */

/* Fills in what stands between braces; 0 if it is no placeholder. */
static int fill(const char *inside, size_t len, buf *out) {
    char text[4096];
    if (len >= sizeof text) return 0;
    memcpy(text, inside, len);
    text[len] = 0;
    char *part[4] = {text, NULL, NULL, NULL};
    for (int i = 1; i < 4; i++) {
        part[i] = part[i - 1] ? strchr(part[i - 1], ':') : NULL;
        if (part[i]) *part[i]++ = 0;
    }
    if (strcmp(text, "lf") == 0) {
        add_text(out, "\n");
    } else if (strcmp(text, "hex") == 0) {
        for (const char *at = part[1]; at[0] && at[1]; at += 2) {
            char pair[3] = {at[0], at[1], 0}, byte = (char)strtoul(pair, NULL, 16);
            add(out, &byte, 1);
        }
    } else if (strcmp(text, "mint") == 0) {
        nhi_bytes *made = NULL;
        size_t shape = part[3] ? (size_t)strtoull(part[3], NULL, 10) : 0;
        uint64_t seed = strtoull(part[2], NULL, 10);
        if (nhi_mint_shape(part[1], strlen(part[1]), shape, seed, &made, NULL) != NHI_OK) die("mint", part[1]);
        add(out, nhi_bytes_data(made), nhi_bytes_len(made));
        nhi_bytes_free(made);
    } else if (strcmp(text, "repeat") == 0) {
        for (unsigned long n = strtoul(part[1], NULL, 10); n > 0; n--) add_text(out, part[2]);
    } else if (strcmp(text, "keep") == 0) {
        kept *of = find(part[1], 0);
        size_t from = part[2] ? (size_t)strtoull(part[2], NULL, 10) : 0, to = of->value.len;
        if (part[3] && part[3][0]) to = (size_t)strtoull(part[3], NULL, 10);
        add(out, of->value.data + from, to - from);
    } else {
        return 0;
    }
    return 1;
}

static void cell(const char *text, buf *out) {
    clear(out);
    for (const char *brace; (brace = strchr(text, '{')) != NULL;) {
        const char *end = strchr(brace, '}');
        add(out, text, (size_t)(brace - text));
        if (end != NULL && fill(brace + 1, (size_t)(end - brace - 1), out)) {
            text = end + 1;
        } else {
            add_text(out, "{");
            text = brace + 1;
        }
    }
    add_text(out, text);
}

/* ── values ── */

/* What a case gives: JSON to print (raw) or bytes, and perhaps an object to keep. */
static buf json, bytes;
static int has_bytes;

static void add_number(buf *to, double value, const char *token, size_t len) {
    char text[32];
    uint64_t bits;
    memcpy(&bits, &value, 8);
    if (len > 0 && memchr(token, '.', len) == NULL && memchr(token, 'e', len) == NULL) {
        add(to, token, len);
        return;
    }
    int whole = value >= -9007199254740992.0 && value <= 9007199254740992.0 && value == (double)(int64_t)value;
    if (whole) snprintf(text, sizeof text, "%" PRId64, (int64_t)value);
    else snprintf(text, sizeof text, "0x%016" PRIx64, bits);
    add_text(to, text);
}

/* JSON as it is printed: without white space, numbers as integers or bits. */
static void add_json(buf *to, const char *at, size_t len) {
    for (const char *end = at + len; at < end;) {
        const char *from = at;
        if (*at == '"') {
            for (at++; *at != '"'; at++) at += *at == '\\';
            add(to, from, (size_t)(++at - from));
        } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
            at += strspn(at, "+-.0123456789eE");
            add_number(to, strtod(from, NULL), from, (size_t)(at - from));
        } else {
            if (*at != ' ' && *at != '\n') add(to, at, 1);
            at++;
        }
    }
}

/* The value of a member of a JSON object (compact, at its first level), as the place and the length. */
static const char *member(const char *object, const char *name, size_t *len) {
    const char *found = NULL;
    int depth = 0;
    size_t of = strlen(name);
    for (const char *at = object; *at; at++) {
        const char *from = at;
        if (*at == '"') for (at++; *at != '"'; at++) at += *at == '\\';
        if (found && depth == 1 && (*at == ',' || *at == '}')) {
            *len = (size_t)(at - found);
            return found;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        if (!found && depth == 1 && *from == '"' && at[1] == ':' && (size_t)(at - from) == of + 1 &&
            memcmp(from + 1, name, of) == 0)
            found = at++ + 2;
    }
    *len = 0;
    return found;
}

static const char *texts(const buf *of, const char *name, size_t *len) {
    const char *at = member(of->data, name, len);
    if (at == NULL || *at != '"') return NULL;
    *len -= 2;
    return at + 1;
}

/* Takes over bytes of ours: as JSON or as bytes. */
static void take(nhi_bytes *made, int as_json) {
    if (made == NULL) return;
    add(as_json ? &json : &bytes, nhi_bytes_data(made), nhi_bytes_len(made));
    has_bytes |= !as_json;
    nhi_bytes_free(made);
}

static nhi_error *err;
static nhi_status failed;

/* Notes how a call ended, and goes on only if it went well. */
#define DO(call) if ((failed = (call)) != NHI_OK) return NONE
#define TEXT(i) f[i].data, f[i].len
#define DATA(i) (const uint8_t *)f[i].data, f[i].len
#define REG(i, KIND) object(f[i].data, KIND)
#define IS(name) (strcmp(operation, name) == 0)
#define ORDER(name) strncmp(operation, name, strlen(name)) == 0
#define TIME(i) DO(nhi_time_parse(TEXT(i), &at, err))
#define MAKE(KIND, type, call) do { type *made = NULL; DO(call); *out = made; return KIND; } while (0)
#define JSON(call) do { nhi_bytes *made = NULL; DO(call); take(made, 1); return VALUE; } while (0)
#define BYTES(call) do { nhi_bytes *made = NULL; DO(call); take(made, 0); return VALUE; } while (0)
#define BOOL(call) do { bool yes = false; DO(call); add_text(&json, yes ? "true" : "false"); return VALUE; } while (0)
#define FOUND(call) do { nhi_findings *found = NULL; DO(call); nhi_bytes *made = NULL; \
    DO(nhi_findings_json(found, &made, err)); nhi_findings_free(found); take(made, 1); return VALUE; } while (0)

static kind text_or_null(nhi_str text) {
    add_text(&json, text.data ? "\"" : "null");
    add(&json, text.data, text.len);
    add_text(&json, text.data ? "\"" : "");
    return VALUE;
}

/* An activity as a flat struct. Its texts lie in the cell. */
static nhi_activity flat(const buf *of) {
    static const struct { const char *name; size_t at; } FIELDS[] = {
        {"id", offsetof(nhi_activity, id)}, {"tenant", offsetof(nhi_activity, tenant)},
        {"credential", offsetof(nhi_activity, credential)}, {"identity", offsetof(nhi_activity, identity)},
        {"workload", offsetof(nhi_activity, workload)}, {"group", offsetof(nhi_activity, group)},
        {"action", offsetof(nhi_activity, action)}, {"destination", offsetof(nhi_activity, destination)},
        {"account", offsetof(nhi_activity, account)}, {"region", offsetof(nhi_activity, region)},
        {"source_ip", offsetof(nhi_activity, source_ip)}, {"country", offsetof(nhi_activity, country)},
        {"user_agent", offsetof(nhi_activity, user_agent)}};
    nhi_activity out;
    size_t len;
    memset(&out, 0, sizeof out);
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        nhi_str *to = (nhi_str *)(void *)((char *)&out + FIELDS[i].at);
        to->data = texts(of, FIELDS[i].name, &to->len);
        if (to->data == NULL) to->len = 0;
    }
    const char *time = texts(of, "time", &len), *number = member(of->data, "asn", &len);
    if (number) out.asn = (uint32_t)strtoul(number, NULL, 10), out.flags |= NHI_HAS_ASN;
    if ((number = member(of->data, "bytes", &len)) != NULL)
        out.bytes = strtoull(number, NULL, 10), out.flags |= NHI_HAS_BYTES;
    if ((number = member(of->data, "sensitivity", &len)) != NULL)
        out.sensitivity = (uint32_t)strtoul(number, NULL, 10), out.flags |= NHI_HAS_SENSITIVITY;
    if ((number = texts(of, "outcome", &len)) != NULL)
        out.outcome = *number == 'o' ? NHI_OUTCOME_OK : *number == 'd' ? NHI_OUTCOME_DENIED : NHI_OUTCOME_ERROR;
    texts(of, "time", &len);
    if (time && nhi_time_parse(time, len, &out.time, err) != NHI_OK) die("activity", "time");
    return out;
}

static kind scored(nhi_scored *whole, void **out) {
    nhi_bytes *made = NULL;
    *out = whole;
    DO(nhi_scored_json(whole, &made, err));
    take(made, 1);
    return SCORED;
}

/* What was applied, and where the ledger is now. */
static kind told(nhi_lifecycle *machine, nhi_bytes *applied) {
    size_t len;
    nhi_bytes *head = NULL;
    const char *already = member(nhi_bytes_text(applied), "already", &len);
    add_text(&json, "{\"already\":");
    add(&json, already, len);
    const char *seqs = member(nhi_bytes_text(applied), "seqs", &len);
    add_text(&json, ",\"seqs\":");
    add(&json, seqs, len);
    add_text(&json, ",\"head\":");
    nhi_bytes_free(applied);
    DO(nhi_lifecycle_checkpoint(machine, &head, err));
    take(head, 1);
    add_text(&json, "}");
    return VALUE;
}

static kind deadline(int64_t at) {
    char text[40];
    time_t seconds = (time_t)(at / 1000);
    if (at == NHI_NEVER) return add_text(&json, "null"), VALUE;
    size_t len = strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%S", gmtime(&seconds));
    snprintf(text + len, sizeof text - len, ".%03dZ\"", (int)(at % 1000));
    return add_text(&json, text), VALUE;
}

/* ── operations ── */

static kind classify(const char *operation, buf *f, void **out) {
    if (IS("pepper.new")) MAKE(PEPPER, nhi_pepper, nhi_pepper_new(DATA(0), &made, err));
    if (IS("pepper.parse")) MAKE(PEPPER, nhi_pepper, nhi_pepper_parse(TEXT(0), &made, err));
    if (ORDER("pepper.")) {
        const nhi_pepper *pepper = (nhi_pepper *)REG(0, PEPPER);
        nhi_str id;
        if (IS("pepper.expose_file")) BYTES(nhi_pepper_expose_file(pepper, &made, err));
        if (IS("pepper.matches")) BOOL(nhi_pepper_matches(pepper, TEXT(1), DATA(2), &yes, err));
        if (IS("pepper.fingerprint")) {
            nhi_bytes *made = NULL;
            DO(nhi_pepper_fingerprint(pepper, DATA(1), &made, err));
            add_text(&json, "\"");
            take(made, 1);
            return add_text(&json, "\""), VALUE;
        }
        DO(nhi_pepper_id(pepper, &id, err));
        return text_or_null(id);
    }
    if (IS("scanner.new")) {
        uint32_t flags = (strstr(f[0].data, "generic") ? 0 : NHI_SCAN_GENERIC) |
                         (strstr(f[0].data, "ignore_marks") ? 0 : NHI_SCAN_IGNORE_MARKS);
        MAKE(SCANNER, nhi_scanner, nhi_scanner_new(flags, (nhi_pepper *)REG(1, PEPPER), &made, err));
    }
    if (IS("scanner.scan")) FOUND(nhi_scanner_scan((nhi_scanner *)REG(0, SCANNER), DATA(1), &found, err));
    if (IS("scanner.scan_file"))
        FOUND(nhi_scanner_scan_file((nhi_scanner *)REG(0, SCANNER), TEXT(1), DATA(2), &found, err));
    if (IS("scanner.stream")) {
        const char *path = f[1].len > 0 ? f[1].data : NULL;
        MAKE(STREAM, nhi_stream, nhi_stream_new((nhi_scanner *)REG(0, SCANNER), path, f[1].len, &made, err));
    }
    if (IS("stream.push")) FOUND(nhi_stream_push((nhi_stream *)REG(0, STREAM), DATA(1), &found, err));
    if (IS("stream.finish")) FOUND(nhi_stream_finish((nhi_stream *)REG(0, STREAM), &found, err));
    if (IS("redactor.new"))
        MAKE(REDACTOR, nhi_redactor, nhi_redactor_new((nhi_scanner *)REG(0, SCANNER), &made, err));
    if (IS("redactor.redact"))
        BYTES(nhi_redactor_redact((nhi_redactor *)REG(0, REDACTOR), DATA(1), &made, err));
    if (IS("inspect")) JSON(nhi_inspect(DATA(0), (nhi_pepper *)REG(1, PEPPER), &made, err));
    if (IS("mint")) BYTES(nhi_mint(TEXT(0), strtoull(f[1].data, NULL, 10), &made, err));
    if (IS("mint_shape")) {
        size_t shape = (size_t)strtoull(f[1].data, NULL, 10);
        BYTES(nhi_mint_shape(TEXT(0), shape, strtoull(f[2].data, NULL, 10), &made, err));
    }
    die("no such operation", operation);
    return NONE;
}

static kind inventory(const char *operation, buf *f, void **out) {
    int64_t at;
    if (IS("inventory.new")) MAKE(INVENTORY, nhi_inventory, nhi_inventory_new(&made, err));
    if (IS("inventory.load")) MAKE(INVENTORY, nhi_inventory, nhi_inventory_load(DATA(0), &made, err));
    nhi_inventory *of = (nhi_inventory *)REG(0, INVENTORY);
    if (IS("inventory.observe")) {
        static buf both;
        clear(&both);
        add_text(&both, "[{\"snapshot\":");
        add(&both, TEXT(1));
        add_text(&both, ",\"observations\":");
        add(&both, TEXT(2));
        add_text(&both, "}]");
        JSON(nhi_inventory_observe(of, both.data, both.len, &made, err));
    }
    if (IS("inventory.observe_activities")) {
        DO(nhi_inventory_observe_activities(of, TEXT(1), err));
        return add_text(&json, "null"), VALUE;
    }
    if (IS("inventory.credentials")) JSON(nhi_inventory_credentials(of, &made, err));
    if (IS("inventory.identities")) JSON(nhi_inventory_identities(of, &made, err));
    if (IS("inventory.owners")) JSON(nhi_inventory_owners(of, &made, err));
    if (IS("inventory.sightings")) JSON(nhi_inventory_sightings(of, &made, err));
    if (IS("inventory.ambiguities")) JSON(nhi_inventory_ambiguities(of, &made, err));
    if (IS("inventory.credential")) JSON(nhi_inventory_credential(of, TEXT(1), &made, err));
    if (IS("inventory.save")) BYTES(nhi_inventory_save(of, &made, err));
    if (IS("inventory.resolve")) {
        nhi_str id;
        DO(nhi_inventory_resolve(of, TEXT(1), &id, err));
        return text_or_null(id);
    }
    TIME(1);
    if (IS("inventory.drift")) JSON(nhi_inventory_drift(of, at, &made, err));
    if (IS("inventory.plan")) JSON(nhi_inventory_plan(of, at, &made, err));
    die("no such operation", operation);
    return NONE;
}

static kind baseline(const char *operation, buf *f, int count, void **out) {
    int64_t at;
    nhi_score score;
    nhi_scored *whole = NULL;
    if (IS("baseline.new")) {
        double budget = strtod(f[0].data, NULL);
        if (f[1].len == 0) MAKE(BASELINE, nhi_baseline, nhi_baseline_new(budget, &made, err));
        uint64_t seed = strtoull(f[1].data, NULL, 10);
        MAKE(BASELINE, nhi_baseline, nhi_baseline_new_seeded(budget, seed, &made, err));
    }
    if (IS("baseline.load")) MAKE(BASELINE, nhi_baseline, nhi_baseline_load(DATA(0), &made, err));
    if (IS("baseline.merge_all")) {
        const nhi_baseline *all[16];
        for (int i = 0; i < count; i++) all[i] = (nhi_baseline *)REG(i, BASELINE);
        MAKE(BASELINE, nhi_baseline, nhi_baseline_merge(all, (size_t)count, &made, err));
    }
    nhi_baseline *of = (nhi_baseline *)REG(0, BASELINE);
    bool known = false;
    if (IS("baseline.score")) {
        DO(nhi_baseline_score_json(of, TEXT(1), &score, &whole, err));
        return scored(whole, out);
    }
    if (IS("baseline.peek")) {
        nhi_activity activity = flat(&f[1]);
        DO(nhi_baseline_peek(of, &activity, &score, &whole, err));
        return scored(whole, out);
    }
    if (IS("baseline.closing_due")) BOOL(nhi_baseline_closing_due(of, flat(&f[1]).time, &yes, err));
    if (IS("baseline.close_alert"))
        BOOL(nhi_baseline_close_alert(of, TEXT(1), strcmp(f[2].data, "true") == 0, &yes, err));
    if (IS("baseline.alerts")) {
        char text[32];
        uint32_t alerts = 0;
        DO(nhi_baseline_alerts(of, TEXT(1), &alerts, &known, err));
        snprintf(text, sizeof text, "%" PRIu32, alerts);
        return add_text(&json, known ? text : "null"), VALUE;
    }
    if (IS("baseline.thresholds")) {
        double notable = 0, severe = 0;
        char text[80];
        DO(nhi_baseline_thresholds(of, TEXT(1), &notable, &severe, &known, err));
        snprintf(text, sizeof text, "[%.17g,%.17g]", notable, severe);
        return add_text(&json, known ? text : "null"), VALUE;
    }
    if (IS("baseline.len")) {
        char text[32];
        snprintf(text, sizeof text, "%zu", nhi_baseline_len(of));
        return add_text(&json, text), VALUE;
    }
    if (IS("baseline.save")) BYTES(nhi_baseline_save(of, &made, err));
    if (IS("baseline.set_budget")) {
        DO(nhi_baseline_set_budget(of, strtod(f[1].data, NULL), err));
        return add_text(&json, "null"), VALUE;
    }
    if (IS("baseline.close_epoch")) {
        TIME(1);
        DO(nhi_baseline_close_epoch(of, at, err));
        return add_text(&json, "null"), VALUE;
    }
    die("no such operation", operation);
    return NONE;
}

static kind lifecycle(const char *operation, buf *f, void **out) {
    int64_t at;
    if (IS("lifecycle.new")) MAKE(LIFECYCLE, nhi_lifecycle, nhi_lifecycle_new(TEXT(0), &made, err));
    if (IS("lifecycle.resume"))
        MAKE(LIFECYCLE, nhi_lifecycle, nhi_lifecycle_resume(TEXT(0), DATA(1), &made, err));
    if (IS("lifecycle.answer")) {
        static const char *const NAMES[] = {"error", "evidence", "external_id", "fingerprint"};
        static buf outcome;
        clear(&outcome);
        for (int i = 0; i < 4; i++) {
            if (f[3 + i].len == 0) continue;
            add_text(&outcome, outcome.len ? ",\"" : "{\"");
            add_text(&outcome, NAMES[i]);
            add_text(&outcome, "\":\"");
            add(&outcome, TEXT(3 + i));
            add_text(&outcome, "\"");
        }
        add_text(&outcome, outcome.len ? "}" : "{}");
        TIME(2);
        JSON(nhi_effect_answer(TEXT(0), outcome.data, outcome.len, TEXT(1), at, &made, err));
    }
    nhi_lifecycle *of = (nhi_lifecycle *)REG(0, LIFECYCLE);
    nhi_bytes *applied = NULL;
    if (IS("lifecycle.apply")) {
        TIME(2);
        DO(nhi_lifecycle_apply(of, TEXT(1), at, &applied, err));
        return told(of, applied);
    }
    if (IS("lifecycle.tick")) {
        TIME(1);
        DO(nhi_lifecycle_tick(of, at, &applied, err));
        return told(of, applied);
    }
    if (IS("lifecycle.state")) JSON(nhi_lifecycle_state(of, TEXT(1), &made, err));
    if (IS("lifecycle.states")) JSON(nhi_lifecycle_states(of, &made, err));
    if (IS("lifecycle.outstanding")) JSON(nhi_lifecycle_outstanding(of, &made, err));
    if (IS("lifecycle.ledger")) BYTES(nhi_lifecycle_ledger(of, &made, err));
    if (IS("lifecycle.next_deadline")) {
        DO(nhi_lifecycle_next_deadline(of, &at, err));
        return deadline(at);
    }
    if (IS("lifecycle.record")) {
        const nhi_decision *decision = (nhi_decision *)REG(2, DECISION);
        TIME(4);
        DO(nhi_lifecycle_record(of, TEXT(1), decision, TEXT(3), at, err));
        JSON(nhi_lifecycle_checkpoint(of, &made, err));
    }
    die("no such operation", operation);
    return NONE;
}

static kind ledger(const char *operation, buf *f, void **out) {
    int64_t at;
    bool holds;
    if (IS("ledger.new") || IS("ledger.after"))
        MAKE(LEDGER, nhi_ledger, nhi_ledger_new(TEXT(0), &made, err));
    if (IS("ledger.verify")) JSON(nhi_ledger_verify(DATA(0), TEXT(1), &holds, &made, err));
    if (IS("ledger.replay")) JSON(nhi_ledger_replay(DATA(0), &made, err));
    nhi_ledger *of = (nhi_ledger *)REG(0, LEDGER);
    if (IS("ledger.head")) JSON(nhi_ledger_head(of, &made, err));
    if (IS("ledger.lines")) BYTES(nhi_ledger_lines(of, &made, err));
    if (IS("ledger.take")) BYTES(nhi_ledger_take(of, &made, err));
    if (IS("ledger.record")) {
        const nhi_decision *decision = (nhi_decision *)REG(2, DECISION);
        nhi_answer answer;
        nhi_bytes *event = NULL, *entry = NULL;
        TIME(4);
        DO(nhi_decision_answer(decision, &answer, err));
        DO(nhi_decision_event(decision, &event, err));
        failed = nhi_ledger_record(of, TEXT(1), answer.id.data, answer.id.len, TEXT(3), at,
                                   nhi_bytes_text(event), nhi_bytes_len(event), &entry, err);
        nhi_bytes_free(event);
        if (failed != NHI_OK) return NONE;
        nhi_bytes_free(entry);
        JSON(nhi_ledger_head(of, &made, err));
    }
    die("no such operation", operation);
    return NONE;
}

static kind authorizer(const char *operation, buf *f, void **out) {
    int64_t at;
    nhi_bytes *made = NULL;
    if (IS("authorizer.new")) MAKE(AUTHORIZER, nhi_authorizer, nhi_authorizer_new(TEXT(0), &made, err));
    const nhi_authorizer *of = (nhi_authorizer *)REG(0, AUTHORIZER);
    if (IS("authorizer.replay")) {
        const buf *record = &find(f[1].data, 0)->value;
        JSON(nhi_authorizer_replay(of, record->data, record->len, &made, err));
    }
    if (IS("authorizer.authorize")) {
        nhi_decision *decision = NULL;
        TIME(2);
        DO(nhi_authorizer_authorize_json(of, TEXT(1), (nhi_pepper *)REG(6, PEPPER),
                                         (nhi_lifecycle *)REG(3, LIFECYCLE), TEXT(4),
                                         (nhi_scored *)REG(5, SCORED), at, &decision, err));
        *out = decision;
        add_text(&json, "[");
        DO(nhi_decision_authzen(decision, &made, err));
        take(made, 1);
        add_text(&json, ",");
        DO(nhi_decision_record(decision, &made, err));
        take(made, 1);
        add_text(&json, "]");
        return DECISION;
    }
    die("no such operation", operation);
    return NONE;
}

static kind report(const char *operation, buf *f, void **out) {
    const nhi_report *of = (nhi_report *)REG(0, REPORT);
    (void)out;
    if (IS("report.json")) JSON(nhi_report_json(of, &made, err));
    if (IS("report.html")) BYTES(nhi_report_html(of, &made, err));
    if (IS("report.markdown")) BYTES(nhi_report_markdown(of, &made, err));
    if (IS("report.sarif")) BYTES(nhi_report_sarif(of, &made, err));
    if (IS("report.terminal")) BYTES(nhi_report_first_screen(of, &made, err));
    if (IS("report.ledger")) BYTES(nhi_report_ledger(of, &made, err));
    if (IS("report.baseline")) BYTES(nhi_report_baseline(of, &made, err));
    die("no such operation", operation);
    return NONE;
}

static kind assess(buf *f, int count, void **out) {
    int64_t at;
    nhi_inputs inputs;
    nhi_file files[16];
    memset(&inputs, 0, sizeof inputs);
    memset(files, 0, sizeof files);
    inputs.files = files;
    TIME(0);
    for (int i = 3; i < count; i++) {
        char *value = strchr(f[i].data, '=');
        if (value == NULL) die("an input is NAME=VALUE", f[i].data);
        *value++ = 0;
        const char *name = f[i].data;
        size_t len = f[i].len - (size_t)(value - name);
        nhi_str text = {value, len};
        if (strncmp(name, "file:", 5) == 0) {
            nhi_file *file = &files[inputs.files_len++];
            const char *of = strrchr(name, ':') + 1;
            file->name.data = of;
            file->name.len = strlen(of);
            file->data = (const uint8_t *)value;
            file->len = len;
            file->full = strncmp(name, "file:full:", 10) == 0;
        } else if (strcmp(name, "activities") == 0) inputs.activities = text;
        else if (strcmp(name, "findings") == 0) inputs.findings = text;
        else if (strcmp(name, "records") == 0) inputs.records = text;
        else if (strcmp(name, "commands") == 0) inputs.commands = text;
        else if (strcmp(name, "checkpoint") == 0) inputs.checkpoint = text;
        else if (strcmp(name, "searched") == 0) inputs.searched = strcmp(value, "true") == 0;
        else if (strcmp(name, "ledger") == 0) inputs.ledger = (const uint8_t *)value, inputs.ledger_len = len;
        else if (strcmp(name, "baseline") == 0) inputs.baseline = (const uint8_t *)value, inputs.baseline_len = len;
        else die("no such input", name);
    }
    MAKE(REPORT, nhi_report, nhi_assess(&inputs, (nhi_pepper *)REG(2, PEPPER), TEXT(1), at, &made, err));
}

static kind run(const char *operation, buf *f, int count, void **out) {
    if (IS("version")) {
        add_text(&json, "\"");
        add_text(&json, nhi_version());
        return add_text(&json, "\""), VALUE;
    }
    if (IS("detect")) JSON(nhi_detect(TEXT(0), DATA(1), &made, err));
    if (IS("parse")) {
        int64_t at;
        TIME(2);
        const char *adapter = f[3].len ? f[3].data : NULL;
        JSON(nhi_parse(TEXT(0), DATA(1), at, (nhi_pepper *)REG(4, PEPPER), adapter, f[3].len, &made, err));
    }
    if (ORDER("inventory.")) return inventory(operation, f, out);
    if (ORDER("baseline.")) return baseline(operation, f, count, out);
    if (ORDER("lifecycle.")) return lifecycle(operation, f, out);
    if (ORDER("ledger.")) return ledger(operation, f, out);
    if (ORDER("authorizer.")) return authorizer(operation, f, out);
    if (ORDER("report.")) return report(operation, f, out);
    if (IS("assess")) return assess(f, count, out);
    return classify(operation, f, out);
}

/* ── lines ── */

static void print(const char *id) {
    static buf value;
    clear(&value);
    if (has_bytes) {
        for (size_t i = 0; i < bytes.len; i++) {
            char pair[3];
            snprintf(pair, sizeof pair, "%02x", (unsigned char)bytes.data[i]);
            add(&value, pair, 2);
        }
    } else if (json.len > 0) {
        add_json(&value, json.data, json.len);
    } else {
        add_text(&value, "null");
    }
    if (value.len <= 2000 && id[strlen(id) - 1] != '~') {
        printf("%s\tok\t%s\n", id, value.data);
        return;
    }
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < value.len; i++) hash = (hash ^ (unsigned char)value.data[i]) * UINT64_C(0x100000001b3);
    printf("%s\tok\tlong:%zu:%016" PRIx64 "\n", id, value.len, hash);
}

static void keep(const char *name, kind is, void *made) {
    kept *of = find(name, 1);
    drop(of);
    of->is = is;
    of->object = made;
    const buf *value = has_bytes ? &bytes : &json;
    add(&of->value, value->data, value->len);
    if (is == DECISION) {
        /* `[answer,record]`: of a decision the record is kept. */
        nhi_bytes *record = NULL;
        if (nhi_decision_record((nhi_decision *)made, &record, err) != NHI_OK) die("record", name);
        clear(&of->value);
        add(&of->value, nhi_bytes_data(record), nhi_bytes_len(record));
        nhi_bytes_free(record);
    }
}

/* Saved state goes to a file, or comes from that of another language. */
static void exchange(const char *name, int saving, const char *folder) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, saving ? "wb" : "rb");
    if (file == NULL) die("cannot open", path);
    if (saving) {
        if (fwrite(bytes.data, 1, bytes.len, file) != bytes.len) die("cannot write", path);
    } else {
        kept *of = find(name, 0);
        char piece[4096];
        clear(&of->value);
        for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;) add(&of->value, piece, n);
    }
    fclose(file);
}

static void one(char *line, const char *way, const char *folder) {
    static buf f[32];
    char *cells[35] = {NULL};
    int count = 0;
    for (char *at = line; at != NULL && count < 35; count++) {
        cells[count] = at;
        if ((at = strchr(at, '\t')) != NULL) *at++ = 0;
    }
    if (count < 2) die("a case is an id and an operation", line);
    const char *id = cells[0], *operation = cells[1], *name = count > 2 ? cells[2] : "";
    for (int i = 0; i < 32; i++) cell(i + 3 < count ? cells[i + 3] : "", &f[i]);
    void *made = NULL;
    clear(&json);
    clear(&bytes);
    has_bytes = 0;
    failed = NHI_OK;
    kind is = run(operation, f, count > 3 ? count - 3 : 0, &made);
    if (failed != NHI_OK) {
        const char *guard = nhi_error_guard(err);
        if (failed == NHI_ERR_REJECTED) printf("%s\trejected\t%s\n", id, guard);
        else printf("%s\terr\t%s\n", id, nhi_error_code(err));
        return;
    }
    print(id);
    if (name[0] == 0) {
        kept nobody;
        memset(&nobody, 0, sizeof nobody);
        nobody.is = is;
        nobody.object = made;
        drop(&nobody);
        free(nobody.value.data);
        return;
    }
    keep(name, is, made);
    int saves = strcmp(operation, "inventory.save") == 0 || strcmp(operation, "baseline.save") == 0 ||
                strcmp(operation, "lifecycle.ledger") == 0 || strcmp(operation, "ledger.lines") == 0;
    if (saves && way != NULL) exchange(name, strcmp(way, "--save") == 0, folder);
}

int main(int argc, char **argv) {
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    buf line = {NULL, 0, 0};
    if (file == NULL) die("cannot open", argc > 1 ? argv[1] : "the cases");
    err = nhi_error_new();
    for (int byte; (byte = fgetc(file)) != EOF;) {
        char one_byte = (char)byte;
        if (byte != '\n') {
            add(&line, &one_byte, 1);
            continue;
        }
        if (line.len > 0 && line.data[0] != '#') one(line.data, argc > 3 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
        clear(&line);
    }
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) drop(&registers[i]);
    nhi_error_free(err);
    return fclose(file);
}
