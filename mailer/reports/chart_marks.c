/* What the curve's vertical lines stand for. */
#include <stdio.h>
#include <stdlib.h>

#include "mailer/reports/chart_svg.h"
#include "mailer/french_moments.h"

static struct chart_mark *add(struct chart_marks *marks, enum chart_mark_kind kind, int64_t day) {
    marks->all = mem_grow(marks->all, marks->count + 1, sizeof *marks->all);
    struct chart_mark *mark = &marks->all[marks->count++];
    *mark = (struct chart_mark){.kind = kind, .day = day};
    return mark;
}

static int by_day(const void *left, const void *right) {
    const struct chart_mark *a = left, *b = right;
    if (a->day != b->day) return (a->day > b->day) - (a->day < b->day);
    return (int)a->kind - (int)b->kind;
}

void chart_marks_of(const struct report *report, struct chart_marks *marks) {
    *marks = (struct chart_marks){0};
    char date[FRENCH_DATE];
    for (size_t i = 0; i < report->wave_count; i++) {
        const struct report_wave *wave = &report->waves[i];
        if (wave->at_ms < 0 || wave->state == WAVE_SKIPPED) continue;
        bool mailed = wave->state == WAVE_DONE || wave->counts.planned > 0;
        struct chart_mark *mark =
            add(marks, mailed ? MARK_MAILED : MARK_TO_COME, local_day(PARIS, wave->at_ms));
        snprintf(mark->label, sizeof mark->label, "%s", wave->name);
    }
    for (size_t i = 0; i < report->extension_count; i++) {
        const struct report_extension *extension = &report->extensions[i];
        struct chart_mark *mark = add(marks, MARK_EXTENSION, local_day(PARIS, extension->at_ms));
        french_tiny_date(extension->after_day, date);
        snprintf(mark->label, sizeof mark->label, "report au %s", date);
        mark = add(marks, MARK_OLD_DEADLINE, extension->before_day);
        snprintf(mark->label, sizeof mark->label, "ancienne échéance");
    }
    struct chart_mark *due = add(marks, MARK_DEADLINE, report->due_day);
    snprintf(due->label, sizeof due->label, "échéance");
    qsort(marks->all, marks->count, sizeof *marks->all, by_day);
}

void chart_marks_release(struct chart_marks *marks) {
    free(marks->all);
    *marks = (struct chart_marks){0};
}
