/* relais start C [--yes]: the word of a person that these messages may go out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/plan_view.h"
#include "schedules/french.h"

/* Deliveries that would go out over all waves still to come, as things stand. */
static bool forecast(struct app *app, const struct campaign *campaign, bool print, int64_t *total, struct err *err) {
    struct waves waves;
    bool good = waves_load(app->db, campaign->id, &waves, err);
    *total = 0;
    for (size_t i = 0; i < waves.count && good; i++) {
        struct plan_wave_view view;
        good = plan_wave_view(app->db, campaign, &waves.all[i], &view, err);
        if (!good || view.forecast < 0) continue;
        *total += view.forecast;
        if (print) printf("  %-18s %s   %8" PRId64 "  %s\n", view.wave->name, view.french, view.forecast, audience_text(view.wave->audience));
    }
    waves_release(&waves);
    return good;
}

/* Somebody to render a template for: a relay, or a collectivity of the campaign. 0 = there is none with an address. */
static int anybody(struct app *app, const struct campaign *campaign, bool relay, struct compose_dispatch *dispatch, char party_id[32],
                   char address[256], struct err *err) {
    AUTO(db_rows) rows = relay ? db_query(app->db, err, "SELECT r.id, k.address FROM relay r JOIN contact k ON k.party_id = r.id "
                                                        "ORDER BY r.id LIMIT 1")
                               : db_query(app->db, err, "SELECT e.party_id, k.address FROM enrolment e JOIN contact k ON k.party_id = e.party_id "
                                                        "WHERE e.campaign_id = $1 ORDER BY e.party_id LIMIT 1", DB_I(campaign->id));
    int got = db_next(rows, err);
    if (got <= 0) return got;
    snprintf(party_id, 32, "%s", db_text(rows, 0));
    snprintf(address, 256, "%s", db_text(rows, 1));
    *dispatch = (struct compose_dispatch){.party_id = party_id, .address = address, .message_id = "<essai@relais.invalid>",
                                          .token = "aaaaaaaaaaaaaaaaaaaaaaaaaa", .date_ms = app_now_ms(app)};
    return 1;
}

/* Every template is rendered once for a real party, so that what cannot go out is found now and not on the day. A
 * campaign may begin with its relays alone; one that has nobody to write to cannot. */
static bool rehearse(struct app *app, const struct campaign *campaign, const struct sender_identity *identity, struct err *err) {
    AUTO(composer) composer = composer_open(app->db, identity);
    bool nobody = true;
    for (size_t i = 0; i < campaign->schedule.wave_count; i++) {
        const struct schedule_wave *wave = &campaign->schedule.waves[i];
        struct compose_dispatch dispatch;
        char party_id[32], address[256];
        AUTO_BUF message = BUF_INIT(4 << 20);
        int found = anybody(app, campaign, wave->audience == AUDIENCE_RELAYS, &dispatch, party_id, address, err);
        if (found < 0 || (found && !composer_message(composer, campaign, wave->template, &dispatch, &message, err))) return false;
        nobody &= !found;
    }
    return !nobody || err_set(err, ERR_INPUT, "NOBODY", "la campagne « %s » n'a aucune inscrite avec une adresse ; importez d'abord une liste : "
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

/* What was shown and rehearsed is what is approved: the question may have waited for minutes. */
static bool unchanged(struct app *app, const struct campaign *shown, struct err *err) {
    int64_t same = 0;
    char due[11];
    day_write(shown->due_day, due);
    if (db_get_int(app->db, err, &same, "SELECT 1 FROM campaign WHERE id = $1 AND state = $2 AND deadline = $3", DB_I(shown->id),
                   DB_T(CAMPAIGN_STATE[shown->state]), DB_T(due)) < 0)
        return false;
    return same || err_set(err, ERR_INPUT, "CAMPAIGN_CHANGED", "la campagne « %s » vient de changer ; regardez-la par « relais plan %s », puis recommencez",
                           shown->name, shown->name);
}

static bool approve(struct app *app, const struct campaign *campaign, const struct sender_identity *identity, struct err *err) {
    char approval[65];
    AUTO_BUF text = BUF_INIT(8192);
    sender_identity_text(identity, &text);
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    return tx && unchanged(app, campaign, err) && campaign_approval(app->db, campaign, buf_text(&text), approval, err) &&
           db_run(app->db, err, "UPDATE campaign SET approval = $1 WHERE id = $2", DB_T(approval), DB_I(campaign->id)) &&
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

int cmd_start(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct campaign campaign = {0};
    struct sender_identity identity;
    const char *name;
    bool yes = false;
    int64_t total = 0;
    const struct app_option options[] = {{"--yes", NULL, &yes}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &name, 1, 1, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, name, &campaign, &err) && judge_state(&campaign, app_now_ms(app), &err) &&
                sender_identity_read(app->settings, &identity, &err) && rehearse(app, &campaign, &identity, &err) &&
                forecast(app, &campaign, app->format == APP_TEXT, &total, &err) && (yes || confirmed(app, &campaign, total, &err)) &&
                approve(app, &campaign, &identity, &err);
    if (good && app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", campaign.name);
        js_set_text(answer, "state", CAMPAIGN_STATE[CAMPAIGN_STARTED]);
        js_set_int(answer, "forecast", total);
        js_write(answer, stdout);
    } else if (good) printf("Campagne %s lancée : le démon peut envoyer (relais daemon).\n", campaign.name);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
