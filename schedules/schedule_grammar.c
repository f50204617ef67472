/* The grammar of a schedule file as tables: what is not in them is refused, with the way to write it. */
#include "schedules/schedule_grammar.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "schedules/schedule.h"

enum place { OUTSIDE, CALENDAR, TODO, ALARM, PLACES };
static const char *const COMPONENT[PLACES] = {"", "VCALENDAR", "VTODO", "VALARM"};

enum need { MANY, ONCE, MUST }; /* MUST: exactly once */

/* params: those allowed, space separated; "NAME=" stands for any value. needs: the one that must be there. */
static const struct rule {
    enum place place;
    const char *name;
    enum schedule_item item;
    enum need need;
    const char *params, *needs, *form;
} RULES[] = {
    {CALENDAR, "VERSION", ITEM_VERSION, MUST, "", NULL, "VERSION:2.0"},
    {CALENDAR, "PRODID", ITEM_IGNORED, MANY, "", NULL, "PRODID:-//Relais//Campagne//FR"},
    {CALENDAR, "CALSCALE", ITEM_CALSCALE, ONCE, "", NULL, "CALSCALE:GREGORIAN"},
    {CALENDAR, "METHOD", ITEM_METHOD, ONCE, "", NULL, "METHOD:PUBLISH"},
    {TODO, "UID", ITEM_UID, MUST, "", NULL, "UID:asco-2025@amf.example"},
    {TODO, "DTSTAMP", ITEM_DTSTAMP, ONCE, "VALUE=DATE-TIME", NULL, "DTSTAMP:20251201T080000Z"},
    {TODO, "SEQUENCE", ITEM_SEQUENCE, ONCE, "", NULL, "SEQUENCE:1"},
    {TODO, "SUMMARY", ITEM_TITLE, ONCE, "LANGUAGE=", NULL, "SUMMARY:Enquête ASCO"},
    {TODO, "DUE", ITEM_DUE, MUST, "VALUE=DATE", "VALUE=DATE", "DUE;VALUE=DATE:20260130"},
    {TODO, "X-RELAIS-SEND-AT", ITEM_SEND_AT, ONCE, "", NULL, "X-RELAIS-SEND-AT:09:30"},
    {TODO, "X-RELAIS-WINDOW", ITEM_WINDOW, ONCE, "", NULL, "X-RELAIS-WINDOW:MO-FR 08:30-17:30"},
    {TODO, "X-RELAIS-LATE", ITEM_LATE, ONCE, "", NULL, "X-RELAIS-LATE:P1D"},
    {TODO, "DESCRIPTION", ITEM_IGNORED, ONCE, "LANGUAGE=", NULL, "DESCRIPTION:Campagne"},
    {TODO, "CREATED", ITEM_IGNORED, ONCE, "VALUE=DATE-TIME", NULL, "CREATED:20251201T080000Z"},
    {TODO, "LAST-MODIFIED", ITEM_IGNORED, ONCE, "VALUE=DATE-TIME", NULL, "LAST-MODIFIED:20251201T080000Z"},
    {TODO, "CATEGORIES", ITEM_IGNORED, MANY, "LANGUAGE=", NULL, "CATEGORIES:ASCO"},
    {TODO, "COMMENT", ITEM_IGNORED, MANY, "LANGUAGE=", NULL, "COMMENT:Une note"},
    {ALARM, "UID", ITEM_WAVE, MUST, "", NULL, "UID:rappel-j14"},
    {ALARM, "ACTION", ITEM_ACTION, MUST, "", NULL, "ACTION:EMAIL"},
    {ALARM, "TRIGGER", ITEM_TRIGGER, MUST, "RELATED=END VALUE=DURATION VALUE=DATE-TIME", NULL,
     "TRIGGER;RELATED=END:-P14D » ou « TRIGGER;VALUE=DATE-TIME:20251208T083000Z"},
    {ALARM, "SUMMARY", ITEM_WAVE_TITLE, MUST, "LANGUAGE=", NULL, "SUMMARY:Rappel à quatorze jours"},
    {ALARM, "DESCRIPTION", ITEM_IGNORED, ONCE, "LANGUAGE=", NULL, "DESCRIPTION:Premier rappel"},
    {ALARM, "ATTENDEE", ITEM_AUDIENCE, MUST, "CUTYPE=GROUP", NULL,
     "ATTENDEE;CUTYPE=GROUP:urn:relais:selected-unanswered"},
    {ALARM, "ATTACH", ITEM_TEMPLATE, MUST, "FMTTYPE=text/markdown VALUE=URI", NULL,
     "ATTACH;FMTTYPE=text/markdown:rappel-j14.md"},
    {ALARM, "X-RELAIS-UNCERTAIN", ITEM_UNCERTAIN, ONCE, "", NULL, "X-RELAIS-UNCERTAIN:hold"},
};

/* What people or their programs do write, and what to do instead. place OUTSIDE: wherever it stands. */
static const struct refused {
    enum place place;
    const char *name, *code, *why;
} REFUSED[] = {
    {OUTSIDE, "RRULE", "SCHEDULE_RECURRENCE",
     "une campagne ne se répète pas ; écrivez un bloc VALARM par envoi"},
    {OUTSIDE, "RDATE", "SCHEDULE_RECURRENCE",
     "une campagne ne se répète pas ; écrivez un bloc VALARM par envoi"},
    {OUTSIDE, "EXRULE", "SCHEDULE_RECURRENCE", "une campagne ne se répète pas ; supprimez cette ligne"},
    {OUTSIDE, "EXDATE", "SCHEDULE_RECURRENCE", "une campagne ne se répète pas ; supprimez cette ligne"},
    {OUTSIDE, "RECURRENCE-ID", "SCHEDULE_RECURRENCE",
     "une campagne ne se répète pas ; supprimez cette ligne"},
    {ALARM, "REPEAT", "SCHEDULE_RECURRENCE",
     "une vague ne part qu'une fois ; écrivez un bloc VALARM par envoi"},
    {ALARM, "DURATION", "SCHEDULE_RECURRENCE",
     "une vague ne part qu'une fois ; écrivez un bloc VALARM par envoi"},
    {TODO, "DTSTART", "SCHEDULE_PROPERTY",
     "les vagues se comptent depuis l'échéance seule ; supprimez cette ligne et gardez DUE"},
    {TODO, "DURATION", "SCHEDULE_PROPERTY", "écrivez l'échéance : « DUE;VALUE=DATE:20260130 »"},
    {OUTSIDE, "X-LIC-ERROR", "SCHEDULE_PROPERTY",
     "un logiciel a déjà trouvé ici une erreur ; corrigez-la et supprimez cette ligne"},
};

static const struct {
    const char *name, *why;
} REFUSED_COMPONENT[] = {
    {"VEVENT",
     "un calendrier d'événements n'est pas un plan d'envoi ; écrivez un VTODO avec un VALARM par vague"},
    {"VTIMEZONE", "les heures sont celles des départements, ou UTC ; supprimez ce bloc"},
    {"VJOURNAL", "seul un VTODO décrit une campagne ; supprimez ce bloc"},
};

const char *schedule_form(int item) {
    for (size_t i = 0; i < COUNT(RULES); i++)
        if ((int)RULES[i].item == item) return RULES[i].form;
    return "";
}

struct walk {
    enum place place;
    const struct ical_line *begun[PLACES];
    bool seen[COUNT(RULES)];
    int calendars, todos, alarms;
};

/* -- components ---------------------------------------------------------------------------------------- */
static bool refuse_component(const struct walk *walk, const struct ical_line *line, struct err *err) {
    const char *why =
        "seuls VCALENDAR, VTODO et VALARM, l'un dans l'autre, décrivent une campagne ; supprimez ce bloc";
    for (size_t i = 0; i < COUNT(REFUSED_COMPONENT); i++)
        if (!strcasecmp(REFUSED_COMPONENT[i].name, line->value)) why = REFUSED_COMPONENT[i].why;
    if (!walk->calendars) {
        err_set(err, ERR_INPUT, "SCHEDULE_NOT_CALENDAR",
                "le fichier commence par « %.*s » ; un calendrier .ics commence par BEGIN:VCALENDAR",
                QUOTED(line->raw));
        return err_at(err, NULL, line->line);
    }
    err_set(err, ERR_INPUT, "SCHEDULE_COMPONENT", "BEGIN:%.*s n'est pas admis ici : %s", QUOTED(line->value),
            why);
    return err_at(err, NULL, line->line);
}

static bool begin_component(struct walk *walk, const struct ical_line *line, struct err *err) {
    enum place inner = walk->place + 1;
    if (inner == PLACES || line->param_count || strcasecmp(line->value, COMPONENT[inner]) != 0)
        return refuse_component(walk, line, err);
    int *count = inner == CALENDAR ? &walk->calendars : inner == TODO ? &walk->todos : &walk->alarms;
    ++*count;
    if (inner != ALARM && *count > 1) {
        err_set(err, ERR_INPUT, "SCHEDULE_SECOND",
                "un deuxième bloc %s commence ici ; un fichier décrit une seule campagne", COMPONENT[inner]);
        return err_at(err, NULL, line->line);
    }
    if (walk->alarms > SCHEDULE_WAVES) {
        err_set(err, ERR_INPUT, "SCHEDULE_TOO_MANY",
                "une campagne a au plus %d vagues ; supprimez celles qui suivent", SCHEDULE_WAVES);
        return err_at(err, NULL, line->line);
    }
    walk->place = inner;
    walk->begun[inner] = line;
    for (size_t i = 0; i < COUNT(RULES); i++)
        if (RULES[i].place == inner) walk->seen[i] = false;
    return true;
}

static bool missing(const struct walk *walk, enum place place, const char *what, const char *form,
                    struct err *err) {
    err_set(err, ERR_INPUT, "SCHEDULE_MISSING", "il manque %s dans ce bloc %s ; ajoutez par exemple « %s »",
            what, COMPONENT[place], form);
    return err_at(err, NULL, walk->begun[place]->line);
}

static bool end_component(struct walk *walk, const struct ical_line *line, struct err *err) {
    if (walk->place == OUTSIDE || line->param_count || strcasecmp(line->value, COMPONENT[walk->place]) != 0) {
        err_set(err, ERR_INPUT, "SCHEDULE_STRUCTURE",
                "END:%.*s ne ferme pas le bloc ouvert (%s) ; corrigez l'ordre des blocs", QUOTED(line->value),
                walk->place == OUTSIDE ? "aucun" : COMPONENT[walk->place]);
        return err_at(err, NULL, line->line);
    }
    for (size_t i = 0; i < COUNT(RULES); i++)
        if (RULES[i].place == walk->place && RULES[i].need == MUST && !walk->seen[i])
            return missing(walk, walk->place, RULES[i].name, RULES[i].form, err);
    if (walk->place == CALENDAR && !walk->todos)
        return missing(walk, CALENDAR, "le bloc VTODO", "BEGIN:VTODO", err);
    if (walk->place == TODO && !walk->alarms)
        return missing(walk, TODO, "au moins une vague", "BEGIN:VALARM", err);
    walk->place--;
    return true;
}

/* -- properties ---------------------------------------------------------------------------------------- */
static bool param_allowed(const char *allowed, const struct ical_param *param) {
    size_t name_length = strlen(param->name);
    for (const char *at = allowed; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        size_t value_length = length > name_length ? length - name_length - 1 : 0;
        if (length > name_length && !strncasecmp(at, param->name, name_length) && at[name_length] == '=' &&
            (!value_length || (strlen(param->value) == value_length &&
                               !strncasecmp(at + name_length + 1, param->value, value_length))))
            return true;
        at += length;
    }
    return false;
}

static bool check_params(const struct rule *rule, const struct ical_line *line, struct err *err) {
    const char *code = NULL;
    int at = 0;
    for (; at < line->param_count && !code; at++) {
        const struct ical_param *param = &line->params[at];
        bool again = ical_param(line, param->name) != param->value;
        if (!strcasecmp(param->name, "TZID"))
            code = "SCHEDULE_TIMEZONE";
        else if (again || !param_allowed(rule->params, param))
            code = rule->needs && !strcasecmp(param->name, "VALUE") ? "SCHEDULE_DATE" : "SCHEDULE_PARAMETER";
    }
    if (code) {
        const struct ical_param *param = &line->params[at - 1];
        err_set(err, ERR_INPUT, code, "« %.*s=%.*s » n'est pas admis dans %s ; écrivez par exemple « %s »",
                QUOTED(param->name), QUOTED(param->value), rule->name, rule->form);
        return err_at(err, NULL, line->line);
    }
    if (!rule->needs || line->param_count)
        return true; /* what is allowed where one is needed is just that one */
    err_set(err, ERR_INPUT, "SCHEDULE_DATE",
            "l'échéance est un jour, sans heure ; écrivez par exemple « %s »", rule->form);
    return err_at(err, NULL, line->line);
}

static bool refuse_property(const struct walk *walk, const struct ical_line *line, struct err *err) {
    if (walk->place == OUTSIDE) {
        bool after = walk->calendars > 0;
        err_set(err, ERR_INPUT, after ? "SCHEDULE_STRUCTURE" : "SCHEDULE_NOT_CALENDAR",
                after ? "« %.*s » suit la fin du calendrier ; supprimez cette ligne"
                      : "le fichier commence par « %.*s » ; un calendrier .ics commence par BEGIN:VCALENDAR",
                QUOTED(line->raw));
        return err_at(err, NULL, line->line);
    }
    const char *code = "SCHEDULE_PROPERTY",
               *why = "cette propriété n'est pas comprise dans ce bloc ; supprimez cette ligne";
    for (size_t i = 0; i < COUNT(REFUSED); i++)
        if ((REFUSED[i].place == OUTSIDE || REFUSED[i].place == walk->place) &&
            !strcasecmp(REFUSED[i].name, line->name))
            code = REFUSED[i].code, why = REFUSED[i].why;
    err_set(err, ERR_INPUT, code, "%.*s dans %s : %s", QUOTED(line->name), COMPONENT[walk->place], why);
    return err_at(err, NULL, line->line);
}

static const struct rule *find_rule(const struct walk *walk, const char *name) {
    for (size_t i = 0; i < COUNT(RULES); i++)
        if (RULES[i].place == walk->place && !strcasecmp(RULES[i].name, name)) return &RULES[i];
    return NULL;
}

/* Others' extensions have no effect (RFC 5545 section 3.8.8.2); a misspelt one of ours must not pass for one.
 */
static bool foreign_extension(const char *name) {
    return !strncasecmp(name, "X-", 2) && strncasecmp(name, "X-RELAIS", 8) != 0 &&
           strcasecmp(name, "X-LIC-ERROR") != 0;
}

static bool check_property(struct walk *walk, struct ical_line *line, struct err *err) {
    const struct rule *rule = find_rule(walk, line->name);
    line->item = ITEM_IGNORED;
    if (!rule && walk->place != OUTSIDE && foreign_extension(line->name)) return true;
    if (!rule) return refuse_property(walk, line, err);
    bool *seen = &walk->seen[rule - RULES];
    if (*seen && rule->need != MANY) {
        err_set(err, ERR_INPUT, "SCHEDULE_DUPLICATE",
                "%s est déjà donné dans ce bloc %s ; gardez une seule de ces lignes", rule->name,
                COMPONENT[rule->place]);
        return err_at(err, NULL, line->line);
    }
    *seen = true;
    line->item = rule->item;
    return check_params(rule, line, err);
}

bool schedule_grammar(struct ical_lines *lines, struct err *err) {
    struct walk walk = {.place = OUTSIDE};
    for (size_t i = 0; i < lines->count; i++) {
        struct ical_line *line = &lines->all[i];
        bool begins = !strcasecmp(line->name, "BEGIN"), ends = !strcasecmp(line->name, "END");
        if (begins) line->item = ITEM_BEGIN;
        if (ends) line->item = ITEM_END;
        bool good = begins ? begin_component(&walk, line, err)
                    : ends ? end_component(&walk, line, err)
                           : check_property(&walk, line, err);
        if (!good) return false;
    }
    if (walk.place != OUTSIDE) {
        err_set(err, ERR_INPUT, "SCHEDULE_STRUCTURE",
                "ce bloc %s n'est jamais fermé ; le fichier est peut-être coupé : ajoutez END:%s",
                COMPONENT[walk.place], COMPONENT[walk.place]);
        return err_at(err, NULL, walk.begun[walk.place]->line);
    }
    if (walk.calendars) return true;
    err_set(err, ERR_INPUT, "SCHEDULE_NOT_CALENDAR",
            "le calendrier est vide ; il doit commencer par BEGIN:VCALENDAR");
    return err_at(err, NULL, 1);
}
