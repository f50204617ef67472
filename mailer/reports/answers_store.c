/* Answers by day: the day the collectivity is said to have answered on, else the day we were told. */
#include "mailer/reports/answers_store.h"

#include <stdlib.h>
#include <string.h>

#include "mailer/french_moments.h"

static int by_day(const void *left, const void *right) {
    int64_t a = ((const struct answer_day *)left)->day, b = ((const struct answer_day *)right)->day;
    return (a > b) - (a < b);
}

/* Sorted days become one row a day, with the running total. */
static size_t gather(struct answer_day *days, size_t count) {
    size_t kept = 0;
    int64_t total = 0;
    if (count) qsort(days, count, sizeof *days, by_day);
    for (size_t i = 0; i < count; i++) {
        total += days[i].count;
        if (kept && days[kept - 1].day == days[i].day)
            days[kept - 1].count += days[i].count;
        else
            days[kept++] = days[i];
        days[kept - 1].total = total;
    }
    return kept;
}

bool answer_days_load(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT COALESCE(e.answered_on, ''), COALESCE(e.answered_ms, $3), COUNT(*) "
                 "FROM enrolment e JOIN collectivity c ON c.id = e.party_id "
                 "WHERE e.campaign_id = $1 AND e.selected = 1 AND e.answered = 1 AND e.withdrawn = 0 "
                 "AND ($2 = '' OR c.department = $2) "
                 "GROUP BY COALESCE(e.answered_on, ''), COALESCE(e.answered_ms, $3)",
                 DB_I(campaign_id), DB_T(report->department), DB_I(report->as_of_ms));
    size_t count = 0;
    int got;
    while ((got = db_next(rows, err)) > 0) {
        int64_t day;
        if (!day_parse(db_text(rows, 0), &day)) day = local_day(PARIS, db_int(rows, 1));
        report->days = mem_grow(report->days, count + 1, sizeof *report->days);
        report->days[count++] = (struct answer_day){.day = day, .count = db_int(rows, 2)};
    }
    report->day_count = gather(report->days, count);
    return got == 0;
}

/* "YYYY-MM-DD -> YYYY-MM-DD" */
static bool read_extension(const char *text, struct report_extension *extension) {
    const char *arrow = strstr(text, " -> ");
    if (!arrow || arrow - text != 10) return false;
    char before[11] = "";
    memcpy(before, text, 10);
    return day_parse(before, &extension->before_day) &&
           day_parse(arrow + strlen(" -> "), &extension->after_day);
}

bool extensions_load(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT at_ms, text FROM event WHERE campaign_id = $1 AND event = 'extended' AND delivery_id IS NULL ORDER BY id",
                 DB_I(campaign_id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct report_extension extension = {.at_ms = db_int(rows, 0)};
        if (!read_extension(db_text(rows, 1), &extension)) continue;
        report->extensions = mem_grow(report->extensions, report->extension_count + 1, sizeof extension);
        report->extensions[report->extension_count++] = extension;
    }
    return got == 0;
}
