/* relais plan C: each wave, its instant, whom it is for, how many, until when; and what to look at before. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_campaign.h"
#include "mailer/cmd_plan_view.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/output.h"
#include "schedules/french.h"

enum { PLAN_BYTES = 16 << 20 };

static bool add_json(struct app *app, const struct campaign *campaign, const struct plan_wave_view *view, const struct plan_forecast *forecast,
                     size_t at, struct js *all, struct err *err) {
    struct js *one = js_object();
    char window[64];
    window_write(&campaign->schedule.window, window);
    js_set_text(one, "wave", view->wave->name);
    js_set_text(one, "audience", AUDIENCE[view->wave->audience]);
    js_set_text(one, "template", view->wave->template);
    js_set_text(one, "at", view->at);
    js_set_text(one, "window", window);
    /* Before it is planned, whom the wave would reach as things stand. */
    js_set_int(one, "recipients", view->forecast >= 0 ? view->forecast : view->recipients);
    js_set_text(one, "state", WAVE_STATE[view->wave->state]);
    js_set_text(one, "reason", view->wave->reason);
    if (view->forecast >= 0) js_set_int(one, "forecast", view->forecast);
    if (view->moved) js_set_int(one, "moved", view->moved);
    plan_wave_json(forecast, at, one);
    js_add(all, one);
    if (!view->other_departments) return true;
    struct js *departments = plan_by_department(app->db, view->wave, err);
    if (departments) js_set(one, "by_department", departments);
    return departments != NULL;
}

static void print_wave(const struct plan_wave_view *view, const struct plan_forecast *forecast, size_t at) {
    AUTO_BUF line = BUF_INIT(PLAN_BYTES);
    text_add_padded(&line, view->wave->name, 18);
    text_add_padded(&line, view->french, 27);
    text_add_padded(&line, audience_text(view->wave->audience), 29);
    int64_t number = view->forecast >= 0 ? view->forecast : view->recipients;
    const char *const words[] = {view->forecast >= 0 ? "prévu" : "planifié", view->forecast >= 0 ? "prévus" : "planifiés"};
    buf_add_format(&line, "%8lld ", (long long)number);
    text_add_padded(&line, words[number > 1], 9);
    buf_add_format(&line, "  %s%s%s\n", wave_state_text(view->wave->state), view->wave->reason[0] ? " : " : "",
                   view->wave->reason[0] ? skip_reason_text(view->wave->reason) : "");
    if (view->moved)
        buf_add_format(&line, "      %lld déplacé%s : lecteur absent, ou boîte au repos (« relais why CODE --campaign C » dit quand)\n",
                       (long long)view->moved, view->moved > 1 ? "s" : "");
    plan_wave_text(forecast, at, &line);
    fputs(buf_text(&line), stdout);
}

static void add_csv(const struct plan_wave_view *view, struct csv *csv) {
    csv_text(csv, view->wave->name);
    csv_text(csv, view->wave->title);
    csv_text(csv, audience_text(view->wave->audience));
    csv_text(csv, view->wave->template);
    csv_text(csv, view->french);
    csv_number(csv, view->forecast >= 0 ? view->forecast : view->recipients);
    csv_text(csv, wave_state_text(view->wave->state));
    csv_text(csv, skip_reason_text(view->wave->reason));
    csv_end_row(csv);
}

/* A calendar or template that somebody has changed, and that nobody has taken in yet. */
static bool mention_files(struct app *app, const struct campaign *campaign, struct js *answer, struct err *err) {
    struct js *differing = campaign_files_differing(app, campaign, err);
    AUTO_BUF sentence = BUF_INIT(1 << 16);
    if (!differing) return false;
    campaign_files_sentence(differing, campaign->name, &sentence);
    if (app->format == APP_TEXT && sentence.length) printf("\n%s\n", buf_text(&sentence));
    js_set(answer, "files_differing", differing);
    return true;
}

static void print_head(const struct campaign *campaign) {
    char french[FRENCH_DATE];
    french_date(campaign->due_day, french);
    printf("%s — échéance : %s (%s)\n\n", campaign->title, french, campaign_state_text(campaign->state));
}

static void print_foot(const struct campaign *campaign, const struct plan_forecast *forecast) {
    AUTO_BUF text = BUF_INIT(PLAN_BYTES);
    plan_forecast_text(campaign, forecast, &text);
    fputs(buf_text(&text), stdout);
}

static struct js *begin_json(const struct campaign *campaign, struct js **waves) {
    char due[11];
    struct js *answer = js_object();
    *waves = js_array();
    day_write(campaign->due_day, due);
    js_set_text(answer, "campaign", campaign->name);
    js_set_text(answer, "deadline", due);
    js_set(answer, "waves", *waves);
    return answer;
}

static bool show(struct app *app, const struct campaign *campaign, const struct plan_forecast *forecast, struct err *err) {
    static const char *const HEADINGS[] = {"Vague", "Titre", "Public", "Modèle", "Départ", "Destinataires", "État", "Motif"};
    struct js *all;
    AUTO(js) answer = begin_json(campaign, &all);
    AUTO_BUF table = BUF_INIT(PLAN_BYTES);
    struct csv csv = csv_begin(&table);
    for (size_t i = 0; i < COUNT(HEADINGS); i++) csv_text(&csv, HEADINGS[i]);
    csv_end_row(&csv);
    if (app->format == APP_TEXT) print_head(campaign);
    for (size_t i = 0; i < forecast->waves.count; i++) {
        struct plan_wave_view view;
        if (!plan_wave_view(app->db, campaign, &forecast->waves.all[i], &view, err)) return false;
        if (app->format == APP_JSON && !add_json(app, campaign, &view, forecast, i, all, err)) return false;
        if (app->format == APP_CSV) add_csv(&view, &csv);
        if (app->format == APP_TEXT) print_wave(&view, forecast, i);
    }
    if (app->format == APP_TEXT) print_foot(campaign, forecast);
    if (app->format != APP_CSV && !mention_files(app, campaign, answer, err)) return false;
    if (app->format == APP_JSON) plan_forecast_json(campaign, forecast, answer), js_write(answer, stdout);
    return app->format != APP_CSV || output_write(&table, NULL, err);
}

int cmd_plan(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct campaign campaign = {0};
    const char *name;
    struct plan_forecast forecast = {0};
    bool good = app_arguments(app, argc, argv, NULL, 0, &name, 1, 1, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, name, &campaign, &err) && plan_forecast_load(app, &campaign, &forecast, &err) &&
                show(app, &campaign, &forecast, &err);
    plan_forecast_release(&forecast);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
