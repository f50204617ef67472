/* Status words to the four statuses. */
#include "lists/status.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

static void say(struct status_said *said, enum list_status status) {
    if (status > said->status) said->status = status;
}

/* A date is an answer; one that cannot be read, or of the future, is said and left out. */
static bool say_date(struct status_said *said, const char *text, size_t length, int64_t today_day) {
    int64_t day = date_read(text, length);
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

/* "Répondu le 12/01/2026", "a répondu (05/12/2025)": what follows the words may be a date. */
static void words_and_date(struct status_said *said, const char *key, int64_t today_day) {
    size_t prefix;
    int status = vocabulary_status_prefix(key, &prefix);
    if (status < 0) {
        said->unknown = true;
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

void status_cell(struct status_said *said, enum column_role role, const char *text, size_t length,
                 int64_t today_day) {
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2); /* all of it: a refusal at the end of a long remark is one */
    text_normalise(&key, text, length);
    int yes = meaning_of_yes(role);
    if (role == COLUMN_ANSWER_DATE) {
        if (vocabulary_no(buf_text(&key)) || say_date(said, text, length, today_day)) return;
        if (vocabulary_opposition_anywhere(buf_text(&key)))
            say(said, LIST_OPPOSITION);
        else
            said->bad_date = true;
        return;
    }
    if (yes >= 0 && vocabulary_no(buf_text(&key))) return;
    if (yes >= 0 && vocabulary_yes(buf_text(&key)))
        say(said, (enum list_status)yes);
    else if (role == COLUMN_ANSWERED && say_date(said, text, length, today_day))
        return;
    else
        say_words(said, buf_text(&key), today_day);
}
