/* Forecasts in words. */
#include "mailer/cmd_plan_view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/role_settings.h"
#include "schedules/zones.h"

/* -- warnings ------------------------------------------------------------------------------------------------------- */
static void warn(struct plan_forecast *all, const char *code, const char *wave, const char *format, ...) PRINTF_LIKE(4, 5);
static void warn(struct plan_forecast *all, const char *code, const char *wave, const char *format, ...) {
    if (all->warning_count == WARNINGS) return;
    all->warnings = mem_grow(all->warnings, all->warning_count + 1, sizeof *all->warnings);
    struct plan_warning *warning = &all->warnings[all->warning_count++];
    va_list args;
    va_start(args, format);
    *warning = (struct plan_warning){.code = code, .wave = wave};
    vsnprintf(warning->text, sizeof warning->text, format, args);
    va_end(args);
}

static bool to_come(const struct wave *wave) { return wave->state == WAVE_WAITING || wave->state == WAVE_RUNNING; }

/* Whether one party may be in both. */
static bool overlap(enum audience a, enum audience b) {
    if ((a == AUDIENCE_RELAYS) != (b == AUDIENCE_RELAYS)) return false;
    bool only = a == AUDIENCE_INFORMED_ONLY || b == AUDIENCE_INFORMED_ONLY;
    enum audience other = a == AUDIENCE_INFORMED_ONLY ? b : a;
    if (only && (other == AUDIENCE_SELECTED || other == AUDIENCE_SELECTED_UNANSWERED)) return false;
    return !(a == AUDIENCE_ANSWERED && b == AUDIENCE_SELECTED_UNANSWERED) && !(b == AUDIENCE_ANSWERED && a == AUDIENCE_SELECTED_UNANSWERED);
}

static void warn_answers(struct plan_forecast *all, const struct campaign *campaign) {
    char as_of[FRENCH_DATE];
    bool reminders = false;
    for (size_t i = 0; i < all->waves.count; i++)
        reminders |= all->waves.all[i].audience == AUDIENCE_SELECTED_UNANSWERED && to_come(&all->waves.all[i]);
    if (!all->forecast.answers_old || !reminders) return;
    french_short_date(local_day(PARIS, campaign->answers_as_of_ms), as_of);
    warn(all, "answers-old", "", "la liste des répondants date du %s : %s ; importez la dernière par « relais answered %s FICHIER »", as_of,
         all->limits.hold_old_answers ? "les rappels attendent une liste plus récente" : "des rappels iraient à des collectivités qui ont répondu depuis",
         campaign->name);
}

/* What to turn up: the group of domains that keeps the last ones waiting, or what is common to all. */
static void faster(const struct forecast_wave *seen, const char *common, char *out, size_t size) {
    if (*seen->domains) snprintf(out, size, "augmentez le rate de %s dans [domains]", seen->domains);
    else snprintf(out, size, "augmentez %s", common);
}

static void warn_pace(struct plan_forecast *all, size_t at) {
    const struct wave *wave = &all->waves.all[at];
    const struct forecast_wave *seen = &all->forecast.waves[at];
    char finish[FRENCH_MOMENT], remedy[FORECAST_DOMAINS + 60];
    if (seen->unsent) {
        faster(seen, "[smtp] rate ou [schedule] messages_a_day", remedy, sizeof remedy);
        warn(all, "too-slow", wave->name, "la vague %s ne finira pas avant l'échéance : %" PRId64 " message%s resterai%s ; avancez-la, ou %s",
             wave->name, seen->unsent, seen->unsent > 1 ? "s" : "", seen->unsent > 1 ? "ent" : "t", remedy);
        return;
    }
    for (size_t i = at + 1; i < all->waves.count && seen->finishes_ms >= 0; i++) {
        const struct wave *next = &all->waves.all[i];
        if (!to_come(next) || !overlap(wave->audience, next->audience) || seen->finishes_ms <= next->at_ms) continue;
        french_weekday_moment(PARIS, seen->finishes_ms, finish);
        faster(seen, "[smtp] rate", remedy, sizeof remedy);
        warn(all, "overlaps", wave->name, "la vague %s ne serait finie que le %s, après le départ de %s ; avancez-la, ou %s", wave->name, finish,
             next->name, remedy);
        return;
    }
}

/* The next wave for people of this one comes before the days between two mails are over. */
static void warn_spacing(struct plan_forecast *all, size_t at) {
    const struct wave *wave = &all->waves.all[at];
    if (!all->limits.days_between || wave->audience == AUDIENCE_RELAYS || *all->forecast.waves[at].skip) return;
    for (size_t i = at + 1; i < all->waves.count; i++) {
        const struct wave *next = &all->waves.all[i];
        if (next->state != WAVE_WAITING || !overlap(wave->audience, next->audience)) continue;
        int64_t days = local_day(PARIS, next->at_ms) - local_day(PARIS, wave->at_ms);
        if (days < all->limits.days_between)
            warn(all, "spacing", next->name, "la vague %s suit %s de %" PRId64 " jour%s, or [schedule] days_between en veut %d : elle attendra, ou sera écartée "
                 "pour qui a reçu la première ; espacez les deux vagues", next->name, wave->name, days, days > 1 ? "s" : "", all->limits.days_between);
        return;
    }
}

static void warn_skip(struct plan_forecast *all, size_t at) {
    const struct forecast_wave *seen = &all->forecast.waves[at];
    if (*seen->skip)
        warn(all, "would-skip", all->waves.all[at].name, "la vague %s sera sautée (%s) ; déplacez-la, ou reportez l'échéance", all->waves.all[at].name,
             skip_reason_text(seen->skip));
}

static void find_warnings(struct plan_forecast *all, const struct campaign *campaign) {
    warn_answers(all, campaign);
    if (all->forecast.moved)
        warn(all, "closures-changed", "", "les jours de fermeture ont changé : %" PRId64 " départ%s de vague changerai%s de jour ; replacez-les par « relais start %s »",
             all->forecast.moved, all->forecast.moved > 1 ? "s" : "", all->forecast.moved > 1 ? "ent" : "t", campaign->name);
    for (size_t i = 0; i < all->waves.count; i++) {
        if (!to_come(&all->waves.all[i])) continue;
        warn_skip(all, i);
        warn_pace(all, i);
        warn_spacing(all, i);
    }
}

bool plan_forecast_load(struct app *app, const struct campaign *campaign, struct plan_forecast *all, struct err *err) {
    *all = (struct plan_forecast){.limits = send_limits_read(app->settings), .a_minute = relays_rate(app->settings)};
    AUTO(domain_groups) domains = domains_read(app->settings, err);
    if (!domains || !waves_load(app->db, campaign->id, &all->waves, err) ||
        !forecast_load(app->db, campaign, &all->waves, &all->limits, all->a_minute, domains, app_now_ms(app), &all->forecast, err))
        return false;
    if (campaign->state != CAMPAIGN_CANCELLED) find_warnings(all, campaign);
    return true;
}

void plan_forecast_release(struct plan_forecast *all) {
    forecast_release(&all->forecast);
    waves_release(&all->waves);
    free(all->warnings);
    *all = (struct plan_forecast){0};
}

/* -- groups: departments with somebody to write to, whose clocks show the same --------------------------------------------------------------------- */
struct face { int64_t day; int minute; };

static struct face face_of(const struct forecast_place *place) {
    struct face face;
    zone_local(zone_of_department(place->department), place->at_ms, &face.day, &face.minute);
    return face;
}

static bool same_face(struct face a, struct face b) { return a.day == b.day && a.minute == b.minute; }

static struct face metropolitan(const struct wave *wave) {
    struct face face;
    zone_local(PARIS, wave->at_ms, &face.day, &face.minute);
    return face;
}

static void add_group(const struct forecast_wave *wave, size_t first, struct buf *out) {
    const struct forecast_place *places = wave->places;
    char moment[FRENCH_MOMENT];
    int64_t count = 0;
    buf_add_text(out, "      ");
    for (size_t i = first; i < wave->place_count; i++) {
        if (!places[i].count || !same_face(face_of(&places[i]), face_of(&places[first]))) continue;
        buf_add_format(out, "%s%s", i > first ? ", " : "", places[i].department);
        count += places[i].count;
    }
    french_weekday_moment(zone_of_department(places[first].department), places[first].at_ms, moment);
    buf_add_format(out, " : %s, heure locale (%" PRId64 ")\n", moment, count);
}

static void add_groups(const struct wave *wave, const struct forecast_wave *seen, struct buf *out) {
    struct face usual = metropolitan(wave);
    size_t elsewhere = 0;
    for (size_t i = 0; i < seen->place_count; i++) {
        bool said = same_face(face_of(&seen->places[i]), usual) || !seen->places[i].count;
        elsewhere += said && seen->places[i].count && seen->places[i].at_ms != wave->at_ms;
        for (size_t k = 0; k < i && !said; k++) said = seen->places[k].count && same_face(face_of(&seen->places[k]), face_of(&seen->places[i]));
        if (!said) add_group(seen, i, out);
    }
    if (elsewhere) buf_add_format(out, "      %zu département%s d'outre-mer : le même jour, à la même heure locale\n", elsewhere, elsewhere > 1 ? "s" : "");
}

void plan_wave_text(const struct plan_forecast *all, size_t at, struct buf *out) {
    const struct forecast_wave *seen = &all->forecast.waves[at];
    char finish[FRENCH_MOMENT];
    add_groups(&all->waves.all[at], seen, out);
    if (seen->unsent || seen->finishes_ms < 0) return; /* a warning says the first; nothing limits the second */
    french_weekday_moment(PARIS, seen->finishes_ms, finish);
    buf_add_format(out, "      fin estimée : %s%s%s%s\n", finish, *seen->domains ? " (le débit de " : "", seen->domains, *seen->domains ? ", [domains])" : "");
}

void plan_forecast_text(const struct campaign *campaign, const struct plan_forecast *all, struct buf *out) {
    char as_of[FRENCH_DATE];
    french_short_date(local_day(PARIS, campaign->answers_as_of_ms), as_of);
    if (campaign->answers_as_of_ms >= 0) buf_add_format(out, "\nRépondants connus au %s. ", as_of);
    else buf_add_text(out, "\nAucune liste de répondants. ");
    if (all->a_minute) buf_add_format(out, "Débit : %" PRId64 " message%s par minute", all->a_minute, all->a_minute > 1 ? "s" : "");
    else buf_add_text(out, "Débit non limité");
    if (all->limits.messages_a_day) buf_add_format(out, ", %" PRId64 " par jour", all->limits.messages_a_day);
    buf_add_text(out, ".\n");
    for (size_t i = 0; i < all->warning_count; i++) buf_add_format(out, "Attention : %s\n", all->warnings[i].text);
}

/* -- JSON ------------------------------------------------------------------------------------------------------------------ */
static void instant_of(const struct forecast_place *place, char out[INSTANT_TEXT]) {
    zoned_instant(zone_of_department(place->department), place->at_ms, out);
}

static struct js *groups_json(const struct forecast_wave *wave) {
    struct js *groups = js_array();
    for (size_t i = 0; i < wave->place_count; i++) {
        char at[INSTANT_TEXT], other[INSTANT_TEXT];
        bool said = false;
        int64_t count = 0;
        instant_of(&wave->places[i], at);
        for (size_t k = 0; k < i && !said; k++) instant_of(&wave->places[k], other), said = !strcmp(at, other);
        if (said) continue;
        struct js *one = js_object(), *departments = js_array();
        for (size_t k = i; k < wave->place_count; k++) {
            instant_of(&wave->places[k], other);
            if (strcmp(at, other) != 0) continue;
            js_add_text(departments, wave->places[k].department);
            count += wave->places[k].count;
        }
        js_set_text(one, "at", at);
        js_set(one, "departments", departments);
        js_set_int(one, "recipients", count);
        js_add(groups, one);
    }
    return groups;
}

void plan_wave_json(const struct plan_forecast *all, size_t at, struct js *one) {
    const struct forecast_wave *seen = &all->forecast.waves[at];
    char finish[INSTANT_TEXT];
    js_set(one, "groups", groups_json(seen));
    zoned_instant(PARIS, seen->finishes_ms, finish);
    if (seen->finishes_ms >= 0) js_set_text(one, "finishes", finish);
    else js_set_null(one, "finishes");
    if (*seen->domains) js_set_text(one, "slowest_domains", seen->domains);
    else js_set_null(one, "slowest_domains");
    js_set_bool(one, "in_time", !seen->unsent);
    js_set_int(one, "unsent", seen->unsent);
    js_set_text(one, "would_skip", seen->skip);
}

void plan_forecast_json(const struct campaign *campaign, const struct plan_forecast *all, struct js *answer) {
    struct js *warnings = js_array();
    char as_of[INSTANT_TEXT];
    js_set_int(answer, "rate", all->a_minute);
    js_set_int(answer, "messages_a_day", all->limits.messages_a_day);
    zoned_instant(PARIS, campaign->answers_as_of_ms, as_of);
    if (*as_of) js_set_text(answer, "answers_as_of", as_of);
    else js_set_null(answer, "answers_as_of");
    js_set_bool(answer, "answers_old", all->forecast.answers_old);
    for (size_t i = 0; i < all->warning_count; i++) {
        struct js *one = js_object();
        js_set_text(one, "code", all->warnings[i].code);
        js_set_text(one, "wave", all->warnings[i].wave);
        js_set_text(one, "text", all->warnings[i].text);
        js_add(warnings, one);
    }
    js_set(answer, "warnings", warnings);
}
