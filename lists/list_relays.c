/* One row of a list of networks (departmental associations): a relay, its department, its address. */
#include <string.h>

#include "base/text.h"
#include "lists/address.h"
#include "lists/identity.h"
#include "lists/list_reading.h"

static void reject_cell(struct reading *reading, const struct row *row, const char *reason,
                        enum column_role role) {
    size_t at = list_cell(reading, row, role);
    bool there = at != SIZE_MAX && at < reading->columns.count;
    list_reject(reading, row->line, reason, there ? reading->columns.headers[at] : COLUMN_ROLE[role],
                there ? row->cells[at].text : NULL);
}

/* White space tidied, controls gone. */
static char *clean_text(struct reading *reading, const char *text) {
    AUTO_BUF clean = BUF_INIT(500);
    text_printable(&clean, text, strlen(text));
    const char *from = buf_text(&clean);
    while (*from == ' ') from++;
    while (clean.length && clean.bytes[clean.length - 1] == ' ') buf_cut(&clean, clean.length - 1);
    return arena_text(&reading->result->memory, from, strlen(from));
}

static const char *first_address(const struct reading *reading, const struct row *row, enum column_role role,
                                 struct buf *out, size_t *count, enum address_cell *got) {
    const char *cell = list_text(reading, row, role);
    *got = address_cell_read(cell, strlen(cell), out, count);
    return *count ? buf_text(out) : "";
}

void list_relay_row(struct reading *reading, const struct row *row) {
    struct list_result *result = reading->result;
    AUTO_BUF addresses = BUF_INIT(SIZE_MAX / 2), replies = BUF_INIT(SIZE_MAX / 2);
    size_t count = 0, reply_count = 0;
    enum address_cell got, reply_got;
    const char *name = list_text(reading, row, COLUMN_NAME),
               *code = list_text(reading, row, COLUMN_DEPARTMENT);
    const char *id = list_text(reading, row, COLUMN_RELAY);
    const struct department *department = department_read(reading->reference, code);
    if (!*id) id = name;
    char *clean_id = clean_text(reading, id);
    first_address(reading, row, COLUMN_EMAIL, &addresses, &count, &got);
    const char *reply_to = first_address(reading, row, COLUMN_REPLY_TO, &replies, &reply_count, &reply_got);
    if (!*clean_id) return reject_cell(reading, row, "ID_MISSING", COLUMN_RELAY);
    if (reference_by_id(reading->reference, clean_id))
        return reject_cell(reading, row, "ID_CONFLICT", COLUMN_RELAY);
    if (*code && !department) return reject_cell(reading, row, "DEPARTMENT_UNKNOWN", COLUMN_DEPARTMENT);
    if (got > ADDRESS_CELL_SOME_DROPPED) return reject_cell(reading, row, "EMAIL_INVALID", COLUMN_EMAIL);
    if (reply_got > ADDRESS_CELL_SOME_DROPPED)
        return reject_cell(reading, row, "EMAIL_INVALID", COLUMN_REPLY_TO);
    list_row(reading, row->line,
             (got == ADDRESS_CELL_EMPTY ? 1u << WARN_NO_EMAIL : 0) |
                 (got == ADDRESS_CELL_SOME_DROPPED ? 1u << WARN_EMAIL_DROPPED : 0));
    list_say(reading, list_party_named(reading, clean_id), buf_text(&addresses), count, LIST_INFORMED, LIST_INFORMED);
    ROOM_FOR_ONE(result->relays, result->relay_count);
    result->relays[result->relay_count++] =
        (struct list_relay){.id = clean_id,
                            .name = *name ? clean_text(reading, name) : clean_id,
                            .line = row->line,
                            .department = arena_text(&result->memory, department ? department->code : "",
                                                     department ? strlen(department->code) : 0),
                            .reply_to = arena_text(&result->memory, reply_to, strlen(reply_to))};
}
