/* What a campaign's waves will be, as things stand: each department's instant and count, when the relay will have done
 * with them, and what somebody should look at before. Writes nothing. */
#ifndef MAILER_SEND_FORECAST_H
#define MAILER_SEND_FORECAST_H

#include "mailer/send/domain_groups.h"
#include "mailer/send/planner.h"
#include "mailer/wave_store.h"

enum { PLACES_MOST = 200, FORECAST_DOMAINS = 64 };

/* One department of a wave. */
struct forecast_place {
    char department[8];
    int64_t at_ms, count; /* deliveries planned, or whom the wave would reach now */
    const char *skip;     /* why it will not begin ("late", "superseded", "deadline"), "" = it will, or has */
};
struct forecast_wave {
    int64_t wave_id;
    enum audience audience;
    struct forecast_place *places;
    size_t place_count;
    int64_t count, left_out; /* of all places; of those that will not begin */
    const char *skip;        /* the reason when no place begins */
    bool limited;            /* by the relays' rate, a day's messages, or the rate of a group of domains it writes to */
    int64_t finishes_ms;     /* of what is still to go out; -1 = nothing is, or nothing limits it */
    int64_t unsent;          /* still waiting when the deadline comes */
    char domains[FORECAST_DOMAINS]; /* the group whose rate keeps the last of them waiting; "" = none */
};
struct forecast {
    struct forecast_wave *waves; /* in the order of waves_load */
    size_t count;
    bool answers_old;
    int64_t moved;               /* groups whose instant the present working days would change */
};

/* a_minute: the relays' rate, 0 = no limit. domains: whose rates count too, NULL = none; groups may be added to it. Mail of other
 * started campaigns takes its share. */
bool forecast_load(struct db *db, const struct campaign *campaign, const struct waves *waves, const struct send_limits *limits,
                   int64_t a_minute, struct domain_groups *domains, int64_t now_ms, struct forecast *forecast, struct err *err);
void forecast_release(struct forecast *forecast);

#endif
