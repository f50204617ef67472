/* Deliveries and dispatches in the database: planned, leased, claimed, armed, ended, recovered. All writes in the
 * caller's transaction; states change through delivery_set only. */
#ifndef MAILER_SEND_DELIVERY_STORE_H
#define MAILER_SEND_DELIVERY_STORE_H

#include "lists/contact_store.h"
#include "mailer/compose.h"
#include "mailer/send/delivery.h"
#include "mailer/send/token.h"
#include "schedules/retry.h"
#include "schedules/schedule.h"

/* What Message-IDs and tokens of a campaign are made with. */
struct message_identity { const char *campaign, *domain; const struct token_key *key; };

/* A new dispatch of the delivery to one contact, made current: Message-ID, token, Date = date_ms. The Message-ID's domain
 * is that of the sender's address. */
bool dispatch_add(struct db *db, int64_t delivery_id, const struct chosen_contact *contact, int64_t date_ms,
                  const struct message_identity *identity, int64_t *dispatch_id, struct err *err);
/* Many at once: ids counted on from the next one, under the writer's lock; the delivery names its dispatch already. */
bool dispatch_next_id(struct db *db, int64_t *next_id, struct err *err);
bool dispatch_add_numbered(struct db *db, int64_t dispatch_id, int64_t delivery_id, const struct chosen_contact *contact,
                           int64_t date_ms, const struct message_identity *identity, struct err *err);
/* Why the current dispatch's address may not be written to: it proved dead (a refusal now, or a bounce later) and is
 * suppressed; the import that gave it was undone, or a person has put another one before it; or its mailbox is at rest, and
 * then only a contact that is not takes its place. */
enum address_loss { ADDRESS_DEAD, ADDRESS_TAKEN_BACK, ADDRESS_RESTING };
/* The party's next contact gets a dispatch of the same delivery, ready now. Nothing but the suppression happens when there
 * is no other contact, the campaign's deadline has passed, or its state is not one a new dispatch may start from: *again
 * says. */
bool delivery_next_contact(struct db *db, int64_t delivery_id, enum delivery_state state, enum address_loss loss,
                           int64_t now_ms, const struct token_key *key, const char *origin, bool *again, struct err *err);

/* One delivery a sender holds. */
struct held_delivery {
    int64_t id, dispatch_id, wave_id, campaign_id, contact_id;
    enum delivery_state state; /* as in the row */
    enum audience audience;
    char party_id[32], department[8], address[ADDRESS_TEXT], message_id[200], token[TOKEN_TEXT], template[SCHEDULE_NAME];
    char sha256[65];           /* of an earlier armed attempt, "" = none: a resend must give the same bytes; when ARMED, of this one */
    int64_t armed_ms;          /* when ARMED */
    const char *relay;         /* which has it: smtp, smtp.secours; borrowed, NULL = none yet */
    char put_off_by[64];       /* of one that is tried again: the relay that had it last, "" = not known */
    int64_t date_ms, first_try_ms; /* first_try_ms -1 = never tried */
    int attempts;
    struct compose_party party; /* of a collectivity: what its message is made from; a relay has no type */
    bool doubted;              /* an earlier copy may have arrived: the same bytes or none, and never skipped */
    bool clear;                /* see delivery_clear */
    bool may_follow;           /* its campaign had mails out before this one was planned: maybe to the same mailbox */
    bool wave_frozen;          /* something of its wave has been armed */
};

/* -- a run: from the sender's start to its end ----------------------------------------------------------- */
/* durable: each of its turns is synced, so that a power cut takes nothing of what it says. */
bool run_begin(struct db *db, bool durable, int64_t now_ms, int64_t *run_id, struct err *err);
bool run_end(struct db *db, int64_t run_id, int64_t now_ms, struct err *err);
/* What an earlier run left uncertain, in SQL over delivery d LEFT JOIN run r ON r.id = d.run_id: armed; and only claimed, where a power cut
 * (the run's boot is not `boot`) may have taken the arm marks. For store files only, and true only while no sender holds its lock. */
#define DELIVERY_LEFT_IN_DOUBT(boot) "(d.state = 2 OR (d.state = 1 AND " RUN_LOST(boot) "))"
#define RUN_LOST(boot) "(r.boot_id <> " boot " AND r.durable = 0)"
struct recovered { int64_t released, in_doubt; };
/* What earlier runs left behind (the caller holds the sender's lock, so all others are dead): claimed goes back to ready,
 * armed becomes in doubt (due again for its one resend at now + doubt_wait_ms). After a power cut (the boot differs) a run
 * that was not durable may have armed and sent what it had claimed: in doubt, and held. */
bool runs_recover(struct db *db, int64_t now_ms, int64_t doubt_wait_ms, struct recovered *recovered, struct err *err);

/* Up to room deliveries of one campaign that are due (deferred, in doubt with a resend allowed, or ready), with what a sender
 * must know of them; nothing is written. Returns how many, -1 on error. */
int deliveries_due(struct db *db, int64_t campaign_id, int64_t now_ms, struct held_delivery *const *held, int room, struct err *err);
/* Whether nothing at all stands against it, found out in one look: address, contact, audience, holds. 1; 0 = it must be
 * looked at more closely (audience_excludes, contact_in_force, suppression_find say why it may not go, or that it may); -1. */
int delivery_clear(struct db *db, const struct held_delivery *held, struct err *err);

/* ready | deferred | in doubt -> claimed, for this run. The transaction must be TX_DURABLE: after a power cut what is claimed
 * and has no durable result is exactly what is uncertain. Claims are therefore made many at once (a lease). */
bool deliveries_claim(struct db *db, struct held_delivery *const *held, int count, int64_t run_id, int64_t now_ms, struct err *err);
/* Whether the row still is in held->state and held by this run with the same dispatch (a command may have
 * cancelled it, a return given it another contact): 1, 0, -1. */
int delivery_still_held(struct db *db, const struct held_delivery *held, int64_t run_id, struct err *err);
/* claimed -> armed: the digest of the bytes is kept, the wave freezes at its first. */
bool delivery_arm(struct db *db, struct held_delivery *held, const char *sha256, int64_t now_ms, struct err *err);
/* Any end: state, ledger line and the dispatch's reply. next_ms: of READY, DEFERRED and IN_DOUBT, when it is due again. */
bool delivery_end(struct db *db, const struct held_delivery *held, enum delivery_state to, const char *reason, int code,
                  const char *enhanced, const char *text, int64_t next_ms, int64_t now_ms, struct err *err);

/* The one resend of a doubt that did not come about: its first copy is in doubt as before, and it may be asked for again. */
bool doubt_give_back(struct db *db, int64_t delivery_id, struct err *err);
/* In doubt, and something has come up against its resend (answer, deadline, dead address …): held for a person from now on. */
bool doubt_hold(struct db *db, const char *reason, const struct event *about, struct err *err);
/* How often that dispatch was put back uncharged, after the relay answered, since it was last deferred; -1 on error. */
int dispatch_releases(struct db *db, const struct held_delivery *held, struct err *err);

/* What the server answered for a dispatch, and what was armed of it; on its own where the delivery goes on with another one. */
bool dispatch_end(struct db *db, const struct held_delivery *held, int code, const char *text, int64_t now_ms, struct err *err);

/* A dead sender's: the dispatch is told what was armed of it, before its delivery changes its state. */
bool dispatch_keep_armed(struct db *db, int64_t delivery_id, struct err *err);

/* Pending deliveries of a campaign that is over (deadline) or cancelled end: ready = skipped with the reason, deferred =
 * failed; one whose earlier copy may have arrived goes back in doubt. */
bool deliveries_expire(struct db *db, int64_t campaign_id, const char *reason, int64_t now_ms, struct err *err);
/* The earliest not_before after now_ms of what deliveries_due would give then; -1 none. */
bool deliveries_next_ms(struct db *db, int64_t now_ms, int64_t *next_ms, struct err *err);

/* Something of the wave has left, or may have: from that instant on it moves no more. */
bool wave_freeze(struct db *db, int64_t wave_id, int64_t at_ms, struct err *err);

#endif
