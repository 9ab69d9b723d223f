/* What must not be: NULL, wrong lengths, broken state, foreign nonsense. Nothing is written, nothing crashes. */
#include "check.h"

#include <math.h>

static nhi_error *err;

#define REFUSED(status, code_text, call)                                                          \
    do {                                                                                          \
        checks++;                                                                                 \
        if ((call) != (status) || nhi_error_status(err) != (status) ||                            \
            strcmp(nhi_error_code(err), code_text) != 0 || nhi_error_text(err)[0] == 0) {         \
            fprintf(stderr, "%s:%d: %s gave %s: %s\n", __FILE__, __LINE__, #call,                 \
                    nhi_error_code(err), nhi_error_text(err));                                    \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

#define NOT_NULL(call) REFUSED(NHI_ERR_NULL_POINTER, "null_pointer", call)
#define BAD_ARGUMENT(call) REFUSED(NHI_ERR_INVALID_ARGUMENT, "invalid_argument", call)
#define BAD_JSON(call) REFUSED(NHI_ERR_INVALID_JSON, "invalid_json", call)

int main(void) {
    nhi_scanner *scanner = NULL;
    nhi_baseline *baseline = NULL;
    nhi_lifecycle *machine = NULL;
    nhi_inventory *inventory = NULL;
    nhi_authorizer *authorizer = NULL;
    nhi_bytes *saved = NULL;
    nhi_activity call = activity(NOW, 1);
    nhi_request request;
    nhi_inputs inputs;
    nhi_file file;
    nhi_score score, batch_scores[2];
    nhi_activity batch[2];
    uint8_t *broken;
    bool flag = false;
    int64_t number = 0;
    size_t at, refused = 0;
    /* Outputs that must stay as they are. */
    static char mark;
    nhi_bytes *const kept = (nhi_bytes *)(void *)&mark;
    nhi_bytes *json = kept;
    nhi_pepper *pepper = (nhi_pepper *)(void *)&mark;
    nhi_baseline *loaded = (nhi_baseline *)(void *)&mark;
    nhi_decision *decision = (nhi_decision *)(void *)&mark;
    nhi_report *report = (nhi_report *)(void *)&mark;
    nhi_findings *findings = (nhi_findings *)(void *)&mark;
    nhi_lifecycle *resumed = (nhi_lifecycle *)(void *)&mark;
    nhi_stream *stream = NULL, *fresh = (nhi_stream *)(void *)&mark;
    nhi_inventory *filled = (nhi_inventory *)(void *)&mark;
    nhi_ledger *ledger = NULL, *chain = (nhi_ledger *)(void *)&mark;
    nhi_str text = {&mark, 77};
    double real = 17;
    nhi_findings *ended = NULL;
    nhi_scanner *unmade = (nhi_scanner *)(void *)&mark;
    static const uint8_t zeros[32] = {0};
    nhi_pepper *key = NULL;
    const nhi_baseline *none[1];

    err = nhi_error_new();
    OK(nhi_scanner_new(0, NULL, &scanner, err));
    OK(nhi_baseline_new(0.1, &baseline, err));
    OK(nhi_lifecycle_new(NULL, 0, &machine, err));
    OK(nhi_inventory_new(&inventory, err));
    OK(nhi_authorizer_new(NULL, 0, &authorizer, err));
    OK(nhi_stream_new(scanner, NULL, 0, &stream, err));
    OK(nhi_pepper_new(zeros, sizeof zeros, &key, err));
    OK(nhi_ledger_new(NULL, 0, &ledger, err));

    /* NULL where an object, data or an output must be. */
    NOT_NULL(nhi_scanner_new(0, NULL, NULL, err));
    NOT_NULL(nhi_scanner_scan(NULL, DATA("x"), &findings, err));
    NOT_NULL(nhi_scanner_scan(scanner, NULL, 1, &findings, err));
    NOT_NULL(nhi_scanner_scan(scanner, DATA("x"), NULL, err));
    NOT_NULL(nhi_scanner_scan_file(scanner, NULL, 3, DATA("x"), &findings, err));
    NOT_NULL(nhi_findings_json(NULL, &json, err));
    NOT_NULL(nhi_redactor_new(NULL, NULL, err));
    NOT_NULL(nhi_redactor_redact(NULL, DATA("x"), &json, err));
    NOT_NULL(nhi_inspect(NULL, 4, NULL, &json, err));
    NOT_NULL(nhi_mint(NULL, 4, 1, &json, err));
    NOT_NULL(nhi_mint_shape(TEXT(RULE), 0, 1, NULL, err));
    NOT_NULL(nhi_pepper_new(NULL, 32, &pepper, err));
    NOT_NULL(nhi_pepper_parse(TEXT(""), NULL, err));
    NOT_NULL(nhi_pepper_expose_file(NULL, &json, err));
    NOT_NULL(nhi_pepper_fingerprint(NULL, DATA("x"), &json, err));
    NOT_NULL(nhi_time_parse(TEXT("2026-11-02T10:15:00Z"), NULL, err));
    NOT_NULL(nhi_baseline_new(0, NULL, err));
    NOT_NULL(nhi_baseline_load(NULL, 8, &loaded, err));
    NOT_NULL(nhi_baseline_save(NULL, &json, err));
    NOT_NULL(nhi_baseline_merge(NULL, 1, &loaded, err));
    none[0] = NULL;
    NOT_NULL(nhi_baseline_merge(none, 1, &loaded, err));
    NOT_NULL(nhi_baseline_score(NULL, &call, &score, NULL, err));
    NOT_NULL(nhi_baseline_score(baseline, NULL, &score, NULL, err));
    NOT_NULL(nhi_baseline_score(baseline, &call, NULL, NULL, err));
    NOT_NULL(nhi_baseline_score_json(baseline, NULL, 2, &score, NULL, err));
    NOT_NULL(nhi_baseline_peek(baseline, NULL, &score, NULL, err));
    NOT_NULL(nhi_baseline_score_batch(baseline, NULL, 2, batch_scores, err));
    NOT_NULL(nhi_baseline_score_batch(baseline, &call, 1, NULL, err));
    NOT_NULL(nhi_baseline_closing_due(NULL, NOW, &flag, err));
    NOT_NULL(nhi_baseline_close_epoch(NULL, NOW, err));
    NOT_NULL(nhi_scored_json(NULL, &json, err));
    NOT_NULL(nhi_lifecycle_new(NULL, 0, NULL, err));
    NOT_NULL(nhi_lifecycle_resume(NULL, 0, NULL, 1, &resumed, err));
    NOT_NULL(nhi_lifecycle_apply(NULL, TEXT("{}"), NOW, &json, err));
    NOT_NULL(nhi_lifecycle_apply(machine, NULL, 1, NOW, &json, err));
    NOT_NULL(nhi_lifecycle_tick(NULL, NOW, &json, err));
    NOT_NULL(nhi_lifecycle_state(machine, TEXT("x"), NULL, err));
    NOT_NULL(nhi_lifecycle_outstanding(NULL, &json, err));
    NOT_NULL(nhi_lifecycle_next_deadline(machine, NULL, err));
    NOT_NULL(nhi_lifecycle_record(machine, TEXT("x"), NULL, TEXT("y"), NOW, err));
    NOT_NULL(nhi_lifecycle_ledger(NULL, &json, err));
    NOT_NULL(nhi_lifecycle_take_ledger(NULL, &json, err));
    NOT_NULL(nhi_lifecycle_checkpoint(NULL, &json, err));
    NOT_NULL(nhi_ledger_verify(NULL, 1, NULL, 0, &flag, &json, err));
    NOT_NULL(nhi_ledger_verify(NULL, 0, NULL, 0, NULL, &json, err));
    NOT_NULL(nhi_ledger_replay(NULL, 1, &json, err));
    NOT_NULL(nhi_inventory_new(NULL, err));
    NOT_NULL(nhi_inventory_observe(NULL, TEXT("[]"), &json, err));
    NOT_NULL(nhi_inventory_observe_activities(NULL, TEXT("[]"), err));
    NOT_NULL(nhi_inventory_resolve(inventory, TEXT("x"), NULL, err));
    NOT_NULL(nhi_inventory_credentials(NULL, &json, err));
    NOT_NULL(nhi_inventory_drift(NULL, NOW, &json, err));
    NOT_NULL(nhi_inventory_plan(NULL, NOW, &json, err));
    NOT_NULL(nhi_authorizer_new(NULL, 0, NULL, err));
    NOT_NULL(nhi_authorizer_authorize(authorizer, NULL, NULL, NULL, 0, NULL, NOW, &decision, err));
    NOT_NULL(nhi_authorizer_authorize_json(NULL, TEXT("{}"), NULL, NULL, NULL, 0, NULL, NOW, &decision, err));
    NOT_NULL(nhi_authorizer_replay(authorizer, NULL, 9, &json, err));
    NOT_NULL(nhi_decision_answer(NULL, NULL, err));
    NOT_NULL(nhi_decision_authzen(NULL, &json, err));
    NOT_NULL(nhi_decision_record(NULL, &json, err));
    NOT_NULL(nhi_assess(NULL, NULL, NULL, 0, NOW, &report, err));
    NOT_NULL(nhi_report_json(NULL, &json, err));
    NOT_NULL(nhi_report_markdown(NULL, &json, err));
    NOT_NULL(nhi_report_html(NULL, &json, err));
    NOT_NULL(nhi_report_sarif(NULL, &json, err));
    NOT_NULL(nhi_report_first_screen(NULL, &json, err));
    NOT_NULL(nhi_report_ledger(NULL, &json, err));
    NOT_NULL(nhi_report_baseline(NULL, &json, err));
    NOT_NULL(nhi_stream_new(NULL, NULL, 0, &fresh, err));
    NOT_NULL(nhi_stream_new(scanner, NULL, 1, &fresh, err));
    NOT_NULL(nhi_stream_push(NULL, DATA("x"), &findings, err));
    NOT_NULL(nhi_stream_push(stream, NULL, 1, &findings, err));
    NOT_NULL(nhi_stream_push(stream, DATA("x"), NULL, err));
    NOT_NULL(nhi_stream_finish(NULL, &findings, err));
    NOT_NULL(nhi_stream_finish(stream, NULL, err));
    NOT_NULL(nhi_detect(NULL, 1, DATA("x"), &json, err));
    NOT_NULL(nhi_detect(TEXT("x"), NULL, 1, &json, err));
    NOT_NULL(nhi_parse(TEXT("x"), NULL, 1, NOW, NULL, NULL, 0, &json, err));
    NOT_NULL(nhi_parse(TEXT("x"), DATA("x"), NOW, NULL, NULL, 1, &json, err));
    NOT_NULL(nhi_parse(TEXT("x"), DATA("x"), NOW, NULL, NULL, 0, NULL, err));
    NOT_NULL(nhi_pepper_matches(NULL, TEXT("x"), DATA("x"), &flag, err));
    NOT_NULL(nhi_pepper_id(NULL, &text, err));
    NOT_NULL(nhi_inventory_identities(NULL, &json, err));
    NOT_NULL(nhi_inventory_owners(NULL, &json, err));
    NOT_NULL(nhi_inventory_sightings(inventory, NULL, err));
    NOT_NULL(nhi_inventory_ambiguities(NULL, &json, err));
    NOT_NULL(nhi_inventory_credential(inventory, NULL, 1, &json, err));
    NOT_NULL(nhi_inventory_save(NULL, &json, err));
    NOT_NULL(nhi_inventory_load(NULL, 1, &filled, err));
    NOT_NULL(nhi_baseline_new_seeded(0, 1, NULL, err));
    NOT_NULL(nhi_baseline_epoch(baseline, NULL, err));
    NOT_NULL(nhi_baseline_set_budget(NULL, 0.1, err));
    NOT_NULL(nhi_baseline_close_alert(baseline, NULL, 1, true, &flag, err));
    NOT_NULL(nhi_baseline_alerts(baseline, TEXT("x"), NULL, &flag, err));
    NOT_NULL(nhi_baseline_thresholds(baseline, TEXT("x"), &real, NULL, &flag, err));
    NOT_NULL(nhi_lifecycle_state_name(NULL, TEXT("x"), TEXT("x"), &text, err));
    NOT_NULL(nhi_lifecycle_states(NULL, &json, err));
    NOT_NULL(nhi_effect_answer(NULL, 1, NULL, 0, TEXT("a"), NOW, &json, err));
    NOT_NULL(nhi_ledger_new(NULL, 1, &chain, err));
    NOT_NULL(nhi_ledger_head(NULL, &json, err));
    NOT_NULL(nhi_ledger_lines(NULL, &json, err));
    NOT_NULL(nhi_ledger_take(NULL, &json, err));
    NOT_NULL(nhi_ledger_record(NULL, TEXT("k"), TEXT("c"), TEXT("a"), NOW, TEXT("{}"), NULL, err));
    NOT_NULL(nhi_decision_event(NULL, &json, err));
    /* Without an error object only the status tells. */
    CHECK(nhi_scanner_scan(NULL, NULL, 0, NULL, NULL) == NHI_ERR_NULL_POINTER);

    /* Of NULL there is nothing to read, and freeing it is fine. */
    CHECK(nhi_error_status(NULL) == NHI_OK && nhi_error_code(NULL)[0] == 0);
    CHECK(nhi_error_text(NULL)[0] == 0 && nhi_error_guard(NULL)[0] == 0);
    CHECK(nhi_bytes_data(NULL) == NULL && nhi_bytes_text(NULL) == NULL && nhi_bytes_len(NULL) == 0);
    CHECK(nhi_findings_len(NULL) == 0 && nhi_findings_data(NULL) == NULL);
    nhi_error_free(NULL);
    nhi_bytes_free(NULL);
    nhi_pepper_free(NULL);
    nhi_scanner_free(NULL);
    nhi_findings_free(NULL);
    nhi_redactor_free(NULL);
    nhi_baseline_free(NULL);
    nhi_scored_free(NULL);
    nhi_lifecycle_free(NULL);
    nhi_inventory_free(NULL);
    nhi_authorizer_free(NULL);
    nhi_decision_free(NULL);
    nhi_report_free(NULL);
    nhi_stream_free(NULL);
    nhi_ledger_free(NULL);
    CHECK(nhi_baseline_len(NULL) == 0);

    /* Wrong lengths and values. */
    BAD_ARGUMENT(nhi_scanner_scan(scanner, (const uint8_t *)"x", SIZE_MAX, &findings, err));
    BAD_ARGUMENT(nhi_baseline_score_batch(baseline, &call, SIZE_MAX / 8, batch_scores, err));
    BAD_ARGUMENT(nhi_scanner_new(1024, NULL, &unmade, err));
    REFUSED(NHI_ERR_INVALID_PEPPER, "invalid_pepper", nhi_pepper_new((const uint8_t *)"short", 5, &pepper, err));
    BAD_ARGUMENT(nhi_mint(TEXT("no.such-rule"), 1, &json, err));
    BAD_ARGUMENT(nhi_mint(TEXT("\xff\xfe"), 1, &json, err));
    BAD_ARGUMENT(nhi_mint_shape(TEXT(RULE), 1000, 1, &json, err));
    BAD_ARGUMENT(nhi_baseline_new(-1, &loaded, err));
    BAD_ARGUMENT(nhi_baseline_new(NAN, &loaded, err));
    BAD_ARGUMENT(nhi_baseline_new(INFINITY, &loaded, err));
    BAD_ARGUMENT(nhi_baseline_new(1e-9, &loaded, err));
    BAD_ARGUMENT(nhi_baseline_new_seeded(-0.1, 1, &loaded, err));
    BAD_ARGUMENT(nhi_baseline_set_budget(baseline, NAN, err));
    BAD_ARGUMENT(nhi_baseline_set_budget(baseline, 0, err));
    BAD_ARGUMENT(nhi_baseline_score_batch(baseline, (const nhi_activity *)(const void *)((const char *)&call + 1), 1,
                                          batch_scores, err));
    BAD_ARGUMENT(nhi_pepper_matches(key, TEXT("not a fingerprint"), DATA("x"), &flag, err));
    BAD_ARGUMENT(nhi_parse(TEXT("x"), DATA("x"), NOW, NULL, TEXT("no-such-adapter"), &json, err));
    REFUSED(NHI_ERR_UNREADABLE, "unreadable", nhi_parse(TEXT("x"), DATA("x"), NOW, NULL, NULL, 0, &json, err));
    BAD_ARGUMENT(nhi_stream_new(scanner, TEXT("\xff"), &fresh, err));
    OK(nhi_stream_finish(stream, &ended, err));
    nhi_findings_free(ended);
    BAD_ARGUMENT(nhi_stream_push(stream, DATA("x"), &findings, err));
    BAD_ARGUMENT(nhi_stream_finish(stream, &findings, err));
    call.outcome = 17;
    BAD_ARGUMENT(nhi_baseline_score(baseline, &call, &score, NULL, err));
    call = activity(NOW, 1);
    call.flags = 1 << 20;
    BAD_ARGUMENT(nhi_baseline_score(baseline, &call, &score, NULL, err));
    call = activity(NOW, 1);
    call.credential.data = NULL;
    NOT_NULL(nhi_baseline_score(baseline, &call, &score, NULL, err));
    call.credential.len = 0;
    BAD_ARGUMENT(nhi_baseline_score(baseline, &call, &score, NULL, err));
    call = activity(NOW, 1);
    call.tenant = str("a/b");
    BAD_ARGUMENT(nhi_baseline_peek(baseline, &call, &score, NULL, err));
    /* In a batch the bad one has its status, the other its score. */
    batch[0] = call;
    batch[1] = activity(NOW, 1);
    OK(nhi_baseline_score_batch(baseline, batch, 2, batch_scores, err));
    CHECK(batch_scores[0].status == NHI_ERR_INVALID_ARGUMENT && batch_scores[1].status == NHI_OK);
    memset(&request, 0, sizeof request);
    BAD_ARGUMENT(nhi_authorizer_authorize(authorizer, &request, NULL, NULL, 0, NULL, NOW, &decision, err));
    request.action = str("s3:GetObject");
    request.fingerprint = str("not a fingerprint");
    BAD_ARGUMENT(nhi_authorizer_authorize(authorizer, &request, machine, NULL, 0, NULL, NOW, &decision, err));
    REFUSED(NHI_ERR_INVALID_PEPPER, "invalid_pepper", nhi_pepper_parse(TEXT("nonsense"), &pepper, err));
    REFUSED(NHI_ERR_INVALID_TIME, "invalid_time", nhi_time_parse(TEXT("yesterday"), &number, err));

    /* JSON that is none, or not what was asked for. The error names the place and keeps the content back. */
    BAD_JSON(nhi_baseline_score_json(baseline, TEXT("{\"secret-content\": 1}"), &score, NULL, err));
    CHECK(strstr(nhi_error_text(err), "secret-content") == NULL);
    BAD_JSON(nhi_lifecycle_new(TEXT("{"), &resumed, err));
    BAD_JSON(nhi_lifecycle_apply(machine, TEXT("[]"), NOW, &json, err));
    BAD_JSON(nhi_ledger_verify(NULL, 0, TEXT("{}"), &flag, &json, err));
    BAD_JSON(nhi_inventory_observe(inventory, TEXT("{}"), &json, err));
    BAD_JSON(nhi_effect_answer(TEXT("{}"), NULL, 0, TEXT("a"), NOW, &json, err));
    BAD_JSON(nhi_ledger_new(TEXT("[]"), &chain, err));
    BAD_JSON(nhi_ledger_record(ledger, TEXT("k"), TEXT("c"), TEXT("a"), NOW, TEXT("{}"), &json, err));
    BAD_JSON(nhi_authorizer_replay(authorizer, TEXT("{}"), &json, err));
    BAD_JSON(nhi_authorizer_authorize_json(authorizer, TEXT("]"), NULL, NULL, NULL, 0, NULL, NOW, &decision, err));

    /* A guard of the lifecycle says no. */
    REFUSED(NHI_ERR_REJECTED, "rejected",
            nhi_lifecycle_apply(machine,
                                TEXT("{\"cmd_id\": \"c\", \"actor\": \"a\", \"credential\": \"nobody\","
                                     " \"type\": \"Suspend\", \"reason\": \"odd\"}"),
                                NOW, &json, err));
    CHECK(strlen(nhi_error_guard(err)) > 0);

    /* Saved state with any byte changed, or cut anywhere, is refused. */
    OK(nhi_baseline_save(baseline, &saved, err));
    broken = (uint8_t *)malloc(nhi_bytes_len(saved));
    CHECK(broken != NULL);
    for (at = 0; at < nhi_bytes_len(saved); at += 7) {
        nhi_status status;
        memcpy(broken, nhi_bytes_data(saved), nhi_bytes_len(saved));
        broken[at] ^= 0x5a;
        status = nhi_baseline_load(broken, nhi_bytes_len(saved), &loaded, err);
        CHECK(status == NHI_ERR_STATE_CORRUPT || status == NHI_ERR_STATE_VERSION);
        status = nhi_baseline_load(nhi_bytes_data(saved), at, &loaded, err);
        CHECK(status == NHI_ERR_STATE_CORRUPT || status == NHI_ERR_STATE_VERSION);
        refused += 2;
    }
    CHECK(refused > 100);
    free(broken);
    nhi_bytes_free(saved);
    REFUSED(NHI_ERR_STATE_CORRUPT, "state_corrupt", nhi_inventory_load(DATA("{}"), &filled, err));
    REFUSED(NHI_ERR_STATE_CORRUPT, "state_corrupt", nhi_inventory_load(DATA("\xff"), &filled, err));
    REFUSED(NHI_ERR_UNREADABLE, "unreadable", nhi_ledger_replay(DATA("{}\n"), &json, err));
    REFUSED(NHI_ERR_UNREADABLE, "unreadable", nhi_lifecycle_resume(NULL, 0, DATA("x"), &resumed, err));

    /* Files are foreign: nonsense in them is a problem of the report; a file without a name is the caller's. */
    memset(&file, 0, sizeof file);
    memset(&inputs, 0, sizeof inputs);
    inputs.files = &file;
    inputs.files_len = 1;
    NOT_NULL(nhi_assess(&inputs, NULL, NULL, 0, NOW, &report, err));
    file.name = str("a.json");
    file.len = 9;
    NOT_NULL(nhi_assess(&inputs, NULL, NULL, 0, NOW, &report, err));
    file.len = 0;
    BAD_JSON(nhi_assess(&inputs, NULL, TEXT("{\"no_such_field\": 1}"), NOW, &report, err));
    inputs.baseline = (const uint8_t *)"rubbish";
    inputs.baseline_len = 7;
    REFUSED(NHI_ERR_STATE_CORRUPT, "state_corrupt", nhi_assess(&inputs, NULL, NULL, 0, NOW, &report, err));

    CHECK(json == kept && (void *)pepper == &mark && (void *)loaded == &mark && (void *)decision == &mark);
    CHECK((void *)report == &mark && (void *)findings == &mark && (void *)resumed == &mark);
    CHECK((void *)fresh == &mark && (void *)filled == &mark && (void *)chain == &mark && (void *)unmade == &mark);
    CHECK(!flag && number == 0 && real == 17 && text.data == &mark && text.len == 77);

    nhi_authorizer_free(authorizer);
    nhi_inventory_free(inventory);
    nhi_lifecycle_free(machine);
    nhi_baseline_free(baseline);
    nhi_stream_free(stream);
    nhi_ledger_free(ledger);
    nhi_pepper_free(key);
    nhi_scanner_free(scanner);
    nhi_error_free(err);
    printf("bad: %d checks hold\n", checks);
    return 0;
}
