/* Drawing the curve: days to the right, share of the selected upwards, answers a day as bars below. */
#include "mailer/reports/chart_svg.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/html_escape.h"
#include "mailer/reports/writer.h"

enum {
    WIDTH = 1040,
    LEFT = 58,
    RIGHT = 930, /* of the plot, in SVG units; labels may reach further right */
    LANE = 19,
    LANES = 12,
    TOP_PAD = 12, /* labels of the marks lie in lanes above the plot */
    PLOT = 260,
    GAP = 34,
    STRIP = 62,
    BELOW = 30,
    LETTER = 7,
    LABEL_PAD = 14,  /* a letter's width, generously */
    RUN_UP_DAYS = 7, /* shown before the first mark */
};

struct chart {
    const struct report *report;
    const struct chart_marks *marks;
    struct buf *out;
    int64_t first_day, last_day, known_day; /* known: answers are, up to there */
    int64_t top_permille; /* what the plot's upper edge stands for */
    int64_t most_a_day;
    int lanes, plot_top, plot_bottom, strip_bottom;
};

/* A day's middle (or its edge, half 0 or 2), in tenths of a unit: whole pixels would make the curve jump. */
static int64_t x_tenths(const struct chart *chart, int64_t day, int half) {
    int64_t halves = (day - chart->first_day) * 2 + half, all = (chart->last_day - chart->first_day + 1) * 2;
    return LEFT * 10 + (RIGHT - LEFT) * 10 * halves / all;
}
static int64_t y_tenths(const struct chart *chart, int64_t total) {
    int64_t selected = max_i64(chart->report->selected.total, 1);
    return chart->plot_bottom * 10 - PLOT * 10 * total * 1000 / (selected * chart->top_permille);
}
static void add_tenths(struct buf *out, int64_t tenths) {
    buf_add_format(out, "%" PRId64 ".%" PRId64, tenths / 10, tenths % 10);
}
static void add_attribute(struct buf *out, const char *name, int64_t tenths) {
    buf_add_format(out, " %s=\"", name);
    add_tenths(out, tenths);
    buf_add_char(out, '"');
}

/* -- scales --------------------------------------------------------------------------------------- */
static int64_t total_before(const struct report *report, int64_t day) {
    int64_t total = 0;
    for (size_t i = 0; i < report->day_count && report->days[i].day < day; i++) total = report->days[i].total;
    return total;
}

/* Answers may have come in for months before the first mailing: the curve then starts at the level reached.
 */
static void scale_days(struct chart *chart) {
    const struct report *report = chart->report;
    chart->known_day = answers_end_day(report);
    chart->first_day = chart->marks->all[0].day - RUN_UP_DAYS;
    chart->last_day = max_i64(chart->marks->all[chart->marks->count - 1].day, report->due_day) + 2;
    if (report->day_count)
        chart->last_day = max_i64(chart->last_day, report->days[report->day_count - 1].day);
    for (size_t i = 0; i < report->day_count; i++)
        if (report->days[i].day >= chart->first_day)
            chart->most_a_day = max_i64(chart->most_a_day, report->days[i].count);
}

static void scale_share(struct chart *chart) {
    static const int64_t TOPS[] = {20, 50, 100, 200, 400, 600, 800};
    int64_t reached = permille(chart->report->selected.answered, chart->report->selected.total);
    chart->top_permille = 1000;
    for (size_t i = COUNT(TOPS); i-- > 0;)
        if (reached * 10 <= TOPS[i] * 9) chart->top_permille = TOPS[i];
}

/* -- labels in lanes ------------------------------------------------------------------------------ */
struct placed {
    int lane;
    bool before; /* the text ends at its line instead of starting there */
};

static int64_t label_tenths(const struct chart_mark *mark) {
    return (int64_t)(text_columns(mark->label) * LETTER + LABEL_PAD) * 10;
}

/* The highest lane from which the line can go down without crossing a text: earlier marks hang higher. */
static void place_labels(struct chart *chart, struct placed *placed) {
    int64_t ends[LANES] = {0};
    for (size_t i = 0; i < chart->marks->count; i++) {
        const struct chart_mark *mark = &chart->marks->all[i];
        int64_t at = x_tenths(chart, mark->day, 1), width = label_tenths(mark);
        placed[i].before = at + width > WIDTH * 10;
        int64_t from = placed[i].before ? at - width : at, to = placed[i].before ? at : at + width;
        int lane = LANES - 1;
        while (lane > 0 && ends[lane - 1] <= from && ends[lane] <= from) lane--;
        if (ends[lane] > from && lane + 1 < LANES) lane++;
        ends[lane] = max_i64(ends[lane], to);
        placed[i].lane = lane;
        if (lane + 1 > chart->lanes) chart->lanes = lane + 1;
    }
}

static const char *const MARK_CLASS[] = {[MARK_MAILED] = "mailed",
                                         [MARK_TO_COME] = "to-come",
                                         [MARK_EXTENSION] = "extension",
                                         [MARK_OLD_DEADLINE] = "old-due",
                                         [MARK_DEADLINE] = "due"};

static void draw_marks(const struct chart *chart, const struct placed *placed) {
    for (size_t i = 0; i < chart->marks->count; i++) {
        const struct chart_mark *mark = &chart->marks->all[i];
        int64_t at = x_tenths(chart, mark->day, 1);
        int y = TOP_PAD + placed[i].lane * LANE;
        buf_add_format(chart->out, "<g class=\"mark %s\"><line", MARK_CLASS[mark->kind]);
        add_attribute(chart->out, "x1", at);
        add_attribute(chart->out, "x2", at);
        buf_add_format(chart->out, " y1=\"%d\" y2=\"%d\"/><text", y - 8, chart->strip_bottom);
        add_attribute(chart->out, "x", at + (placed[i].before ? -50 : 50));
        buf_add_format(chart->out, " y=\"%d\"%s>", y + 2, placed[i].before ? " text-anchor=\"end\"" : "");
        html_escape(chart->out, mark->label);
        buf_add_text(chart->out, "</text></g>");
    }
}

/* -- axes ----------------------------------------------------------------------------------------- */
static void draw_shares(const struct chart *chart) {
    enum { STEPS = 4 };
    for (int i = 0; i <= STEPS; i++) {
        int y = chart->plot_bottom - PLOT * i / STEPS;
        int64_t tenths = chart->top_permille * i / STEPS;
        buf_add_format(chart->out, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
                       i ? "grid" : "axis", LEFT, RIGHT, y, y);
        buf_add_format(chart->out, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%" PRId64,
                       LEFT - 8, y + 4, tenths / 10);
        if (tenths % 10) buf_add_format(chart->out, ",%" PRId64, tenths % 10);
        buf_add_text(chart->out, "\u00a0%</text>");
    }
}

static bool labelled_day(const struct chart *chart, int64_t day, int day_of_month) {
    int64_t shown = chart->last_day - chart->first_day;
    if (shown > 400) return false;
    return day_of_month == 1 ||
           (shown <= 120 && day_weekday(day) == 0 && day_of_month > 6 && day_of_month < 27);
}

static void draw_days(const struct chart *chart) {
    for (int64_t day = chart->first_day; day <= chart->last_day; day++) {
        int year, month, day_of_month;
        char date[FRENCH_DATE];
        day_split(day, &year, &month, &day_of_month);
        bool january = day_of_month == 1 && month == 1;
        if (!labelled_day(chart, day, day_of_month) && !january) continue;
        int64_t at = x_tenths(chart, day, 1);
        buf_add_text(chart->out, "<line class=\"axis\"");
        add_attribute(chart->out, "x1", at);
        add_attribute(chart->out, "x2", at);
        buf_add_format(chart->out, " y1=\"%d\" y2=\"%d\"/>", chart->strip_bottom, chart->strip_bottom + 5);
        french_tiny_date(day, date);
        buf_add_format(chart->out, "<text class=\"tick%s\"", day_of_month == 1 ? " month" : "");
        add_attribute(chart->out, "x", at);
        buf_add_format(chart->out, " y=\"%d\" text-anchor=\"middle\">%s", chart->strip_bottom + 19, date);
        if (january) buf_add_format(chart->out, " %d", year);
        buf_add_text(chart->out, "</text>");
    }
}

/* -- figures -------------------------------------------------------------------------------------- */
/* Steps at the end of each day, from the level before the first day shown up to the last day known. */
static void add_steps(const struct chart *chart) {
    const struct report *report = chart->report;
    int64_t last = min_i64(max_i64(chart->known_day, chart->first_day), chart->last_day);
    add_tenths(chart->out, x_tenths(chart, chart->first_day, 0));
    buf_add_char(chart->out, ',');
    add_tenths(chart->out, y_tenths(chart, total_before(report, chart->first_day)));
    for (int64_t day = chart->first_day; day <= last; day++) {
        buf_add_char(chart->out, ' ');
        add_tenths(chart->out, x_tenths(chart, day, 1));
        buf_add_char(chart->out, ',');
        add_tenths(chart->out, y_tenths(chart, total_before(report, day + 1)));
    }
}

static void draw_curve(const struct chart *chart) {
    int64_t last = min_i64(max_i64(chart->known_day, chart->first_day), chart->last_day);
    int64_t end_x = x_tenths(chart, last, 1), end_y = y_tenths(chart, total_before(chart->report, last + 1));
    char rate[FRENCH_NUMBER];
    buf_add_text(chart->out, "<polygon class=\"area\" points=\"");
    add_steps(chart);
    buf_add_char(chart->out, ' ');
    add_tenths(chart->out, end_x);
    buf_add_format(chart->out, ",%d %d,%d\"/><polyline class=\"curve\" points=\"", chart->plot_bottom, LEFT,
                   chart->plot_bottom);
    add_steps(chart);
    buf_add_text(chart->out, "\"/><circle class=\"end\" r=\"4.5\"");
    add_attribute(chart->out, "cx", end_x);
    add_attribute(chart->out, "cy", end_y);
    french_percent(total_before(chart->report, last + 1), chart->report->selected.total, rate);
    bool room_before = end_x > (LEFT + 70) * 10;
    buf_add_text(chart->out, "/><text class=\"value\"");
    add_attribute(chart->out, "x", room_before ? end_x - 20 : end_x + 20);
    add_attribute(chart->out, "y", end_y - 130);
    buf_add_format(chart->out, "%s>%s</text>", room_before ? " text-anchor=\"end\"" : "", rate);
}

static void draw_bars(const struct chart *chart) {
    buf_add_format(chart->out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", LEFT, RIGHT,
                   chart->strip_bottom, chart->strip_bottom);
    char most[FRENCH_NUMBER];
    french_integer(chart->most_a_day, most);
    buf_add_format(chart->out, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                   LEFT - 8, chart->strip_bottom - STRIP + 9, most);
    buf_add_format(chart->out, "<text class=\"tick\" x=\"%d\" y=\"%d\">Réponses par jour</text>", LEFT,
                   chart->strip_bottom - STRIP - 7);
    for (size_t i = 0; i < chart->report->day_count; i++) {
        const struct answer_day *one = &chart->report->days[i];
        if (one->day < chart->first_day || one->day > chart->last_day || !one->count) continue;
        int64_t left = x_tenths(chart, one->day, 0), width = x_tenths(chart, one->day, 2) - left;
        int64_t height = max_i64(STRIP * 10 * one->count / chart->most_a_day, 10);
        buf_add_text(chart->out, "<rect class=\"bar\"");
        add_attribute(chart->out, "x", left + width / 8);
        add_attribute(chart->out, "width", max_i64(width * 3 / 4, 8));
        add_attribute(chart->out, "y", chart->strip_bottom * 10 - height);
        add_attribute(chart->out, "height", height);
        buf_add_text(chart->out, "/>");
    }
}

void chart_svg(const struct report *report, const struct chart_marks *marks, struct buf *out) {
    struct chart chart = {.report = report, .marks = marks, .out = out, .most_a_day = 1};
    AUTO_MEM struct placed *placed = mem_new(marks->count, sizeof *placed);
    scale_days(&chart);
    scale_share(&chart);
    place_labels(&chart, placed);
    chart.plot_top = TOP_PAD + chart.lanes * LANE;
    chart.plot_bottom = chart.plot_top + PLOT;
    chart.strip_bottom = chart.plot_bottom + GAP + STRIP;
    buf_add_format(
        out,
        "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"chart-title chart-text\">"
        "<title id=\"chart-title\">Part des collectivités sélectionnées ayant "
        "répondu, jour après jour</title><desc id=\"chart-text\">Les mêmes chiffres figurent dans le tableau "
        "sous la "
        "courbe, avec la date de chaque envoi.</desc>",
        WIDTH, chart.strip_bottom + BELOW);
    draw_shares(&chart);
    draw_days(&chart);
    draw_marks(&chart, placed);
    draw_bars(&chart);
    draw_curve(&chart);
    buf_add_text(out, "</svg>");
}
