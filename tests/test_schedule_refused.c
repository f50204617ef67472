/* Schedule files that are refused: with which code, at which line, and with a remedy; and the limits of size. */
#include "schedules/schedule.h"

#include "tests/schedule_sample.h"
#include "tests/tap.h"

static const struct {
    const char *label, *what, *put, *code;
    long line;
} REFUSED[] = {
    /* structure */
    {"no VCALENDAR", "BEGIN:VCALENDAR\r\n", "", "SCHEDULE_NOT_CALENDAR", 1},
    {"another component first", "BEGIN:VCALENDAR", "BEGIN:VCARD", "SCHEDULE_NOT_CALENDAR", 1},
    {"second VCALENDAR", "", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "SCHEDULE_SECOND", 33},
    {"second VTODO", "END:VCALENDAR", "BEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR", "SCHEDULE_SECOND", 32},
    {"text behind the end", "", "VERSION:2.0\r\n", "SCHEDULE_STRUCTURE", 33},
    {"component behind the end", "", "BEGIN:VTODO\r\n", "SCHEDULE_COMPONENT", 33},
    {"END too many", "", "END:VCALENDAR\r\n", "SCHEDULE_STRUCTURE", 33},
    {"VALARM not closed", "END:VALARM\r\nEND:VTODO", "END:VTODO", "SCHEDULE_STRUCTURE", 30},
    {"file cut inside an alarm", "END:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "", "SCHEDULE_STRUCTURE",
     22},
    {"VEVENT", "BEGIN:VTODO", "BEGIN:VEVENT\r\nEND:VEVENT\r\nBEGIN:VTODO", "SCHEDULE_COMPONENT", 4},
    {"a VTIMEZONE that would win over the system's", "BEGIN:VTODO",
     "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\n"
     "TZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VTODO", "SCHEDULE_COMPONENT", 4},
    {"VTIMEZONE", "BEGIN:VTODO", "BEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\nBEGIN:VTODO", "SCHEDULE_COMPONENT", 4},
    {"alarm in an alarm", "UID:information", "BEGIN:VALARM\r\nEND:VALARM\r\nUID:information",
     "SCHEDULE_COMPONENT", 14},
    {"alarm outside the task", "BEGIN:VTODO", "BEGIN:VALARM", "SCHEDULE_COMPONENT", 4},
    {"parameter on BEGIN", "BEGIN:VTODO", "BEGIN;X=1:VTODO", "SCHEDULE_COMPONENT", 4},
    /* lines and encoding */
    {"not a content line", "SEQUENCE:1", "SEQUENCE", "SCHEDULE_SYNTAX", 7},
    {"name with a space", "SEQUENCE:1", "SEQ UENCE:1", "SCHEDULE_SYNTAX", 7},
    {"parameter without value", "SEQUENCE:1", "SEQUENCE;X:1", "SCHEDULE_SYNTAX", 7},
    {"quote never closed", "SEQUENCE:1", "SEQUENCE;X=\"a:1", "SCHEDULE_SYNTAX", 7},
    {"quote in a parameter", "SEQUENCE:1", "SEQUENCE;X=a\"b\":1", "SCHEDULE_SYNTAX", 7},
    {"nine parameters", "SEQUENCE:1", "X-A;A=1;B=1;C=1;D=1;E=1;F=1;G=1;H=1;I=1:1", "SCHEDULE_SYNTAX", 7},
    {"empty line inside", "SEQUENCE:1\r\n", "\r\nSEQUENCE:1\r\n", "SCHEDULE_SYNTAX", 7},
    {"file begins with a space", "BEGIN:VCALENDAR", " BEGIN:VCALENDAR", "SCHEDULE_SYNTAX", 1},
    {"Latin-1", "Enquête", "Enqu\xEAte", "SCHEDULE_ENCODING", 8},
    {"Latin-1 in a wave", "SUMMARY:Rappel", "SUMMARY:Rappel \xE0 14 jours", "SCHEDULE_ENCODING", 26},
    {"Windows-1252", "Enquête", "Enqu\x80te", "SCHEDULE_ENCODING", 8},
    {"UTF-16", "BEGIN:VCALENDAR", "\xFF\xFE" "B", "SCHEDULE_ENCODING", 1},
    {"overlong UTF-8", "Enquête", "Enqu\xC0\xAFte", "SCHEDULE_ENCODING", 8},
    {"escape character", "Enquête", "Enqu\x1B[31mte", "SCHEDULE_SYNTAX", 8},
    {"right-to-left override", "Enquête", "Enqu\xE2\x80\xAEte", "SCHEDULE_SYNTAX", 8},
    {"bare CR", "Enquête", "Enq\rte", "SCHEDULE_SYNTAX", 8},
    /* properties */
    {"RRULE", "SEQUENCE:1", "SEQUENCE:1\r\nRRULE:FREQ=SECONDLY", "SCHEDULE_RECURRENCE", 8},
    {"RRULE that never comes to a day", "SEQUENCE:1", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "SCHEDULE_RECURRENCE", 7},
    {"RRULE once a year", "SEQUENCE:1", "RRULE:FREQ=YEARLY;COUNT=1", "SCHEDULE_RECURRENCE", 7},
    {"RRULE in an alarm", "DESCRIPTION:Message", "RRULE:FREQ=MINUTELY", "SCHEDULE_RECURRENCE", 18},
    {"RDATE with a zone", "SEQUENCE:1", "RDATE;TZID=Europe/Paris:20260101T090000", "SCHEDULE_RECURRENCE", 7},
    {"EXRULE", "SEQUENCE:1", "EXRULE:FREQ=DAILY", "SCHEDULE_RECURRENCE", 7},
    {"one of a series", "SEQUENCE:1", "RECURRENCE-ID;VALUE=DATE:20260101", "SCHEDULE_RECURRENCE", 7},
    {"RDATE", "SEQUENCE:1", "RDATE;VALUE=DATE:20260101", "SCHEDULE_RECURRENCE", 7},
    {"EXDATE", "SEQUENCE:1", "EXDATE;VALUE=DATE:20260101", "SCHEDULE_RECURRENCE", 7},
    {"alarm repeats", "DESCRIPTION:Message", "REPEAT:3", "SCHEDULE_RECURRENCE", 18},
    {"alarm lasts", "DESCRIPTION:Message", "DURATION:P1D", "SCHEDULE_RECURRENCE", 18},
    {"DTSTART", "SEQUENCE:1", "DTSTART;VALUE=DATE:20260101", "SCHEDULE_PROPERTY", 7},
    {"DURATION instead of DUE", "DUE;VALUE=DATE:20260130", "DURATION:P10D", "SCHEDULE_PROPERTY", 9},
    {"unknown property", "SEQUENCE:1", "SEQUENSE:1", "SCHEDULE_PROPERTY", 7},
    {"misspelt property of ours", "X-RELAIS-LATE:P1D", "X-RELAIS-LATENESS:P1D", "SCHEDULE_PROPERTY", 12},
    {"X-LIC-ERROR", "SEQUENCE:1", "X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:No value",
     "SCHEDULE_PROPERTY", 7},
    {"X-LIC-ERROR in an alarm", "DESCRIPTION:Message", "X-LIC-ERROR:x", "SCHEDULE_PROPERTY", 18},
    {"X-LIC-ERROR of the calendar", "PRODID:", "X-LIC-ERROR:x\r\nPRODID:", "SCHEDULE_PROPERTY", 3},
    {"property of a task in an alarm", "DESCRIPTION:Message", "DUE;VALUE=DATE:20260130", "SCHEDULE_PROPERTY",
     18},
    {"VERSION missing", "VERSION:2.0\r\n", "", "SCHEDULE_MISSING", 1},
    {"VERSION 1.0", "VERSION:2.0", "VERSION:1.0", "SCHEDULE_VALUE", 2},
    {"another calendar scale", "PRODID:", "CALSCALE:JULIAN\r\nPRODID:", "SCHEDULE_VALUE", 3},
    {"a cancellation", "PRODID:", "METHOD:CANCEL\r\nPRODID:", "SCHEDULE_VALUE", 3},
    {"UID missing", "UID:essai@amf.example\r\n", "", "SCHEDULE_MISSING", 4},
    {"UID empty", "UID:essai@amf.example", "UID:", "SCHEDULE_VALUE", 5},
    {"SEQUENCE not a number", "SEQUENCE:1", "SEQUENCE:1x", "SCHEDULE_VALUE", 7},
    {"SEQUENCE overflows", "SEQUENCE:1", "SEQUENCE:99999999999", "SCHEDULE_VALUE", 7},
    {"SEQUENCE negative", "SEQUENCE:1", "SEQUENCE:-1", "SCHEDULE_VALUE", 7},
    {"title empty", "SUMMARY:Enquête d'essai", "SUMMARY:", "SCHEDULE_VALUE", 8},
    {"title blank", "SUMMARY:Enquête d'essai", "SUMMARY:   ", "SCHEDULE_VALUE", 8},
    {"title of two lines", "Enquête d'essai", "Enquête\\nd'essai", "SCHEDULE_VALUE", 8},
    {"unknown escape", "Enquête d'essai", "Enquête \\d", "SCHEDULE_VALUE", 8},
    {"escape at the end", "Enquête d'essai", "Enquête\\", "SCHEDULE_VALUE", 8},
    {"two titles", "SEQUENCE:1", "SUMMARY:Un", "SCHEDULE_DUPLICATE", 8},
    /* dates */
    {"DTSTAMP floating", "DTSTAMP:20251201T080000Z", "DTSTAMP:20251201T080000", "SCHEDULE_FLOATING", 6},
    {"DTSTAMP with a zone", "DTSTAMP:", "DTSTAMP;TZID=Europe/Paris:", "SCHEDULE_TIMEZONE", 6},
    {"DUE missing", "DUE;VALUE=DATE:20260130\r\n", "", "SCHEDULE_MISSING", 4},
    {"DUE twice", "SEQUENCE:1", "DUE;VALUE=DATE:20260131", "SCHEDULE_DUPLICATE", 9},
    {"DUE as date-time", "DUE;VALUE=DATE:20260130", "DUE:20260130T170000Z", "SCHEDULE_DATE", 9},
    {"DUE as declared date-time", "DUE;VALUE=DATE:20260130", "DUE;VALUE=DATE-TIME:20260130T170000Z",
     "SCHEDULE_DATE", 9},
    {"DUE without VALUE", "DUE;VALUE=DATE:", "DUE:", "SCHEDULE_DATE", 9},
    {"DUE in an unknown zone", "DUE;VALUE=DATE:20260130", "DUE;TZID=Europe/Pariss:20260130T170000", "SCHEDULE_TIMEZONE", 9},
    {"DUE in Mozilla's zone", "DUE;VALUE=DATE:20260130", "DUE;TZID=/mozilla.org/20070129_1/Europe/Paris:20260130T170000", "SCHEDULE_TIMEZONE", 9},
    {"a day with a zone", "DUE;VALUE=DATE:", "DUE;VALUE=DATE;TZID=Europe/Paris:", "SCHEDULE_TIMEZONE", 9},
    {"DUE declared a day, with an hour", "DATE:20260130", "DATE:20260130T170000Z", "SCHEDULE_DATE", 9},
    {"DUE with a zone", "DUE;VALUE=DATE:", "DUE;TZID=Europe/Paris:", "SCHEDULE_TIMEZONE", 9},
    {"VALUE twice", "DUE;VALUE=DATE:", "DUE;VALUE=DATE;VALUE=DATE:", "SCHEDULE_DATE", 9},
    {"30 February", "DATE:20260130", "DATE:20260230", "SCHEDULE_DATE", 9},
    {"29 February 2026", "DATE:20260130", "DATE:20260229", "SCHEDULE_DATE", 9},
    {"month 13", "DATE:20260130", "DATE:20261301", "SCHEDULE_DATE", 9},
    {"day 0", "DATE:20260130", "DATE:20260100", "SCHEDULE_DATE", 9},
    {"date with hyphens", "DATE:20260130", "DATE:2026-01-30", "SCHEDULE_DATE", 9},
    {"date and rubbish", "DATE:20260130", "DATE:20260130x", "SCHEDULE_VALUE", 9},
    {"a year long gone", "DATE:20260130", "DATE:00010101", "SCHEDULE_DATE", 9},
    /* our own properties */
    {"send hour without colon", "SEND-AT:09:30", "SEND-AT:0930", "SCHEDULE_VALUE", 10},
    {"send hour 24:00", "SEND-AT:09:30", "SEND-AT:24:00", "SCHEDULE_VALUE", 10},
    {"send minute 60", "SEND-AT:09:30", "SEND-AT:09:60", "SCHEDULE_VALUE", 10},
    {"send hour with seconds", "SEND-AT:09:30", "SEND-AT:09:30:00", "SCHEDULE_VALUE", 10},
    {"send hour outside the window", "SEND-AT:09:30", "SEND-AT:17:30", "SCHEDULE_SEND_AT", 10},
    {"window past the default hour", "X-RELAIS-SEND-AT:09:30\r\nX-RELAIS-WINDOW:MO-FR 08:30",
     "X-RELAIS-WINDOW:MO-FR 14:00", "SCHEDULE_SEND_AT", 10},
    {"window closes before it opens", "08:30-17:30", "17:30-08:30", "SCHEDULE_VALUE", 11},
    {"window of an unknown day", "MO-FR", "LU-VE", "SCHEDULE_VALUE", 11},
    {"window at weekends only", "MO-FR", "SA,SU", "SCHEDULE_VALUE", 11},
    {"window without hours", "MO-FR 08:30-17:30", "MO-FR", "SCHEDULE_VALUE", 11},
    {"window with a parameter", "X-RELAIS-WINDOW:", "X-RELAIS-WINDOW;X=1:", "SCHEDULE_PARAMETER", 11},
    {"lateness in hours", "LATE:P1D", "LATE:PT4H", "SCHEDULE_VALUE", 12},
    {"lateness in weeks", "LATE:P1D", "LATE:P1W", "SCHEDULE_VALUE", 12},
    {"lateness negative", "LATE:P1D", "LATE:-P1D", "SCHEDULE_VALUE", 12},
    {"lateness of a year", "LATE:P1D", "LATE:P365D", "SCHEDULE_VALUE", 12},
    {"uncertain otherwise", "DESCRIPTION:Message", "X-RELAIS-UNCERTAIN:drop", "SCHEDULE_VALUE", 18},
    {"uncertain in capitals", "DESCRIPTION:Message", "X-RELAIS-UNCERTAIN:HOLD", "SCHEDULE_VALUE", 18},
    {"uncertain and nothing", "DESCRIPTION:Message", "X-RELAIS-UNCERTAIN:", "SCHEDULE_VALUE", 18},
    {"uncertain with a parameter", "DESCRIPTION:Message", "X-RELAIS-UNCERTAIN;X=1:hold", "SCHEDULE_PARAMETER", 18},
    {"uncertain twice", "DESCRIPTION:Message", "X-RELAIS-UNCERTAIN:hold\r\nX-RELAIS-UNCERTAIN:hold", "SCHEDULE_DUPLICATE", 19},
    {"uncertain of the whole campaign", "X-RELAIS-LATE:P1D", "X-RELAIS-UNCERTAIN:hold", "SCHEDULE_PROPERTY", 12},
    /* waves */
    {"wave without name", "UID:information\r\n", "", "SCHEDULE_MISSING", 13},
    {"wave name with a folder", "UID:information", "UID:../x", "SCHEDULE_VALUE", 14},
    {"wave name with an accent", "UID:information", "UID:été", "SCHEDULE_VALUE", 14},
    {"wave name too long", "UID:information",
     "UID:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "SCHEDULE_TOO_LONG", 14},
    {"two waves of one name", "UID:rappel-j14", "UID:information", "SCHEDULE_DUPLICATE", 23},
    {"two waves of one name but for case", "UID:rappel-j14", "UID:Information", "SCHEDULE_DUPLICATE", 23},
    {"two names", "UID:information", "UID:information\r\nUID:autre", "SCHEDULE_DUPLICATE", 15},
    {"DISPLAY alarm", "ACTION:EMAIL", "ACTION:DISPLAY", "SCHEDULE_ACTION", 15},
    {"AUDIO alarm", "ACTION:EMAIL", "ACTION:AUDIO", "SCHEDULE_ACTION", 15},
    {"unknown action", "ACTION:EMAIL", "ACTION:COURRIEL", "SCHEDULE_ACTION", 15},
    {"action missing", "ACTION:EMAIL\r\n", "", "SCHEDULE_MISSING", 13},
    {"trigger missing", "TRIGGER;VALUE=DATE-TIME:20251208T083000Z\r\n", "", "SCHEDULE_MISSING", 13},
    {"instant with a zone", "VALUE=DATE-TIME:20251208T083000Z",
     "VALUE=DATE-TIME;TZID=Europe/Paris:20251208T093000", "SCHEDULE_TIMEZONE", 16},
    {"instant with an unknown zone", "VALUE=DATE-TIME:20251208T083000Z",
     "TZID=\"Romance Standard Time\":20251208T093000", "SCHEDULE_TIMEZONE", 16},
    {"floating instant", "20251208T083000Z", "20251208T083000", "SCHEDULE_FLOATING", 16},
    {"instant without declaration", "TRIGGER;VALUE=DATE-TIME:", "TRIGGER:", "SCHEDULE_VALUE", 16},
    {"instant at 25 o'clock", "20251208T083000Z", "20251208T253000Z", "SCHEDULE_DATE", 16},
    {"instant on 31 November", "20251208T083000Z", "20251131T083000Z", "SCHEDULE_DATE", 16},
    {"instant at minute 60", "20251208T083000Z", "20251208T086000Z", "SCHEDULE_DATE", 16},
    {"leap second", "20251208T083000Z", "20251208T083060Z", "SCHEDULE_DATE", 16},
    {"instant relative to something",
     "TRIGGER;VALUE=DATE-TIME:", "TRIGGER;RELATED=END;VALUE=DATE-TIME:", "SCHEDULE_TRIGGER", 16},
    {"relative without RELATED", "TRIGGER;RELATED=END:", "TRIGGER:", "SCHEDULE_TRIGGER", 25},
    {"relative to a start", "RELATED=END:", "RELATED=START:", "SCHEDULE_PARAMETER", 25},
    {"hours before", "-P14D", "-PT336H", "SCHEDULE_TRIGGER", 25},
    {"days and hours before", "-P14D", "-P14DT9H", "SCHEDULE_TRIGGER", 25},
    {"minutes before", "-P14D", "-PT30M", "SCHEDULE_TRIGGER", 25},
    {"weeks and days before", "-P14D", "-P1W7D", "SCHEDULE_TRIGGER", 25},
    {"after the deadline", "-P14D", "P1D", "SCHEDULE_TRIGGER", 25},
    {"weeks after the deadline", "-P14D", "+P1W", "SCHEDULE_TRIGGER", 25},
    {"overflowing days", "-P14D", "-P99999999999D", "SCHEDULE_TRIGGER", 25},
    {"overflowing weeks", "-P14D", "-P9999W", "SCHEDULE_TRIGGER", 25},
    {"days that are one, modulo 2^32", "-P14D", "-P4294967297D", "SCHEDULE_TRIGGER", 25},
    {"weeks that overflow in days", "-P14D", "-P2147483648W", "SCHEDULE_TRIGGER", 25},
    {"a sign inside", "-P14D", "P-14D", "SCHEDULE_VALUE", 25},
    {"two signs", "-P14D", "--P14D", "SCHEDULE_VALUE", 25},
    {"seconds that overflow", "-P14D", "-PT99999999999S", "SCHEDULE_TRIGGER", 25},
    {"more than ten years", "-P14D", "-P3661D", "SCHEDULE_TRIGGER", 25},
    {"empty duration", "-P14D", "P", "SCHEDULE_TRIGGER", 25},
    {"empty time", "-P14D", "PT", "SCHEDULE_TRIGGER", 25},
    {"no duration at all", "-P14D", "quatorze jours", "SCHEDULE_VALUE", 25},
    {"number without unit", "-P14D", "-P14", "SCHEDULE_TRIGGER", 25},
    {"wave title missing", "SUMMARY:Information\r\n", "", "SCHEDULE_MISSING", 13},
    {"attendee missing", "ATTENDEE;CUTYPE=GROUP:urn:relais:informed\r\n", "", "SCHEDULE_MISSING", 13},
    {"second attendee", "DESCRIPTION:Message", "ATTENDEE:urn:relais:selected", "SCHEDULE_DUPLICATE", 19},
    {"unknown audience", "urn:relais:informed", "urn:relais:everybody", "SCHEDULE_AUDIENCE", 19},
    {"an address as audience", "urn:relais:informed", "mailto:mairie@commune.example", "SCHEDULE_AUDIENCE",
     19},
    {"audience empty", "urn:relais:informed", "", "SCHEDULE_VALUE", 19},
    {"attendee a person", "CUTYPE=GROUP", "CUTYPE=INDIVIDUAL", "SCHEDULE_PARAMETER", 19},
    {"attachment missing", "ATTACH;FMTTYPE=text/markdown:information.md\r\n", "", "SCHEDULE_MISSING", 13},
    {"attachment in a folder", "information.md", "fr/information.md", "SCHEDULE_TEMPLATE", 20},
    {"attachment above", "information.md", "../information.md", "SCHEDULE_TEMPLATE", 20},
    {"attachment without name", "information.md", ".md", "SCHEDULE_TEMPLATE", 20},
    {"attachment hidden", "information.md", ".cache.md", "SCHEDULE_TEMPLATE", 20},
    {"attachment of another kind", "information.md", "information.html", "SCHEDULE_TEMPLATE", 20},
    {"attachment elsewhere", "information.md", "https://example.test/x.md", "SCHEDULE_TEMPLATE", 20},
    {"attachment of another declared kind", "text/markdown", "text/html", "SCHEDULE_PARAMETER", 20},
    {"attachment inside the file", "ATTACH;FMTTYPE=text/markdown:information.md",
     "ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA", "SCHEDULE_PARAMETER", 20},
};

static void check_refused(const char *label, const char *bytes, size_t length, const char *code, long line) {
    struct schedule schedule;
    struct err err = {0};
    bool parsed = schedule_parse(&schedule, bytes, length, &err);
    bool good = !parsed && err.kind == ERR_INPUT && !strcmp(err.code, code) && err.line == line &&
                !err.file[0] && strchr(err.text, ';') && !schedule.waves;
    if (!tap_ok(good, label))
        printf("# %s line %ld, want %s line %ld: %s\n", err.code, err.line, code, line, err.text);
    if (parsed) schedule_release(&schedule);
}

static void test_refused(void) {
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        AUTO_BUF text = BUF_INIT(1 << 16);
        with(&text, REFUSED[i].what, REFUSED[i].put);
        check_refused(REFUSED[i].label, buf_text(&text), text.length, REFUSED[i].code, REFUSED[i].line);
    }
    check_refused("empty file", "", 0, "SCHEDULE_NOT_CALENDAR", 1);
    check_refused("only line ends", "\r\n\r\n", 4, "SCHEDULE_NOT_CALENDAR", 1);
    check_refused("a NUL inside", "BEGIN:VCALENDAR\nVERSION:2.0\0\nEND:VCALENDAR\n", 44, "SCHEDULE_SYNTAX",
                  2);
    const char NO_WAVE[] = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nUID:a\nDUE;VALUE=DATE:20260130\nEND:"
                           "VTODO\nEND:VCALENDAR\n";
    check_refused("no wave", NO_WAVE, sizeof NO_WAVE - 1, "SCHEDULE_MISSING", 3);
    check_refused("no task", "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", 42, "SCHEDULE_MISSING", 1);
}

/* -- limits -------------------------------------------------------------------------------------------- */
static void add_many(struct buf *out, int waves) {
    buf_add_text(out, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nUID:a\nDUE;VALUE=DATE:20260130\n");
    for (int i = 0; i < waves; i++)
        buf_add_format(out,
                       "BEGIN:VALARM\nUID:vague-%d\nACTION:EMAIL\nTRIGGER;RELATED=END:-P%dD\nSUMMARY:Vague\n"
                       "ATTENDEE:urn:relais:answered\nATTACH:a.md\nEND:VALARM\n",
                       i, i);
    buf_add_text(out, "END:VTODO\nEND:VCALENDAR\n");
}

static void test_limits(void) {
    struct schedule schedule;
    struct err err = {0};
    AUTO_BUF most = BUF_INIT(1 << 20), one_more = BUF_INIT(1 << 20), large = BUF_INIT(1 << 21),
             tall = BUF_INIT(1 << 20);
    add_many(&most, SCHEDULE_WAVES);
    CHECK("100 waves are read", schedule_parse(&schedule, buf_text(&most), most.length, &err));
    CHECK_INT("all of them", (intmax_t)schedule.wave_count, SCHEDULE_WAVES);
    CHECK_INT("the last one's offset", schedule.waves[SCHEDULE_WAVES - 1].offset_days, -(SCHEDULE_WAVES - 1));
    schedule_release(&schedule);
    add_many(&one_more, SCHEDULE_WAVES + 1);
    check_refused("101 waves", buf_text(&one_more), one_more.length, "SCHEDULE_TOO_MANY",
                  5 + 8 * SCHEDULE_WAVES + 1);

    with(&large, "SEQUENCE:1", "X-NOTE:");
    size_t missing = 1000000 - large.length;
    buf_clear(&large);
    AUTO_BUF line = BUF_INIT(1 << 21);
    buf_add_text(&line, "X-NOTE:");
    for (size_t i = 0; i < missing; i++) buf_add_char(&line, 'x');
    with(&large, "SEQUENCE:1", buf_text(&line));
    CHECK_INT("a file of one million bytes", (intmax_t)large.length, 1000000);
    CHECK("is read", schedule_parse(&schedule, buf_text(&large), large.length, &err));
    schedule_release(&schedule);
    buf_add_text(&large, "\n");
    check_refused("one byte more", buf_text(&large), large.length, "SCHEDULE_TOO_LARGE", 0);

    buf_add_text(&tall, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 10000; i++) buf_add_text(&tall, "X-A:b\n");
    check_refused("too many lines", buf_text(&tall), tall.length, "SCHEDULE_TOO_LARGE", 10001);
}

int main(void) {
    test_refused();
    test_limits();
    return tap_end();
}
