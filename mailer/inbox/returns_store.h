/* What came back, as staff sees it: listed, shown, with the message itself. */
#ifndef MAILER_INBOX_RETURNS_STORE_H
#define MAILER_INBOX_RETURNS_STORE_H

#include "base/buf.h"
#include "mailer/campaign.h"

/* Why a person must look at it. */
enum return_need {
    NEED_NONE,        /* settled */
    NEED_UNMATCHED,   /* nobody knows whose it is */
    NEED_LIKELY,      /* whose it probably is, without our token: nothing was changed */
    NEED_REPLY,       /* somebody wrote */
    NEED_NEW_ADDRESS, /* it gives another address to write to */
    NEED_CHALLENGE,   /* a filter asks a person to click */
    NEED_FORWARD,     /* an address ours forwards to is dead */
    NEED_UNREAD,      /* it could not be read */
    NEED_OTHER,
    RETURN_NEEDS
};
extern const char *const RETURN_NEED[RETURN_NEEDS]; /* "", "unmatched", "likely" … */

/* Texts are owned; "" = none. */
struct inbound_return {
    int64_t id, received_ms, settled_ms, hold_until_ms; /* -1 = not; hold: of its own, in force */
    int64_t campaign_id, delivery_id, dispatch_id;      /* 0 = none */
    enum return_need need;
    bool relay;
    char *source, *kind, *reply_sort, *proof, *vouched_by, *sender, *subject, *status, *reason, *text, *message_id;
    char *party_id, *party_name, *department, *wave, *address; /* address: we wrote to */
    char *proposal, *decision;                                 /* the address it gives, and what was decided: "", accepted, refused */
    char *settled, *settled_by;                                /* "auto" = by its rule */
};
struct returns { struct inbound_return *all; size_t count; };

/* department, kind: "" = all. all: settled ones too. Those that belong to no campaign are everybody's, except where a department is
 * asked for. Oldest first. */
struct returns_filter { const char *department, *kind; bool all; };
bool returns_load(struct db *db, const struct campaign *campaign, const struct returns_filter *filter, int64_t now_ms,
                  struct returns *returns, struct err *err);
void returns_release(struct returns *returns);

/* One of the campaign, or of none: ERR_INPUT UNKNOWN_RETURN. */
bool return_load(struct db *db, const struct campaign *campaign, int64_t id, int64_t now_ms, struct inbound_return *one, struct err *err);
void return_release(struct inbound_return *one);
/* The message as it came. */
bool return_raw(struct db *db, int64_t id, struct buf *out, struct err *err);

#endif
