/* Plans what is due of one campaign and says how long it took, for tests/bench_plan.py.
 * usage: tool_plan DATABASE KEY_FILE CAMPAIGN INSTANT; prints DELIVERIES MICROSECONDS. Nothing is sent. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "mailer/send/planner.h"

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool plan(char **argv, struct err *err) {
    char url[512];
    int64_t now_ms;
    struct token_key key;
    struct campaign campaign;
    struct planned planned;
    const struct send_limits limits = {.answers_max_age_ms = 7 * (int64_t)DAY_MS};
    snprintf(url, sizeof url, "sqlite:%s", argv[1]);
    AUTO(db) db = db_open(url, false, err);
    if (!db || !token_key_load(argv[2], &key, err) || !campaign_load(db, argv[3], &campaign, err)) return false;
    if (!instant_parse(argv[4], false, &now_ms)) return err_set(err, ERR_INPUT, "USAGE", "instant ?");
    int64_t begun_us = now_us();
    bool good = plan_due(db, &campaign, "amf.example", &key, &limits, now_ms, &planned, err);
    if (good) printf("%" PRId64 " %" PRId64 "\n", planned.deliveries, now_us() - begun_us);
    campaign_release(&campaign);
    return good;
}

int main(int argc, char **argv) {
    struct err err = {0};
    if (argc == 5 && plan(argv, &err)) return 0;
    fprintf(stderr, "tool_plan: %s\n", err.text);
    return 2;
}
