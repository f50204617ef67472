/* What a campaign has come to: every figure of a report, read at one instant of the store. */
#ifndef MAILER_REPORTS_COUNTS_H
#define MAILER_REPORTS_COUNTS_H

#include "mailer/wave_store.h"

/* planned = pending + sent + failed + skipped + in_doubt, always. Deferred is part of pending; what came back
 * (bounced_hard … complaints) is part of sent. A delivery counts once, whatever number of messages it took.
 */
struct delivery_counts {
    int64_t planned, pending, sent, deferred, failed, skipped, in_doubt;
    int64_t bounced_hard, bounced_soft, autoreplies, replies, objections, complaints;
};

/* total = answered + unanswered; unreachable, those whom no mail can reach, is part of unanswered. Who was
 * withdrawn is not counted; who objected still is: the survey awaits an answer that mail may not ask for any
 * more. */
struct selected_counts {
    int64_t total, answered, unanswered, unreachable;
};

struct report_wave {
    char name[SCHEDULE_NAME], title[SCHEDULE_TITLE];
    enum audience audience;
    int64_t at_ms; /* of the department asked for, else metropolitan France's; -1 = none */
    enum wave_state state;
    char reason[64];  /* why it was skipped, "" otherwise */
    int64_t forecast; /* how many it would be for now; -1 once it is planned, or skipped */
    struct delivery_counts counts;
};

struct report_department {
    char code[8];
    char *name;
    int64_t informed;
    struct selected_counts selected;
    struct delivery_counts counts;
};

struct report_skip {
    char wave[SCHEDULE_NAME], reason[64];
    int64_t count;
};
struct answer_day {
    int64_t day, count, total;
}; /* days since 1970; total: up to and with this day */
struct report_extension {
    int64_t at_ms, before_day, after_day;
};

/* Whom to telephone: selected, unanswered, out of reach by mail. */
struct report_call {
    char *id, *name, *address; /* address: the one that last proved unusable, "" when there never was one */
    char department[8];
    int64_t population;
    const char *reason; /* "no-address", "dead-address", "objection", "complaint", "undelivered", "resting": skip_reason_text */
    int64_t since_ms;   /* when that became known; -1 = not recorded */
};
struct report_calls {
    struct report_call *all;
    size_t count, own; /* all[own..count) belong to other departments, which the one asked for also sees */
};

/* Groupings that belong to another department and have member communes in the one asked for: seen, never counted. */
struct report_neighbours {
    int64_t informed, selected, answered, unreachable;
};

struct report {
    char campaign[CAMPAIGN_NAME], title[200];
    enum campaign_state state;
    char department[8], department_name[80]; /* "" = all of them */
    char wave[SCHEDULE_NAME];                /* "" = all of them */
    const char *zone;                        /* whose clocks `at` shows */
    int64_t as_of_ms, answers_as_of_ms;      /* -1 = no list of respondents has said so */
    int64_t due_day, first_due_day;          /* first: before any extension */
    int64_t audiences[AUDIENCE_COUNT];
    struct selected_counts selected;
    struct delivery_counts counts; /* all waves together */
    struct report_wave *waves;
    size_t wave_count;
    struct report_department *departments;
    size_t department_count;
    struct report_skip *skips;
    size_t skip_count;
    struct answer_day *days;
    size_t day_count;
    struct report_extension *extensions;
    size_t extension_count;
    struct report_calls calls;
    struct report_neighbours neighbours; /* of the department asked for */
    int64_t unsettled; /* returns nobody has looked at yet */
};

/* Reads all of it in one transaction that sees one instant of the store. department and wave may be NULL.
 * ERR_INPUT UNKNOWN_CAMPAIGN, UNKNOWN_DEPARTMENT, UNKNOWN_WAVE. Release it also after a failure. */
bool report_load(struct db *db, const char *campaign, const char *department, const char *wave,
                 int64_t now_ms, struct report *report, struct err *err);
/* No sender is at work: what a dead one left uncertain is in doubt, not pending. Behind report_load. */
bool report_left_in_doubt(struct db *db, struct report *report, struct err *err);
void report_release(struct report *report);

void counts_add(struct delivery_counts *sum, const struct delivery_counts *more);

#endif
