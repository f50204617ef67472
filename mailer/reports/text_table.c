/* Aligned columns: widths are measured on the terminal's terms, never in bytes. */
#include "mailer/reports/text_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/reports/french_numbers.h"

struct text_table {
    const struct text_column *columns;
    size_t column_count;
    char **cells;
    size_t cell_count;
};

struct text_table *text_table_new(const struct text_column *columns, size_t count) {
    struct text_table *table = mem_new(1, sizeof *table);
    *table = (struct text_table){.columns = columns, .column_count = count};
    return table;
}

void text_table_free(struct text_table *table) {
    if (!table) return;
    for (size_t i = 0; i < table->cell_count; i++) free(table->cells[i]);
    free(table->cells);
    free(table);
}

void text_table_add(struct text_table *table, const char *text) {
    AUTO_BUF safe = BUF_INIT(4096);
    text_printable(&safe, text, strlen(text));
    table->cells = mem_grow(table->cells, table->cell_count + 1, sizeof *table->cells);
    table->cells[table->cell_count++] = buf_take(&safe);
}

void text_table_add_number(struct text_table *table, int64_t number) {
    char figure[FRENCH_NUMBER];
    french_integer(number, figure);
    text_table_add(table, figure);
}

static void styled(struct buf *out, bool colour, const char *code, const char *text) {
    if (colour)
        buf_add_format(out, "\033[%sm%s\033[0m", code, text);
    else
        buf_add_text(out, text);
}
void text_bold(struct buf *out, bool colour, const char *text) {
    styled(out, colour, "1", text);
}
void text_dim(struct buf *out, bool colour, const char *text) {
    styled(out, colour, "2", text);
}

static size_t width_of(const struct text_table *table, size_t column) {
    size_t width = text_columns(table->columns[column].heading);
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        size_t one = text_columns(table->cells[i]);
        if (one > width) width = one;
    }
    return width;
}

static void pad(struct buf *out, size_t count) {
    for (size_t i = 0; i < count; i++) buf_add_char(out, ' ');
}

/* cells NULL: the headings. */
static void write_row(const struct text_table *table, char *const *cells, const size_t *widths,
                      const char *style, struct buf *out) {
    AUTO_BUF line = BUF_INIT(SIZE_MAX / 4);
    for (size_t i = 0; i < table->column_count; i++) {
        const char *text = cells ? cells[i] : table->columns[i].heading;
        size_t free_columns = widths[i] - text_columns(text);
        bool last = i + 1 == table->column_count;
        buf_add_text(&line, "  ");
        if (table->columns[i].right) pad(&line, free_columns);
        buf_add_text(&line, text);
        if (!table->columns[i].right && !last) pad(&line, free_columns);
    }
    styled(out, style != NULL, style ? style : "", buf_text(&line));
    buf_add_char(out, '\n');
}

static void write_rule(const size_t *widths, size_t count, bool colour, struct buf *out) {
    AUTO_BUF line = BUF_INIT(SIZE_MAX / 4);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(&line, "  ");
        for (size_t k = 0; k < widths[i]; k++) buf_add_text(&line, "─");
    }
    text_dim(out, colour, buf_text(&line));
    buf_add_char(out, '\n');
}

void text_table_write(const struct text_table *table, bool last_is_sum, bool colour, struct buf *out) {
    size_t rows = table->cell_count / table->column_count;
    AUTO_MEM size_t *widths = mem_new(table->column_count, sizeof *widths);
    for (size_t i = 0; i < table->column_count; i++) widths[i] = width_of(table, i);
    write_row(table, NULL, widths, colour ? "1" : NULL, out);
    write_rule(widths, table->column_count, colour, out);
    for (size_t row = 0; row < rows; row++) {
        bool sum = last_is_sum && row + 1 == rows;
        if (sum && rows > 1) write_rule(widths, table->column_count, colour, out);
        write_row(table, table->cells + row * table->column_count, widths, sum && colour ? "1" : NULL, out);
    }
}
