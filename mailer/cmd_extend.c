/* relais extend C DATE [--announce] [--dry-run]: the deadline moves; what has been sent stays, the rest moves with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/plan_view.h"
#include "mailer/send/delivery.h"
#include "schedules/french.h"
#include "schedules/plan.h"

enum { MOST_DAYS = 731 }; /* beyond, the year was mistyped */
static const char ANNOUNCEMENT[] = "prolongation", ANNOUNCEMENT_TEMPLATE[] = "prolongation.md";

struct extension {
    struct app *app;
    struct campaign campaign; /* its schedule becomes the new one */
    struct waves before, after;
    int64_t was_day, becomes_day;
    bool announce, dry_run, approved_before;
};

/* -- judging ---------------------------------------------------------------------------------------------------- */
static bool judge(const struct extension *extension, struct err *err) {
    const struct campaign *campaign = &extension->campaign;
    int64_t deadline_ms;
    if (campaign->state == CAMPAIGN_CANCELLED)
        return err_set(err, ERR_INPUT, "CAMPAIGN_STATE", "la campagne « %s » est annulée : son échéance ne bouge plus", campaign->name);
    if (extension->becomes_day == extension->was_day)
        return err_set(err, ERR_INPUT, "SAME_DEADLINE", "l'échéance de « %s » est déjà ce jour-là", campaign->name);
    if (!plan_deadline_ms(extension->becomes_day, &deadline_ms, err)) return false;
    if (deadline_ms <= app_now_ms(extension->app))
        return err_set(err, ERR_INPUT, "DEADLINE_PAST", "la nouvelle échéance est déjà passée ; donnez une date à venir");
    if (extension->announce && extension->becomes_day < extension->was_day)
        return err_set(err, ERR_INPUT, "NOT_EXTENDED",
                       "la nouvelle échéance est plus proche que l'ancienne : il n'y a pas de prolongation à annoncer ; "
                       "retirez --announce");
    if (deadline_ms > app_now_ms(extension->app) + (int64_t)MOST_DAYS * DAY_MS)
        return err_set(err, ERR_INPUT, "DEADLINE_FAR", "la nouvelle échéance est à plus de deux ans ; vérifiez l'année");
    return true;
}

/* -- the new schedule --------------------------------------------------------------------------------------------- */
static const struct wave *find(const struct waves *waves, const char *name) {
    for (size_t i = 0; i < waves->count; i++)
        if (!strcmp(waves->all[i].name, name)) return &waves->all[i];
    return NULL;
}

static bool name_taken(const struct schedule *schedule, const char *name) {
    for (size_t i = 0; i < schedule->wave_count; i++)
        if (!strcmp(schedule->waves[i].name, name)) return true;
    return false;
}

/* An announcement that has not gone out yet: it will speak of the new date, and nobody needs two. */
static struct schedule_wave *waiting_announcement(struct extension *extension) {
    struct schedule *schedule = &extension->campaign.schedule;
    for (size_t i = 0; i < schedule->wave_count; i++) {
        const struct wave *row = find(&extension->before, schedule->waves[i].name);
        if (row && wave_may_move(row) && !strcmp(row->template, ANNOUNCEMENT_TEMPLATE) && text_starts(row->name, ANNOUNCEMENT))
            return &schedule->waves[i];
    }
    return NULL;
}

/* An announcement for a day after the deadline it announces would be skipped on that day, with nobody told. */
static bool in_time(const struct extension *extension, int64_t at_ms, struct err *err) {
    char at[FRENCH_MOMENT];
    int64_t deadline_ms;
    if (!plan_deadline_ms(extension->becomes_day, &deadline_ms, err)) return false;
    if (at_ms < deadline_ms) return true;
    french_weekday_moment(PARIS, at_ms, at);
    return err_set(err, ERR_INPUT, "ANNOUNCEMENT_LATE",
                   "l'annonce ne partirait que le prochain jour ouvré (%s), après la nouvelle échéance ; donnez une date plus lointaine, "
                   "ou retirez --announce", at);
}

/* A second extension's announcement is "prolongation-2": a wave is sent once. */
static bool add_announcement(struct extension *extension, struct err *err) {
    struct schedule *schedule = &extension->campaign.schedule;
    struct schedule_wave wave = {.audience = AUDIENCE_SELECTED_UNANSWERED};
    AUTO_BUF template = BUF_INIT(1 << 20);
    if (!campaign_template(extension->app->db, extension->campaign.id, ANNOUNCEMENT_TEMPLATE, &template, err)) return false;
    if (!plan_next_working_ms(schedule, "", app_now_ms(extension->app), &wave.at_ms, err)) return false;
    if (!in_time(extension, wave.at_ms, err)) return false;
    struct schedule_wave *waiting = waiting_announcement(extension);
    snprintf(wave.name, sizeof wave.name, "%s", waiting ? waiting->name : ANNOUNCEMENT);
    for (int i = 2; !waiting && name_taken(schedule, wave.name); i++) snprintf(wave.name, sizeof wave.name, "%s-%d", ANNOUNCEMENT, i);
    snprintf(wave.template, sizeof wave.template, "%s", ANNOUNCEMENT_TEMPLATE);
    char french[FRENCH_DATE];
    french_date(extension->becomes_day, french);
    snprintf(wave.title, sizeof wave.title, "Annonce de la prolongation jusqu'au %s", french);
    if (waiting) *waiting = wave;
    else schedule_add_wave(schedule, &wave);
    return true;
}

static bool change_schedule(struct extension *extension, struct err *err) {
    struct schedule *schedule = &extension->campaign.schedule;
    schedule->due_day = extension->becomes_day;
    schedule->sequence++;
    return !extension->announce || add_announcement(extension, err);
}

/* -- applying, in one transaction ---------------------------------------------------------------------------------- */
static bool cancel_movable(struct extension *extension, struct err *err) {
    struct app *app = extension->app;
    for (size_t i = 0; i < extension->before.count; i++) {
        const struct wave *wave = &extension->before.all[i];
        if (!wave_may_move(wave)) continue;
        struct event event = {.at_ms = app_now_ms(app), .campaign_id = extension->campaign.id, .wave_id = wave->id,
                              .text = "moved", .origin = "extend", .by_whom = app->by_whom};
        if (!delivery_cancel_wave(app->db, &event, err)) return false;
    }
    return true;
}

/* A confirmed extension approves anew: it is the same person's word about the same messages. What start has never
 * approved stays unapproved. */
static bool approve_anew(struct extension *extension, struct err *err) {
    struct sender_identity identity;
    char approval[65];
    AUTO_BUF text = BUF_INIT(8192);
    if (!extension->approved_before) return true;
    if (!sender_identity_read(extension->app->settings, &identity, err)) return false;
    sender_identity_text(&identity, &text);
    return campaign_approval(extension->app->db, &extension->campaign, buf_text(&text), approval, err) &&
           db_run(extension->app->db, err, "UPDATE campaign SET approval = $1 WHERE id = $2", DB_T(approval), DB_I(extension->campaign.id));
}

static bool was_approved(struct extension *extension, struct err *err) {
    struct sender_identity identity;
    char approval[65];
    AUTO_BUF text = BUF_INIT(8192);
    extension->approved_before = false;
    if (!extension->campaign.approval[0]) return true;
    if (!sender_identity_read(extension->app->settings, &identity, err)) return false;
    sender_identity_text(&identity, &text);
    if (!campaign_approval(extension->app->db, &extension->campaign, buf_text(&text), approval, err)) return false;
    extension->approved_before = !strcmp(approval, extension->campaign.approval);
    return true;
}

static bool write_ledger(struct extension *extension, struct err *err) {
    char was[11], becomes[11], text[40];
    day_write(extension->was_day, was);
    day_write(extension->becomes_day, becomes);
    snprintf(text, sizeof text, "%s -> %s", was, becomes);
    return event_add(extension->app->db, &(struct event){.at_ms = app_now_ms(extension->app), .campaign_id = extension->campaign.id,
                                                         .event = "extended", .text = text, .origin = "extend",
                                                         .by_whom = extension->app->by_whom}, err);
}

static bool apply(struct extension *extension, struct err *err) {
    struct app *app = extension->app;
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    /* Read inside the transaction: a sender may have frozen a wave a moment ago. */
    if (!tx || !waves_load(app->db, extension->campaign.id, &extension->before, err) || !was_approved(extension, err) ||
        !cancel_movable(extension, err) || !change_schedule(extension, err) ||
        !campaign_set_schedule(app->db, &extension->campaign, &extension->campaign.schedule, app_now_ms(app), err) ||
        !waves_sync(app->db, &extension->campaign, err) || !approve_anew(extension, err) || !write_ledger(extension, err) ||
        !waves_load(app->db, extension->campaign.id, &extension->after, err))
        return false;
    return extension->dry_run || tx_commit(TX_TAKE(tx), err);
}

/* -- saying ---------------------------------------------------------------------------------------------------------- */
/* What becomes of a wave, for machines: sent | moved | unchanged | added. */
static const char *fate(const struct wave *before, const struct wave *after) {
    if (!before) return "added";
    if (!wave_may_move(before)) return "sent";
    return before->at_ms == after->at_ms ? "unchanged" : "moved";
}

static void say_json(const struct extension *extension) {
    char was[11], becomes[11], at[INSTANT_TEXT];
    AUTO(js) answer = js_object();
    struct js *all = js_array();
    day_write(extension->was_day, was);
    day_write(extension->becomes_day, becomes);
    js_set_text(answer, "campaign", extension->campaign.name);
    js_set_text(answer, "before", was);
    js_set_text(answer, "after", becomes);
    js_set_bool(answer, "dry_run", extension->dry_run);
    for (size_t i = 0; i < extension->after.count; i++) {
        const struct wave *after = &extension->after.all[i], *before = find(&extension->before, after->name);
        struct js *one = js_object();
        js_set_text(one, "wave", after->name);
        if (before) zoned_instant(PARIS, before->at_ms, at);
        js_set_text(one, "was", before ? at : NULL);
        zoned_instant(PARIS, after->at_ms, at);
        js_set_text(one, "becomes", at);
        js_set_text(one, "state", fate(before, after));
        js_add(all, one);
    }
    js_set(answer, "waves", all);
    js_write(answer, stdout);
}

static void say_wave(const struct wave *before, const struct wave *after, bool late, bool *recurs) {
    char was[FRENCH_MOMENT] = "", becomes[FRENCH_MOMENT];
    const char *what = fate(before, after);
    if (before) french_weekday_moment(PARIS, before->at_ms, was);
    french_weekday_moment(PARIS, after->at_ms, becomes);
    if (!strcmp(what, "sent")) {
        printf("  = %-18s %s, déjà partie : elle ne repart pas\n", after->name, was);
        *recurs = true;
    } else if (!strcmp(what, "added")) printf("  + %-18s %s\n", after->name, becomes);
    else if (!strcmp(what, "moved")) printf("  > %-18s %s  devient  %s%s\n", after->name, was, becomes, late ? ", trop tard : elle ne partira pas" : "");
    else printf("  = %-18s %s\n", after->name, becomes);
}

/* Moved to a day so far back that it will be skipped. */
static bool is_late(const struct extension *extension, const struct wave *wave) {
    int64_t latest_ms;
    return plan_latest_ms(&extension->campaign.schedule, "", wave->at_ms, &latest_ms, NULL) && latest_ms < app_now_ms(extension->app);
}

static void say_text(const struct extension *extension) {
    char was[FRENCH_DATE], becomes[FRENCH_DATE];
    bool recurs = false;
    french_date(extension->was_day, was);
    french_date(extension->becomes_day, becomes);
    printf("Échéance : %s  devient  %s%s\n\n", was, becomes, extension->dry_run ? "  (essai : rien n'est changé)" : "");
    for (size_t i = 0; i < extension->after.count; i++)
        say_wave(find(&extension->before, extension->after.all[i].name), &extension->after.all[i],
                 is_late(extension, &extension->after.all[i]), &recurs);
    if (recurs && !extension->announce)
        printf("\nLes vagues déjà parties ne repartent pas. Pour annoncer la nouvelle date : relais extend … --announce\n");
}

int cmd_extend(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct extension extension = {.app = app};
    const char *words[2];
    const struct app_option options[] = {{"--announce", NULL, &extension.announce}, {"--dry-run", NULL, &extension.dry_run}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), words, 2, 2, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, words[0], &extension.campaign, &err);
    extension.was_day = extension.campaign.due_day;
    if (good && !day_parse(words[1], &extension.becomes_day))
        good = err_set(&err, ERR_INPUT, "BAD_DATE", "date « %.40s » non comprise ; écrivez 2026-01-30 ou 30/01/2026", words[1]);
    good = good && judge(&extension, &err) && apply(&extension, &err);
    if (good && app->format == APP_JSON) say_json(&extension);
    else if (good) say_text(&extension);
    waves_release(&extension.before);
    waves_release(&extension.after);
    campaign_release(&extension.campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
