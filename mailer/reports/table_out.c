/* A table to CSV cells or to a workbook's. */
#include "mailer/reports/table_out.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailer/french_moments.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/output.h"
#include "mailer/reports/xlsx_file.h"
#include "schedules/zones.h"

enum { LONGEST_ROW = 1 << 30 };

struct table_out {
    struct output *output;
    struct xlsx_file *xlsx; /* NULL: CSV */
    struct buf row;    /* of CSV */
    struct csv csv;
};

bool table_form_of(const char *path, enum table_form *form) {
    const char *dot = path ? strrchr(path, '.') : NULL;
    bool csv = dot && !strcasecmp(dot, ".csv"), xlsx = dot && !strcasecmp(dot, ".xlsx");
    *form = xlsx ? TABLE_XLSX : TABLE_CSV;
    return csv || xlsx;
}

static void flush(struct table_out *table) {
    fwrite(buf_text(&table->row), 1, table->row.length, output_file(table->output));
    buf_clear(&table->row);
}

static void csv_titles(struct table_out *table, const struct table_column *columns, size_t count) {
    table->csv = csv_begin(&table->row);
    for (size_t i = 0; i < count; i++) csv_text(&table->csv, columns[i].title);
    csv_end_row(&table->csv);
    flush(table);
}

struct table_out *table_out_open(const char *path, enum table_form form, const struct table_column *columns,
                                 size_t count, struct err *err) {
    if (form == TABLE_XLSX && (!path || !strcmp(path, "-"))) {
        err_set(err, ERR_INPUT, "USAGE", "un classeur ne peut être affiché : ajoutez --output FICHIER.xlsx");
        return NULL;
    }
    struct table_out *table = mem_new(1, sizeof *table);
    *table = (struct table_out){.row = BUF_INIT(LONGEST_ROW)};
    table->output = output_open(path, err);
    if (table->output && form == TABLE_XLSX) table->xlsx = xlsx_file_open(output_part(table->output), columns, count, err);
    if (!table->output || (form == TABLE_XLSX && !table->xlsx)) {
        table_out_close(table);
        return NULL;
    }
    if (!table->xlsx) csv_titles(table, columns, count);
    return table;
}

void table_bytes(struct table_out *table, const char *text, size_t length) {
    AUTO_BUF shown = BUF_INIT(LONGEST_ROW);
    for (const char *nul; (nul = memchr(text, '\0', length)); length -= (size_t)(nul - text) + 1, text = nul + 1) {
        buf_add(&shown, text, (size_t)(nul - text));
        buf_add_utf8(&shown, 0xFFFD);
    }
    buf_add(&shown, text, length);
    if (table->xlsx)
        xlsx_file_text(table->xlsx, buf_text(&shown), shown.length);
    else
        csv_code(&table->csv, buf_text(&shown));
}

void table_text(struct table_out *table, const char *text) {
    if (table->xlsx)
        xlsx_file_text(table->xlsx, text, strlen(text));
    else
        csv_text(&table->csv, text);
}

void table_code(struct table_out *table, const char *code) {
    if (table->xlsx)
        xlsx_file_text(table->xlsx, code, strlen(code));
    else
        csv_code(&table->csv, code);
}

void table_number(struct table_out *table, int64_t number) {
    if (table->xlsx)
        xlsx_file_number(table->xlsx, (double)number, 0);
    else
        csv_number(&table->csv, number);
}

void table_tenths(struct table_out *table, int64_t tenths) {
    if (table->xlsx)
        xlsx_file_number(table->xlsx, (double)tenths / 10, 1);
    else
        csv_tenths(&table->csv, tenths);
}

void table_moment(struct table_out *table, const char *zone, int64_t at_ms) {
    char text[FRENCH_MOMENT];
    int64_t day;
    int minute;
    if (at_ms < 0) return table_text(table, "");
    if (!table->xlsx) {
        french_short_moment(zone, at_ms, text);
        csv_text(&table->csv, text);
        return;
    }
    zone_local(zone, at_ms, &day, &minute);
    xlsx_file_moment(table->xlsx, day, minute);
}

void table_end_row(struct table_out *table) {
    if (table->xlsx) return xlsx_file_end_row(table->xlsx);
    csv_end_row(&table->csv);
    flush(table);
}

bool table_out_commit(struct table_out *table, struct err *err) {
    struct xlsx_file *xlsx = table->xlsx;
    table->xlsx = NULL;
    if (table->row.overflow) return err_set(err, ERR_FATAL, "TOO_LARGE", "une ligne dépasse %d Mo", LONGEST_ROW >> 20);
    return (!xlsx || xlsx_file_finish(xlsx, err)) && output_commit(table->output, err);
}

void table_out_close(struct table_out *table) {
    if (!table) return;
    xlsx_file_drop(table->xlsx);
    output_close(table->output);
    buf_release(&table->row);
    free(table);
}
