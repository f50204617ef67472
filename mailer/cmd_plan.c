/* relais plan C: each wave, its instant, whom it is for, how many. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/plan_view.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/output.h"
#include "schedules/french.h"

enum { PLAN_BYTES = 16 << 20 };

static bool add_json(struct app *app, const struct campaign *campaign, const struct plan_wave_view *view, struct js *all, struct err *err) {
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
    js_add(all, one);
    if (!view->other_departments) return true;
    struct js *departments = plan_by_department(app->db, view->wave, err);
    if (departments) js_set(one, "by_department", departments);
    return departments != NULL;
}

static void print_wave(const struct plan_wave_view *view) {
    AUTO_BUF line = BUF_INIT(2000);
    text_add_padded(&line, view->wave->name, 18);
    text_add_padded(&line, view->french, 27);
    text_add_padded(&line, audience_text(view->wave->audience), 29);
    int64_t number = view->forecast >= 0 ? view->forecast : view->recipients;
    const char *const words[] = {view->forecast >= 0 ? "prévu" : "planifié", view->forecast >= 0 ? "prévus" : "planifiés"};
    buf_add_format(&line, "%8lld ", (long long)number);
    text_add_padded(&line, words[number > 1], 9);
    buf_add_format(&line, "  %s%s%s\n", wave_state_text(view->wave->state), view->wave->reason[0] ? " : " : "",
                   view->wave->reason[0] ? skip_reason_text(view->wave->reason) : "");
    if (view->other_departments)
        buf_add_format(&line, "%18soutre-mer, Alsace-Moselle… : %lld département%s à une autre heure\n", "",
                       (long long)view->other_departments, view->other_departments > 1 ? "s" : "");
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

static bool show(struct app *app, const struct campaign *campaign, struct err *err) {
    struct waves waves;
    char due[11], french[FRENCH_DATE];
    AUTO(js) answer = js_object();
    struct js *all = js_array();
    day_write(campaign->due_day, due);
    french_date(campaign->due_day, french);
    js_set_text(answer, "campaign", campaign->name);
    js_set_text(answer, "deadline", due);
    js_set(answer, "waves", all);
    AUTO_BUF table = BUF_INIT(PLAN_BYTES);
    struct csv csv = csv_begin(&table);
    static const char *const HEADINGS[] = {"Vague", "Titre", "Public", "Modèle", "Départ", "Destinataires", "État", "Motif"};
    for (size_t i = 0; i < COUNT(HEADINGS); i++) csv_text(&csv, HEADINGS[i]);
    csv_end_row(&csv);
    bool good = waves_load(app->db, campaign->id, &waves, err);
    if (good && app->format == APP_TEXT) printf("%s — échéance : %s (%s)\n\n", campaign->title, french, campaign_state_text(campaign->state));
    for (size_t i = 0; i < waves.count && good; i++) {
        struct plan_wave_view view;
        good = plan_wave_view(app->db, campaign, &waves.all[i], &view, err);
        if (!good) break;
        if (app->format == APP_JSON) good = add_json(app, campaign, &view, all, err);
        else if (app->format == APP_CSV) add_csv(&view, &csv);
        else print_wave(&view);
    }
    waves_release(&waves);
    if (good && app->format == APP_JSON) js_write(answer, stdout);
    return good && (app->format != APP_CSV || output_write(&table, NULL, err));
}

int cmd_plan(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct campaign campaign = {0};
    const char *name;
    bool good = app_arguments(app, argc, argv, NULL, 0, &name, 1, 1, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, name, &campaign, &err) && show(app, &campaign, &err);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
