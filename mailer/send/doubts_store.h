/* Deliveries in doubt: nobody knows whether they left. Listed with what is known of each, and settled by a person. */
#ifndef MAILER_SEND_DOUBTS_STORE_H
#define MAILER_SEND_DOUBTS_STORE_H

#include "mailer/campaign.h"
#include "mailer/send/delivery.h"

struct doubt {
    int64_t id, dispatch_id;
    char *wave, *party_id, *name, *address, *message_id;
    char *relay;       /* which had it: smtp, smtp.secours; "" = not known */
    char *reason;      /* link-lost, killed, stopped, lease, restored, bytes-differ, or why its resend did not come about */
    int64_t since_ms;
    int64_t resend_ms; /* when it will be sent once more by itself; -1: held for a person, by its wave, its reason, or what has come up since */
    bool resent;       /* once more, and that is uncertain too: its one resend is used up */
    int code;          /* of the server's last reply to it; 0 = none */
    int64_t likely_returns; /* messages that came back and probably concern it, without its token: no proof, worth a look */
};
struct doubts { struct doubt *all; size_t count; };
/* Of one campaign, by wave and party. left_due_ms: -1 while a sender is at work, what is armed is its own; else what a dead one left
 * uncertain is listed too, and that is when its resend would be due, should one start now. */
bool doubts_load(struct db *db, const struct campaign *campaign, int64_t left_due_ms, int64_t now_ms, struct doubts *doubts, struct err *err);
void doubts_release(struct doubts *doubts);

/* What a person says of one: it was sent; it was not and shall not be (failed, "dropped-by-person"); or it is to be sent once more,
 * the same bytes under the same Message-ID. A delivery has one uncertain resend in all, whoever asks for it.
 * In the caller's transaction. ERR_INPUT:
 *   UNKNOWN_DELIVERY, NOT_IN_DOUBT
 *   RESEND_REFUSED   used up, or the gates of sending are shut to it for good: deadline, answer, objection, dead address … */
enum doubt_verdict { DOUBT_SENT, DOUBT_RESEND, DOUBT_DROP, DOUBT_VERDICTS };
extern const char *const DOUBT_VERDICT[DOUBT_VERDICTS];
bool doubt_settle(struct db *db, int64_t delivery_id, enum doubt_verdict verdict, int64_t now_ms, const char *by_whom, struct err *err);

/* Deliveries in doubt over all campaigns, and those whose resend has not left yet, for whoever looks for evidence; not those that a
 * sender has claimed, which no index finds: whether one of those known before is claimed by now is asked one by one (1, 0, -1). */
struct open_doubt { int64_t delivery_id, dispatch_id; char message_id[400]; };
int open_doubts_load(struct db *db, struct open_doubt **all, struct err *err); /* how many, by dispatch; -1 on error; free() */
int doubt_is_claimed(struct db *db, const struct open_doubt *doubt, struct err *err);
/* It was sent: something outside says so; a resend that has not left yet, be it claimed, does not leave. *settled is false when there is no doubt (any
 * more), or the delivery is another dispatch's by now. In the caller's transaction. text: for the ledger. */
bool doubt_prove(struct db *db, const struct open_doubt *doubt, const char *text, const char *origin, int64_t now_ms, bool *settled, struct err *err);

#endif
