/* One list from bytes to a result: finding the header, walking the rows; the rules of rows are in
 * list_table.c. */
#include "lists/list_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/charset.h"
#include "lists/list_reading.h"
#include "lists/near.h"

enum { LONGEST_QUOTE = 160, PROGRESS_ROWS = 500, MOST_ASKED = 200 /* columns, of thousands */ };

/* -- what rows say ------------------------------------------------------------------------------------- */
/* At most LONGEST_QUOTE bytes of a text, cut between characters. */
static char *quote(struct reading *reading, const char *text) {
    size_t length = strlen(text);
    if (length > LONGEST_QUOTE) {
        length = LONGEST_QUOTE;
        while (length && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    }
    return arena_text(&reading->result->memory, text, length);
}

static struct list_verdict verdict(struct reading *reading, const struct row *row, const char *reason, size_t at,
                                   const char *hint) {
    struct list_verdict one = {.line = row->line, .reason = reason, .at = at};
    bool whole = at == NO_CELL, blank = !whole && (at >= row->count || charset_all_blank(row->cells[at].text, row->cells[at].length));
    char *title = !whole && at < reading->columns.count ? reading->columns.headers[at] : NULL;
    if (title) one.column = strlen(title) > LONGEST_QUOTE ? quote(reading, title) : title; /* it lives as long as the result */
    if (!blank && (!whole || row->count == 1)) one.text = quote(reading, row->cells[whole ? 0 : at].text);
    if (reading->carried && reading->columns.has[COLUMN_DEPARTMENT] && list_cell(reading, row, COLUMN_DEPARTMENT) == NO_CELL)
        snprintf(one.department, sizeof one.department, "%s", reading->carried->code);
    if (hint && *hint) one.hint = arena_text(&reading->result->memory, hint, strnlen(hint, LONGEST_HINT));
    return one;
}

void list_reject(struct reading *reading, const struct row *row, const char *reason, size_t at, const char *hint) {
    struct list_result *result = reading->result;
    ROOM_FOR_ONE(result->rejected, result->rejected_count);
    result->rejected[result->rejected_count++] = verdict(reading, row, reason, at, hint);
    reading->hint_count += hint && *hint;
}

void list_reject_identity(struct reading *reading, const struct row *row, size_t at, const struct identity *identity,
                          const struct identity_cells *cells) {
    AUTO_BUF hint = BUF_INIT(SIZE_MAX / 2);
    if (reading->hint_count < MOST_HINTS) hint_identity(&reading->hints, identity, cells, &hint);
    list_reject(reading, row, identity->reason, at, buf_text(&hint));
}

bool list_note_wanted(const struct reading *reading, enum list_code code) {
    return reading->noted[code] < NOTES_A_CODE;
}

void list_note(struct reading *reading, const struct row *row, enum list_code code, size_t at, const char *hint) {
    struct list_result *result = reading->result;
    if (!list_note_wanted(reading, code)) return;
    reading->noted[code]++;
    ROOM_FOR_ONE(result->notes, result->note_count);
    result->notes[result->note_count++] = verdict(reading, row, WARNING_CODE[code], at, hint);
}

void list_ignore(struct reading *reading, long line, const char *reason) {
    struct list_result *result = reading->result;
    ROOM_FOR_ONE(result->ignored, result->ignored_count);
    result->ignored[result->ignored_count++] = (struct list_verdict){.line = line, .reason = reason, .at = NO_CELL};
}

void list_row(struct reading *reading, long line, unsigned warnings) {
    ROOM_FOR_ONE(reading->rows, reading->row_count);
    reading->rows[reading->row_count++] = (struct row_read){.line = (uint32_t)line, .warnings = warnings};
}

uint32_t list_party_named(struct reading *reading, const char *id) {
    ROOM_FOR_ONE(reading->parties, reading->party_count);
    reading->parties[reading->party_count++] = arena_text(&reading->result->memory, id, strlen(id));
    return (uint32_t)reading->party_count - 1;
}

uint32_t list_party(struct reading *reading, const struct collectivity *who) {
    if (!reading->party_of) reading->party_of = mem_new(reference_count(reading->reference), sizeof *reading->party_of);
    uint32_t *known = &reading->party_of[reference_place(reading->reference, who)];
    if (!*known) *known = list_party_named(reading, who->id) + 1;
    return *known - 1;
}

static void say_one(struct reading *reading, uint32_t party, uint32_t email, enum list_status status,
                    enum list_status beside) {
    ROOM_FOR_ONE(reading->said, reading->said_count);
    reading->said[reading->said_count++] =
        (struct said){.party = party, .email = email, .row = (uint32_t)reading->row_count - 1, .status = status,
                      .beside = beside};
}

void list_say(struct reading *reading, uint32_t party, const char *addresses, size_t count, enum list_status status,
              enum list_status beside) {
    struct buf *emails = &reading->result->emails;
    if (!count) say_one(reading, party, 0, status, beside);
    for (; count; count--, addresses += strlen(addresses) + 1) {
        if (!emails->length) buf_add_char(emails, '\0'); /* place 0 is no address */
        say_one(reading, party, (uint32_t)emails->length, status, beside);
        buf_add(emails, addresses, strlen(addresses) + 1);
    }
}

bool list_has_local_non_ascii(const char *addresses, size_t count) {
    for (; count; count--, addresses++)
        for (; *addresses; addresses++)
            if ((unsigned char)*addresses >= 0x80)
                return true; /* domains are in A-labels: it is the local part */
    return false;
}

size_t list_cell(const struct reading *reading, const struct row *row, enum column_role role) {
    for (size_t i = 0; reading->columns.has[role] && i < reading->columns.count && i < row->count; i++)
        if (reading->columns.roles[i] == role && !charset_all_blank(row->cells[i].text, row->cells[i].length))
            return i;
    return SIZE_MAX;
}

const char *list_text(const struct reading *reading, const struct row *row, enum column_role role) {
    size_t at = list_cell(reading, row, role);
    return at == SIZE_MAX ? "" : row->cells[at].text;
}

/* -- the header ---------------------------------------------------------------------------------------- */
static bool is_header(const struct row *row, void *ctx) {
    struct columns columns;
    return columns_read(row, *(const enum header_kind *)ctx, NULL, &columns);
}

static bool says_what_rows_are(enum list_kind kind) {
    return kind == LIST_AS_INFORMED || kind == LIST_AS_SELECTED || kind == LIST_AS_ANSWERED ||
           kind == LIST_AS_OBJECTED;
}

/* The kinds of header, the surest first. 1 found, 0 none fits, -1 refused. */
static int seek_header(const struct reading *reading, struct rows *rows, enum header_kind *kind, struct err *err) {
    static const enum header_kind TABLES[] = {HEADER_CONTACTS, HEADER_STATUS, HEADER_BARE};
    bool relays = reading->kind == LIST_AS_RELAYS;
    size_t kinds = relays ? 1 : says_what_rows_are(reading->kind) ? 3 : 2;
    int found = 0;
    for (size_t i = 0; i < kinds && !found; i++) {
        *kind = relays ? HEADER_RELAYS : TABLES[i];
        found = rows_seek_header(rows, is_header, kind, err);
    }
    return found;
}

static void keep_columns(struct reading *reading) {
    struct list_result *result = reading->result;
    const struct columns *columns = &reading->columns;
    result->column_count = columns->count;
    result->columns = mem_new(columns->count + 1, sizeof *result->columns);
    bool of_relays = reading->kind == LIST_AS_RELAYS;
    for (size_t i = 0; i < columns->count; i++) {
        struct list_column *one = &result->columns[i];
        *one = (struct list_column){.header = columns->headers[i], .role = COLUMN_ROLE[columns->roles[i]]};
        if (!one->role && i < MOST_ASKED && !columns_own(columns, i))
            one->meant = COLUMN_TITLE[near_header(columns->keys[i], of_relays)];
    }
    result->rejected_width = columns_titles(columns);
}

static bool blank_row(const struct row *row) {
    for (size_t i = 0; i < row->count; i++)
        if (!charset_all_blank(row->cells[i].text, row->cells[i].length)) return false;
    return true;
}

/* Walks to the header; true when it is the row just read. */
static bool header_here(struct reading *reading, const struct row *row, enum header_kind kind) {
    if (row->bad || !columns_read(row, kind, &reading->result->memory, &reading->columns)) {
        if (!blank_row(row)) list_ignore(reading, row->line, "BEFORE_HEADER");
        return false;
    }
    reading->result->header_line = row->line;
    reading->result->status_list = kind == HEADER_STATUS || kind == HEADER_BARE;
    reading->result->has_status = columns_bear_status(&reading->columns) || says_what_rows_are(reading->kind);
    keep_columns(reading);
    return true;
}

static bool no_header(const char *first_row, struct err *err) {
    return err_set(
        err, ERR_INPUT, "NO_HEADER",
        "aucune ligne de titres n'a été reconnue parmi les %d premières (on y lit : « %s ») ; il faut "
        "une "
        "colonne « Code INSEE », « SIREN » ou « Commune », et une colonne « Courriel » ou, pour une liste de "
        "statuts, « Statut », « Sélectionnée », « Répondu » ou « Opposition »",
        HEADER_ROWS, first_row);
}

/* The cells of a row, for people: "Code | Nom | Tél". */
static void say_cells(struct buf *out, const struct row *row) {
    buf_clear(out);
    for (size_t i = 0; i < row->count; i++) {
        if (charset_all_blank(row->cells[i].text, row->cells[i].length)) continue;
        if (out->length) buf_add_text(out, " | ");
        text_printable(out, row->cells[i].text, row->cells[i].length);
    }
}

/* A workbook is a table or nothing (RULES 19): the fullest of its first rows is what its author took for titles. */
static bool refuse_workbook(struct rows *rows, struct err *err) {
    struct row row;
    int got;
    size_t fullest = 0;
    AUTO_BUF seen = BUF_INIT(2 * LONGEST_QUOTE);
    while ((got = rows_next(rows, &row, err)) > 0 && row.line <= HEADER_ROWS) {
        size_t filled = 0;
        for (size_t i = 0; i < row.count; i++) filled += !charset_all_blank(row.cells[i].text, row.cells[i].length);
        if (filled > fullest) say_cells(&seen, &row);
        if (filled > fullest) fullest = filled;
    }
    if (got < 0) return false;
    while (seen.length && ((unsigned char)seen.bytes[seen.length - 1] & 0x80) && !utf8_valid(seen.bytes, seen.length))
        buf_cut(&seen, seen.length - 1); /* a character that did not fit whole */
    return no_header(buf_text(&seen), err);
}

/* -- walking ------------------------------------------------------------------------------------------- */
static void tell_progress(const struct rows *rows, list_progress *progress, void *ctx, size_t row) {
    if (progress && row % PROGRESS_ROWS == 0) progress(rows_done(rows), ctx);
}

static bool walk_table(struct reading *reading, struct rows *rows, enum header_kind kind,
                       list_progress *progress, void *ctx, struct err *err) {
    struct row row;
    int got;
    bool in_table = false;
    for (size_t i = 0; (got = rows_next(rows, &row, err)) > 0; i++) {
        tell_progress(rows, progress, ctx, i);
        if (!in_table)
            in_table = header_here(reading, &row, kind);
        else if (row.bad)
            list_bad_row(reading, &row, *rows_format(rows)->separator);
        else if (blank_row(&row))
            continue;
        else if (kind == HEADER_RELAYS)
            list_relay_row(reading, &row);
        else
            list_table_row(reading, &row);
    }
    if (got == 0 && !in_table) return no_header("", err); /* "sep=;" and nothing that is a header */
    return got == 0;
}

/* An address list, if at least half of its entries are addresses. */
static bool walk_plain(struct reading *reading, struct rows *rows, list_progress *progress, void *ctx,
                       struct err *err) {
    struct row row;
    int got;
    size_t entries = 0, with_at = 0;
    AUTO_BUF first = BUF_INIT(LONGEST_QUOTE);
    for (size_t i = 0; (got = rows_next(rows, &row, err)) > 0; i++) {
        tell_progress(rows, progress, ctx, i);
        if (blank_row(&row)) continue;
        if (!first.length) text_printable(&first, row.cells[0].text, row.cells[0].length);
        entries += list_plain_entries(row.cells[0].text, row.cells[0].length, &with_at);
        list_plain_row(reading, &row);
    }
    if (got < 0) return false;
    if (!with_at || with_at * 2 < entries) return no_header(buf_text(&first), err);
    return true;
}

/* The reader's own texts end with it. */
static void keep_format(struct list_result *result, const struct rows_format *format) {
    result->format = *format;
    if (format->sheet) result->format.sheet = arena_text(&result->memory, format->sheet, strlen(format->sheet));
    char **others = arena_new(&result->memory, format->other_sheet_count + 1, sizeof *others);
    for (size_t i = 0; i < format->other_sheet_count; i++)
        others[i] = arena_text(&result->memory, format->other_sheets[i], strlen(format->other_sheets[i]));
    result->format.other_sheets = others;
}

static void reading_release(struct reading *reading) {
    free(reading->said);
    free(reading->rows);
    free(reading->days);
    free(reading->parties);
    free(reading->party_of);
}

bool list_read(struct list_result *result, const struct source *source, enum list_kind kind,
               const struct reference *reference, const struct row_limits *limits, int64_t today_day,
               list_progress *progress, void *ctx, struct err *err) {
    *result = (struct list_result){.emails = BUF_INIT(UINT32_MAX)};
    struct reading reading = {
        .result = result, .reference = reference, .limits = limits, .kind = kind, .today_day = today_day,
        .hints = {.reference = reference, .searches = HINT_SEARCHES}};
    enum header_kind header;
    AUTO(rows) rows = rows_open(source, limits, &result->format.container, err);
    int found = rows ? seek_header(&reading, rows, &header, err) : -1;
    result->has_status = says_what_rows_are(kind);
    bool good = false;
    if (found > 0) {
        reading.date1904 = rows_format(rows)->date1904;
        good = walk_table(&reading, rows, header, progress, ctx, err);
    } else if (found == 0 && rows_seek_start(rows, err))
        good = rows_format(rows)->sheet ? refuse_workbook(rows, err) : walk_plain(&reading, rows, progress, ctx, err);
    if (good) keep_format(result, rows_format(rows));
    if (good) list_merge_relays(&reading);
    if (good) list_merge(&reading);
    reading_release(&reading);
    if (!good) {
        const char *container = result->format.container;
        list_result_free(result);
        result->format.container = container;
    }
    return good;
}

void list_result_free(struct list_result *result) {
    for (size_t i = 0; i < result->warning_count; i++) {
        free(result->warnings[i].lines);
        free(result->warnings[i].words);
    }
    free(result->lines);
    free(result->dates);
    free(result->rejected);
    free(result->ignored);
    free(result->notes);
    free(result->warnings);
    free(result->columns);
    free(result->relays);
    free(result->spread);
    arena_release(&result->memory);
    buf_release(&result->emails);
    *result = (struct list_result){0};
}

void list_line_write(const struct list_line *line, struct buf *out) {
    buf_add_text(out, line->id);
    buf_add_char(out, ';');
    buf_add_text(out, line->email);
    buf_add_char(out, ';');
    buf_add_text(out, LIST_STATUS[line->status]);
}
