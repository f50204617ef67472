/* The circuit breaker: refusals that say the same, in a row, are about us and not about whoever they struck. Pure.
 *
 * A policy refusal (5.7.x and its like) is not believed at once. It is HELD: its delivery waits, neither failed nor charged,
 * until it is known whom it is about:
 *   the relay's breaker trips    k refusals in a row, the same words, at two domain groups or more: it is us. All held for
 *                                these words are released, the relay rests, then one message tries it
 *                                2 k in a row, whatever their words, at as many groups: likewise, all held at that relay
 *   a group's breaker trips      k in a row within one group of domains: that group refuses us. Its held ones are released,
 *                                the group rests, the others go on; where another relay is up that it has not refused so, only
 *                                the one rests for it, and they go through the other
 *   the relay took another one   of the same group, or of any group half a minute later: the refusal was about its own
 *                                delivery, which now fails as the verdict said
 *   nothing more is to be sent   likewise, where the relay has taken any other since; where it has taken none, it stays deferred
 *                                and is tried again, until its time to give up
 * Counts outlive the process (refusal_run). So at most k - 1 recipients of a group can be lost to a refusal that was ours, and none where everything is refused. */
#ifndef MAILER_SEND_BREAKER_H
#define MAILER_SEND_BREAKER_H

#include "base/common.h"

/* Refusals in a row with the same words: `words` is a number that stands for them (verdict_signature). {0} = none. */
struct breaker_run { uint64_t words; int count; };
int breaker_refused(struct breaker_run *run, uint64_t words); /* how many in a row; other words begin a new run */

/* A run that also tells how many different groups of domains it struck. {0} = none. */
enum { BREAKER_GROUPS = 20 }; /* told apart */
struct breaker { struct breaker_run run; int group_count; uint64_t groups[BREAKER_GROUPS]; };
int breaker_refused_group(struct breaker *breaker, uint64_t words, uint64_t group); /* how many in a row */

/* -- refusals held back ------------------------------------------------------------------------------------------- */
enum { HELD_MOST = 1024, HELD_DOUBT_US = 30000000 };
struct held_refusal {
    int64_t delivery_id;
    uint64_t words, group;
    int relay;
    bool policy;   /* else a fault nobody has a name for: believed as soon as evidence will not come */
    int64_t accepted; /* how many its relay had taken by then */
    bool fails;    /* were it believed, its delivery would fail; otherwise it is tried again in any case */
    int64_t at_us; /* steady */
};
struct held_refusals { struct held_refusal all[HELD_MOST]; int count; };
/* false when there is no room: it must be believed. */
bool held_add(struct held_refusals *held, const struct held_refusal *refusal);
/* One that was tried again is not held for its last refusal any more; false when there was none of it. */
bool held_forget(struct held_refusals *held, int64_t delivery_id, struct held_refusal *out);
/* Takes one that the condition picks into *out; false when there is none (more). */
enum held_pick {
    HELD_ACCEPTED, /* `like`: the relay took a message of this group at this instant */
    HELD_RELAY,    /* like->relay trips on like->words; 0 = whatever the words */
    HELD_DOOR,     /* like->relay trips for like->group */
    HELD_GROUP,    /* like->group trips, whatever the relay */
    HELD_IDLE,     /* nothing more is to be sent: those believed of like->relay, which has taken like->accepted by now */
};
bool held_take(struct held_refusals *held, enum held_pick pick, const struct held_refusal *like, struct held_refusal *out);

#endif
