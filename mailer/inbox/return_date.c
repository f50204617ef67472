/* Dates in running text, and what the words around each say of it. */
#include "mailer/inbox/return_date.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "mailer/inbox/phrases.h"

/* -- tokens: words, numbers, signs -------------------------------------------------------------------------------- */
struct token {
    const char *start;
    int length, number; /* number: -1 for what is none */
    bool stops;         /* a sentence ends behind it */
};
struct tokens {
    struct token all[RETURN_TOKENS];
    size_t count;
};

static bool digit(char c) {
    return c >= '0' && c <= '9';
}
static bool letter(char c) {
    return c >= 'a' && c <= 'z';
}

static void tokenize(struct tokens *tokens, const char *text, size_t length) {
    tokens->count = 0;
    for (const char *at = text, *end = text + length; at < end && tokens->count < RETURN_TOKENS;) {
        struct token *token = &tokens->all[tokens->count];
        const char *start = at;
        if (*at == '\n') {
            int ends = 0;
            for (; at < end && (*at == '\n' || *at == ' '); at++) ends += *at == '\n';
            bool bullet = at < end && (*at == '-' || *at == '*');
            if (tokens->count && (ends > 1 || bullet)) token[-1].stops = true;
            continue;
        }
        if (*at == ' ') {
            at++;
            continue;
        }
        *token = (struct token){.start = at, .number = -1};
        if (digit(*at)) {
            for (token->number = 0; at < end && digit(*at); at++)
                if (at - start < 6) token->number = token->number * 10 + *at - '0';
        } else if (letter(*at))
            while (at < end && letter(*at)) at++;
        else
            at++;
        token->length = (int)(at - start);
        token->stops = *start == '!' || *start == '?' || *start == ';' || (*start == '.' && (at >= end || *at == ' ' || *at == '\n'));
        /* "12 janv. 2026", "lun. 5": a short form's point ends nothing. */
        if (token->stops && *start == '.' && tokens->count && token[-1].number < 0 && token[-1].length <= 5 && at < end && *at == ' ' && at + 1 < end &&
            digit(at[1]))
            token->stops = false;
        tokens->count++;
    }
}

static bool is(const struct token *token, const char *word) {
    return (size_t)token->length == strlen(word) && !memcmp(token->start, word, (size_t)token->length);
}
static bool is_one(const struct token *token, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is(token, words[i])) return true;
    return false;
}
static bool sign(const struct tokens *tokens, size_t i, char c) {
    return i < tokens->count && tokens->all[i].length == 1 && *tokens->all[i].start == c;
}
/* Number i and the next token touch: "5/01", not "5 / 01" (a word of a table). */
static bool joined(const struct tokens *tokens, size_t i) {
    return i + 1 < tokens->count && tokens->all[i].start + tokens->all[i].length == tokens->all[i + 1].start;
}

/* -- dates -------------------------------------------------------------------------------------------------------- */
static const struct {
    const char *word;
    int value;
} WEEKDAYS[] = {{"lundi", 1},   {"lun", 1},       {"mardi", 2},   {"mercredi", 3},  {"mer", 3},    {"jeudi", 4},    {"jeu", 4},
                {"vendredi", 5}, {"ven", 5},      {"samedi", 6},  {"sam", 6},       {"dimanche", 7}, {"dim", 7},    {"monday", 1},
                {"mon", 1},     {"tuesday", 2},   {"tue", 2},     {"wednesday", 3}, {"wed", 3},    {"thursday", 4}, {"thu", 4},
                {"thurs", 4},   {"friday", 5},    {"fri", 5},     {"saturday", 6},  {"sat", 6},    {"sunday", 7},   {"sun", 7}},
  MONTHS[] = {{"janvier", 1},  {"janv", 1},    {"jan", 1},  {"january", 1},   {"fevrier", 2},  {"fevr", 2},   {"fev", 2},       {"february", 2},
              {"feb", 2},      {"mars", 3},    {"march", 3}, {"mar", 3},      {"avril", 4},    {"avr", 4},    {"april", 4},     {"apr", 4},
              {"mai", 5},      {"may", 5},     {"juin", 6}, {"june", 6},      {"jun", 6},      {"juillet", 7}, {"juil", 7},     {"july", 7},
              {"jul", 7},      {"aout", 8},    {"august", 8}, {"aug", 8},     {"septembre", 9}, {"sept", 9},  {"september", 9}, {"sep", 9},
              {"octobre", 10}, {"october", 10}, {"oct", 10}, {"novembre", 11}, {"november", 11}, {"nov", 11}, {"decembre", 12}, {"december", 12},
              {"dec", 12}};

static int weekday_of(const struct token *token) {
    for (size_t i = 0; i < COUNT(WEEKDAYS); i++)
        if (is(token, WEEKDAYS[i].word)) return WEEKDAYS[i].value;
    return 0;
}
static int month_of(const struct token *token) {
    for (size_t i = 0; i < COUNT(MONTHS); i++)
        if (is(token, MONTHS[i].word)) return MONTHS[i].value;
    return 0;
}

/* 0 = not said. in_days: "demain" is 1; -1 = not said so. */
struct date {
    int weekday, day, month, year, in_days;
    bool month_end; /* "fin janvier": its last day */
    size_t tokens;
};

static int year_of(int number, int digits) {
    if (digits == 4) return number >= 1990 && number < 2200 ? number : 0;
    return digits == 2 ? 2000 + number : 0;
}

/* 5/01, 05.01.26, 5-1-2026, 2026-01-05; not a telephone number, which goes on. */
static size_t numeric_date(const struct tokens *tokens, size_t i, struct date *date) {
    const struct token *all = tokens->all;
    if (i + 2 >= tokens->count || !joined(tokens, i) || !joined(tokens, i + 1) || all[i + 1].length != 1 || !strchr("/.-", *all[i + 1].start)) return 0;
    char mark = *all[i + 1].start;
    if (all[i + 2].number < 0 || all[i].length > 4 || all[i + 2].length > 2 || all[i].length == 3) return 0;
    bool third = joined(tokens, i + 2) && sign(tokens, i + 3, mark) && joined(tokens, i + 3) && i + 4 < tokens->count && all[i + 4].number >= 0;
    if (third && joined(tokens, i + 4) && sign(tokens, i + 5, mark) && joined(tokens, i + 5) && i + 6 < tokens->count && all[i + 6].number >= 0) return 0;
    if (all[i].length == 4) {
        if (!third || !year_of(all[i].number, 4)) return 0;
        *date = (struct date){.year = all[i].number, .month = all[i + 2].number, .day = all[i + 4].number, .in_days = -1};
    } else {
        *date = (struct date){.day = all[i].number, .month = all[i + 2].number, .in_days = -1};
        if (third && !(date->year = year_of(all[i + 4].number, all[i + 4].length))) return 0;
        /* 12/29/2025 can only be an American date. */
        if (date->month > 12 && date->day <= 12 && mark == '/') {
            int swap = date->month;
            date->month = date->day;
            date->day = swap;
        }
        if (mark == '-' && !third) return 0; /* "8-12": hours, pages */
    }
    if (date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31) return 0;
    return third ? 5 : 3;
}

/* A point, a comma: what may stand between the words of one date. */
static size_t skip_signs(const struct tokens *tokens, size_t i) {
    while (i < tokens->count && (sign(tokens, i, ',') || sign(tokens, i, '.')) && !tokens->all[i].stops) i++;
    return i;
}

static size_t year_behind(const struct tokens *tokens, size_t i, struct date *date) {
    size_t at = skip_signs(tokens, i);
    if (at < tokens->count && tokens->all[at].length == 4 && (date->year = year_of(tokens->all[at].number, 4)) != 0) return at + 1 - i;
    return 0;
}

/* "5 janvier 2026", "1er mars", "12th of February", "January 5th, 2026", "fin janvier"; the day alone when alone. */
static size_t worded_date(const struct tokens *tokens, size_t i, bool alone, struct date *date) {
    static const char *const ORDINALS[] = {"er", "st", "nd", "rd", "th", "eme", "e", "ere"};
    static const char *const BEHIND_ALONE[] = {"inclus", "inclu", "au", "et", "a", "prochain", "matin", "compris", "courant", "puis", "and", "to", "je", "nous", "pour", "en"};
    const struct token *all = tokens->all;
    *date = (struct date){.in_days = -1};
    size_t at = i;
    if (at + 1 < tokens->count && (is(&all[at], "fin") || is(&all[at], "end"))) {
        size_t month = at + 1 + (is(&all[at + 1], "of") || is(&all[at + 1], "du") || is(&all[at + 1], "de"));
        if (month < tokens->count && is(&all[month], "mois")) month++;
        if (month < tokens->count && is(&all[month], "de")) month++;
        if (month >= tokens->count || !(date->month = month_of(&all[month]))) return 0;
        date->month_end = true;
        return month + 1 - i + year_behind(tokens, month + 1, date);
    }
    bool month_first = (date->month = month_of(&all[at])) != 0;
    if (month_first) at = skip_signs(tokens, at + 1);
    if (at >= tokens->count || all[at].number < 1 || all[at].number > 31 || all[at].length > 2) return 0;
    date->day = all[at++].number;
    if (at < tokens->count && is_one(&all[at], ORDINALS, COUNT(ORDINALS))) at++;
    if (at < tokens->count && is(&all[at], "of")) at++;
    if (!month_first && at < tokens->count && (date->month = month_of(&all[at])) != 0) {
        at++;
        /* "5 janv. 26" is not written; "le 5 mai 12h" is. */
        return at - i + year_behind(tokens, at, date);
    }
    if (month_first) {
        if (at < tokens->count && all[at].number >= 0 && all[at].length == 2 && !all[at - 1].stops) return 0; /* "may 5 10": hours */
        return at - i + year_behind(tokens, at, date);
    }
    if (!alone) return 0;
    bool closed = at >= tokens->count || all[at - 1].stops || is_one(&all[at], BEHIND_ALONE, COUNT(BEHIND_ALONE)) || strchr(".,;!)", *all[at].start);
    return closed && !(sign(tokens, at, '.') && joined(tokens, at) && joined(tokens, at - 1)) ? at - i : 0;
}

/* A date at token i; 0 when there is none. */
static size_t date_at(const struct tokens *tokens, size_t i, struct date *date) {
    static const struct {
        const char *word;
        int in_days;
    } NEAR[] = {{"demain", 1}, {"tomorrow", 1}};
    const struct token *all = tokens->all;
    for (size_t k = 0; k < COUNT(NEAR); k++)
        if (is(&all[i], NEAR[k].word)) {
            *date = (struct date){.in_days = NEAR[k].in_days, .tokens = 1};
            return 1;
        }
    if (i && joined(tokens, i - 1) && strchr("/.-+", *all[i - 1].start) && all[i].number >= 0) return 0; /* inside a longer number */
    int weekday = weekday_of(&all[i]);
    size_t at = weekday ? skip_signs(tokens, i + 1) : i;
    /* "mon poste", "sun": a short form is a weekday before a date only. */
    if (weekday && all[i].length <= 4 && (at >= tokens->count || (all[at].number < 0 && !month_of(&all[at])))) return 0;
    if (weekday && at < tokens->count && (is(&all[at], "le") || is(&all[at], "the"))) at++;
    size_t n = at < tokens->count ? numeric_date(tokens, at, date) : 0;
    if (!n && at < tokens->count) {
        bool behind = i && (is(&all[i - 1], "au") || is(&all[i - 1], "le") || is(&all[i - 1], "du") || is(&all[i - 1], "the"));
        n = worded_date(tokens, at, weekday || behind, date);
    }
    if (!n && !weekday) return 0;
    if (!n) *date = (struct date){.in_days = -1}, at = i + 1;
    date->weekday = weekday;
    date->tokens = at + n - i;
    return date->tokens;
}

/* -- a date to a day ---------------------------------------------------------------------------------------------- */
static int month_length(int year, int month) {
    for (int day = 31; day > 28; day--)
        if (day_valid(year, month, day)) return day;
    return 28;
}

static int64_t day_in(const struct date *date, int year, int month) {
    int day = date->month_end ? month_length(year, month) : date->day;
    return day_valid(year, month, day) ? day_of(year, month, day) : -1;
}

static bool weekday_fits(const struct date *date, int64_t day) {
    return !date->weekday || day_weekday(day) + 1 == date->weekday;
}

/* The day meant by a date read in a mail of sent; first: the earliest it may be (sent, or where a range begins). -1: none. */
static int64_t resolve(const struct date *date, int64_t sent, int64_t first) {
    int year, month, day;
    day_split(sent, &year, &month, &day);
    if (date->in_days >= 0) return sent + date->in_days;
    if (date->year) return day_in(date, date->year, date->month);
    if (date->month) {
        int64_t now = day_in(date, year, date->month), next = day_in(date, year + 1, date->month), last = day_in(date, year - 1, date->month);
        bool stale = (now >= sent - RETURN_STALE && now < sent) || (last >= sent - RETURN_STALE && last < sent);
        if (stale && first <= sent) return -1;
        return now >= first ? now : next;
    }
    if (date->day) {
        for (int i = 0; i < 4; i++, month = month % 12 + 1, year += month == 1) {
            int64_t found = day_in(date, year, month);
            if (found >= first && weekday_fits(date, found)) return found;
        }
        return -1;
    }
    return date->weekday ? first + (date->weekday - 1 - day_weekday(first) + 7) % 7 : -1;
}

/* -- what the words say of it ------------------------------------------------------------------------------------- */
enum role { ROLE_NONE, ROLE_UNTIL, ROLE_RANGE_END, ROLE_BACK };

/* Of the words of a sentence before a date, all but the last "le". */
static const char *const SAYS_UNTIL[] = {"jusqu|jusque au|a|le|ce [soir|midi] [date|du] [au] [le] $", "jusqu [a] [la] [date] $", "jusqu au [soir|matin] du $", "until|till|til|through|thru [and|end|the] [including|of] [on] $",
                                         "up to [and] [including] [the] $",
                                         "termin~|finiss~|finit|fin|prennent [fin] le|au|ends [on] $"};
static const char *const SAYS_BACK[] = {
    "de retour * $",
    "mon|notre|son|leur|votre retour * $",
    "retour [au|a|en|dans] [la|le] [bureau|mairie|travail|poste|service|fonction] [est] [prevu|prevue|fixe] [le|au|du|lundi] $",
    "retour prevu|le|au|est|fixe [prevu] [au|le] [bureau] [a] [partir] [compter] [du|de] [le] $",
    "retour $",
    "reprise * $",
    "reprend~ * $",
    "repris [mes] [fonctions] * $",
    "rouvr~ * $",
    "reouv~ * $",
    "revien~|reviendr~ * $",
    "a|de nouveau * a|des|le|du $",
    "a|de nouveau * partir|compter du|de $",
    "a|de nouveau * $",
    "rentrerai|rentrerons|rentrera * $",
    "[be] back * $",
    "return|returning|returns|returned * $",
    "reopen~ * $",
    "re open * $",
    "resum~ * $",
    "available|reachable * from|again|on [on] $",
    "joignable|joignables|disponible|disponibles|present|presente|presents|accessible * partir|compter|des du|de|le $",
    "repondr~|trait~|reponse|suite|lir~|prendr~|consult~|contacter|rappeler|recontact~|accueill~ * * partir|compter|des du|de|le|mon $",
    "repondr~|trait~ * le $",
    "lu|lus|lue|lues|traite~|releve~|pris|prise|examine~ * partir|compter|des du|de|le|mon $",
    "respond|reply|answer|get * on|from|after [on] $",
};
static const char *const NOT_BACK[] = {"avant [le|la] [date] [du] $", "before|by|since|prior [the|to] $", "depuis [le] $", "retour de|du|des votre|vos|ce|cette|questionnaire|dossier * $",
                                       "retour d * $", "renvoy~|retourner|retournez|transmettre|transmettez|envoyer * $"};
/* When the date comes first: "A partir du 5 janvier, je serai de retour". */
static const char *const BACK_BEHIND[] = {"^ [inclus] [matin] [je|nous|on|elle|il|la|le|les] [mairie|secretariat|service|services] [serai|serons|sera|seront] de|a retour|nouveau", "^ [matin] [jour|date] de mon|notre retour|reprise",
                                          "^ [je|nous|elle|il] reprendr~",    "^ [je|nous|elle|il] * de retour",
                                          "^ [i|we|she|he] [will|ll] [be] back|return",  "^ [la] reouverture", "^ [la|nos] [mairie|secretariat|bureaux] rouvr~"};
static const char *const LEADS_BACK[] = {"^ [c] [est] [le] $", "a|des partir|compter|le [du|de] $", "des $", "le $", "on|from $", "^ $", "du $", "le $"};

static const char *const ABSENT[] = {"absent~",      "absence~",    "conge|conges",        "vacances",  "ferme|fermee|fermes|fermees|fermeture|fermetures|fermera|fermeront",
                                     "indisponib~",  "deplacement", "arret",               "maladie",   "repos", "rtt", "maternite", "paternite", "injoignable~", "formation",
                                     "pas|plus disponible~|joignable~|present~|la", "out of|on", "away",   "leave",     "closed|closing|closure", "holiday|holidays", "vacation", "unavailable",
                                     "not available|in|be|reachable", "parti|partie en", "conge~", "off", "limited access", "traveling|travelling", "treve"};
static const char *const PRESENT[] = {"ouvert|ouverte|ouverts|ouvertes|ouvre|ouverture", "inscri~", "reunion", "questionnaire~", "enquete", "candidat~", "exposition", "consultation", "scrutin|elections", "travaux",
                                      "valable", "delai", "open", "meeting", "permanence|permanences", "conseil municipal", "registration~", "deadline", "rendez vous"};

/* The place behind the last of count patterns in words; 0 = none. */
static size_t last_of(const char *words, const char *const *patterns, size_t count) {
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        const char *end;
        for (const char *at = words; (at = phrase_find(at, patterns[i], &end)) != NULL; at = end)
            if ((size_t)(end - words) > last) last = (size_t)(end - words);
    }
    return last;
}

/* Somebody is away: the nearest word before the date that says so or the contrary; else any behind it; else the sentence
 * or the subject before. */
static bool tells_absence(const char *before, const char *behind, bool earlier) {
    size_t away = last_of(before, ABSENT, COUNT(ABSENT)), there = last_of(before, PRESENT, COUNT(PRESENT));
    if (away || there) return away >= there;
    if (phrases_in(behind, ABSENT, COUNT(ABSENT))) return true;
    return earlier && !phrases_in(behind, PRESENT, COUNT(PRESENT));
}

struct reading {
    const struct tokens *tokens;
    int64_t sent;
    bool absent;              /* the sentences before speak of an absence */
    int64_t back, until;      /* days found; -1 = none yet */
    int64_t range_start;      /* of the date read just before, -1 = none */
    size_t range_at;          /* token behind it */
};

/* Words of tokens from..to as a sentence of phrases.h. */
static void words_between(const struct tokens *tokens, size_t from, size_t to, char out[PHRASES_SENTENCE]) {
    size_t used = 0;
    out[used++] = ' ';
    for (size_t i = from; i < to; i++) {
        const struct token *token = &tokens->all[i];
        if (token->number < 0 && !letter(*token->start)) continue;
        if (used + (size_t)token->length + 2 > PHRASES_SENTENCE) break;
        memcpy(out + used, token->start, (size_t)token->length);
        used += (size_t)token->length;
        out[used++] = ' ';
    }
    out[used] = '\0';
}

/* "au 5 janvier" right behind "du 22/12": how the words between two dates join them. */
static bool joins(const struct reading *reading, size_t i) {
    char between[PHRASES_SENTENCE];
    if (reading->range_start < 0 || i < reading->range_at || i - reading->range_at > 4) return false;
    words_between(reading->tokens, reading->range_at, i, between);
    static const char *const JOINTS[] = {"^ [inclus] [a] [matin|midi|soir] au|to|a|jusqu|until|through|till|et|and [au|the|a|inclus] [soir] [du] [le] $"};
    bool dash = i == reading->range_at + 1 && sign(reading->tokens, reading->range_at, '-');
    return dash || phrases_in(between, JOINTS, COUNT(JOINTS));
}

static bool is_meeting(const char *before) {
    return last_of(before, PRESENT, COUNT(PRESENT)) > last_of(before, ABSENT, COUNT(ABSENT));
}

static enum role role_of(const struct reading *reading, size_t from, size_t i, size_t used, size_t to) {
    char before[PHRASES_SENTENCE], behind[PHRASES_SENTENCE];
    words_between(reading->tokens, from, i, before);
    words_between(reading->tokens, i + used, to, behind);
    bool absence = tells_absence(before, behind, reading->absent);
    if (phrases_in(before, SAYS_UNTIL, COUNT(SAYS_UNTIL))) return absence ? ROLE_UNTIL : ROLE_NONE;
    if (joins(reading, i)) return absence ? ROLE_RANGE_END : ROLE_NONE;
    if (phrases_in(before, NOT_BACK, COUNT(NOT_BACK))) return ROLE_NONE;
    if (phrases_in(before, SAYS_BACK, COUNT(SAYS_BACK)) && (!is_meeting(before) || phrase_in(before, "a|de nouveau * $"))) return ROLE_BACK;
    bool leads = phrases_in(before, LEADS_BACK, COUNT(LEADS_BACK));
    return leads && phrases_in(behind, BACK_BEHIND, COUNT(BACK_BEHIND)) ? ROLE_BACK : ROLE_NONE;
}

/* Absences that follow one another but for a weekend are one. */
static void take_until(struct reading *reading, int64_t start, int64_t end) {
    enum { WEEKEND = 3 };
    if (end < reading->sent) return;
    if (reading->until < 0 || (start >= 0 && start <= reading->until + WEEKEND && end > reading->until)) reading->until = end;
}

static void read_date(struct reading *reading, size_t from, size_t i, const struct date *date, size_t to) {
    enum role role = role_of(reading, from, i, date->tokens, to);
    bool weekday_only = date->weekday && !date->day && !date->month_end;
    int64_t start = role == ROLE_RANGE_END ? reading->range_start : -1;
    char behind[PHRASES_SENTENCE];
    words_between(reading->tokens, i + date->tokens, to, behind);
    /* "jusqu'au 12 à 9 h": back that morning. */
    bool morning = phrase_in(behind, "^ [a|au] [7|8|9|10|08|09] matin|h|heures") && !phrase_in(behind, "^ [a] h|heures");
    int64_t day = resolve(date, reading->sent, start > reading->sent ? start : reading->sent + (role == ROLE_BACK && weekday_only));
    if (day >= 0 && !weekday_fits(date, day)) day = -1; /* the wrong year, or a slip of the pen: not to be relied upon */
    if (role == ROLE_BACK && day >= reading->sent && reading->back < 0) reading->back = day;
    if ((role == ROLE_UNTIL || (role == ROLE_RANGE_END && !weekday_only)) && day >= 0) take_until(reading, start, day - morning);
    /* What may be the beginning of a range: any date with its day, in the past too ("du 22 au 26 décembre"). */
    reading->range_start = date->month ? resolve(date, reading->sent, reading->sent) : -1;
    if ((date->day || date->weekday) && reading->range_start < 0) reading->range_start = reading->sent;
    reading->range_at = i + date->tokens;
}

/* "Absent aujourd'hui", "cette semaine", "jusqu'à la fin du mois": days without a date. */
static void read_vague(struct reading *reading, const char *sentence) {
    int year, month, day;
    int64_t monday = reading->sent + 7 - day_weekday(reading->sent);
    day_split(reading->sent, &year, &month, &day);
    const struct {
        const char *phrase;
        bool back;
        int64_t day;
    } VAGUE[] = {{"absent|absente|absents|absentes|ferme|fermee|fermes [toute] [la] aujourd hui", false, reading->sent},
                 {"absent|absente|absents|ferme|fermee [toute] [la|ce|cette] jour|journee $", false, reading->sent},
                 {"out|away [of|the|office] * today", false, reading->sent},
                 {"absent|absente|absents|conge|conges|ferme|fermee|vacances|formation|deplacement|arret|stage cette semaine", false, monday - 1},
                 {"jusqu a la fin de la semaine", false, monday - 1},
                 {"until the end of [the|this] week", false, monday - 1},
                 {"out|away|leave this week", false, monday - 1},
                 {"retour|back la|next semaine|week prochaine", true, monday},
                 {"[be] back next week", true, monday},
                 {"jusqu a la fin du mois", false, day_of(year, month, month_length(year, month))},
                 {"until the end of the month", false, day_of(year, month, month_length(year, month))}};
    for (size_t i = 0; i < COUNT(VAGUE); i++) {
        if (!phrase_in(sentence, VAGUE[i].phrase)) continue;
        if (VAGUE[i].back && reading->back < 0) reading->back = VAGUE[i].day;
        if (!VAGUE[i].back) take_until(reading, -1, VAGUE[i].day);
    }
}

static void read_sentence(struct reading *reading, size_t from, size_t to) {
    char sentence[PHRASES_SENTENCE];
    reading->range_start = -1;
    for (size_t i = from; i < to;) {
        struct date date;
        size_t used = date_at(reading->tokens, i, &date);
        if (used > to - i) used = 0;
        if (used) read_date(reading, from, i, &date, to);
        i += used ? used : 1;
    }
    words_between(reading->tokens, from, to, sentence);
    read_vague(reading, sentence);
    reading->absent |= phrases_in(sentence, ABSENT, COUNT(ABSENT));
}

static void read_text(struct reading *reading, struct tokens *tokens, const char *text, size_t length) {
    AUTO_BUF plain = BUF_INIT(RETURN_TEXT);
    text_plain(&plain, text, length < RETURN_TEXT ? length : RETURN_TEXT);
    tokenize(tokens, buf_text(&plain), plain.length);
    for (size_t from = 0, to; from < tokens->count; from = to) {
        for (to = from + 1; to < tokens->count && !tokens->all[to - 1].stops; to++) continue;
        read_sentence(reading, from, to);
    }
}

enum { LAST_DAY = 100000 }; /* in the year 2243 */

bool return_date_find(const char *subject, const char *text, size_t length, int64_t sent_day, char out[RETURN_DATE]) {
    AUTO_MEM struct tokens *tokens = mem_new(1, sizeof *tokens);
    struct reading reading = {.tokens = tokens, .sent = sent_day, .back = -1, .until = -1};
    read_text(&reading, tokens, subject, strlen(subject));
    read_text(&reading, tokens, text, length);
    int64_t day = reading.back >= 0 ? reading.back : reading.until >= 0 ? reading.until + 1 : -1;
    *out = '\0';
    if (day < sent_day || day > sent_day + RETURN_DAYS || sent_day < 0 || sent_day > LAST_DAY) return false;
    char instant[INSTANT_TEXT];
    instant_format(day * DAY_MS, 0, instant);
    memcpy(out, instant, RETURN_DATE - 1);
    out[RETURN_DATE - 1] = '\0';
    return true;
}

bool mail_date_day(const char *value, int64_t *day) {
    AUTO_BUF plain = BUF_INIT(200);
    AUTO_MEM struct tokens *tokens = mem_new(1, sizeof *tokens);
    text_plain(&plain, value, strnlen(value, 200));
    tokenize(tokens, buf_text(&plain), plain.length);
    for (size_t i = 0; i + 2 < tokens->count; i++) {
        const struct token *all = tokens->all + i;
        int month = all[0].number >= 1 && all[0].length <= 2 ? month_of(&all[1]) : 0, year = all[2].number;
        if (!month) continue;
        if (all[2].length == 2) year += year < 50 ? 2000 : 1900; /* RFC 5322, 4.3 */
        if (year < 1990 || year > 2200 || !day_valid(year, month, all[0].number)) return false;
        *day = day_of(year, month, all[0].number);
        return true;
    }
    return false;
}
