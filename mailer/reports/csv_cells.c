/* Cells that stay what they are in Excel and LibreOffice. */
#include "mailer/reports/csv_cells.h"

#include <inttypes.h>
#include <string.h>

enum { SPREADSHEET_DIGITS = 11 }; /* a longer number is shown as 2,1E+13, and saved so */

struct csv csv_begin(struct buf *out) {
    buf_add_text(out, "\uFEFF");
    return (struct csv){.out = out};
}

static void begin_cell(struct csv *csv) {
    if (csv->in_row) buf_add_char(csv->out, ';');
    csv->in_row = true;
}

/* before and behind are part of the cell. */
static void add_cell(struct csv *csv, const char *before, const char *text, const char *behind) {
    bool quoted = *behind || strpbrk(text, ";\"\r\n");
    begin_cell(csv);
    if (quoted) buf_add_char(csv->out, '"');
    buf_add_text(csv->out, before);
    for (; *text; text++) {
        if (*text == '"') buf_add_char(csv->out, '"');
        buf_add_char(csv->out, *text);
    }
    buf_add_text(csv->out, behind);
    if (quoted) buf_add_char(csv->out, '"');
}

void csv_text(struct csv *csv, const char *text) {
    bool dangerous = *text && strchr("=+-@\t\r", *text);
    add_cell(csv, dangerous ? "'" : "", text, "");
}

/* A text constant is a formula that can do nothing. */
static bool wrapped(const char *text) {
    size_t length = strlen(text);
    return length > 2 && !strncmp(text, "=\"", 2) && strchr(text + 2, '"') == text + length - 1;
}

void csv_code(struct csv *csv, const char *code) {
    size_t digits = strspn(code, "0123456789");
    bool altered = !code[digits] && (digits > SPREADSHEET_DIGITS || (digits > 1 && *code == '0'));
    if (altered)
        add_cell(csv, "=\"\"", code, "\"\"");
    else if (wrapped(code))
        add_cell(csv, "", code, "");
    else
        csv_text(csv, code);
}

void csv_number(struct csv *csv, int64_t number) {
    begin_cell(csv);
    buf_add_format(csv->out, "%" PRId64, number);
}

void csv_tenths(struct csv *csv, int64_t tenths) {
    begin_cell(csv);
    buf_add_format(csv->out, "%" PRId64 ",%" PRId64, tenths / 10, tenths % 10);
}

void csv_end_row(struct csv *csv) {
    buf_add_text(csv->out, "\r\n");
    csv->in_row = false;
}
