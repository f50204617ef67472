/* Schedules kept as JSON: the examples and the widest ones come back as they were, whatever is not such a record is refused. */
#include "schedules/schedule_record.h"

#include <stdlib.h>

#include "base/text.h"
#include "tests/tap.h"

enum { RECORD_BYTES = 1 << 20 };

static bool same_wave(const struct schedule_wave *a, const struct schedule_wave *b) {
    return !strcmp(a->name, b->name) && !strcmp(a->title, b->title) && !strcmp(a->template, b->template) && a->audience == b->audience &&
           a->uncertain == b->uncertain && a->relative == b->relative && a->offset_days == b->offset_days && a->at_ms == b->at_ms && a->line == b->line;
}

static bool same(const struct schedule *a, const struct schedule *b) {
    bool good = !strcmp(a->uid, b->uid) && !strcmp(a->title, b->title) && a->due_day == b->due_day && a->sequence == b->sequence &&
                a->send_minute == b->send_minute && a->window.weekdays == b->window.weekdays && a->window.opens_minute == b->window.opens_minute &&
                a->window.closes_minute == b->window.closes_minute && a->late_working_days == b->late_working_days && a->wave_count == b->wave_count;
    for (size_t i = 0; good && i < a->wave_count; i++) good = same_wave(&a->waves[i], &b->waves[i]);
    return good;
}

static bool comes_back(const struct schedule *schedule) {
    AUTO_BUF text = BUF_INIT(RECORD_BYTES);
    struct schedule again;
    schedule_record_write(schedule, &text);
    bool read = schedule_record_read(&again, buf_text(&text), text.length), good = read && same(schedule, &again);
    if (read) schedule_release(&again);
    return good;
}

/* Every field as wide as it can be. */
static void widest(struct schedule *schedule) {
    *schedule = (struct schedule){.due_day = 84006, .sequence = 2147483647, .send_minute = 24 * 60 - 1, .late_working_days = 60,
                                  .window = {.weekdays = 0x7F, .opens_minute = 0, .closes_minute = 24 * 60}};
    struct schedule_wave wave = {0};
    memset(schedule->uid, '"', sizeof schedule->uid - 1);
    memset(schedule->title, '\\', sizeof schedule->title - 1);
    memset(wave.name, 'x', sizeof wave.name - 1);
    memset(wave.title, '\x1F', sizeof wave.title - 1);
    memset(wave.template, '.', sizeof wave.template - 1);
    for (int i = 0; i < SCHEDULE_WAVES; i++) {
        wave.audience = (enum audience)(i % AUDIENCE_COUNT);
        wave.uncertain = (enum uncertain)(i % UNCERTAIN_COUNT);
        wave.relative = i % 2;
        wave.offset_days = i % 2 ? -3660 : 0;
        wave.at_ms = i % 2 ? 0 : INT64_C(7258118399000);
        wave.line = i * 100000L;
        schedule_add_wave(schedule, &wave);
    }
}

#define WAVE "{\"name\":\"a\",\"title\":\"T\",\"template\":\"a.md\",\"audience\":\"selected\",\"uncertain\":\"hold\",\"line\":12,\"offset_days\":-14}"
#define RECORD                                                                                                                          \
    "{\"version\":1,\"uid\":\"u\",\"title\":\"Été\",\"due\":\"2026-01-30\",\"sequence\":2,\"send_minute\":570,\"window\":\"MO-FR 08:30-17:30\"," \
    "\"late_working_days\":1,\"waves\":[" WAVE "]}"

/* RECORD with its first `what` replaced is refused. */
static bool refused(const char *what, const char *put) {
    struct schedule schedule;
    AUTO_BUF text = BUF_INIT(RECORD_BYTES);
    const char *at = strstr(RECORD, what);
    if (!at) abort();
    buf_add(&text, RECORD, (size_t)(at - RECORD));
    buf_add_text(&text, put);
    buf_add_text(&text, at + strlen(what));
    if (!schedule_record_read(&schedule, buf_text(&text), text.length)) return !schedule.waves;
    schedule_release(&schedule);
    return false;
}

static const struct { const char *label, *what, *put; } DAMAGED[] = {
    {"another version", "\"version\":1", "\"version\":2"},
    {"no version", "\"version\":1,", ""},
    {"no deadline", "\"due\":\"2026-01-30\",", ""},
    {"a day that is not one", "2026-01-30", "2026-02-30"},
    {"no window", "\"window\":\"MO-FR 08:30-17:30\",", ""},
    {"a window that is not one", "08:30-17:30", "17:30-08:30"},
    {"no UID", "\"uid\":\"u\",", ""},
    {"a number for a text", "\"title\":\"Été\"", "\"title\":7"},
    {"a text for a number", "\"sequence\":2", "\"sequence\":\"2\""},
    {"a fraction", "\"sequence\":2", "\"sequence\":2.5"},
    {"less than nothing", "\"sequence\":2", "\"sequence\":-1"},
    {"more than fits", "\"send_minute\":570", "\"send_minute\":4294967866"},
    {"no lateness", "\"late_working_days\":1,", ""},
    {"no waves", ",\"waves\":[" WAVE "]", ""},
    {"waves that are no list", "[" WAVE "]", WAVE},
    {"a wave that is none", "[" WAVE "]", "[" WAVE ",null]"},
    {"an unknown audience", "\"selected\"", "\"select\""},
    {"no audience", "\"audience\":\"selected\",", ""},
    {"an unknown word for doubts", "\"hold\"", "\"keep\""},
    {"no place in the file", "\"line\":12,", ""},
    {"no instant", ",\"offset_days\":-14", ""},
    {"days that do not fit", "\"offset_days\":-14", "\"offset_days\":-4294967310"},
    {"a name too long", "\"name\":\"a\"", "\"name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""},
    {"no template", "\"template\":\"a.md\",", ""},
    {"cut short", "]}", ""},
    {"something behind it", "]}", "]} x"},
};

int main(void) {
    struct schedule schedule;
    CHECK("the record of the table below is one", schedule_record_read(&schedule, RECORD, sizeof RECORD - 1) && schedule.wave_count == 1 &&
                                                      schedule.waves[0].relative && schedule.waves[0].offset_days == -14 && schedule.due_day == 20483);
    CHECK("and comes back", comes_back(&schedule));
    schedule_release(&schedule);
    widest(&schedule);
    CHECK("a hundred waves and the widest values come back", comes_back(&schedule));
    schedule_release(&schedule);
    for (size_t i = 0; i < COUNT(DAMAGED); i++) CHECK(DAMAGED[i].label, refused(DAMAGED[i].what, DAMAGED[i].put));
    CHECK("nothing at all", !schedule_record_read(&schedule, "", 0));
    return tap_end();
}
