/* The sender without a server and against the clock: the same planning, gates, windows and turns, over a private copy. */
#include <stdlib.h>

#include "base/clock_store.h"
#include "mailer/role_send_turn.h"
#include "mailer/roles.h"

enum { SLOTS = 100 };

/* Tokens of a rehearsal prove nothing to anybody: they are made with no key at all. */
static bool begin(struct sending *sending, struct err *err) {
    const struct settings *settings = sending->app->settings;
    struct recovered recovered;
    sending_prepare(sending, SLOTS);
    if (!sender_identity_read(settings, &sending->settings.identity, err)) return false;
    sending->settings.limits = send_limits_read(settings);
    sending->retry = (struct retry_rule){.first_ms = settings_ms(settings, "smtp", "first_retry"),
                                         .longest_ms = settings_ms(settings, "smtp", "longest_retry"),
                                         .give_up_ms = settings_ms(settings, "smtp", "give_up_after")};
    sending->doubt_wait_ms = settings_ms(settings, "smtp", "doubt_wait");
    sending->composer = composer_open(sending->app->db, &sending->settings.identity);
    AUTO(tx) tx = tx_begin(sending->app->db, TX_FAST, err);
    return tx && runs_recover(sending->app->db, app_now_ms(sending->app), sending->doubt_wait_ms, &recovered, err) &&
           run_begin(sending->app->db, false, app_now_ms(sending->app), &sending->run_id, err) && tx_commit(TX_TAKE(tx), err);
}

static bool give_the_start(struct sending *sending, int64_t campaign_id, int64_t *deadline_ms, struct err *err) {
    struct campaign campaign;
    char approval[65];
    AUTO_BUF identity = BUF_INIT(8192);
    sender_identity_text(&sending->settings.identity, &identity);
    AUTO(tx) tx = tx_begin(sending->app->db, TX_FAST, err);
    bool good = tx && campaign_load_id(sending->app->db, campaign_id, &campaign, err);
    if (!good) return false;
    *deadline_ms = campaign.deadline_ms;
    good = campaign_approval(sending->app->db, &campaign, buf_text(&identity), approval, err) &&
           db_run(sending->app->db, err, "UPDATE campaign SET approval = $1 WHERE id = $2", DB_T(approval), DB_I(campaign_id)) &&
           campaign_set_state(sending->app->db, &campaign, CAMPAIGN_STARTED, app_now_ms(sending->app), sending->app->by_whom, err);
    campaign_release(&campaign);
    return good && tx_commit(TX_TAKE(tx), err);
}

/* Everything that is due at this instant, until planning and sending bring nothing more. */
static bool one_instant(struct sending *sending, struct err *err) {
    bool worked;
    int64_t planned;
    do {
        planned = sending->counts.planned;
        if (!send_plan(sending, err)) return false;
        sending->lease_again_ms = 0; /* of the machine's clock, which stands for nothing here */
        do {
            if (!send_turn(sending, 0, &worked, err)) return false;
        } while (worked || sending->slots_used);
    } while (sending->counts.planned != planned);
    return send_plan(sending, err);
}

static bool play(struct sending *sending, int64_t deadline_ms, rehearsal_step *each, void *ctx, struct err *err) {
    for (;;) {
        int64_t now_ms = app_now_ms(sending->app), next_ms;
        if (each) each(ctx, now_ms);
        if (!one_instant(sending, err)) return false;
        if (now_ms >= deadline_ms) return true;
        if (!send_next_ms(sending, &next_ms, err)) return false;
        if (next_ms == NO_INSTANT || next_ms > deadline_ms) next_ms = deadline_ms;
        sending->app->clock.virtual_ms = next_ms;
    }
}

bool role_send_rehearse(struct app *app, int64_t campaign_id, rehearsal_step *each, void *ctx, struct err *err) {
    struct sending *sending = mem_new(1, sizeof *sending);
    int64_t deadline_ms;
    sending->app = app;
    app->clock = (struct clock){.mode = CLOCK_SPEED, .virtual_ms = app_now_ms(app), .speed = 0};
    bool good = begin(sending, err) && give_the_start(sending, campaign_id, &deadline_ms, err) && play(sending, deadline_ms, each, ctx, err);
    sending_release(sending);
    free(sending);
    return good;
}
