/* Conversions between instants and local times, a line each, for an independent judge (tests/zones.t).
 * In:  "zones"                            -> DEPARTMENT ZONE, a line each
 *      "offset ZONE UNIX_SECONDS"         -> minutes east of UTC
 *      "local ZONE UNIX_SECONDS"          -> DAY MINUTE
 *      "instant ZONE DAY MINUTE"          -> Unix seconds */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schedules/zones.h"

static void print_zones(void) {
    static const char *const DEPARTMENTS[] = {"29",  "2A",  "971", "972", "973", "974", "975",
                                              "976", "977", "978", "986", "987", "988", ""};
    for (size_t i = 0; i < COUNT(DEPARTMENTS); i++)
        printf("%s %s\n", DEPARTMENTS[i], zone_of_department(DEPARTMENTS[i]));
}

static bool answer(const char *line) {
    char zone[64];
    int64_t number, result_ms, day;
    int minute;
    struct err err = {0};
    if (!strcmp(line, "zones\n")) return print_zones(), true;
    if (sscanf(line, "offset %63s %" SCNd64, zone, &number) == 2)
        return printf("%d\n", zone_offset_minutes(zone, number * 1000)) > 0;
    if (sscanf(line, "local %63s %" SCNd64, zone, &number) == 2) {
        zone_local(zone, number * 1000, &day, &minute);
        return printf("%" PRId64 " %d\n", day, minute) > 0;
    }
    if (sscanf(line, "instant %63s %" SCNd64 " %d", zone, &day, &minute) != 3) return false;
    if (!zone_to_instant(zone, day, minute, &result_ms, &err)) return fprintf(stderr, "%s\n", err.text) < 0;
    return printf("%" PRId64 "\n", result_ms / 1000) > 0;
}

int main(void) {
    char line[200];
    while (fgets(line, sizeof line, stdin))
        if (!answer(line)) return 2;
    return 0;
}
