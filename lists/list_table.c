/* One row of a table: ignored, rejected, or what it says (RULES 5 to 9, 11, 14, 17, 18). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/text.h"
#include "lists/cell_name.h"
#include "lists/charset.h"
#include "lists/list_reading.h"

/* -- rows that are not about a collectivity ------------------------------------------------------------ */
struct filled {
    size_t count, first, last;
}; /* non-blank cells */

/* A formula without value, a link without text: nothing to see, but an e-mail cell that says something. */
static bool says_nothing(const struct reading *reading, const struct row *row, size_t column) {
    const struct cell *cell = &row->cells[column];
    bool more = cell->link || cell->no_value;
    if (columns_own(&reading->columns, column)) return true;
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
    if (department_read(reading->reference, cell->text)) return true; /* a heading: Vaucluse is also a village of the Doubs */
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

/* Which values lie beyond the titles; the first one is the cell at fault. */
static void reject_shifted(struct reading *reading, const struct row *row, const struct filled *filled) {
    const struct columns *columns = &reading->columns;
    size_t beyond = 0, first = filled->last, titles = columns_titles(columns);
    for (size_t i = titles; i <= filled->last; i++) {
        if (columns_own(columns, i) || charset_all_blank(row->cells[i].text, row->cells[i].length)) continue;
        if (!beyond++) first = i;
    }
    char last[CELL_NAME];
    AUTO_BUF hint = BUF_INIT(LONGEST_HINT);
    if (beyond > 1) buf_add_format(&hint, "%zu valeurs dépassent", beyond);
    buf_add_format(&hint, "%s la dernière colonne titrée (%s) : remettez chaque valeur sous son titre",
                   beyond > 1 ? "" : "cette valeur dépasse", cell_name(titles - 1, row->line, last));
    list_reject(reading, row, "COLUMNS_SHIFTED", first, buf_text(&hint));
    if (filled->last + 1 > reading->result->rejected_width) reading->result->rejected_width = filled->last + 1;
}

static bool broken(struct reading *reading, const struct row *row, const struct filled *filled) {
    const struct cell *cells = row->cells;
    if (filled->last >= columns_titles(&reading->columns)) {
        reject_shifted(reading, row, filled);
        return true;
    }
    for (size_t i = 0; i < row->count; i++)
        if (cells[i].length > reading->limits->cell_chars &&
            list_characters(cells[i].text, cells[i].length) > reading->limits->cell_chars) {
            list_reject(reading, row, "CELL_TOO_LARGE", i, NULL);
            return true;
        }
    for (size_t i = 0; i < row->count; i++)
        if (memchr(cells[i].text, '\0', cells[i].length)) {
            list_reject(reading, row, "CONTROL_CHAR", i, NULL);
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
    list_reject(reading, row, row->bad, NO_CELL, NULL);
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

static struct identity_cells identity_cells_of(const struct reading *reading, const struct row *row, enum scope scope) {
    return (struct identity_cells){
        .any = list_text(reading, row, COLUMN_ID),
        .insee = scope == SCOPE_GROUPING ? "" : list_text(reading, row, COLUMN_INSEE),
        .siren = scope == SCOPE_TOWN_HALL ? "" : list_text(reading, row, COLUMN_SIREN),
        .name = list_text(reading, row, COLUMN_NAME),
        .department = list_text(reading, row, COLUMN_DEPARTMENT),
        .postal = list_text(reading, row, COLUMN_POSTAL),
        .carried = reading->carried};
}

/* Where a row names its collectivity, filled in or not: the cell to correct. */
static size_t identity_cell(const struct reading *reading, const struct row *row, enum column_role role) {
    static const enum column_role ROLES[] = {COLUMN_INSEE, COLUMN_ID, COLUMN_SIREN, COLUMN_NAME};
    size_t at = role ? list_cell(reading, row, role) : NO_CELL;
    for (size_t i = 0; i < COUNT(ROLES) && at == NO_CELL; i++) at = list_cell(reading, row, ROLES[i]);
    for (size_t i = 0; i < COUNT(ROLES) && at == NO_CELL; i++)
        for (size_t k = 0; k < reading->columns.count && at == NO_CELL; k++)
            if (reading->columns.roles[k] == ROLES[i]) at = k;
    return at;
}

struct status_read {
    struct status_said said;
    size_t bad_date, unknown; /* the first cell of that kind */
};

static struct status_read status_of(const struct reading *reading, const struct row *row) {
    static const enum list_status FLOOR[] = {[LIST_AS_SELECTED] = LIST_SELECTED,
                                             [LIST_AS_ANSWERED] = LIST_ANSWERED,
                                             [LIST_AS_OBJECTED] = LIST_OPPOSITION,
                                             [LIST_AS_RELAYS] = LIST_INFORMED};
    struct status_read read = {STATUS_NOTHING, NO_CELL, NO_CELL};
    read.said.date1904 = reading->date1904;
    for (size_t i = 0; i < row->count && i < reading->columns.count; i++) {
        enum column_role role = reading->columns.roles[i];
        if (role < COLUMN_SELECTION || role > COLUMN_OPPOSED) continue;
        status_cell(&read.said, role, row->cells[i].text, row->cells[i].length, reading->today_day);
        if (read.said.bad_date && read.bad_date == NO_CELL) read.bad_date = i;
        if (read.said.unknown && read.unknown == NO_CELL) read.unknown = i;
    }
    enum list_status floor = FLOOR[reading->kind];
    if (floor > read.said.status) read.said.status = floor;
    if (floor != LIST_OPPOSITION && floor > read.said.beside) read.said.beside = floor;
    return read;
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

/* The cells that warnings about an accepted row are about. */
static void note_row(struct reading *reading, const struct row *row, const struct collectivity *who, unsigned warnings,
                     const struct status_read *status, const struct addresses *addresses) {
    static const enum list_code ABOUT_IDENTITY[] = {WARN_CODE_OBSOLETE, WARN_ID_FROM_NAME, WARN_INSEE_CORSE, WARN_NAME_MISMATCH};
    AUTO_BUF hint = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < COUNT(ABOUT_IDENTITY); i++) {
        enum list_code code = ABOUT_IDENTITY[i];
        if (!(warnings & 1u << code) || !list_note_wanted(reading, code)) continue;
        buf_clear(&hint);
        hint_who(&reading->hints, who, &hint);
        list_note(reading, row, code, identity_cell(reading, row, code == WARN_NAME_MISMATCH ? COLUMN_NAME : COLUMN_NONE), buf_text(&hint));
    }
    if (warnings & 1u << WARN_EMAIL_DROPPED && list_note_wanted(reading, WARN_EMAIL_DROPPED)) {
        const struct cell *cell = &row->cells[addresses->column];
        buf_clear(&hint);
        hint_email(cell->text, cell->length, &hint);
        list_note(reading, row, WARN_EMAIL_DROPPED, addresses->column, buf_text(&hint));
    }
    if (status->bad_date != NO_CELL && list_note_wanted(reading, WARN_DATE_INVALID)) {
        const struct cell *cell = &row->cells[status->bad_date];
        buf_clear(&hint);
        hint_date(cell->text, cell->length, &hint);
        list_note(reading, row, WARN_DATE_INVALID, status->bad_date, buf_text(&hint));
    }
    if (status->unknown != NO_CELL) list_note(reading, row, WARN_STATUS_UNKNOWN, status->unknown, NULL);
}

static void reject_email(struct reading *reading, const struct row *row, const char *reason, size_t at) {
    AUTO_BUF hint = BUF_INIT(SIZE_MAX / 2);
    if (!strcmp(reason, "EMAIL_INVALID") && reading->hint_count < MOST_HINTS)
        hint_email(row->cells[at].text, row->cells[at].length, &hint);
    list_reject(reading, row, reason, at, buf_text(&hint));
}

void list_table_row(struct reading *reading, const struct row *row) {
    struct filled filled = filled_cells(reading, row);
    if (!filled.count) return; /* nothing but what Relais once said about it */
    enum scope scope = SCOPE_ANY;
    if (ignored(reading, row, &filled, &scope)) return;
    note_look(reading, row);
    if (broken(reading, row, &filled)) {
        carry_department(reading, row);
        return;
    }
    const struct department *merged = merged_department(reading, row);
    if (merged) reading->carried = merged;
    struct identity_cells cells = identity_cells_of(reading, row, scope);
    struct identity identity = identity_find(reading->reference, &cells);
    carry_department(reading, row);
    if (merged) identity.warnings &= ~(1u << WARN_DEPARTMENT_CARRIED); /* seen beside the row, not guessed */
    if (!identity.who) {
        list_reject_identity(reading, row, identity_cell(reading, row, identity.column), &identity, &cells);
        return;
    }
    struct status_read status = status_of(reading, row);
    unsigned warnings = row_warnings(row, &identity, &status.said);
    AUTO_BUF texts = BUF_INIT(SIZE_MAX / 2);
    struct addresses addresses = {.texts = &texts};
    if (!reading->result->status_list) {
        read_addresses(reading, row, &addresses);
        const char *reason = judge_addresses(&addresses, status.said.status, &warnings);
        if (reason) {
            reject_email(reading, row, reason, addresses.column);
            return;
        }
    }
    uint32_t party = list_party(reading, identity.who);
    list_row(reading, row->line, warnings);
    if (warnings) note_row(reading, row, identity.who, warnings, &status, &addresses);
    list_say(reading, party, buf_text(&texts), addresses.count, status.said.status, status.said.beside);
    keep_day(reading, party, status.said.answered_day);
}
