/* Rests and absences in the database, and what they do to mails that wait. */
#include "mailer/send/quiet_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/campaign.h"
#include "mailer/french_moments.h"
#include "mailer/send/delivery_store.h"
#include "schedules/plan.h"

enum { FORGOTTEN_DAYS = 60 }; /* after its day an absence moves nothing any more, whatever was closed in between */

/* -- which mailboxes ------------------------------------------------------------------------------------------ */
#define QUIET                                                                                                     \
    "SELECT address, MAX(until_ms), MAX(back_day) FROM (SELECT address, until_ms, -1 AS back_day FROM mailbox_rest WHERE until_ms > $1 " \
    "UNION ALL SELECT address, -1, back_day FROM mailbox_absence WHERE back_day > $2) AS quiet "

static int64_t forgotten_day(int64_t now_ms) { return now_ms / DAY_MS - FORGOTTEN_DAYS; }

bool quiet_load(struct db *db, int64_t now_ms, struct quiet_mailboxes *quiet, struct err *err) {
    *quiet = (struct quiet_mailboxes){0};
    AUTO(db_rows) rows = db_query(db, err, QUIET "GROUP BY address ORDER BY address", DB_I(now_ms), DB_I(forgotten_day(now_ms)));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        if (!(quiet->count & (quiet->count - 1))) quiet->all = mem_grow(quiet->all, quiet->count ? quiet->count * 2 : 1, sizeof *quiet->all);
        quiet->all[quiet->count++] = (struct quiet_mailbox){.address = text_dup(db_text(rows, 0)), .rest_until_ms = db_int(rows, 1),
                                                            .back_day = db_int(rows, 2)};
    }
    return got == 0;
}

int quiet_load_one(struct db *db, const char *address, int64_t now_ms, struct quiet_mailbox *mailbox, struct err *err) {
    *mailbox = (struct quiet_mailbox){.rest_until_ms = -1, .back_day = -1};
    AUTO(db_rows) rows = db_query(db, err, QUIET "WHERE address = $3 GROUP BY address", DB_I(now_ms), DB_I(forgotten_day(now_ms)), DB_T(address));
    int got = db_next(rows, err);
    if (got > 0) mailbox->rest_until_ms = db_int(rows, 1), mailbox->back_day = db_int(rows, 2);
    return got;
}

static int by_address(const void *key, const void *element) {
    return strcmp(key, ((const struct quiet_mailbox *)element)->address);
}

const struct quiet_mailbox *quiet_find(const struct quiet_mailboxes *quiet, const char *address) {
    return quiet->count ? bsearch(address, quiet->all, quiet->count, sizeof *quiet->all, by_address) : NULL;
}

void quiet_release(struct quiet_mailboxes *quiet) {
    for (size_t i = 0; i < quiet->count; i++) free(quiet->all[i].address);
    free(quiet->all);
    *quiet = (struct quiet_mailboxes){0};
}

/* -- when ----------------------------------------------------------------------------------------------------- */
static void later(int64_t candidate_ms, const char *why, int64_t *due_ms, const char **reason) {
    if (candidate_ms <= *due_ms) return;
    *due_ms = candidate_ms;
    *reason = why;
}

bool quiet_due_ms(const struct quiet_mailbox *mailbox, const struct schedule *schedule, const char *department, int64_t *due_ms,
                  const char **reason, struct err *err) {
    int64_t awake_ms, last_ms, back_ms;
    if (mailbox->rest_until_ms >= 0) {
        if (!plan_window_ms(&schedule->window, department, mailbox->rest_until_ms, &awake_ms, err) ||
            !plan_last_useful_ms(schedule, department, &last_ms, err))
            return false;
        later(min_i64(awake_ms, last_ms), "resting", due_ms, reason);
    }
    if (mailbox->back_day < 0) return true;
    if (!plan_after_absence_ms(schedule, department, mailbox->back_day, &back_ms, err)) return false;
    later(back_ms, "away", due_ms, reason);
    return true;
}

/* -- what waits already ---------------------------------------------------------------------------------------- */
struct waiting { struct event event; enum delivery_state state; int64_t not_before_ms; char party_id[32], department[8]; };

static int load_waiting(struct db *db, const char *address, struct waiting **all, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.id, d.state, d.not_before_ms, d.party_id, d.department, d.wave_id, w.campaign_id, p.id FROM dispatch p "
                                  "JOIN delivery d ON d.dispatch_id = p.id JOIN wave w ON w.id = d.wave_id JOIN campaign c ON c.id = w.campaign_id "
                                  "WHERE p.address = $1 AND p.armed_ms IS NULL AND (d.state = 0 OR d.state = 1) AND d.resends = 0 "
                                  "AND c.state IN ('started', 'paused') ORDER BY d.id",
                                  DB_T(address));
    while ((got = db_next(rows, err)) > 0) {
        *all = mem_grow(*all, (size_t)count + 1, sizeof **all);
        struct waiting *one = &(*all)[count++];
        *one = (struct waiting){.event = {.delivery_id = db_int(rows, 0), .wave_id = db_int(rows, 5), .campaign_id = db_int(rows, 6),
                                          .dispatch_id = db_int(rows, 7), .event = "postponed", .address = address},
                                .state = (enum delivery_state)db_int(rows, 1), .not_before_ms = db_int(rows, 2)};
        db_text_copy(rows, 3, one->party_id, sizeof one->party_id);
        db_text_copy(rows, 4, one->department, sizeof one->department);
    }
    return got < 0 ? -1 : count;
}

static bool move_one(struct db *db, const struct quiet_mailbox *mailbox, const struct waiting *one, struct err *err) {
    struct campaign campaign = {0};
    int64_t due_ms = one->not_before_ms;
    const char *reason = "";
    bool good = campaign_load_id(db, one->event.campaign_id, &campaign, err) &&
                quiet_due_ms(mailbox, &campaign.schedule, one->department, &due_ms, &reason, err);
    campaign_release(&campaign);
    const struct delivery_move move = {.from = one->state, .to = DELIVERY_READY, .reason = reason, .not_before_ms = due_ms,
                                       .tries = one->state == DELIVERY_CLAIMED ? -1 : 0};
    return good && (!*reason || delivery_move(db, &move, &one->event, err));
}

bool quiet_move_planned(struct db *db, const char *address, const struct token_key *key, const char *origin, int64_t now_ms,
                        struct err *err) {
    AUTO_MEM struct waiting *all = NULL;
    struct quiet_mailbox mailbox;
    int quiet = quiet_load_one(db, address, now_ms, &mailbox, err);
    if (quiet <= 0) return quiet == 0;
    int count = load_waiting(db, address, &all, err);
    for (int i = 0; i < count; i++) {
        bool again = false;
        all[i].event.at_ms = now_ms;
        all[i].event.party_id = all[i].party_id;
        all[i].event.origin = origin;
        if (mailbox.rest_until_ms >= 0 &&
            !delivery_next_contact(db, all[i].event.delivery_id, all[i].state, ADDRESS_RESTING, now_ms, key, origin, &again, err))
            return false;
        if (!again && !move_one(db, &mailbox, &all[i], err)) return false;
    }
    return count >= 0;
}

/* -- failures and rests ------------------------------------------------------------------------------------------ */
struct soft_rules soft_rules_read(const struct settings *settings) {
    return (struct soft_rules){.limit = settings_int(settings, "inbox", "soft_limit"), .window_ms = settings_ms(settings, "inbox", "soft_window"),
                               .rest_ms = settings_ms(settings, "inbox", "soft_rest")};
}

static bool begin_rest(struct db *db, const struct soft_rules *rules, const struct event *about, int64_t failures, int64_t inbound_id,
                       const struct token_key *key, struct err *err) {
    char text[160], until[FRENCH_MOMENT];
    int64_t until_ms = about->at_ms + rules->rest_ms;
    french_short_moment(PARIS, until_ms, until);
    snprintf(text, sizeof text, "%" PRId64 " échecs ; au repos jusqu'au %s", failures, until);
    struct event event = *about;
    event.event = "mailbox_rested";
    event.text = text;
    return db_run(db, err, "INSERT INTO mailbox_rest (address, from_ms, until_ms, failures, inbound_id) VALUES ($1, $2, $3, $4, $5)",
                  DB_T(about->address), DB_I(about->at_ms), DB_I(until_ms), DB_I(failures), DB_I_OR_NULL(inbound_id, inbound_id)) &&
           event_add(db, &event, err) && quiet_move_planned(db, about->address, key, about->origin, about->at_ms, err);
}

bool soft_failure_add(struct db *db, const struct soft_rules *rules, const struct event *about, int64_t inbound_id,
                      const struct token_key *key, struct err *err) {
    int64_t failures = 0;
    if (!db_run(db, err, "INSERT INTO soft_failure (dispatch_id, address, at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                DB_I(about->dispatch_id), DB_T(about->address), DB_I(about->at_ms)))
        return false;
    if (!db_changes(db) || !rules->limit) return true;
    /* Since the last rest, which the present one is too while it lasts. */
    if (db_get_int(db, err, &failures,
                   "SELECT COUNT(*) FROM soft_failure WHERE address = $1 AND at_ms > $2 AND at_ms > "
                   "COALESCE((SELECT MAX(until_ms) FROM mailbox_rest WHERE address = $1), 0)",
                   DB_T(about->address), DB_I(about->at_ms - rules->window_ms)) < 0)
        return false;
    return failures < rules->limit || begin_rest(db, rules, about, failures, inbound_id, key, err);
}

bool soft_failure_forget(struct db *db, int64_t dispatch_id, struct err *err) {
    return db_run(db, err, "DELETE FROM soft_failure WHERE dispatch_id = $1", DB_I(dispatch_id));
}
