/* The sender: plans what is due, sends it, tries again what was deferred. One a database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock_store.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "mailer/role_send_turn.h"
#include "mailer/roles.h"
#include "mailer/send/pacing_store.h"

enum {
    PLAN_EVERY_MS = 200,   /* how often waves and deadlines are looked at while sending */
    IDLE_WAIT_MS = 200,    /* real clock: a pause or a new campaign is seen within that */
    AUTO_WAIT_MS = 10,     /* automatic clock: the daemon waits for our report */
    NETWORK_WAIT_MS = 100,
    PLAN_ANYWAY_MS = 2000,
    DRAIN_MS = 29000,       /* for dots that are out; the process has ended within 30 s */
    DRAIN_UNARMED_MS = 2000, /* for what has not got to its dot: it is taken back */
    ROOM_WAIT_MS = 5000, /* between two looks whether a full disk has room again */
    /* Of the store. Deliveries lie in the order they go out, so little is needed, but with half of that a message takes two reads more; planning a
     * wave looks for its parties all over a store of many campaigns, and is a third slower with the little one. */
    SENDING_CACHE_KB = 1024, PLANNING_CACHE_KB = 4096,
};

/* -- beginning and end -------------------------------------------------------------------------------------- */
static bool recover(struct sending *sending, struct err *err) {
    struct recovered recovered;
    int64_t now_ms = app_now_ms(sending->app);
    AUTO(tx) tx = tx_begin(sending->app->db, TX_DURABLE, err);
    if (!tx || !runs_recover(sending->app->db, now_ms, sending->doubt_wait_ms, &recovered, err) ||
        !run_begin(sending->app->db, sending->durable_turns, now_ms, &sending->run_id, err) || !tx_commit(TX_TAKE(tx), err))
        return false;
    if (recovered.released || recovered.in_doubt)
        log_write(LOG_WARNING, "an earlier run ended abruptly: %" PRId64 " deliveries taken back, %" PRId64 " in doubt",
                  recovered.released, recovered.in_doubt);
    return true;
}

static bool begin(struct sending *sending, struct err *err) {
    const struct settings *settings = sending->app->settings;
    if (!db_cache_kb(sending->app->db, SENDING_CACHE_KB, err) || !sending_settings_read(sending->app, &sending->settings, err)) return false;
    sending->retry = (struct retry_rule){.first_ms = settings_ms(settings, "smtp", "first_retry"),
                                         .longest_ms = settings_ms(settings, "smtp", "longest_retry"),
                                         .give_up_ms = settings_ms(settings, "smtp", "give_up_after")};
    sending->doubt_wait_ms = settings_ms(settings, "smtp", "doubt_wait");
    sending->relays = relays_open(sending->settings.relays, sending->settings.relay_count, sending->settings.domains, err);
    sending->settings.domains = NULL;
    if (!sending->relays || !relays_follow(sending, err) || !pacing_load(sending->app->db, sending->relays, err)) return false;
    sending_prepare(sending, relays_room(sending->relays));
    sending->durable_turns = settings_is(settings, "store", "durability", "full");
    sending->composer = composer_open(sending->app->db, &sending->settings.identity);
    composer_sample(sending->composer);
    const char *log = settings_path(settings, "smtp", "log");
    if (*log) sending->log = postfix_watch_open(log);
    /* The journal first: of a database that was restored, nothing may be recovered, leased or sent. */
    return sending_journal_begin(sending, err) && composer_open_key(sending->composer, err) && syncer_open(sending, err) && maker_open(sending, err) &&
           campaigns_refresh(sending, err) && recover(sending, err) &&
           pacing_count_day(sending->app->db, sending->relays, sending->paris_from_ms, sending->paris_until_ms, err);
}

static void end(struct sending *sending) {
    relays_close(sending->relays);
    sending_release(sending);
    sending_settings_release(&sending->settings);
}

/* -- planning --------------------------------------------------------------------------------------------------- */
static bool expire(struct sending *sending, const struct campaign *campaign, int64_t now_ms, struct err *err) {
    bool over = now_ms >= campaign->deadline_ms, cancelled = campaign->state == CAMPAIGN_CANCELLED;
    const char *reason = cancelled ? "cancelled" : "deadline";
    int64_t pending;
    if (!over && !cancelled) return true;
    int found = db_get_int(sending->app->db, err, &pending,
                           "SELECT 1 FROM wave w WHERE w.campaign_id = $1 AND (EXISTS "
                           "(SELECT 1 FROM wave_group g WHERE g.wave_id = w.id AND g.planned_ms IS NULL AND g.skipped = '') OR EXISTS "
                           "(SELECT 1 FROM delivery d WHERE d.wave_id = w.id AND " DELIVERY_WAITS("d") " AND d.state <> 7)) LIMIT 1",
                           DB_I(campaign->id));
    if (found <= 0) return found == 0;
    AUTO(tx) tx = tx_begin(sending->app->db, TX_DURABLE, err);
    /* Looked at again inside: an extension may just have given it more time. */
    if (!tx || !campaigns_refresh(sending, err)) return false;
    bool moved = campaign->state != CAMPAIGN_CANCELLED && now_ms < campaign->deadline_ms;
    return moved || (deliveries_expire(sending->app->db, campaign->id, reason, now_ms, err) &&
                     plan_close(sending->app->db, campaign->id, reason, now_ms, err) && tx_commit(TX_TAKE(tx), err));
}

static bool settle_waves(struct sending *sending, int64_t campaign_id, struct err *err) {
    AUTO(tx) tx = tx_begin(sending->app->db, TX_FAST, err);
    if (!tx || !waves_settle(sending->app->db, campaign_id, err)) return false;
    return !db_changes(sending->app->db) || tx_commit(TX_TAKE(tx), err);
}

/* The next instant of planning, after now: a wave, a deadline, the end of waiting for newer answers. */
static bool plan_instants(const struct sending *sending, int64_t now_ms, int64_t *next_ms, struct err *err) {
    int64_t candidates[1 + 2 * CAMPAIGNS];
    size_t count = 0;
    if (!plan_next_ms(sending->app->db, now_ms, &candidates[count++], err)) return false;
    for (size_t i = 0; i < sending->known_count; i++) {
        const struct campaign *campaign = &sending->known[i].campaign;
        if (campaign->state != CAMPAIGN_STARTED) continue;
        candidates[count++] = campaign->deadline_ms;
        if (!plan_held_ms(sending->app->db, campaign, &sending->settings.limits, now_ms, &candidates[count++], err)) return false;
    }
    *next_ms = NO_INSTANT;
    for (size_t i = 0; i < count; i++)
        if (candidates[i] > now_ms && (*next_ms == NO_INSTANT || candidates[i] < *next_ms)) *next_ms = candidates[i];
    return true;
}

static bool clock_runs_fast(const struct clock *clock) {
    return clock->mode == CLOCK_AUTO || (clock->mode == CLOCK_SPEED && clock->speed > 1);
}

/* What planning goes by has not changed since the last time: nobody has written, and its next instant is not come. Looked at
 * all the same now and then, and always on a clock that runs fast, where a moment may be a day. */
static bool nothing_to_plan(struct sending *sending, int64_t now_ms, bool *nothing, struct err *err) {
    int64_t mark = sending->planned_mark;
    if (!db_foreign_changes(sending->app->db, &sending->planned_mark, err)) return false;
    *nothing = mark == sending->planned_mark && sending->slots_used && !clock_runs_fast(&sending->app->clock) &&
               (sending->plan_next_ms == NO_INSTANT || now_ms < sending->plan_next_ms) && monotonic_ms() < sending->plan_again_ms;
    return true;
}

/* What is due of one campaign, or over. */
static bool plan_campaign(struct sending *sending, struct known_campaign *known, int64_t now_ms, struct err *err) {
    struct planned planned = {0};
    const char *domain = strrchr(sending->settings.identity.from_address, '@') + 1;
    if (known->campaign.state == CAMPAIGN_STARTED && known->approved &&
        (!plan_due(sending->app->db, &known->campaign, domain, &sending->settings.key, &sending->settings.limits, now_ms, &planned, err) ||
         !plan_late_joiners(sending->app->db, &known->campaign, domain, &sending->settings.key, &sending->settings.limits, &known->late_mark,
                            now_ms, &planned, err)))
        return false;
    if (planned.old_answers)
        log_write(LOG_WARNING, "campaign %s: the list of respondents is older than [lists] answers_max_age; reminders %s",
                  known->campaign.name, sending->settings.limits.hold_old_answers ? "wait for a newer one" : "rest on it all the same");
    if (planned.deliveries || planned.groups_skipped || planned.late)
        log_write(LOG_INFO, "campaign %s: %" PRId64 " deliveries planned, %" PRId64 " of them skipped; %" PRId64
                  " departments' waves skipped; %" PRId64 " deliveries too late to start", known->campaign.name,
                  planned.deliveries, planned.skipped, planned.groups_skipped, planned.late);
    sending->counts.planned += planned.deliveries;
    sending->counts.skipped += planned.skipped + planned.late;
    return expire(sending, &known->campaign, now_ms, err) && settle_waves(sending, known->campaign.id, err);
}

bool send_plan(struct sending *sending, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app);
    struct db *db = sending->app->db;
    bool nothing, wave;
    if (!nothing_to_plan(sending, now_ms, &nothing, err)) return false;
    if (nothing) return true;
    sending->plan_again_ms = monotonic_ms() + PLAN_ANYWAY_MS;
    if (!campaigns_refresh(sending, err) || !campaigns_judge(sending, err) || !send_recall(sending, err) ||
        !plan_has_wave(db, now_ms, &wave, err) || (wave && !db_cache_kb(db, PLANNING_CACHE_KB, err)))
        return false;
    for (size_t i = 0; i < sending->known_count; i++)
        if (sending->known[i].campaign.state != CAMPAIGN_DRAFT && !plan_campaign(sending, &sending->known[i], now_ms, err)) return false;
    return (!wave || db_cache_kb(db, SENDING_CACHE_KB, err)) && plan_instants(sending, now_ms, &sending->plan_next_ms, err);
}

/* The next instant at which there will be something to do: planning, a retry, the end of the relay's rest. */
bool send_next_ms(struct sending *sending, int64_t *next_ms, struct err *err) {
    int64_t due_ms, now_ms = app_now_ms(sending->app);
    int64_t away_until_ms = relays_away_until_ms(sending);
    if (away_until_ms >= 0) return *next_ms = away_until_ms, true;
    if (!plan_instants(sending, now_ms, next_ms, err) || !deliveries_next_ms(sending->app->db, now_ms, &due_ms, err)) return false;
    if (due_ms > now_ms && (*next_ms == NO_INSTANT || due_ms < *next_ms)) *next_ms = due_ms;
    return true;
}

/* -- the loop ----------------------------------------------------------------------------------------------------- */
static bool follow_clock(struct sending *sending, struct err *err) {
    bool followed;
    struct app *app = sending->app;
    return app->clock_text || !clock_artificial(&app->clock) || clock_follow(app->db, &app->clock, &followed, err);
}

/* Nothing to do at this instant. *done ends the loop. */
static bool idle(struct sending *sending, bool until_idle, bool *done, struct err *err) {
    int64_t next_ms;
    if (until_idle) return *done = true, true;
    if (!sync_rest(sending, err)) return false;
    bool automatic = sending->app->clock.mode == CLOCK_AUTO && !sending->app->clock_text;
    if (automatic && (!send_next_ms(sending, &next_ms, err) ||
                      !clock_report(sending->app->db, "send", &sending->app->clock, next_ms, sending->active, err)))
        return false;
    sending->active = false;
    sleep_ms(automatic ? AUTO_WAIT_MS : IDLE_WAIT_MS);
    return true;
}

/* A clock that stands: what was put off by it is not due again, however long we wait (an automatic one is moved there). */
static bool clock_stands(const struct clock *clock) { return clock->mode == CLOCK_SPEED && !clock->speed; }

/* Deliveries wait for their turn: that is work, and an automatic clock stands still. */
static bool rate_waits(const struct sending *sending) {
    bool put_off = sending->relays && relays_put_off(sending->relays) && !clock_stands(&sending->app->clock);
    return relays_away_until_ms(sending) < 0 && (sending->queue_count || put_off);
}

/* Asked to stop, is there anything left to wait for? Who only connects, or greets late, is not. */
static bool drained(const struct sending *sending, int64_t stopping_ms) {
    bool armed = false;
    for (int i = 0; i < sending->slot_count && !armed; i++) armed = sending->slots[i].state == SLOT_ARMED;
    return !sending->slots_used || stopping_ms >= (armed ? DRAIN_MS : DRAIN_UNARMED_MS);
}

static bool loop(struct sending *sending, bool until_idle, struct err *err) {
    int64_t plan_again_ms = 0, stop_ms = 0;
    bool done = false;
    while (!done) {
        bool worked;
        if (stop_requested() && !sending->stopping) {
            sending->stopping = true;
            stop_ms = monotonic_ms();
        }
        if (sending->stopping && drained(sending, monotonic_ms() - stop_ms)) return true;
        if (!only_sender_stands(sending->only, sending->app->db, sending->journal, err) || !follow_clock(sending, err)) return false;
        if (!sending->stopping && monotonic_ms() >= plan_again_ms) {
            if (!send_look_for_evidence(sending, err) || !send_plan(sending, err)) return false;
            plan_again_ms = monotonic_ms() + PLAN_EVERY_MS;
        }
        if (!send_turn(sending, NETWORK_WAIT_MS, &worked, err)) return false;
        send_show_progress(sending, false);
        if (worked || sending->slots_used) continue;
        if (rate_waits(sending)) {
            sleep_ms(send_wait_ms(sending, NETWORK_WAIT_MS));
            continue;
        }
        bool settled;
        if (!relays_settle_rest(sending, &settled, err)) return false;
        if (settled) continue;
        /* Before resting, waves are looked at with the instant it is now: what planning adds is due at once. */
        int64_t planned_before = sending->counts.planned;
        if (!send_plan(sending, err)) return false;
        plan_again_ms = monotonic_ms() + PLAN_EVERY_MS;
        if (sending->counts.planned == planned_before && !sending->stopping && !idle(sending, until_idle, &done, err)) return false;
    }
    return true;
}

static void say_counts(const struct sending *sending) {
    const struct send_counts *counts = &sending->counts;
    if (sending->app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_int(answer, "planned", counts->planned);
        js_set_int(answer, "sent", counts->sent);
        js_set_int(answer, "deferred", counts->deferred);
        js_set_int(answer, "failed", counts->failed);
        js_set_int(answer, "skipped", counts->skipped);
        js_set_int(answer, "in_doubt", counts->in_doubt);
        js_write(answer, stdout);
    } else
        printf("Planifiés : %" PRId64 " · envoyés : %" PRId64 " · différés : %" PRId64 " · échecs : %" PRId64
               " · sans envoi : %" PRId64 " · en doute : %" PRId64 "\n",
               counts->planned, counts->sent, counts->deferred, counts->failed, counts->skipped, counts->in_doubt);
}

/* From its beginning to its end. After a failure of the store nothing more is claimed or written: whoever starts next reads
 * the truth from it. */
static int work(struct app *app, struct only_sender *only, bool until_idle, struct err *err) {
    struct sending *sending = mem_new(1, sizeof *sending); /* large: what is not used of it is never touched */
    sending->app = app;
    sending->only = only;
    bool begun = begin(sending, err), good = begun && loop(sending, until_idle, err);
    send_show_progress(sending, true);
    good = good && send_abandon(sending, err);
    int status = good ? EXIT_DONE : begun ? EXIT_PERSON : EXIT_REFUSED;
    if (good && until_idle && *relays_trouble(sending->relays) && relays_away_until_ms(sending) >= 0) {
        err_set(err, ERR_INPUT, "RELAY", "le serveur d'envoi refuse : %s", relays_trouble(sending->relays));
        status = sending->counts.sent ? EXIT_PERSON : EXIT_REFUSED;
    } else if (good && until_idle) say_counts(sending);
    end(sending);
    free(sending);
    return status;
}

static bool disk_is_full(const struct err *err) { return text_equal(err->code, "STORE_FULL") || text_equal(err->code, "JOURNAL_FULL"); }

/* Said once; then tried again until there is room. */
static void wait_for_room(const struct err *err, bool *told) {
    if (!*told) log_write(LOG_ERROR, "no room on the disk, nothing is sent until there is: %s", err->text);
    *told = true;
    for (int64_t until_ms = monotonic_ms() + ROOM_WAIT_MS; monotonic_ms() < until_ms && !stop_requested();) sleep_ms(IDLE_WAIT_MS);
}

/* A full disk is waited for; until_idle has somebody who waits for us. */
static int work_until_stopped(struct app *app, struct only_sender *only, bool until_idle, struct err *err) {
    int status = work(app, only, until_idle, err);
    for (bool told = false; !until_idle && disk_is_full(err) && !stop_requested();) {
        wait_for_room(err, &told);
        if (stop_requested()) break;
        *err = (struct err){0};
        status = work(app, only, until_idle, err);
    }
    return status;
}

int role_send(struct app *app, bool until_idle) {
    struct err err = {0};
    struct only_sender *only = only_sender_begin(app, &err);
    bool good = only && app_db(app, &err) && stop_signals_watch(&err);
    int status = good ? work_until_stopped(app, only, until_idle, &err) : EXIT_REFUSED;
    if (status != EXIT_DONE) app_refuse(app, &err);
    only_sender_end(only, app);
    return status;
}
