/* Halved at once, grown a step at a time (AIMD, as TCP does): what a server can bear is found out from its warnings. */
#include "mailer/send/pacing.h"

enum { MINUTE_US = 60000000, STEPS = 10 };

void pacer_begin(struct pacer *pacer, struct pace_limits most, int64_t steady_us) {
    *pacer = (struct pacer){.most = most, .now = most, .next_us = steady_us, .warned_us = INT64_MIN, .minute_us = steady_us};
}

enum pace_answer pacer_ask(const struct pacer *pacer, int64_t clock_ms, int64_t steady_us) {
    if (pacer->rest_until_ms > clock_ms) return PACE_RESTS;
    bool limited = pacer->now.in_hand && !(pacer->loose && pacer->now.in_hand == pacer->most.in_hand);
    if (limited && pacer->in_hand >= pacer->now.in_hand) return PACE_FULL;
    if (pacer->probing && pacer->in_hand) return PACE_FULL;
    return pacer->next_us > steady_us ? PACE_SOON : PACE_GO;
}

static void measure(struct pacer *pacer, int64_t steady_us) {
    if (steady_us - pacer->minute_us >= MINUTE_US) {
        bool just_over = steady_us - pacer->minute_us < 2 * (int64_t)MINUTE_US;
        pacer->measured = just_over ? pacer->minute_count : 0;
        pacer->minute_count = 0;
        pacer->minute_us = steady_us;
    }
    pacer->minute_count++;
}

void pacer_take(struct pacer *pacer, int64_t steady_us) {
    pacer->in_hand++;
    measure(pacer, steady_us);
    if (pacer->now.a_minute)
        pacer->next_us = max_i64(pacer->next_us, steady_us - PACE_BURST_US) + MINUTE_US / pacer->now.a_minute;
}

void pacer_give(struct pacer *pacer) {
    if (pacer->in_hand) pacer->in_hand--;
}

int64_t pacer_pace(const struct pacer *pacer) {
    return pacer->now.a_minute ? pacer->now.a_minute : max_i64(pacer->measured, pacer->minute_count);
}

/* -- more --------------------------------------------------------------------------------------------------------- */
/* One step towards `most`; where nothing was configured, towards what it was before, and then no limit at all. */
static int64_t step_up(int64_t now, int64_t most, int64_t was, int64_t step) {
    if (!now) return 0;
    now += max_i64(1, step);
    if (most) return min_i64(now, most);
    return now >= was ? 0 : now;
}

bool pacer_slowed(const struct pacer *pacer) {
    return pacer->rests || pacer->probing || pacer->now.in_hand != pacer->most.in_hand ||
           pacer->now.a_minute != pacer->most.a_minute;
}

bool pacer_accepted(struct pacer *pacer, int64_t clock_ms) {
    if (!pacer_slowed(pacer) || pacer->rest_until_ms > clock_ms) return false;
    bool probed = pacer->probing;
    pacer->probing = false;
    if (++pacer->accepted < PACE_GROW_AFTER) return probed;
    const struct pace_limits *most = &pacer->most, *was = &pacer->was;
    pacer->accepted = 0;
    if (pacer->rests) pacer->rests--;
    pacer->now.in_hand = (int)step_up(pacer->now.in_hand, most->in_hand, was->in_hand, 1);
    pacer->now.a_minute =
        step_up(pacer->now.a_minute, most->a_minute, was->a_minute, (most->a_minute ? most->a_minute : was->a_minute) / STEPS);
    return true;
}

/* -- less --------------------------------------------------------------------------------------------------------- */
static bool warned(struct pacer *pacer, int64_t steady_us) {
    bool same = pacer->warned_us != INT64_MIN && steady_us - pacer->warned_us < PACE_ONE_WARNING_US;
    if (same) return false;
    pacer->warned_us = steady_us;
    pacer->accepted = 0;
    return true;
}

static void halve_in_hand(struct pacer *pacer) {
    if (!pacer->now.in_hand) pacer->now.in_hand = pacer->was.in_hand = pacer->in_hand > 1 ? pacer->in_hand : 2;
    pacer->now.in_hand = pacer->now.in_hand > 1 ? pacer->now.in_hand / 2 : 1;
}

static void halve_rate(struct pacer *pacer) {
    if (!pacer->now.a_minute) pacer->now.a_minute = pacer->was.a_minute = max_i64(pacer_pace(pacer), 2 * PACE_LEAST_A_MINUTE);
    int64_t least = pacer->most.a_minute ? min_i64(pacer->most.a_minute, PACE_LEAST_A_MINUTE) : PACE_LEAST_A_MINUTE;
    pacer->now.a_minute = max_i64(pacer->now.a_minute / 2, least);
}

int64_t pace_rest_ms(int rests, double jitter) {
    int64_t wait_ms = PACE_REST_MS;
    for (int i = 0; i < rests && wait_ms < PACE_LONGEST_REST_MS; i++) wait_ms *= 2;
    wait_ms = min_i64(wait_ms, PACE_LONGEST_REST_MS);
    return wait_ms + (int64_t)((double)wait_ms * 0.2 * jitter);
}

int64_t pacer_rest(struct pacer *pacer, int64_t clock_ms, double jitter) {
    pacer->rest_until_ms = clock_ms + pace_rest_ms(pacer->rests, jitter);
    if (pacer->rests < 30) pacer->rests++;
    return pacer->rest_until_ms;
}

bool pacer_fewer(struct pacer *pacer, int64_t clock_ms, int64_t steady_us, double jitter) {
    if (pacer->rest_until_ms > clock_ms || !warned(pacer, steady_us)) return false;
    bool least = pacer->now.in_hand == 1;
    halve_in_hand(pacer);
    pacer->next_us = max_i64(pacer->next_us, steady_us + PACE_ONE_WARNING_US);
    if (least) pacer_rest(pacer, clock_ms, jitter);
    return true;
}

bool pacer_slower(struct pacer *pacer, int64_t clock_ms, int64_t steady_us, double jitter) {
    if (pacer->rest_until_ms > clock_ms || !warned(pacer, steady_us)) return false;
    halve_in_hand(pacer);
    halve_rate(pacer);
    pacer_rest(pacer, clock_ms, jitter);
    return true;
}
