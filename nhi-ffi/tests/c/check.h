/* What the tests share. Valid C11 and C++. */
#ifndef CHECK_H
#define CHECK_H

#include "nhi.h"

#include <stdio.h>
#include <string.h>

static int checks = 0;

#define CHECK(holds)                                                                    \
    do {                                                                                \
        checks++;                                                                       \
        if (!(holds)) {                                                                 \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #holds);   \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

/* Says what the library said when a call should have succeeded. */
#define OK(call)                                                                        \
    do {                                                                                \
        checks++;                                                                       \
        if ((call) != NHI_OK) {                                                         \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, nhi_error_code(err), \
                    nhi_error_text(err));                                               \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

/* A text as the two arguments that a call takes. */
#define TEXT(text) text, strlen(text)
/* A text as bytes. */
#define DATA(text) (const uint8_t *)(text), strlen(text)
/* Bytes of ours as two arguments. */
#define BYTES(bytes) nhi_bytes_data(bytes), nhi_bytes_len(bytes)
#define BYTES_TEXT(bytes) nhi_bytes_text(bytes), nhi_bytes_len(bytes)

static inline nhi_str str(const char *text) {
    nhi_str out;
    out.data = text;
    out.len = strlen(text);
    return out;
}

static inline int is(nhi_str text, const char *expected) {
    return text.data != NULL && text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

/* Whether JSON of ours holds a text; the bytes are freed. */
static inline int holds(nhi_bytes *json, const char *part) {
    int found = strstr(nhi_bytes_text(json), part) != NULL;
    if (!found) {
        fprintf(stderr, "no %s in %s\n", part, nhi_bytes_text(json));
    }
    nhi_bytes_free(json);
    return found;
}

#define RULE "gitlab.personal-access-token"
#define CREDENTIAL "gitlab:corp/release-bot/personal_token"
#define NOW INT64_C(1793614500000) /* 2026-11-02T10:15:00Z */
#define DAY INT64_C(86400000)

static inline nhi_activity activity(int64_t time, uint32_t asn) {
    nhi_activity out;
    memset(&out, 0, sizeof out);
    out.time = time;
    out.credential = str(CREDENTIAL);
    out.action = str("api:GET");
    out.destination = str("/api/v4/projects/7/releases");
    out.asn = asn;
    out.flags = NHI_HAS_ASN;
    return out;
}

#endif
