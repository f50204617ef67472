/* The waiting times between two tries of a delivery. */
#include "schedules/retry.h"

int64_t retry_at(const struct retry_rule *rule, int attempt, int64_t first_try_ms, int64_t now_ms,
                 double jitter) {
    int64_t end_ms = first_try_ms + rule->give_up_ms;
    if (now_ms >= end_ms) return RETRY_GIVE_UP;
    int64_t wait_ms = min_i64(rule->first_ms, rule->longest_ms);
    for (; attempt > 1 && wait_ms < rule->longest_ms; attempt--)
        wait_ms = min_i64(wait_ms * 2, rule->longest_ms);
    return min_i64(now_ms + wait_ms + (int64_t)((double)wait_ms * 0.1 * jitter), end_ms);
}
