/* The rest of the header, used as it is meant: pieces, exports, saved inventories, alerts, effects, a ledger of its own. */
#include "check.h"

static nhi_error *err;

/* One file in pieces gives what it gives at once. */
static void streams(void) {
    nhi_scanner *scanner = NULL;
    nhi_stream *stream = NULL;
    nhi_findings *whole = NULL, *part = NULL;
    nhi_bytes *token = NULL, *json = NULL, *other = NULL;
    char text[256];
    size_t len, at, found = 0;

    OK(nhi_mint(TEXT(RULE), 7, &token, err));
    len = (size_t)snprintf(text, sizeof text, "a line\ntoken: %s\n", nhi_bytes_text(token));
    OK(nhi_scanner_new(0, NULL, &scanner, err));
    OK(nhi_scanner_scan_file(scanner, TEXT("a.yml"), (const uint8_t *)text, len, &whole, err));
    OK(nhi_findings_json(whole, &json, err));
    OK(nhi_stream_new(scanner, TEXT("a.yml"), &stream, err));
    nhi_scanner_free(scanner);
    for (at = 0; at < len; at += 5) {
        OK(nhi_stream_push(stream, (const uint8_t *)text + at, len - at < 5 ? len - at : 5, &part, err));
        found += nhi_findings_len(part);
        nhi_findings_free(part);
    }
    OK(nhi_stream_finish(stream, &part, err));
    CHECK(found + nhi_findings_len(part) == 1 && nhi_findings_len(whole) == 1);
    OK(nhi_findings_json(part, &other, err));
    CHECK(strcmp(nhi_bytes_text(json), nhi_bytes_text(other)) == 0);
    nhi_findings_free(part);
    /* What has ended takes nothing more. */
    CHECK(nhi_stream_push(stream, DATA("x"), &part, NULL) == NHI_ERR_INVALID_ARGUMENT);
    CHECK(nhi_stream_finish(stream, &part, NULL) == NHI_ERR_INVALID_ARGUMENT);
    nhi_stream_free(stream);
    nhi_findings_free(whole);
    nhi_bytes_free(json);
    nhi_bytes_free(other);
    nhi_bytes_free(token);
}

static void adapters(const nhi_pepper *pepper) {
    const char *csv = "kind,id,name,status\nteam,payments,Payments,active\nteam,ghosts,Ghosts,vanished\n";
    nhi_bytes *json = NULL;
    OK(nhi_detect(TEXT("owners.csv"), DATA(csv), &json, err));
    CHECK(holds(json, "[{\"adapter\":\"owners\",\"confidence\":"));
    OK(nhi_parse(TEXT("owners.csv"), DATA(csv), NOW, pepper, NULL, 0, &json, err));
    CHECK(strstr(nhi_bytes_text(json), "\"items\":[{\"observation\":{\"record\":{\"owner\":") != NULL);
    CHECK(holds(json, "\"problems\":[{\"source\":\"owners.csv\""));
    OK(nhi_parse(TEXT("x"), DATA(csv), NOW, NULL, TEXT("owners"), &json, err));
    CHECK(holds(json, "\"rows\":2"));
}

static void inventory(void) {
    nhi_inventory *all = NULL, *again = NULL;
    nhi_bytes *json = NULL, *saved = NULL, *other = NULL;
    const char *snapshot =
        "[{\"snapshot\": {\"source\": \"hand\", \"plane\": \"control_plane\", \"taken_at\": \"2026-11-01T00:00:00Z\","
        " \"completeness\": \"full\"}, \"observations\": ["
        "{\"provenance\": {\"source\": \"hand\", \"observed_at\": \"2026-11-01T00:00:00Z\"}, \"record\":"
        " {\"identity\": {\"id\": \"release-bot\"}}},"
        "{\"provenance\": {\"source\": \"hand\", \"observed_at\": \"2026-11-01T00:00:00Z\"}, \"record\":"
        " {\"credential\": {\"id\": \"" CREDENTIAL "\", \"identity\": \"release-bot\", \"issuer\": \"gitlab:corp\"}}},"
        "{\"provenance\": {\"source\": \"hand\", \"observed_at\": \"2026-11-01T00:00:00Z\"}, \"record\": {\"owner\":"
        " {\"kind\": \"team\", \"id\": \"platform\", \"name\": \"Platform\", \"status\": \"active\"}}}]}]";
    OK(nhi_inventory_new(&all, err));
    OK(nhi_inventory_observe(all, TEXT(snapshot), &json, err));
    nhi_bytes_free(json);
    OK(nhi_inventory_identities(all, &json, err));
    CHECK(holds(json, "\"release-bot\""));
    OK(nhi_inventory_owners(all, &json, err));
    CHECK(holds(json, "\"Platform\""));
    OK(nhi_inventory_sightings(all, &json, err));
    CHECK(holds(json, "[]"));
    OK(nhi_inventory_ambiguities(all, &json, err));
    CHECK(holds(json, "[]"));
    OK(nhi_inventory_credential(all, TEXT(CREDENTIAL), &json, err));
    CHECK(holds(json, "\"gitlab:corp\""));
    OK(nhi_inventory_credential(all, TEXT("nobody"), &json, err));
    CHECK(holds(json, "null"));
    OK(nhi_inventory_save(all, &saved, err));
    OK(nhi_inventory_load(BYTES(saved), &again, err));
    OK(nhi_inventory_save(again, &other, err));
    CHECK(strcmp(nhi_bytes_text(saved), nhi_bytes_text(other)) == 0);
    nhi_bytes_free(saved);
    nhi_bytes_free(other);
    nhi_inventory_free(again);
    nhi_inventory_free(all);
}

static void baseline(void) {
    nhi_baseline *all = NULL, *other = NULL;
    nhi_activity call = activity(NOW, 64500);
    nhi_score score;
    nhi_epoch epoch;
    bool known = true;
    uint32_t alerts = 9;
    double notable = 9, severe = 9;
    const nhi_baseline *both[2];

    OK(nhi_baseline_new(0.5, &all, err));
    CHECK(nhi_baseline_len(all) == 0 && nhi_baseline_len(NULL) == 0);
    OK(nhi_baseline_epoch(all, &epoch, err));
    CHECK(epoch.day == INT64_MIN && epoch.budget == 0.5);
    OK(nhi_baseline_score(all, &call, &score, NULL, err));
    OK(nhi_baseline_close_epoch(all, NOW + DAY, err));
    OK(nhi_baseline_epoch(all, &epoch, err));
    CHECK(epoch.number > 0 && epoch.day == NOW / DAY + 1);
    OK(nhi_baseline_set_budget(all, 0.25, err));
    OK(nhi_baseline_epoch(all, &epoch, err));
    CHECK(epoch.budget == 0.25 && nhi_baseline_len(all) == 1);
    OK(nhi_baseline_alerts(all, TEXT("/" CREDENTIAL), &alerts, &known, err));
    CHECK(known && alerts == 0);
    OK(nhi_baseline_thresholds(all, TEXT("/" CREDENTIAL), &notable, &severe, &known, err));
    CHECK(known && notable > 0 && severe >= notable);
    OK(nhi_baseline_close_alert(all, TEXT("/" CREDENTIAL), true, &known, err));
    CHECK(known);
    OK(nhi_baseline_close_alert(all, TEXT("/nobody"), false, &known, err));
    CHECK(!known);
    OK(nhi_baseline_alerts(all, TEXT("/nobody"), &alerts, &known, err));
    CHECK(!known && alerts == 0);
    OK(nhi_baseline_thresholds(all, TEXT("/nobody"), &notable, &severe, &known, err));
    CHECK(!known && notable == 0 && severe == 0);
    /* Names are kept under a seed; what was kept under another does not merge. */
    OK(nhi_baseline_new_seeded(0, 7, &other, err));
    both[0] = all;
    both[1] = other;
    CHECK(nhi_baseline_merge(both, 2, &other, NULL) == NHI_ERR_INVALID_ARGUMENT);
    nhi_baseline_free(other);
    nhi_baseline_free(all);
}

/* A key is registered and revoked, the provider confirms. */
static void lifecycle(const nhi_pepper *pepper) {
    nhi_lifecycle *machine = NULL;
    nhi_bytes *json = NULL, *command = NULL, *print = NULL;
    nhi_str state, id;
    bool same = false;
    char text[1024], *last;

    OK(nhi_pepper_id(pepper, &id, err));
    CHECK(id.len == 8);
    OK(nhi_pepper_fingerprint(pepper, DATA("s"), &print, err));
    OK(nhi_pepper_matches(pepper, BYTES_TEXT(print), DATA("s"), &same, err));
    CHECK(same);
    OK(nhi_pepper_matches(pepper, BYTES_TEXT(print), DATA("t"), &same, err));
    CHECK(!same);
    OK(nhi_lifecycle_new(NULL, 0, &machine, err));
    snprintf(text, sizeof text,
             "{\"cmd_id\": \"1\", \"actor\": \"ann\", \"credential\": \"k\", \"type\": \"Register\", \"owners\":"
             " [{\"kind\": \"team\", \"id\": \"platform\"}], \"versions\": [{\"fingerprint\": \"%s\"}]}",
             nhi_bytes_text(print));
    OK(nhi_lifecycle_apply(machine, TEXT(text), NOW, &json, err));
    nhi_bytes_free(json);
    OK(nhi_lifecycle_state_name(machine, TEXT("k"), BYTES_TEXT(print), &state, err));
    CHECK(is(state, "Active"));
    OK(nhi_lifecycle_state_name(machine, TEXT("k"), TEXT("no"), &state, err));
    CHECK(state.data == NULL);
    OK(nhi_lifecycle_apply(machine,
                           TEXT("{\"cmd_id\": \"2\", \"actor\": \"ann\", \"credential\": \"k\", \"type\": \"Revoke\","
                                " \"cause\": \"cessation\"}"),
                           NOW, &json, err));
    nhi_bytes_free(json);
    OK(nhi_lifecycle_states(machine, &json, err));
    CHECK(holds(json, "{\"k\":{"));
    OK(nhi_lifecycle_outstanding(machine, &json, err));
    /* One effect of the array: there is no parser here. */
    CHECK(strstr(nhi_bytes_text(json), "\"RevokeAtProvider\"") != NULL);
    snprintf(text, sizeof text, "%s", nhi_bytes_text(json) + 1);
    nhi_bytes_free(json);
    last = strstr(text, "},{\"effect_id\"");
    text[last == NULL ? strlen(text) - 1 : (size_t)(last - text) + 1] = 0;
    OK(nhi_effect_answer(TEXT(text), NULL, 0, TEXT("host"), NOW + 1, &command, err));
    OK(nhi_lifecycle_apply(machine, BYTES_TEXT(command), NOW + 1, &json, err));
    CHECK(holds(json, "\"already\":false"));
    nhi_bytes_free(command);
    OK(nhi_effect_answer(TEXT(text), TEXT("{\"error\": \"status 500\"}"), TEXT("host"), NOW, &command, err));
    CHECK(nhi_bytes_len(command) > 0);
    nhi_bytes_free(command);
    nhi_bytes_free(print);
    nhi_lifecycle_free(machine);
}

static void ledger(void) {
    nhi_ledger *own = NULL, *next = NULL;
    nhi_authorizer *authorizer = NULL;
    nhi_decision *decision = NULL;
    nhi_bytes *event = NULL, *entry = NULL, *head = NULL, *lines = NULL, *more = NULL, *both = NULL;
    nhi_request request;
    bool sound = false;

    memset(&request, 0, sizeof request);
    request.action = str("api:GET");
    OK(nhi_authorizer_new(NULL, 0, &authorizer, err));
    OK(nhi_authorizer_authorize(authorizer, &request, NULL, NULL, 0, NULL, NOW, &decision, err));
    OK(nhi_decision_event(decision, &event, err));
    nhi_decision_free(decision);
    nhi_authorizer_free(authorizer);

    OK(nhi_ledger_new(NULL, 0, &own, err));
    OK(nhi_ledger_record(own, TEXT("k"), TEXT("c1"), TEXT("gateway"), NOW, BYTES_TEXT(event), &entry, err));
    CHECK(holds(entry, "\"line\":\""));
    OK(nhi_ledger_lines(own, &lines, err));
    OK(nhi_ledger_take(own, &more, err));
    CHECK(strcmp(nhi_bytes_text(lines), nhi_bytes_text(more)) == 0);
    nhi_bytes_free(more);
    /* Another goes on where this one ended: the lines of both are one chain. */
    OK(nhi_ledger_head(own, &head, err));
    OK(nhi_ledger_new(BYTES_TEXT(head), &next, err));
    OK(nhi_ledger_record(next, TEXT("k"), TEXT("c2"), TEXT("gateway"), NOW, BYTES_TEXT(event), NULL, err));
    nhi_bytes_free(head);
    OK(nhi_ledger_head(next, &head, err));
    OK(nhi_ledger_lines(next, &more, err));
    {
        size_t len = nhi_bytes_len(lines) + nhi_bytes_len(more);
        char *joined = (char *)malloc(len + 1);
        CHECK(joined != NULL);
        snprintf(joined, len + 1, "%s%s", nhi_bytes_text(lines), nhi_bytes_text(more));
        OK(nhi_ledger_verify((const uint8_t *)joined, len, BYTES_TEXT(head), &sound, &both, err));
        free(joined);
    }
    CHECK(sound && holds(both, "\"entries\":2"));
    nhi_bytes_free(head);
    nhi_bytes_free(lines);
    nhi_bytes_free(more);
    nhi_bytes_free(event);
    nhi_ledger_free(next);
    nhi_ledger_free(own);
}

/* Every number of a status has its text. */
static void codes(void) {
    int status, seen = 0;
    for (status = -1; status < 300; status++) {
        seen += nhi_status_code(status)[0] != 0;
    }
    CHECK(seen == 14 && nhi_status_code(NHI_OK)[0] == 0);
    CHECK(strcmp(nhi_status_code(NHI_ERR_STATE_CORRUPT), "state_corrupt") == 0);
    CHECK(strcmp(nhi_status_code(NHI_ERR_NOT_BUILT), "not_built") == 0);
}

int main(void) {
    static const uint8_t key[32] = {42};
    nhi_pepper *pepper = NULL;
    err = nhi_error_new();
    OK(nhi_pepper_new(key, sizeof key, &pepper, err));
    codes();
    streams();
    adapters(pepper);
    inventory();
    baseline();
    lifecycle(pepper);
    ledger();
    nhi_pepper_free(pepper);
    /* Nothing failed, so there is nothing to tell. */
    CHECK(nhi_error_status(err) == NHI_OK && nhi_error_text(err)[0] == 0);
    nhi_error_free(err);
    printf("records: %d checks hold\n", checks);
    return 0;
}
