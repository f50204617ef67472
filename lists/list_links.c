/* E-mail cells of sheets, where a hyperlink or a formula may stand behind the text (RULES 8). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lists/list_reading.h"

static int hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    digit = (char)tolower((unsigned char)digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

enum { LONGEST_TARGET = 2000 }; /* bytes; what is longer is no address */

/* RFC 6068: what stands between "mailto:" and "?", percent-decoded. False: the link leads elsewhere. */
static bool mailto(const char *link, struct buf *out) {
    static const char SCHEME[] = "mailto:";
    while (isspace((unsigned char)*link)) link++;
    if (strncasecmp(link, SCHEME, strlen(SCHEME))) return false;
    for (link += strlen(SCHEME); *link && *link != '?'; link++) {
        int high = *link == '%' ? hexadecimal(link[1]) : -1, low = high >= 0 ? hexadecimal(link[2]) : -1;
        buf_add_char(out, low >= 0 ? (char)(high * 16 + low) : *link);
        if (low >= 0) link += 2;
        if (out->overflow) return false;
    }
    return true;
}

static bool has_text(const char *texts, size_t count, const char *text) {
    for (; count; count--, texts += strlen(texts) + 1)
        if (!strcmp(texts, text)) return true;
    return false;
}

enum address_cell list_email_cell(const struct cell *cell, struct buf *out, size_t *count, bool *mismatch) {
    if (cell->no_value) return ADDRESS_CELL_NO_VALUE;
    size_t from = out->length, before = *count, linked_count = 0;
    enum address_cell got = address_cell_read(cell->text, cell->length, out, count);
    AUTO_BUF target = BUF_INIT(LONGEST_TARGET), linked = BUF_INIT(SIZE_MAX / 2);
    if (!cell->link || got > ADDRESS_CELL_INVALID || !mailto(cell->link, &target)) return got;
    if (address_cell_read(buf_text(&target), target.length, &linked, &linked_count) > ADDRESS_CELL_INVALID) return got;
    if (!linked_count) return got;
    if (*count == before) { /* the text holds none */
        buf_add(out, linked.bytes, linked.length);
        *count += linked_count;
        return ADDRESS_CELL_GOOD;
    }
    const char *at = buf_text(&linked);
    for (; linked_count; linked_count--, at += strlen(at) + 1)
        if (!has_text(out->bytes + from, *count - before, at)) *mismatch = true;
    return got;
}
