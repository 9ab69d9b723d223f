/* Many calls, good and bad: the memory of the process stays where it was. `many [ROUNDS]` */
#include "check.h"

static nhi_error *err;

/* Resident pages of this process. */
static long pages(void) {
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &total, &resident) == 2);
    fclose(file);
    return resident;
}

int main(int count, char **arguments) {
    long rounds = count > 1 ? atol(arguments[1]) : 200000, round, before = 0, after;
    nhi_scanner *scanner = NULL;
    nhi_baseline *baseline = NULL;
    nhi_authorizer *authorizer = NULL;
    nhi_bytes *token = NULL, *json = NULL;
    nhi_findings *findings = NULL;
    nhi_scored *whole = NULL;
    nhi_decision *decision = NULL;
    nhi_request request;
    nhi_score score;
    char line[256];

    err = nhi_error_new();
    OK(nhi_scanner_new(0, NULL, &scanner, err));
    OK(nhi_baseline_new(0, &baseline, err));
    OK(nhi_authorizer_new(NULL, 0, &authorizer, err));
    OK(nhi_mint(TEXT(RULE), 1, &token, err));
    snprintf(line, sizeof line, "authorization: Bearer %s", nhi_bytes_text(token));
    memset(&request, 0, sizeof request);
    request.action = str("api:GET");
    for (round = 0; round < rounds; round++) {
        nhi_activity call = activity(NOW + round, 1);
        if (round == rounds / 4) {
            before = pages();
        }
        OK(nhi_scanner_scan(scanner, DATA(line), &findings, err));
        CHECK(nhi_findings_len(findings) == 1);
        nhi_findings_free(findings);
        OK(nhi_baseline_score(baseline, &call, &score, &whole, err));
        OK(nhi_authorizer_authorize(authorizer, &request, NULL, NULL, 0, whole, NOW, &decision, err));
        OK(nhi_decision_authzen(decision, &json, err));
        nhi_bytes_free(json);
        nhi_decision_free(decision);
        nhi_scored_free(whole);
        CHECK(nhi_baseline_score_json(baseline, TEXT("{"), &score, NULL, err) == NHI_ERR_INVALID_JSON);
        CHECK(nhi_scanner_scan(NULL, NULL, 0, &findings, err) == NHI_ERR_NULL_POINTER);
    }
    after = pages();
    printf("many: %ld rounds, %ld pages after a quarter, %ld at the end\n", rounds, before, after);
    /* A few rounds tell nothing, and under valgrind it is valgrind that counts. */
    CHECK(rounds < 10000 || after - before <= 64);
    nhi_bytes_free(token);
    nhi_authorizer_free(authorizer);
    nhi_baseline_free(baseline);
    nhi_scanner_free(scanner);
    nhi_error_free(err);
    return 0;
}
