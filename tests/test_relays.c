/* Which relay a delivery goes to: shares, loaded or not, and who takes over. */
#include "tests/relays_bed.h"

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
    other_relay_next();
    in_hand();
    return tap_end();
}
