/* Lines as tables of words see them. */
#include "mailer/inbox/reply_rows.h"

#include <string.h>

#include "base/text.h"

/* What typography and other scripts write for a sign of ours, and the marks of direction around an address in Hebrew or Arabic; its
 * size is *size. NULL: the byte stays (text is a string, so that none is read behind its end). */
static const char *plain_mark(const char *text, size_t *size) {
    static const struct {
        const char *mark, *plain;
    } MARKS[] = {{"\xC2\xA0", " "}, {"\xEF\xBC\x9A", ":"}, {"\xE2\x80\x8E", ""}, {"\xE2\x80\x8F", ""}, {"\xE2\x80\xAA", ""}, {"\xE2\x80\xAB", ""}, {"\xE2\x80\xAC", ""}};
    *size = 1;
    for (size_t i = 0; (unsigned char)*text >= 0x80 && i < COUNT(MARKS); i++)
        if (text_starts(text, MARKS[i].mark)) return *size = strlen(MARKS[i].mark), MARKS[i].plain;
    return NULL;
}

void row_low(const struct row *row, char out[ROW_WORDS]) {
    const char *at = row->start;
    size_t n = row->length, used = 0;
    while (n && strchr(" \t>*_|", *at)) at++, n--;
    AUTO_BUF lower = BUF_INIT(ROW_WORDS - 1);
    text_lower(&lower, at, n < ROW_WORDS / 2 ? n : ROW_WORDS / 2);
    for (size_t i = 0, size; i < lower.length; i += size) {
        const char *plain = plain_mark(buf_text(&lower) + i, &size);
        while (plain && *plain) out[used++] = *plain++;
        if (!plain) out[used++] = lower.bytes[i];
    }
    while (used && strchr(" \t*_", out[used - 1])) used--;
    out[used] = '\0';
}

bool row_empty(const struct row *row) {
    for (size_t i = 0; i < row->length; i++)
        if (!strchr(" \t", row->start[i])) return false;
    return true;
}
bool row_quoted(const struct row *row) {
    size_t i = 0;
    while (i < row->length && strchr(" \t", row->start[i])) i++;
    /* ">:" is the end of an introduction that was wrapped within its address. */
    return i < row->length && i < 4 && row->start[i] == '>' && !(row->length == i + 2 && row->start[i + 1] == ':');
}
bool starts_any(const char *line, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (text_starts(line, list[i])) return true;
    return false;
}
bool holds_any(const char *line, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(line, list[i])) return true;
    return false;
}

int digits_in(const char *line) {
    int digits = 0;
    for (const char *c = line; *c; c++) digits += *c >= '0' && *c <= '9';
    return digits;
}
