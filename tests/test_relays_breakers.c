/* Refusals in a row: a relay that refuses everybody, a group that refuses us, a log-in that fails. */
#include "tests/relays_bed.h"

static void relay_breaker(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    AUTO(relays) relays = open_all(all, 1, NULL, 0);
    char domain[40], text[80];
    int held = 0;
    for (int i = 0; i < 9; i++) {
        snprintf(domain, sizeof domain, "m%d.example", i);
        snprintf(text, sizeof text, "<x%d@%s>: blocked by policy, id %d", i, domain, i);
        held += refuse(relays, domain, text).action == RELAYS_HOLD;
    }
    CHECK_INT("nine are held", held, 9);
    CHECK_INT("none is settled", settled_as(relays, RELAYS_FAILS), 0);
    CHECK_INT("the tenth trips", refuse(relays, "m9.example", "<x@m9.example>: blocked by policy, id 9").action, RELAYS_RELEASE);
    CHECK_INT("nobody is burnt: all nine wait on", settled_as(relays, RELAYS_RELEASED), 9);
    CHECK_INT("one alert says which and what", alerts(relays, "relay smtp refused 10 in a row with the same words; 10 of them wait"), 1);
    CHECK_INT("nothing goes", choose(relays, "m1.example"), RELAYS_FULL);
    go_on(relays, 73);
    CHECK_INT("one tries it", refuse(relays, "m1.example", "<x@m1.example>: blocked by policy, id 1").action, RELAYS_RELEASE);
    CHECK("in vain: twice as long", choose(relays, "m1.example") == RELAYS_FULL && relays_rest_until_ms(relays) >= now.clock_ms + 120000);
    go_on(relays, 146);
    CHECK("taken: it is well again", accept_one(relays, "m1.example") && choose(relays, "m2.example") == RELAYS_GO && choose(relays, "m3.example") == RELAYS_GO);
    CHECK_INT("a refusal now is one again", refuse(relays, "m4.example", "blocked by policy").action, RELAYS_HOLD);
    alerts(relays, "");
}

static void any_words(void) {
    static const char *const SAID[] = {"refused by mx alpha", "blocked by mx beta", "we like no bulk mail", "spam is not wanted"};
    const struct relay_settings all[] = {relay("smtp", 1)};
    AUTO(relays) relays = open_all(all, 1, NULL, 0);
    char domain[40];
    int held = 0;
    for (int i = 0; i < 19; i++) {
        snprintf(domain, sizeof domain, "m%d.example", i);
        held += refuse(relays, domain, SAID[i % 4]).action == RELAYS_HOLD;
    }
    CHECK_INT("changing words: nineteen are held", held, 19);
    CHECK_INT("the twentieth trips", refuse(relays, "m19.example", SAID[0]).action, RELAYS_RELEASE);
    CHECK_INT("all wait on, whatever was said to them", settled_as(relays, RELAYS_RELEASED), 19);
    CHECK_INT("one alert", alerts(relays, "relay smtp refused 20 in a row, in changing words; 20 of them wait"), 1);
    go_on(relays, 73);
    CHECK("again: again", refuse(relays, "m1.example", SAID[1]).action == RELAYS_RELEASE && choose(relays, "m1.example") == RELAYS_FULL);
    alerts(relays, "");
    go_on(relays, 146);
    CHECK("taken: a new count", accept_one(relays, "m1.example") && refuse(relays, "m2.example", SAID[1]).action == RELAYS_HOLD);
    for (int i = 0; i < 30; i++) {
        snprintf(domain, sizeof domain, "m%d.example", i);
        held += refuse(relays, domain, SAID[i % 4]).action == RELAYS_HOLD;
        accept_one(relays, domain);
    }
    CHECK("with accepted ones between: never", held == 49 && relays_rest_until_ms(relays) == -1);
}

static struct relays_answer fault(struct relays *relays, const char *domain, const char *text) {
    struct smtp_result result = reply(SMTP_AT_DOT, 554, "", text);
    if (choose(relays, domain) != RELAYS_GO) return (struct relays_answer){.until_ms = -77};
    return relays_verdict(relays, next_id - 1, VERDICT_FAIL, false, &result);
}

static void faults(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    AUTO(relays) relays = open_all(all, 1, NULL, 0);
    int held = 0, told = 0;
    for (int i = 0; i < 9; i++) held += fault(relays, i % 2 ? "a.example" : "b.example", "Email address is not verified").action == RELAYS_HOLD;
    CHECK("its own fault: nine are held, the tenth trips", held == 9 && fault(relays, "a.example", "Email address is not verified").action == RELAYS_RELEASE);
    CHECK("all wait on, with one alert", settled_as(relays, RELAYS_RELEASED) == 9 && alerts(relays, "refused 10 in a row with the same words") == 1);
    go_on(relays, 73);
    CHECK("again: again", fault(relays, "a.example", "Email address is not verified").action == RELAYS_RELEASE && choose(relays, "a.example") == RELAYS_FULL);
    alerts(relays, "");
    go_on(relays, 146);
    accept_one(relays, "a.example");
    for (int i = 0; i < 30; i++) {
        char domain[40];
        snprintf(domain, sizeof domain, "m%d.example", i);
        told += fault(relays, domain, "mailbox disabled").action == RELAYS_AS_TOLD;
    }
    CHECK("a mailbox's own, however many: each fails at once", told == 30 && relays_rest_until_ms(relays) == -1);
    for (int i = 0; i < 30; i++) fault(relays, "a.example", "Transaction failed");
    CHECK("one group's: no relay rests, nor the group", relays_rest_until_ms(relays) == -1 && choose(relays, "a.example") == RELAYS_GO);
    accept_one(relays, "a.example");
    CHECK_INT("taken: they were their own", settled_as(relays, RELAYS_FAILS), 30);
}

static void group_breaker(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    const char *lines[][2] = {{"eins", "eins.example, un.example"}};
    AUTO(relays) relays = open_all(all, 1, lines, 1);
    int held = 0;
    for (int i = 0; i < 9; i++) {
        held += refuse(relays, i % 2 ? "eins.example" : "un.example", "bad reputation").action == RELAYS_HOLD;
        accept_one(relays, "mairie.example");
    }
    CHECK("one group refuses, the others take: held", held == 9 && settled_as(relays, RELAYS_FAILS) == 0);
    struct relays_answer answer = refuse(relays, "eins.example", "bad reputation");
    CHECK("that group rests", answer.action == RELAYS_RELEASE && answer.until_ms >= now.clock_ms + 60000 && choose(relays, "un.example") == RELAYS_LATER);
    CHECK_INT("its nine wait with it", settled_as(relays, RELAYS_RELEASED), 9);
    CHECK_INT("the alert names it", alerts(relays, "domain eins refuses us through relay smtp: 10 in a row"), 1);
    CHECK("the relay goes on", accept_one(relays, "mairie.example") && relays_rest_until_ms(relays) == -1);
    go_on(relays, 73);
    CHECK("one tries it", choose(relays, "eins.example") == RELAYS_GO && choose(relays, "eins.example") == RELAYS_PASS);
    end(relays, next_id - 1, VERDICT_SENT);
    CHECK("and all go", choose(relays, "eins.example") == RELAYS_GO && choose(relays, "un.example") == RELAYS_GO);
    for (int i = 0; i < 5; i++) refuse(relays, "eins.example", "bad reputation");
    CHECK("refused, then taken: it was about them", accept_one(relays, "un.example") && settled_as(relays, RELAYS_FAILS) == 5);
    refuse(relays, "petite.example", "no bulk mail please");
    accept_one(relays, "mairie.example");
    CHECK_INT("one's own domain: not at once", settled_as(relays, RELAYS_FAILS), 0);
    go_on(relays, 31);
    accept_one(relays, "mairie.example");
    CHECK_INT("half a minute later it is believed", settled_as(relays, RELAYS_FAILS), 1);
    refuse(relays, "petite.example", "no bulk mail please");
    CHECK("when nothing else is to be sent, and nothing was taken since: it stays", !relays_settle_all(relays) && settled_as(relays, RELAYS_FAILS) == 0);
    accept_one(relays, "mairie.example");
    CHECK("and something was: it is believed", relays_settle_all(relays) && settled_as(relays, RELAYS_FAILS) == 1);
    struct smtp_result denied = reply(SMTP_AT_RCPT, 554, "5.7.1", "Relay access denied");
    choose(relays, "autre.example");
    CHECK_INT("relay access denied at a recipient is held too", relays_verdict(relays, next_id - 1, VERDICT_RELAY, false, &denied).action, RELAYS_HOLD);
    relays_settle_all(relays);
    CHECK_INT("but does not fail", settled_as(relays, RELAYS_FAILS), 0);
}

static void no_breaker(void) {
    struct relay_settings one = relay("smtp", 1);
    one.breaker = 0;
    AUTO(relays) relays = open_all(&one, 1, NULL, 0);
    int told = 0;
    for (int i = 0; i < 50; i++) told += refuse(relays, i % 2 ? "a.example" : "b.example", "no").action == RELAYS_AS_TOLD;
    CHECK_INT("breaker = 0: every refusal is believed", told, 50);
}

static void login(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    AUTO(relays) relays = open_all(all, 1, NULL, 0);
    for (int i = 0; i < 20; i++) choose(relays, "mairie.example");
    struct smtp_result failed = reply(SMTP_AT_GREETING, 535, "5.7.8", "authentication failed");
    for (int64_t id = 1; id <= 20; id++) relays_verdict(relays, id, VERDICT_RELAY, false, &failed);
    CHECK_INT("log-in refused to twenty: one alert", alerts(relays, "authentication failed"), 1);
    go_on(relays, 73);
    choose(relays, "mairie.example");
    struct smtp_result unknown = reply(SMTP_AT_RCPT, 550, "5.1.1", "unknown");
    relays_verdict(relays, next_id - 1, VERDICT_DEAD, false, &unknown);
    CHECK("a recipient refused: we are in", choose(relays, "mairie.example") == RELAYS_GO && choose(relays, "mairie.example") == RELAYS_GO);
}

int main(void) {
    relay_breaker();
    any_words();
    faults();
    group_breaker();
    no_breaker();
    login();
    return tap_end();
}
