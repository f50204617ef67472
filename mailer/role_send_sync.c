/* Making sure, beside the loop. A lease is committed at once and synchronised by a second thread, while what was leased before it goes
 * on leaving; what it holds may be chosen when it is on the disk. The disk is asked to write all turns since the last lease, which takes
 * as long as some dozens of messages do. With [store] durability = full, so is every turn, while its messages are submitted; its dots wait.
 * (Letting the loop go on with other lines' turns meanwhile was tried, and gained nothing: the turns are smaller, and more wait for the disk.)
 *
 * The database first, then the journal: a journal ahead of a database that nobody has restored would mean a power cut (journal_store.h). */
#include <stdlib.h>

#include "base/worker.h"
#include "mailer/role_send_turn.h"

struct syncer {
    struct worker *worker;
    const struct db *db;
    const struct journal *journal;
    bool under_way;
    int64_t turn; /* the last one it covers */
    bool good;    /* what came of it, and why not */
    struct err err;
};

bool syncer_open(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer = mem_new(1, sizeof *syncer);
    *syncer = (struct syncer){.db = sending->app->db, .journal = sending->journal};
    return (syncer->worker = worker_open(err)) != NULL;
}

void syncer_close(struct syncer *syncer) {
    if (!syncer) return;
    worker_close(syncer->worker);
    free(syncer);
}

static void sync_both(void *ctx) {
    struct syncer *syncer = ctx;
    syncer->good = db_sync(syncer->db, &syncer->err) && journal_sync(syncer->journal, &syncer->err);
}

bool sync_begin(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer;
    if (!syncer) return sending->queue_durable = sending->queue_count, true;
    if (!sync_end(sending, err)) return false;
    syncer->turn = journal_position(sending->journal)->turn;
    syncer->under_way = true;
    worker_give(syncer->worker, sync_both, syncer);
    return true;
}

bool sync_under_way(const struct sending *sending) { return sending->syncer && sending->syncer->under_way; }
bool sync_done(const struct sending *sending) { return sync_under_way(sending) && !worker_busy(sending->syncer->worker); }

bool sync_end(struct sending *sending, struct err *err) {
    struct syncer *syncer = sending->syncer;
    if (!sync_under_way(sending)) return true;
    worker_await(syncer->worker);
    syncer->under_way = false;
    if (!syncer->good) return *err = syncer->err, false;
    journal_durable_to(sending->journal, syncer->turn);
    if (sending->queue_durable != sending->queue_count) sending->choose_again_us = 0;
    sending->queue_durable = sending->queue_count; /* nothing is leased while a lease is synchronised */
    return true;
}
