/* relais wave add|move C NAME --at INSTANT|--before DAYS … · relais wave drop C NAME: the plan edited without a text editor. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_change.h"
#include "mailer/plan_view.h"
#include "schedules/french.h"
#include "schedules/plan.h"
#include "schedules/zones.h"

enum { LONGEST_BEFORE = 3660 }; /* as far as a calendar file may go */
enum action { ADD, MOVE, DROP };

struct edition {
    enum action action;
    const char *name, *at, *before, *audience, *template, *title, *uncertain; /* as given; NULL = not */
};

/* -- reading what was given ------------------------------------------------------------------------------------------ */
static bool read_name(const char *name, struct err *err) {
    bool good = *name && strlen(name) < SCHEDULE_NAME;
    for (const char *at = name; *at && good; at++) good = (isalnum((unsigned char)*at) && (unsigned char)*at < 0x80) || *at == '-';
    return good || err_set(err, ERR_INPUT, "WAVE_NAME",
                           "nom de vague « %.80s » : écrivez des lettres sans accent, des chiffres et des tirets, %d au plus", name, SCHEDULE_NAME - 1);
}

/* A day takes the send hour; a day and an hour are Paris's; an instant says its own offset. */
static bool read_at(const struct schedule *schedule, const char *text, int64_t *at_ms, struct err *err) {
    char day_text[11] = "";
    int64_t day;
    int minute = schedule->send_minute;
    size_t day_length = strcspn(text, " T");
    if (instant_parse(text, false, at_ms)) return *at_ms -= *at_ms % 1000, true;
    snprintf(day_text, sizeof day_text, "%.*s", (int)(day_length < 10 ? day_length : 10), text);
    const char *rest = text + day_length;
    const char *end = *rest ? minute_parse(rest + 1, &minute) : rest;
    if (day_length == 10 && day_parse(day_text, &day) && end && !*end && minute < 24 * 60)
        return zone_to_instant(PARIS, day, minute, at_ms, err);
    return err_set(err, ERR_INPUT, "BAD_DATE",
                   "--at « %.40s » non compris ; écrivez 2026-01-16, 2026-01-16 14:00 (heure de Paris) ou 2026-01-16T14:00:00+01:00", text);
}

static bool read_before(const char *text, int *offset_days, struct err *err) {
    size_t digits = strspn(text, "0123456789");
    long days = digits && digits <= 4 && !text[digits] ? strtol(text, NULL, 10) : -1;
    if (days < 0 || days > LONGEST_BEFORE)
        return err_set(err, ERR_INPUT, "BAD_DAYS", "--before « %.40s » : écrivez un nombre de jours entier avant l'échéance, de 0 à %d", text, LONGEST_BEFORE);
    *offset_days = -(int)days;
    return true;
}

static bool read_audience(const char *text, enum audience *audience, struct err *err) {
    int found = audience_of(text);
    if (found < 0)
        return err_set(err, ERR_INPUT, "BAD_AUDIENCE",
                       "--audience « %.40s » inconnu ; écrivez relays, informed, informed-only, selected, selected-unanswered ou answered", text);
    *audience = (enum audience)found;
    return true;
}

static bool read_uncertain(const char *text, enum uncertain *uncertain, struct err *err) {
    for (int i = UNCERTAIN_HOLD; i < UNCERTAIN_COUNT; i++)
        if (!strcmp(text, UNCERTAIN[i])) return *uncertain = (enum uncertain)i, true;
    return err_set(err, ERR_INPUT, "BAD_UNCERTAIN",
                   "--uncertain « %.40s » : écrivez ce que devient un envoi dont on ne sait s'il est parti, hold (retenu) ou resend (renvoyé une fois)", text);
}

static bool read_title(const char *text, char out[SCHEDULE_TITLE], struct err *err) {
    AUTO_BUF shown = BUF_INIT(1 << 16);
    bool good = utf8_valid(text, strlen(text)) && strlen(text) < SCHEDULE_TITLE && text[strspn(text, " ")];
    if (good) text_printable(&shown, text, strlen(text));
    if (good && !strcmp(buf_text(&shown), text)) return snprintf(out, SCHEDULE_TITLE, "%s", text), true;
    return err_set(err, ERR_INPUT, "WAVE_TITLE", "--title : écrivez une seule ligne en UTF-8, sans caractère invisible, de %d octets au plus", SCHEDULE_TITLE - 1);
}

static bool read_template(const struct change *change, const char *name, char out[SCHEDULE_NAME], struct err *err) {
    AUTO_BUF bytes = BUF_INIT(1 << 20);
    if (strlen(name) < SCHEDULE_NAME && campaign_template(change->app->db, change->campaign.id, name, &bytes, err))
        return snprintf(out, SCHEDULE_NAME, "%s", name), true;
    if (err->kind == ERR_FATAL) return false;
    return err_set(err, ERR_INPUT, "NO_TEMPLATE",
                   "la campagne n'a pas de modèle « %.80s » ; mettez-le dans le dossier de ses modèles, puis : relais campaign update %s", name, change->name);
}

/* What is not given stays as it is. */
static bool read_wave(const struct change *change, const struct edition *wanted, struct schedule_wave *wave, struct err *err) {
    const struct schedule *schedule = &change->campaign.schedule;
    if (wanted->at && wanted->before)
        return err_set(err, ERR_INPUT, "USAGE", "--at et --before ne vont pas ensemble : un instant, ou un nombre de jours avant l'échéance");
    if (wanted->at || wanted->before) wave->relative = wanted->before != NULL;
    return (!wanted->at || read_at(schedule, wanted->at, &wave->at_ms, err)) &&
           (!wanted->before || read_before(wanted->before, &wave->offset_days, err)) &&
           (!wanted->audience || read_audience(wanted->audience, &wave->audience, err)) &&
           (!wanted->uncertain || read_uncertain(wanted->uncertain, &wave->uncertain, err)) &&
           (!wanted->template || read_template(change, wanted->template, wave->template, err)) &&
           (!wanted->title || read_title(wanted->title, wave->title, err));
}

/* -- judging ------------------------------------------------------------------------------------------------------------ */
/* A wave that could not go out any more is not what somebody meant who has just given its day. */
static bool will_go(const struct change *change, const struct schedule_wave *wave, struct err *err) {
    const struct schedule *schedule = &change->campaign.schedule;
    int64_t at_ms, latest_ms, deadline_ms;
    char at[FRENCH_MOMENT];
    if (!plan_instant_ms(schedule, wave, "", &at_ms, err) || !plan_latest_ms(schedule, "", at_ms, &latest_ms, err) ||
        !plan_deadline_ms(schedule->due_day, &deadline_ms, err))
        return false;
    french_weekday_moment(PARIS, at_ms, at);
    if (at_ms >= deadline_ms)
        return err_set(err, ERR_INPUT, "WAVE_LATE", "la vague partirait %s, après l'échéance ; donnez un jour plus tôt, ou déplacez l'échéance : relais extend %s …",
                       at, change->name);
    return latest_ms >= app_now_ms(change->app) ||
           err_set(err, ERR_INPUT, "WAVE_LATE", "la vague serait partie %s : c'est trop tard ; donnez un jour à venir", at);
}

static bool unknown_wave(const struct change *change, const char *name, struct err *err) {
    AUTO_BUF known = BUF_INIT(SCHEDULE_WAVES * (SCHEDULE_NAME + 2));
    for (size_t i = 0; i < change->campaign.schedule.wave_count; i++)
        buf_add_format(&known, "%s%s", i ? ", " : "", change->campaign.schedule.waves[i].name);
    return err_set(err, ERR_INPUT, "UNKNOWN_WAVE", "la campagne « %s » n'a pas de vague « %.80s » ; elle a : %s", change->name, name, buf_text(&known));
}

/* -- the three ------------------------------------------------------------------------------------------------------------ */
static bool add(struct change *change, const struct edition *wanted, struct err *err) {
    struct schedule *schedule = &change->campaign.schedule;
    struct schedule_wave wave = {0};
    if (!read_name(wanted->name, err)) return false;
    if (schedule_wave_named(schedule, wanted->name))
        return err_set(err, ERR_INPUT, "WAVE_EXISTS", "la campagne « %s » a déjà une vague « %s » ; donnez un autre nom, ou déplacez-la : relais wave move %s %s …",
                       change->name, wanted->name, change->name, wanted->name);
    if ((!wanted->at && !wanted->before) || !wanted->audience || !wanted->template)
        return err_set(err, ERR_INPUT, "USAGE",
                       "dites quand, à qui et quoi : relais wave add %s %s --before JOURS|--at INSTANT --audience PUBLIC --template MODÈLE.md",
                       change->name, wanted->name);
    if (schedule->wave_count >= SCHEDULE_WAVES)
        return err_set(err, ERR_INPUT, "TOO_MANY_WAVES", "une campagne a %d vagues au plus ; retirez-en une : relais wave drop", SCHEDULE_WAVES);
    if (!read_wave(change, wanted, &wave, err) || !will_go(change, &wave, err)) return false;
    snprintf(wave.name, sizeof wave.name, "%s", wanted->name);
    if (!wanted->title) snprintf(wave.title, sizeof wave.title, "%s", wave.name);
    schedule_add_wave(schedule, &wave);
    return true;
}

static bool move(struct change *change, const struct edition *wanted, struct schedule_wave *wave, struct err *err) {
    struct schedule_wave moved = *wave;
    if (!wanted->at && !wanted->before && !wanted->audience && !wanted->template && !wanted->title && !wanted->uncertain)
        return err_set(err, ERR_INPUT, "USAGE", "dites ce qui change de « %s » : --at ou --before, --audience, --template, --title, --uncertain", wave->name);
    if (!read_wave(change, wanted, &moved, err)) return false;
    if (schedule_wave_same(wave, &moved) && !strcmp(wave->title, moved.title))
        return err_set(err, ERR_INPUT, "SAME_WAVE", "la vague « %s » est déjà ainsi", wave->name);
    if (!will_go(change, &moved, err)) return false;
    *wave = moved;
    return true;
}

static bool drop(struct change *change, struct schedule_wave *wave, struct err *err) {
    struct schedule *schedule = &change->campaign.schedule;
    if (schedule->wave_count == 1)
        return err_set(err, ERR_INPUT, "LAST_WAVE", "« %s » est la dernière vague de la campagne ; pour tout arrêter : relais cancel %s", wave->name, change->name);
    size_t index = (size_t)(wave - schedule->waves);
    memmove(wave, wave + 1, (schedule->wave_count - index - 1) * sizeof *wave);
    schedule->wave_count--;
    return true;
}

static bool edit(struct change *change, struct err *err) {
    const struct edition *wanted = change->wanted;
    if (wanted->action == ADD) return add(change, wanted, err);
    struct schedule_wave *wave = schedule_wave_named(&change->campaign.schedule, wanted->name);
    if (!wave) return unknown_wave(change, wanted->name, err);
    if (!change_judge_wave(change, waves_find(&change->before, wave->name), err)) return false;
    return wanted->action == MOVE ? move(change, wanted, wave, err) : drop(change, wave, err);
}

static bool read_action(const char *word, enum action *action, struct err *err) {
    static const char *const ACTIONS[] = {[ADD] = "add", [MOVE] = "move", [DROP] = "drop"};
    for (enum action i = ADD; i <= DROP; i++)
        if (!strcmp(word, ACTIONS[i])) return *action = i, true;
    return err_set(err, ERR_INPUT, "USAGE", "« relais wave %.40s » n'existe pas ; écrivez add, move ou drop", word);
}

int cmd_wave(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct edition wanted = {0};
    struct change change = {.app = app, .origin = "wave", .edit = edit, .wanted = &wanted};
    const char *words[3];
    const struct app_option options[] = {{"--at", &wanted.at, NULL}, {"--before", &wanted.before, NULL}, {"--audience", &wanted.audience, NULL},
                                         {"--template", &wanted.template, NULL}, {"--title", &wanted.title, NULL}, {"--uncertain", &wanted.uncertain, NULL},
                                         {"--dry-run", NULL, &change.dry_run}, {"--yes", NULL, &change.yes}};
    if (app_arguments(app, argc, argv, options, COUNT(options), words, 3, 3, &err) < 0 || !read_action(words[0], &wanted.action, &err) ||
        !app_db(app, &err))
        return app_refuse(app, &err);
    if (wanted.action == DROP && (wanted.at || wanted.before || wanted.audience || wanted.template || wanted.title || wanted.uncertain)) {
        err_set(&err, ERR_INPUT, "USAGE", "relais wave drop ne prend que la campagne et le nom de la vague");
        return app_refuse(app, &err);
    }
    change.name = words[1];
    wanted.name = words[2];
    return change_run(&change);
}
