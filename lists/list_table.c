/* One row of a table: ignored, rejected, or what it says (RULES 5 to 9, 11, 14, 17, 18). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/text.h"
#include "lists/charset.h"
#include "lists/identity.h"
#include "lists/list_reading.h"

/* -- rows that are not about a collectivity ------------------------------------------------------------ */
struct filled {
    size_t count, first, last;
}; /* non-blank cells */

/* A formula without value, a link without text: nothing to see, but an e-mail cell that says something. */
static bool says_nothing(const struct reading *reading, const struct row *row, size_t column) {
    const struct cell *cell = &row->cells[column];
    bool more = cell->link || cell->no_value;
    if (more && column < reading->columns.count && reading->columns.roles[column] == COLUMN_EMAIL) return false;
    return charset_all_blank(cell->text, cell->length);
}

static struct filled filled_cells(const struct reading *reading, const struct row *row) {
    struct filled filled = {0, SIZE_MAX, SIZE_MAX};
    for (size_t i = 0; i < row->count; i++) {
        if (says_nothing(reading, row, i)) continue;
        if (!filled.count++) filled.first = i;
        filled.last = i;
    }
    return filled;
}

static bool is_footer(const struct cell *cell) {
    AUTO_BUF key = BUF_INIT(64);
    text_normalise(&key, cell->text, cell->length);
    return vocabulary_footer(buf_text(&key));
}

/* The form of a code, right or wrong: 4 or 5 characters with 4 digits, or a SIREN or SIRET. */
static bool has_form_of_code(const char *text) {
    AUTO_TEXT code = code_clean(text);
    size_t length = strlen(code), digits = 0;
    for (const char *at = code; *at; at++) digits += isdigit((unsigned char)*at) != 0;
    return ((length == 4 || length == 5) && digits >= 4) ||
           ((digits == 9 || digits == 14) && digits == length);
}

/* One cell alone, without "@", is a remark; but a code in its column is a row without address, and a list of
 * names alone has nothing else. */
static bool is_note(const struct reading *reading, const struct row *row, const struct filled *filled) {
    if (filled->count != 1 || filled->first >= reading->columns.count) return filled->count == 1;
    const struct cell *cell = &row->cells[filled->first];
    enum column_role role = reading->columns.roles[filled->first];
    if (memchr(cell->text, '@', cell->length)) return false;
    if (role == COLUMN_INSEE || role == COLUMN_SIREN || role == COLUMN_ID)
        return !has_form_of_code(cell->text);
    if (role != COLUMN_NAME || !reading->result->status_list) return true;
    if (reading->columns.count == 1) return false;
    struct identity_cells cells = {"", "", "", cell->text, "", "", reading->carried};
    return !identity_find(reading->reference, &cells).who;
}

enum scope { SCOPE_ANY, SCOPE_TOWN_HALL, SCOPE_GROUPING, SCOPE_OUT, SCOPE_ANNEXE };

static enum scope service_scope(const char *service) {
    if (!service) return SCOPE_OUT;
    if (!strcmp(service, "mairie")) return SCOPE_TOWN_HALL;
    return !strcmp(service, "epci") ? SCOPE_GROUPING : SCOPE_OUT;
}

/* A directory export says in its pivot what an entry is: a word, or JSON objects with type_service_local. */
static enum scope pivot_scope(const char *pivot) {
    struct err ignored;
    if (*pivot != '[') return service_scope(pivot);
    AUTO(js) services = js_parse(pivot, strlen(pivot), &ignored);
    for (size_t i = 0; services && i < js_count(services); i++) {
        enum scope scope = service_scope(js_text(js_get(js_at(services, i), "type_service_local")));
        if (scope != SCOPE_OUT) return scope;
    }
    return SCOPE_OUT;
}

static enum scope scope_of(const struct reading *reading, const struct row *row) {
    static const char *const ANNEXES[] = {"mairie deleguee", "mairie annexe"};
    if (!reading->columns.has[COLUMN_PIVOT]) return SCOPE_ANY;
    enum scope scope = pivot_scope(list_text(reading, row, COLUMN_PIVOT));
    if (scope == SCOPE_OUT) return scope;
    const char *name = list_text(reading, row, COLUMN_NAME);
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2);
    text_normalise(&key, name, strlen(name));
    for (size_t i = 0; i < COUNT(ANNEXES); i++)
        if (text_starts(buf_text(&key), ANNEXES[i])) return SCOPE_ANNEXE;
    return scope;
}

/* True when the row is ignored, and said so. */
static bool ignored(struct reading *reading, const struct row *row, const struct filled *filled,
                    enum scope *scope) {
    const char *why = NULL;
    const struct cell *first = &row->cells[filled->first];
    if (columns_repeated(&reading->columns, row))
        why = "HEADER_REPEATED";
    else if (is_footer(first))
        why = "TOTAL";
    else if (is_note(reading, row, filled)) {
        const struct department *heading = department_read(reading->reference, first->text);
        if (heading) reading->carried = heading;
        why = "NOTE";
    } else if ((*scope = scope_of(reading, row)) == SCOPE_OUT)
        why = "OUT_OF_SCOPE";
    else if (*scope == SCOPE_ANNEXE)
        why = "ANNEXE";
    if (why) list_ignore(reading, row->line, why);
    return why != NULL;
}

/* -- rows that cannot be read -------------------------------------------------------------------------- */
size_t list_characters(const char *utf8, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++) count += ((unsigned char)utf8[i] & 0xC0) != 0x80;
    return count;
}

static const char *header_of(const struct reading *reading, size_t column) {
    return column < reading->columns.count ? reading->columns.headers[column] : NULL;
}

static bool broken(struct reading *reading, const struct row *row, const struct filled *filled) {
    const struct cell *cells = row->cells;
    if (filled->last >= reading->columns.count) {
        list_reject(reading, row->line, "COLUMNS_SHIFTED", NULL, cells[filled->last].text);
        return true;
    }
    for (size_t i = 0; i < row->count; i++)
        if (cells[i].length > reading->limits->cell_chars &&
            list_characters(cells[i].text, cells[i].length) > reading->limits->cell_chars) {
            list_reject(reading, row->line, "CELL_TOO_LARGE", header_of(reading, i), cells[i].text);
            return true;
        }
    for (size_t i = 0; i < row->count; i++)
        if (memchr(cells[i].text, '\0', cells[i].length)) {
            list_reject(reading, row->line, "CONTROL_CHAR", header_of(reading, i), cells[i].text);
            return true;
        }
    return false;
}

/* -- e-mail cells -------------------------------------------------------------------------------------- */
struct addresses {
    struct buf *texts;
    size_t count;
    enum address_cell worst; /* EMPTY < GOOD < … < INJECTION: the order of the enum */
    size_t column;           /* where the worst is */
    bool mismatch;           /* a link says another address than its text */
};

static void read_addresses(const struct reading *reading, const struct row *row,
                           struct addresses *addresses) {
    for (size_t i = 0; i < row->count && i < reading->columns.count; i++) {
        if (reading->columns.roles[i] != COLUMN_EMAIL) continue;
        enum address_cell got =
            list_email_cell(&row->cells[i], addresses->texts, &addresses->count, &addresses->mismatch);
        if (got <= addresses->worst) continue;
        addresses->worst = got;
        addresses->column = i;
    }
}

/* What the addresses mean for the row: a reason to reject it, or warnings. An answer or an opposition is
 * never lost with a bad address. */
static const char *judge_addresses(const struct addresses *addresses, enum list_status status,
                                   unsigned *warnings) {
    switch (addresses->worst) {
    case ADDRESS_CELL_INJECTION:
        return "HEADER_INJECTION";
    case ADDRESS_CELL_FORMULA:
        return "FORMULA";
    case ADDRESS_CELL_NO_VALUE:
        return "FORMULA_NO_VALUE";
    case ADDRESS_CELL_INVALID:
    case ADDRESS_CELL_SOME_DROPPED:
        if (!addresses->count && status < LIST_ANSWERED) return "EMAIL_INVALID";
        *warnings |= 1u << WARN_EMAIL_DROPPED;
        break;
    case ADDRESS_CELL_EMPTY:
        *warnings |= 1u << WARN_NO_EMAIL;
        break;
    case ADDRESS_CELL_GOOD:
        break;
    }
    if (addresses->mismatch) *warnings |= 1u << WARN_HYPERLINK_MISMATCH;
    if (list_has_local_non_ascii(buf_text(addresses->texts), addresses->count))
        *warnings |= 1u << WARN_LOCAL_NON_ASCII;
    return NULL;
}

/* -- the row ------------------------------------------------------------------------------------------- */
/* What the row says of the department holds for those below it that say nothing: of a rejected row too. */
static void carry_department(struct reading *reading, const struct row *row) {
    const char *cell = list_text(reading, row, COLUMN_DEPARTMENT);
    if (*cell) reading->carried = department_read(reading->reference, cell);
}

void list_bad_row(struct reading *reading, const struct row *row, char separator) {
    const char *line = row->cells[0].text, *quote = strchr(line, '"'), *at = line;
    size_t column = 0;
    list_reject(reading, row->line, row->bad, NULL, line);
    while (column < reading->columns.count && reading->columns.roles[column] != COLUMN_DEPARTMENT) column++;
    if (column == reading->columns.count) return;
    for (; column && (at = strchr(at, separator)); column--) at++;
    const char *end = at ? at + strcspn(at, (char[]){separator, '\0'}) : NULL;
    if (!at || (quote && quote < end)) {
        reading->carried = NULL;
        return;
    }
    AUTO_TEXT cell = text_dup_n(at, (size_t)(end - at));
    if (!charset_all_blank(cell, strlen(cell))) reading->carried = department_read(reading->reference, cell);
}

/* The department that a merged cell shows beside this row; NULL = none does. */
static const struct department *merged_department(const struct reading *reading, const struct row *row) {
    for (size_t i = 0; i < row->count && i < reading->columns.count; i++)
        if (reading->columns.roles[i] == COLUMN_DEPARTMENT && row->cells[i].merged)
            return department_read(reading->reference, row->cells[i].merged);
    return NULL;
}

static struct identity identity_of(struct reading *reading, const struct row *row, enum scope scope) {
    const struct department *merged = merged_department(reading, row);
    if (merged) reading->carried = merged;
    struct identity_cells cells = {
        .any = list_text(reading, row, COLUMN_ID),
        .insee = scope == SCOPE_GROUPING ? "" : list_text(reading, row, COLUMN_INSEE),
        .siren = scope == SCOPE_TOWN_HALL ? "" : list_text(reading, row, COLUMN_SIREN),
        .name = list_text(reading, row, COLUMN_NAME),
        .department = list_text(reading, row, COLUMN_DEPARTMENT),
        .postal = list_text(reading, row, COLUMN_POSTAL),
        .carried = reading->carried};
    struct identity identity = identity_find(reading->reference, &cells);
    carry_department(reading, row);
    if (merged) identity.warnings &= ~(1u << WARN_DEPARTMENT_CARRIED); /* seen beside the row, not guessed */
    return identity;
}

static struct status_said status_of(const struct reading *reading, const struct row *row) {
    static const enum list_status FLOOR[] = {[LIST_AS_SELECTED] = LIST_SELECTED,
                                             [LIST_AS_ANSWERED] = LIST_ANSWERED,
                                             [LIST_AS_OBJECTED] = LIST_OPPOSITION,
                                             [LIST_AS_RELAYS] = LIST_INFORMED};
    struct status_said said = STATUS_NOTHING;
    said.date1904 = reading->date1904;
    for (size_t i = 0; i < row->count && i < reading->columns.count; i++)
        if (reading->columns.roles[i] >= COLUMN_SELECTION && reading->columns.roles[i] <= COLUMN_OPPOSED)
            status_cell(&said, reading->columns.roles[i], row->cells[i].text, row->cells[i].length,
                        reading->today_day);
    enum list_status floor = FLOOR[reading->kind];
    if (floor > said.status) said.status = floor;
    if (floor != LIST_OPPOSITION && floor > said.beside) said.beside = floor;
    return said;
}

static void keep_day(struct reading *reading, uint32_t party, int64_t day) {
    if (day == NO_DAY) return;
    ROOM_FOR_ONE(reading->days, reading->day_count);
    reading->days[reading->day_count++] = (struct day_said){party, (int32_t)day};
}

unsigned list_encoding_warnings(const struct row *row) {
    return (row->mojibake ? 1u << WARN_MOJIBAKE : 0) | (row->recoded ? 1u << WARN_ENCODING_MIXED : 0);
}

static unsigned row_warnings(const struct row *row, const struct identity *identity,
                             const struct status_said *said) {
    return identity->warnings | list_encoding_warnings(row) | (said->unknown ? 1u << WARN_STATUS_UNKNOWN : 0) |
           (said->bad_date ? 1u << WARN_DATE_INVALID : 0);
}

/* What a sheet shows of its rows beside their cells. */
static void note_look(struct reading *reading, const struct row *row) {
    if (row->hidden) reading->hidden_rows = true;
    if (!row->fill) return;
    if (reading->fill && reading->fill != row->fill) reading->two_fills = true;
    reading->fill = row->fill;
}

void list_table_row(struct reading *reading, const struct row *row) {
    struct filled filled = filled_cells(reading, row);
    enum scope scope = SCOPE_ANY;
    if (ignored(reading, row, &filled, &scope)) return;
    note_look(reading, row);
    if (broken(reading, row, &filled)) {
        carry_department(reading, row);
        return;
    }
    struct identity identity = identity_of(reading, row, scope);
    if (!identity.who) {
        size_t at = list_cell(reading, row, identity.column);
        list_reject(reading, row->line, identity.reason, at == SIZE_MAX ? NULL : header_of(reading, at),
                    at == SIZE_MAX ? NULL : row->cells[at].text);
        return;
    }
    struct status_said said = status_of(reading, row);
    unsigned warnings = row_warnings(row, &identity, &said);
    AUTO_BUF texts = BUF_INIT(SIZE_MAX / 2);
    struct addresses addresses = {.texts = &texts};
    if (!reading->result->status_list) {
        read_addresses(reading, row, &addresses);
        const char *reason = judge_addresses(&addresses, said.status, &warnings);
        if (reason) {
            list_reject(reading, row->line, reason, header_of(reading, addresses.column),
                        row->cells[addresses.column].text);
            return;
        }
    }
    uint32_t party = list_party(reading, identity.who);
    list_row(reading, row->line, warnings);
    list_say(reading, party, buf_text(&texts), addresses.count, said.status, said.beside);
    keep_day(reading, party, said.answered_day);
}
