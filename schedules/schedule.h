/* A campaign's schedule: one VTODO whose DUE is the deadline, one VALARM ACTION:EMAIL a wave (RFC 5545, alarm
 * UID: RFC 9074). Read strictly: what is not understood exactly is refused with its line. */
#ifndef SCHEDULES_SCHEDULE_H
#define SCHEDULES_SCHEDULE_H

#include "base/buf.h"
#include "base/err.h"

enum audience { AUDIENCE_RELAYS, AUDIENCE_INFORMED, AUDIENCE_INFORMED_ONLY, AUDIENCE_SELECTED,
                AUDIENCE_SELECTED_UNANSWERED, AUDIENCE_ANSWERED, AUDIENCE_COUNT };
extern const char *const AUDIENCE[AUDIENCE_COUNT]; /* "relays", "informed", … */
int audience_of(const char *word);                 /* -1 when unknown */

/* What becomes of a delivery nobody knows the end of: X-RELAIS-UNCERTAIN of its wave. By its audience when absent: `selected-unanswered` is sent
 * once more, all others are held for a person. */
enum uncertain { UNCERTAIN_BY_AUDIENCE, UNCERTAIN_HOLD, UNCERTAIN_RESEND, UNCERTAIN_COUNT };
extern const char *const UNCERTAIN[UNCERTAIN_COUNT]; /* "", "hold", "resend" */
enum uncertain uncertain_of(enum uncertain said, enum audience audience); /* HOLD or RESEND */

struct send_window { /* local time of the recipient; closes_minute is exclusive */
    unsigned weekdays; /* bit 0 = Monday */
    int opens_minute, closes_minute;
};

enum { SCHEDULE_NAME = 64, SCHEDULE_TITLE = 200, SCHEDULE_WAVES = 100 };

struct schedule_wave {
    char name[SCHEDULE_NAME];     /* alarm UID: letters, digits, hyphen */
    char title[SCHEDULE_TITLE];   /* SUMMARY */
    char template[SCHEDULE_NAME]; /* ATTACH: a file name, no folder */
    enum audience audience;
    enum uncertain uncertain;
    bool relative;                /* offset_days counts from DUE; otherwise at_ms */
    int offset_days;              /* -14 = fourteen days before */
    int64_t at_ms;
    long line;                    /* of BEGIN:VALARM */
};

struct schedule {
    char uid[SCHEDULE_TITLE], title[SCHEDULE_TITLE];
    int64_t due_day; /* days since 1970 */
    int sequence;
    int send_minute;              /* X-RELAIS-SEND-AT, minute of the local day; 9:30 when absent */
    struct send_window window;    /* X-RELAIS-WINDOW; MO-FR 08:30-17:30 when absent */
    int late_working_days;        /* X-RELAIS-LATE; 1 when absent */
    struct schedule_wave *waves;
    size_t wave_count;
};

/* ERR_INPUT with its line (file left empty: err_at adds it) and a code SCHEDULE_…; nothing to release then. */
bool schedule_parse(struct schedule *schedule, const char *bytes, size_t length, struct err *err);
void schedule_release(struct schedule *schedule);
/* A clean file with the same meaning (CRLF, folded at 75 octets); dtstamp_ms goes into DTSTAMP. */
void schedule_write(const struct schedule *schedule, int64_t dtstamp_ms, struct buf *out);
/* Adds a wave (copied). */
void schedule_add_wave(struct schedule *schedule, const struct schedule_wave *wave);

/* "MO-FR 08:30-17:30", "MO,WE 09:00-12:00"; at least one day of Monday to Friday, 24:00 closes a day. */
bool window_parse(const char *text, struct send_window *window);
void window_write(const struct send_window *window, char out[64]); /* the same */
/* "09:30" up to "24:00"; returns what follows it, NULL when it is none. */
const char *minute_parse(const char *text, int *minute);

#endif
