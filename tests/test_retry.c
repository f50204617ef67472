/* Waiting times after temporary refusals. */
#include "schedules/retry.h"

#include "base/clock.h"
#include "tests/tap.h"

static const struct retry_rule RULE = {30 * MINUTE_MS, 8 * HOUR_MS, 2 * (int64_t)DAY_MS};

static const struct {
    const char *label;
    int attempt;
    int64_t since_first_ms;
    double jitter;
    int64_t wait_ms;
} CASES[] = {
    {"first: half an hour", 1, 0, 0, 30 * MINUTE_MS},
    {"second: an hour", 2, 30 * MINUTE_MS, 0, HOUR_MS},
    {"third: two", 3, HOUR_MS, 0, 2 * HOUR_MS},
    {"fourth: four", 4, HOUR_MS, 0, 4 * HOUR_MS},
    {"fifth: eight", 5, HOUR_MS, 0, 8 * HOUR_MS},
    {"and no longer", 6, HOUR_MS, 0, 8 * HOUR_MS},
    {"however many", 2000000000, HOUR_MS, 0, 8 * HOUR_MS},
    {"no attempt counts as one", 0, 0, 0, 30 * MINUTE_MS},
    {"jitter adds a tenth at most", 1, 0, 1, 33 * MINUTE_MS},
    {"half of it", 1, 0, 0.5, 31 * MINUTE_MS + 30000},
    {"of the long wait too", 6, 0, 1, 8 * HOUR_MS + 48 * MINUTE_MS},
    {"the last try falls on the limit", 7, 47 * (int64_t)HOUR_MS, 1, HOUR_MS},
    {"just before the limit", 7, 48 * (int64_t)HOUR_MS - 1, 0, 1},
};

int main(void) {
    const int64_t first_ms = 1769158200000;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        int64_t now_ms = first_ms + CASES[i].since_first_ms;
        CHECK_INT(CASES[i].label,
                  retry_at(&RULE, CASES[i].attempt, first_ms, now_ms, CASES[i].jitter) - now_ms,
                  CASES[i].wait_ms);
    }
    CHECK_INT("at the limit: give up", retry_at(&RULE, 1, first_ms, first_ms + 48 * (int64_t)HOUR_MS, 0),
              RETRY_GIVE_UP);
    CHECK_INT("long behind it", retry_at(&RULE, 9, first_ms, first_ms + 900 * (int64_t)HOUR_MS, 1),
              RETRY_GIVE_UP);
    struct retry_rule odd = {10 * HOUR_MS, 8 * HOUR_MS, 2 * (int64_t)DAY_MS};
    CHECK_INT("a first wait over the longest", retry_at(&odd, 1, first_ms, first_ms, 0) - first_ms,
              8 * HOUR_MS);
    /* A whole life: each try later than the one before, until the rule says stop. */
    int tries = 1;
    int64_t now_ms = first_ms;
    for (int64_t next_ms;
         (next_ms = retry_at(&RULE, tries, first_ms, now_ms, 0)) != RETRY_GIVE_UP && next_ms > now_ms;
         tries++)
        now_ms = next_ms;
    CHECK_INT("the last try is two days after the first", now_ms - first_ms, 48 * (int64_t)HOUR_MS);
    CHECK_INT("eleven tries in two days", tries, 11);
    return tap_end();
}
