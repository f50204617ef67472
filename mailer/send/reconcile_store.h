/* What a journal that is ahead of its database knows, taken over into the database: nothing that left is sent again, and
 * what may have left is held, in doubt. */
#ifndef MAILER_SEND_RECONCILE_STORE_H
#define MAILER_SEND_RECONCILE_STORE_H

#include "mailer/send/delivery_store.h"
#include "mailer/send/journal.h"
#include "mailer/send/limits.h"

/* One dispatch, as the journal's last word on it is. */
struct journal_fact {
    int64_t dispatch_id, date_ms, armed_ms;
    size_t wave;               /* into waves; JOURNAL_NO_WAVE: armed before, only its end is news */
    char party_id[32], sha256[65];
    bool ended;
    enum delivery_state state; /* of ended */
    int code, resends;         /* resends: armed again while it was in doubt */
    int64_t first_armed_ms;    /* the first arming above after_turn, -1 = none; */
    bool first_after_end;      /* and whether an end other than a doubt is told before it. What stood before it otherwise is the database's to say */
};
enum { JOURNAL_NO_WAVE = SIZE_MAX >> 1 };
struct journal_wave_name { int64_t id; char campaign[JOURNAL_NAME], wave[JOURNAL_NAME]; };
struct journal_facts {
    int64_t after_turn, first_turn, last_turn, first_ms, last_ms; /* first_ms, last_ms: of the turns above after_turn; -1 = none */
    char store_id[JOURNAL_STORE_ID];
    struct journal_fact *all;
    size_t count;
    struct journal_wave_name *waves;
    size_t wave_count;
    int64_t damaged_bytes;
    uint32_t *slots; /* of a hash table over all */
    size_t slot_count;
};
/* Everything in turns above after_turn. */
bool journal_facts_read(const char *path, int64_t after_turn, struct journal_facts *facts, struct err *err);
void journal_facts_release(struct journal_facts *facts);

/* What becomes of them. refused: not accepted, goes out again. planned: deliveries the backup did not have yet. waiting:
 * their campaign, wave or party is not there. kept: the database has gone another way since, and stays. renumbered: messages
 * that the restored database had planned under numbers that were already used. */
struct reconciled { int64_t sent, failed, refused, in_doubt, planned, waiting, kept, renumbered, topped_up; };
/* What planning needs; reconciling may have to plan what was planned after the backup. */
struct reconciling {
    struct db *db;
    const char *domain; /* of the sender's address */
    const struct token_key *key;
    const struct send_limits *limits;
    int64_t now_ms;
    const char *origin, *by_whom;
};
/* In the caller's transaction, which holds the writer's lock. counts is added to. */
bool reconcile_facts(const struct reconciling *with, const struct journal_facts *facts, struct reconciled *counts, struct err *err);
/* Those that had to wait, as far as what they wait for is there by now: before anything is planned. Nothing is written when
 * none can be taken over; *left says how many wait on. */
bool reconcile_waiting(const struct reconciling *with, struct reconciled *counts, int64_t *left, struct err *err);

#endif
