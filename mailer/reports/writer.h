/* One report, five formats: for a terminal, for programs, for spreadsheets, for everybody. */
#ifndef MAILER_REPORTS_WRITER_H
#define MAILER_REPORTS_WRITER_H

#include "mailer/reports/counts.h"
#include "mailer/reports/table_out.h"

enum report_table { REPORT_WAVES, REPORT_DEPARTMENTS, REPORT_CALLS, REPORT_TABLES };
extern const char *const REPORT_TABLE[REPORT_TABLES]; /* "waves", "departments", "calls" */

/* Each appends to out; its ceiling is the caller's limit. */
void report_text(const struct report *report, bool colour, struct buf *out);
void report_json(const struct report *report, struct buf *out); /* one object, one line */
void report_html(const struct report *report, struct buf *out); /* one self-contained page */
/* path NULL: standard output, of CSV only. */
bool report_to_table(const struct report *report, enum report_table which, const char *path, enum table_form form, struct err *err);

/* The call list alone (relais calls): neighbouring departments' groupings too. */
bool calls_to_table(const struct report *report, const char *path, enum table_form form, struct err *err);
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
