/* Waves to instants: all day arithmetic is done on local days, zones enter and leave at the edges. */
#include "schedules/plan.h"

#include "base/clock.h"
#include "schedules/workdays.h"
#include "schedules/zones.h"

bool plan_deadline_ms(int64_t due_day, int64_t *deadline_ms, struct err *err) {
    return zone_to_instant("Europe/Paris", due_day + 1, 0, deadline_ms, err);
}

/* A window has a weekday from Monday to Friday (window_parse), and holidays do not fall on it for weeks on
 * end: the searches below come to an end. */
static bool sending_day(const struct send_window *window, int64_t day, const char *department) {
    return window->weekdays & 1u << day_weekday(day) && working_day(day, department);
}

static int64_t sending_day_from(const struct send_window *window, int64_t day, int step,
                                const char *department) {
    while (!sending_day(window, day, department)) day += step;
    return day;
}

bool plan_instant_ms(const struct schedule *schedule, const struct schedule_wave *wave,
                     const char *department, int64_t *at_ms, struct err *err) {
    if (!wave->relative) return plan_window_ms(&schedule->window, department, wave->at_ms, at_ms, err);
    int64_t day = sending_day_from(&schedule->window, schedule->due_day + wave->offset_days, -1, department);
    return zone_to_instant(zone_of_department(department), day, schedule->send_minute, at_ms, err);
}

bool plan_window_ms(const struct send_window *window, const char *department, int64_t at_ms, int64_t *open_ms,
                    struct err *err) {
    const char *zone = zone_of_department(department);
    int64_t day;
    int minute;
    if (!zone_ready(zone, err)) return false;
    zone_local(zone, at_ms, &day, &minute);
    if (sending_day(window, day, department) && minute >= window->opens_minute &&
        minute < window->closes_minute)
        return *open_ms = at_ms, true;
    if (minute >= window->opens_minute) day++;
    return zone_to_instant(zone, sending_day_from(window, day, 1, department), window->opens_minute, open_ms,
                           err);
}

bool plan_closed_ms(const struct send_window *window, const char *department, int64_t from_ms, int64_t to_ms, int64_t *closed_ms, struct err *err) {
    *closed_ms = 0;
    for (int64_t day_ms = from_ms, open_ms; day_ms < to_ms + *closed_ms; day_ms += DAY_MS) {
        if (!plan_window_ms(window, department, day_ms, &open_ms, err)) return false;
        if (open_ms >= day_ms + DAY_MS) *closed_ms += DAY_MS;
    }
    return true;
}

bool plan_latest_ms(const struct schedule *schedule, const char *department, int64_t at_ms,
                    int64_t *latest_ms, struct err *err) {
    const char *zone = zone_of_department(department);
    int64_t day;
    int minute;
    if (!zone_ready(zone, err)) return false;
    zone_local(zone, at_ms, &day, &minute);
    return zone_to_instant(zone, working_days_after(day, schedule->late_working_days, department),
                           schedule->window.closes_minute, latest_ms, err);
}

bool plan_next_working_ms(const struct schedule *schedule, const char *department, int64_t after_ms,
                          int64_t *at_ms, struct err *err) {
    const char *zone = zone_of_department(department);
    int64_t day;
    int minute;
    if (!zone_ready(zone, err)) return false;
    zone_local(zone, after_ms, &day, &minute);
    return zone_to_instant(zone, sending_day_from(&schedule->window, day + 1, 1, department),
                           schedule->send_minute, at_ms, err);
}

bool plan_last_useful_ms(const struct schedule *schedule, const char *department, int64_t *at_ms, struct err *err) {
    const char *zone = zone_of_department(department);
    int64_t deadline_ms, day = schedule->due_day + 1;
    if (!plan_deadline_ms(schedule->due_day, &deadline_ms, err)) return false;
    do { /* its evening in the Pacific may be past the deadline, which is Paris's */
        day = sending_day_from(&schedule->window, day - 1, -1, department);
        if (!zone_to_instant(zone, day, schedule->send_minute, at_ms, err)) return false;
    } while (*at_ms >= deadline_ms);
    return true;
}

bool plan_after_absence_ms(const struct schedule *schedule, const char *department, int64_t back_day, int64_t *at_ms,
                           struct err *err) {
    int64_t last_ms;
    if (!plan_last_useful_ms(schedule, department, &last_ms, err)) return false;
    if (back_day >= schedule->due_day) return *at_ms = last_ms, true; /* whatever day a message has named */
    if (!zone_to_instant(zone_of_department(department), sending_day_from(&schedule->window, back_day + 1, 1, department),
                         schedule->send_minute, at_ms, err))
        return false;
    *at_ms = min_i64(*at_ms, last_ms);
    return true;
}
