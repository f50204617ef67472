/* The planner and the sender played forward: a day for every message, then from one instant at which something changes to
 * the next. */
#include "schedules/pace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "schedules/plan.h"
#include "schedules/zones.h"

#define PARIS "Europe/Paris"

/* Messages of a job that share a day: the whole job where days have no limit. */
struct piece { struct pace_job *job; size_t position; int64_t at_ms, left, open_ms, close_ms; /* of its window, present or next */ };
struct play {
    const struct pace *pace;
    struct piece *all;
    size_t count;
    int64_t now_ms;
    int64_t first_day, *used; /* messages by day of Paris */
    size_t days;
};

static int by_instant(const void *left, const void *right) {
    const struct piece *a = left, *b = right;
    if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

static void add_piece(struct play *play, struct pace_job *job, int64_t at_ms, int64_t count) {
    if (!(play->count & (play->count - 1))) play->all = mem_grow(play->all, play->count ? 2 * play->count : 1, sizeof *play->all);
    play->all[play->count] = (struct piece){.job = job, .position = play->count, .at_ms = at_ms, .left = count};
    play->count++;
}

/* -- a day for every message ------------------------------------------------------------------------------------ */
static int64_t *used_on(struct play *play, int64_t day) {
    size_t at = (size_t)max_i64(0, day - play->first_day);
    if (at >= play->days) {
        play->used = mem_grow(play->used, at + 1, sizeof *play->used);
        memset(play->used + play->days, 0, (at + 1 - play->days) * sizeof *play->used);
        play->days = at + 1;
    }
    return &play->used[at];
}

static int64_t day_at(int64_t at_ms) {
    int64_t day;
    int minute;
    zone_local(PARIS, at_ms, &day, &minute);
    return day;
}

/* As when a wave is planned: what a day has no room for goes to the window's next opening on another day. */
static bool spread(struct play *play, struct pace_job *job, struct err *err) {
    int64_t left = job->count, at_ms, next_ms;
    if (!plan_window_ms(job->window, job->department, job->at_ms, &at_ms, err)) return false;
    while (left && at_ms < job->deadline_ms) {
        int64_t day = day_at(at_ms), *used = used_on(play, day), fits = min_i64(left, max_i64(0, play->pace->a_day - *used));
        *used += fits;
        left -= fits;
        if (fits) add_piece(play, job, at_ms, fits);
        if (!zone_to_instant(PARIS, day + 1, 0, &next_ms, err) || !plan_window_ms(job->window, job->department, next_ms, &at_ms, err)) return false;
    }
    job->unsent = left;
    return true;
}

static bool spread_all(struct play *play, const struct piece *whole, size_t count, struct err *err) {
    play->first_day = count ? day_at(whole[0].at_ms) : 0;
    for (size_t i = 0; i < count; i++)
        if (!spread(play, whole[i].job, err)) return false;
    return true;
}

/* -- minute by minute ---------------------------------------------------------------------------------------------- */
static bool find_opening(struct piece *one, int64_t now_ms, struct err *err) {
    const struct pace_job *job = one->job;
    int64_t day;
    int minute;
    const char *zone = zone_of_department(job->department);
    if (now_ms < one->close_ms) return true;
    if (!plan_window_ms(job->window, job->department, now_ms, &one->open_ms, err)) return false;
    zone_local(zone, one->open_ms, &day, &minute);
    return zone_to_instant(zone, day, job->window->closes_minute, &one->close_ms, err);
}

/* Who is served at this instant; otherwise NULL, and *next_ms when it is worth looking again (-1 never). */
static struct piece *choose(struct play *play, int64_t *next_ms, bool *failed, struct err *err) {
    *next_ms = -1;
    for (size_t i = 0; i < play->count; i++) {
        struct piece *one = &play->all[i];
        if (!one->left) continue;
        int64_t when_ms = max_i64(one->at_ms, play->now_ms);
        if (*next_ms >= 0 && when_ms >= *next_ms) break; /* they stand in the order of their instants */
        if (!find_opening(one, when_ms, err)) return *failed = true, NULL;
        if (one->at_ms <= play->now_ms && one->open_ms <= play->now_ms) return one;
        when_ms = max_i64(when_ms, one->open_ms);
        if (*next_ms < 0 || when_ms < *next_ms) *next_ms = when_ms;
    }
    return NULL;
}

/* As many as go out before its window closes. */
static void serve(struct play *play, struct piece *one) {
    int64_t a_minute = play->pace->a_minute, until_ms = min_i64(one->close_ms, one->job->deadline_ms), fits = one->left;
    if (a_minute) fits = min_i64(fits, max_i64(1, (until_ms - play->now_ms) * a_minute / MINUTE_MS));
    one->left -= fits;
    if (a_minute) play->now_ms += (fits * MINUTE_MS + a_minute - 1) / a_minute;
    one->job->done_ms = max_i64(one->job->done_ms, play->now_ms);
}

static bool play_all(struct play *play, struct err *err) {
    play->now_ms = play->count ? play->all[0].at_ms : 0;
    for (;;) {
        int64_t next_ms;
        bool failed = false;
        struct piece *one = choose(play, &next_ms, &failed, err);
        if (failed) return false;
        if (!one && next_ms < 0) return true;
        if (!one) {
            play->now_ms = next_ms;
        } else if (play->now_ms >= one->job->deadline_ms) {
            one->job->unsent += one->left;
            one->left = 0;
        } else
            serve(play, one);
    }
}

bool pace_run(const struct pace *pace, struct pace_job *jobs, size_t count, struct err *err) {
    struct play whole = {.pace = pace}, play = {.pace = pace};
    for (size_t i = 0; i < count; i++) {
        jobs[i].done_ms = jobs[i].at_ms;
        jobs[i].unsent = 0;
        add_piece(&whole, &jobs[i], jobs[i].at_ms, jobs[i].count);
    }
    if (count) qsort(whole.all, count, sizeof *whole.all, by_instant);
    bool good = !pace->a_day || spread_all(&play, whole.all, count, err);
    if (pace->a_day && play.count) qsort(play.all, play.count, sizeof *play.all, by_instant);
    good = good && play_all(pace->a_day ? &play : &whole, err);
    free(whole.all);
    free(play.all);
    free(play.used);
    return good;
}
