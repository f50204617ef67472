/* relais rehearse C [--list]: the whole campaign against the clock on a private copy of the database; nothing is sent, nothing is
 * changed, and what comes out is, day by day, who would get what if nothing came from outside. */
#include "mailer/cmd_rehearse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "mailer/french_moments.h"
#include "mailer/reports/output.h"
#include "mailer/roles.h"
#include "schedules/zones.h"

enum { TEXT_BYTES = 256 << 20 };
const char *const OUTCOME[OUTCOMES] = {"sent", "skipped", "failed"};

/* -- what the copy's ledger has gained --------------------------------------------------------------------------------- */
static int wave_index(const struct waves *waves, int64_t id) {
    for (size_t i = 0; i < waves->count; i++)
        if (waves->all[i].id == id) return (int)i;
    return -1;
}

static void keep_row(struct rehearsal *rehearsal, const struct db_rows *rows) {
    int wave = wave_index(&rehearsal->waves, db_int(rows, 2));
    if (wave < 0) return;
    if ((rehearsal->count & (rehearsal->count - 1)) == 0)
        rehearsal->all = mem_grow(rehearsal->all, rehearsal->count ? rehearsal->count * 2 : 1, sizeof *rehearsal->all);
    struct rehearsed *one = &rehearsal->all[rehearsal->count++];
    *one = (struct rehearsed){.at_ms = db_int(rows, 0), .wave = (size_t)wave, .event_id = db_int(rows, 6),
                              .day = local_day(zone_of_department(db_text(rows, 4)), db_int(rows, 0))};
    for (enum outcome i = 0; i < OUTCOMES; i++)
        if (!strcmp(OUTCOME[i], db_text(rows, 1))) one->outcome = i;
    if (one->outcome != OUTCOME_SENT) snprintf(one->reason, sizeof one->reason, "%s", db_text(rows, 5));
    snprintf(one->party_id, sizeof one->party_id, "%s", db_text(rows, 3));
    snprintf(one->department, sizeof one->department, "%s", db_text(rows, 4));
}

static int in_order(const void *a_, const void *b_) {
    const struct rehearsed *a = a_, *b = b_;
    if (a->day != b->day) return a->day < b->day ? -1 : 1;
    if (a->wave != b->wave) return a->wave < b->wave ? -1 : 1;
    int order = strcmp(a->department, b->department);
    return order ? order : strcmp(a->party_id, b->party_id);
}

static bool read_outcome(struct rehearsal *rehearsal, int64_t before_event, struct err *err) {
    if (!waves_load(rehearsal->app->db, rehearsal->campaign->id, &rehearsal->waves, err)) return false;
    AUTO(db_rows) rows = db_query(rehearsal->app->db, err,
                                  "SELECT v.at_ms, v.event, v.wave_id, v.party_id, d.department, v.text, v.id FROM event v "
                                  "JOIN delivery d ON d.id = v.delivery_id WHERE v.id > $1 AND v.campaign_id = $2 AND "
                                  "v.event IN ('sent', 'skipped', 'failed') ORDER BY v.id",
                                  DB_I(before_event), DB_I(rehearsal->campaign->id));
    int got;
    while ((got = db_next(rows, err)) > 0) keep_row(rehearsal, rows);
    if (rehearsal->count) qsort(rehearsal->all, rehearsal->count, sizeof *rehearsal->all, in_order);
    return got == 0;
}

size_t rehearsal_same_wave(const struct rehearsal *rehearsal, size_t from) {
    size_t to = from + 1;
    while (to < rehearsal->count && rehearsal->all[to].day == rehearsal->all[from].day && rehearsal->all[to].wave == rehearsal->all[from].wave) to++;
    return to;
}

size_t rehearsal_same_department(const struct rehearsal *rehearsal, size_t from) {
    size_t to = from + 1, end = rehearsal_same_wave(rehearsal, from);
    while (to < end && !strcmp(rehearsal->all[to].department, rehearsal->all[from].department)) to++;
    return to;
}

int64_t rehearsal_count(const struct rehearsal *rehearsal, size_t from, size_t to, enum outcome outcome) {
    int64_t count = 0;
    for (size_t i = from; i < to; i++) count += rehearsal->all[i].outcome == outcome;
    return count;
}

bool rehearsal_party(const struct rehearsal *rehearsal, const struct rehearsed *one, char name[200], char address[320], struct err *err) {
    AUTO(db_rows) rows = db_query(rehearsal->app->db, err,
                                  "SELECT COALESCE(c.name, r.name, ''), v.address FROM event v LEFT JOIN collectivity c ON c.id = v.party_id "
                                  "LEFT JOIN relay r ON r.id = v.party_id WHERE v.id = $1", DB_I(one->event_id));
    int got = db_next(rows, err);
    snprintf(name, 200, "%s", got > 0 ? db_text(rows, 0) : "");
    snprintf(address, 320, "%s", got > 0 ? db_text(rows, 1) : "");
    return got >= 0;
}

/* -- playing -------------------------------------------------------------------------------------------------------------- */
static void show_step(void *ctx, int64_t now_ms) {
    char at[FRENCH_MOMENT];
    (void)ctx;
    french_weekday_moment(PARIS, now_ms, at);
    fprintf(stderr, "\r\033[K%s", at);
}

static bool judge(const struct campaign *campaign, int64_t now_ms, struct err *err) {
    if (campaign->state == CAMPAIGN_CANCELLED)
        return err_set(err, ERR_INPUT, "CAMPAIGN_STATE", "la campagne « %s » est annulée : il n'y a rien à répéter", campaign->name);
    return now_ms < campaign->deadline_ms ||
           err_set(err, ERR_INPUT, "DEADLINE_PAST", "l'échéance de « %s » est passée : il n'y a rien à répéter ; déplacez-la par « relais extend »", campaign->name);
}

static bool approved_now(struct app *app, const struct campaign *campaign, bool *approved, struct err *err) {
    struct sender_identity identity;
    char present[65];
    AUTO_BUF text = BUF_INIT(8192);
    if (!sender_identity_read(app->settings, &identity, err)) return false;
    sender_identity_text(&identity, &text);
    if (!campaign_approval(app->db, campaign, buf_text(&text), present, err)) return false;
    *approved = campaign->state == CAMPAIGN_STARTED && !strcmp(present, campaign->approval);
    return true;
}

static bool rehearse(struct app *app, const struct campaign *campaign, struct rehearsal *rehearsal, struct err *err) {
    bool shows = isatty(STDERR_FILENO), approved;
    int64_t before_event = 0;
    rehearsal->from_ms = app_now_ms(app);
    if (!approved_now(app, campaign, &approved, err) ||
        db_get_int(app->db, err, &before_event, "SELECT COALESCE(MAX(id), 0) FROM event") < 0)
        return false;
    rehearsal->assumed_start = !approved;
    bool good = role_send_rehearse(app, campaign->id, shows ? show_step : NULL, NULL, err);
    if (shows) fputs("\r\033[K", stderr);
    return good && read_outcome(rehearsal, before_event, err);
}

static bool say(const struct rehearsal *rehearsal, struct err *err) {
    AUTO_BUF text = BUF_INIT(TEXT_BYTES);
    if (rehearsal->app->format == APP_JSON) return rehearsal_json(rehearsal, err);
    if (rehearsal->app->format == APP_CSV) return rehearsal_csv(rehearsal, &text, err) && output_write(&text, NULL, err);
    rehearsal_text(rehearsal, &text);
    return output_write(&text, NULL, err);
}

int cmd_rehearse(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct campaign campaign = {0};
    struct app copy = *app;
    struct rehearsal rehearsal = {.app = &copy, .campaign = &campaign};
    const char *name;
    const struct app_option options[] = {{"--list", NULL, &rehearsal.list}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &name, 1, 1, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, name, &campaign, &err) && judge(&campaign, app_now_ms(app), &err);
    copy = *app;
    log_begin("rehearse", LOG_ERROR, false);
    copy.db = good ? db_copy(app->db, &err) : NULL;
    good = good && copy.db && rehearse(&copy, &campaign, &rehearsal, &err) && say(&rehearsal, &err);
    int64_t failures = rehearsal_count(&rehearsal, 0, rehearsal.count, OUTCOME_FAILED);
    db_close(copy.db == app->db ? NULL : copy.db);
    waves_release(&rehearsal.waves);
    free(rehearsal.all);
    campaign_release(&campaign);
    if (!good) return app_refuse(app, &err);
    return failures ? EXIT_PERSON : EXIT_DONE;
}
