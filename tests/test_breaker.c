/* Refusals in a row, and when those held back are believed. */
#include "mailer/send/breaker.h"
#include "tests/tap.h"

/* -- in a row -------------------------------------------------------------------------------------------------------- */
static void runs(void) {
    struct breaker breaker = {0};
    for (int i = 0; i < 4; i++) breaker_refused_group(&breaker, 7, 1);
    CHECK_INT("one group however often", breaker.group_count, 1);
    CHECK("a second", breaker_refused_group(&breaker, 7, 2) == 5 && breaker.group_count == 2);
    CHECK("other words: from the beginning", breaker_refused_group(&breaker, 8, 3) == 1 && breaker.group_count == 1);
    breaker.run = (struct breaker_run){0};
    CHECK("after an accepted one too", breaker_refused_group(&breaker, 8, 4) == 1 && breaker.group_count == 1);
    for (uint64_t i = 0; i < 100; i++) breaker_refused_group(&breaker, 8, i);
    CHECK_INT("a hundred groups are many", breaker.group_count, BREAKER_GROUPS);
}

/* -- held ------------------------------------------------------------------------------------------------------------ */
static struct held_refusals held;

static int taken(enum held_pick pick, struct held_refusal like) {
    struct held_refusal one;
    int count = 0;
    while (held_take(&held, pick, &like, &one)) count++;
    return count;
}

static void fill(void) {
    held.count = 0;
    for (int i = 0; i < 12; i++)
        held_add(&held, &(struct held_refusal){.delivery_id = i, .words = (uint64_t)(i % 2), .group = (uint64_t)(i % 3), .relay = i % 4 == 0, .at_us = i});
}

static void holding(void) {
    fill();
    CHECK_INT("a success frees its own group's, of its relay", taken(HELD_ACCEPTED, (struct held_refusal){.relay = 0, .group = 1, .at_us = 20}), 3);
    CHECK_INT("half a minute later everybody's", taken(HELD_ACCEPTED, (struct held_refusal){.relay = 0, .group = 77, .at_us = HELD_DOUBT_US + 20}), 6);
    CHECK_INT("not those of the other relay", held.count, 3);
    fill();
    CHECK_INT("a relay that trips: the same words, whatever the group", taken(HELD_RELAY, (struct held_refusal){.relay = 0, .words = 1}), 6);
    CHECK_INT("the others stay", held.count, 6);
    fill();
    CHECK_INT("a relay that trips for one group", taken(HELD_DOOR, (struct held_refusal){.relay = 0, .group = 1}), 3);
    fill();
    CHECK_INT("a group that trips: whatever the relay", taken(HELD_GROUP, (struct held_refusal){.group = 2}), 4);
    struct held_refusal one;
    CHECK("one that is tried again is held no more", held_forget(&held, 3, &one) && one.delivery_id == 3 && !held_forget(&held, 3, &one) && held.count == 7);
    held.count = 0;
    for (int i = 0; i < 6; i++) held_add(&held, &(struct held_refusal){.relay = i % 2, .policy = i != 4, .accepted = i});
    CHECK_INT("nothing more to send: what came before something was taken, and what is no policy's", taken(HELD_IDLE, (struct held_refusal){.relay = 0, .accepted = 2}), 2);
    CHECK_INT("the others stay", held.count, 4);
    held.count = 0;
    for (int i = 0; i < HELD_MOST; i++) held_add(&held, &(struct held_refusal){.delivery_id = i});
    CHECK("when there is no room it must be believed", !held_add(&held, &(struct held_refusal){0}) && held.count == HELD_MOST);
}

int main(void) {
    runs();
    holding();
    return tap_end();
}
