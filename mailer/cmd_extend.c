/* relais extend C DATE [--announce] [--dry-run] [--yes]: the deadline moves; what has been sent stays, the rest moves with it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_change.h"
#include "mailer/plan_view.h"
#include "schedules/french.h"
#include "schedules/plan.h"

static const char ANNOUNCEMENT[] = "prolongation", ANNOUNCEMENT_TEMPLATE[] = "prolongation.md";

struct extension { int64_t becomes_day; bool announce; };

/* -- judging ---------------------------------------------------------------------------------------------------- */
static bool judge(const struct change *change, const struct extension *wanted, struct err *err) {
    if (wanted->becomes_day == change->was.due_day)
        return err_set(err, ERR_INPUT, "SAME_DEADLINE", "l'échéance de « %s » est déjà ce jour-là", change->name);
    if (!change_judge_deadline(change, wanted->becomes_day, err)) return false;
    if (wanted->announce && wanted->becomes_day < change->was.due_day)
        return err_set(err, ERR_INPUT, "NOT_EXTENDED",
                       "la nouvelle échéance est plus proche que l'ancienne : il n'y a pas de prolongation à annoncer ; "
                       "retirez --announce");
    return true;
}

/* -- the announcement ------------------------------------------------------------------------------------------------ */
/* One that has not gone out yet will speak of the new date, and nobody needs two. */
static struct schedule_wave *waiting_announcement(const struct change *change) {
    const struct schedule *schedule = &change->campaign.schedule;
    for (size_t i = 0; i < schedule->wave_count; i++) {
        const struct wave *row = waves_find(&change->before, schedule->waves[i].name);
        if (row && wave_may_move(row) && !strcmp(row->template, ANNOUNCEMENT_TEMPLATE) && text_starts(row->name, ANNOUNCEMENT))
            return &schedule->waves[i];
    }
    return NULL;
}

/* An announcement for a day after the deadline it announces would be skipped on that day, with nobody told. */
static bool in_time(int64_t becomes_day, int64_t at_ms, struct err *err) {
    char at[FRENCH_MOMENT];
    int64_t deadline_ms;
    if (!plan_deadline_ms(becomes_day, &deadline_ms, err)) return false;
    if (at_ms < deadline_ms) return true;
    french_weekday_moment(PARIS, at_ms, at);
    return err_set(err, ERR_INPUT, "ANNOUNCEMENT_LATE",
                   "l'annonce ne partirait que le prochain jour ouvré (%s), après la nouvelle échéance ; donnez une date plus lointaine, "
                   "ou retirez --announce", at);
}

/* A second extension's announcement is "prolongation-2": a wave is sent once. */
static bool add_announcement(struct change *change, int64_t becomes_day, struct err *err) {
    struct schedule *schedule = &change->campaign.schedule;
    struct schedule_wave wave = {.audience = AUDIENCE_SELECTED_UNANSWERED};
    AUTO_BUF template = BUF_INIT(1 << 20);
    if (!campaign_template(change->app->db, change->campaign.id, ANNOUNCEMENT_TEMPLATE, &template, err) ||
        !plan_next_working_ms(schedule, "", app_now_ms(change->app), &wave.at_ms, err) || !in_time(becomes_day, wave.at_ms, err))
        return false;
    struct schedule_wave *waiting = waiting_announcement(change);
    snprintf(wave.name, sizeof wave.name, "%s", waiting ? waiting->name : ANNOUNCEMENT);
    for (int i = 2; !waiting && schedule_wave_named(schedule, wave.name); i++) snprintf(wave.name, sizeof wave.name, "%s-%d", ANNOUNCEMENT, i);
    snprintf(wave.template, sizeof wave.template, "%s", ANNOUNCEMENT_TEMPLATE);
    char french[FRENCH_DATE];
    french_date(becomes_day, french);
    snprintf(wave.title, sizeof wave.title, "Annonce de la prolongation jusqu'au %s", french);
    if (waiting) *waiting = wave;
    else schedule_add_wave(schedule, &wave);
    return true;
}

static bool edit(struct change *change, struct err *err) {
    const struct extension *wanted = change->wanted;
    if (!judge(change, wanted, err)) return false;
    change->campaign.schedule.due_day = wanted->becomes_day;
    return !wanted->announce || add_announcement(change, wanted->becomes_day, err);
}

int cmd_extend(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct extension wanted = {0};
    struct change change = {.app = app, .origin = "extend", .edit = edit, .wanted = &wanted, .approves = true, .replan_all = true};
    const char *words[2];
    const struct app_option options[] = {{"--announce", NULL, &wanted.announce}, {"--dry-run", NULL, &change.dry_run},
                                         {"--yes", NULL, &change.yes}};
    if (app_arguments(app, argc, argv, options, COUNT(options), words, 2, 2, &err) < 0 || !app_db(app, &err)) return app_refuse(app, &err);
    change.name = words[0];
    struct campaign known; /* an unknown campaign is said before an unreadable date */
    bool good = campaign_load(app->db, words[0], &known, &err);
    campaign_release(&known);
    if (good && !day_parse(words[1], &wanted.becomes_day))
        good = err_set(&err, ERR_INPUT, "BAD_DATE", "date « %.40s » non comprise ; écrivez 2026-01-30 ou 30/01/2026", words[1]);
    return good ? change_run(&change) : app_refuse(app, &err);
}
