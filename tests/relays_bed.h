/* Relays for tests that open no line: deliveries are chosen and their ends told. */
#ifndef TESTS_RELAYS_BED_H
#define TESTS_RELAYS_BED_H

#include <stdlib.h>

#include "base/clock.h"
#include "mailer/send/relays.h"
#include "tests/tap.h"

enum { SECOND_US = 1000000, DAY = 20000 };

static struct err err;
static struct relays_instant now;
static int64_t next_id, until_ms;

static inline struct relay_settings relay(const char *name, int weight) {
    struct relay_settings settings = {.weight = weight, .breaker = 10, .breaker_groups = 2};
    snprintf(settings.name, sizeof settings.name, "%s", name);
    settings.relay = (struct sender_relay){.url = "smtp://127.0.0.1:9", .starttls = "off", .username = "", .password = "", .ca_file = "",
                                           .ehlo_name = "test.example", .connections = 20, .connect_timeout_ms = 1000,
                                           .dot_timeout_ms = 1000};
    return settings;
}

static inline void go_on(struct relays *relays, int64_t seconds) {
    now.clock_ms += seconds * 1000;
    now.steady_us += seconds * SECOND_US;
    relays_now(relays, &now);
}

static inline void set_clock(struct relays *relays, int64_t by_s, int64_t days) {
    now.clock_ms += by_s * 1000;
    now.day += days;
    relays_now(relays, &now);
}

static inline struct relays *open_all(const struct relay_settings *all, size_t count, const char *lines[][2], size_t line_count) {
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

static inline enum relays_choice choose_again(struct relays *relays, const char *domain, const char *put_off_by) {
    const struct relays_wanted wanted = {.delivery_id = next_id, .domain = domain, .put_off_by = put_off_by};
    enum relays_choice choice = relays_choose(relays, &wanted, &until_ms);
    if (choice == RELAYS_GO) next_id++;
    return choice;
}

static inline enum relays_choice choose(struct relays *relays, const char *domain) { return choose_again(relays, domain, NULL); }

static inline struct smtp_result reply(enum smtp_phase phase, int code, const char *enhanced, const char *text) {
    struct smtp_result result = {.phase = phase, .reply = {.code = code}};
    snprintf(result.reply.enhanced, sizeof result.reply.enhanced, "%s", enhanced);
    snprintf(result.reply.text, sizeof result.reply.text, "%s", text);
    return result;
}

static inline struct relays_answer end(struct relays *relays, int64_t id, enum verdict verdict) {
    struct smtp_result result = reply(verdict == VERDICT_RELAY ? SMTP_AT_GREETING : SMTP_AT_DOT, verdict == VERDICT_SENT ? 250 : 550, "", "said so");
    return relays_verdict(relays, id, verdict, false, &result);
}

static inline struct relays_answer refuse(struct relays *relays, const char *domain, const char *text) {
    struct smtp_result result = reply(SMTP_AT_DOT, 550, "5.7.1", text);
    if (choose(relays, domain) != RELAYS_GO) return (struct relays_answer){.until_ms = -77};
    return relays_verdict(relays, next_id - 1, VERDICT_FAIL, true, &result);
}

static inline bool accept_one(struct relays *relays, const char *domain) {
    return choose(relays, domain) == RELAYS_GO && end(relays, next_id - 1, VERDICT_SENT).action == RELAYS_AS_TOLD;
}

static inline int settled_as(struct relays *relays, enum relays_settlement what) {
    struct relays_settled one;
    int count = 0;
    while (relays_settled(relays, &one)) count += one.what == what;
    return count;
}

static inline int alerts(struct relays *relays, const char *says) {
    static struct relays_notice one;
    int count = 0;
    while (relays_notice(relays, &one)) {
        if (one.alert && strstr(one.text, says)) count++;
        else printf("# %s\n", one.text);
    }
    return count;
}

static inline bool went_to(const struct relays *relays, const char *name) { return !strcmp(relays_name(relays, next_id - 1), name); }

static inline void share(struct relays *relays, int count, int by[3]) {
    by[0] = by[1] = by[2] = 0;
    for (int i = 0; i < count; i++) {
        if (choose(relays, "mairie.example") != RELAYS_GO) continue;
        const char *name = relays_name(relays, next_id - 1);
        by[!strcmp(name, "smtp") ? 0 : !strcmp(name, "smtp.zwei") ? 1 : 2]++;
        end(relays, next_id - 1, VERDICT_SENT);
    }
}

#endif
