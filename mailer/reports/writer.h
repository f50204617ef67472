/* One report, four formats: for a terminal, for programs, for spreadsheets, for everybody. */
#ifndef MAILER_REPORTS_WRITER_H
#define MAILER_REPORTS_WRITER_H

#include "mailer/reports/counts.h"

enum report_table { REPORT_WAVES, REPORT_DEPARTMENTS, REPORT_CALLS, REPORT_TABLES };
extern const char *const REPORT_TABLE[REPORT_TABLES]; /* "waves", "departments", "calls" */

/* Each appends to out; its ceiling is the caller's limit. */
void report_text(const struct report *report, bool colour, struct buf *out);
void report_json(const struct report *report, struct buf *out); /* one object, one line */
void report_csv(const struct report *report, enum report_table table, struct buf *out);
void report_html(const struct report *report, struct buf *out); /* one self-contained page */

/* The call list alone (relais calls): neighbouring departments' groupings too. */
void calls_csv(const struct report *report, struct buf *out);
void calls_text(const struct report *report, bool colour, struct buf *out);
void calls_json(const struct report *report, struct buf *out);

/* French phrases several formats share. */
/* The last day whose answers are known: that of the list of respondents, today where no list said so; never before
 * the last answer. Days since 1970. */
int64_t answers_end_day(const struct report *report);
/* "dans 15 jours", "demain", "aujourd'hui", "passée depuis 3 jours" */
void due_text(const struct report *report, char *out, size_t size_bytes);
/* How the deadline was moved, "" when it never was: "d'abord fixée au vendredi 23 janvier 2026". */
void moved_text(const struct report *report, char *out, size_t size_bytes);
/* "Voit aussi 2 groupements qui relèvent de départements voisins (1 sélectionné) : …"; "" when there are none. */
void neighbours_text(const struct report *report, char *out, size_t size_bytes);
/* Whom the report is about: "Finistère (29)", "toutes les collectivités"; the wave too when one was asked
 * for. */
void scope_text(const struct report *report, char *out, size_t size_bytes);

#endif
