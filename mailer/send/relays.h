/* Several relays behind one API like sender.h: which delivery goes through which, when, and what a refusal does to the rest.
 * delivery_id is whatever number the caller knows a message by, not 0; senders are given the same.
 *
 * A relay takes its share (smooth weighted round robin) while it has room; one that rests, or had its messages of the day,
 * gets nothing, and what waited for it goes to the others. Groups of recipient domains are paced over all relays together
 * (domain_groups.h); refusals that may be about us are held back (breaker.h).
 *
 * One order of calls a turn: relays_now(); relays_step() and relays_verdict() for what ended; relays_lease() and
 * relays_may_claim() when more is claimed; relays_choose(), relays_submit() for what goes; relays_dot() or relays_drop(). The
 * settled and the notices are asked for after each. */
#ifndef MAILER_SEND_RELAYS_H
#define MAILER_SEND_RELAYS_H

#include "mailer/send/domain_groups.h"
#include "mailer/send/sender.h"
#include "mailer/send/verdict.h"

enum { RELAY_NAME = 64, RELAYS_TEXT = 1400 };
struct relay_settings {
    char name[RELAY_NAME]; /* its section: smtp, smtp.secours */
    struct sender_relay relay;
    int weight;             /* share; 0 = only when no other is to be had */
    int64_t a_minute, a_day; /* messages; 0 = no limit */
    int breaker;            /* policy refusals in a row, with the same words, until it pauses (0 = never) … */
    int breaker_groups;     /* … struck at this many different groups of domains; in one group, that group pauses */
};

struct relays;
/* Copies the settings; takes over groups (closed also on error); opens no connection yet. At most RELAYS_MOST. ERR_INPUT as
 * sender_open. */
struct relays *relays_open(const struct relay_settings *all, size_t count, struct domain_groups *groups, struct err *err);
void relays_close(struct relays *relays); /* NULL is fine */
AUTO_CLOSE(relays, relays_close)

/* The present, for all calls that follow: the campaign's clock, the machine's steady one, the day of Paris and when it ends. A
 * clock set back takes rests with it, and the count of the day it comes to again. */
struct relays_instant { int64_t clock_ms, steady_us, day, day_ends_ms; };
void relays_now(struct relays *relays, const struct relays_instant *now);

/* -- what goes ---------------------------------------------------------------------------------------------------- */
/* Deliveries that may be in hand at once, over all relays, and those that are. */
int relays_room(const struct relays *relays);
int relays_in_hand(const struct relays *relays);
/* Whether any relay takes messages at all: -1, or the instant (campaign's clock) of the first that will again. */
int64_t relays_rest_until_ms(const struct relays *relays);

/* Messages a minute all that are up may take together; 0 = no limit. */
int64_t relays_a_minute(const struct relays *relays);
/* Something is put off for its group's rate, and will be due within minutes: there is work, though nothing is in hand. */
bool relays_put_off(const struct relays *relays);

/* Claiming ahead: relays_lease() begins a count of what is claimed and has not gone yet; relays_claimed() counts one of those;
 * relays_may_claim() says whether one more of this domain would go soon, and counts it; if not, *until_ms is when to look at
 * it again, so that a group that is slow does not fill the hand with its deliveries while others wait. */
void relays_lease(struct relays *relays);
void relays_claimed(struct relays *relays, const char *domain);
bool relays_may_claim(struct relays *relays, const char *domain, int64_t *until_ms);

enum relays_choice {
    RELAYS_GO,    /* a relay is chosen and its place kept: relays_submit(), or relays_forget() */
    RELAYS_PASS,  /* its group, or the relay it is to go through, must wait a moment; others may go */
    RELAYS_LATER, /* its group rests until *until_ms: let it go, not charged */
    RELAYS_FULL,  /* no relay takes one more now */
};
/* domain: of the recipient, lower case, A-labels. put_off_by: the relay that last said "later" to it, or lost it; another one is
 * preferred where one is up. NULL or "" = none. */
struct relays_wanted { int64_t delivery_id; const char *domain, *put_off_by; };
enum relays_choice relays_choose(struct relays *relays, const struct relays_wanted *wanted, int64_t *until_ms);
/* After RELAYS_PASS and RELAYS_FULL since relays_now(): how long to wait (wait_ms at most) until the answer can be another one
 * without anything having ended. */
int relays_wait_ms(const struct relays *relays, int wait_ms);

bool relays_submit(struct relays *relays, int64_t delivery_id, const struct smtp_envelope *envelope, struct err *err);
void relays_forget(struct relays *relays, int64_t delivery_id); /* chosen, not submitted */
/* Waits at most wait_ms for the network of any, then works, as sender_step: room for relays_events() events. */
size_t relays_step(struct relays *relays, int wait_ms, struct sender_event *events, size_t room);
size_t relays_events(const struct relays *relays);
void relays_armed(struct relays *relays, int64_t delivery_id); /* its dot is about to leave: it counts for its relay's day */
void relays_dot(struct relays *relays, int64_t delivery_id);
void relays_drop(struct relays *relays, int64_t delivery_id);
bool relays_take_back(struct relays *relays, int64_t delivery_id); /* true: it is in hand no more, and certainly not sent */
const char *relays_name(const struct relays *relays, int64_t delivery_id); /* of the relay that has it, "" none; lives as long as relays */

/* -- what ended ---------------------------------------------------------------------------------------------------- */
enum relays_action {
    RELAYS_AS_TOLD, /* do what the verdict says; of SLOW, SLOW_DOMAIN and RELAY: try again later, and charge the attempt */
    RELAYS_RELEASE, /* it waits on, not charged: until until_ms (-1 = it keeps its turn) */
    RELAYS_HOLD,    /* deferred, reason "policy", until it is settled; should it never be, its next try decides */
};
struct relays_answer { enum relays_action action; int64_t until_ms; };
/* Every delivery that ended is told, once; it is in hand no more. policy: verdict_is_policy(). */
struct relays_answer relays_verdict(struct relays *relays, int64_t delivery_id, enum verdict verdict, bool policy,
                                    const struct smtp_result *result);

/* What has become of deliveries that did not just end. */
enum relays_settlement {
    RELAYS_FAILS,    /* held: the refusal was about itself; it fails */
    RELAYS_RELEASED, /* held: the refusal was about us; it waits on until until_ms (-1 = now), not charged */
    RELAYS_BACK,     /* in hand, taken back from a relay that pauses: choose anew */
};
struct relays_settled { int64_t delivery_id; enum relays_settlement what; int64_t until_ms; };
bool relays_settled(struct relays *relays, struct relays_settled *settled); /* the next one; false = no more */
/* Nothing more is to be sent now: what a relay refused and then took others is believed, and fails. What a relay refused that has
 * taken nothing since stays as it is, deferred, until it is tried again. Says how many were refused of which words. false = nothing
 * was settled. */
bool relays_settle_all(struct relays *relays);

/* For the log: what a person must know at once (a relay or a group pauses), and what may be of interest. */
struct relays_notice { bool alert; char text[RELAYS_TEXT]; };
bool relays_notice(struct relays *relays, struct relays_notice *notice); /* the next one; false = no more */
/* Why nothing gets through: of the relays that rest, the last one's reason in French; "" none. Borrowed. */
const char *relays_trouble(const struct relays *relays);

/* -- over a restart (pacing_store.c) -------------------------------------------------------------------------------- */
struct pace_row {
    char kind[8], name[256]; /* relay, domain */
    int in_hand;             /* allowed; 0 = no limit */
    int64_t a_minute;
    int64_t free_ms;         /* real clock: nothing leaves before; 0 = now */
    int64_t rest_until_ms;   /* campaign's clock; 0 = none */
    int rests;
    bool probing;
    int64_t day, sent_today; /* of a relay with messages_a_day */
    char trouble[RELAYS_TEXT];
    bool gone;               /* nothing is left to remember: the row may go */
};
/* After the paces: whether a relay with messages_a_day was not told how many it has had today, and that number, from whoever counts
 * its dispatches; name NULL: of all that were not named. */
bool relays_day_unknown(const struct relays *relays);
void relays_day_counted(struct relays *relays, const char *name, int64_t armed);
/* One run of refusals: of a relay, or of one relay and a group (domain). Saved and restored behind the paces. */
struct refusal_row {
    char relay[RELAY_NAME], kind[8], domain[256]; /* words, any, faults, later; group */
    struct breaker breaker;
    int64_t rest_until_ms;   /* of a group: that relay is not asked for it until then */
    int rests;
    int64_t at_ms;           /* campaign's clock */
    bool gone;
};
bool relays_save_run(struct relays *relays, struct refusal_row *row); /* the next that changed; false = all clean */
void relays_restore_run(struct relays *relays, const struct refusal_row *row);
/* Whether something must be written now (rests, counts of the day, slow rates), or could be. */
enum relays_dirt { RELAYS_CLEAN, RELAYS_DIRTY, RELAYS_MUST_SAVE };
enum relays_dirt relays_dirt(const struct relays *relays);
bool relays_save(struct relays *relays, int64_t real_ms, struct pace_row *row); /* the next that changed; false = all clean now */
void relays_restore(struct relays *relays, int64_t real_ms, const struct pace_row *row); /* unknown names are passed over */

#endif
