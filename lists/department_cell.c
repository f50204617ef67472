/* Words between separators, the longest name first: « Eure et Loir » is one department, « Eure et Sarthe » two. */
#include "lists/department_cell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/arena.h"
#include "lists/charset.h"

enum { MOST_WORDS = 400, LONGEST_WORD = 60, LONGEST_NAME_WORDS = 8, MOST_REGION_NAME = 200 };

struct words {
    char all[MOST_WORDS][LONGEST_WORD]; /* as written; "" = a separator no name goes across */
    size_t count;
};

static bool separates(uint32_t c) { return c < 0x80 && c && strchr(";,/|+&()[]\n\r\t:", (int)c); }

static bool add_word(struct words *words, struct buf *word) {
    if (words->count == MOST_WORDS || word->overflow) return false;
    strcpy(words->all[words->count++], buf_text(word));
    buf_clear(word);
    return true;
}

static bool split(const char *text, struct words *words) {
    AUTO_BUF word = BUF_INIT(LONGEST_WORD - 1);
    words->count = 0;
    for (const char *at = text, *end = text + strlen(text); at < end;) {
        uint32_t c = utf8_next(&at, end);
        bool separator = separates(c);
        if (!separator && !charset_blank(c)) {
            buf_add_utf8(&word, c);
            continue;
        }
        if ((word.length || word.overflow) && !add_word(words, &word)) return false;
        if (separator && !add_word(words, &word)) return false;
    }
    return (!word.length && !word.overflow) || add_word(words, &word);
}

/* Words that say nothing by themselves. */
static bool is_filler(const char *key) {
    static const char *const FILLERS[] = {"", "d", "de", "departement", "departements", "dep", "dept", "des", "du", "et", "l", "la", "le", "les",
                                          "region", "regions"};
    for (size_t i = 0; i < COUNT(FILLERS); i++)
        if (!strcmp(FILLERS[i], key)) return true;
    return false;
}

static void add(struct departments *departments, const struct department *one) {
    for (size_t i = 0; i < departments->count; i++)
        if (departments->all[i] == one) return;
    ROOM_FOR_ONE(departments->all, departments->count);
    departments->all[departments->count++] = one;
}

static bool add_region(const struct reference *reference, const char *key, struct departments *departments) {
    size_t count;
    bool found = false;
    const struct department *all = reference_all_departments(reference, &count);
    for (size_t i = 0; i < count; i++) {
        AUTO_BUF region = BUF_INIT(MOST_REGION_NAME);
        text_normalise(&region, all[i].region_name, strlen(all[i].region_name));
        if (strcmp(buf_text(&region), key)) continue;
        add(departments, &all[i]);
        found = true;
    }
    return found;
}

/* "2a", "1", "029": a code as people write it. */
static const struct department *by_code(const struct reference *reference, const char *key) {
    char code[8];
    size_t length = strlen(key);
    if (!length || length > 3) return NULL;
    if (length == 3 && *key == '0') key++, length--;
    size_t at = 0;
    if (length == 1) code[at++] = '0';
    for (; *key; key++) code[at++] = (char)toupper((unsigned char)*key);
    code[at] = '\0';
    return reference_department(reference, code);
}

static bool add_named(const struct reference *reference, const char *key, bool one_word, struct departments *departments) {
    const struct department *named = reference_department_named(reference, key);
    if (!named && one_word) named = by_code(reference, key);
    if (named) return add(departments, named), true;
    return add_region(reference, key, departments);
}

/* How many words from there are one name; 0 when none is. */
static size_t take(const struct reference *reference, const struct words *words, size_t from, struct departments *departments) {
    size_t most = 0;
    while (most < LONGEST_NAME_WORDS && from + most < words->count && *words->all[from + most]) most++;
    for (size_t count = most; count; count--) {
        AUTO_BUF name = BUF_INIT(LONGEST_WORD * LONGEST_NAME_WORDS), key = BUF_INIT(LONGEST_WORD * LONGEST_NAME_WORDS);
        for (size_t i = 0; i < count; i++) buf_add_format(&name, "%s%s", i ? " " : "", words->all[from + i]);
        text_normalise(&key, buf_text(&name), name.length);
        if (key.length && add_named(reference, buf_text(&key), count == 1, departments)) return count;
    }
    return 0;
}

bool department_cell_read(const struct reference *reference, const char *text, struct departments *departments) {
    AUTO_MEM struct words *words = mem_new(1, sizeof *words);
    size_t before = departments->count;
    bool good = split(text, words);
    for (size_t i = 0; i < words->count && good;) {
        AUTO_BUF key = BUF_INIT(LONGEST_WORD * 2);
        size_t taken = take(reference, words, i, departments);
        text_normalise(&key, words->all[i], strlen(words->all[i]));
        good = taken || is_filler(buf_text(&key));
        i += taken ? taken : 1;
    }
    if (!good) departments->count = before;
    return good;
}

void departments_release(struct departments *departments) {
    free(departments->all);
    *departments = (struct departments){0};
}
