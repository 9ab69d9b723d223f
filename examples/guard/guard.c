/*
 * The embedder's main job in C: a request comes in; which credential, in what state, how unusual, may it pass?
 *
 * `guard` is what to copy. The rest sets the scene, as in guard.rs: decoys in an inventory and a lifecycle, thirty days
 * of ordinary calls. Nothing is read or written; only the microseconds differ from run to run.
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

static nhi_str str(const char *text) {
    nhi_str out = {text, strlen(text)};
    return out;
}

/* Prints a stage with the microseconds since the one before; printing is not counted. */
static void lap(const char *stage, nhi_str text) {
    static struct timespec last;
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    if (stage != NULL) {
        double micros = (double)(at.tv_sec - last.tv_sec) * 1e6 + (double)(at.tv_nsec - last.tv_nsec) / 1e3;
        printf("  %-10s %6.1f us  %.*s\n", stage, micros, (int)text.len, text.data == NULL ? "-" : text.data);
    }
    clock_gettime(CLOCK_MONOTONIC, &last);
}

/* Decides on one request: its bytes, what the gateway parsed of them, the network it came from, and the time. */
static nhi_outcome guard(const char *bytes, const char *action, const char *path, const char *purpose, uint32_t asn,
                         int64_t now) {
    nhi_findings *found = NULL;
    nhi_scored *score = NULL;
    nhi_decision *decision = NULL;
    nhi_bytes *line = NULL;
    nhi_str print = {NULL, 0}, id = {NULL, 0};
    nhi_score flat;
    nhi_answer answer;
    lap(NULL, print);
    /* Which credential? The scanner finds the token, its fingerprint finds the record. */
    ok(nhi_scanner_scan(scanner, (const uint8_t *)bytes, strlen(bytes), &found, err));
    if (nhi_findings_len(found) > 0) {
        print = nhi_findings_data(found)->fingerprint;
        ok(nhi_inventory_resolve(inventory, print.data, print.len, &id, err));
    }
    lap("credential", id);
    /* How unusual? A look only: what is refused must not be learned. */
    nhi_activity call = {.time = now, .credential = id, .action = str(action), .destination = str(path),
                         .asn = asn, .flags = NHI_HAS_ASN};
    if (id.data != NULL) {
        ok(nhi_baseline_peek(baseline, &call, &flat, &score, err));
    }
    lap("score", str(score == NULL ? "-" : flat.alert ? "an alert" : "no alert"));
    /* In what state is it, and may the call pass? */
    nhi_request request = {.fingerprint = print, .action = str(action), .destination = str(path), .purpose = str(purpose)};
    ok(nhi_authorizer_authorize(authorizer, &request, lifecycle, id.data, id.len, score, now, &decision, err));
    ok(nhi_decision_answer(decision, &answer, err));
    lap("decision", str(answer.outcome == NHI_ALLOW ? "allow" : answer.outcome == NHI_DENY ? "deny" : "step_up"));
    if (answer.outcome == NHI_ALLOW) {
        ok(nhi_baseline_score(baseline, &call, &flat, NULL, err));
    }
    /* What is logged, and what is proved later. */
    ok(nhi_redactor_redact(redactor, (const uint8_t *)bytes, strlen(bytes), &line, err));
    lap("log", str(nhi_bytes_text(line)));
    nhi_str who = id.data == NULL ? str("unknown") : id;
    ok(nhi_lifecycle_record(lifecycle, who.data, who.len, decision, TEXT("gateway"), now, err));
    lap("ledger", answer.reason);
    nhi_outcome outcome = answer.outcome;
    nhi_bytes_free(line);
    nhi_decision_free(decision);
    nhi_scored_free(score);
    nhi_findings_free(found);
    return outcome;
}

/* A command of the scene. */
static void order(const char *json) {
    nhi_bytes *done = NULL;
    ok(nhi_lifecycle_apply(lifecycle, TEXT(json), NOW - 31 * 24 * HOUR, &done, err));
    nhi_bytes_free(done);
}

/* An inventory and a lifecycle that know two keys, one of them revoked, and thirty days of ordinary calls. */
static void set_up(nhi_bytes *tokens[2]) {
    static const char *const names[2] = {"release-bot", "old-bot"};
    static const uint8_t key[32] = {42}; /* A host draws its pepper at random, once, and keeps it. */
    char text[4096], id[64];
    int len = snprintf(text, sizeof text,
                       "[{\"snapshot\": {\"source\": \"gitlab\", \"plane\": \"control_plane\", \"taken_at\": "
                       "\"2026-11-02T10:15:00Z\", \"completeness\": \"full\"}, \"observations\": [");
    nhi_pepper *pepper = NULL;
    nhi_bytes *print = NULL, *done = NULL;
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
        nhi_activity call = {.time = NOW - hour * HOUR + hour % 7 * 40000,
                             .credential = str("gitlab:corp/release-bot/personal_token"),
                             .action = str("api:GET"), .destination = str("/api/v4/projects/7/releases"),
                             .asn = 64500, .flags = NHI_HAS_ASN};
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
        const char *method, *path, *purpose;
        uint32_t asn;
    } calls[] = {
        {"the usual call", 0, "GET", "/api/v4/projects/7/releases", "release", 64500},
        {"another purpose", 0, "GET", "/api/v4/projects/7/releases", "reporting", 64500},
        {"stolen: a new network, another verb and place", 0, "DELETE", "/api/v4/users", "release", 64666},
        {"a key used after its revocation", 1, "GET", "/api/v4/projects/7/releases", "release", 64500},
        {"no key at all", -1, "GET", "/api/v4/projects/7/releases", "release", 64500},
    };
    nhi_bytes *tokens[2] = {NULL, NULL}, *ledger = NULL, *head = NULL;
    bool sound = false;
    err = nhi_error_new();
    set_up(tokens);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char bytes[512], action[32];
        const char *token = calls[i].token < 0 ? NULL : nhi_bytes_text(tokens[calls[i].token]);
        snprintf(bytes, sizeof bytes, "%s %s HTTP/1.1 | X-Purpose: %s%s%s", calls[i].method, calls[i].path,
                 calls[i].purpose, token == NULL ? "" : " | Authorization: Bearer ", token == NULL ? "" : token);
        snprintf(action, sizeof action, "api:%s", calls[i].method);
        printf("\n%s\n", calls[i].what);
        guard(bytes, action, calls[i].path, calls[i].purpose, calls[i].asn, NOW);
    }
    ok(nhi_lifecycle_ledger(lifecycle, &ledger, err));
    ok(nhi_lifecycle_checkpoint(lifecycle, &head, err));
    ok(nhi_ledger_verify(nhi_bytes_data(ledger), nhi_bytes_len(ledger), nhi_bytes_text(head), nhi_bytes_len(head),
                         &sound, NULL, err));
    printf("\nledger: %s\n", sound ? "chain verified" : "BROKEN");
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
