/* Every function of the header, used as it is meant. */
#include "check.h"

static nhi_error *err;
static nhi_bytes *token;
static nhi_bytes *print;

static nhi_pepper *pepper(void) {
    uint8_t key[32];
    nhi_pepper *first = NULL, *again = NULL;
    nhi_bytes *file = NULL, *other = NULL;
    memset(key, 42, sizeof key);
    OK(nhi_pepper_new(key, sizeof key, &first, err));
    OK(nhi_pepper_expose_file(first, &file, err));
    CHECK(strncmp(nhi_bytes_text(file), "nhi-pepper-1 ", 13) == 0);
    OK(nhi_pepper_parse(BYTES_TEXT(file), &again, err));
    OK(nhi_pepper_fingerprint(first, BYTES(token), &print, err));
    OK(nhi_pepper_fingerprint(again, BYTES(token), &other, err));
    CHECK(strcmp(nhi_bytes_text(print), nhi_bytes_text(other)) == 0);
    nhi_bytes_free(file);
    nhi_bytes_free(other);
    nhi_pepper_free(again);
    return first;
}

static nhi_bytes *classify(const nhi_pepper *key) {
    nhi_scanner *scanner = NULL;
    nhi_redactor *redactor = NULL;
    nhi_findings *none = NULL, *found = NULL;
    nhi_bytes *json = NULL;
    const nhi_finding *first;
    char text[256];
    int len = snprintf(text, sizeof text, "GET /\nauthorization: Bearer %s\n", nhi_bytes_text(token));

    OK(nhi_scanner_new(NHI_SCAN_GENERIC | NHI_SCAN_IGNORE_MARKS, key, &scanner, err));
    OK(nhi_scanner_scan(scanner, NULL, 0, &none, err));
    CHECK(nhi_findings_len(none) == 0 && nhi_findings_data(none) == NULL);
    nhi_findings_free(none);

    OK(nhi_scanner_scan(scanner, (const uint8_t *)text, (size_t)len, &found, err));
    CHECK(nhi_findings_len(found) == 1);
    first = nhi_findings_data(found);
    CHECK(is(first->rule, RULE) && is(first->fingerprint, nhi_bytes_text(print)));
    CHECK(first->start == 28 && first->end == 28 + nhi_bytes_len(token));
    CHECK(first->line == 2 && first->column == 23 && first->secret);
    CHECK(first->level == NHI_HIGH && first->confidence >= 0.75 && first->confidence <= 1.0);
    nhi_findings_free(found);

    OK(nhi_scanner_scan_file(scanner, TEXT("src/a.py"), (const uint8_t *)text, (size_t)len, &found, err));
    OK(nhi_redactor_new(scanner, &redactor, err));
    nhi_scanner_free(scanner);
    OK(nhi_redactor_redact(redactor, (const uint8_t *)text, (size_t)len, &json, err));
    CHECK(strstr(nhi_bytes_text(json), nhi_bytes_text(token)) == NULL);
    CHECK(holds(json, "authorization: Bearer glpat-\xe2\x80\xa6"));
    nhi_redactor_free(redactor);

    OK(nhi_inspect(BYTES(token), NULL, &json, err));
    CHECK(holds(json, "\"rule\":\"" RULE "\""));
    OK(nhi_findings_json(found, &json, err));
    CHECK(strstr(nhi_bytes_text(json), "\"path\":\"src/a.py\"") != NULL);
    nhi_findings_free(found);
    return json;
}

static nhi_scored *baseline(void) {
    nhi_baseline *all = NULL, *again = NULL, *merged = NULL;
    const nhi_baseline *both[2];
    nhi_bytes *saved = NULL, *other = NULL, *json = NULL;
    nhi_scored *whole = NULL;
    nhi_activity batch[3], call;
    nhi_score scores[3], score;
    bool due = false;
    int64_t day;
    int i;

    OK(nhi_baseline_new(0, &all, err));
    for (day = 30; day >= 1; day--) {
        for (i = 0; i < 3; i++) {
            batch[i] = activity(NOW - day * DAY + i * INT64_C(3600000), 64500);
        }
        OK(nhi_baseline_closing_due(all, batch[0].time, &due, err));
        if (due) {
            OK(nhi_baseline_close_epoch(all, batch[0].time, err));
        }
        OK(nhi_baseline_score_batch(all, batch, 3, scores, err));
        CHECK(scores[2].status == NHI_OK && scores[2].time == batch[2].time);
    }
    OK(nhi_baseline_close_epoch(all, NOW, err));
    OK(nhi_baseline_save(all, &saved, err));
    OK(nhi_baseline_load(BYTES(saved), &again, err));
    OK(nhi_baseline_save(again, &other, err));
    CHECK(nhi_bytes_len(saved) == nhi_bytes_len(other));
    CHECK(memcmp(nhi_bytes_data(saved), nhi_bytes_data(other), nhi_bytes_len(saved)) == 0);

    call = activity(NOW, 64666);
    call.action = str("api:DELETE");
    call.destination = str("/api/v4/users");
    OK(nhi_baseline_peek(all, &call, &score, &whole, err));
    CHECK(score.score > 3 && score.trust == NHI_TRUST_OK && score.flags == 0);
    OK(nhi_scored_json(whole, &json, err));
    CHECK(holds(json, "network AS64666 never seen"));
    OK(nhi_baseline_score(all, &call, &scores[0], NULL, err));
    CHECK(scores[0].score == score.score && scores[0].alert == score.alert && scores[0].band == score.band);
    OK(nhi_baseline_score_json(again,
                               TEXT("{\"time\": \"2026-11-02T10:15:00Z\", \"credential\": \"" CREDENTIAL
                                    "\", \"action\": \"api:DELETE\", \"asn\": 64666,"
                                    " \"destination\": \"/api/v4/users\"}"),
                               &scores[1], NULL, err));
    CHECK(scores[1].score == score.score);
    both[0] = all;
    both[1] = again;
    OK(nhi_baseline_merge(both, 2, &merged, err));
    nhi_baseline_free(merged);
    nhi_baseline_free(again);
    nhi_baseline_free(all);
    nhi_bytes_free(saved);
    nhi_bytes_free(other);
    return whole;
}

static nhi_inventory *inventory(void) {
    nhi_inventory *all = NULL;
    nhi_bytes *json = NULL;
    nhi_str id;
    char text[1536];
    snprintf(text, sizeof text,
             "[{\"snapshot\": {\"source\": \"gitlab\", \"plane\": \"control_plane\","
             " \"taken_at\": \"2026-11-01T00:00:00Z\", \"completeness\": \"full\"},"
             " \"observations\": [{\"provenance\": {\"source\": \"gitlab\","
             " \"observed_at\": \"2026-11-01T00:00:00Z\"}, \"record\": {\"credential\": {\"id\": \"" CREDENTIAL
             "\", \"identity\": \"release-bot\", \"issuer\": \"gitlab:corp\", \"fingerprint\": \"%s\"}}}]},"
             " {\"snapshot\": {\"source\": \"register\", \"plane\": \"declared\","
             " \"taken_at\": \"2026-11-01T00:00:00Z\", \"completeness\": \"full\"},"
             " \"observations\": [{\"provenance\": {\"source\": \"register\","
             " \"observed_at\": \"2026-11-01T00:00:00Z\"}, \"record\": {\"credential\":"
             " {\"id\": \"gitlab:corp/gone/personal_token\", \"identity\": \"gone\","
             " \"issuer\": \"gitlab:corp\"}}}]}]",
             nhi_bytes_text(print));
    OK(nhi_inventory_new(&all, err));
    OK(nhi_inventory_observe(all, TEXT(text), &json, err));
    CHECK(holds(json, "\"ambiguities\":[]"));
    OK(nhi_inventory_observe_activities(
        all, TEXT("[{\"time\": \"2026-11-01T00:00:00Z\", \"credential\": \"" CREDENTIAL "\"}]"), err));
    OK(nhi_inventory_resolve(all, BYTES_TEXT(print), &id, err));
    CHECK(is(id, CREDENTIAL));
    OK(nhi_inventory_resolve(all, TEXT("nobody"), &id, err));
    CHECK(id.data == NULL && id.len == 0);
    OK(nhi_inventory_credentials(all, &json, err));
    CHECK(holds(json, "release-bot"));
    OK(nhi_inventory_drift(all, NOW, &json, err));
    CHECK(holds(json, "\"kind\":"));
    OK(nhi_inventory_plan(all, NOW, &json, err));
    CHECK(holds(json, "\"guard\":"));
    return all;
}

static nhi_lifecycle *lifecycle(void) {
    nhi_lifecycle *machine = NULL;
    nhi_bytes *json = NULL;
    int64_t next = 0;
    char text[1024];
    snprintf(text, sizeof text,
             "{\"cmd_id\": \"c1\", \"actor\": \"setup\", \"credential\": \"" CREDENTIAL
             "\", \"type\": \"Register\", \"kind\": \"personal_token\", \"purpose\": \"release\","
             " \"owners\": [{\"kind\": \"team\", \"id\": \"platform\"}], \"versions\": [{\"fingerprint\": \"%s\"}]}",
             nhi_bytes_text(print));
    OK(nhi_lifecycle_new(NULL, 0, &machine, err));
    OK(nhi_lifecycle_next_deadline(machine, &next, err));
    CHECK(next == NHI_NEVER);
    OK(nhi_lifecycle_apply(machine, TEXT(text), NOW - 31 * DAY, &json, err));
    CHECK(holds(json, "\"already\":false,\"seqs\":[1"));
    OK(nhi_lifecycle_apply(machine, TEXT(text), NOW - 31 * DAY, &json, err));
    CHECK(holds(json, "\"already\":true"));
    OK(nhi_lifecycle_next_deadline(machine, &next, err));
    CHECK(next > NOW - 31 * DAY && next != NHI_NEVER);
    OK(nhi_lifecycle_tick(machine, NOW - 31 * DAY, &json, err));
    CHECK(holds(json, "\"entries\":[]"));
    OK(nhi_lifecycle_state(machine, TEXT(CREDENTIAL), &json, err));
    CHECK(holds(json, "\"purpose\":\"release\""));
    OK(nhi_lifecycle_state(machine, TEXT("nobody"), &json, err));
    CHECK(holds(json, "null"));
    OK(nhi_lifecycle_outstanding(machine, &json, err));
    CHECK(holds(json, "["));
    return machine;
}

static void authorize(const nhi_pepper *key, nhi_lifecycle *machine, const nhi_scored *score) {
    nhi_authorizer *authorizer = NULL;
    nhi_decision *decision = NULL;
    nhi_bytes *json = NULL, *ledger = NULL, *checkpoint = NULL;
    nhi_lifecycle *resumed = NULL;
    nhi_request request;
    nhi_answer answer;
    bool sound = false;

    memset(&request, 0, sizeof request);
    request.action = str("api:GET");
    request.fingerprint.data = nhi_bytes_text(print);
    request.fingerprint.len = nhi_bytes_len(print);
    request.purpose = str("release");
    OK(nhi_authorizer_new(TEXT("{\"enforce\": true}"), &authorizer, err));
    OK(nhi_authorizer_authorize(authorizer, &request, machine, TEXT(CREDENTIAL), NULL, NOW, &decision, err));
    OK(nhi_decision_answer(decision, &answer, err));
    CHECK(answer.outcome == NHI_ALLOW && answer.verdict == NHI_ALLOW && answer.id.len == 18);
    nhi_decision_free(decision);
    OK(nhi_authorizer_authorize(authorizer, &request, machine, TEXT(CREDENTIAL), score, NOW, &decision, err));
    OK(nhi_lifecycle_record(machine, TEXT(CREDENTIAL), decision, TEXT("gateway"), NOW, err));
    OK(nhi_decision_record(decision, &json, err));
    OK(nhi_authorizer_replay(authorizer, BYTES_TEXT(json), &checkpoint, err));
    CHECK(holds(checkpoint, "\"same\""));
    nhi_bytes_free(json);
    nhi_decision_free(decision);
    OK(nhi_authorizer_authorize_json(authorizer,
                                     TEXT("{\"subject\": {\"type\": \"workload\", \"id\": \"billing\","
                                          " \"properties\": {\"credential\": \"k1\"}},"
                                          " \"action\": {\"name\": \"s3:GetObject\"},"
                                          " \"resource\": {\"type\": \"bucket\", \"id\": \"invoices\"}}"),
                                     key, machine, NULL, 0, NULL, NOW, &decision, err));
    OK(nhi_decision_answer(decision, &answer, err));
    CHECK(answer.outcome == NHI_DENY && is(answer.reason, "not_registered") && answer.text.len > 0);
    OK(nhi_decision_authzen(decision, &json, err));
    CHECK(holds(json, "\"decision\":false"));
    nhi_decision_free(decision);
    nhi_authorizer_free(authorizer);

    OK(nhi_lifecycle_ledger(machine, &ledger, err));
    OK(nhi_lifecycle_checkpoint(machine, &checkpoint, err));
    OK(nhi_ledger_verify(BYTES(ledger), BYTES_TEXT(checkpoint), &sound, &json, err));
    CHECK(sound && holds(json, "\"anchored\":true"));
    OK(nhi_ledger_verify(BYTES(ledger), NULL, 0, &sound, NULL, err));
    CHECK(sound);
    OK(nhi_ledger_verify(nhi_bytes_data(ledger), nhi_bytes_len(ledger) - 1, NULL, 0, &sound, &json, err));
    CHECK(!sound && holds(json, "\"truncated\""));
    OK(nhi_ledger_replay(BYTES(ledger), &json, err));
    CHECK(holds(json, "{\"" CREDENTIAL "\":"));
    OK(nhi_lifecycle_resume(NULL, 0, BYTES(ledger), &resumed, err));
    OK(nhi_lifecycle_checkpoint(resumed, &json, err));
    CHECK(strcmp(nhi_bytes_text(json), nhi_bytes_text(checkpoint)) == 0);
    nhi_bytes_free(json);
    nhi_lifecycle_free(resumed);
    OK(nhi_lifecycle_take_ledger(machine, &json, err));
    CHECK(nhi_bytes_len(json) == nhi_bytes_len(ledger));
    nhi_bytes_free(json);
    OK(nhi_lifecycle_ledger(machine, &json, err));
    CHECK(nhi_bytes_len(json) == 0);
    nhi_bytes_free(json);
    nhi_bytes_free(ledger);
    nhi_bytes_free(checkpoint);
}

static void assess(const nhi_pepper *key, const nhi_bytes *findings) {
    const char *keys = "{\"AccessKeyMetadata\": [{\"UserName\": \"ci\", \"Status\": \"Active\","
                       " \"CreateDate\": \"2020-01-01T00:00:00Z\", \"AccessKeyId\": \"%s\"}]}";
    const char *owner = "{\"record\": {\"owner\": {\"kind\": \"team\", \"id\": \"platform\", \"name\": \"Platform\", \"status\": \"active\"}},"
                        " \"provenance\": {\"source\": \"hand\", \"observed_at\": \"2026-11-01T00:00:00Z\"}}";
    nhi_inputs inputs;
    nhi_file file;
    nhi_report *report = NULL, *next = NULL;
    nhi_bytes *id = NULL, *ledger = NULL, *saved = NULL, *json = NULL;
    char text[512], records[512];

    OK(nhi_mint_shape(TEXT("aws.access-key-id-long-lived"), 0, 7, &id, err));
    snprintf(text, sizeof text, keys, nhi_bytes_text(id));
    snprintf(records, sizeof records, "[%s]", owner);
    memset(&file, 0, sizeof file);
    file.name = str("keys.json");
    file.data = (const uint8_t *)text;
    file.len = strlen(text);
    file.full = 1;
    memset(&inputs, 0, sizeof inputs);
    inputs.files = &file;
    inputs.files_len = 1;
    inputs.searched = 1;
    inputs.findings.data = nhi_bytes_text(findings);
    inputs.findings.len = nhi_bytes_len(findings);
    inputs.records = str(records);
    inputs.problems = str("[{\"source\": \"dump.csv\", \"place\": {}, \"code\": \"unreadable\","
                          " \"text\": \"no permission\", \"row_lost\": true}]");
    inputs.activities = str("[{\"time\": \"2026-11-01T00:00:00Z\", \"credential\": \"k\"}]");
    inputs.commands = str("[{\"at\": \"2026-11-01T00:00:00Z\", \"command\": {\"cmd_id\": \"x\", \"actor\": \"a\","
                          " \"credential\": \"nobody\", \"type\": \"Revoke\", \"cause\": \"cessation\"}}]");
    OK(nhi_assess(&inputs, key, TEXT("{\"observe\": true}"), NOW, &report, err));
    OK(nhi_report_json(report, &json, err));
    CHECK(strstr(nhi_bytes_text(json), "no permission") != NULL);
    CHECK(holds(json, "NHI7-a"));
    OK(nhi_report_markdown(report, &json, err));
    CHECK(holds(json, "\n## Steps\n"));
    OK(nhi_report_html(report, &json, err));
    CHECK(strncmp(nhi_bytes_text(json), "<!doctype html>", 15) == 0);
    CHECK(holds(json, "</html>"));
    OK(nhi_report_sarif(report, &json, err));
    CHECK(holds(json, "\"2.1.0\""));
    OK(nhi_report_first_screen(report, &json, err));
    CHECK(nhi_bytes_len(json) > 0);
    nhi_bytes_free(json);
    OK(nhi_report_ledger(report, &ledger, err));
    OK(nhi_report_baseline(report, &saved, err));
    /* The next assessment goes on where this one ended. */
    inputs.ledger = nhi_bytes_data(ledger);
    inputs.ledger_len = nhi_bytes_len(ledger);
    inputs.baseline = nhi_bytes_data(saved);
    inputs.baseline_len = nhi_bytes_len(saved);
    OK(nhi_assess(&inputs, NULL, NULL, 0, NOW + DAY, &next, err));
    nhi_report_free(next);
    nhi_report_free(report);
    nhi_bytes_free(ledger);
    nhi_bytes_free(saved);
    nhi_bytes_free(id);
}

int main(void) {
    nhi_pepper *key;
    nhi_scored *score;
    nhi_lifecycle *machine;
    nhi_bytes *findings;
    int64_t now = 0;

    err = nhi_error_new();
    CHECK(strcmp(nhi_version(), NHI_VERSION) == 0);
    CHECK(nhi_error_status(err) == NHI_OK && nhi_error_code(err)[0] == 0);
    OK(nhi_time_parse(TEXT("2026-11-02T11:15:00+01:00"), &now, err));
    CHECK(now == NOW);
    OK(nhi_mint(TEXT(RULE), 7, &token, err));
    key = pepper();
    findings = classify(key);
    score = baseline();
    nhi_inventory_free(inventory());
    machine = lifecycle();
    authorize(key, machine, score);
    assess(key, findings);
    nhi_lifecycle_free(machine);
    nhi_scored_free(score);
    nhi_bytes_free(findings);
    nhi_pepper_free(key);
    nhi_bytes_free(print);
    nhi_bytes_free(token);
    CHECK(nhi_error_status(err) == NHI_OK && nhi_error_guard(err)[0] == 0);
    nhi_error_free(err);
    printf("surface: %d checks hold\n", checks);
    return 0;
}
