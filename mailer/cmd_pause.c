/* relais pause|resume|cancel C: the campaign's state, in force within a second. */
#include <stdio.h>

#include "mailer/campaign.h"
#include "mailer/app.h"
#include "mailer/plan_view.h"

/* Which states a command may leave, and what it says. */
static const struct change { unsigned from; enum campaign_state to; const char *done, *refused; } PAUSE = {
    1u << CAMPAIGN_STARTED, CAMPAIGN_PAUSED, "suspendue : plus rien ne part", "seule une campagne lancée peut être suspendue"};
static const struct change RESUME = {1u << CAMPAIGN_PAUSED, CAMPAIGN_STARTED, "reprise", "seule une campagne suspendue peut être reprise"};
static const struct change CANCEL = {1u << CAMPAIGN_DRAFT | 1u << CAMPAIGN_STARTED | 1u << CAMPAIGN_PAUSED, CAMPAIGN_CANCELLED,
                                     "annulée : plus rien ne partira", "elle est déjà annulée"};

static bool apply(struct app *app, const struct change *change, const char *name, struct err *err) {
    struct campaign campaign = {0};
    /* Read inside the transaction: somebody may be cancelling it at this moment. */
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    bool good = tx && campaign_load(app->db, name, &campaign, err);
    if (good && campaign.state != change->to) {
        if (!(change->from >> campaign.state & 1))
            good = err_set(err, ERR_INPUT, "CAMPAIGN_STATE", "campagne « %s » : %s (état : %s)", name, change->refused,
                           campaign_state_text(campaign.state));
        else
            good = campaign_set_state(app->db, &campaign, change->to, app_now_ms(app), app->by_whom, err) &&
                   tx_commit(TX_TAKE(tx), err);
    }
    campaign_release(&campaign);
    return good;
}

static int change(struct app *app, int argc, char **argv, const struct change *change) {
    struct err err = {0};
    const char *name;
    if (app_arguments(app, argc, argv, NULL, 0, &name, 1, 1, &err) < 0 || !app_db(app, &err) || !apply(app, change, name, &err))
        return app_refuse(app, &err);
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", name);
        js_set_text(answer, "state", CAMPAIGN_STATE[change->to]);
        js_write(answer, stdout);
    } else printf("Campagne %s %s.\n", name, change->done);
    return EXIT_DONE;
}

int cmd_pause(struct app *app, int argc, char **argv) { return change(app, argc, argv, &PAUSE); }
int cmd_resume(struct app *app, int argc, char **argv) { return change(app, argc, argv, &RESUME); }
int cmd_cancel(struct app *app, int argc, char **argv) { return change(app, argc, argv, &CANCEL); }
