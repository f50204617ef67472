/* When to try again after a temporary refusal (RFC 5321 section 4.5.4.1). */
#ifndef SCHEDULES_RETRY_H
#define SCHEDULES_RETRY_H

#include "base/common.h"

struct retry_rule { int64_t first_ms, longest_ms, give_up_ms; }; /* 30 min, doubling to 8 h, for 2 days */
enum { RETRY_GIVE_UP = -1 };
/* attempt: 1 = the first try has just failed. jitter 0..1 from the caller adds at most 10 %. Unix ms, or
 * RETRY_GIVE_UP once first_try_ms lies give_up_ms back; the last try falls on that limit, never past it. */
int64_t retry_at(const struct retry_rule *rule, int attempt, int64_t first_try_ms, int64_t now_ms, double jitter);

#endif
