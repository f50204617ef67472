/* The planner and the sender played forward: a day for every message, then from one instant at which something changes to
 * the next. Between two of them rates do not change, so that messages may flow like water: in parts of a message, of which a
 * millisecond at one message a minute is worth one. */
#include "schedules/pace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "schedules/plan.h"
#include "schedules/zones.h"

#define PARIS "Europe/Paris"

enum { PARTS = MINUTE_MS };
#define UNLIMITED INT64_MAX

/* Messages of a job that share a day: the whole job where days have no limit. */
struct piece {
    struct pace_job *job;
    size_t position;
    int64_t at_ms, left;          /* in parts */
    int64_t open_ms, close_ms;    /* of its window, present or next */
    int64_t rate;                 /* a minute, until something changes */
};
struct play {
    const struct pace *pace;
    struct piece *all;
    size_t count, first; /* before the first all is done */
    int64_t now_ms, next_ms; /* next: when something changes; -1 = never */
    int64_t *rooms; /* of the groups, messages a minute */
    int64_t first_day, *used; /* messages by day of Paris */
    size_t days;
};

static int by_instant(const void *left, const void *right) {
    const struct piece *a = left, *b = right;
    if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms ? -1 : 1;
    /* Of those due together a group's own first: the sender mixes them, and so a group that is slow has its share from the start. */
    if (!a->job->group != !b->job->group) return a->job->group ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

static void add_piece(struct play *play, struct pace_job *job, int64_t at_ms, int64_t count) {
    if (!(play->count & (play->count - 1))) play->all = mem_grow(play->all, play->count ? 2 * play->count : 1, sizeof *play->all);
    play->all[play->count] = (struct piece){.job = job, .position = play->count, .at_ms = at_ms, .left = count * PARTS};
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

/* -- from change to change ----------------------------------------------------------------------------------------- */
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

static void changes_at(struct play *play, int64_t at_ms) {
    if (play->next_ms < 0 || at_ms < play->next_ms) play->next_ms = at_ms;
}

/* What may flow at most, taken from the relay's room and its group's. */
static int64_t take_room(struct play *play, size_t group, int64_t *room) {
    int64_t *own = group && group <= play->pace->group_count ? &play->rooms[group - 1] : NULL;
    int64_t rate = own ? min_i64(*own, *room) : *room;
    if (rate == UNLIMITED) return rate;
    if (*room != UNLIMITED) *room -= rate;
    if (own && *own != UNLIMITED) *own -= rate;
    return rate;
}

/* What becomes of it at this instant: cut off, shut, on its way, or gone at once. */
static bool judge(struct play *play, struct piece *one, int64_t *room, struct err *err) {
    struct pace_job *job = one->job;
    one->rate = 0;
    if (play->now_ms >= job->deadline_ms) {
        job->unsent += (one->left + PARTS - 1) / PARTS;
        one->left = 0;
        return true;
    }
    if (!find_opening(one, play->now_ms, err)) return false;
    if (one->open_ms > play->now_ms) return changes_at(play, one->open_ms), true;
    one->rate = take_room(play, job->group, room);
    if (one->rate == UNLIMITED) {
        one->left = one->rate = 0;
        job->done_ms = max_i64(job->done_ms, play->now_ms);
    } else if (one->rate) {
        changes_at(play, min_i64(one->close_ms, job->deadline_ms));
        changes_at(play, play->now_ms + (one->left + one->rate - 1) / one->rate);
    }
    return true;
}

/* Those that are due, in the order of their instants, as long as there is room. */
static bool share_out(struct play *play, struct err *err) {
    int64_t room = play->pace->a_minute ? play->pace->a_minute : UNLIMITED;
    for (size_t i = 0; i < play->pace->group_count; i++) play->rooms[i] = play->pace->groups[i] ? play->pace->groups[i] : UNLIMITED;
    play->next_ms = -1;
    while (play->first < play->count && !play->all[play->first].left) play->first++;
    for (size_t i = play->first; i < play->count; i++) {
        struct piece *one = &play->all[i];
        if (one->at_ms > play->now_ms) return changes_at(play, one->at_ms), true;
        if (!one->left) continue;
        if (!room) one->rate = 0;
        else if (!judge(play, one, &room, err)) return false;
    }
    return true;
}

static void flow(struct play *play) {
    for (size_t i = play->first; i < play->count && play->all[i].at_ms <= play->now_ms; i++) {
        struct piece *one = &play->all[i];
        if (!one->left || !one->rate) continue;
        one->left = max_i64(0, one->left - one->rate * (play->next_ms - play->now_ms));
        one->job->done_ms = max_i64(one->job->done_ms, play->next_ms);
    }
    play->now_ms = play->next_ms;
}

static bool play_all(struct play *play, struct err *err) {
    AUTO_MEM int64_t *rooms = mem_new(play->pace->group_count + 1, sizeof *rooms);
    play->rooms = rooms;
    play->now_ms = play->count ? play->all[0].at_ms : 0;
    for (;;) {
        if (!share_out(play, err)) return false;
        if (play->next_ms < 0) return true;
        flow(play);
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
