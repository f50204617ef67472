/* The sender and its journal: opened before anything else, told of every commit before its dots leave. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "mailer/role_send_turn.h"
#include "mailer/send/journal_store.h"
#include "mailer/send/reconcile_store.h"
#include "mailer/store_path.h"

bool sending_journal_begin(struct sending *sending, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    struct journal_begun begun;
    int64_t waiting = 0;
    store_journal_path(sending->app->settings, &path);
    sending->journal = journal_begin(sending->app->db, buf_text(&path), app_now_ms(sending->app), &begun, err);
    if (!sending->journal) return false;
    if (begun.proved || begun.released)
        log_write(LOG_WARNING, "the send journal settles what an earlier run left behind: %" PRId64 " ended as it says, %" PRId64 " never left",
                  begun.proved, begun.released);
    int found = db_get_int(sending->app->db, err, &waiting, "SELECT 1 FROM journal_fact LIMIT 1");
    sending->facts_wait = found > 0;
    return found >= 0;
}

bool turn_commit(struct sending *sending, struct tx *taken, bool durable, bool lease, struct err *err) {
    AUTO(tx) tx = taken;
    struct journal *journal = sending->journal;
    bool says = journal && (lease || journal_has_lines(journal));
    if (says && !journal_mark_turn(sending->app->db, journal, err)) return false;
    return tx_commit(TX_TAKE(tx), err) && (!says || journal_write(journal, durable, app_now_ms(sending->app), err));
}

bool turn_says_armed(struct sending *sending, const struct slot *slot, int64_t now_ms, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    if (!sending->journal) return true;
    return journal_say_armed(sending->app->db, sending->journal,
                             &(struct journal_arm){.dispatch_id = held->dispatch_id, .wave_id = held->wave_id, .date_ms = held->date_ms,
                                                   .armed_ms = now_ms, .party_id = held->party_id, .sha256 = slot->sha256}, err);
}

void turn_says_ended(struct sending *sending, const struct slot *slot, enum delivery_state state) {
    const struct held_delivery *held = &slot->delivery.held;
    if (sending->journal && held->state == DELIVERY_ARMED)
        journal_ended(sending->journal, held->dispatch_id, DELIVERY[state].name, slot->result.reply.code);
}

bool send_recall(struct sending *sending, struct err *err) {
    struct reconciled counts = {0};
    if (!sending->facts_wait) return true;
    int64_t left, now_ms = app_now_ms(sending->app);
    const struct reconciling with = {.db = sending->app->db, .domain = strrchr(sending->settings.identity.from_address, '@') + 1,
                                     .key = &sending->settings.key, .limits = &sending->settings.limits, .now_ms = now_ms, .origin = "recovery"};
    AUTO(tx) tx = tx_begin(sending->app->db, TX_DURABLE, err);
    if (!tx || !reconcile_waiting(&with, &counts, &left, err)) return false;
    if (!counts.planned) return true; /* rolled back: nothing was written */
    log_write(LOG_WARNING, "the send journal knows of a wave that a restored database had lost: %" PRId64 " sent, %" PRId64 " failed, %" PRId64 " in doubt",
              counts.sent, counts.failed, counts.in_doubt);
    sending->facts_wait = left > 0;
    return tx_commit(TX_TAKE(tx), err);
}
