/* Cells that stay what they are in Excel and LibreOffice. */
#include "mailer/reports/csv_cells.h"

#include <inttypes.h>
#include <string.h>

struct csv csv_begin(struct buf *out) {
    buf_add_text(out, "\uFEFF");
    return (struct csv){.out = out};
}

static void begin_cell(struct csv *csv) {
    if (csv->in_row) buf_add_char(csv->out, ';');
    csv->in_row = true;
}

void csv_text(struct csv *csv, const char *text) {
    bool dangerous = *text && strchr("=+-@\t\r", *text), quoted = strpbrk(text, ";\"\r\n") != NULL;
    begin_cell(csv);
    if (quoted) buf_add_char(csv->out, '"');
    if (dangerous) buf_add_char(csv->out, '\'');
    for (; *text; text++) {
        if (*text == '"') buf_add_char(csv->out, '"');
        buf_add_char(csv->out, *text);
    }
    if (quoted) buf_add_char(csv->out, '"');
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
