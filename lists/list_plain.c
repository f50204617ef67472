/* An address list copied from a mail program: « Mairie de Gourin (56) » <mairie@…>; … (RULES 12, 24). */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "lists/address.h"
#include "lists/charset.h"
#include "lists/identity.h"
#include "lists/list_reading.h"

/* The next entry of a line: up to a ";" outside double quotes. Returns its end. */
static const char *entry_end(const char *at, const char *end) {
    for (; at < end && *at != ';'; at++) {
        const char *closing = *at == '"' ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;
        if (closing) at = closing;
    }
    return at;
}

size_t list_plain_entries(const char *line, size_t length, size_t *with_at) {
    size_t entries = 0;
    for (const char *at = line, *end = line + length; at < end;) {
        const char *stop = entry_end(at, end);
        if (!charset_all_blank(at, (size_t)(stop - at))) {
            entries++;
            *with_at += memchr(at, '@', (size_t)(stop - at)) != NULL;
        }
        at = stop + 1;
    }
    return entries;
}

static void trim(const char **from, const char **to) {
    while (*from < *to && strchr(" \t'\"", **from)) (*from)++;
    while (*to > *from && strchr(" \t'\"", (*to)[-1])) (*to)--;
}

struct display {
    struct buf *code, *name, *department;
};

/* "56128 - Melrand", "Mairie Taupont [56]", "Muzillac (Morbihan)". */
static void read_display(const struct reading *reading, const char *from, const char *to,
                         struct display *display) {
    trim(&from, &to);
    const char *dash = memmem(from, (size_t)(to - from), " - ", 3);
    if (dash && (dash - from == 5 || dash - from == 4) && isdigit((unsigned char)*from)) {
        buf_add(display->code, from, (size_t)(dash - from));
        from = dash + 3;
    }
    const char *open = to;
    if (to > from && (to[-1] == ')' || to[-1] == ']'))
        for (open = to - 1; open > from && *open != '(' && *open != '['; open--) continue;
    if (open > from && open < to) {
        buf_add(display->department, open + 1, (size_t)(to - open) - 2);
        if (department_read(reading->reference, buf_text(display->department)))
            to = open;
        else
            buf_clear(display->department); /* "Xxx (L')" */
    }
    buf_add(display->name, from, (size_t)(to - from));
}

struct entry_read {
    const struct collectivity *who;
    const char *reason;
    unsigned warnings;
    struct buf *addresses;
    struct buf *hint; /* of the reason; NULL = not wanted */
    size_t count;
};

static void read_entry(struct reading *reading, const char *from, const char *to,
                       struct entry_read *entry) {
    const char *angle = memrchr(from, '<', (size_t)(to - from));
    AUTO_BUF code = BUF_INIT(16), name = BUF_INIT(SIZE_MAX / 2), department = BUF_INIT(SIZE_MAX / 2);
    struct display display = {&code, &name, &department};
    if (angle) read_display(reading, from, angle, &display);
    struct identity_cells cells = {.any = "",
                                   .siren = "",
                                   .postal = "",
                                   .insee = buf_text(&code),
                                   .name = buf_text(&name),
                                   .department = buf_text(&department)};
    struct identity identity = identity_find(reading->reference, &cells);
    entry->reason = identity.reason;
    if (!identity.who && entry->hint) hint_identity(&reading->hints, &identity, &cells, entry->hint);
    if (!identity.who) return;
    while (to > angle && strchr(" \t", to[-1])) to--;
    if (to > angle && to[-1] == '>') angle++, to--; /* several in one pair of brackets, too */
    enum address_cell got = address_cell_read(angle, (size_t)(to - angle), entry->addresses, &entry->count);
    if (got == ADDRESS_CELL_INJECTION)
        entry->reason = "HEADER_INJECTION";
    else if (!entry->count) {
        entry->reason = "EMAIL_INVALID";
        if (entry->hint) hint_email(angle, (size_t)(to - angle), entry->hint);
    } else
        entry->who = identity.who;
    entry->warnings =
        identity.warnings | (got == ADDRESS_CELL_SOME_DROPPED ? 1u << WARN_EMAIL_DROPPED : 0) |
        (list_has_local_non_ascii(buf_text(entry->addresses), entry->count) ? 1u << WARN_LOCAL_NON_ASCII : 0);
}

/* A line is one row; it is rejected when none of its entries can be read, and warned about when some cannot.
 */
void list_plain_row(struct reading *reading, const struct row *row) {
    const char *line = row->cells[0].text, *reason = NULL;
    size_t length = row->cells[0].length, with_at = 0, accepted = 0;
    AUTO_BUF hint = BUF_INIT(SIZE_MAX / 2);
    if (memchr(line, '\0', length)) {
        list_reject(reading, row, "CONTROL_CHAR", NO_CELL, NULL);
        return;
    }
    if (list_plain_entries(line, length, &with_at) && !with_at) {
        list_ignore(reading, row->line, "NOTE");
        return;
    }
    for (const char *at = line, *end = line + length; at < end;) {
        const char *stop = entry_end(at, end);
        AUTO_BUF addresses = BUF_INIT(SIZE_MAX / 2);
        bool hints = !reason && reading->hint_count < MOST_HINTS;
        struct entry_read entry = {.addresses = &addresses, .hint = hints ? &hint : NULL};
        if (list_characters(at, (size_t)(stop - at)) > reading->limits->cell_chars)
            entry.reason = "CELL_TOO_LARGE"; /* of one entry: a thousand short ones may stand on a line */
        else if (!charset_all_blank(at, (size_t)(stop - at)))
            read_entry(reading, at, stop, &entry);
        if (entry.reason && !reason) reason = entry.reason;
        if (entry.who) {
            if (!accepted++) list_row(reading, row->line, list_encoding_warnings(row));
            reading->rows[reading->row_count - 1].warnings |= entry.warnings;
            list_say(reading, list_party(reading, entry.who), buf_text(&addresses), entry.count, LIST_INFORMED,
                     LIST_INFORMED);
        }
        at = stop + 1;
    }
    if (reason && accepted) reading->rows[reading->row_count - 1].warnings |= 1u << WARN_EMAIL_DROPPED;
    if (reason && !accepted) list_reject(reading, row, reason, NO_CELL, buf_text(&hint));
}
