/* The life of a delivery: one enum, one table of names and allowed successors, one setter. */
#ifndef MAILER_SEND_DELIVERY_H
#define MAILER_SEND_DELIVERY_H

#include "base/db.h"

/* Numbers are stored; they never change meaning. */
enum delivery_state {
    DELIVERY_READY = 0,     /* planned, due at not_before */
    DELIVERY_CLAIMED = 1,   /* held by a run, certainly not sent */
    DELIVERY_ARMED = 2,     /* the final dot may be out */
    DELIVERY_DEFERRED = 3,  /* refused for now, due again at not_before */
    DELIVERY_SENT = 4,
    DELIVERY_FAILED = 5,
    DELIVERY_SKIPPED = 6,   /* not sent on purpose; reason says why */
    DELIVERY_IN_DOUBT = 7,  /* the link died between our dot and the answer */
    DELIVERY_CANCELLED = 8, /* planned for a date that no longer is; not counted as planned */
    DELIVERY_STATES
};

/* What waits to go out or may have to go out again, in the words of the index delivery_due. For store files only. */
#define DELIVERY_WAITS(d) "(" d ".state = 0 OR " d ".state = 3 OR " d ".state = 7)"

struct delivery_rule {
    const char *name;
    unsigned may_become; /* bit n: state n */
    bool passing;        /* lasts a moment within one run: the row says it, the ledger need not */
};
/* A doubt that is sent once more by itself, where its wave allows it: nobody knows whether it left, and nothing has come up against its
 * resend. Any other reason holds it for a person. `resends` counts what left uncertain: one is claimed or asked for with it set, so that
 * no kill forgets it, and gives it back (doubt_give_back) when it is certain that it did not leave. */
#define DOUBT_RESENDS(d) "(" d ".resends = 0 AND " d ".reason IN ('link-lost', 'killed', 'stopped'))"

extern const struct delivery_rule DELIVERY[DELIVERY_STATES];
bool delivery_may(enum delivery_state from, enum delivery_state to);

/* What came back for a sent delivery: bits of delivery.returned. */
enum { RETURNED_HARD = 1, RETURNED_SOFT = 2, RETURNED_AUTOREPLY = 4, RETURNED_REPLY = 8, RETURNED_OBJECTION = 16,
       RETURNED_COMPLAINT = 32, RETURNED_DELIVERED = 64, RETURNED_CHALLENGE = 128 };

/* One row of the ledger. Unset texts may be NULL. by_whom: a person's or role's name. */
struct event {
    int64_t at_ms, campaign_id, wave_id, delivery_id, dispatch_id; /* 0 = none */
    const char *party_id, *event, *address, *code, *text, *origin, *by_whom;
};
bool event_add(struct db *db, const struct event *event, struct err *err);

/* A change of state with what changes along with it. run_id: of CLAIMED, who holds it (every state but CLAIMED and ARMED lets
 * go). tries: 1 = a try begins, -1 = it is taken back, for nothing of it was tried: it is not charged, and the time to give
 * up begins when the first one that counts does. */
struct delivery_move {
    enum delivery_state from, to;
    const char *reason;    /* NULL = "" */
    int64_t not_before_ms; /* -1 = keep */
    int64_t run_id;
    int tries;
};
bool delivery_move(struct db *db, const struct delivery_move *move, const struct event *event, struct err *err);

/* CLAIMED to ARMED: the run keeps it; when, and the SHA-256 (hex) of the bytes whose dot may leave next. It has a statement of
 * its own, for it is one of two that every message costs. */
bool delivery_arm_row(struct db *db, int64_t delivery_id, const char *sha256, const char *relay, int64_t now_ms, struct err *err);

/* The same for all of ids first_id to last_id, which must be `count` deliveries in state `from`, into a passing state. */
bool delivery_move_all(struct db *db, const struct delivery_move *move, int64_t first_id, int64_t last_id, int64_t count, int64_t now_ms,
                       struct err *err);

/* The one setter: checks the table, writes the row and its event in the caller's transaction. A delivery that is
 * not in `from` any more, or may not become `to`, is ERR_FATAL STATE: the caller's picture is wrong. The event's
 * delivery_id names the row; its name is the new state's unless event->event says otherwise. Passing states write none, nor
 * does the name "" (a claim let go untried: the ledger never heard of it).
 * delivery_set is delivery_move without a run or a try. */
bool delivery_set(struct db *db, enum delivery_state from, enum delivery_state to, const char *reason,
                  int64_t not_before_ms /* -1 = keep */, const struct event *event, struct err *err);

/* The same for every delivery of event->campaign_id in state `from`, each with its line in the ledger: those whose
 * earlier copy may have arrived (doubted), or the others. */
bool delivery_set_all(struct db *db, enum delivery_state from, enum delivery_state to, bool doubted, const char *reason,
                      const struct event *event, struct err *err);

/* Cancels every delivery of a wave that may become CANCELLED, each with its line in the ledger: event gives instant,
 * campaign, wave, text (the reason), origin and by whom. For waves that have not begun (wave_may_move). A sender that
 * holds one finds it gone when it comes to arm, and drops the connection. */
bool delivery_cancel_wave(struct db *db, const struct event *event, struct err *err);

#endif
