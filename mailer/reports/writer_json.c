/* The report for programs: stable English keys, instants in RFC 3339. */
#include "base/js.h"
#include "mailer/french_moments.h"
#include "mailer/reports/writer.h"

static void set_instant(struct js *object, const char *key, const char *zone, int64_t at_ms) {
    char text[INSTANT_TEXT];
    zoned_instant(zone, at_ms, text);
    js_set_text(object, key, at_ms < 0 ? NULL : text);
}

static void set_day(struct js *object, const char *key, int64_t day) {
    char text[11];
    day_write(day, text);
    js_set_text(object, key, text);
}

static void set_counts(struct js *object, const struct delivery_counts *counts) {
    const struct {
        const char *key;
        int64_t count;
    } KEYS[] = {
        {"planned", counts->planned},
        {"pending", counts->pending},
        {"sent", counts->sent},
        {"deferred", counts->deferred},
        {"failed", counts->failed},
        {"skipped", counts->skipped},
        {"in_doubt", counts->in_doubt},
        {"bounced_hard", counts->bounced_hard},
        {"bounced_soft", counts->bounced_soft},
        {"autoreplies", counts->autoreplies},
        {"replies", counts->replies},
        {"objections", counts->objections},
        {"complaints", counts->complaints},
    };
    for (size_t i = 0; i < COUNT(KEYS); i++) js_set_int(object, KEYS[i].key, KEYS[i].count);
}

static void set_selected(struct js *object, const struct selected_counts *selected) {
    js_set_int(object, "total", selected->total);
    js_set_int(object, "answered", selected->answered);
    js_set_int(object, "unanswered", selected->unanswered);
    js_set_int(object, "unreachable", selected->unreachable);
}

static struct js *waves(const struct report *report) {
    struct js *all = js_array();
    for (size_t i = 0; i < report->wave_count; i++) {
        const struct report_wave *wave = &report->waves[i];
        struct js *one = js_object();
        js_set_text(one, "wave", wave->name);
        js_set_text(one, "audience", AUDIENCE[wave->audience]);
        set_instant(one, "at", report->zone, wave->at_ms);
        set_counts(one, &wave->counts);
        js_set_text(one, "state", WAVE_STATE[wave->state]);
        js_set_text(one, "reason", wave->reason);
        if (wave->forecast >= 0)
            js_set_int(one, "forecast", wave->forecast);
        else
            js_set_null(one, "forecast");
        js_set_text(one, "title", wave->title);
        js_add(all, one);
    }
    return all;
}

static struct js *departments(const struct report *report) {
    struct js *all = js_array();
    for (size_t i = 0; i < report->department_count; i++) {
        const struct report_department *department = &report->departments[i];
        struct js *one = js_object(), *selected = js_object();
        js_set_text(one, "department", department->code);
        js_set_text(one, "name", department->name);
        js_set_int(one, "informed", department->informed);
        set_selected(selected, &department->selected);
        js_set(one, "selected", selected);
        set_counts(one, &department->counts);
        js_add(all, one);
    }
    return all;
}

static struct js *skips(const struct report *report) {
    struct js *all = js_array();
    for (size_t i = 0; i < report->skip_count; i++) {
        struct js *one = js_object();
        js_set_text(one, "wave", report->skips[i].wave);
        js_set_text(one, "reason", report->skips[i].reason);
        js_set_int(one, "count", report->skips[i].count);
        js_add(all, one);
    }
    return all;
}

static struct js *days(const struct report *report) {
    struct js *all = js_array();
    for (size_t i = 0; i < report->day_count; i++) {
        struct js *one = js_object();
        set_day(one, "day", report->days[i].day);
        js_set_int(one, "count", report->days[i].count);
        js_set_int(one, "total", report->days[i].total);
        js_add(all, one);
    }
    return all;
}

static struct js *extensions(const struct report *report) {
    struct js *all = js_array();
    for (size_t i = 0; i < report->extension_count; i++) {
        struct js *one = js_object();
        set_instant(one, "at", PARIS, report->extensions[i].at_ms);
        set_day(one, "before", report->extensions[i].before_day);
        set_day(one, "after", report->extensions[i].after_day);
        js_add(all, one);
    }
    return all;
}

static void set_neighbours(struct js *answer, const struct report *report) {
    if (!report->department[0]) return js_set_null(answer, "neighbours");
    struct js *seen = js_object();
    js_set_int(seen, "informed", report->neighbours.informed);
    js_set_int(seen, "selected", report->neighbours.selected);
    js_set_int(seen, "answered", report->neighbours.answered);
    js_set_int(seen, "unreachable", report->neighbours.unreachable);
    js_set(answer, "neighbours", seen);
}

static struct js *calls(const struct report *report, size_t count) {
    struct js *all = js_array();
    for (size_t i = 0; i < count; i++) {
        const struct report_call *call = &report->calls.all[i];
        struct js *one = js_object();
        js_set_text(one, "id", call->id);
        js_set_text(one, "name", call->name);
        js_set_text(one, "department", call->department);
        js_set_bool(one, "neighbour", i >= report->calls.own);
        js_set_int(one, "population", call->population);
        js_set_text(one, "reason", call->reason);
        js_set_text(one, "address", call->address);
        set_instant(one, "since", PARIS, call->since_ms);
        js_add(all, one);
    }
    return all;
}

static void set_scope(struct js *object, const struct report *report) {
    js_set_text(object, "campaign", report->campaign);
    js_set_text(object, "department", report->department[0] ? report->department : NULL);
    set_instant(object, "as_of", PARIS, report->as_of_ms);
    set_instant(object, "answers_as_of", PARIS, report->answers_as_of_ms);
}

void report_json(const struct report *report, struct buf *out) {
    AUTO(js) answer = js_object();
    struct js *audiences = js_object(), *selected = js_object();
    set_scope(answer, report);
    js_set_text(answer, "title", report->title);
    js_set_text(answer, "state", CAMPAIGN_STATE[report->state]);
    set_day(answer, "deadline", report->due_day);
    set_day(answer, "first_deadline", report->first_due_day);
    for (int i = 0; i < AUDIENCE_COUNT; i++) js_set_int(audiences, AUDIENCE[i], report->audiences[i]);
    js_set(answer, "audiences", audiences);
    js_set(answer, "waves", waves(report));
    set_selected(selected, &report->selected);
    js_set(answer, "selected", selected);
    js_set(answer, "departments", departments(report));
    js_set(answer, "skipped", skips(report));
    js_set(answer, "answers", days(report));
    js_set(answer, "extensions", extensions(report));
    js_set(answer, "calls", calls(report, report->calls.own));
    set_neighbours(answer, report);
    js_set_int(answer, "unsettled", report->unsettled);
    js_add_to(answer, out);
    buf_add_char(out, '\n');
}

void calls_json(const struct report *report, struct buf *out) {
    AUTO(js) answer = js_object();
    set_scope(answer, report);
    js_set(answer, "calls", calls(report, report->calls.count));
    js_add_to(answer, out);
    buf_add_char(out, '\n');
}
