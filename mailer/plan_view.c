/* Waves made readable. */
#include "mailer/plan_view.h"

#include <stdio.h>

#include "schedules/zones.h"

const char *audience_text(enum audience audience) {
    static const char *const TEXTS[AUDIENCE_COUNT] = {
        [AUDIENCE_RELAYS] = "relais", [AUDIENCE_INFORMED] = "toutes les inscrites", [AUDIENCE_INFORMED_ONLY] = "informées seulement",
        [AUDIENCE_SELECTED] = "sélectionnées", [AUDIENCE_SELECTED_UNANSWERED] = "sélectionnées sans réponse",
        [AUDIENCE_ANSWERED] = "répondantes"};
    return TEXTS[audience];
}

const char *wave_state_text(enum wave_state state) {
    static const char *const TEXTS[WAVE_STATES] = {
        [WAVE_WAITING] = "à venir", [WAVE_RUNNING] = "en cours", [WAVE_DONE] = "terminée", [WAVE_SKIPPED] = "sautée"};
    return TEXTS[state];
}

const char *campaign_state_text(enum campaign_state state) {
    static const char *const TEXTS[CAMPAIGN_STATES] = {
        [CAMPAIGN_DRAFT] = "en préparation", [CAMPAIGN_STARTED] = "lancée", [CAMPAIGN_PAUSED] = "suspendue",
        [CAMPAIGN_CANCELLED] = "annulée"};
    return TEXTS[state];
}

bool plan_wave_view(struct db *db, const struct campaign *campaign, const struct wave *wave, struct plan_wave_view *view, struct err *err) {
    *view = (struct plan_wave_view){.wave = wave, .forecast = -1};
    zoned_instant(PARIS, wave->at_ms, view->at);
    french_weekday_moment(PARIS, wave->at_ms, view->french);
    if (db_get_int(db, err, &view->recipients, "SELECT COUNT(*) FROM delivery WHERE wave_id = $1 AND cancelled = 0", DB_I(wave->id)) < 0 ||
        db_get_int(db, err, &view->moved, "SELECT COUNT(*) FROM delivery d WHERE d.wave_id = $1 AND d.state = 0 AND d.reason IN ('away', 'resting')",
                   DB_I(wave->id)) < 0 ||
        db_get_int(db, err, &view->other_departments, "SELECT COUNT(*) FROM wave_group WHERE wave_id = $1 AND at_ms <> $2",
                   DB_I(wave->id), DB_I(wave->at_ms)) < 0)
        return false;
    if (wave->state != WAVE_WAITING) return true;
    view->forecast = audience_count(db, campaign->id, wave->audience, NULL, err);
    return view->forecast >= 0;
}

struct js *plan_by_department(struct db *db, const struct wave *wave, struct err *err) {
    struct js *answer = js_object();
    AUTO(db_rows) rows = db_query(db, err, "SELECT department, at_ms FROM wave_group WHERE wave_id = $1 AND at_ms <> $2 ORDER BY department",
                                  DB_I(wave->id), DB_I(wave->at_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        char at[INSTANT_TEXT];
        zoned_instant(zone_of_department(db_text(rows, 0)), db_int(rows, 1), at);
        js_set_text(answer, db_text(rows, 0), at);
    }
    if (got == 0) return answer;
    js_free(answer);
    return NULL;
}
