/* The curve of answers over time as inline SVG, the mailings, extensions and deadlines marked on it. */
#ifndef MAILER_REPORTS_CHART_SVG_H
#define MAILER_REPORTS_CHART_SVG_H

#include "mailer/reports/counts.h"

enum chart_mark_kind { MARK_MAILED, MARK_TO_COME, MARK_EXTENSION, MARK_OLD_DEADLINE, MARK_DEADLINE };
struct chart_mark {
    enum chart_mark_kind kind;
    int64_t day; /* days since 1970 */
    char label[SCHEDULE_TITLE + 40];
};
struct chart_marks {
    struct chart_mark *all;
    size_t count;
};

/* What happened on which day, oldest first: waves (those skipped whole are left out), extensions, deadlines.
 */
void chart_marks_of(const struct report *report, struct chart_marks *marks);
void chart_marks_release(struct chart_marks *marks);

/* Appends one <svg>; its figures are also in a table of the page (its description says so). Colours come from
 * the page's style sheet. */
void chart_svg(const struct report *report, const struct chart_marks *marks, struct buf *out);

#endif
