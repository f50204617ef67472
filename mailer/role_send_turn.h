/* One sender at work: what it holds, and one turn of its loop. Only role_send*.c includes this. */
#ifndef MAILER_ROLE_SEND_TURN_H
#define MAILER_ROLE_SEND_TURN_H

#include "mailer/role_settings.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/planner.h"

enum { LEASE_ROOM = 200, CAMPAIGNS = 64 };

/* A campaign kept parsed; state is read anew each turn. */
struct known_campaign {
    struct campaign campaign;
    char schedule_sha256[65];
    int64_t late_mark; /* plan_late_joiners' */
    bool approved; /* what start approved is what would go out now */
};

enum slot_state { SLOT_FREE, SLOT_SENDING, SLOT_WANTS_DOT, SLOT_ARMED, SLOT_ENDED, SLOT_DROPPED };
struct slot {
    enum slot_state state;
    struct held_delivery held;
    char sha256[65];
    struct buf message;
    struct smtp_result result;
    bool bytes_differ; /* a resend that would not give the same bytes: held, in doubt */
};

struct send_counts { int64_t planned, sent, deferred, failed, skipped, in_doubt, released; };

struct sending {
    struct app *app;
    struct sending_settings settings;
    struct sender *sender;       /* NULL: a rehearsal; nothing leaves, every message is accepted at once */
    struct composer *composer;
    int64_t run_id;
    struct retry_rule retry;
    int64_t doubt_wait_ms;
    enum tx_kind turn_kind;      /* TX_DURABLE with [store] durability = full */
    struct slot *slots;
    int slot_count, slots_allowed; /* allowed shrinks when the relay says we are too many */
    struct held_delivery leased[LEASE_ROOM];
    int leased_count, leased_next;
    int64_t lease_again_ms;      /* monotonic: little or nothing was due, do not ask again before */
    size_t lease_from;           /* the campaign whose turn it is to be leased from first */
    struct known_campaign known[CAMPAIGNS];
    size_t known_count;
    int64_t rate_per_minute, next_allowed_us; /* monotonic */
    int64_t armed_day, armed_today; /* of Paris, with [schedule] messages_a_day; counted anew when the day changes */
    int64_t slower_again_ms;     /* monotonic: many lines told at once to slow down are one warning */
    int64_t relay_wait_until_ms; /* clock time: the relay refused us; -1 = not waiting */
    int relay_failures;
    char relay_trouble[SMTP_REPLY_TEXT];
    struct send_counts counts;
    bool active;                 /* sent something since the last report to an automatic clock */
    bool stopping;
};

/* Reads the state of all campaigns; reparses those whose schedule changed. */
bool campaigns_refresh(struct sending *sending, struct err *err);
/* Whether what start approved is still what would go out: a template may have been replaced in the store. Too dear for
 * every turn; the caller asks before it plans. */
bool campaigns_judge(struct sending *sending, struct err *err);
void campaigns_release(struct sending *sending);
struct known_campaign *campaign_known(struct sending *sending, int64_t id);

/* role_send_gate.c: whether it may still go out, and if not, why and what becomes of it. Asked when claiming and again when
 * arming. */
enum gate { GATE_OPEN, GATE_SKIP, GATE_LATER, GATE_RELEASE, GATE_ERROR };
struct gate_answer { enum gate gate; const char *reason; int64_t later_ms; };
struct gate_answer gate_of(struct sending *sending, const struct held_delivery *held, bool arming, int64_t now_ms, struct err *err);

/* Plans what is due now over all campaigns, ends what is over. */
bool send_plan(struct sending *sending, struct err *err);
/* The next instant at which there will be something to do; NO_INSTANT when never. */
bool send_next_ms(struct sending *sending, int64_t *next_ms, struct err *err);

/* One turn: results written, dots armed, new deliveries claimed, in one commit; then dots let go, messages submitted.
 * *worked is false when there was nothing to do. */
bool send_turn(struct sending *sending, int wait_ms, bool *worked, struct err *err);
int slots_in_use(const struct sending *sending);
/* At a stop: what was not armed goes back, what was armed and not answered is in doubt. */
bool send_abandon(struct sending *sending, struct err *err);

#endif
