/* One row of a list of networks (associations, coordinators): a relay, its departments, its addresses. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "lists/address.h"
#include "lists/charset.h"
#include "lists/department_cell.h"
#include "lists/list_reading.h"

static void reject_cell(struct reading *reading, const struct row *row, const char *reason, enum column_role role) {
    size_t at = list_cell(reading, row, role);
    for (size_t i = 0; i < reading->columns.count && at == NO_CELL; i++) /* empty: the cell to fill in */
        if (reading->columns.roles[i] == role) at = i;
    AUTO_BUF hint = BUF_INIT(SIZE_MAX / 2);
    if (!strcmp(reason, "EMAIL_INVALID") && at < row->count && reading->hint_count < MOST_HINTS)
        hint_email(row->cells[at].text, row->cells[at].length, &hint);
    list_reject(reading, row, reason, at, buf_text(&hint));
}

/* White space tidied, controls gone. */
static char *clean_text(struct reading *reading, const char *text) {
    AUTO_BUF clean = BUF_INIT(500);
    text_printable(&clean, text, strlen(text));
    const char *from = buf_text(&clean);
    if (*from == '\'' && from[1] && strchr("=+-@", from[1])) from++; /* as exports write what looks like a formula */
    while (*from == ' ') from++;
    while (clean.length && clean.bytes[clean.length - 1] == ' ') buf_cut(&clean, clean.length - 1);
    return arena_text(&reading->result->memory, from, strlen(from));
}

/* The next filled cell of a role behind *at (SIZE_MAX: the first); false at the end. */
static bool next_cell(const struct reading *reading, const struct row *row, enum column_role role, size_t *at) {
    for (size_t i = *at == SIZE_MAX ? 0 : *at + 1; i < reading->columns.count && i < row->count; i++) {
        if (reading->columns.roles[i] != role || charset_all_blank(row->cells[i].text, row->cells[i].length)) continue;
        *at = i;
        return true;
    }
    return false;
}

/* Every address of every cell of the role: the worst that was found in one of them. */
static enum address_cell read_addresses(const struct reading *reading, const struct row *row, enum column_role role,
                                        struct buf *out, size_t *count) {
    enum address_cell worst = ADDRESS_CELL_EMPTY;
    for (size_t at = SIZE_MAX; next_cell(reading, row, role, &at);) {
        enum address_cell got = address_cell_read(row->cells[at].text, strlen(row->cells[at].text), out, count);
        if (got > worst) worst = got;
    }
    return worst;
}

/* A region beside a department is where that lies; alone it means all of its departments. Returns the cell that names none,
 * SIZE_MAX when all are good. */
static size_t read_departments(const struct reading *reading, const struct row *row, struct departments *found) {
    static const enum column_role ROLES[] = {COLUMN_DEPARTMENT, COLUMN_REGION};
    for (size_t i = 0; i < COUNT(ROLES) && !found->count; i++)
        for (size_t at = SIZE_MAX; next_cell(reading, row, ROLES[i], &at);)
            if (!department_cell_read(reading->reference, row->cells[at].text, found)) return at;
    return SIZE_MAX;
}

enum { LONGEST_ID = 31, HASH_DIGITS = 8 }; /* party_id[32] wherever mails are planned, sent and counted */

/* "Association des maires et présidents d'intercommunalité du Finistère" is its beginning, and what tells it from that of the Morbihan. */
static char *short_id(struct reading *reading, char *id) {
    char digest[SHA256_HEX];
    size_t length = strlen(id), keep = LONGEST_ID - 1 - HASH_DIGITS;
    AUTO_BUF out = BUF_INIT(LONGEST_ID + 1);
    if (length <= LONGEST_ID) return id;
    sha256_hex(id, length, digest);
    while (keep && ((unsigned char)id[keep] & 0xc0) == 0x80) keep--; /* no half character */
    while (keep && id[keep - 1] == ' ') keep--;
    buf_add(&out, id, keep);
    buf_add_format(&out, "~%.*s", HASH_DIGITS, digest);
    return arena_text(&reading->result->memory, buf_text(&out), out.length);
}

/* A short name, else a name; a function alone ("Coordinatrice") names nobody, so its departments do: "Coordinatrice 22 29". */
static char *identify(struct reading *reading, const struct row *row, const struct departments *departments) {
    const char *id = list_text(reading, row, COLUMN_RELAY), *function = list_text(reading, row, COLUMN_FUNCTION);
    if (!*id) id = list_text(reading, row, COLUMN_NAME);
    if (*id || !*function) return clean_text(reading, id);
    AUTO_BUF both = BUF_INIT(500);
    buf_add_text(&both, function);
    for (size_t i = 0; i < departments->count; i++) buf_add_format(&both, " %s", departments->all[i]->code);
    return clean_text(reading, buf_text(&both));
}

static void keep_departments(struct reading *reading, const struct departments *found, struct list_relay *relay) {
    struct arena *memory = &reading->result->memory;
    relay->departments = arena_new(memory, found->count + 1, sizeof *relay->departments);
    relay->department_count = found->count;
    for (size_t i = 0; i < found->count; i++)
        relay->departments[i] = arena_text(memory, found->all[i]->code, strlen(found->all[i]->code));
}

static void read_relay(struct reading *reading, const struct row *row, const struct departments *departments, size_t bad_department) {
    struct list_result *result = reading->result;
    AUTO_BUF addresses = BUF_INIT(SIZE_MAX / 2), replies = BUF_INIT(SIZE_MAX / 2);
    size_t count = 0, reply_count = 0;
    char *full = identify(reading, row, departments), *id = short_id(reading, full);
    const char *name = list_text(reading, row, COLUMN_NAME);
    enum address_cell got = read_addresses(reading, row, COLUMN_EMAIL, &addresses, &count);
    enum address_cell reply_got = read_addresses(reading, row, COLUMN_REPLY_TO, &replies, &reply_count);
    if (!*id) return reject_cell(reading, row, "ID_MISSING", COLUMN_RELAY);
    if (reference_by_id(reading->reference, id)) return reject_cell(reading, row, "ID_CONFLICT", COLUMN_RELAY);
    if (bad_department != SIZE_MAX) {
        list_reject(reading, row, "DEPARTMENT_UNKNOWN", bad_department, NULL);
        return;
    }
    if (got > ADDRESS_CELL_SOME_DROPPED && !count) return reject_cell(reading, row, "EMAIL_INVALID", COLUMN_EMAIL);
    if (reply_got > ADDRESS_CELL_SOME_DROPPED) return reject_cell(reading, row, "EMAIL_INVALID", COLUMN_REPLY_TO);
    list_row(reading, row->line,
             (got == ADDRESS_CELL_EMPTY ? 1u << WARN_NO_EMAIL : 0) |
                 (got >= ADDRESS_CELL_SOME_DROPPED ? 1u << WARN_EMAIL_DROPPED : 0));
    list_say(reading, list_party_named(reading, id), buf_text(&addresses), count, LIST_INFORMED, LIST_INFORMED);
    ROOM_FOR_ONE(result->relays, result->relay_count);
    struct list_relay *relay = &result->relays[result->relay_count++];
    *relay = (struct list_relay){.id = id, .name = *name ? clean_text(reading, name) : full, .line = row->line, .department = "",
                                 .reply_to = arena_text(&result->memory, buf_text(&replies), strlen(buf_text(&replies)))};
    keep_departments(reading, departments, relay);
}

void list_relay_row(struct reading *reading, const struct row *row) {
    struct departments departments = {0};
    size_t bad = read_departments(reading, row, &departments);
    read_relay(reading, row, &departments, bad);
    departments_release(&departments);
}

/* -- rows of one network ------------------------------------------------------------------------------- */
static int by_id_line(const void *left, const void *right) {
    const struct list_relay *a = left, *b = right;
    int order = strcmp(a->id, b->id);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool covers(const char *const *departments, size_t count, const char *code) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(departments[i], code)) return true;
    return false;
}

/* relays[from..to) are one: its departments all together, the first name and the first reply address. */
static struct list_relay join(struct reading *reading, const struct list_relay *relays, size_t from, size_t to) {
    struct list_relay one = relays[from];
    size_t most = 0;
    for (size_t i = from; i < to; i++) most += relays[i].department_count;
    one.departments = arena_new(&reading->result->memory, most + 1, sizeof *one.departments);
    one.department_count = 0;
    for (size_t i = from; i < to; i++) {
        if (!*one.reply_to) one.reply_to = relays[i].reply_to;
        for (size_t k = 0; k < relays[i].department_count; k++)
            if (!covers(one.departments, one.department_count, relays[i].departments[k]))
                one.departments[one.department_count++] = relays[i].departments[k];
    }
    if (one.department_count) one.department = (char *)(uintptr_t)one.departments[0];
    return one;
}

void list_merge_relays(struct reading *reading) {
    struct list_result *result = reading->result;
    size_t kept = 0;
    if (result->relay_count) qsort(result->relays, result->relay_count, sizeof *result->relays, by_id_line);
    for (size_t from = 0, to; from < result->relay_count; from = to) {
        for (to = from + 1; to < result->relay_count && !strcmp(result->relays[to].id, result->relays[from].id);) to++;
        result->relays[kept++] = join(reading, result->relays, from, to);
    }
    result->relay_count = kept;
}
