/* Linked with a library that has the room `classify` only: the rest is there, and says that it was not built. */
#include "check.h"

static nhi_error *err;

#define NOT_BUILT(call)                                                                    \
    do {                                                                                   \
        CHECK((call) == NHI_ERR_NOT_BUILT && nhi_error_status(err) == NHI_ERR_NOT_BUILT);  \
        CHECK(strcmp(nhi_error_code(err), "not_built") == 0);                              \
    } while (0)

int main(void) {
    nhi_scanner *scanner = NULL;
    nhi_findings *found = NULL;
    nhi_bytes *token = NULL, *json = NULL;
    nhi_baseline *baseline = NULL;
    nhi_lifecycle *machine = NULL;
    nhi_inventory *inventory = NULL;
    nhi_authorizer *authorizer = NULL;
    nhi_ledger *ledger = NULL;
    nhi_report *report = NULL;
    nhi_inputs inputs;

    err = nhi_error_new();
    OK(nhi_mint(TEXT(RULE), 7, &token, err));
    OK(nhi_scanner_new(0, NULL, &scanner, err));
    OK(nhi_scanner_scan(scanner, BYTES(token), &found, err));
    CHECK(nhi_findings_len(found) == 1);
    nhi_findings_free(found);
    nhi_scanner_free(scanner);
    nhi_bytes_free(token);

    memset(&inputs, 0, sizeof inputs);
    NOT_BUILT(nhi_detect(TEXT("x"), DATA("x"), &json, err));
    NOT_BUILT(nhi_inventory_new(&inventory, err));
    NOT_BUILT(nhi_lifecycle_new(NULL, 0, &machine, err));
    NOT_BUILT(nhi_ledger_new(NULL, 0, &ledger, err));
    NOT_BUILT(nhi_baseline_new(0, &baseline, err));
    NOT_BUILT(nhi_authorizer_new(NULL, 0, &authorizer, err));
    NOT_BUILT(nhi_assess(&inputs, NULL, NULL, 0, NOW, &report, err));
    NOT_BUILT(nhi_report_json(NULL, &json, err));
    CHECK(strstr(nhi_error_text(err), "report") != NULL);
    CHECK(json == NULL && inventory == NULL && machine == NULL && ledger == NULL && baseline == NULL);
    CHECK(nhi_baseline_len(NULL) == 0);
    nhi_baseline_free(NULL);
    nhi_error_free(err);
    printf("room: %d checks hold\n", checks);
    return 0;
}
