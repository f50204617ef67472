/* Calendars of closures: our own reader suffices, for a closure is whole days and nothing else. */
#include "schedules/closures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "schedules/ical_lines.h"
#include "schedules/places.h"

enum { FIRST_YEAR = 1970, LAST_YEAR = 2199, DEPTH = 4, BRIDGED_DAYS = 5 };

struct closure {
    int64_t first_day, last_day;
    struct places where; /* empty = everywhere */
    char name[CLOSURE_NAME];
};
struct closures {
    struct closure *all; /* by first_day once settled */
    size_t count;
};

struct closures *closures_new(void) { return mem_new(1, sizeof(struct closures)); }

void closures_free(struct closures *closures) {
    if (closures) free(closures->all);
    free(closures);
}

/* -- one event ------------------------------------------------------------------------------------------- */
struct reading {
    struct closures *closures;
    const char *open[DEPTH]; /* the components around a line */
    int depth, calendars;
    struct closure event;
    const struct ical_line *event_line, *start, *end, *where, *location, *calendar_name, *name;
    bool cancelled;
};

static bool refuse(const struct ical_line *line, const char *code, const char *why, struct err *err) {
    err_set(err, ERR_INPUT, code, "« %.*s » : %s", QUOTED(line->raw), why);
    return err_at(err, NULL, line->line);
}

static bool read_day(const struct ical_line *line, int64_t *day, struct err *err) {
    const char *kind = ical_param(line, "VALUE"), *text = line->value;
    if (!kind || strcasecmp(kind, "DATE") != 0 || ical_param(line, "TZID"))
        return refuse(line, "CLOSURES_DATE",
                      "une fermeture compte des jours entiers, sans heure ni fuseau ; écrivez par exemple "
                      "« DTSTART;VALUE=DATE:20260515 »", err);
    int numbers[8], year, month, day_of_month;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        numbers[i] = text[i] - '0';
        if (text[i] < '0' || text[i] > '9')
            return refuse(line, "CLOSURES_DATE", "ce jour n'est pas de la forme AAAAMMJJ ; corrigez-le", err);
    }
    year = numbers[0] * 1000 + numbers[1] * 100 + numbers[2] * 10 + numbers[3];
    month = numbers[4] * 10 + numbers[5];
    day_of_month = numbers[6] * 10 + numbers[7];
    if (text[8] || year < FIRST_YEAR || year > LAST_YEAR || !day_valid(year, month, day_of_month))
        return refuse(line, "CLOSURES_DATE", "ce jour n'existe pas, ou n'est pas de la forme AAAAMMJJ ; corrigez-le", err);
    *day = day_of(year, month, day_of_month);
    return true;
}

/* RFC 5545 section 3.3.11, undone. */
static void unescape(const struct ical_line *line, struct buf *out) {
    for (const char *at = line->value; *at; at++) {
        if (*at == '\\' && at[1]) at++;
        buf_add_char(out, *at);
    }
}

/* What a person is shown. */
static void take_name(const struct ical_line *line, char out[CLOSURE_NAME]) {
    AUTO_BUF text = BUF_INIT(ICAL_BYTES);
    if (line) unescape(line, &text);
    if (!text.length) buf_add_text(&text, "fermeture");
    size_t length = text.length < CLOSURE_NAME ? text.length : CLOSURE_NAME - 1;
    while (length && length < text.length && ((unsigned char)buf_text(&text)[length] & 0xC0) == 0x80) length--;
    memcpy(out, buf_text(&text), length);
    out[length] = '\0';
}

/* Each item of "29, Zone A\, Corse"; false when one of them is not understood. */
static bool take_places(const struct ical_line *line, struct places *where) {
    AUTO_BUF text = BUF_INIT(ICAL_BYTES);
    bool all = true;
    unescape(line, &text);
    for (const char *at = buf_text(&text);; at++) {
        size_t length = strcspn(at, ",");
        all &= places_add(where, at, length);
        at += length;
        if (!*at) return all;
    }
}

static void add_zones_of(const struct ical_line *line, struct places *where) {
    AUTO_BUF text = BUF_INIT(ICAL_BYTES);
    unescape(line, &text);
    places_add_zones(where, buf_text(&text));
}

static bool take_where(const struct reading *reading, struct places *where, struct err *err) {
    if (reading->where)
        return take_places(reading->where, where) ||
               refuse(reading->where, "CLOSURES_DEPARTMENT",
                      "un de ces départements est inconnu ; écrivez des codes ou des zones, par exemple « 29,35,zone A »", err);
    if (reading->location) take_places(reading->location, where);
    if (reading->name && places_empty(where)) add_zones_of(reading->name, where);
    if (reading->calendar_name && places_empty(where)) add_zones_of(reading->calendar_name, where);
    return true;
}

/* The ministry's calendars also say when school begins again: nobody is away on that day. */
static bool is_return_to_school(const char *name) {
    static const char *const BEGINNINGS[] = {"Rentrée", "Prérentrée", "Pré-rentrée"};
    for (size_t i = 0; i < COUNT(BEGINNINGS); i++)
        if (text_starts(name, BEGINNINGS[i])) return true;
    return false;
}

static bool end_event(struct reading *reading, struct err *err) {
    struct closure *event = &reading->event;
    int64_t end_day;
    if (!reading->start)
        return refuse(reading->event_line, "CLOSURES_MISSING",
                      "il manque le premier jour de cette fermeture ; ajoutez par exemple « DTSTART;VALUE=DATE:20260515 »", err);
    if (!read_day(reading->start, &event->first_day, err)) return false;
    end_day = event->first_day + 1;
    if (reading->end && !read_day(reading->end, &end_day, err)) return false;
    if (end_day <= event->first_day)
        return refuse(reading->end, "CLOSURES_DATE", "DTEND est le lendemain du dernier jour : il suit DTSTART ; corrigez-le", err);
    if (end_day - event->first_day > CLOSURE_LONGEST_DAYS)
        return refuse(reading->end, "CLOSURES_LONG", "cette fermeture dure plus de 130 jours ; vérifiez ses dates", err);
    event->last_day = end_day - 1;
    take_name(reading->name, event->name);
    if (!take_where(reading, &event->where, err)) return false;
    if (reading->cancelled || is_return_to_school(event->name)) return true;
    struct closures *closures = reading->closures;
    if (closures->count == CLOSURES)
        return refuse(reading->event_line, "CLOSURES_TOO_MANY", "plus de 5000 fermetures ; gardez celles des années utiles", err);
    if (!(closures->count & (closures->count - 1)))
        closures->all = mem_grow(closures->all, closures->count ? 2 * closures->count : 1, sizeof *closures->all);
    closures->all[closures->count++] = *event;
    return true;
}

/* -- the file ------------------------------------------------------------------------------------------------ */
static const struct refused {
    const char *name, *code, *why;
} REFUSED[] = {
    {"RRULE", "CLOSURES_RECURRENCE", "une fermeture ne se répète pas ; écrivez un VEVENT par fermeture"},
    {"RDATE", "CLOSURES_RECURRENCE", "une fermeture ne se répète pas ; écrivez un VEVENT par fermeture"},
    {"EXRULE", "CLOSURES_RECURRENCE", "une fermeture ne se répète pas ; supprimez cette ligne"},
    {"EXDATE", "CLOSURES_RECURRENCE", "une fermeture ne se répète pas ; supprimez cette ligne"},
    {"RECURRENCE-ID", "CLOSURES_RECURRENCE", "une fermeture ne se répète pas ; supprimez cette ligne"},
    {"DURATION", "CLOSURES_PROPERTY", "donnez le lendemain du dernier jour : « DTEND;VALUE=DATE:20260518 »"},
    {"X-LIC-ERROR", "CLOSURES_PROPERTY", "un logiciel a déjà trouvé ici une erreur ; corrigez-la et supprimez cette ligne"},
};

static bool inside(const struct reading *reading, const char *component) {
    return reading->depth && !strcasecmp(reading->open[reading->depth - 1], component);
}

static bool begin(struct reading *reading, const struct ical_line *line, struct err *err) {
    bool calendar = !strcasecmp(line->value, "VCALENDAR"), event = !strcasecmp(line->value, "VEVENT");
    bool known = event || !strcasecmp(line->value, "VTIMEZONE");
    if (!reading->depth && !calendar)
        return refuse(line, "CLOSURES_NOT_CALENDAR", "un calendrier .ics commence par BEGIN:VCALENDAR ; est-ce le bon fichier ?", err);
    if (!reading->depth && ++reading->calendars > 1)
        return refuse(line, "CLOSURES_SECOND", "un deuxième calendrier commence ici ; mettez-le dans un fichier à lui", err);
    if (reading->depth == DEPTH || (reading->depth && calendar) || (reading->depth == 1 && !known) ||
        (reading->depth > 1 && known))
        return refuse(line, "CLOSURES_COMPONENT", "seuls des VEVENT sont des fermetures ; supprimez ce bloc", err);
    reading->open[reading->depth++] = line->value;
    if (!event) return true;
    reading->event = (struct closure){0};
    reading->event_line = line;
    reading->start = reading->end = reading->where = reading->location = reading->name = NULL;
    reading->cancelled = false;
    return true;
}

static bool end(struct reading *reading, const struct ical_line *line, struct err *err) {
    if (!inside(reading, line->value))
        return refuse(line, "CLOSURES_STRUCTURE", "ceci ne ferme pas le bloc ouvert ; corrigez l'ordre des blocs", err);
    reading->depth--;
    return strcasecmp(line->value, "VEVENT") != 0 || end_event(reading, err);
}

static bool take_property(struct reading *reading, const struct ical_line *line, struct err *err) {
    const struct {
        const char *name;
        const struct ical_line **to;
    } kept[] = {{"DTSTART", &reading->start}, {"DTEND", &reading->end},        {"X-RELAIS-DEPARTMENTS", &reading->where},
                {"SUMMARY", &reading->name},  {"LOCATION", &reading->location}};
    for (size_t i = 0; i < COUNT(REFUSED); i++)
        if (!strcasecmp(REFUSED[i].name, line->name)) return refuse(line, REFUSED[i].code, REFUSED[i].why, err);
    if (!strcasecmp(line->name, "STATUS")) reading->cancelled = !strcasecmp(line->value, "CANCELLED");
    for (size_t i = 0; i < COUNT(kept); i++) {
        if (strcasecmp(kept[i].name, line->name) != 0) continue;
        if (*kept[i].to) return refuse(line, "CLOSURES_DUPLICATE", "ceci est déjà donné dans ce bloc ; gardez une seule de ces lignes", err);
        return *kept[i].to = line, true;
    }
    return strncasecmp(line->name, "X-RELAIS", 8) != 0 ||
           refuse(line, "CLOSURES_PROPERTY", "cette propriété est inconnue ; écrivez X-RELAIS-DEPARTMENTS:29,35", err);
}

static bool take_line(struct reading *reading, const struct ical_line *line, struct err *err) {
    if (!strcasecmp(line->name, "BEGIN")) return begin(reading, line, err);
    if (!strcasecmp(line->name, "END")) return end(reading, line, err);
    if (!reading->depth)
        return refuse(line, "CLOSURES_NOT_CALENDAR", "ceci est hors du calendrier (BEGIN:VCALENDAR … END:VCALENDAR) ; supprimez-le", err);
    if (reading->depth == 1 && !strcasecmp(line->name, "X-WR-CALNAME")) reading->calendar_name = line;
    return !inside(reading, "VEVENT") || take_property(reading, line, err);
}

bool closures_add(struct closures *closures, const char *bytes, size_t length, struct err *err) {
    struct ical_lines lines;
    struct reading reading = {.closures = closures};
    bool good = ical_lines_read(&lines, bytes, length, err);
    for (size_t i = 0; good && i < lines.count; i++) good = take_line(&reading, &lines.all[i], err);
    if (good && (reading.depth || !reading.calendars)) {
        good = err_set(err, ERR_INPUT, "CLOSURES_STRUCTURE", "le calendrier n'est pas complet ; il va de BEGIN:VCALENDAR à END:VCALENDAR");
        err_at(err, NULL, lines.count ? lines.all[lines.count - 1].line : 1);
    }
    ical_lines_release(&lines);
    return good;
}

/* -- questions ------------------------------------------------------------------------------------------------ */
static int by_first_day(const void *left, const void *right) {
    const struct closure *a = left, *b = right;
    return (a->first_day > b->first_day) - (a->first_day < b->first_day);
}

/* Closures that follow each other with a weekend or a holiday between them are one absence. */
static bool ends(const struct closures *closures, const char *department, struct err *err) {
    int64_t from = 0, to = -1;
    for (size_t i = 0; i < closures->count; i++) {
        const struct closure *one = &closures->all[i];
        if (!places_empty(&one->where) && !places_have(&one->where, department)) continue;
        if (to < from || one->first_day > to + BRIDGED_DAYS) from = one->first_day;
        to = max_i64(to, one->last_day);
        if (to - from >= CLOSURE_LONGEST_DAYS)
            return err_set(err, ERR_INPUT, "CLOSURES_ENDLESS",
                           "« %.80s » ferme le département %s plus de 130 jours de suite, avec les fermetures qui précèdent ; raccourcissez-les",
                           one->name, department);
    }
    return true;
}

bool closures_settle(struct closures *closures, struct err *err) {
    char code[8];
    if (closures->count) qsort(closures->all, closures->count, sizeof *closures->all, by_first_day);
    for (int number = 1; number <= 95; number++) {
        snprintf(code, sizeof code, "%02d", number);
        if (!ends(closures, code, err)) return false;
    }
    for (int number = 971; number <= 989; number++) {
        snprintf(code, sizeof code, "%d", number);
        if (!ends(closures, code, err)) return false;
    }
    return ends(closures, "2A", err) && ends(closures, "2B", err);
}

bool closures_closed(const struct closures *closures, int64_t day, const char *department, const char **name) {
    size_t low = 0, high = closures->count; /* the first that begins too late to hold a closure of that day */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (closures->all[middle].first_day > day) high = middle;
        else low = middle + 1;
    }
    for (size_t i = low; i > 0 && closures->all[i - 1].first_day > day - CLOSURE_LONGEST_DAYS; i--) {
        const struct closure *one = &closures->all[i - 1];
        if (one->last_day < day || (!places_empty(&one->where) && !places_have(&one->where, department))) continue;
        if (name) *name = one->name;
        return true;
    }
    return false;
}

struct closure_counts closures_count(const struct closures *closures) {
    struct closure_counts counts = {0};
    for (size_t i = 0; i < closures->count; i++) {
        const struct closure *one = &closures->all[i];
        if (places_empty(&one->where)) counts.everywhere++;
        else counts.somewhere++;
        if (!i || one->first_day < counts.first_day) counts.first_day = one->first_day;
        if (!i || one->last_day > counts.last_day) counts.last_day = one->last_day;
    }
    return counts;
}
