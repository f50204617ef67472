/* What relays know of themselves over a restart, and with a clock that is set back. */
#include "tests/relays_bed.h"

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

int main(void) {
    restart();
    day_counted();
    set_back();
    counted_on();
    tried_again();
    return tap_end();
}
