/* relais start C [--yes]: the word of a person that these messages may go out. */
#include "mailer/cmd_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailer/plan_view.h"
#include "schedules/french.h"

/* Deliveries that would go out over all waves still to come, as things stand. */
static bool forecast(struct start *start, bool print, struct err *err) {
    for (size_t i = 0; i < start->waves.count; i++) {
        struct plan_wave_view view;
        if (!plan_wave_view(start->app->db, &start->campaign, &start->waves.all[i], &view, err)) return false;
        if (view.forecast < 0) continue;
        start->total += view.forecast;
        if (print) printf("  %-18s %s   %8" PRId64 "  %s\n", view.wave->name, view.french, view.forecast, audience_text(view.wave->audience));
    }
    return true;
}

/* A list of respondents that is old, a relay too slow, a wave too late: seen before the number is typed. */
static void print_warnings(const struct start *start) {
    AUTO_BUF text = BUF_INIT(1 << 20);
    plan_forecast_text(&start->campaign, &start->plan, &text);
    fputs(buf_text(&text), stdout);
}

static void show_progress(int64_t done, int64_t total, void *ctx) {
    (void)ctx;
    fprintf(stderr, "\r  messages vérifiés : %" PRId64 " sur %" PRId64 " ", done, total);
}

/* Every message is made and judged, so that what cannot go out is found now and not on the day. A campaign may begin with
 * its relays alone; one that has nobody to write to cannot. */
static bool review(struct start *start, struct err *err) {
    struct app *app = start->app;
    const struct campaign *campaign = &start->campaign;
    bool terminal = isatty(STDERR_FILENO);
    bool good = message_review(app->db, campaign, &start->waves, &start->recipients, &start->identity, app_now_ms(app),
                               terminal ? show_progress : NULL, NULL, &start->review, err);
    if (terminal) fprintf(stderr, "\r%*s\r", 70, "");
    if (!good || start->review.messages) return good;
    return err_set(err, ERR_INPUT, "NOBODY", "la campagne « %s » n'a aucune inscrite avec une adresse ; importez d'abord une liste : "
                   "relais import FICHIER --campaign %s", campaign->name, campaign->name);
}

/* The question goes where it does not get into the one object on standard output. */
static bool confirmed(const struct app *app, const struct campaign *campaign, int64_t total, struct err *err) {
    FILE *to = app->format == APP_TEXT ? stdout : stderr;
    char line[64], wanted[32];
    snprintf(wanted, sizeof wanted, "%" PRId64, total);
    fprintf(to, "\nPour donner le départ de « %s », tapez le nombre total d'envois (%s) : ", campaign->name, wanted);
    fflush(to);
    if (!fgets(line, sizeof line, stdin)) line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return !strcmp(line, wanted) || err_set(err, ERR_INPUT, "NOT_CONFIRMED", "départ non confirmé : rien n'est changé");
}

static bool changed(const struct campaign *campaign, struct err *err) {
    return err_set(err, ERR_INPUT, "CAMPAIGN_CHANGED", "la campagne « %s » vient de changer ; regardez-la par « relais plan %s », puis recommencez",
                   campaign->name, campaign->name);
}

/* What was shown and reviewed is what is approved: the question may have waited for minutes. */
static bool approve(struct start *start, struct err *err) {
    struct app *app = start->app;
    const struct campaign *campaign = &start->campaign;
    char approval[65];
    int64_t same = 0;
    AUTO_BUF text = BUF_INIT(8192);
    sender_identity_text(&start->identity, &text);
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    if (!tx || db_get_int(app->db, err, &same, "SELECT 1 FROM campaign WHERE id = $1 AND state = $2", DB_I(campaign->id),
                          DB_T(CAMPAIGN_STATE[campaign->state])) < 0 ||
        !campaign_approval(app->db, campaign, buf_text(&text), approval, err))
        return false;
    if (!same || strcmp(approval, start->reviewed)) return changed(campaign, err);
    return waves_follow_days(app->db, campaign, err) && db_run(app->db, err, "UPDATE campaign SET approval = $1 WHERE id = $2", DB_T(approval), DB_I(campaign->id)) &&
           campaign_set_state(app->db, campaign, CAMPAIGN_STARTED, app_now_ms(app), app->by_whom, err) && tx_commit(TX_TAKE(tx), err);
}

static bool judge_state(const struct campaign *campaign, int64_t now_ms, struct err *err) {
    if (campaign->state == CAMPAIGN_CANCELLED)
        return err_set(err, ERR_INPUT, "CAMPAIGN_STATE", "la campagne « %s » est annulée ; créez-en une autre", campaign->name);
    if (campaign->state == CAMPAIGN_PAUSED)
        return err_set(err, ERR_INPUT, "CAMPAIGN_STATE", "la campagne « %s » est suspendue ; reprenez-la par « relais resume %s »",
                       campaign->name, campaign->name);
    if (now_ms >= campaign->deadline_ms)
        return err_set(err, ERR_INPUT, "DEADLINE_PAST", "l'échéance de « %s » est passée ; déplacez-la par « relais extend »", campaign->name);
    return true;
}

/* As approving will place them: the present working days may have moved some. The transaction is for looking only. */
static bool load_waves(struct start *start, struct err *err) {
    struct app *app = start->app;
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    return tx && waves_follow_days(app->db, &start->campaign, err) && waves_load(app->db, start->campaign.id, &start->waves, err) &&
           plan_forecast_load(app, &start->campaign, &start->plan, err);
}

static bool load(struct start *start, const char *name, struct err *err) {
    struct app *app = start->app;
    AUTO_BUF text = BUF_INIT(8192);
    return app_db(app, err) && campaign_load(app->db, name, &start->campaign, err) && judge_state(&start->campaign, app_now_ms(app), err) &&
           sender_identity_read(app->settings, &start->identity, err) && (sender_identity_text(&start->identity, &text), true) &&
           campaign_approval(app->db, &start->campaign, buf_text(&text), start->reviewed, err) && load_waves(start, err) &&
           recipients_load(app->db, start->campaign.id, &start->recipients, err) && quiet_load(app->db, app_now_ms(app), &start->quiet, err) &&
           start_difference(app->db, &start->campaign, &start->waves, &start->difference, err);
}

static bool say_json(struct start *start, struct err *err) {
    AUTO(js) answer = js_object();
    js_set_text(answer, "campaign", start->campaign.name);
    js_set_text(answer, "state", CAMPAIGN_STATE[CAMPAIGN_STARTED]);
    js_set_int(answer, "forecast", start->total);
    plan_forecast_json(&start->campaign, &start->plan, answer);
    if (!start_add_json(start, answer, err)) return false;
    js_write(answer, stdout);
    return true;
}

int cmd_start(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct start start = {.app = app};
    const char *name;
    bool yes = false;
    const struct app_option options[] = {{"--yes", NULL, &yes}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &name, 1, 1, &err) >= 0 && load(&start, name, &err) &&
                review(&start, &err);
    bool text = app->format == APP_TEXT;
    good = good && forecast(&start, text, &err) && (!text || (print_warnings(&start), start_show(&start, &err))) &&
           (yes || confirmed(app, &start.campaign, start.total, &err)) && approve(&start, &err);
    if (good && !text) good = say_json(&start, &err);
    else if (good) printf("Campagne %s lancée : le démon peut envoyer (relais daemon).\n", start.campaign.name);
    plan_forecast_release(&start.plan);
    recipients_release(&start.recipients);
    quiet_release(&start.quiet);
    waves_release(&start.waves);
    campaign_release(&start.campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
