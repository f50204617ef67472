/* Schedule files: what good ones give, and that a written one reads the same. */
#include "schedules/schedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/text.h"
#include "tests/schedule_sample.h"
#include "tests/tap.h"

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
           a->at_ms == b->at_ms && a->uncertain == b->uncertain;
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
    "ATTACH;FMTTYPE=text/markdown:un.md\r\nX-RELAIS-UNCERTAIN:resend\r\nEND:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";

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
    wave.uncertain = UNCERTAIN_RESEND;
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
    test_values();
    test_example();
    test_windows();
    test_writing();
    return tap_end();
}
