/* Zones of departments, and local time over them (files under /usr/share/zoneinfo, read once). */
#include "schedules/zones.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "schedules/tzif.h"

#define ZONEINFO "/usr/share/zoneinfo"
enum { ZONE_NAME = 64, FILE_BYTES = 1 << 18, DAY_S = 86400, AROUND_S = 36 * 3600 };

static const struct {
    const char *department, *zone;
} OVERSEAS[] = {
    {"971", "America/Guadeloupe"},    {"972", "America/Martinique"}, {"973", "America/Cayenne"},
    {"974", "Indian/Reunion"},        {"975", "America/Miquelon"},   {"976", "Indian/Mayotte"},
    {"977", "America/St_Barthelemy"}, {"978", "America/Marigot"},    {"986", "Pacific/Wallis"},
    {"987", "Pacific/Tahiti"},        {"988", "Pacific/Noumea"},
};

const char *zone_of_department(const char *department) {
    if (*department != '9') return "Europe/Paris"; /* asked several times a message */
    for (size_t i = 0; i < COUNT(OVERSEAS); i++)
        if (!strcmp(OVERSEAS[i].department, department)) return OVERSEAS[i].zone;
    return "Europe/Paris";
}

/* -- the cache: a role needs a dozen zones for its whole life. Any thread may ask: what is in the list stays as it is -- */
struct kept {
    char name[ZONE_NAME];
    struct tzif rules;
    struct kept *next;
};
static struct kept *_Atomic kept_zones;

static bool no_zone(const char *zone, const char *why, struct err *err) {
    return err_set(err, ERR_FATAL, "NO_ZONE",
                   "le fuseau horaire %s/%.60s %s ; installez ou réparez le paquet tzdata", ZONEINFO, zone,
                   why);
}

static bool read_rules(const char *zone, struct tzif *rules, struct err *err) {
    char path[sizeof ZONEINFO + ZONE_NAME + 1];
    if (!*zone || *zone == '/' || strstr(zone, "..") || strlen(zone) >= ZONE_NAME)
        return no_zone(zone, "n'est pas un nom de fuseau", err);
    snprintf(path, sizeof path, ZONEINFO "/%s", zone);
    FILE *file = fopen(path, "rbe");
    if (!file && errno == ENOENT) return no_zone(zone, "manque", err);
    if (!file) return err_errno(err, ERR_FATAL, "NO_ZONE", "le fuseau horaire %s ne peut être lu", path);
    AUTO_BUF bytes = BUF_INIT(FILE_BYTES);
    bool good = buf_add_file(&bytes, file);
    fclose(file);
    return (good && tzif_read(rules, buf_text(&bytes), bytes.length)) || no_zone(zone, "est illisible", err);
}

static const struct tzif *rules_of(const char *zone, struct err *err) {
    for (const struct kept *kept = kept_zones; kept; kept = kept->next)
        if (!strcmp(kept->name, zone)) return &kept->rules;
    struct tzif rules;
    if (!read_rules(zone, &rules, err)) return NULL;
    struct kept *kept = mem_new(1, sizeof *kept);
    snprintf(kept->name, sizeof kept->name, "%s", zone);
    kept->rules = rules;
    kept->next = kept_zones;
    while (!atomic_compare_exchange_weak(&kept_zones, &kept->next, kept)) continue; /* two threads may both bring one: either will do */
    return &kept->rules;
}

bool zone_ready(const char *zone, struct err *err) {
    return rules_of(zone, err) != NULL;
}

/* -- conversions --------------------------------------------------------------------------------------- */
static int64_t floor_div(int64_t value, int64_t by) {
    return value / by - (value % by < 0);
}

bool zone_to_instant(const char *zone, int64_t day, int minute_of_day, int64_t *instant_ms, struct err *err) {
    const struct tzif *rules = rules_of(zone, err);
    if (!rules) return false;
    /* Offsets well before and well after: clocks change at most once in between. Of an overlap the earlier
     * offset is right too, and first; in a gap neither is, and the earlier one moves the time forward by the
     * gap. */
    int64_t local_s = day * DAY_S + (int64_t)minute_of_day * 60;
    int before_s = tzif_offset_s(rules, local_s - AROUND_S),
        after_s = tzif_offset_s(rules, local_s + AROUND_S);
    int64_t instant_s = local_s - before_s;
    bool with_after =
        tzif_offset_s(rules, instant_s) != before_s && tzif_offset_s(rules, local_s - after_s) == after_s;
    *instant_ms = (with_after ? local_s - after_s : instant_s) * 1000;
    return true;
}

int zone_offset_minutes(const char *zone, int64_t instant_ms) {
    const struct tzif *rules = rules_of(zone, NULL);
    return rules ? (int)floor_div(tzif_offset_s(rules, floor_div(instant_ms, 1000)), 60)
                 : PARIS_OFFSET_UNKNOWN;
}

void zone_local(const char *zone, int64_t instant_ms, int64_t *day, int *minute_of_day) {
    const struct tzif *rules = rules_of(zone, NULL);
    int64_t unix_s = floor_div(instant_ms, 1000),
            local_s = unix_s + (rules ? tzif_offset_s(rules, unix_s) : 0);
    *day = floor_div(local_s, DAY_S);
    *minute_of_day = (int)((local_s - *day * DAY_S) / 60);
}
