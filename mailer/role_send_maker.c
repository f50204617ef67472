/* Making messages ahead, beside the loop: those of a lease while the lease before it goes out. A message is made of what was read when
 * its delivery was claimed; whoever sends it looks whether that still stands (facts_version), and else makes it himself. The same dispatch
 * gives the same bytes whoever makes it, so nothing is decided here and nothing waits for this thread.
 *
 * Only where messages are signed, which takes many times what all the rest of a message does. Those that are not are made sooner than a
 * thread is woken for them, and on two processors it stood in the way of the loop or of the server it sends to: measured, a tenth less.
 *
 * The thread has a composer of its own, without the store: what it needs beside the party is read into it between two jobs. While a job is
 * under way the campaigns, the leased deliveries it was given and its batch are only read by the loop; whoever changes them stops it first. */
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/worker.h"
#include "mailer/role_send_turn.h"
#include "mailer/send/thread_store.h"

enum {
    BATCHES = 2,           /* one is made while the other goes out */
    BATCH_BYTES = 3 << 19, /* 200 messages of 7 kB; of longer ones fewer are made ahead */
    LEAP = 16,             /* behind one the loop could not wait for: while it makes those between, we make what comes then */
};

struct made_message {
    struct compose_dispatch dispatch; /* its texts are the leased delivery's, and `first` */
    const struct campaign *campaign;
    const char *template;
    char first[THREAD_ID];
    size_t start, length; /* in the batch's bytes */
    char sha256[65];
    _Atomic enum made made; /* MADE_READY: the three above may be read */
};

struct batch {
    int64_t number; /* 0 = holds nothing */
    char *bytes;    /* BATCH_BYTES */
    int count;
    atomic_int from; /* the loop has no use for what lies before */
    struct made_message made[LEASE_ROOM];
};

struct maker {
    struct worker *worker;
    struct composer *composer;
    struct buf message; /* the one being made */
    int64_t number;     /* of the last batch */
    struct batch batches[BATCHES];
};

bool maker_open(struct sending *sending, struct err *err) {
    if (!*sending->settings.identity.dkim.domain) return true;
    struct maker *maker = sending->maker = mem_new(1, sizeof *maker);
    maker->message.ceiling = BATCH_BYTES;
    maker->composer = composer_open(NULL, &sending->settings.identity);
    composer_sample(maker->composer);
    if (!composer_open_key(maker->composer, err)) return false;
    for (int i = 0; i < BATCHES; i++) maker->batches[i].bytes = mem_new(1, BATCH_BYTES);
    return (maker->worker = worker_open(err)) != NULL;
}

static struct batch *batch_of(struct maker *maker, int64_t number) { return &maker->batches[number % BATCHES]; }

void maker_void(struct sending *sending) {
    struct maker *maker = sending->maker;
    if (maker) atomic_store(&batch_of(maker, maker->number)->from, INT_MAX);
}

void maker_stop(struct sending *sending) {
    struct maker *maker = sending->maker;
    if (!maker || !maker->worker) return;
    maker_void(sending);
    worker_await(maker->worker);
}

void maker_close(struct sending *sending) {
    struct maker *maker = sending->maker;
    if (!maker) return;
    maker_stop(sending);
    worker_close(maker->worker);
    composer_close(maker->composer);
    for (int i = 0; i < BATCHES; i++) free(maker->batches[i].bytes);
    buf_release(&maker->message);
    free(maker);
    sending->maker = NULL;
}

void maker_forget(struct sending *sending) {
    struct maker *maker = sending->maker;
    if (!maker) return;
    maker_stop(sending);
    composer_forget(maker->composer);
    for (int i = 0; i < BATCHES; i++) maker->batches[i].number = 0;
}

/* -- the thread's ------------------------------------------------------------------------------------------------ */
/* False when there is no room for more. What could not be made is left to the loop, which says why. */
static bool make_one(struct maker *maker, struct batch *batch, struct made_message *made, size_t *used) {
    struct err why = {0};
    buf_clear(&maker->message);
    if (!made->campaign) return true;
    if (!composer_message(maker->composer, made->campaign, made->template, &made->dispatch, &maker->message, &why)) {
        atomic_store_explicit(&made->made, MADE_REFUSED, memory_order_release);
        return !maker->message.overflow;
    }
    size_t length = maker->message.length;
    if (length > BATCH_BYTES - *used) return false;
    memcpy(batch->bytes + *used, buf_text(&maker->message), length);
    sha256_hex(buf_text(&maker->message), length, made->sha256);
    made->start = *used;
    made->length = length;
    *used += length;
    atomic_store_explicit(&made->made, MADE_READY, memory_order_release);
    return true;
}

static void make_batch(void *ctx) {
    struct maker *maker = ctx;
    struct batch *batch = batch_of(maker, maker->number);
    size_t used = 0;
    for (int i = 0; i < batch->count; i++)
        if (i >= atomic_load_explicit(&batch->from, memory_order_relaxed) && !make_one(maker, batch, &batch->made[i], &used)) return;
}

/* -- the loop's --------------------------------------------------------------------------------------------------- */
/* What is needed beside the party is read now. A message that cannot be made ahead has no campaign. */
static bool prepare(struct sending *sending, struct leased_delivery *leased, struct made_message *made, struct err *err) {
    const struct held_delivery *held = &leased->held;
    struct err why = {0};
    made->campaign = NULL;
    made->first[0] = '\0';
    atomic_store_explicit(&made->made, MADE_NOT, memory_order_relaxed);
    if (!*held->party.type) return true; /* a relay's department list is in the store */
    if (!composer_prepare(sending->maker->composer, sending->app->db, held->campaign_id, held->template, held->party.department, &why))
        return why.kind != ERR_FATAL || (*err = why, false);
    if (held->may_follow && !thread_first(sending->app->db, held->campaign_id, held->address, held->date_ms, made->first, err)) return false;
    made->campaign = &campaign_known(sending, held->campaign_id)->campaign;
    made->template = held->template;
    made->dispatch = (struct compose_dispatch){.party_id = held->party_id, .address = held->address, .message_id = held->message_id, .token = held->token,
                                               .in_reply_to = made->first, .party = &held->party, .date_ms = held->date_ms};
    return true;
}

bool maker_begin(struct sending *sending, int first, struct err *err) {
    struct maker *maker = sending->maker;
    if (!maker) return true;
    maker_stop(sending);
    struct batch *batch = batch_of(maker, ++maker->number);
    batch->number = maker->number;
    batch->count = 0;
    atomic_store(&batch->from, 0);
    for (int i = first; i < sending->queue_count; i++) {
        struct leased_delivery *leased = &sending->leased[sending->queue[i]];
        leased->made_in = batch->number;
        leased->made_at = batch->count;
        if (!prepare(sending, leased, &batch->made[batch->count++], err)) return false;
    }
    worker_give(maker->worker, make_batch, maker);
    return true;
}

enum made maker_take(struct sending *sending, const struct leased_delivery *delivery, const char **bytes, size_t *length, char sha256[65]) {
    struct maker *maker = sending->maker;
    if (!maker || !delivery->made_in) return MADE_NOT;
    struct batch *batch = batch_of(maker, delivery->made_in);
    if (batch->number != delivery->made_in) return MADE_NOT;
    const struct made_message *made = &batch->made[delivery->made_at];
    enum made is = atomic_load_explicit(&made->made, memory_order_acquire);
    if (is == MADE_NOT) {
        int from = delivery->made_at + LEAP;
        if (from > atomic_load_explicit(&batch->from, memory_order_relaxed)) atomic_store_explicit(&batch->from, from, memory_order_relaxed);
    }
    if (is != MADE_READY) return is;
    *bytes = batch->bytes + made->start;
    *length = made->length;
    memcpy(sha256, made->sha256, sizeof made->sha256);
    return MADE_READY;
}
