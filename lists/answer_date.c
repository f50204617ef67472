/* Dates as French spreadsheets hold them (RULES 9, 17). */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "lists/status.h"

enum { FIRST_YEAR = 2000, LAST_YEAR = 2100, WORDS = 16, SPREADSHEET_1970 = 25569, SPREADSHEET_1904 = 1462, LONGEST_DATE = 80 };

/* In the order they are tried; a month may be shortened to three letters or more ("juin", "juil" need four).
 */
static const char *const MONTHS[] = {"janvier", "fevrier", "mars",      "avril",   "mai",      "juin",
                                     "juillet", "aout",    "septembre", "octobre", "novembre", "decembre"};
static const char *const WEEKDAYS[] = {"lundi",    "mardi",  "mercredi", "jeudi",
                                       "vendredi", "samedi", "dimanche"};

static bool shortened(const char *word, const char *full, size_t least) {
    size_t length = strlen(word);
    return length >= least && !strncmp(full, word, length);
}

static int month_of(const char *word) {
    for (int i = 0; i < 12; i++)
        if (shortened(word, MONTHS[i], i == 5 || i == 6 ? 4 : 3)) return i + 1;
    return 0;
}

static bool weekday(const char *word) {
    for (size_t i = 0; i < COUNT(WEEKDAYS); i++)
        if (shortened(word, WEEKDAYS[i], 3)) return true;
    return false;
}

/* A word of digits alone, at most five: its number, else -1. "1er" counts as 1. */
static int number_of(const char *word) {
    int value = 0;
    size_t digits = 0;
    for (; isdigit((unsigned char)word[digits]); digits++) {
        if (digits == 5) return -1;
        value = value * 10 + (word[digits] - '0');
    }
    if (!digits || (word[digits] && (strcmp(word + digits, "er") || value != 1))) return -1;
    return value;
}

/* What may stand behind a date: a time ("10 32 00", "a 10h32", "10 32 pm", "t10 32 00z"). */
static bool part_of_a_time(const char *word) {
    for (; *word; word++)
        if (!isdigit((unsigned char)*word) && !strchr("athmnipsz", *word)) return false;
    return true;
}

static int64_t checked_day(int year, int month, int day) {
    if (year < FIRST_YEAR || year > LAST_YEAR || !day_valid(year, month, day)) return NO_DAY;
    return day_of(year, month, day);
}

/* Words of N() into out, at most WORDS; "12t10" is cut before the t. Returns how many. */
static size_t split_words(char *key, char *out[WORDS]) {
    size_t count = 0;
    for (char *save = NULL, *word = strtok_r(key, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *t = isdigit((unsigned char)*word) ? strchr(word, 't') : NULL;
        if (count + (t ? 2 : 1) > WORDS) return 0;
        out[count++] = word;
        if (!t || !isdigit((unsigned char)t[1])) continue;
        *t = '\0';
        out[count++] = t + 1;
    }
    return count;
}

static int64_t day_number(char *const words[], size_t count, bool date1904) {
    int serial = number_of(words[0]);
    if (count > 2 || serial < 10000 || (count == 2 && number_of(words[1]) < 0)) return NO_DAY;
    int year, month, day;
    day_split(serial - SPREADSHEET_1970 + (date1904 ? SPREADSHEET_1904 : 0), &year, &month, &day);
    return checked_day(year, month, day);
}

int64_t date_read_in(const char *text, size_t length, bool date1904) {
    char key_text[LONGEST_DATE + 1], *words[WORDS];
    AUTO_BUF key = BUF_INIT(LONGEST_DATE);
    if (length > LONGEST_DATE) return NO_DAY;
    text_normalise(&key, text, length);
    strcpy(key_text, buf_text(&key));
    size_t count = split_words(key_text, words), at = 0;
    while (at < count && (!strcmp(words[at], "le") || weekday(words[at]))) at++;
    if (at == count) return NO_DAY;
    if (count - at < 3) return day_number(words + at, count - at, date1904);
    for (size_t i = at + 3; i < count; i++)
        if (!part_of_a_time(words[i])) return NO_DAY;
    int first = number_of(words[at]), second = number_of(words[at + 1]), third = number_of(words[at + 2]);
    if (second < 0) second = month_of(words[at + 1]);
    if (first < 0 || second <= 0 || third < 0) return NO_DAY;
    if (strlen(words[at]) == 4) return checked_day(first, second, third);
    if (strlen(words[at + 2]) == 2) third += FIRST_YEAR; /* "26"; "0026" is no year of ours */
    return checked_day(third, second, first);
}

int64_t date_read(const char *text, size_t length) {
    return date_read_in(text, length, false);
}
