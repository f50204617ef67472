/* Thousands of damaged schedules, the same each time: refused with a line, or read and written unchanged. */
#include "schedules/schedule.h"

#include <stdlib.h>

#include "base/embedded.h"
#include "base/text.h"
#include "tests/tap.h"

enum { ROUNDS = 6000, LONGEST = 1 << 16, MOST_CHANGES = 4 };

static uint32_t state = 20260123;
static uint32_t any(uint32_t below) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

/* Bytes and words that mean something to an iCalendar reader. */
/* clang-format off */
static const char *const PIECES[] = {
    "\r\n", "\n", "\r", "\r\n ", "\n\t", ":", ";", ",", "\"", "\\", "\\n", "=", "T", "Z", "P", "-P", "PT",
    "D", "W", "0", "9", "99999999999999999999", "-1", "BEGIN:VALARM\r\n", "END:VALARM\r\n",
    "BEGIN:VTODO\r\n", "END:VTODO\r\n", "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n",
    "RRULE:FREQ=SECONDLY\r\n", "DUE;VALUE=DATE:20260230\r\n", "TZID=Europe/Paris", "VALUE=DATE-TIME",
    "TRIGGER;RELATED=END:-P0001W\r\n", "X-LIC-ERROR:x\r\n", "X-A;A=\"b\":c\r\n", "\xC3", "\xE9",
    "\xEF\xBB\xBF", "é", "😀", "\x1B[2J", "urn:relais:answered", "../", ".md", "PERIOD",
    "19700101T000000Z/PT5H30M", "SUMMARY:", "VALUE=BINARY;ENCODING=BASE64"
};
/* clang-format on */

static void splice(struct buf *text, size_t at, size_t removed, const char *put, size_t put_length) {
    AUTO_BUF changed = BUF_INIT(LONGEST);
    buf_add(&changed, buf_text(text), at);
    buf_add(&changed, put, put_length);
    buf_add(&changed, buf_text(text) + at + removed, text->length - at - removed);
    buf_clear(text);
    buf_add(text, buf_text(&changed), changed.length);
}

static void change(struct buf *text) {
    size_t at = any((uint32_t)text->length + 1), left = text->length - at;
    size_t few = any(left < 40 ? (uint32_t)left + 1 : 40);
    const char *from = buf_text(text) + at, *line_end = strchr(from, '\n'),
               *piece = PIECES[any(COUNT(PIECES))];
    size_t to_line_end = line_end ? (size_t)(line_end - from) + 1 : left;
    char byte = (char)any(256);
    switch (any(6)) {
    case 0:
        splice(text, at, few, "", 0);
        break;
    case 1:
        splice(text, at, 0, from, few);
        break;
    case 2:
        splice(text, at, left > 0, &byte, 1);
        break;
    case 3:
        splice(text, at, to_line_end, "", 0);
        break;
    case 4:
        splice(text, at, 0, from, to_line_end);
        break;
    default:
        splice(text, at, 0, piece, strlen(piece));
        break;
    }
}

static long count_lines(const struct buf *text) {
    long lines = 1;
    for (size_t i = 0; i < text->length; i++) lines += buf_text(text)[i] == '\n';
    return lines;
}

/* A refusal says what, where and how to mend it, in text that is safe to show. */
static bool sound_refusal(const struct err *err, const struct buf *text) {
    AUTO_BUF shown = BUF_INIT(LONGEST);
    text_printable(&shown, err->text, strlen(err->text));
    return err->kind == ERR_INPUT && text_starts(err->code, "SCHEDULE_") && err->line >= 1 &&
           err->line <= count_lines(text) && strchr(err->text, ' ') &&
           utf8_valid(err->text, strlen(err->text)) && !strcmp(buf_text(&shown), err->text);
}

/* Written, read and written again, a schedule gives the same bytes. */
static bool sound_schedule(const struct schedule *schedule) {
    AUTO_BUF once = BUF_INIT(LONGEST * 4), twice = BUF_INIT(LONGEST * 4);
    struct schedule again;
    struct err err = {0};
    schedule_write(schedule, 0, &once);
    if (!schedule_parse(&again, buf_text(&once), once.length, &err)) {
        printf("# written, but line %ld: %s\n%s", err.line, err.text, buf_text(&once));
        return false;
    }
    schedule_write(&again, 0, &twice);
    bool same = once.length == twice.length && !memcmp(buf_text(&once), buf_text(&twice), once.length);
    bool sound = same && again.wave_count == schedule->wave_count && again.wave_count <= SCHEDULE_WAVES;
    schedule_release(&again);
    return sound;
}

int main(void) {
    const struct embedded_file *file = embedded_find("schedules/examples/asco-2025.ics");
    if (!CHECK("the example is carried", file != NULL)) return tap_end();
    int read = 0, bad_refusals = 0, bad_schedules = 0;
    for (int round = 0; round < ROUNDS; round++) {
        AUTO_BUF text = BUF_INIT(LONGEST);
        struct schedule schedule;
        struct err err = {0};
        buf_add(&text, file->bytes, file->length);
        for (uint32_t left = 1 + any(MOST_CHANGES); left; left--) change(&text);
        /* An exact copy without the NUL behind it: the sanitizers see a read past the end. */
        AUTO_MEM char *exact = mem_copy(buf_text(&text), text.length ? text.length : 1);
        if (schedule_parse(&schedule, exact, text.length, &err)) {
            read++;
            bad_schedules += !sound_schedule(&schedule);
            schedule_release(&schedule);
        } else if (!sound_refusal(&err, &text)) {
            bad_refusals++;
            printf("# round %d: %s line %ld: %s\n", round, err.code, err.line, err.text);
        }
    }
    CHECK_INT("every refusal names its line and is fit to show", bad_refusals, 0);
    CHECK_INT("every schedule read survives being written", bad_schedules, 0);
    CHECK("both ends were reached a hundred times", read >= 100 && ROUNDS - read >= 100);
    printf("# %d of %d read\n", read, ROUNDS);
    return tap_end();
}
