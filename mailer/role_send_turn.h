/* One sender at work: what it holds, and one turn of its loop. Only role_send*.c includes this. */
#ifndef MAILER_ROLE_SEND_TURN_H
#define MAILER_ROLE_SEND_TURN_H

#include "mailer/role_send_alone.h"
#include "mailer/role_settings.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/journal.h"
#include "mailer/send/planner.h"
#include "mailer/send/postfix_evidence_store.h"

enum { LEASE_ROOM = 200, CAMPAIGNS = 64, OPEN_WINDOWS = 128 /* a power of two; there are 109 departments */ };

/* A campaign kept parsed; state is read anew when the store has changed. */
struct known_campaign {
    struct campaign campaign;
    char schedule_sha256[65];
    int64_t late_mark; /* plan_late_joiners' */
    struct open_window { char department[8]; int64_t minute; } windows[OPEN_WINDOWS]; /* known to be open in that minute of UTC */
    bool approved; /* what start approved is what would go out now */
};

/* A claimed delivery, and at which version of the facts it was read, known to be ours still, and to have nothing against it;
 * 0 = not known. made_in, made_at: role_send_maker.c's batch (0 = none) and the place in it. */
struct leased_delivery {
    struct held_delivery held;
    int64_t read_at, ours_at, clear_at, made_in;
    int made_at;
};

/* CHOSEN: a message is to be made of it. SENDING: the sender has it. DROPPED: what is armed or sending of it is to be cut off. */
enum slot_state { SLOT_FREE, SLOT_CHOSEN, SLOT_SENDING, SLOT_WANTS_DOT, SLOT_ARMED, SLOT_ENDED, SLOT_DROPPED };
struct slot {
    enum slot_state state;
    struct leased_delivery delivery;
    char sha256[65];
    struct smtp_result result;
    bool waited;       /* for its dot, when the turn began */
    int64_t dot_us;    /* monotonic; when it left */
    bool bytes_differ; /* a resend that would not give the same bytes: held, in doubt */
};

struct send_counts { int64_t planned, sent, deferred, failed, skipped, in_doubt, released; };

/* What has been shown; role_send_progress.c's. All monotonic. */
struct send_progress { int64_t again_ms, log_ms, logged_sent, since_ms, since_sent, before_ms, before_sent; };

struct sending {
    struct app *app;
    struct only_sender *only;    /* NULL: a rehearsal */
    struct sending_settings settings;
    struct relays *relays;       /* NULL: a rehearsal; nothing leaves, every message is accepted at once */
    struct composer *composer;
    struct buf message;          /* the one being made */
    struct journal *journal;     /* NULL: a rehearsal */
    struct postfix_watch *log;   /* NULL: [smtp] log is empty, or a rehearsal */
    int64_t log_again_ms;        /* monotonic */
    bool log_told;               /* that it cannot be read */
    bool facts_wait;             /* the journal of a restored database knows of waves that are not there yet */
    int64_t run_id;
    struct retry_rule retry;
    int64_t doubt_wait_ms;
    int64_t answer_us;           /* how long servers take to answer a dot, of late */
    bool durable_turns;          /* [store] durability = full: dots wait until their turn is on the disk */
    struct syncer *syncer;       /* NULL: a rehearsal */
    struct maker *maker;         /* NULL: a rehearsal, or messages are not signed */
    struct slot *slots;
    struct sender_event *events; /* room for two a slot */
    int slot_count, slots_used;
    struct leased_delivery leased[LEASE_ROOM]; /* claimed and not chosen yet: those `queue` names, in this order */
    int queue[LEASE_ROOM], queue_count;
    int queue_durable;           /* the first so many, whose lease is on the disk, may be chosen */
    int spare[LEASE_ROOM], spare_count; /* the other places of leased */
    bool passed_over;            /* the last choice went down the whole queue: what is left waits for its group */
    int64_t choose_again_us;     /* steady; when the next choice may come to something without any news */
    int64_t lease_again_ms;      /* monotonic: little or nothing was due, do not ask again before */
    size_t lease_from;           /* the campaign whose turn it is to be leased from first */
    int64_t store_mark;       /* db_foreign_changes' */
    int64_t looked_ms;           /* monotonic: when it was last looked whether anything stands against what is armed */
    int64_t facts_version;       /* rises when anybody has changed what a delivery's going depends on */
    int64_t planned_mark;        /* db_foreign_changes' when last planned */
    int64_t plan_next_ms, plan_again_ms; /* when next to plan, by the clock and monotonic */
    struct known_campaign known[CAMPAIGNS];
    size_t known_count;
    int64_t armed_day, armed_today; /* of Paris, with [schedule] messages_a_day; counted anew when the day changes */
    int64_t paris_day, paris_from_ms, paris_until_ms; /* the day of the clock's instant, and where it begins and ends */
    struct send_counts counts;
    struct send_progress progress;
    bool active;                 /* sent something since the last report to an automatic clock */
    bool stopping;
};

/* What both the sender and a rehearsal begin with; the slots hold `deliveries` at once. */
void sending_prepare(struct sending *sending, int deliveries);
void sending_release(struct sending *sending);

/* role_send_journal.c. Opens the send journal; refused when the database is behind it (mailer/send/journal_store.h). */
bool sending_journal_begin(struct sending *sending, struct err *err);
/* Commits a turn and then tells the journal, before any dot of it may leave. lease: also when there is nothing to tell. */
bool turn_commit(struct sending *sending, struct tx *taken, bool durable, bool lease, struct err *err);
bool turn_says_armed(struct sending *sending, const struct slot *slot, int64_t now_ms, struct err *err);
void turn_says_ended(struct sending *sending, const struct slot *slot, enum delivery_state state);

/* role_send_sync.c: the second thread. Opened when the journal is. */
bool syncer_open(struct sending *sending, struct err *err);
void syncer_close(struct syncer *syncer); /* NULL is fine */
/* All turns and leases told to the journal so far become durable: by the time sync_end has returned true. begin ends the one before. */
bool sync_begin(struct sending *sending, struct err *err);
bool sync_end(struct sending *sending, struct err *err); /* at once when none is under way */
bool sync_rest(struct sending *sending, struct err *err); /* and the journal, where it follows: nothing is left that may still fail */
bool sync_under_way(const struct sending *sending);
bool sync_done(const struct sending *sending); /* sync_end would not wait */

/* role_send_maker.c: signed messages made ahead by a thread of its own. */
bool maker_open(struct sending *sending, struct err *err);
void maker_close(struct sending *sending);
/* Before anything it was given changes or goes; returns when it has let go. */
void maker_stop(struct sending *sending);
void maker_forget(struct sending *sending); /* before a campaign, its schedule or a template changes: what has been made of it is void */
/* Begins making those of the queue from `first` on, within the transaction that claimed them: once it is committed or before. */
bool maker_begin(struct sending *sending, int first, struct err *err);
/* What is being made rests on facts that have changed: the rest is not made. Waits for nothing. */
void maker_void(struct sending *sending);
/* The message made of what was read when it was claimed; the caller knows whether that still stands. Borrowed until the lease after the
 * next. REFUSED: the gate found it at fault, and has to be asked again, of all of it. */
enum made { MADE_NOT, MADE_READY, MADE_REFUSED };
enum made maker_take(struct sending *sending, const struct leased_delivery *delivery, const char **bytes, size_t *length, char sha256[65]);

/* role_send_evidence.c. At the beginning and once a minute: doubts that Postfix's log settles. */
bool send_look_for_evidence(struct sending *sending, struct err *err);

/* Before planning: what the journal of a restored database knows of waves and parties that are there again by now. */
bool send_recall(struct sending *sending, struct err *err);

/* What deliveries were judged by, and messages made of, has changed: nothing that was known of them stands. */
void facts_changed(struct sending *sending);
/* role_send_campaigns.c. Within a write transaction: notices what others have changed since the last one (facts_version
 * rises, campaigns are read anew). */
bool campaigns_notice(struct sending *sending, struct err *err);
/* Reads the state of all campaigns; reparses those whose schedule changed. */
bool campaigns_refresh(struct sending *sending, struct err *err);
/* Whether what start approved is still what would go out: a template may have been replaced in the store. Too dear for
 * every turn; the caller asks before it plans. */
bool campaigns_judge(struct sending *sending, struct err *err);
void campaigns_release(struct sending *sending);
struct known_campaign *campaign_known(struct sending *sending, int64_t id);

/* role_send_relays.c: the present, as the relays must know it; called when a turn begins and when it goes on after waiting. */
bool relays_follow(struct sending *sending, struct err *err);
/* No relay takes anything before that instant of the clock; -1 = one does. */
int64_t relays_away_until_ms(const struct sending *sending);
/* Within a write transaction: deliveries that did not just end and yet have become something (relays_settled), and what must
 * outlive the process. */
bool relays_settle_turn(struct sending *sending, struct err *err);
/* Nothing more is to be sent at this instant: refusals held back are believed, where their relay took others since. *some: there
 * were any. */
bool relays_settle_rest(struct sending *sending, bool *some, struct err *err);
void relays_tell(struct sending *sending); /* notices, to the log */

/* role_send_gate.c: whether it may still go out, and if not, why and what becomes of it. Asked when claiming and again when
 * arming, within a transaction whose changes campaigns_notice has seen. */
enum gate { GATE_OPEN, GATE_SKIP, GATE_LATER, GATE_RELEASE, GATE_ERROR };
struct gate_answer { enum gate gate; const char *reason; int64_t later_ms; };
struct gate_answer gate_of(struct sending *sending, struct leased_delivery *delivery, bool arming, int64_t now_ms, struct err *err);

/* role_send_lease.c: what is due is claimed, up to LEASE_ROOM in one commit, and may be chosen when that is durable. *found_some:
 * something was due, though perhaps none of it may go now. */
bool lease_more(struct sending *sending, bool *found_some, struct err *err);
bool lease_is_low(const struct sending *sending); /* a quarter of what may be held, or less */
/* A claimed delivery that is not to go out now: to its party's next contact, skipped, back in doubt, or ready again. */
bool claim_refused(struct sending *sending, const struct held_delivery *held, const struct gate_answer *answer, struct err *err);
/* The same of one that is due and not claimed; it keeps its turn where it may go at any moment. */
bool due_refused(struct sending *sending, const struct held_delivery *held, const struct gate_answer *answer, struct err *err);
/* Whether it is this run's still, for a command may have cancelled it: 1, 0, -1. */
int claim_stands(struct sending *sending, struct leased_delivery *delivery, struct err *err);
/* A claimed delivery nothing was tried of: ready again, as if it had not been touched; until_ms -1 = it keeps its turn. */
bool claim_let_go(struct sending *sending, struct leased_delivery *delivery, int64_t until_ms, struct err *err);
bool lease_let_go(struct sending *sending, struct err *err); /* all of the queue */

/* role_send_results.c: what the reply, or its absence, means for the delivery; the slot is free then. */
bool slot_end(struct sending *sending, struct slot *slot, struct err *err);
/* Armed, its dot never left, and now it may not: its connection is to be dropped; it waits, is skipped, or is in doubt as it was before. */
bool slot_disarm(struct sending *sending, struct slot *slot, const struct gate_answer *answer, struct err *err);
/* The slot's delivery ends in that state, with the reply it got. next_ms as delivery_end. */
bool slot_set(struct sending *sending, const struct slot *slot, enum delivery_state to, const char *reason, int64_t next_ms, struct err *err);

/* How far it is: on a terminal, several times a second with the rate; else a line a minute in the log. */
void send_show_progress(struct sending *sending, bool last);

/* Plans what is due now over all campaigns, ends what is over. */
bool send_plan(struct sending *sending, struct err *err);
/* The next instant at which there will be something to do; NO_INSTANT when never. */
bool send_next_ms(struct sending *sending, int64_t *next_ms, struct err *err);

/* One turn: results written, dots armed, in one commit; then messages submitted and dots let go.
 * *worked is false when there was nothing to do. */
bool send_turn(struct sending *sending, int wait_ms, bool *worked, struct err *err);
/* How long the queue has to wait before something of it may go; wait_ms at most. */
int send_wait_ms(const struct sending *sending, int wait_ms);
/* At a stop: what was not armed goes back, what was armed and not answered is in doubt. */
bool send_abandon(struct sending *sending, struct err *err);

#endif
