/* How much mail is too much, and when a list of respondents is too old: all policy of it. Off by default. */
#ifndef MAILER_SEND_LIMITS_H
#define MAILER_SEND_LIMITS_H

#include "mailer/campaign.h"
#include "mailer/send/delivery_store.h"

struct send_limits {
    int days_between;       /* local days between two mails to a collectivity, over all campaigns; 0 = no limit */
    int64_t messages_a_day; /* of Paris's day, over all campaigns; 0 = no limit */
    int64_t answers_max_age_ms;
    bool hold_old_answers;  /* reminders wait for a newer list */
};

/* The list of respondents is older than it may be. Never of a campaign that knows no answers at all: its reminders are
 * worded for that. */
bool answers_old(const struct send_limits *limits, const struct campaign *campaign, int64_t now_ms);

/* When a mail that could go at at_ms may go, given the party's last one (of another delivery than delivery_id; 0 = of any): at_ms, later in the window, or LIMIT_NEVER when
 * that is past the wave's own limit (latest_ms) or the deadline. */
enum { LIMIT_NEVER = -1 };
bool limit_spacing_ms(struct db *db, const struct send_limits *limits, const struct campaign *campaign, int64_t delivery_id,
                      const char *party_id, const char *department, int64_t at_ms, int64_t latest_ms, int64_t *open_ms, struct err *err);

/* Messages by day of Paris: those armed, and those waiting for their instant. */
struct day_counts { int64_t first_day; int64_t *counts; size_t days; };
bool day_counts_load(struct db *db, int64_t now_ms, struct day_counts *counts, struct err *err);
void day_counts_release(struct day_counts *counts);
/* The first instant at or after at_ms, in the window, on a day with room; the message is counted there. LIMIT_NEVER when there is
 * none before the deadline. */
bool limit_day_ms(const struct send_limits *limits, const struct campaign *campaign, const char *department, int64_t at_ms,
                  struct day_counts *counts, int64_t *open_ms, struct err *err);
/* Messages whose final dot was let go on that day of Paris. */
bool armed_on_day(struct db *db, int64_t day, int64_t *count, struct err *err);

#endif
