/* Making sure, beside the loop. A lease is committed at once and synchronised by a second thread, while what was leased before it goes
 * on leaving; what it holds may be chosen when it is on the disk. The disk is asked to write all turns since the last lease, which takes
 * as long as some dozens of messages do. With [store] durability = full, so is every turn, while its messages are submitted; its dots wait.
 * (Letting the loop go on with other lines' turns meanwhile was tried, and gained nothing: the turns are smaller, and more wait for the disk.)
 *
 * The database first, then the journal: a journal ahead of a database that nobody has restored would mean a power cut (journal_store.h).
 * With durability = full a thread of its own follows with the journal, one turn behind: what of a turn a power cut leaves out there is in
 * the database, and is written into it again at the next start; dots wait for the database alone. */
#include <stdlib.h>

#include "base/worker.h"
#include "mailer/role_send_turn.h"

/* Of one file: by whom, and what came of it. */
struct follower { struct worker *worker; bool good; struct err err; };

struct syncer {
    struct follower store, journal; /* store: of both files, unless turns are durable */
    const struct sending *sending;
    bool under_way;
    int64_t turn; /* the last one it covers */
};

bool syncer_open(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer = mem_new(1, sizeof *syncer);
    *syncer = (struct syncer){.sending = sending, .store.good = true, .journal.good = true};
    return (syncer->store.worker = worker_open(err)) && (!sending->durable_turns || (syncer->journal.worker = worker_open(err)));
}

void syncer_close(struct syncer *syncer) {
    if (!syncer) return;
    worker_close(syncer->store.worker);
    worker_close(syncer->journal.worker);
    free(syncer);
}

static void sync_store(void *ctx) {
    struct syncer *syncer = ctx;
    const struct sending *sending = syncer->sending;
    struct follower *store = &syncer->store;
    store->good = db_sync(sending->app->db, &store->err) && (syncer->journal.worker || journal_sync(sending->journal, &store->err));
}

static void sync_journal(void *ctx) {
    struct syncer *syncer = ctx;
    syncer->journal.good = journal_sync(syncer->sending->journal, &syncer->journal.err);
}

bool sync_begin(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer;
    if (!syncer) return sending->queue_durable = sending->queue_count, true;
    if (!sync_end(sending, err)) return false;
    syncer->turn = journal_position(sending->journal)->turn;
    syncer->under_way = true;
    worker_give(syncer->store.worker, sync_store, syncer);
    return true;
}

bool sync_under_way(const struct sending *sending) { return sending->syncer && sending->syncer->under_way; }
bool sync_done(const struct sending *sending) {
    struct syncer *syncer = sending->syncer;
    return sync_under_way(sending) && !worker_busy(syncer->store.worker) && (!syncer->journal.worker || !worker_busy(syncer->journal.worker));
}

static bool await(struct follower *follower, struct err *err) {
    worker_await(follower->worker);
    if (!follower->good) *err = follower->err;
    return follower->good;
}

bool sync_end(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer;
    if (!sync_under_way(sending)) return true;
    syncer->under_way = false;
    if (!await(&syncer->store, err)) return false;
    if (syncer->journal.worker) {
        if (!await(&syncer->journal, err)) return false;
        worker_give(syncer->journal.worker, sync_journal, syncer);
    }
    journal_durable_to(sending->journal, syncer->turn);
    if (sending->queue_durable != sending->queue_count) sending->choose_again_us = 0;
    sending->queue_durable = sending->queue_count; /* nothing is leased while a lease is synchronised */
    return true;
}

bool sync_rest(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer;
    return sync_end(sending, err) && (!syncer || !syncer->journal.worker || await(&syncer->journal, err));
}
