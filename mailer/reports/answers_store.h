/* Answers over time, and the extensions of the deadline: the rows of the curve. */
#ifndef MAILER_REPORTS_ANSWERS_STORE_H
#define MAILER_REPORTS_ANSWERS_STORE_H

#include "mailer/reports/counts.h"

/* Fill report->days and report->extensions, oldest first. The caller's transaction. */
bool answer_days_load(struct db *db, int64_t campaign_id, struct report *report, struct err *err);
bool extensions_load(struct db *db, int64_t campaign_id, struct report *report, struct err *err);

#endif
