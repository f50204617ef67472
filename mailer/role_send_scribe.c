/* The turn's pen. What a turn has to write of the messages it arms and of those that were accepted is put off, and written and
 * committed by a second thread while the next messages are made and submitted: their claims have been durable since the lease, so
 * they may be on their way to a server before that commit. Dots wait for it.
 *
 * From turn_commit_begin to turn_commit_end the store and the journal are the pen's; messages are made from a connection of their own.
 * What is put off touches its own delivery and the ledger, which nobody asks about within the turn, but for limits (a party's other
 * mails, the day's count): with limits everything is written at once, as it is in a rehearsal. */
#include <stdlib.h>

#include "base/worker.h"
#include "mailer/role_send_turn.h"
#include "mailer/store_path.h"

enum { CACHE_KB = 256 /* templates, then hardly anything */ };

struct note {
    struct held_delivery held; /* as it is in hand: armed, or armed when the server accepted it */
    bool accepted;
    struct smtp_reply reply;   /* when accepted */
    int64_t at_ms;
};

struct scribe {
    struct sending *sending;
    struct worker *worker;
    struct db *reading;
    struct note *notes;
    int note_count;
    struct tx *tx;             /* while it is the pen's, and how it is to be committed */
    bool durable, lease;
    bool good;                 /* what came of it, and why not */
    struct err err;
};

bool scribe_open(struct sending *sending, struct err *err) {
    AUTO_BUF url = BUF_INIT(4096);
    store_url(sending->app->settings, &url);
    struct scribe *scribe = sending->scribe = mem_new(1, sizeof *scribe);
    *scribe = (struct scribe){.sending = sending, .good = true, .notes = mem_new(2 * (size_t)sending->slot_count, sizeof *scribe->notes)};
    scribe->reading = db_open(buf_text(&url), false, err);
    return scribe->reading && db_cache_kb(scribe->reading, CACHE_KB, err) && (scribe->worker = worker_open(err));
}

void scribe_close(struct scribe *scribe) {
    if (!scribe) return;
    worker_close(scribe->worker);
    db_close(scribe->reading);
    free(scribe->notes);
    free(scribe);
}

struct db *scribe_reading(const struct sending *sending) { return sending->scribe ? sending->scribe->reading : sending->app->db; }

/* -- what is put off -------------------------------------------------------------------------------------------- */
static bool write_note(const struct sending *sending, const struct note *note, struct err *err) {
    const struct smtp_reply *reply = &note->reply;
    if (!note->accepted) return delivery_arm(sending->app->db, &note->held, err);
    return delivery_end(sending->app->db, &note->held, DELIVERY_SENT, "", reply->code, reply->enhanced, reply->text, -1, note->at_ms, err);
}

static bool put_down(struct sending *sending, const struct note *note, struct err *err) {
    const struct send_limits *limits = &sending->settings.limits;
    if (!sending->scribe || limits->days_between || limits->messages_a_day) return write_note(sending, note, err);
    sending->scribe->notes[sending->scribe->note_count++] = *note;
    return true;
}

bool scribe_armed(struct sending *sending, const struct slot *slot, struct err *err) {
    return put_down(sending, &(struct note){.held = slot->delivery.held}, err);
}

bool scribe_accepted(struct sending *sending, const struct slot *slot, int64_t now_ms, struct err *err) {
    return put_down(sending, &(struct note){.held = slot->delivery.held, .accepted = true, .reply = slot->result.reply, .at_ms = now_ms}, err);
}

/* -- the commit ------------------------------------------------------------------------------------------------- */
static void write_turn(void *ctx) {
    struct scribe *scribe = ctx;
    AUTO(tx) tx = TX_TAKE(scribe->tx);
    scribe->good = true;
    for (int i = 0; i < scribe->note_count && scribe->good; i++) scribe->good = write_note(scribe->sending, &scribe->notes[i], &scribe->err);
    scribe->note_count = 0;
    scribe->good = scribe->good && commit_and_tell(scribe->sending, TX_TAKE(tx), scribe->durable, scribe->lease, &scribe->err);
}

bool turn_commit_begin(struct sending *sending, struct tx *taken, bool durable, bool lease, struct err *err) {
    struct scribe *scribe = sending->scribe;
    if (!scribe) return commit_and_tell(sending, taken, durable, lease, err);
    scribe->tx = taken;
    scribe->durable = durable;
    scribe->lease = lease;
    worker_give(scribe->worker, write_turn, scribe);
    return true;
}

bool turn_commit_end(struct sending *sending, struct err *err) {
    struct scribe *scribe = sending->scribe;
    if (!scribe) return true;
    worker_await(scribe->worker);
    if (!scribe->good) *err = scribe->err;
    return scribe->good;
}

bool turn_commit(struct sending *sending, struct tx *taken, bool durable, bool lease, struct err *err) {
    return turn_commit_begin(sending, taken, durable, lease, err) && turn_commit_end(sending, err);
}
