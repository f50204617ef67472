/* The sender played forward: from one instant at which something changes to the next. */
#include "schedules/pace.h"

#include <stdlib.h>

#include "base/clock.h"
#include "schedules/plan.h"
#include "schedules/zones.h"

#define PARIS "Europe/Paris"

struct running { struct pace_job *job; int64_t left, open_ms, close_ms; }; /* the present or next opening of its window */
struct play { const struct pace *pace; struct running *all; size_t count; int64_t now_ms, day, used, next_day_ms; };

static int by_instant(const void *left, const void *right) {
    const struct running *a = left, *b = right;
    return (a->job->at_ms > b->job->at_ms) - (a->job->at_ms < b->job->at_ms);
}

static bool find_opening(struct running *one, int64_t now_ms, struct err *err) {
    const struct pace_job *job = one->job;
    const char *zone = zone_of_department(job->department);
    int64_t day;
    int minute;
    if (now_ms < one->close_ms) return true;
    if (!plan_window_ms(job->window, job->department, now_ms, &one->open_ms, err)) return false;
    zone_local(zone, one->open_ms, &day, &minute);
    return zone_to_instant(zone, day, job->window->closes_minute, &one->close_ms, err);
}

static bool enter_day(struct play *play, struct err *err) {
    int minute;
    if (play->now_ms < play->next_day_ms) return true;
    play->used = 0;
    zone_local(PARIS, play->now_ms, &play->day, &minute);
    return zone_to_instant(PARIS, play->day + 1, 0, &play->next_day_ms, err);
}

/* Who is served at this instant; otherwise NULL, and *next_ms when it is worth looking again (-1 never). */
static struct running *choose(struct play *play, int64_t *next_ms, bool *failed, struct err *err) {
    *next_ms = -1;
    for (size_t i = 0; i < play->count; i++) {
        struct running *one = &play->all[i];
        if (!one->left) continue;
        int64_t when_ms = max_i64(one->job->at_ms, play->now_ms);
        if (*next_ms >= 0 && when_ms >= *next_ms) break; /* they stand in the order of their instants */
        if (!find_opening(one, when_ms, err)) return *failed = true, NULL;
        if (one->job->at_ms <= play->now_ms && one->open_ms <= play->now_ms) return one;
        when_ms = max_i64(when_ms, one->open_ms);
        if (*next_ms < 0 || when_ms < *next_ms) *next_ms = when_ms;
    }
    return NULL;
}

/* As many as go out before something changes. */
static void serve(struct play *play, struct running *one) {
    const struct pace *pace = play->pace;
    int64_t until_ms = min_i64(one->close_ms, one->job->deadline_ms), fits = one->left;
    if (pace->a_day) {
        until_ms = min_i64(until_ms, play->next_day_ms);
        fits = min_i64(fits, pace->a_day - play->used);
    }
    if (pace->a_minute) fits = min_i64(fits, max_i64(1, (until_ms - play->now_ms) * pace->a_minute / MINUTE_MS));
    one->left -= fits;
    play->used += fits;
    if (pace->a_minute) play->now_ms += (fits * MINUTE_MS + pace->a_minute - 1) / pace->a_minute;
    one->job->done_ms = play->now_ms;
}

static bool play_all(struct play *play, struct err *err) {
    for (;;) {
        int64_t next_ms;
        bool failed = false;
        if (!enter_day(play, err)) return false;
        struct running *one = choose(play, &next_ms, &failed, err);
        if (failed) return false;
        if (!one && next_ms < 0) return true;
        if (!one) {
            play->now_ms = next_ms;
            continue;
        }
        if (play->now_ms >= one->job->deadline_ms) {
            one->job->unsent = one->left;
            one->left = 0;
        } else if (play->pace->a_day && play->used >= play->pace->a_day)
            play->now_ms = play->next_day_ms;
        else
            serve(play, one);
    }
}

bool pace_run(const struct pace *pace, struct pace_job *jobs, size_t count, struct err *err) {
    AUTO_MEM struct running *all = mem_new(count + 1, sizeof *all);
    struct play play = {.pace = pace, .all = all, .count = count};
    for (size_t i = 0; i < count; i++) {
        jobs[i].done_ms = jobs[i].at_ms;
        jobs[i].unsent = 0;
        all[i] = (struct running){.job = &jobs[i], .left = jobs[i].count};
    }
    qsort(all, count, sizeof *all, by_instant);
    play.now_ms = count ? all[0].job->at_ms : 0;
    return play_all(&play, err);
}
