/*
 * The embedder's main job in C: a request comes in; which credential, in what state, how unusual, may it pass?
 *
 * `guard` is what to copy. The rest sets the scene, as in guard.rs: decoys in an inventory and a lifecycle, thirty days
 * of ordinary calls. Nothing is read or written; only the microseconds differ from run to run, and from guard.rs.
 *
 *     cc -std=c11 -I nhi-ffi/include examples/guard/guard.c -L target/release -lnhi -o guard
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "nhi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOW INT64_C(1793614500000) /* 2026-11-02T10:15:00Z */
#define HOUR INT64_C(3600000)
#define TEXT(text) text, strlen(text)

/* What a gateway holds. */
static nhi_scanner *scanner;
static nhi_redactor *redactor;
static nhi_inventory *inventory;
static nhi_lifecycle *lifecycle;
static nhi_baseline *baseline;
static nhi_authorizer *authorizer;
static nhi_error *err;

/* Ends the program if a call failed; a gateway would answer 500. */
static void ok(nhi_status status) {
    if (status != NHI_OK) {
        fprintf(stderr, "guard: %s: %s\n", nhi_error_code(err), nhi_error_text(err));
        exit(2);
    }
}

static const nhi_str none = {NULL, 0};

static nhi_str str(const char *text) {
    nhi_str out = {text, strlen(text)};
    return out;
}

/* What follows `mark` in the bytes up to a character of `ends`: absent if the mark is not there. */
static nhi_str after(const char *bytes, const char *mark, const char *ends) {
    const char *at = strstr(bytes, mark);
    nhi_str out = none;
    if (at != NULL) {
        out.data = at + strlen(mark);
        out.len = strcspn(out.data, ends);
    }
    return out;
}

/* Prints a stage with the microseconds since the one before; printing is not counted. */
static void lap(const char *stage, nhi_str text) {
    static struct timespec last;
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    if (stage != NULL) {
        double micros = (double)(at.tv_sec - last.tv_sec) * 1e6 + (double)(at.tv_nsec - last.tv_nsec) / 1e3;
        printf("  %-10s %6.1f us  ", stage, micros);
        text = text.data == NULL ? str("none") : text;
        for (size_t i = 0; i < text.len && strncmp(text.data + i, "\r\n\r\n", 4) != 0; i++) {
            bool ends = text.data[i] == '\r' && text.data[i + 1] == '\n';
            printf(ends ? " | " : "%c", text.data[i]);
            i += ends;
        }
        printf("\n");
    }
    clock_gettime(CLOCK_MONOTONIC, &last);
}

/* What is asked of the authorizer: the verb, the path and the purpose of the request. */
static nhi_request read_request(const char *bytes, nhi_str fingerprint, char action[static 32]) {
    snprintf(action, 32, "api:%.*s", (int)strcspn(bytes, " "), bytes);
    nhi_request out = {.fingerprint = fingerprint, .action = str(action), .destination = after(bytes, " ", " "),
                       .purpose = after(bytes, "\r\nX-Purpose: ", "\r")};
    return out;
}

/* What the request does, in the words of a log record. */
static nhi_activity read_call(const nhi_request *request, nhi_str credential, uint32_t asn, int64_t now) {
    nhi_activity out = {.time = now, .credential = credential, .action = request->action,
                        .destination = request->destination, .purpose = request->purpose, .asn = asn,
                        .flags = NHI_HAS_ASN};
    return out;
}

/* The parts of an answer, of a score and of the ledger's head that are shown, in a text that the next call writes. */
static nhi_str show_answer(const nhi_answer *answer) {
    static char text[512];
    static const char *const outcomes[] = {[NHI_ALLOW] = "allow", [NHI_STEP_UP] = "step_up", [NHI_DENY] = "deny"};
    snprintf(text, sizeof text, "%s%s%.*s", outcomes[answer->outcome], answer->text.len == 0 ? "" : ": ",
             (int)answer->text.len, answer->text.len == 0 ? "" : answer->text.data);
    return str(text);
}

static nhi_str show_score(const nhi_score *score) {
    static char text[16];
    snprintf(text, sizeof text, "%.1f", score->score);
    return str(text);
}

static nhi_str show_head(const nhi_bytes *head) {
    static char text[64];
    nhi_str seq = after(nhi_bytes_text(head), "\"seq\":", ",}");
    nhi_str hash = after(nhi_bytes_text(head), "\"hash\":\"", "\"");
    snprintf(text, sizeof text, "entry %.*s %.16s", (int)seq.len, seq.data, hash.data);
    return str(text);
}

/* ---- what to copy ---- */
/* Decides on one request: its bytes (with a NUL after them), the network it came from, and the time. */
static nhi_outcome guard(const char *bytes, size_t len, uint32_t asn, int64_t now) {
    nhi_str print = none, id = none, state = none;
    nhi_findings *found = NULL;
    nhi_scored *scored = NULL;
    nhi_decision *decision = NULL;
    nhi_bytes *line = NULL, *head = NULL;
    nhi_score score;
    nhi_answer answer;
    char action[32];
    lap(NULL, none);
    /* Which credential? The scanner finds the secret, its fingerprint finds the record. */
    ok(nhi_scanner_scan(scanner, (const uint8_t *)bytes, len, &found, err));
    if (nhi_findings_len(found) > 0) {
        print = nhi_findings_data(found)->fingerprint;
        ok(nhi_inventory_resolve(inventory, print.data, print.len, &id, err));
    }
    id = id.data == NULL ? str("unknown") : id;
    lap("credential", id);
    /* In what state? */
    ok(nhi_lifecycle_state_name(lifecycle, id.data, id.len, print.data, print.len, &state, err));
    lap("state", state);
    /* How unusual? A look only: what is refused must not be learned. */
    nhi_request request = read_request(bytes, print, action);
    nhi_activity call = read_call(&request, id, asn, now);
    if (state.data != NULL) {
        ok(nhi_baseline_peek(baseline, &call, &score, &scored, err));
    }
    lap("score", scored == NULL ? none : show_score(&score));
    /* May it pass? */
    ok(nhi_authorizer_authorize(authorizer, &request, lifecycle, id.data, id.len, scored, now, &decision, err));
    ok(nhi_decision_answer(decision, &answer, err));
    lap("decision", show_answer(&answer));
    if (answer.verdict == NHI_ALLOW) {
        ok(nhi_baseline_score(baseline, &call, &score, NULL, err));
    }
    /* What is logged, and what can be proved later. */
    ok(nhi_redactor_redact(redactor, (const uint8_t *)bytes, len, &line, err));
    lap("log", str(nhi_bytes_text(line)));
    ok(nhi_lifecycle_record(lifecycle, id.data, id.len, decision, TEXT("gateway"), now, err));
    ok(nhi_lifecycle_checkpoint(lifecycle, &head, err));
    lap("ledger", show_head(head));
    nhi_bytes_free(line);
    nhi_bytes_free(head);
    nhi_decision_free(decision);
    nhi_scored_free(scored);
    nhi_findings_free(found);
    return answer.outcome;
}
/* ---- up to here ---- */

/* A command of the scene. */
static void order(const char *json) {
    nhi_bytes *done = NULL;
    ok(nhi_lifecycle_apply(lifecycle, TEXT(json), NOW - 31 * 24 * HOUR, &done, err));
    nhi_bytes_free(done);
}

/* An inventory and a lifecycle that know two keys, one of them revoked, and thirty days of ordinary calls. */
static void set_up(nhi_bytes *tokens[2]) {
    static const char *const names[2] = {"release-bot", "old-bot"};
    uint8_t key[32]; /* A host draws its pepper at random, once, and keeps it. */
    char text[4096], id[64];
    int len = snprintf(text, sizeof text,
                       "[{\"snapshot\": {\"source\": \"gitlab\", \"plane\": \"control_plane\", \"taken_at\": "
                       "\"2026-11-02T10:15:00Z\", \"completeness\": \"full\"}, \"observations\": [");
    nhi_pepper *pepper = NULL;
    nhi_bytes *print = NULL, *done = NULL;
    memset(key, 42, sizeof key);
    ok(nhi_pepper_new(key, sizeof key, &pepper, err));
    /* Requests come from others: marks in them that ask not to be looked at count for nothing. */
    ok(nhi_scanner_new(0, pepper, &scanner, err));
    ok(nhi_redactor_new(scanner, &redactor, err));
    ok(nhi_inventory_new(&inventory, err));
    ok(nhi_lifecycle_new(NULL, 0, &lifecycle, err));
    ok(nhi_baseline_new(0, &baseline, err));
    ok(nhi_authorizer_new(NULL, 0, &authorizer, err));
    for (int i = 0; i < 2; i++) {
        char json[1024];
        snprintf(id, sizeof id, "gitlab:corp/%s/personal_token", names[i]);
        ok(nhi_mint(TEXT("gitlab.personal-access-token"), 7 + (uint64_t)i, &tokens[i], err));
        ok(nhi_pepper_fingerprint(pepper, nhi_bytes_data(tokens[i]), nhi_bytes_len(tokens[i]), &print, err));
        snprintf(json, sizeof json,
                 "{\"cmd_id\": \"register-%s\", \"actor\": \"setup\", \"credential\": \"%s\", \"type\": \"Register\","
                 " \"kind\": \"personal_token\", \"purpose\": \"release\", \"owners\": [{\"kind\": \"team\","
                 " \"id\": \"platform\"}], \"versions\": [{\"fingerprint\": \"%s\"}]}",
                 names[i], id, nhi_bytes_text(print));
        order(json);
        len += snprintf(text + len, sizeof text - (size_t)len,
                        "%s{\"provenance\": {\"source\": \"gitlab\", \"observed_at\": \"2026-11-02T10:15:00Z\"},"
                        " \"record\": {\"credential\": {\"id\": \"%s\", \"identity\": \"%s\", \"issuer\":"
                        " \"gitlab:corp\", \"fingerprint\": \"%s\"}}}",
                        i == 0 ? "" : ", ", id, names[i], nhi_bytes_text(print));
        nhi_bytes_free(print);
    }
    order("{\"cmd_id\": \"revoke\", \"actor\": \"ann\", \"credential\": \"gitlab:corp/old-bot/personal_token\","
          " \"type\": \"Revoke\", \"cause\": \"cessation\"}");
    snprintf(text + len, sizeof text - (size_t)len, "]}]");
    ok(nhi_inventory_observe(inventory, TEXT(text), &done, err));
    nhi_bytes_free(done);
    nhi_pepper_free(pepper);
    for (int64_t hour = 30 * 24; hour >= 1; hour--) {
        int64_t of_day = (34 - hour % 24) % 24;
        nhi_score score;
        bool due = false;
        snprintf(id, sizeof id, "%" PRId64, hour);
        nhi_activity call = {.id = str(id), .time = NOW - hour * HOUR + hour % 7 * 40000,
                             .credential = str("gitlab:corp/release-bot/personal_token"),
                             .action = str("api:GET"), .destination = str("/api/v4/projects/7/releases"),
                             .purpose = str("release"), .asn = 64500, .flags = NHI_HAS_ASN};
        if (of_day < 8 || of_day >= 18) {
            continue;
        }
        ok(nhi_baseline_closing_due(baseline, call.time, &due, err));
        if (due) {
            ok(nhi_baseline_close_epoch(baseline, call.time, err));
        }
        ok(nhi_baseline_score(baseline, &call, &score, NULL, err));
    }
    ok(nhi_baseline_close_epoch(baseline, NOW, err));
}

int main(void) {
    static const struct {
        const char *what;
        int token; /* -1: none */
        const char *line, *purpose;
        uint32_t asn;
    } calls[] = {
        {"the usual call", 0, "GET /api/v4/projects/7/releases", "release", 64500},
        {"another purpose", 0, "GET /api/v4/projects/7/releases", "reporting", 64500},
        {"stolen: a new network, another verb and place", 0, "DELETE /api/v4/users", "release", 64666},
        {"a key used after its revocation was ordered", 1, "GET /api/v4/projects/7/releases", "release", 64500},
        {"no key at all", -1, "GET /api/v4/projects/7/releases", "release", 64500},
    };
    nhi_bytes *tokens[2] = {NULL, NULL}, *ledger = NULL, *head = NULL;
    bool sound = false;
    err = nhi_error_new();
    set_up(tokens);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char bytes[512], auth[128] = "";
        if (calls[i].token >= 0) {
            const char *token = nhi_bytes_text(tokens[calls[i].token]);
            snprintf(auth, sizeof auth, "Authorization: Bearer %s\r\n", token);
        }
        int len = snprintf(bytes, sizeof bytes, "%s HTTP/1.1\r\nHost: git.corp.example\r\nX-Purpose: %s\r\n%s\r\n",
                           calls[i].line, calls[i].purpose, auth);
        printf("\n%s\n", calls[i].what);
        guard(bytes, (size_t)len, calls[i].asn, NOW);
    }
    ok(nhi_lifecycle_ledger(lifecycle, &ledger, err));
    ok(nhi_lifecycle_checkpoint(lifecycle, &head, err));
    ok(nhi_ledger_verify(nhi_bytes_data(ledger), nhi_bytes_len(ledger), nhi_bytes_text(head), nhi_bytes_len(head),
                         &sound, NULL, err));
    nhi_str entries = after(nhi_bytes_text(head), "\"seq\":", ",}");
    printf("\nledger: %.*s entries, %s\n", (int)entries.len, entries.data, sound ? "chain verified" : "BROKEN");
    nhi_bytes_free(ledger);
    nhi_bytes_free(head);
    nhi_bytes_free(tokens[0]);
    nhi_bytes_free(tokens[1]);
    nhi_redactor_free(redactor);
    nhi_scanner_free(scanner);
    nhi_inventory_free(inventory);
    nhi_lifecycle_free(lifecycle);
    nhi_baseline_free(baseline);
    nhi_authorizer_free(authorizer);
    nhi_error_free(err);
    return sound ? 0 : 1;
}
