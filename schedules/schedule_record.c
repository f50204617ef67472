/* Schedules to JSON and back. */
#include "schedules/schedule_record.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/js.h"
#include "schedules/french.h"

enum { VERSION = 1 };

static struct js *wave_object(const struct schedule_wave *wave) {
    struct js *object = js_object();
    js_set_text(object, "name", wave->name);
    js_set_text(object, "title", wave->title);
    js_set_text(object, "template", wave->template);
    js_set_text(object, "audience", AUDIENCE[wave->audience]);
    js_set_text(object, "uncertain", UNCERTAIN[wave->uncertain]);
    js_set_int(object, "line", wave->line);
    if (wave->relative) js_set_int(object, "offset_days", wave->offset_days);
    else js_set_int(object, "at_ms", wave->at_ms);
    return object;
}

void schedule_record_write(const struct schedule *schedule, struct buf *out) {
    char due[11], window[64];
    AUTO(js) object = js_object();
    struct js *waves = js_array();
    day_write(schedule->due_day, due);
    window_write(&schedule->window, window);
    js_set_int(object, "version", VERSION);
    js_set_text(object, "uid", schedule->uid);
    js_set_text(object, "title", schedule->title);
    js_set_text(object, "due", due);
    js_set_int(object, "sequence", schedule->sequence);
    js_set_int(object, "send_minute", schedule->send_minute);
    js_set_text(object, "window", window);
    js_set_int(object, "late_working_days", schedule->late_working_days);
    for (size_t i = 0; i < schedule->wave_count; i++) js_add(waves, wave_object(&schedule->waves[i]));
    js_set(object, "waves", waves);
    js_add_to(object, out);
}

/* -- back --------------------------------------------------------------------------------------------------------- */
static bool take_text(const struct js *object, const char *key, char *out, size_t out_size) {
    const char *text = js_text(js_get(object, key));
    if (!text || strlen(text) >= out_size) return false;
    snprintf(out, out_size, "%s", text);
    return true;
}

static bool take_number(const struct js *object, const char *key, int64_t least, int64_t most, int64_t *out) {
    const struct js *value = js_get(object, key);
    *out = value ? js_int(value) : 0;
    return value && js_kind(value) == JS_INTEGER && *out >= least && *out <= most;
}

static bool take_int(const struct js *object, const char *key, int least, int *out) {
    int64_t number;
    bool good = take_number(object, key, least, INT_MAX, &number);
    if (good) *out = (int)number;
    return good;
}

static int uncertain_said(const char *word) {
    for (int i = 0; i < UNCERTAIN_COUNT; i++)
        if (word && !strcmp(UNCERTAIN[i], word)) return i;
    return -1;
}

static bool take_wave(const struct js *object, struct schedule_wave *wave) {
    int64_t line;
    const char *audience = js_text(js_get(object, "audience"));
    int found = audience ? audience_of(audience) : -1, uncertain = uncertain_said(js_text(js_get(object, "uncertain")));
    *wave = (struct schedule_wave){.relative = js_get(object, "offset_days") != NULL};
    if (found < 0 || uncertain < 0 || !take_text(object, "name", wave->name, sizeof wave->name) ||
        !take_text(object, "title", wave->title, sizeof wave->title) || !take_text(object, "template", wave->template, sizeof wave->template) ||
        !take_number(object, "line", 0, LONG_MAX, &line))
        return false;
    wave->audience = (enum audience)found;
    wave->uncertain = (enum uncertain)uncertain;
    wave->line = (long)line;
    return wave->relative ? take_int(object, "offset_days", INT_MIN, &wave->offset_days) : take_number(object, "at_ms", INT64_MIN, INT64_MAX, &wave->at_ms);
}

static bool take_waves(const struct js *waves, struct schedule *schedule) {
    struct schedule_wave wave;
    if (!waves || js_kind(waves) != JS_ARRAY || js_count(waves) > SCHEDULE_WAVES) return false;
    for (size_t i = 0; i < js_count(waves); i++) {
        if (!take_wave(js_at(waves, i), &wave)) return false;
        schedule_add_wave(schedule, &wave);
    }
    return true;
}

static bool take_all(const struct js *object, struct schedule *schedule) {
    int64_t version;
    const char *due = js_text(js_get(object, "due")), *window = js_text(js_get(object, "window"));
    return take_number(object, "version", VERSION, VERSION, &version) && due && day_parse(due, &schedule->due_day) && window &&
           window_parse(window, &schedule->window) && take_text(object, "uid", schedule->uid, sizeof schedule->uid) &&
           take_text(object, "title", schedule->title, sizeof schedule->title) && take_int(object, "sequence", 0, &schedule->sequence) &&
           take_int(object, "send_minute", 0, &schedule->send_minute) &&
           take_int(object, "late_working_days", 0, &schedule->late_working_days) && take_waves(js_get(object, "waves"), schedule);
}

bool schedule_record_read(struct schedule *schedule, const char *text, size_t length) {
    struct err unread = {0}; /* what is wrong with it is nobody's concern: there is the calendar */
    AUTO(js) object = js_parse(text, length, &unread);
    *schedule = (struct schedule){0};
    if (object && take_all(object, schedule)) return true;
    schedule_release(schedule);
    return false;
}
