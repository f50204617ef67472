/* French words that the text, CSV and HTML reports share. */
#include <stdio.h>
#include <string.h>

#include "mailer/french_moments.h"
#include "mailer/reports/directory.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/writer.h"

const char *const REPORT_TABLE[REPORT_TABLES] = {"waves", "departments", "calls"};

int64_t answers_end_day(const struct report *report) {
    int64_t today = local_day(PARIS, report->as_of_ms), end = today;
    if (report->answers_as_of_ms >= 0) end = min_i64(today, local_day(PARIS, report->answers_as_of_ms));
    return report->day_count ? max_i64(end, report->days[report->day_count - 1].day) : end;
}

void due_text(const struct report *report, char *out, size_t size_bytes) {
    int64_t days = report->due_day - local_day(PARIS, report->as_of_ms);
    char count[96];
    french_count(days < 0 ? -days : days, "jour", "jours", count, sizeof count);
    if (days == 0)
        snprintf(out, size_bytes, "aujourd'hui");
    else if (days == 1)
        snprintf(out, size_bytes, "demain");
    else
        snprintf(out, size_bytes, days > 0 ? "dans %s" : "passée depuis %s", count);
}

void moved_text(const struct report *report, char *out, size_t size_bytes) {
    char first[FRENCH_DATE];
    out[0] = '\0';
    if (report->first_due_day == report->due_day) return;
    french_date(report->first_due_day, first);
    snprintf(out, size_bytes, "d'abord fixée au %s", first);
}

void scope_text(const struct report *report, char *out, size_t size_bytes) {
    char where[160];
    if (report->department[0])
        snprintf(where, sizeof where, "%s (%s)", report->department_name, report->department);
    else
        snprintf(where, sizeof where, "toutes les collectivités de la campagne");
    if (report->wave[0])
        snprintf(out, size_bytes, "%s, vague %s", where, report->wave);
    else
        snprintf(out, size_bytes, "%s", where);
}

void neighbours_text(const struct report *report, char *out, size_t size_bytes) {
    char seen[160], selected[96];
    out[0] = '\0';
    if (!report->neighbours.informed) return;
    french_count(report->neighbours.informed, "groupement qui relève d'un département voisin",
                 "groupements qui relèvent de départements voisins", seen, sizeof seen);
    french_count(report->neighbours.selected, "sélectionné", "sélectionnés", selected, sizeof selected);
    snprintf(out, size_bytes, "Voit aussi %s (%s) : chacun est compté dans le sien", seen, selected);
}

const char *contact_state_text(enum contact_state state) {
    static const char *const WORDS[CONTACT_STATES] = {"", "morte", "opposition", "plainte"};
    return WORDS[state];
}

const char *directory_status_text(const char *status) {
    static const struct { const char *status, *word; } WORDS[] = {
        {"informed", "informée"}, {"selected", "sélectionnée"}, {"answered", "répondu"},
        {"objected", "opposition"}, {"withdrawn", "retirée"}};
    for (size_t i = 0; status && i < COUNT(WORDS); i++)
        if (!strcmp(WORDS[i].status, status)) return WORDS[i].word;
    return "";
}
