/* A plan that changes, applied in one transaction: shared by extend, wave and campaign update. */
#include "mailer/cmd_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "mailer/compose.h"
#include "mailer/plan_view.h"
#include "mailer/send/delivery.h"
#include "schedules/french.h"
#include "schedules/plan.h"

enum { MOST_DAYS = 731 }; /* beyond, the year was mistyped */

/* -- judging ---------------------------------------------------------------------------------------------------- */
bool change_judge_deadline(const struct change *change, int64_t due_day, struct err *err) {
    int64_t deadline_ms, now_ms = app_now_ms(change->app);
    if (!plan_deadline_ms(due_day, &deadline_ms, err)) return false;
    if (deadline_ms <= now_ms)
        return err_set(err, ERR_INPUT, "DEADLINE_PAST", "la nouvelle échéance est déjà passée ; donnez une date à venir");
    if (deadline_ms > now_ms + (int64_t)MOST_DAYS * DAY_MS)
        return err_set(err, ERR_INPUT, "DEADLINE_FAR", "la nouvelle échéance est à plus de deux ans ; vérifiez l'année");
    return true;
}

bool change_judge_wave(const struct change *change, const struct wave *wave, struct err *err) {
    char at[FRENCH_MOMENT];
    if (!wave || wave_may_move(wave)) return true;
    french_weekday_moment(PARIS, wave->at_ms, at);
    return err_set(err, ERR_INPUT, "WAVE_SENT",
                   "la vague « %s » (%s) est déjà partie : elle ne change plus ; pour écrire encore, ajoutez une vague : relais wave add %s …",
                   wave->name, at, change->name);
}

static bool judge_campaign(const struct change *change, struct err *err) {
    return change->campaign.state != CAMPAIGN_CANCELLED ||
           err_set(err, ERR_INPUT, "CAMPAIGN_STATE", "la campagne « %s » est annulée : son calendrier ne change plus", change->name);
}

/* -- what differs ------------------------------------------------------------------------------------------------- */
struct schedule_wave *schedule_wave_named(const struct schedule *schedule, const char *name) {
    for (size_t i = 0; i < schedule->wave_count; i++)
        if (!strcasecmp(schedule->waves[i].name, name)) return &schedule->waves[i];
    return NULL;
}

bool schedule_wave_same(const struct schedule_wave *a, const struct schedule_wave *b) {
    return a->audience == b->audience && uncertain_of(a->uncertain, a->audience) == uncertain_of(b->uncertain, b->audience) &&
           !strcmp(a->template, b->template) && a->relative == b->relative &&
           (a->relative ? a->offset_days == b->offset_days : a->at_ms == b->at_ms);
}

bool change_touches(const struct change *change, const char *template_name) {
    for (size_t i = 0; change->templates && i < js_count(change->templates); i++)
        if (!strcmp(js_text(js_get(js_at(change->templates, i), "template")), template_name)) return true;
    return false;
}

/* Whether what was planned of a wave that may move has to be planned anew. */
static bool affected(const struct change *change, const struct wave *wave) {
    const struct schedule_wave *was = schedule_wave_named(&change->was, wave->name),
                               *is = schedule_wave_named(&change->campaign.schedule, wave->name);
    if (!wave_may_move(wave) || (!was && !is)) return false;
    return change->replan_all || !was || !is || !schedule_wave_same(was, is) ||
           change_touches(change, is->template);
}

/* -- applying, in one transaction ---------------------------------------------------------------------------------- */
static bool cancel(struct change *change, const struct wave *wave, struct err *err) {
    int64_t pending = 0;
    struct event event = {.at_ms = app_now_ms(change->app), .campaign_id = change->campaign.id, .wave_id = wave->id,
                          .text = schedule_wave_named(&change->campaign.schedule, wave->name) ? "moved" : "dropped",
                          .origin = change->origin, .by_whom = change->app->by_whom};
    if (db_get_int(change->app->db, err, &pending, "SELECT COUNT(*) FROM delivery WHERE wave_id = $1 AND state IN (0, 1, 3)",
                   DB_I(wave->id)) < 0)
        return false;
    change->cancelled += pending;
    return delivery_cancel_wave(change->app->db, &event, err);
}

/* The rows of every wave that the change touches, and of those that are new; all others are left alone. */
static bool apply_waves(struct change *change, struct err *err) {
    const struct schedule *schedule = &change->campaign.schedule;
    for (size_t i = 0; i < change->before.count; i++) {
        const struct wave *wave = &change->before.all[i];
        if (!affected(change, wave)) continue;
        if (!cancel(change, wave, err)) return false;
        if (!schedule_wave_named(schedule, wave->name) && !wave_drop(change->app->db, wave->id, err)) return false;
    }
    for (size_t i = 0; i < schedule->wave_count; i++) {
        const struct wave *wave = waves_find(&change->before, schedule->waves[i].name);
        if (wave && !affected(change, wave)) continue;
        if (!wave_sync(change->app->db, &change->campaign, i, err)) return false;
    }
    return true;
}

static bool present_approval(const struct change *change, char approval[65], struct err *err) {
    struct sender_identity identity;
    AUTO_BUF text = BUF_INIT(8192);
    if (!sender_identity_read(change->app->settings, &identity, err)) return false;
    sender_identity_text(&identity, &text);
    return campaign_approval(change->app->db, &change->campaign, buf_text(&text), approval, err);
}

static bool was_approved(struct change *change, struct err *err) {
    char approval[65];
    change->approved_before = false;
    change->started = change->campaign.state != CAMPAIGN_DRAFT;
    if (!change->campaign.approval[0]) return true;
    if (!present_approval(change, approval, err)) return false;
    change->approved_before = !strcmp(approval, change->campaign.approval);
    return true;
}

/* A confirmed extension approves anew: it is the same person's word about the same messages. What start has never
 * approved stays unapproved. Any other change is voided by name, so that a sender at work sees it whatever it was. */
static bool settle_approval(struct change *change, struct err *err) {
    char approval[65] = "";
    if (change->approves && !change->approved_before) return true;
    if (change->approves && !present_approval(change, approval, err)) return false;
    return db_run(change->app->db, err, "UPDATE campaign SET approval = $1 WHERE id = $2", DB_T(*approval ? approval : NULL),
                  DB_I(change->campaign.id));
}

/* The new schedule is read back before it is kept: what is in the database is always a schedule. */
static bool keep_schedule(struct change *change, struct err *err) {
    AUTO_BUF written = BUF_INIT(1 << 20);
    struct schedule again;
    if (change->keeps_schedule) return change->campaign.schedule.sequence = change->was.sequence, true;
    const char *bytes = change->bytes;
    size_t length = change->length;
    if (!bytes) {
        schedule_write(&change->campaign.schedule, app_now_ms(change->app), &written);
        bytes = buf_text(&written);
        length = written.length;
    }
    if (!schedule_parse(&again, bytes, length, err)) return false;
    bool good = campaign_set_schedule(change->app->db, &change->campaign, &again, bytes, length, err);
    schedule_release(&again);
    return good;
}

static bool write_ledger(const struct change *change, struct err *err) {
    char was[11], becomes[11], text[40];
    bool moves = change->was.due_day != change->campaign.schedule.due_day;
    day_write(change->was.due_day, was);
    day_write(change->campaign.schedule.due_day, becomes);
    if (moves) snprintf(text, sizeof text, "%s -> %s", was, becomes);
    else snprintf(text, sizeof text, "%s", change->origin);
    return event_add(change->app->db, &(struct event){.at_ms = app_now_ms(change->app), .campaign_id = change->campaign.id,
                                                      .event = moves ? "extended" : "plan_changed", .text = text,
                                                      .origin = change->origin, .by_whom = change->app->by_whom}, err);
}

static void copy_schedule(struct schedule *to, const struct schedule *from) {
    *to = *from;
    to->waves = NULL;
    to->wave_count = 0;
    for (size_t i = 0; i < from->wave_count; i++) schedule_add_wave(to, &from->waves[i]);
}

/* All of it is read inside the transaction: a sender may have frozen a wave a moment ago, somebody else changed the plan. */
static bool work_out(struct change *change, struct err *err) {
    struct app *app = change->app;
    if (!campaign_load(app->db, change->name, &change->campaign, err)) return false;
    copy_schedule(&change->was, &change->campaign.schedule);
    change->campaign.schedule.sequence++;
    return judge_campaign(change, err) && waves_load(app->db, change->campaign.id, &change->before, err) && was_approved(change, err) &&
           change->edit(change, err) && keep_schedule(change, err) && apply_waves(change, err) && settle_approval(change, err) &&
           write_ledger(change, err) && waves_load(app->db, change->campaign.id, &change->after, err);
}

void change_release(struct change *change) {
    waves_release(&change->before);
    waves_release(&change->after);
    schedule_release(&change->was);
    campaign_release(&change->campaign);
    change->campaign = (struct campaign){0};
    js_free(change->templates);
    change->templates = NULL;
    change->bytes = NULL;
    change->keeps_schedule = false;
    change->cancelled = 0;
}

/* shown: the difference a person has said yes to; what is applied must be that. NULL = nobody was asked. */
static bool apply(struct change *change, bool keep, const char *shown, struct err *err) {
    AUTO(tx) tx = tx_begin(change->app->db, TX_DURABLE, err);
    if (!tx || !work_out(change, err)) return false;
    if (shown) {
        AUTO_BUF text = BUF_INIT(CHANGE_TEXT);
        change_text(change, &text);
        if (strcmp(buf_text(&text), shown))
            return err_set(err, ERR_INPUT, "CAMPAIGN_CHANGED", "le plan vient de changer : rien n'est appliqué ; regardez-le de nouveau, puis recommencez");
    }
    return !keep || tx_commit(TX_TAKE(tx), err);
}

/* -- asking ----------------------------------------------------------------------------------------------------------- */
static bool confirmed(struct err *err) {
    char line[16];
    printf("\nAppliquer ? [o/N] ");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) && (line[0] == 'o' || line[0] == 'O')) return true;
    return err_set(err, ERR_INPUT, "NOT_CONFIRMED", "changement non confirmé : rien n'est changé");
}

/* Somebody who sits before it sees the difference first, and says yes. */
static bool ask(struct change *change, struct buf *shown, struct err *err) {
    bool good = apply(change, false, NULL, err);
    if (good) {
        change_text(change, shown);
        fputs(buf_text(shown), stdout);
        good = confirmed(err);
    }
    change_release(change);
    return good;
}

int change_run(struct change *change) {
    struct err err = {0};
    AUTO_BUF shown = BUF_INIT(CHANGE_TEXT);
    bool asks = !change->yes && !change->dry_run && change->app->format == APP_TEXT && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    bool good = (!asks || ask(change, &shown, &err)) && apply(change, !change->dry_run, asks ? buf_text(&shown) : NULL, &err);
    if (good && change->app->format == APP_JSON) change_json(change);
    else if (good && asks) puts("Appliqué.");
    else if (good) {
        change_text(change, &shown);
        fputs(buf_text(&shown), stdout);
    }
    change_release(change);
    return good ? EXIT_DONE : app_refuse(change->app, &err);
}
