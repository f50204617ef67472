/* C tests in tables: each check prints one TAP line. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool tap_ok(bool good, const char *label) {
    printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, label);
    tap_failed += !good;
    return good;
}
#define CHECK(label, condition) tap_ok((condition), (label))
#define CHECK_INT(label, got, want)                                                                          \
    do {                                                                                                     \
        intmax_t got_ = (got), want_ = (want);                                                               \
        if (!tap_ok(got_ == want_, (label))) printf("# got %jd, want %jd\n", got_, want_);                   \
    } while (0)
#define CHECK_TEXT(label, got, want)                                                                         \
    do {                                                                                                     \
        const char *got_ = (got), *want_ = (want);                                                           \
        if (!tap_ok(got_ && want_ && !strcmp(got_, want_), (label)))                                         \
            printf("# got  «%s»\n# want «%s»\n", got_ ? got_ : "(null)", want_ ? want_ : "(null)");           \
    } while (0)
static inline int tap_end(void) {
    printf("1..%d\n", tap_count);
    return tap_failed ? 1 : 0;
}

#endif
