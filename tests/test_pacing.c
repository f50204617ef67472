/* Rates, rests and recovery of one pacer; the table of domain groups. */
#include <stdlib.h>
#include <unistd.h>

#include "base/settings.h"
#include "mailer/role_settings.h"
#include "mailer/send/domain_groups.h"
#include "tests/tap.h"

enum { SECOND_US = 1000000, SECOND_MS = 1000 };

/* -- rates --------------------------------------------------------------------------------------------------------- */
/* How many go in so long, asked every step. */
static int gone(struct pacer *pacer, int64_t from_us, int64_t for_us, int64_t step_us) {
    int count = 0;
    for (int64_t at_us = from_us; at_us < from_us + for_us; at_us += step_us)
        while (pacer_ask(pacer, 0, at_us) == PACE_GO && count < 1000000) {
            pacer_take(pacer, at_us);
            pacer_give(pacer);
            count++;
        }
    return count;
}

static const struct { const char *label; int64_t a_minute, for_s, step_us; int least, most; } RATES[] = {
    {"60 a minute, asked every 5 ms", 60, 60, 5000, 59, 61},
    {"60 a minute, asked every 300 ms", 60, 60, 300000, 48, 61},
    {"6000 a minute, asked every 5 ms", 6000, 10, 5000, 990, 1026},
    {"6000 a minute, asked every 100 ms: made up for", 6000, 10, 100000, 990, 1026},
    {"6000 a minute, asked every second: a quarter of a second's worth", 6000, 10, 1000000, 225, 270},
    {"1 a minute", 1, 180, 100000, 3, 3},
    {"no limit", 0, 1, 1000000, 1000000, 1000000}};

static void rates(void) {
    for (size_t i = 0; i < COUNT(RATES); i++) {
        struct pacer pacer;
        pacer_begin(&pacer, (struct pace_limits){.a_minute = RATES[i].a_minute}, 7 * SECOND_US);
        int got = gone(&pacer, 7 * SECOND_US, RATES[i].for_s * SECOND_US, RATES[i].step_us);
        if (!CHECK(RATES[i].label, got >= RATES[i].least && got <= RATES[i].most)) printf("# %d\n", got);
    }
    struct pacer pacer;
    pacer_begin(&pacer, (struct pace_limits){.a_minute = 600}, 0);
    gone(&pacer, 0, SECOND_US, 5000);
    int burst = gone(&pacer, 1000 * (int64_t)SECOND_US, 1, 1);
    if (!CHECK("after a quarter of an hour's silence no burst", burst <= 3)) printf("# %d\n", burst);
    CHECK("told when the next may go", pacer_ask(&pacer, 0, 1000 * (int64_t)SECOND_US) == PACE_SOON && pacer.next_us > 1000 * (int64_t)SECOND_US);
}

static void in_hand(void) {
    struct pacer pacer;
    pacer_begin(&pacer, (struct pace_limits){.in_hand = 2}, 0);
    pacer_take(&pacer, 0);
    pacer_take(&pacer, 0);
    CHECK_INT("two in hand are two", pacer_ask(&pacer, 0, 0), PACE_FULL);
    pacer_give(&pacer);
    CHECK_INT("one has ended", pacer_ask(&pacer, 0, 0), PACE_GO);
    pacer.loose = true;
    pacer_take(&pacer, 0);
    CHECK_INT("kept by somebody else", pacer_ask(&pacer, 0, 0), PACE_GO);
    pacer_fewer(&pacer, 0, 0, 0);
    CHECK_INT("until there must be fewer", pacer_ask(&pacer, 0, 2 * SECOND_US), PACE_FULL);
}

/* -- too much -------------------------------------------------------------------------------------------------------- */
static void fewer(void) {
    struct pacer pacer;
    pacer_begin(&pacer, (struct pace_limits){.in_hand = 20}, 0);
    CHECK("a warning is taken notice of", pacer_fewer(&pacer, 0, 0, 0));
    CHECK_INT("half", pacer.now.in_hand, 10);
    CHECK("told by all lines at once: one warning", !pacer_fewer(&pacer, 0, SECOND_US - 1, 0));
    CHECK_INT("still half", pacer.now.in_hand, 10);
    CHECK_INT("nothing new for a second", pacer_ask(&pacer, 0, SECOND_US - 1), PACE_SOON);
    CHECK_INT("then on", pacer_ask(&pacer, 0, SECOND_US), PACE_GO);
    for (int i = 1; i < 5; i++) pacer_fewer(&pacer, 0, i * 2 * SECOND_US, 0);
    CHECK_INT("down to one", pacer.now.in_hand, 1);
    CHECK_INT("which is not too much yet", pacer.rest_until_ms, 60000);
    CHECK_INT("one was too much: it rests", pacer_ask(&pacer, 59999, 100 * SECOND_US), PACE_RESTS);
    CHECK_INT("for a minute", pacer_ask(&pacer, 60000, 100 * SECOND_US), PACE_GO);
    pacer_fewer(&pacer, 60000, 100 * SECOND_US, 0);
    CHECK_INT("then for two", pacer.rest_until_ms, 180000);
    CHECK("warnings of what was still in hand change nothing", !pacer_fewer(&pacer, 100000, 200 * SECOND_US, 0));
    for (int i = 0; i < 10; i++) pacer_fewer(&pacer, pacer.rest_until_ms, (300 + i * 10) * (int64_t)SECOND_US, 0);
    int64_t before_ms = pacer.rest_until_ms;
    pacer_fewer(&pacer, before_ms, 900 * (int64_t)SECOND_US, 0);
    CHECK_INT("never longer than half an hour", pacer.rest_until_ms - before_ms, 1800000);
    pacer_fewer(&pacer, pacer.rest_until_ms, 1000 * (int64_t)SECOND_US, 1);
    CHECK_INT("and a fifth, so that not all come back together", pacer.rest_until_ms - before_ms, 1800000 + 2160000);
    int64_t now_ms = pacer.rest_until_ms;
    for (int i = 0; i < 19; i++) pacer_accepted(&pacer, now_ms);
    CHECK_INT("19 accepted: one still", pacer.now.in_hand, 1);
    CHECK("20: one more", pacer_accepted(&pacer, now_ms) && pacer.now.in_hand == 2);
    for (int i = 0; i < 20 * 18; i++) pacer_accepted(&pacer, now_ms);
    CHECK_INT("slowly back to all", pacer.now.in_hand, 20);
    for (int i = 0; i < 20 * 18; i++) pacer_accepted(&pacer, now_ms);
    CHECK("and as if nothing had been", pacer.now.in_hand == 20 && !pacer_slowed(&pacer));
}

static void slower(void) {
    struct pacer pacer;
    pacer_begin(&pacer, (struct pace_limits){.in_hand = 4, .a_minute = 120}, 0);
    CHECK("half of both, and a rest", pacer_slower(&pacer, 5000, 0, 0) && pacer.now.in_hand == 2 && pacer.now.a_minute == 60 &&
                                          pacer.rest_until_ms == 65000);
    CHECK("what was in hand then says nothing", !pacer_accepted(&pacer, 5000) && !pacer.accepted);
    for (int i = 0; i < 20; i++) pacer_accepted(&pacer, 70000);
    CHECK("20 later a tenth of the rate, one in hand", pacer.now.a_minute == 72 && pacer.now.in_hand == 3 && pacer.rests == 0);
    for (int i = 0; i < 8; i++) pacer_slower(&pacer, pacer.rest_until_ms, (i + 1) * 10 * (int64_t)SECOND_US, 0);
    CHECK_INT("never slower than one in ten seconds", pacer.now.a_minute, 6);
    /* A domain that nobody has limited: what it was sent is what was too much. */
    pacer_begin(&pacer, (struct pace_limits){0}, 0);
    for (int i = 0; i < 300; i++) pacer_take(&pacer, i * 100000);
    for (int i = 0; i < 290; i++) pacer_give(&pacer);
    pacer_slower(&pacer, 0, 30 * SECOND_US, 0);
    CHECK("half of what was measured", pacer.now.in_hand == 5 && pacer.now.a_minute == 150);
    for (int i = 0; i < 20 * 20; i++) pacer_accepted(&pacer, 100000);
    CHECK("in the end no limit again", !pacer.now.in_hand && !pacer.now.a_minute && !pacer_slowed(&pacer));
    pacer_begin(&pacer, (struct pace_limits){.a_minute = 3}, 0);
    pacer_slower(&pacer, 0, 0, 0);
    CHECK_INT("a limit below the least stays", pacer.now.a_minute, 3);
}

static void probing(void) {
    struct pacer pacer;
    pacer_begin(&pacer, (struct pace_limits){.in_hand = 20}, 0);
    CHECK_INT("a rest", pacer_rest(&pacer, 1000, 0.5), 1000 + 66000);
    pacer.probing = true;
    CHECK_INT("one goes", pacer_ask(&pacer, 67000, 0), PACE_GO);
    pacer_take(&pacer, 0);
    CHECK_INT("and no other", pacer_ask(&pacer, 67000, 0), PACE_FULL);
    CHECK("until it is accepted", pacer_accepted(&pacer, 67000) && pacer_ask(&pacer, 67000, 0) == PACE_GO);
    CHECK("the next rest would still be longer", pacer_slowed(&pacer) && pacer_rest(&pacer, 0, 0) == 120000);
}

/* -- domain groups ----------------------------------------------------------------------------------------------------- */
static const struct { const char *label, *name, *line, *quoted; } BAD[] = {
    {"not a domain", "a", "orange", "orange"},
    {"an address", "a", "x@orange.example", "x@orange.example"},
    {"accents", "a", "déjà.example", "déjà.example"},
    {"dots", "a", "a..example", "a..example"},
    {"no number", "a", "b.example, connections viele", "connections viele"},
    {"too many", "a", "c.example, connections 1001", "connections 1001"},
    {"less than none", "a", "rate -1", "rate -1"},
    {"a tail", "a", "rate 60/min", "rate 60/min"},
    {"an unknown limit", "a", "speed 60", "speed 60"},
    {"twice", "b", "eins.example", "eins.example"},
    {"a dot in the name", "a.b", "zwei.example", "a.b"},
    {"domains among the others", "others", "zwei.example", "zwei.example"}};

static void table(void) {
    AUTO(domain_groups) groups = domain_groups_open();
    struct err err = {0};
    CHECK("a group", domain_groups_add(groups, "eins", "eins.example ,  UN.example,connections 3, rate 60", &err));
    CHECK("the others", domain_groups_add(groups, "others", "connections 7", &err));
    CHECK("an empty line is none", domain_groups_add(groups, "rien", " , ", &err));
    for (size_t i = 0; i < COUNT(BAD); i++) {
        err = (struct err){0};
        bool taken = domain_groups_add(groups, BAD[i].name, BAD[i].line, &err);
        if (!CHECK(BAD[i].label, !taken && err.kind == ERR_INPUT && strstr(err.text, BAD[i].quoted))) printf("# %s\n", err.text);
    }
    struct domain_group *one = domain_group_of(groups, "eins.example", 0, 0);
    CHECK("two domains, one group", one == domain_group_of(groups, "un.example", 0, 0) && !strcmp(one->name, "eins"));
    CHECK("its limits", one->pace.now.in_hand == 3 && one->pace.now.a_minute == 60);
    struct domain_group *own = domain_group_of(groups, "mairie.example", 0, 0);
    CHECK("another domain is its own", own != one && own == domain_group_of(groups, "mairie.example", 0, 0) && own->pace.now.in_hand == 7);
    CHECK("no part of a domain is the domain", domain_group_of(groups, "x.eins.example", 0, 0) != one);
    CHECK("by name", domain_group_named(groups, "eins", 0, 0) == one && domain_group_named(groups, "mairie.example", 0, 0) == own &&
                         !domain_group_named(groups, "rien", 0, 0));
}

static void forgetting(void) {
    AUTO(domain_groups) groups = domain_groups_open();
    char name[40];
    struct domain_group *slow = domain_group_of(groups, "lent.example", 0, 0);
    pacer_slower(&slow->pace, 0, 0, 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "d%d.example", i);
        struct domain_group *group = domain_group_of(groups, name, 0, 10 * SECOND_US);
        pacer_take(&group->pace, 10 * SECOND_US);
        pacer_give(&group->pace);
    }
    size_t count = 0;
    while (domain_group_at(groups, count)) count++;
    if (!CHECK("100,000 domains do not stay", count <= DOMAIN_GROUPS_OWN + 1)) printf("# %zu\n", count);
    CHECK("what asked for patience is remembered", domain_group_of(groups, "lent.example", 0, 10 * SECOND_US) == slow && pacer_slowed(&slow->pace));
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "s%d.example", i);
        pacer_slower(&domain_group_of(groups, name, 0, 10 * SECOND_US)->pace, 0, 10 * SECOND_US + i, 0);
    }
    CHECK_TEXT("5,000 that all do share what is left", domain_group_of(groups, "s4999.example", 0, 11 * SECOND_US)->name, "others");
    count = 0;
    while (domain_group_at(groups, count)) count++;
    CHECK_INT("and no more memory", (int)count, DOMAIN_GROUPS_OWN + 1);
}

/* Any line: taken or refused, and every domain afterwards finds a group. */
static void any_line(void) {
    static const char *const SEEDS[] = {"orange.example, wanadoo.example, connections 3, rate 60", "a.b", "rate 0", ", ,"};
    uint64_t seed = 5;
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
        AUTO(domain_groups) groups = domain_groups_open();
        char line[300];
        struct err err = {0};
        snprintf(line, sizeof line, "%s", SEEDS[i % (int)COUNT(SEEDS)]);
        size_t length = strlen(line);
        for (int k = 0; k < 1 + i % 5 && length; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            line[(seed >> 33) % length] = "a.@, 9-\xc3\x80Zc\t;="[(seed >> 50) % 14];
        }
        refused += !domain_groups_add(groups, "g", line, &err);
        if (!domain_group_of(groups, "a.b", 0, 0)) abort();
    }
    CHECK("3,000 mutated lines: each taken or refused", refused > 100 && refused < 2900);
}

/* The table of whoever configures none. */
static void french(void) {
    static const char *const SAME[][2] = {{"orange.fr", "wanadoo.fr"}, {"free.fr", "aliceadsl.fr"}, {"sfr.fr", "neuf.fr"}, {"gmail.com", "googlemail.com"},
                                          {"outlook.fr", "hotmail.com"}, {"yahoo.fr", "aol.com"}};
    char path[] = "/tmp/relais-domaines.XXXXXX";
    struct err err = {0};
    int fd = mkstemp(path);
    if (fd < 0) abort();
    close(fd);
    AUTO(settings) settings = settings_load(path, &err);
    AUTO(domain_groups) groups = settings ? domains_read(settings, &err) : NULL;
    if (CHECK("without a table there is one", groups))
        for (size_t i = 0; i < COUNT(SAME); i++) {
            const struct domain_group *group = domain_group_of(groups, SAME[i][0], 0, 0);
            CHECK(SAME[i][1], group->configured && group->pace.now.in_hand && group == domain_group_of(groups, SAME[i][1], 0, 0));
        }
    unlink(path);
}

int main(void) {
    french();
    rates();
    in_hand();
    fewer();
    slower();
    probing();
    table();
    forgetting();
    any_line();
    return tap_end();
}
