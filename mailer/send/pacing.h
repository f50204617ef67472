/* How fast one relay, or one group of recipient domains, is written to: messages a minute, deliveries in hand at once, and
 * less of both after it said that it is too much. Pure: every instant is given.
 *
 * Two clocks. Rates run on the machine's steady one, in microseconds: a relay knows no artificial clock. Rests are instants
 * of the campaign's clock, in milliseconds, so that an automatic clock can jump over them.
 *
 * The rate is kept as the instant before which nothing may leave (GCRA, ITU-T I.371): no bucket to fill, so that a process
 * that has just begun has none full. What a turn came too late for is made up for, a quarter of a second's worth at most. */
#ifndef MAILER_SEND_PACING_H
#define MAILER_SEND_PACING_H

#include "base/common.h"

struct pace_limits {
    int in_hand;      /* deliveries at once; 0 = no limit */
    int64_t a_minute; /* messages; 0 = no limit */
};

enum {
    PACE_BURST_US = 250000,
    PACE_ONE_WARNING_US = 1000000, /* many lines told at once to slow down are one warning; and nothing new for so long */
    PACE_GROW_AFTER = 20,          /* accepted messages, then a little more is tried */
    PACE_REST_MS = 60000,
    PACE_LONGEST_REST_MS = 1800000,
    PACE_LEAST_A_MINUTE = 6,
};

struct pacer {
    struct pace_limits most; /* as configured */
    struct pace_limits now;  /* as allowed at present */
    struct pace_limits was;  /* of a limit that nobody configured: where it ends again */
    bool loose;              /* most.in_hand is kept by somebody else: only less than that is a limit here */
    bool probing;            /* one at a time, until one is accepted */
    int in_hand;             /* pacer_take, pacer_give */
    int64_t next_us;         /* steady: nothing leaves before */
    int64_t rest_until_ms;   /* campaign's clock; 0 = no rest */
    int rests;               /* in a row: each is twice as long as the one before */
    int accepted;            /* since the last step up */
    int64_t warned_us;       /* steady; of the last warning taken notice of; INT64_MIN = none */
    int64_t minute_us;       /* steady; start of the minute being measured */
    int minute_count, measured;
};

void pacer_begin(struct pacer *pacer, struct pace_limits most, int64_t steady_us);

/* Whether one more may go, else when. PACE_FULL: one in hand has ended. PACE_SOON: at next_us. PACE_RESTS: at rest_until_ms. */
enum pace_answer { PACE_GO, PACE_FULL, PACE_SOON, PACE_RESTS };
enum pace_answer pacer_ask(const struct pacer *pacer, int64_t clock_ms, int64_t steady_us);
void pacer_take(struct pacer *pacer, int64_t steady_us); /* one goes: spends the rate */
void pacer_give(struct pacer *pacer);                    /* it ended, however */

/* A message was accepted: after a while a little more is tried, a step at a time. Returns whether something changed that is
 * worth remembering. What was in hand when a rest began proves nothing. */
bool pacer_accepted(struct pacer *pacer, int64_t clock_ms);
/* Too much: half of what may be in hand, nothing new for a second. Returns false when it is the same warning still. When
 * only one is in hand and that is too much, it rests. jitter 0..1 from the caller. */
bool pacer_fewer(struct pacer *pacer, int64_t clock_ms, int64_t steady_us, double jitter);
/* Too much or too fast: half of what may be in hand, half of the rate, and a rest. Returns as pacer_fewer. */
bool pacer_slower(struct pacer *pacer, int64_t clock_ms, int64_t steady_us, double jitter);
/* How long a rest is that has `rests` before it in a row. */
int64_t pace_rest_ms(int rests, double jitter);
/* A rest: 1 minute, doubling to 30 with each in a row, plus at most a fifth. Returns when it ends. */
int64_t pacer_rest(struct pacer *pacer, int64_t clock_ms, double jitter);

bool pacer_slowed(const struct pacer *pacer); /* anything but as configured: worth remembering over a restart */
/* Messages a minute it takes: its limit, else as measured over the last minutes. */
int64_t pacer_pace(const struct pacer *pacer);

#endif
