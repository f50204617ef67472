/* Several relays: shares, fail-over, pacing, breakers, restarts. No line is ever opened: deliveries are chosen and their ends
 * told. */
#include <stdlib.h>

#include "base/clock.h"
#include "mailer/send/relays.h"
#include "tests/tap.h"

enum { SECOND_US = 1000000, DAY = 20000 };

static struct err err;
static struct relays_instant now;
static int64_t next_id;

static struct relay_settings relay(const char *name, int weight) {
    struct relay_settings settings = {.weight = weight, .breaker = 10, .breaker_groups = 2};
    snprintf(settings.name, sizeof settings.name, "%s", name);
    settings.relay = (struct sender_relay){.url = "smtp://127.0.0.1:9", .starttls = "off", .username = "", .password = "", .ca_file = "",
                                           .ehlo_name = "test.example", .connections = 20, .connect_timeout_ms = 1000,
                                           .dot_timeout_ms = 1000};
    return settings;
}

static void go_on(struct relays *relays, int64_t seconds) {
    now.clock_ms += seconds * 1000;
    now.steady_us += seconds * SECOND_US;
    relays_now(relays, &now);
}

static void set_clock(struct relays *relays, int64_t by_s, int64_t days) {
    now.clock_ms += by_s * 1000;
    now.day += days;
    relays_now(relays, &now);
}

static struct relays *open_all(const struct relay_settings *all, size_t count, const char *lines[][2], size_t line_count) {
    struct domain_groups *groups = domain_groups_open();
    bool good = true;
    for (size_t i = 0; i < line_count; i++) good &= domain_groups_add(groups, lines[i][0], lines[i][1], &err);
    struct relays *relays = relays_open(all, count, groups, &err);
    if (!good || !relays) {
        printf("# %s\n", err.text);
        exit(1);
    }
    now = (struct relays_instant){.clock_ms = 1000000000000, .steady_us = monotonic_ms() * 1000 + SECOND_US, .day = DAY, .day_ends_ms = 1000000000000 + HOUR_MS};
    relays_now(relays, &now);
    next_id = 1;
    return relays;
}

static int64_t until_ms;
static enum relays_choice choose_again(struct relays *relays, const char *domain, const char *put_off_by) {
    const struct relays_wanted wanted = {.delivery_id = next_id, .domain = domain, .put_off_by = put_off_by};
    enum relays_choice choice = relays_choose(relays, &wanted, &until_ms);
    if (choice == RELAYS_GO) next_id++;
    return choice;
}

static enum relays_choice choose(struct relays *relays, const char *domain) { return choose_again(relays, domain, NULL); }

static struct smtp_result reply(enum smtp_phase phase, int code, const char *enhanced, const char *text) {
    struct smtp_result result = {.phase = phase, .reply = {.code = code}};
    snprintf(result.reply.enhanced, sizeof result.reply.enhanced, "%s", enhanced);
    snprintf(result.reply.text, sizeof result.reply.text, "%s", text);
    return result;
}

static struct relays_answer end(struct relays *relays, int64_t id, enum verdict verdict) {
    struct smtp_result result = reply(verdict == VERDICT_RELAY ? SMTP_AT_GREETING : SMTP_AT_DOT, verdict == VERDICT_SENT ? 250 : 550, "", "said so");
    return relays_verdict(relays, id, verdict, false, &result);
}

static struct relays_answer refuse(struct relays *relays, const char *domain, const char *text) {
    struct smtp_result result = reply(SMTP_AT_DOT, 550, "5.7.1", text);
    if (choose(relays, domain) != RELAYS_GO) return (struct relays_answer){.until_ms = -77};
    return relays_verdict(relays, next_id - 1, VERDICT_FAIL, true, &result);
}

static bool accept_one(struct relays *relays, const char *domain) {
    return choose(relays, domain) == RELAYS_GO && end(relays, next_id - 1, VERDICT_SENT).action == RELAYS_AS_TOLD;
}

static int settled_as(struct relays *relays, enum relays_settlement what) {
    struct relays_settled one;
    int count = 0;
    while (relays_settled(relays, &one)) count += one.what == what;
    return count;
}

static int alerts(struct relays *relays, const char *says) {
    static struct relays_notice one;
    int count = 0;
    while (relays_notice(relays, &one)) {
        if (one.alert && strstr(one.text, says)) count++;
        else printf("# %s\n", one.text);
    }
    return count;
}

/* -- shares ---------------------------------------------------------------------------------------------------------- */
static void share(struct relays *relays, int count, int by[3]) {
    by[0] = by[1] = by[2] = 0;
    for (int i = 0; i < count; i++) {
        if (choose(relays, "mairie.example") != RELAYS_GO) continue;
        const char *name = relays_name(relays, next_id - 1);
        by[!strcmp(name, "smtp") ? 0 : !strcmp(name, "smtp.zwei") ? 1 : 2]++;
        end(relays, next_id - 1, VERDICT_SENT);
    }
}

static void shares(void) {
    const struct relay_settings all[] = {relay("smtp", 3), relay("smtp.zwei", 1), relay("smtp.spare", 0)};
    AUTO(relays) relays = open_all(all, 3, NULL, 0);
    int by[3];
    share(relays, 400, by);
    CHECK("three to one, none to the spare", by[0] == 300 && by[1] == 100 && by[2] == 0);
    choose(relays, "mairie.example");
    int64_t first = next_id - 1;
    CHECK_INT("refused at the door: nobody is charged", end(relays, first, VERDICT_RELAY).action, RELAYS_RELEASE);
    CHECK_INT("one alert", alerts(relays, "cannot be reached"), 1);
    CHECK_INT("others are up", relays_rest_until_ms(relays), -1);
    share(relays, 100, by);
    CHECK("it gets nothing, the other all", by[0] + by[1] == 100 && (!by[0] || !by[1]));
    share(relays, 1, by);
    int up = by[1] != 0;
    choose(relays, "mairie.example");
    end(relays, next_id - 1, VERDICT_RELAY);
    share(relays, 100, by);
    CHECK("both away: the spare", by[2] == 100);
    choose(relays, "mairie.example");
    end(relays, next_id - 1, VERDICT_RELAY);
    CHECK_INT("none is up", choose(relays, "mairie.example"), RELAYS_FULL);
    CHECK("until the first rest is over", relays_rest_until_ms(relays) >= now.clock_ms + 60000 && relays_rest_until_ms(relays) <= now.clock_ms + 72000);
    CHECK("why, in words", strstr(relays_trouble(relays), "550") != NULL);
    go_on(relays, 73);
    choose(relays, "mairie.example");
    choose(relays, "mairie.example");
    CHECK("one message each tries those that were away", relays_in_hand(relays) == 2 && strcmp(relays_name(relays, next_id - 1), relays_name(relays, next_id - 2)));
    CHECK_INT("and no more", choose(relays, "mairie.example"), RELAYS_FULL);
    end(relays, next_id - 1, VERDICT_SENT);
    end(relays, next_id - 2, VERDICT_SENT);
    share(relays, 400, by);
    CHECK("back, with its share and no burst", by[0] == 300 && by[1] == 100 && up >= 0);
    while (choose(relays, "mairie.example") == RELAYS_GO) continue;
    CHECK("one is full: the other waits for it, and not for long", relays_in_hand(relays) < 70 && relays_wait_ms(relays, 5000) == 1000);
    go_on(relays, 1);
    while (choose(relays, "mairie.example") == RELAYS_GO) continue;
    CHECK_INT("all in hand that may be", relays_in_hand(relays) + 0, relays_room(relays) - relays_room(relays) / 3);
}

/* A loaded run, ten milliseconds a step: relay i ends `ends[i]` of what it has at each; both are given whatever they take. */
struct load { int ends[2], by[2]; };
static void run_loaded(struct relays *relays, struct load *load, int messages) {
    static int64_t has[2][400];
    int count[2] = {0}, gone = 0;
    load->by[0] = load->by[1] = 0;
    for (int step = 0; step < 20000 && gone < messages; step++) {
        now.steady_us += 10000;
        now.clock_ms += 10;
        relays_now(relays, &now);
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < load->ends[i] && count[i]; k++) end(relays, has[i][--count[i]], VERDICT_SENT);
        while (gone < messages && choose(relays, "mairie.example") == RELAYS_GO) {
            int which = strcmp(relays_name(relays, next_id - 1), "smtp") != 0;
            has[which][count[which]++] = next_id - 1;
            load->by[which]++;
            gone++;
        }
    }
    for (int i = 0; i < 2; i++)
        while (count[i]) end(relays, has[i][--count[i]], VERDICT_SENT);
    printf("# %d and %d\n", load->by[0], load->by[1]);
}

static void loaded_shares(void) {
    struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 3)};
    all[0].relay.connections = all[1].relay.connections = 4;
    AUTO(relays) relays = open_all(all, 2, NULL, 0);
    struct load load = {.ends = {2, 2}};
    run_loaded(relays, &load, 1000);
    CHECK("one to three under load", load.by[0] >= 245 && load.by[0] <= 255 && load.by[0] + load.by[1] == 1000);
    load.ends[0] = 8;
    load.ends[1] = 1;
    run_loaded(relays, &load, 1000);
    CHECK("the slow one of weight three keeps its share", load.by[0] >= 240 && load.by[0] <= 260 && load.by[0] + load.by[1] == 1000);
    load.ends[1] = 0;
    run_loaded(relays, &load, 1000);
    CHECK("one from which nothing ends holds nobody back", load.by[0] >= 980 && load.by[0] + load.by[1] == 1000);
    load.ends[1] = 2;
    run_loaded(relays, &load, 400);
    CHECK("back, with its share and no burst", load.by[0] >= 94 && load.by[0] <= 106);
    all[1].a_minute = 600;
    AUTO(relays) limited = open_all(all, 2, NULL, 0);
    load.ends[0] = 4;
    run_loaded(limited, &load, 1000);
    CHECK("one with a rate gets what it allows, the other the rest at once", load.by[1] < 60 && load.by[0] + load.by[1] == 1000);
    all[1].a_minute = 0;
    all[0].weight = 3;
    AUTO(relays) even = open_all(all, 2, NULL, 0);
    load.ends[1] = 1;
    run_loaded(even, &load, 1000);
    CHECK("equal shares: whoever has room takes it", load.by[0] > 700 && load.by[0] + load.by[1] == 1000);
}

static void waiting_goes_elsewhere(void) {
    const struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 1)};
    AUTO(relays) relays = open_all(all, 2, NULL, 0);
    for (int i = 0; i < 10; i++) choose(relays, "mairie.example");
    CHECK_INT("in hand", relays_in_hand(relays), 10);
    end(relays, 1, VERDICT_RELAY);
    CHECK_INT("what waited for it is given back", settled_as(relays, RELAYS_BACK), 4);
    CHECK_INT("the others' stay", relays_in_hand(relays), 5);
    alerts(relays, "");
}

/* -- limits ----------------------------------------------------------------------------------------------------------- */
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

/* -- too much ---------------------------------------------------------------------------------------------------------- */
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

/* -- breakers ---------------------------------------------------------------------------------------------------------- */
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

static bool went_to(const struct relays *relays, const char *name) { return !strcmp(relays_name(relays, next_id - 1), name); }

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

/* -- putting off ------------------------------------------------------------------------------------------------------- */
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

static void other_relay_next(void) {
    struct relay_settings all[] = {relay("smtp", 9), relay("smtp.zwei", 1), relay("smtp.spare", 0)};
    AUTO(relays) relays = open_all(all, 3, NULL, 0);
    int other = 0;
    for (int i = 0; i < 20; i++) other += choose_again(relays, "a.example", "smtp") == RELAYS_GO && went_to(relays, "smtp.zwei");
    CHECK_INT("tried again: through another one", other, 20);
    while (choose_again(relays, "a.example", "smtp") == RELAYS_GO) continue;
    CHECK("which it waits for while others go", choose_again(relays, "a.example", "smtp") == RELAYS_PASS && choose(relays, "a.example") == RELAYS_GO);
    go_on(relays, 2);
    CHECK("not when it has stalled", choose_again(relays, "a.example", "smtp") == RELAYS_GO && went_to(relays, "smtp"));
    AUTO(relays) with_spare = open_all((struct relay_settings[]){all[0], all[2]}, 2, NULL, 0);
    CHECK("a spare is for when there is none", choose_again(with_spare, "a.example", "smtp") == RELAYS_GO && went_to(with_spare, "smtp"));
    CHECK("one that is not configured any more", choose_again(with_spare, "a.example", "smtp.gone") == RELAYS_GO && went_to(with_spare, "smtp"));
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

/* -- over a restart ------------------------------------------------------------------------------------------------------ */
static void restart(void) {
    struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 1)};
    const char *lines[][2] = {{"eins", "eins.example, rate 10"}};
    struct pace_row rows[10], *one = rows;
    all[0].a_day = 100;
    AUTO(relays) before = open_all(all, 2, lines, 1);
    for (int i = 0; i < 3; i++) {
        choose(before, i ? "mairie.example" : "eins.example");
        relays_armed(before, next_id - 1);
        end(before, next_id - 1, VERDICT_SENT);
    }
    choose(before, "lent.example");
    end(before, next_id - 1, VERDICT_SLOW_DOMAIN);
    while (choose(before, "mairie.example") == RELAYS_GO && strcmp(relays_name(before, next_id - 1), "smtp.zwei")) continue;
    end(before, next_id - 1, VERDICT_RELAY);
    CHECK_INT("must be written", relays_dirt(before), RELAYS_MUST_SAVE);
    while (one < rows + COUNT(rows) && relays_save(before, 5000000, one)) one++;
    CHECK_INT("two relays, two domains", one - rows, 4);
    CHECK_INT("then all is clean", relays_dirt(before), RELAYS_CLEAN);
    int64_t slow_until_ms = 0, rest_ms = 0, today = 0;
    for (struct pace_row *row = rows; row < one; row++) {
        if (!strcmp(row->name, "lent.example")) slow_until_ms = row->rest_until_ms;
        if (!strcmp(row->name, "smtp.zwei")) rest_ms = row->rest_until_ms;
        if (!strcmp(row->name, "smtp")) today = row->sent_today;
    }
    CHECK("what is remembered; not the rest of one that is away", slow_until_ms > now.clock_ms && !rest_ms && today >= 2);
    AUTO(relays) after = open_all(all, 2, lines, 1);
    for (struct pace_row *row = rows; row < one; row++) relays_restore(after, 5002000, row);
    snprintf(rows[0].name, sizeof rows[0].name, "smtp.unknown");
    relays_restore(after, 5002000, &rows[0]);
    CHECK("a rest goes on", choose(after, "lent.example") == RELAYS_LATER && until_ms == slow_until_ms);
    CHECK_INT("a slow rate too: two of six seconds are over", choose(after, "eins.example"), RELAYS_PASS);
    CHECK("four to go", relays_wait_ms(after, 9000) > 3500 && relays_wait_ms(after, 9000) <= 4000);
    int count = 0;
    for (int i = 0; i < 20; i++) count += choose(after, "mairie.example") == RELAYS_GO && !strcmp(relays_name(after, next_id - 1), "smtp.zwei");
    CHECK_INT("the relay that was away is tried at once, with one message", count, 1);
    struct pace_row far = {.kind = "relay", .name = "smtp", .rest_until_ms = now.clock_ms + 1000 * (int64_t)DAY_MS, .in_hand = -5, .rests = 1 << 30};
    AUTO(relays) odd = open_all(all, 1, NULL, 0);
    relays_restore(odd, 0, &far);
    CHECK("nonsense in the base is kept in bounds", relays_rest_until_ms(odd) <= now.clock_ms + 2160000);
    go_on(odd, 2200);
    CHECK_INT("…", choose(odd, "mairie.example"), RELAYS_GO);
}

static void day_counted(void) {
    struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 1)};
    all[0].a_day = 5;
    AUTO(relays) relays = open_all(all, 2, NULL, 0);
    struct pace_row row = {.kind = "relay", .name = "smtp", .day = DAY + 1, .sent_today = 4};
    CHECK("nothing is known of its day", relays_day_unknown(relays));
    relays_restore(relays, 0, &row);
    CHECK("nor by what another day tells", relays_day_unknown(relays));
    relays_day_counted(relays, "smtp", 5);
    relays_day_counted(relays, "smtp.zwei", 3);
    relays_day_counted(relays, "smtp.gone", 3);
    int there = 0;
    for (int i = 0; i < 10; i++) there += choose(relays, "a.example") == RELAYS_GO && went_to(relays, "smtp");
    CHECK("counted: it has had them all", !there && !relays_day_unknown(relays) && relays_dirt(relays) == RELAYS_MUST_SAVE);
    AUTO(relays) fresh = open_all(all, 2, NULL, 0);
    relays_day_counted(fresh, NULL, 0);
    CHECK("it had none: not counted again either", !relays_day_unknown(fresh) && relays_save(fresh, 0, &row) && row.day == DAY && !row.gone);
    row = (struct pace_row){.kind = "relay", .name = "smtp", .sent_today = 4};
    row.day = DAY;
    AUTO(relays) same_day = open_all(all, 2, NULL, 0);
    relays_restore(same_day, 0, &row);
    relays_day_counted(same_day, "smtp", 9);
    for (int i = 0; i < 10; i++) there += choose(same_day, "a.example") == RELAYS_GO && went_to(same_day, "smtp");
    CHECK("told by its own row: not counted again", there == 1);
}

/* The clock set back an hour, a day on and back: rests stay as long as they were, one that is over stays over, and a day's messages are
 * counted on. */
static bool arm_one(struct relays *relays, const char *domain) {
    if (choose(relays, domain) != RELAYS_GO) return false;
    relays_armed(relays, next_id - 1);
    return end(relays, next_id - 1, VERDICT_SENT).action == RELAYS_AS_TOLD;
}

static void set_back(void) {
    struct relay_settings one = relay("smtp", 1);
    one.a_day = 3;
    AUTO(relays) relays = open_all(&one, 1, NULL, 0);
    choose(relays, "lent.example");
    end(relays, next_id - 1, VERDICT_SLOW_DOMAIN);
    CHECK_INT("a group rests", choose(relays, "lent.example"), RELAYS_LATER);
    int64_t rest_ms = until_ms - now.clock_ms;
    set_clock(relays, -3600, 0);
    CHECK("no longer than it was to", choose(relays, "lent.example") == RELAYS_LATER && until_ms - now.clock_ms == rest_ms);
    CHECK_INT("to be written", relays_dirt(relays), RELAYS_MUST_SAVE);
    go_on(relays, 100);
    CHECK("over", arm_one(relays, "lent.example"));
    go_on(relays, 20);
    set_clock(relays, -3600, 0);
    CHECK("over stays over", arm_one(relays, "lent.example"));
    choose(relays, "mairie.example");
    set_clock(relays, DAY_MS / 1000, 1);
    relays_armed(relays, next_id - 1);
    end(relays, next_id - 1, VERDICT_SENT);
    CHECK("in hand when a day begins: of the day it is armed on", arm_one(relays, "mairie.example") && arm_one(relays, "mairie.example") &&
                                                                      choose(relays, "mairie.example") == RELAYS_FULL);
    set_clock(relays, -DAY_MS / 1000, -1);
    CHECK("the first day again: two of its three have gone", arm_one(relays, "mairie.example") && choose(relays, "mairie.example") == RELAYS_FULL);
}

/* Runs of refusals go on in the next process. */
static int copy_runs(struct relays *from, struct relays *to) {
    struct refusal_row row;
    struct pace_row pace;
    int count = 0;
    while (relays_save(from, 5000000, &pace)) relays_restore(to, 5000000, &pace);
    for (; relays_save_run(from, &row); count += !row.gone)
        if (!row.gone) relays_restore_run(to, &row);
    return count;
}

static int warnings(struct relays *relays, const char *says) {
    static struct relays_notice one;
    int count = 0;
    while (relays_notice(relays, &one)) {
        if (!one.alert && strstr(one.text, says)) count++;
        else printf("# %s\n", one.text);
    }
    return count;
}

static void counted_on(void) {
    const struct relay_settings all[] = {relay("smtp", 1), relay("smtp.zwei", 0)};
    const char *lines[][2] = {{"eins", "eins.example, un.example"}};
    AUTO(relays) first = open_all(all, 1, lines, 1);
    for (int i = 0; i < 9; i++) refuse(first, i % 2 ? "a.example" : "b.example", "blocked by policy");
    CHECK("nine of this run wait", !relays_settle_all(first) && settled_as(first, RELAYS_FAILS) == 0);
    CHECK_INT("and are told of, with their words", warnings(first, "relay smtp: 9 refusals that may be about us; 9 in a row since it last took a message, 9 of them with the "
                                                                   "same words; 9 wait and are tried again, 0 fail: 550 5.7.1 blocked by policy"), 1);
    relays_settle_all(first);
    CHECK_INT("once", warnings(first, ""), 0);
    CHECK_INT("to be written", relays_dirt(first), RELAYS_DIRTY);
    AUTO(relays) second = open_all(all, 1, lines, 1);
    CHECK_INT("its words, and whatever words, and each group", copy_runs(first, second), 4);
    CHECK_INT("the tenth is of the next process", refuse(second, "a.example", "blocked by policy").action, RELAYS_RELEASE);
    CHECK_INT("which rests", alerts(second, "relay smtp refused 10 in a row with the same words"), 1);
    AUTO(relays) third = open_all(all, 1, lines, 1);
    copy_runs(second, third);
    go_on(third, 73);
    CHECK("again in the one after that", refuse(third, "c.example", "blocked by policy").action == RELAYS_RELEASE && alerts(third, "same words") == 1);
    go_on(third, 146);
    accept_one(third, "a.example");
    AUTO(relays) fourth = open_all(all, 1, lines, 1);
    CHECK_INT("taken: only what the groups said is left", copy_runs(third, fourth), 1);

    AUTO(relays) two = open_all(all, 2, lines, 1);
    for (int i = 0; i < 10; i++) refuse(two, "eins.example", "bad reputation");
    alerts(two, "");
    CHECK("a door is shut", choose(two, "un.example") == RELAYS_GO && went_to(two, "smtp.zwei"));
    AUTO(relays) after = open_all(all, 2, lines, 1);
    copy_runs(two, after);
    CHECK("and stays so", choose(after, "un.example") == RELAYS_GO && went_to(after, "smtp.zwei") && choose(after, "a.example") == RELAYS_GO && went_to(after, "smtp"));
    struct refusal_row odd = {.relay = "smtp", .kind = "group", .domain = "eins", .rests = 1 << 30, .rest_until_ms = now.clock_ms + 1000 * (int64_t)DAY_MS, .breaker.run.count = 3};
    relays_restore_run(after, &odd);
    go_on(after, 2200);
    odd = (struct refusal_row){.relay = "smtp", .kind = "words", .breaker.group_count = 99};
    relays_restore_run(after, &odd);
    CHECK("nonsense in the base is kept in bounds", choose(after, "un.example") == RELAYS_GO && went_to(after, "smtp"));
}

/* Two that are refused for themselves, tried again and again, are two. */
static void tried_again(void) {
    const struct relay_settings all[] = {relay("smtp", 1)};
    AUTO(relays) relays = open_all(all, 1, NULL, 0);
    int held = 0;
    for (int i = 0; i < 20; i++) {
        next_id = 1 + i % 2;
        held += refuse(relays, i % 2 ? "a.example" : "b.example", "blocked by policy").action == RELAYS_HOLD;
        relays_settle_all(relays);
    }
    CHECK("counted once each", held == 20 && relays_rest_until_ms(relays) == -1 && settled_as(relays, RELAYS_FAILS) == 0);
    next_id = 10;
    accept_one(relays, "mairie.example");
    next_id = 1;
    refuse(relays, "b.example", "blocked by policy");
    CHECK("and believed once the relay has taken another", relays_settle_all(relays) && settled_as(relays, RELAYS_FAILS) == 2);
}

/* Random choices and ends: what is in hand is exactly what was chosen and has not ended. */
static void in_hand(void) {
    const struct relay_settings all[] = {relay("smtp", 2), relay("smtp.zwei", 1)};
    AUTO(relays) relays = open_all(all, 2, NULL, 0);
    int64_t ids[100];
    int count = 0;
    bool good = true;
    uint64_t seed = 3;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t dice = (uint32_t)(seed >> 33);
        if (dice % 2 && count < 80) {
            next_id += dice >> 8 & 1023;
            if (choose(relays, "mairie.example") == RELAYS_GO) ids[count++] = next_id - 1;
        } else if (count) {
            int at = (int)((dice >> 4) % (uint32_t)count);
            good &= *relays_name(relays, ids[at]) != '\0';
            if (dice & 8) relays_forget(relays, ids[at]);
            else end(relays, ids[at], VERDICT_SENT);
            good &= *relays_name(relays, ids[at]) == '\0';
            ids[at] = ids[--count];
        }
        good &= relays_in_hand(relays) == count;
    }
    for (int i = 0; i < count; i++) good &= *relays_name(relays, ids[i]) != '\0';
    CHECK("200,000 choices and ends", good);
}

int main(void) {
    shares();
    loaded_shares();
    waiting_goes_elsewhere();
    limits();
    groups();
    patience();
    relay_breaker();
    any_words();
    faults();
    group_breaker();
    doors();
    puts_off();
    other_relay_next();
    no_breaker();
    login();
    restart();
    counted_on();
    tried_again();
    day_counted();
    set_back();
    in_hand();
    return tap_end();
}
