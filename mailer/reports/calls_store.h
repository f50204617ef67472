/* Whom mail does not reach: the call list's rows. */
#ifndef MAILER_REPORTS_CALLS_STORE_H
#define MAILER_REPORTS_CALLS_STORE_H

#include "mailer/reports/counts.h"

/* By department, then the most populous first. department "" = all; else those that belong to it, and behind them groupings
 * of neighbouring departments with member communes there. The caller's transaction. */
bool calls_load(struct db *db, int64_t campaign_id, const char *department, int64_t now_ms, struct report_calls *calls,
                struct err *err);
void calls_release(struct report_calls *calls);

#endif
