/* What relays and groups of domains are given: rates, days, how many at once, and less when they ask for less. */
#include "tests/relays_bed.h"

static void limits(void) {
    struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 1)};
    all[0].a_day = 5;
    all[1].a_minute = 60;
    AUTO(relays) relays = open_all(all, 2, NULL, 0);
    int by[3];
    share(relays, 50, by);
    CHECK("what ended without its dot does not count for the day, nor waits for the rate", by[1] == 1 && by[0] == 49);
    for (int i = 0; i < 5; i++) {
        choose(relays, "mairie.example");
        relays_armed(relays, next_id - 1);
        end(relays, next_id - 1, VERDICT_SENT);
    }
    CHECK_INT("five on this day, and the other one a second", choose(relays, "mairie.example"), RELAYS_FULL);
    CHECK("told how long", relays_wait_ms(relays, 5000) > 700 && relays_wait_ms(relays, 5000) <= 1000 && relays_wait_ms(relays, 3) == 3);
    go_on(relays, 1);
    CHECK_INT("a second later", choose(relays, "mairie.example"), RELAYS_GO);
    now.day++;
    go_on(relays, 0);
    CHECK("the next day five more", choose(relays, "mairie.example") == RELAYS_GO && !strcmp(relays_name(relays, next_id - 1), "smtp"));
    struct relay_settings one = relay("smtp", 1);
    one.a_day = 1;
    AUTO(relays) single = open_all(&one, 1, NULL, 0);
    choose(single, "mairie.example");
    relays_armed(single, 1);
    end(single, 1, VERDICT_SENT);
    CHECK("all of the day gone: until it ends", choose(single, "mairie.example") == RELAYS_FULL && relays_rest_until_ms(single) == now.day_ends_ms);
}

static void groups(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    const char *lines[][2] = {{"eins", "eins.example, un.example, connections 2, rate 600"}, {"zwei", "zwei.example, rate 60"}};
    AUTO(relays) relays = open_all(all, 1, lines, 2);
    choose(relays, "eins.example");
    go_on(relays, 1);
    choose(relays, "un.example");
    go_on(relays, 1);
    CHECK("two of one group at once", relays_in_hand(relays) == 2 && choose(relays, "eins.example") == RELAYS_PASS);
    CHECK_INT("others go past", choose(relays, "mairie.example"), RELAYS_GO);
    CHECK("a group's rate", choose(relays, "zwei.example") == RELAYS_GO && choose(relays, "zwei.example") == RELAYS_PASS && relays_wait_ms(relays, 9000) > 700);
    int claimed = 0, later = 0;
    int64_t last_ms = 0;
    relays_lease(relays);
    for (int i = 0; i < 100; i++) {
        if (relays_may_claim(relays, "zwei.example", &until_ms)) claimed++;
        else later += until_ms > last_ms, last_ms = until_ms;
    }
    CHECK("five seconds' worth is claimed", claimed >= 4 && claimed <= 5);
    CHECK("the rest one second apart", later == 100 - claimed && last_ms > now.clock_ms + 90000 && last_ms <= now.clock_ms + 101000);
    CHECK("others are not kept waiting", relays_may_claim(relays, "mairie.example", &until_ms));
    for (int i = 0; i < 2000; i++) relays_may_claim(relays, "zwei.example", &until_ms);
    CHECK("ten minutes at most, for a pace may recover", until_ms <= now.clock_ms + 600000 && until_ms >= now.clock_ms + 300000);
    relays_lease(relays);
    relays_claimed(relays, "zwei.example");
    claimed = 0;
    while (relays_may_claim(relays, "zwei.example", &until_ms)) claimed++;
    CHECK("what is claimed already counts", claimed >= 3 && claimed <= 4);
}

static void patience(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    AUTO(relays) relays = open_all(all, 1, NULL, 0);
    for (int i = 0; i < 10; i++) choose(relays, i < 5 ? "lent.example" : "mairie.example");
    struct relays_answer answer = end(relays, 1, VERDICT_SLOW_DOMAIN);
    CHECK("a domain that wants less: its delivery waits, not charged", answer.action == RELAYS_RELEASE && answer.until_ms >= now.clock_ms + 60000);
    CHECK("so do the others of that domain", choose(relays, "lent.example") == RELAYS_LATER && until_ms == answer.until_ms);
    CHECK_INT("nobody else", choose(relays, "mairie.example"), RELAYS_GO);
    CHECK("nor are more claimed", !relays_may_claim(relays, "lent.example", &until_ms) && until_ms == answer.until_ms);
    CHECK_INT("told by five lines: one rest", end(relays, 2, VERDICT_SLOW_DOMAIN).until_ms, answer.until_ms);
    for (int64_t id = 3; id <= 5; id++) end(relays, id, VERDICT_RETRY);
    for (int i = 0; i < 2; i++) {
        go_on(relays, 3600);
        choose(relays, "lent.example");
        answer = end(relays, next_id - 1, VERDICT_SLOW_DOMAIN);
    }
    CHECK_INT("three in a row are patience", answer.action, RELAYS_RELEASE);
    go_on(relays, 3600);
    choose(relays, "lent.example");
    CHECK_INT("a domain that takes nothing ever is charged in the end", end(relays, next_id - 1, VERDICT_SLOW_DOMAIN).action, RELAYS_AS_TOLD);
    while (choose(relays, "mairie.example") == RELAYS_GO) continue;
    answer = end(relays, next_id - 1, VERDICT_SLOW);
    CHECK("the relay wants less: not charged", answer.action == RELAYS_RELEASE && answer.until_ms == -1 && relays_rest_until_ms(relays) == -1);
    for (int64_t id = 1; id < next_id; id++) end(relays, id, VERDICT_SENT);
    go_on(relays, 2);
    int count = 0;
    while (choose(relays, "mairie.example") == RELAYS_GO) count++;
    CHECK("about half as many at once", count >= 10 && count <= 12);
    struct relays_notice notice;
    while (relays_notice(relays, &notice)) CHECK("no alert for that", !notice.alert);
}

int main(void) {
    limits();
    groups();
    patience();
    return tap_end();
}
