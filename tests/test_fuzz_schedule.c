/* Damaged schedules: refused with a line and a remedy that are fit to show, or read and written unchanged. */
#include "schedules/schedule.h"

#include "base/text.h"
#include "schedules/schedule_record.h"
#include "tests/mutate.h"

enum { SHOWN_BYTES = 1 << 12, WRITTEN_BYTES = 1 << 20, DUE_LAST_DAY = 84006 /* 2199-12-31 */ };

static long count_lines(const char *bytes, size_t length) {
    long lines = 1;
    for (size_t i = 0; i < length; i++) lines += bytes[i] == '\n';
    return lines;
}

static bool sound_refusal(const struct err *err, const char *bytes, size_t length) {
    AUTO_BUF shown = BUF_INIT(SHOWN_BYTES);
    text_printable(&shown, err->text, strlen(err->text));
    MUST_HOLD("a refusal is the user's to mend", err->kind == ERR_INPUT && text_starts(err->code, "SCHEDULE_"));
    MUST_HOLD("it names a line of the file", err->line >= 1 && err->line <= count_lines(bytes, length));
    MUST_HOLD("and a remedy", strchr(err->text, ';') != NULL);
    MUST_HOLD("in UTF-8", utf8_valid(err->text, strlen(err->text)));
    MUST_HOLD("without control characters", !strcmp(buf_text(&shown), err->text));
    return true;
}

/* What a mailing relies on, whatever the file says. */
static bool sound_values(const struct schedule *schedule) {
    MUST_HOLD("1 to 100 waves", schedule->wave_count >= 1 && schedule->wave_count <= SCHEDULE_WAVES);
    MUST_HOLD("a deadline in 1970-2199", schedule->due_day >= 0 && schedule->due_day <= DUE_LAST_DAY);
    MUST_HOLD("a window with a weekday from Monday to Friday", schedule->window.weekdays & 0x1F);
    MUST_HOLD("a send hour inside the window", schedule->send_minute >= schedule->window.opens_minute &&
                                                   schedule->send_minute < schedule->window.closes_minute);
    MUST_HOLD("0 to 60 working days late", schedule->late_working_days >= 0 && schedule->late_working_days <= 60);
    for (size_t i = 0; i < schedule->wave_count; i++) {
        const struct schedule_wave *wave = &schedule->waves[i];
        MUST_HOLD("no wave after the deadline, none ten years before",
                  wave->offset_days <= 0 && wave->offset_days >= -3660);
        MUST_HOLD("a template without a folder", *wave->template && !strchr(wave->template, '/'));
        MUST_HOLD("a name", *wave->name);
    }
    return true;
}

static bool same_when_written(const struct schedule *schedule) {
    AUTO_BUF once = BUF_INIT(WRITTEN_BYTES), twice = BUF_INIT(WRITTEN_BYTES);
    struct schedule again;
    struct err err = {0};
    schedule_write(schedule, 0, &once);
    bool read = schedule_parse(&again, buf_text(&once), once.length, &err);
    if (!read) printf("# written, but line %ld: %s\n", err.line, err.text);
    MUST_HOLD("what is written is read", read);
    schedule_write(&again, 0, &twice);
    schedule_release(&again);
    MUST_HOLD("and written again the same",
              once.length == twice.length && !memcmp(buf_text(&once), buf_text(&twice), once.length));
    return true;
}

/* Kept as a record and read again, it says the same. */
static bool same_as_record(const struct schedule *schedule) {
    AUTO_BUF once = BUF_INIT(WRITTEN_BYTES), twice = BUF_INIT(WRITTEN_BYTES);
    struct schedule again;
    schedule_record_write(schedule, &once);
    MUST_HOLD("its record is read", schedule_record_read(&again, buf_text(&once), once.length));
    schedule_record_write(&again, &twice);
    schedule_release(&again);
    MUST_HOLD("and says the same", once.length == twice.length && !memcmp(buf_text(&once), buf_text(&twice), once.length));
    return true;
}

static bool holds(const char *bytes, size_t length) {
    struct schedule schedule;
    struct err err = {0};
    if (!schedule_parse(&schedule, bytes, length, &err)) return sound_refusal(&err, bytes, length);
    bool good = sound_values(&schedule) && same_when_written(&schedule) && same_as_record(&schedule);
    schedule_release(&schedule);
    return good;
}

#define WAVE(name, trigger, audience)                                                                        \
    "BEGIN:VALARM\r\nUID:" name "\r\nACTION:EMAIL\r\n" trigger "\r\nSUMMARY:Une vague\r\n"                     \
    "DESCRIPTION:x\r\nATTENDEE;CUTYPE=GROUP:urn:relais:" audience "\r\n"                                       \
    "ATTACH;FMTTYPE=text/markdown:a.md\r\nEND:VALARM\r\n"
#define TASK(properties, waves)                                                                              \
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//FR\r\nBEGIN:VTODO\r\nUID:a@b\r\n"                          \
    "DTSTAMP:20251201T080000Z\r\n" properties waves "END:VTODO\r\nEND:VCALENDAR\r\n"

static const struct fuzz_seed SEEDS[] = {
    SEED(TASK("SEQUENCE:1\r\nSUMMARY:Enquête d'essai\r\nDUE;VALUE=DATE:20260130\r\nX-RELAIS-SEND-AT:09:30\r\n"
              "X-RELAIS-WINDOW:MO-FR 08:30-17:30\r\nX-RELAIS-LATE:P1D\r\n",
              WAVE("information", "TRIGGER;VALUE=DATE-TIME:20251208T083000Z", "informed")
                  WAVE("rappel-j14", "TRIGGER;RELATED=END:-P14D", "selected-unanswered"))),
    SEED(TASK("DUE;VALUE=DATE:20280229\r\nX-RELAIS-WINDOW:TU\\,TH-SU 00:00-24:00\r\nX-MOZ;A=\"b:c\":d\r\n"
              "SUMMARY:a\\, b\\; c\\\\ d\\n\r\n  suite pli\xC3\r\n \xA9" "e\r\n",
              WAVE("x", "TRIGGER;VALUE=DURATION;RELATED=\"END\":-P2W", "relays"))),
    SEED(TASK("DUE;VALUE=DATE:19700101\r\nX-RELAIS-LATE:P60D\r\n", WAVE("x", "TRIGGER;RELATED=END:+PT0H0M0S", "answered"))),
    SEED("\xEF\xBB\xBF" "begin:vcalendar\nversion:2.0\nbegin:vtodo\nuid:a\ndue;value=date:20260130\nbegin:valarm\nuid:b\n"
         "action:email\ntrigger;related=end:-P007D\nsummary:c\nattendee:urn:relais:selected\nattach:d.md\nend:valarm\n"
         "end:vtodo\nend:vcalendar"),
};
static const char *const PIECES[] = {
    "\r\n", "\n", "\r", "\r\n ", "\n\t", ":", ";", ",", "\"", "\\", "\\n", "=", "T", "Z", "P", "-P", "PT", "D", "W", "0", "9",
    "99999999999999999999", "-1", "BEGIN:VALARM\r\n", "END:VALARM\r\n", "BEGIN:VTODO\r\n", "END:VTODO\r\n", "BEGIN:VCALENDAR\r\n",
    "END:VCALENDAR\r\n", "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nEND:VTIMEZONE\r\n", "RRULE:FREQ=SECONDLY\r\n",
    "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n", "RDATE;VALUE=DATE:20260101\r\n", "DUE;VALUE=DATE:20260230\r\n",
    ";TZID=Europe/Paris", ";TZID=\"Romance Standard Time\"", "VALUE=DATE-TIME", "VALUE=PERIOD", "TRIGGER;RELATED=END:-P0001W\r\n",
    "-P99999999999D", "-P4294967297D", "-P2147483648W", "X-LIC-ERROR:x\r\n", "X-A;A=\"b\":c\r\n", "\xC3", "\xE9", "\xEF\xBB\xBF",
    "é", "😀", "\xE2\x80\xAE", "\x1B[2J", "urn:relais:answered", "../", ".md", "19700101T000000Z/PT5H30M", "20261301", "T253000Z",
    "SUMMARY:", "VALUE=BINARY;ENCODING=BASE64", "X-RELAIS-WINDOW:", "MO-SU ", "24:00", "00:00", "12:", "X-RELAIS-UNCERTAIN:hold\r\n", "resend"};

static const struct fuzz FUZZ = {"schedule", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 2000, holds};
FUZZ_MAIN(FUZZ)
