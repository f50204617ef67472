/* Which refusals say the same, and when they are believed. */
#include "mailer/send/breaker.h"
#include "tests/tap.h"

/* -- the same words? ------------------------------------------------------------------------------------------------ */
static const struct { const char *label, *a, *b; bool same; } WORDS[] = {
    {"the very same", "550 5.7.1 Message refused by policy", "550 5.7.1 Message refused by policy", true},
    {"another address", "550 5.7.1 <a@eins.example>: blocked by policy", "550 5.7.1 <b@zwei.example>: blocked by policy", true},
    {"another queue id", "550 5.7.1 Blocked, see 4FzX9k2 for details", "550 5.7.1 Blocked, see 9QaB7m1 for details", true},
    {"another IP address and instant", "550 5.7.1 [192.0.2.1] refused at 2026-01-02T03:04:05", "550 5.7.1 [192.0.2.77] refused at 2026-06-07T08:09:10", true},
    {"another host", "554 5.7.1 mx1.eins.example says: bad reputation", "554 5.7.1 mx.zwei.example says: bad reputation", true},
    {"another link", "550 5.7.26 unauthenticated, see https://eins.example/a?x", "550 5.7.26 unauthenticated, see https://eins.example/b?y", true},
    {"letters' case and blanks", "550 5.7.1 Blocked  by Policy", "550 5.7.1 blocked by policy", true},
    {"a full stop is no host", "550 5.7.1 Blocked.", "550 5.7.1 Refused.", false},
    {"other words", "550 5.7.1 Blocked by policy", "550 5.7.1 Contains a virus", false},
    {"another enhanced code", "550 5.7.1 Blocked", "550 5.7.26 Blocked", false},
    {"another code", "550 5.7.1 Blocked", "554 5.7.1 Blocked", false}};

static struct smtp_reply reply_of(const char *text) {
    struct smtp_reply reply = {0};
    char line[300];
    size_t used;
    snprintf(line, sizeof line, "%s\r\n", text);
    if (smtp_reply_parse(line, strlen(line), &reply, &used) != SMTP_REPLY_DONE) reply.code = 0;
    return reply;
}

static void words(void) {
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        struct smtp_reply a = reply_of(WORDS[i].a), b = reply_of(WORDS[i].b);
        CHECK(WORDS[i].label, a.code && b.code && (refusal_words(&a) == refusal_words(&b)) == WORDS[i].same);
    }
    CHECK("a reply without words has some", refusal_words(&(struct smtp_reply){0}) != 0);
}

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
    CHECK_INT("a group that trips: whatever the relay", taken(HELD_GROUP, (struct held_refusal){.group = 2}), 4);
    CHECK_INT("all", taken(HELD_ALL, (struct held_refusal){0}), 8);
    for (int i = 0; i < HELD_MOST; i++) held_add(&held, &(struct held_refusal){.delivery_id = i});
    CHECK("when there is no room it must be believed", !held_add(&held, &(struct held_refusal){0}) && held.count == HELD_MOST);
}

int main(void) {
    words();
    runs();
    holding();
    return tap_end();
}
