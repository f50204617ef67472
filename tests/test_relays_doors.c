/* A relay that is up and no good: it is refused by one group, or puts everybody off, and another one takes over. */
#include "tests/relays_bed.h"

/* Through smtp.zwei the group is refused, through smtp as `smtp_too` says. How many failed or were held at the end. */
static int run_refused(struct relays *relays, int messages, bool smtp_too, int *released) {
    struct smtp_result no = reply(SMTP_AT_RCPT, 550, "5.7.1", "bad reputation");
    int told = 0;
    for (int i = 0; i < messages; i++) {
        if (choose(relays, i % 2 ? "eins.example" : "un.example") != RELAYS_GO) break;
        if (went_to(relays, "smtp") && !smtp_too) end(relays, next_id - 1, VERDICT_SENT);
        else {
            enum relays_action action = relays_verdict(relays, next_id - 1, VERDICT_FAIL, true, &no).action;
            told += action == RELAYS_AS_TOLD;
            *released += action == RELAYS_RELEASE;
        }
    }
    return told;
}

static void doors(void) {
    struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 1)};
    const char *lines[][2] = {{"eins", "eins.example, un.example"}};
    AUTO(relays) relays = open_all(all, 2, lines, 1);
    int released = 0, told = run_refused(relays, 60, false, &released);
    CHECK("a group one relay is refused by: none fails, one trips", told == 0 && released == 1);
    CHECK_INT("the nine go through the other", settled_as(relays, RELAYS_RELEASED), 9);
    CHECK_INT("one alert", alerts(relays, "domain eins refuses us through relay smtp.zwei: 10 in a row"), 1);
    CHECK("the group goes on there", choose(relays, "un.example") == RELAYS_GO && went_to(relays, "smtp"));
    bool there = false;
    for (int i = 0; i < 3; i++) there |= choose(relays, "a.example") == RELAYS_GO && went_to(relays, "smtp.zwei");
    CHECK("other domains through both", there);
    while (choose(relays, "un.example") == RELAYS_GO) continue;
    CHECK("that it is full keeps nobody else", choose(relays, "un.example") == RELAYS_PASS && choose(relays, "a.example") == RELAYS_GO);
    end(relays, next_id - 1, VERDICT_SENT);
    for (int64_t id = 1; id < next_id; id++) end(relays, id, VERDICT_SENT);
    choose(relays, "a.example");
    if (!went_to(relays, "smtp")) choose(relays, "a.example");
    end(relays, next_id - 1, VERDICT_RELAY);
    alerts(relays, "");
    CHECK("the other is away: it waits for either", choose(relays, "un.example") == RELAYS_LATER && until_ms > now.clock_ms && until_ms <= now.clock_ms + 72000);
    go_on(relays, 73);
    CHECK("then tried again", choose(relays, "un.example") == RELAYS_GO);

    AUTO(relays) none = open_all(all, 2, lines, 1);
    released = 0;
    told = run_refused(none, 60, true, &released);
    CHECK("all refuse it: nobody fails either", told == 0 && released == 2 && settled_as(none, RELAYS_RELEASED) == 18);
    CHECK("the group rests", choose(none, "un.example") == RELAYS_LATER && choose(none, "a.example") == RELAYS_GO);
    alerts(none, "");
    go_on(none, 73);
    for (int i = 0; i < 2; i++) CHECK_INT("each is tried once", run_refused(none, 1, true, &released), 0);
    CHECK("and it rests again", choose(none, "un.example") == RELAYS_LATER && alerts(none, "domain eins") == 2);
    CHECK("for longer", until_ms >= now.clock_ms + 120000);
    set_clock(none, -3600, 0);
    go_on(none, 150);
    CHECK("a clock set back makes no door stay shut", run_refused(none, 1, false, &released) == 0 && choose(none, "un.example") == RELAYS_GO);
}

static struct relays_answer put_off(struct relays *relays, int64_t id) {
    struct smtp_result later = reply(SMTP_AT_RCPT, 451, "4.3.0", "Temporary failure");
    return relays_verdict(relays, id, VERDICT_RETRY, false, &later);
}

/* Both are given messages; what smtp.zwei is given it puts off. How many were charged for it. */
static int run_put_off(struct relays *relays, int messages) {
    int charged = 0;
    for (int i = 0; i < messages; i++) {
        char domain[40];
        snprintf(domain, sizeof domain, "m%d.example", i % 7);
        if (choose(relays, domain) != RELAYS_GO) continue;
        if (went_to(relays, "smtp.zwei")) charged += put_off(relays, next_id - 1).action == RELAYS_AS_TOLD;
        else end(relays, next_id - 1, VERDICT_SENT);
    }
    return charged;
}

static void puts_off(void) {
    const struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 1)};
    AUTO(relays) relays = open_all(all, 2, NULL, 0);
    CHECK_INT("one that puts everybody off is left after nine", run_put_off(relays, 200), 9);
    CHECK_INT("one alert", alerts(relays, "relay smtp.zwei put off or lost 10 in a row, and took none between"), 1);
    go_on(relays, 73);
    CHECK_INT("then one tries it, and is not charged", run_put_off(relays, 200), 0);
    CHECK_INT("again one alert", alerts(relays, "smtp.zwei"), 1);
    go_on(relays, 146);
    while (choose(relays, "mairie.example") == RELAYS_GO && !went_to(relays, "smtp.zwei")) continue;
    end(relays, next_id - 1, VERDICT_SENT);
    CHECK_INT("well again: a new count", run_put_off(relays, 18), 9);

    AUTO(relays) lone = open_all(all, 1, NULL, 0);
    int charged = 0;
    for (int i = 0; i < 50 && choose(lone, i % 2 ? "a.example" : "b.example") == RELAYS_GO; i++)
        charged += put_off(lone, next_id - 1).action == RELAYS_AS_TOLD;
    CHECK("a lone one is not left", charged == 50 && choose(lone, "a.example") == RELAYS_GO);

    AUTO(relays) both = open_all(all, 2, NULL, 0);
    for (int i = 0; i < 50 && choose(both, i % 3 ? "a.example" : "b.example") == RELAYS_GO; i++) put_off(both, next_id - 1);
    CHECK("where both do so, one is left at most", alerts(both, "put off") <= 1 && relays_rest_until_ms(both) == -1);

    AUTO(relays) one_group = open_all(all, 2, NULL, 0);
    for (int i = 0; i < 100 && choose(one_group, "a.example") == RELAYS_GO; i++)
        if (went_to(one_group, "smtp")) end(one_group, next_id - 1, VERDICT_SENT);
        else put_off(one_group, next_id - 1);
    CHECK_INT("one group that greylists is not the relay's doing", alerts(one_group, "put off"), 0);
}

int main(void) {
    doors();
    puts_off();
    return tap_end();
}
