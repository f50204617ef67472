/* Status words to the four statuses. */
#include "lists/status.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

enum { LONGEST_WORDS = 60 };

static void say(struct status_said *said, enum list_status status) {
    if (status > said->status) said->status = status;
    if (status != LIST_OPPOSITION && status > said->beside) said->beside = status;
}

/* A date is an answer; one that cannot be read, or of the future, is said and left out. */
static bool say_date(struct status_said *said, const char *text, size_t length, int64_t today_day) {
    int64_t day = date_read_in(text, length, said->date1904);
    if (day == NO_DAY) return false;
    if (day > today_day) {
        said->bad_date = true;
        return true;
    }
    say(said, LIST_ANSWERED);
    if (said->answered_day == NO_DAY || day < said->answered_day) said->answered_day = day;
    return true;
}

static bool has_digit(const char *text) {
    return strpbrk(text, "0123456789") != NULL;
}

/* "Questionnaire reçu le 03/01/2026": words that say an answer, then its date. */
static bool answered_words_and_date(struct status_said *said, const char *key, int64_t today_day) {
    char words[LONGEST_WORDS + 1];
    for (const char *space = strchr(key, ' '); space; space = strchr(space + 1, ' ')) {
        size_t length = (size_t)(space - key);
        if (length > LONGEST_WORDS) return false;
        memcpy(words, key, length);
        words[length] = '\0';
        if (vocabulary_status(words) == LIST_ANSWERED && say_date(said, space + 1, strlen(space + 1), today_day)) {
            say(said, LIST_ANSWERED);
            return true;
        }
    }
    return false;
}

/* "Répondu le 12/01/2026", "a répondu (05/12/2025)": what follows the words may be a date. */
static void words_and_date(struct status_said *said, const char *key, int64_t today_day) {
    size_t prefix;
    int status = vocabulary_status_prefix(key, &prefix);
    if (status < 0) {
        said->unknown = !answered_words_and_date(said, key, today_day);
        return;
    }
    say(said, (enum list_status)status);
    const char *rest = key + prefix;
    if (status == LIST_ANSWERED && has_digit(rest) && !say_date(said, rest, strlen(rest), today_day))
        said->bad_date = true;
}

static void say_words(struct status_said *said, const char *key, int64_t today_day) {
    int status = vocabulary_status(key);
    if (status == LIST_OPPOSITION || vocabulary_opposition_anywhere(key))
        say(said, LIST_OPPOSITION);
    else if (status >= 0)
        say(said, (enum list_status)status);
    else
        words_and_date(said, key, today_day);
}

/* What yes means in a column; no means nothing there. */
static int meaning_of_yes(enum column_role role) {
    switch (role) {
    case COLUMN_SELECTION:
        return LIST_SELECTED;
    case COLUMN_ANSWERED:
        return LIST_ANSWERED;
    case COLUMN_OPPOSED:
        return LIST_OPPOSITION;
    default:
        return -1;
    }
}

/* In a column of dates: "refus", "Répondu le 12/01/2026", "a répondu"; anything else is a date nobody can read. */
static void answer_in_words(struct status_said *said, const char *key, int64_t today_day) {
    struct status_said words = STATUS_NOTHING;
    say_words(&words, key, today_day);
    if (words.status < LIST_ANSWERED) {
        said->bad_date = true;
        return;
    }
    say(said, words.status);
    say(said, words.beside);
    said->bad_date |= words.bad_date;
    if (words.answered_day != NO_DAY && (said->answered_day == NO_DAY || words.answered_day < said->answered_day))
        said->answered_day = words.answered_day;
}

/* Yes of the column itself: its words, a tick, "oui le 12/01/2026" of an answer; of an opposition, where a doubt must not
 * lead to another mail, also "oui, par courrier" and the day it was made. False: other words. */
static bool says_yes(struct status_said *said, enum column_role role, const char *text, size_t length, const char *key,
                     enum list_status yes, int64_t today_day) {
    static const char *const TICKS[] = {"✓", "✔", "☑", "✅"};
    bool ticked = false;
    for (size_t i = 0; i < COUNT(TICKS) && !*key; i++) ticked |= memmem(text, length, TICKS[i], strlen(TICKS[i])) != NULL;
    if (ticked || vocabulary_yes(key)) return say(said, yes), true;
    bool oui = text_starts(key, "oui ");
    if (role == COLUMN_ANSWERED && oui) return say_date(said, key + strlen("oui "), strlen(key) - strlen("oui "), today_day);
    if (role == COLUMN_OPPOSED && (oui || date_read(text, length) != NO_DAY)) return say(said, yes), true;
    return false;
}

void status_cell(struct status_said *said, enum column_role role, const char *text, size_t length,
                 int64_t today_day) {
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2); /* all of it: a refusal at the end of a long remark is one */
    text_normalise(&key, text, length);
    int yes = meaning_of_yes(role);
    if (role == COLUMN_ANSWER_DATE) {
        if (vocabulary_no(buf_text(&key)) || say_date(said, text, length, today_day)) return;
        answer_in_words(said, buf_text(&key), today_day);
        return;
    }
    if (yes >= 0 && says_yes(said, role, text, length, buf_text(&key), (enum list_status)yes, today_day)) return;
    if (yes >= 0 && vocabulary_no(buf_text(&key))) return;
    if (role == COLUMN_ANSWERED && say_date(said, text, length, today_day))
        return;
    else
        say_words(said, buf_text(&key), today_day);
}
