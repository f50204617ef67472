/* The values of a schedule file, by libical; what libical reads loosely is refused here. */
#include "schedules/schedule.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/library.h"
#include "schedules/schedule_grammar.h"

#define ICAL(F) \
    F(icalattach_get_is_url) F(icalattach_get_url) F(icalcomponent_free) F(icalcomponent_get_first_component) F(icalcomponent_get_first_property) \
    F(icalcomponent_get_next_component) F(icalcomponent_get_next_property) F(icalcomponent_isa) F(icalcomponent_kind_to_string) \
    F(icaldurationtype_from_string) F(icaldurationtype_is_bad_duration) F(icalerror_set_errors_are_fatal) F(icalmemory_free_ring) \
    F(icalparser_parse_string) F(icalproperty_get_action) F(icalproperty_get_attach) F(icalproperty_get_attendee) F(icalproperty_get_dtstamp) \
    F(icalproperty_get_due) F(icalproperty_get_property_name) F(icalproperty_get_sequence) F(icalproperty_get_trigger) F(icalproperty_get_value) \
    F(icalproperty_get_x) F(icaltime_as_ical_string) F(icaltime_is_utc) F(icalvalue_get_text) F(icalvalue_isa)
static struct { LIBRARY_FUNCTIONS(ICAL) } ical;

static bool ical_ready(struct err *err) {
    static const char *const NAMES[] = {LIBRARY_NAMES(ICAL)};
    return library_open(ICAL_FILE, NAMES, COUNT(NAMES), &ical, err);
}

enum { FIRST_YEAR = 1970, LAST_YEAR = 2199 };
enum { LONGEST_DAYS = 3660, LONGEST_LATE_DAYS = 60, DURATION_DIGITS = 4 };

struct reading {
    struct schedule *schedule;
    struct schedule_wave wave; /* the alarm being read */
    long send_at_line, window_line;
};

static bool refuse(const struct ical_line *line, const char *code, const char *why, struct err *err) {
    err_set(err, ERR_INPUT, code, "« %.*s » : %s ; écrivez par exemple « %s »", QUOTED(line->raw), why,
            schedule_form(line->item));
    return err_at(err, NULL, line->line);
}

/* -- kinds of values ----------------------------------------------------------------------------------- */
/* RFC 5545 section 3.3.11: a backslash stands before \ ; , n N only. libical drops any other one. */
static bool escapes_known(const char *raw) {
    for (; *raw; raw++)
        if (*raw == '\\' && (!*++raw || !strchr("\\;,nN", *raw))) return false;
    return true;
}

static bool take_text(const struct ical_line *line, icalproperty *property, char *out, size_t out_size,
                      struct err *err) {
    icalvalue *value = ical.icalproperty_get_value(property);
    const char *text = value && ical.icalvalue_isa(value) == ICAL_TEXT_VALUE ? ical.icalvalue_get_text(value) : NULL;
    if (!text || !escapes_known(line->value))
        return refuse(line, "SCHEDULE_VALUE", "le signe \\ ne s'emploie que dans \\\\ \\; \\, et \\n", err);
    if (strchr(text, '\n'))
        return refuse(line, "SCHEDULE_VALUE", "ce texte doit tenir sur une seule ligne", err);
    if (!text[strspn(text, " ")]) return refuse(line, "SCHEDULE_VALUE", "ce texte est vide", err);
    if (strlen(text) >= out_size)
        return refuse(line, "SCHEDULE_TOO_LONG", "ce texte est trop long ; raccourcissez-le", err);
    snprintf(out, out_size, "%s", text);
    return true;
}

/* What libical read must say again what the file says, and be a day that exists: 30 February and 25 o'clock
 * pass through libical unharmed. */
static bool time_exact(const struct ical_line *line, struct icaltimetype time) {
    return !strcmp(ical.icaltime_as_ical_string(time), line->value) && time.year >= FIRST_YEAR &&
           time.year <= LAST_YEAR && day_valid(time.year, time.month, time.day) &&
           (time.is_date || (time.hour <= 23 && time.minute <= 59 && time.second <= 59));
}

static bool take_instant(const struct ical_line *line, struct icaltimetype time, int64_t *at_ms,
                         struct err *err) {
    size_t length = strlen(line->value);
    if (!length || line->value[length - 1] != 'Z')
        return refuse(line, "SCHEDULE_FLOATING",
                      "cette heure n'a pas de fuseau ; donnez-la en heure UTC, terminée par Z", err);
    if (time.is_date || !ical.icaltime_is_utc(time) || !time_exact(line, time))
        return refuse(line, "SCHEDULE_DATE",
                      "cet instant n'existe pas ou n'est pas de la forme AAAAMMJJTHHMMSSZ", err);
    *at_ms = day_of(time.year, time.month, time.day) * DAY_MS + time.hour * (int64_t)HOUR_MS +
             time.minute * (int64_t)MINUTE_MS + time.second * 1000;
    return true;
}

/* [+-]P, then nW, or nD and/or T with nothing but zeros. libical lets empty and overflowing ones through. */
static bool whole_days(const char *text) {
    static const char TIME[] = "HMS";
    text += *text == '+' || *text == '-';
    if (*text++ != 'P' || !*text) return false;
    size_t digits = strspn(text, "0123456789");
    if (digits) {
        if (digits > DURATION_DIGITS || (text[digits] != 'D' && text[digits] != 'W')) return false;
        bool weeks = text[digits] == 'W';
        text += digits + 1;
        if (weeks || !*text) return !*text;
    }
    if (*text++ != 'T' || !*text) return false;
    for (const char *unit = TIME; *text; unit++) {
        digits = strspn(text, "0");
        if (!digits || digits > DURATION_DIGITS) return false;
        text += digits;
        unit = *text ? strchr(unit, *text) : NULL;
        if (!unit) return false;
        text++;
    }
    return true;
}

/* Days of a duration, its sign kept; false when it is not whole days or more than ten years. */
static bool take_days(const char *text, struct icaldurationtype duration, int *days) {
    if (!whole_days(text) || ical.icaldurationtype_is_bad_duration(duration)) return false;
    *days = (int)(duration.days + 7 * duration.weeks);
    if (*days > LONGEST_DAYS) return false;
    if (duration.is_neg) *days = -*days;
    return true;
}

/* -- one function an item ------------------------------------------------------------------------------ */
#define TAKER(name)                                                                                          \
    static bool name(struct reading *reading, const struct ical_line *line, icalproperty *property,          \
                     struct err *err)
#define UNUSED_PROPERTY (void)property

TAKER(take_version) {
    (void)reading, UNUSED_PROPERTY;
    return !strcmp(line->value, "2.0") ||
           refuse(line, "SCHEDULE_VALUE", "seule la version 2.0 d'iCalendar est comprise", err);
}

TAKER(take_calscale) {
    (void)reading, UNUSED_PROPERTY;
    return !strcasecmp(line->value, "GREGORIAN") ||
           refuse(line, "SCHEDULE_VALUE", "seul le calendrier grégorien est compris", err);
}

TAKER(take_method) {
    (void)reading, UNUSED_PROPERTY;
    return !strcasecmp(line->value, "PUBLISH") ||
           refuse(line, "SCHEDULE_VALUE", "ce fichier est une réponse ou une annulation, non un plan", err);
}

TAKER(take_dtstamp) {
    (void)reading;
    int64_t unused_ms;
    return take_instant(line, ical.icalproperty_get_dtstamp(property), &unused_ms, err);
}

TAKER(take_uid) {
    return take_text(line, property, reading->schedule->uid, sizeof reading->schedule->uid, err);
}
TAKER(take_title) {
    return take_text(line, property, reading->schedule->title, sizeof reading->schedule->title, err);
}
TAKER(take_wave_title) {
    return take_text(line, property, reading->wave.title, sizeof reading->wave.title, err);
}

TAKER(take_sequence) {
    char again[16];
    reading->schedule->sequence = ical.icalproperty_get_sequence(property);
    snprintf(again, sizeof again, "%d", reading->schedule->sequence);
    return (reading->schedule->sequence >= 0 && !strcmp(again, line->value)) ||
           refuse(line, "SCHEDULE_VALUE", "SEQUENCE est un nombre entier, à partir de 0", err);
}

TAKER(take_due) {
    struct icaltimetype due = ical.icalproperty_get_due(property);
    if (!due.is_date || !time_exact(line, due))
        return refuse(line, "SCHEDULE_DATE", "ce jour n'existe pas, ou n'est pas de la forme AAAAMMJJ", err);
    reading->schedule->due_day = day_of(due.year, due.month, due.day);
    return true;
}

TAKER(take_send_at) {
    UNUSED_PROPERTY;
    reading->send_at_line = line->line;
    const char *end = minute_parse(line->value, &reading->schedule->send_minute);
    return (end && !*end && reading->schedule->send_minute < 24 * 60) ||
           refuse(line, "SCHEDULE_VALUE", "l'heure d'envoi s'écrit HH:MM, de 00:00 à 23:59", err);
}

TAKER(take_window) {
    reading->window_line = line->line;
    return window_parse(ical.icalproperty_get_x(property), &reading->schedule->window) ||
           refuse(line, "SCHEDULE_VALUE",
                  "la plage d'envoi s'écrit avec des jours (MO TU WE TH FR SA SU, au moins un du lundi au "
                  "vendredi), une espace, "
                  "l'ouverture et la fermeture",
                  err);
}

TAKER(take_late) {
    UNUSED_PROPERTY;
    int *days = &reading->schedule->late_working_days;
    return (!strchr(line->value, 'W') &&
            take_days(line->value, ical.icaldurationtype_from_string(line->value), days) && *days >= 0 &&
            *days <= LONGEST_LATE_DAYS) ||
           refuse(line, "SCHEDULE_VALUE", "le retard admis se compte en jours ouvrés entiers, de P0D à P60D",
                  err);
}

TAKER(take_wave) {
    struct schedule_wave *wave = &reading->wave;
    if (!take_text(line, property, wave->name, sizeof wave->name, err)) return false;
    for (const char *at = wave->name; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *at))
            return refuse(line, "SCHEDULE_VALUE",
                          "le nom d'une vague n'a que des lettres sans accent, des chiffres et des tirets",
                          err);
    for (size_t i = 0; i < reading->schedule->wave_count; i++)
        if (!strcasecmp(reading->schedule->waves[i].name, wave->name))
            return refuse(line, "SCHEDULE_DUPLICATE",
                          "une autre vague porte déjà ce nom ; donnez-lui-en un autre", err);
    return true;
}

TAKER(take_action) {
    (void)reading;
    return ical.icalproperty_get_action(property) == ICAL_ACTION_EMAIL ||
           refuse(line, "SCHEDULE_ACTION", "seules les alarmes EMAIL sont des vagues d'envoi", err);
}

TAKER(take_trigger) {
    struct schedule_wave *wave = &reading->wave;
    const char *related = ical_param(line, "RELATED"), *kind = ical_param(line, "VALUE");
    bool absolute = kind && !strcasecmp(kind, "DATE-TIME");
    struct icaltriggertype trigger = ical.icalproperty_get_trigger(property);
    if (absolute && related)
        return refuse(line, "SCHEDULE_TRIGGER", "un instant n'est relatif à rien ; supprimez RELATED", err);
    if (absolute) return take_instant(line, trigger.time, &wave->at_ms, err);
    wave->relative = true;
    if (!related)
        return refuse(line, "SCHEDULE_TRIGGER",
                      "sans RELATED=END le décompte part d'un début qui n'existe pas, sans VALUE=DATE-TIME "
                      "ce n'est pas un instant",
                      err);
    if (!take_days(line->value, trigger.duration, &wave->offset_days))
        return refuse(line, "SCHEDULE_TRIGGER",
                      "une vague se place à un nombre entier de jours (D) ou de semaines (W) de l'échéance",
                      err);
    return wave->offset_days <= 0 ||
           refuse(line, "SCHEDULE_TRIGGER",
                  "cette vague partirait après l'échéance ; mettez le signe moins devant P", err);
}

TAKER(take_audience) {
    static const char PREFIX[] = "urn:relais:";
    const char *urn = ical.icalproperty_get_attendee(property);
    int audience = urn && !strcmp(urn, line->value) && !strncasecmp(urn, PREFIX, sizeof PREFIX - 1)
                       ? audience_of(urn + sizeof PREFIX - 1)
                       : -1;
    if (audience < 0)
        return refuse(line, "SCHEDULE_AUDIENCE",
                      "ce public est inconnu (relays, informed, informed-only, selected, "
                      "selected-unanswered, answered)",
                      err);
    reading->wave.audience = (enum audience)audience;
    return true;
}

/* A plain name, so that it can only be looked up in the campaign's own folder. */
static bool template_name(const char *name) {
    size_t length = strlen(name);
    if (length < sizeof "x.md" - 1 || length >= SCHEDULE_NAME || name[0] == '.' ||
        strcmp(name + length - 3, ".md") != 0)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

TAKER(take_template) {
    icalattach *attach = ical.icalproperty_get_attach(property);
    const char *name = attach && ical.icalattach_get_is_url(attach) ? ical.icalattach_get_url(attach) : NULL;
    if (!name || strcmp(name, line->value) != 0 || !template_name(name))
        return refuse(line, "SCHEDULE_TEMPLATE",
                      "le modèle est un nom de fichier .md du dossier des modèles : lettres sans accent, "
                      "chiffres, point, tirets",
                      err);
    snprintf(reading->wave.template, sizeof reading->wave.template, "%s", name);
    return true;
}

TAKER(take_uncertain) {
    UNUSED_PROPERTY;
    for (int i = UNCERTAIN_HOLD; i < UNCERTAIN_COUNT; i++)
        if (!strcmp(line->value, UNCERTAIN[i])) return reading->wave.uncertain = (enum uncertain)i, true;
    return refuse(line, "SCHEDULE_VALUE",
                  "ce que devient un envoi dont on ne sait s'il est parti : hold (retenu pour une personne) ou resend (renvoyé une fois)", err);
}

static bool (*const TAKE[ITEM_COUNT])(struct reading *, const struct ical_line *, icalproperty *,
                                      struct err *) = {
    [ITEM_VERSION] = take_version,   [ITEM_CALSCALE] = take_calscale, [ITEM_METHOD] = take_method,
    [ITEM_DTSTAMP] = take_dtstamp,   [ITEM_UID] = take_uid,           [ITEM_SEQUENCE] = take_sequence,
    [ITEM_TITLE] = take_title,       [ITEM_DUE] = take_due,           [ITEM_SEND_AT] = take_send_at,
    [ITEM_WINDOW] = take_window,     [ITEM_LATE] = take_late,         [ITEM_WAVE] = take_wave,
    [ITEM_ACTION] = take_action,     [ITEM_TRIGGER] = take_trigger,   [ITEM_WAVE_TITLE] = take_wave_title,
    [ITEM_AUDIENCE] = take_audience, [ITEM_TEMPLATE] = take_template, [ITEM_UNCERTAIN] = take_uncertain,
};

/* -- our lines and libical's tree, side by side -------------------------------------------------------- */
/* libical gets exactly the lines the grammar let through, one physical line each, so that both count alike.
 */
static icalcomponent *parse_tree(const struct ical_lines *lines) {
    AUTO_BUF text = BUF_INIT(2 * ICAL_BYTES);
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->all[i].item == ITEM_IGNORED) continue;
        buf_add(&text, lines->all[i].raw, lines->all[i].length);
        buf_add_text(&text, "\r\n");
    }
    ical.icalerror_set_errors_are_fatal(false);
    return ical.icalparser_parse_string(buf_text(&text));
}

struct cursor {
    icalcomponent *open[4]; /* VCALENDAR, VTODO, VALARM by depth */
    bool begun[4];          /* its first property has been handed out */
    int depth;
    bool alarms_begun;
};

static icalproperty *next_property(struct cursor *cursor) {
    icalcomponent *component = cursor->open[cursor->depth];
    bool first = !cursor->begun[cursor->depth];
    cursor->begun[cursor->depth] = true;
    return first ? ical.icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY)
                 : ical.icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY);
}

static bool open_component(struct cursor *cursor, const struct ical_line *line, icalcomponent *root) {
    icalcomponent *outer = cursor->open[cursor->depth], *inner = root;
    if (cursor->depth == 1) inner = ical.icalcomponent_get_first_component(outer, ICAL_ANY_COMPONENT);
    if (cursor->depth == 2) {
        inner = cursor->alarms_begun ? ical.icalcomponent_get_next_component(outer, ICAL_ANY_COMPONENT)
                                     : ical.icalcomponent_get_first_component(outer, ICAL_ANY_COMPONENT);
        cursor->alarms_begun = true;
    }
    if (!inner || strcasecmp(ical.icalcomponent_kind_to_string(ical.icalcomponent_isa(inner)), line->value) != 0)
        return false;
    cursor->depth++;
    cursor->open[cursor->depth] = inner;
    cursor->begun[cursor->depth] = false;
    return true;
}

/* Where libical could not read a property stands its X-LIC-ERROR: the names differ. */
static bool same_property(const struct ical_line *line, icalproperty *property) {
    const char *name = property ? ical.icalproperty_get_property_name(property) : NULL;
    return name && !strcasecmp(name, line->name);
}

static bool take_line(struct reading *reading, struct cursor *cursor, const struct ical_line *line,
                      icalcomponent *root, struct err *err) {
    if (line->item == ITEM_IGNORED) return true;
    if (line->item == ITEM_BEGIN) {
        reading->wave = (struct schedule_wave){.line = line->line};
        if (open_component(cursor, line, root)) return true;
    } else if (line->item == ITEM_END) {
        if (cursor->depth-- == 3) schedule_add_wave(reading->schedule, &reading->wave);
        return true;
    } else {
        icalproperty *property = next_property(cursor);
        if (same_property(line, property)) return TAKE[line->item](reading, line, property, err);
    }
    return refuse(line, "SCHEDULE_VALUE", "cette ligne n'est pas comprise", err);
}

/* A relative wave starts at the send hour: outside the window it would never go out when planned. */
static bool check_send_hour(const struct reading *reading, struct err *err) {
    const struct schedule *schedule = reading->schedule;
    if (schedule->send_minute >= schedule->window.opens_minute &&
        schedule->send_minute < schedule->window.closes_minute)
        return true;
    err_set(err, ERR_INPUT, "SCHEDULE_SEND_AT",
            "l'heure d'envoi (%02d:%02d) est hors de la plage d'envoi (%02d:%02d-%02d:%02d) ; accordez "
            "X-RELAIS-SEND-AT et "
            "X-RELAIS-WINDOW",
            schedule->send_minute / 60, schedule->send_minute % 60, schedule->window.opens_minute / 60,
            schedule->window.opens_minute % 60, schedule->window.closes_minute / 60,
            schedule->window.closes_minute % 60);
    return err_at(err, NULL, reading->send_at_line ? reading->send_at_line : reading->window_line);
}

static bool take_lines(struct schedule *schedule, const struct ical_lines *lines, struct err *err) {
    struct reading reading = {.schedule = schedule};
    struct cursor cursor = {.depth = 0};
    icalcomponent *root = parse_tree(lines);
    bool good = true;
    for (size_t i = 0; good && i < lines->count; i++)
        good = take_line(&reading, &cursor, &lines->all[i], root, err);
    if (root) ical.icalcomponent_free(root);
    ical.icalmemory_free_ring();
    return good && check_send_hour(&reading, err);
}

bool schedule_parse(struct schedule *schedule, const char *bytes, size_t length, struct err *err) {
    struct ical_lines lines;
    *schedule = (struct schedule){
        .send_minute = 9 * 60 + 30,
        .window = {.weekdays = 0x1F, .opens_minute = 8 * 60 + 30, .closes_minute = 17 * 60 + 30},
        .late_working_days = 1};
    if (!ical_ready(err)) return false;
    bool good = ical_lines_read(&lines, bytes, length, err) && schedule_grammar(&lines, err) &&
                take_lines(schedule, &lines, err);
    ical_lines_release(&lines);
    if (!good) schedule_release(schedule);
    return good;
}
