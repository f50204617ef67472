/* Schedule files: what good ones give, what is refused at which line, and that a written one reads the same.
 */
#include "schedules/schedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/text.h"
#include "tests/tap.h"

/* The line numbers below count in this text. */
static const char GOOD[] = "BEGIN:VCALENDAR\r\n"                                      /* 1 */
                           "VERSION:2.0\r\n"                                          /* 2 */
                           "PRODID:-//Relais//Campagne//FR\r\n"                       /* 3 */
                           "BEGIN:VTODO\r\n"                                          /* 4 */
                           "UID:essai@amf.example\r\n"                                /* 5 */
                           "DTSTAMP:20251201T080000Z\r\n"                             /* 6 */
                           "SEQUENCE:1\r\n"                                           /* 7 */
                           "SUMMARY:Enquête d'essai\r\n"                              /* 8 */
                           "DUE;VALUE=DATE:20260130\r\n"                              /* 9 */
                           "X-RELAIS-SEND-AT:09:30\r\n"                               /* 10 */
                           "X-RELAIS-WINDOW:MO-FR 08:30-17:30\r\n"                    /* 11 */
                           "X-RELAIS-LATE:P1D\r\n"                                    /* 12 */
                           "BEGIN:VALARM\r\n"                                         /* 13 */
                           "UID:information\r\n"                                      /* 14 */
                           "ACTION:EMAIL\r\n"                                         /* 15 */
                           "TRIGGER;VALUE=DATE-TIME:20251208T083000Z\r\n"             /* 16 */
                           "SUMMARY:Information\r\n"                                  /* 17 */
                           "DESCRIPTION:Message\r\n"                                  /* 18 */
                           "ATTENDEE;CUTYPE=GROUP:urn:relais:informed\r\n"            /* 19 */
                           "ATTACH;FMTTYPE=text/markdown:information.md\r\n"          /* 20 */
                           "END:VALARM\r\n"                                           /* 21 */
                           "BEGIN:VALARM\r\n"                                         /* 22 */
                           "UID:rappel-j14\r\n"                                       /* 23 */
                           "ACTION:EMAIL\r\n"                                         /* 24 */
                           "TRIGGER;RELATED=END:-P14D\r\n"                            /* 25 */
                           "SUMMARY:Rappel\r\n"                                       /* 26 */
                           "DESCRIPTION:Rappel\r\n"                                   /* 27 */
                           "ATTENDEE;CUTYPE=GROUP:urn:relais:selected-unanswered\r\n" /* 28 */
                           "ATTACH;FMTTYPE=text/markdown:rappel-j14.md\r\n"           /* 29 */
                           "END:VALARM\r\n"                                           /* 30 */
                           "END:VTODO\r\n"                                            /* 31 */
                           "END:VCALENDAR\r\n";                                       /* 32 */

/* GOOD with its first `what` replaced; what "" puts the text behind everything. */
static void with(struct buf *out, const char *what, const char *put) {
    const char *at = *what ? strstr(GOOD, what) : GOOD + sizeof GOOD - 1;
    if (!at) abort();
    buf_add(out, GOOD, (size_t)(at - GOOD));
    buf_add_text(out, put);
    buf_add_text(out, at + strlen(what));
}

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
    {"overlong UTF-8", "Enquête", "Enqu\xC0\xAFte", "SCHEDULE_ENCODING", 8},
    {"escape character", "Enquête", "Enqu\x1B[31mte", "SCHEDULE_SYNTAX", 8},
    {"right-to-left override", "Enquête", "Enqu\xE2\x80\xAEte", "SCHEDULE_SYNTAX", 8},
    {"bare CR", "Enquête", "Enq\rte", "SCHEDULE_SYNTAX", 8},
    /* properties */
    {"RRULE", "SEQUENCE:1", "SEQUENCE:1\r\nRRULE:FREQ=SECONDLY", "SCHEDULE_RECURRENCE", 8},
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

/* -- what is read -------------------------------------------------------------------------------------- */
static bool parse_with(struct schedule *schedule, const char *what, const char *put) {
    AUTO_BUF text = BUF_INIT(1 << 16);
    struct err err = {0};
    with(&text, what, put);
    bool good = schedule_parse(schedule, buf_text(&text), text.length, &err);
    if (!good) printf("# line %ld: %s\n", err.line, err.text);
    return good;
}

static const struct {
    const char *label, *trigger;
    int offset_days;
} OFFSETS[] = {
    {"fourteen days", "TRIGGER;RELATED=END:-P14D", -14},
    {"two weeks", "TRIGGER;RELATED=END:-P2W", -14},
    {"the day itself, P0D", "TRIGGER;RELATED=END:P0D", 0},
    {"the day itself, -P0D", "TRIGGER;RELATED=END:-P0D", 0},
    {"the day itself, PT0S", "TRIGGER;RELATED=END:PT0S", 0},
    {"the day itself, -PT0S", "TRIGGER;RELATED=END:-PT0S", 0},
    {"the day itself, +PT0H0M0S", "TRIGGER;RELATED=END:+PT0H0M0S", 0},
    {"days and a time of nothing", "TRIGGER;RELATED=END:-P14DT0H0M0S", -14},
    {"leading zeros", "TRIGGER;RELATED=END:-P007D", -7},
    {"ten years", "TRIGGER;RELATED=END:-P3660D", -3660},
    {"kind declared", "TRIGGER;VALUE=DURATION;RELATED=END:-P2D", -2},
    {"any case", "trigger;related=end:-P2D", -2},
    {"quoted parameter", "TRIGGER;RELATED=\"END\":-P2D", -2},
    {"folded", "TRIGGER;REL\r\n ATED=END:-P\r\n\t2D", -2},
};

static const struct {
    const char *label, *what, *put;
} ACCEPTED[] = {
    {"line feeds only", "VERSION:2.0\r\n", "VERSION:2.0\n"},
    {"byte order mark", "BEGIN:VCALENDAR",
     "\xEF\xBB\xBF"
     "BEGIN:VCALENDAR"},
    {"empty lines at the end", "", "\r\n\n\r\n"},
    {"last line without its end", "END:VCALENDAR\r\n", "END:VCALENDAR"},
    {"lower case", "BEGIN:VTODO", "begin:vtodo"},
    {"others' extensions", "SEQUENCE:1", "X-MOZ-GENERATION:3\r\nX-APPLE;TZID=x;A=\"b:c\":d"},
    {"no sequence", "SEQUENCE:1\r\n", ""},
    {"kinds declared that need not be",
     "DTSTAMP:", "CREATED;VALUE=DATE-TIME:20251201T080000Z\r\nDTSTAMP;VALUE=DATE-TIME:"},
    {"no time stamp", "DTSTAMP:20251201T080000Z\r\n", ""},
    {"no campaign title", "SUMMARY:Enquête d'essai\r\n", ""},
    {"no alarm description", "DESCRIPTION:Message\r\n", ""},
    {"attendee without kind", "ATTENDEE;CUTYPE=GROUP", "ATTENDEE"},
    {"attachment without kind", "ATTACH;FMTTYPE=text/markdown", "ATTACH"},
    {"attachment's kind quoted", "FMTTYPE=text/markdown", "FMTTYPE=\"text/markdown\""},
    {"published, Gregorian", "PRODID", "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nPRODID"},
    {"no property of ours",
     "X-RELAIS-SEND-AT:09:30\r\nX-RELAIS-WINDOW:MO-FR 08:30-17:30\r\nX-RELAIS-LATE:P1D\r\n", ""},
};

static void test_values(void) {
    struct schedule schedule;
    for (size_t i = 0; i < COUNT(OFFSETS); i++) {
        bool good = parse_with(&schedule, "TRIGGER;RELATED=END:-P14D", OFFSETS[i].trigger) &&
                    schedule.waves[1].relative;
        CHECK_INT(OFFSETS[i].label, good ? schedule.waves[1].offset_days : 1, OFFSETS[i].offset_days);
        if (good) schedule_release(&schedule);
    }
    for (size_t i = 0; i < COUNT(ACCEPTED); i++) {
        bool good = parse_with(&schedule, ACCEPTED[i].what, ACCEPTED[i].put);
        CHECK(ACCEPTED[i].label, good && schedule.wave_count == 2 && schedule.window.weekdays == 0x1F &&
                                     schedule.send_minute == 570 && schedule.late_working_days == 1);
        if (good) schedule_release(&schedule);
    }
    if (CHECK("text is unescaped", parse_with(&schedule, "Enquête d'essai", "A\\, b\\; c\\\\ d, e; f"))) {
        CHECK_TEXT("as it was meant", schedule.title, "A, b; c\\ d, e; f");
        schedule_release(&schedule);
    }
    if (CHECK("a fold inside a character", parse_with(&schedule, "Enquête", "Enqu\xC3\r\n \xAAte"))) {
        CHECK_TEXT("is undone", schedule.title, "Enquête d'essai");
        schedule_release(&schedule);
    }
    if (CHECK("line numbers count physical lines", parse_with(&schedule, "Enquête", "En\r\n qu\r\n ête"))) {
        CHECK_INT("of the first alarm", schedule.waves[0].line, 15);
        schedule_release(&schedule);
    }
    if (CHECK("window and lateness", parse_with(&schedule, "MO-FR 08:30-17:30\r\nX-RELAIS-LATE:P1D",
                                                "MO\\,WE-FR 09:00-24:00\r\nX-RELAIS-LATE:P0D"))) {
        CHECK_INT("weekdays", schedule.window.weekdays, 0x1D);
        CHECK_INT("closes", schedule.window.closes_minute, 1440);
        CHECK_INT("late", schedule.late_working_days, 0);
        schedule_release(&schedule);
    }
}

static void test_example(void) {
    static const struct {
        const char *name, *template;
        int audience, offset_days;
    } WAVES[] = {
        {"information", "information.md", AUDIENCE_INFORMED, 0},
        {"rappel-j14", "rappel-j14.md", AUDIENCE_SELECTED_UNANSWERED, -14},
        {"rappel-j7", "rappel-j7.md", AUDIENCE_SELECTED_UNANSWERED, -7},
        {"rappel-j2", "rappel-j2.md", AUDIENCE_SELECTED_UNANSWERED, -2},
        {"dernier-jour", "dernier-jour.md", AUDIENCE_SELECTED_UNANSWERED, 0},
    };
    const struct embedded_file *file = embedded_find("schedules/examples/asco-2025.ics");
    struct schedule schedule;
    struct err err = {0};
    if (!CHECK("the example is carried", file != NULL)) return;
    if (!CHECK("and read", schedule_parse(&schedule, file->bytes, file->length, &err))) {
        printf("# line %ld: %s\n", err.line, err.text);
        return;
    }
    CHECK_TEXT("uid", schedule.uid, "asco-2025@amf.example");
    CHECK_TEXT("title", schedule.title, "Enquête ASCO");
    CHECK_INT("deadline", schedule.due_day, day_of(2026, 1, 23));
    CHECK_INT("a Friday", day_weekday(schedule.due_day), 4);
    CHECK_INT("send hour", schedule.send_minute, 9 * 60 + 30);
    CHECK_INT("five waves", (intmax_t)schedule.wave_count, COUNT(WAVES));
    for (size_t i = 0; i < COUNT(WAVES) && i < schedule.wave_count; i++) {
        const struct schedule_wave *wave = &schedule.waves[i];
        CHECK_TEXT("wave", wave->name, WAVES[i].name);
        CHECK_TEXT("its template", wave->template, WAVES[i].template);
        CHECK_INT("its audience", wave->audience, WAVES[i].audience);
        CHECK_INT("its offset", wave->offset_days, WAVES[i].offset_days);
        CHECK_INT("relative but for the first", wave->relative, i > 0);
    }
    int64_t first_ms;
    instant_parse("2025-12-08T08:30:00Z", false, &first_ms);
    CHECK_INT("the first one's instant", schedule.waves[0].at_ms, first_ms);
    schedule_release(&schedule);
}

/* -- names, windows, writing --------------------------------------------------------------------------- */
static const struct {
    const char *text, *again;
} WINDOWS[] = {
    {"MO-FR 08:30-17:30", "MO-FR 08:30-17:30"},
    {"MO,WE 09:00-12:00", "MO,WE 09:00-12:00"},
    {"MO,TU 09:00-12:00", "MO,TU 09:00-12:00"},
    {"MO,TU,WE,TH,FR 09:00-12:00", "MO-FR 09:00-12:00"},
    {"MO-SU 00:00-24:00", "MO-SU 00:00-24:00"},
    {"WE,MO 09:00-12:00", "MO,WE 09:00-12:00"},
    {"MO-TU,TH-SU 10:00-10:01", "MO,TU,TH-SU 10:00-10:01"},
    {"MO-MO 09:00-12:00", "MO 09:00-12:00"},
    {"", NULL},
    {"MO", NULL},
    {"MO ", NULL},
    {"MO-FR 9:00-12:00", NULL},
    {"MO-FR 09:00-09:00", NULL},
    {"MO-FR 09:00-24:01", NULL},
    {"MO-FR 09:00-12:00 ", NULL},
    {"MO,MO 09:00-12:00", NULL},
    {"MO-WE,TU 09:00-12:00", NULL},
    {"FR-MO 09:00-12:00", NULL},
    {"SA-SU 09:00-12:00", NULL},
    {"mo-fr 09:00-12:00", NULL},
    {"MO- 09:00-12:00", NULL},
    {"MO, 09:00-12:00", NULL},
    {"MO-FR  09:00-12:00", NULL},
    {"MO-FR 09:00/12:00", NULL},
    {"MO-FR 09.00-12.00", NULL},
};

static void test_windows(void) {
    for (size_t i = 0; i < COUNT(WINDOWS); i++) {
        struct send_window window;
        char again[64] = "";
        bool good = window_parse(WINDOWS[i].text, &window);
        if (good) window_write(&window, again);
        if (WINDOWS[i].again)
            CHECK_TEXT(WINDOWS[i].text, again, WINDOWS[i].again);
        else
            CHECK(WINDOWS[i].text, !good);
    }
    for (int i = 0; i < AUDIENCE_COUNT; i++) CHECK_INT(AUDIENCE[i], audience_of(AUDIENCE[i]), i);
    CHECK_INT("an unknown audience", audience_of("everybody"), -1);
}

static bool same_wave(const struct schedule_wave *a, const struct schedule_wave *b) {
    return !strcmp(a->name, b->name) && !strcmp(a->title, b->title) && !strcmp(a->template, b->template) &&
           a->audience == b->audience && a->relative == b->relative && a->offset_days == b->offset_days &&
           a->at_ms == b->at_ms;
}

static bool same_schedule(const struct schedule *a, const struct schedule *b) {
    bool same = !strcmp(a->uid, b->uid) && !strcmp(a->title, b->title) && a->due_day == b->due_day &&
                a->sequence == b->sequence && a->send_minute == b->send_minute &&
                a->window.weekdays == b->window.weekdays &&
                a->window.opens_minute == b->window.opens_minute &&
                a->window.closes_minute == b->window.closes_minute &&
                a->late_working_days == b->late_working_days && a->wave_count == b->wave_count;
    for (size_t i = 0; same && i < a->wave_count; i++) same = same_wave(&a->waves[i], &b->waves[i]);
    return same;
}

/* Longest line in octets, without its CRLF; -1 when a line feed lacks its CR or a fold cuts a character. */
static int longest_line(const char *text) {
    int longest = 0;
    for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
        if (end == text || end[-1] != '\r' || !utf8_valid(text, (size_t)(end - text))) return -1;
        int length = (int)(end - text) - 1;
        if (length > longest) longest = length;
    }
    return *text ? -1 : longest;
}

static void round_trip(const char *label, const struct schedule *schedule) {
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct schedule again;
    struct err err = {0};
    schedule_write(schedule, 1764576000000, &text);
    bool good = schedule_parse(&again, buf_text(&text), text.length, &err);
    if (!good) printf("# line %ld: %s\n", err.line, err.text);
    CHECK(label, good && same_schedule(schedule, &again));
    int longest = longest_line(buf_text(&text));
    CHECK("no line over 75 octets, all ended by CRLF", longest > 0 && longest <= 75);
    if (good) schedule_release(&again);
}

/* Every octet of it: commas and semicolons escaped (RFC 5545 section 3.3.11), lines folded. */
static const char WRITTEN[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Relais//Campagne//FR\r\nBEGIN:VTODO\r\n"
    "UID:a\\,b\\;c\\\\d@amf.example\r\nDTSTAMP:20251201T080000Z\r\nSEQUENCE:7\r\n"
    "DUE;VALUE=DATE:20280229\r\nX-RELAIS-SEND-AT:10:00\r\nX-RELAIS-WINDOW:MO-FR 08:30-17:30\r\n"
    "X-RELAIS-LATE:P0D\r\n"
    "BEGIN:VALARM\r\nUID:un\r\nACTION:EMAIL\r\nTRIGGER;RELATED=END:-P21D\r\nSUMMARY:x\r\nDESCRIPTION:x\r\n"
    "ATTENDEE;CUTYPE=GROUP:urn:relais:relays\r\nATTACH;FMTTYPE=text/markdown:un.md\r\nEND:VALARM\r\n"
    "BEGIN:VALARM\r\nUID:deux\r\nACTION:EMAIL\r\nTRIGGER;VALUE=DATE-TIME:20251231T235959Z\r\n"
    "SUMMARY:x\r\nDESCRIPTION:x\r\nATTENDEE;CUTYPE=GROUP:urn:relais:answered\r\n"
    "ATTACH;FMTTYPE=text/markdown:un.md\r\nEND:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";

static void test_writing(void) {
    static const struct send_window WORKING = {0x1F, 510, 1050}, ODD = {0x35, 0, 1440};
    struct schedule schedule = {.uid = "a,b;c\\d@amf.example",
                                .due_day = day_of(2028, 2, 29),
                                .sequence = 7,
                                .send_minute = 600,
                                .window = WORKING,
                                .late_working_days = 0};
    struct schedule_wave wave = {
        .name = "un", .title = "x", .template = "un.md", .relative = true, .offset_days = -21};
    schedule_add_wave(&schedule, &wave);
    snprintf(wave.name, sizeof wave.name, "deux");
    wave.audience = AUDIENCE_ANSWERED;
    wave.relative = false;
    wave.offset_days = 0;
    wave.at_ms = 1767225599000;
    schedule_add_wave(&schedule, &wave);
    round_trip("no title, an instant", &schedule);
    AUTO_BUF text = BUF_INIT(1 << 16);
    schedule_write(&schedule, 1764576000000, &text);
    CHECK_TEXT("the whole file", buf_text(&text), WRITTEN);
    schedule.window = ODD;
    /* Characters of one to four octets, shifted through every place of a fold. */
    for (int shift = 0; shift < 12; shift++) {
        AUTO_BUF title = BUF_INIT(SCHEDULE_TITLE - 1);
        for (int i = 0; i < shift; i++) buf_add_char(&title, 'a');
        for (int i = 0; i < 18; i++) buf_add_text(&title, "é€😀,");
        snprintf(schedule.title, sizeof schedule.title, "%s", buf_text(&title));
        snprintf(schedule.waves[0].title, sizeof schedule.waves[0].title, "%s", buf_text(&title));
        round_trip("long titles", &schedule);
    }
    schedule_release(&schedule);
}

int main(void) {
    test_refused();
    test_limits();
    test_values();
    test_example();
    test_windows();
    test_writing();
    return tap_end();
}
