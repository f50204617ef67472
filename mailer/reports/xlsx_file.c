/* The workbook by libxlsxwriter, in its constant-memory mode: cells must come in order, and so they do. */
#include "mailer/reports/xlsx_file.h"

#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#include "base/buf.h"
#include "base/library.h"
#include "base/text.h"

#define XLSXWRITER(F) \
    F(format_set_bold) F(format_set_bottom) F(format_set_num_format) F(lxw_strerror) F(lxw_workbook_free) F(workbook_add_format) \
    F(workbook_add_worksheet) F(workbook_close) F(workbook_new_opt) F(worksheet_autofilter) F(worksheet_freeze_panes) F(worksheet_set_column) \
    F(worksheet_write_number) F(worksheet_write_string)
static struct { LIBRARY_FUNCTIONS(XLSXWRITER) } xlsxwriter;

static bool xlsxwriter_ready(struct err *err) {
    static const char *const NAMES[] = {LIBRARY_NAMES(XLSXWRITER)};
    return library_open(XLSXWRITER_FILE, NAMES, COUNT(NAMES), &xlsxwriter, err);
}

enum { MOST_ROWS = LXW_ROW_MAX, MOST_CELLS = LXW_COL_MAX, CELL_CHARS = 32767, SPREADSHEET_1970 = 25569, DAY_MINUTES = 24 * 60 };

struct xlsx_file {
    lxw_workbook *workbook;
    lxw_worksheet *sheet;
    lxw_format *bold, *text, *integer, *tenths, *date, *moment;
    size_t titles;
    lxw_row_t row;
    lxw_col_t column;
    lxw_error error; /* the first */
};

static lxw_format *format_new(struct xlsx_file *xlsx, const char *numbers) {
    lxw_format *format = xlsxwriter.workbook_add_format(xlsx->workbook);
    if (numbers) xlsxwriter.format_set_num_format(format, numbers);
    return format;
}

static void keep_error(struct xlsx_file *xlsx, lxw_error error) {
    if (!xlsx->error) xlsx->error = error;
}

static void write_titles(struct xlsx_file *xlsx, const struct table_column *columns) {
    xlsx->bold = format_new(xlsx, NULL);
    xlsxwriter.format_set_bold(xlsx->bold);
    xlsxwriter.format_set_bottom(xlsx->bold, LXW_BORDER_THIN);
    xlsxwriter.worksheet_freeze_panes(xlsx->sheet, 1, 0);
    for (size_t i = 0; i < xlsx->titles; i++)
        xlsxwriter.worksheet_set_column(xlsx->sheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width, NULL);
    for (size_t i = 0; i < xlsx->titles; i++)
        keep_error(xlsx, xlsxwriter.worksheet_write_string(xlsx->sheet, 0, (lxw_col_t)i, columns[i].title, xlsx->bold));
    xlsx->row = 1;
}

struct xlsx_file *xlsx_file_open(const char *path, const struct table_column *columns, size_t count, struct err *err) {
    if (!xlsxwriter_ready(err)) return NULL;
    struct xlsx_file *xlsx = mem_new(1, sizeof *xlsx);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    xlsx->workbook = xlsxwriter.workbook_new_opt(path, &options);
    xlsx->sheet = xlsx->workbook ? xlsxwriter.workbook_add_worksheet(xlsx->workbook, "Relais") : NULL;
    if (!xlsx->sheet) {
        err_set(err, ERR_INPUT, "OUTPUT", "le classeur « %s » ne peut être écrit ; y a-t-il de la place dans le dossier des fichiers temporaires ?", path);
        xlsx_file_drop(xlsx);
        return NULL;
    }
    xlsx->titles = count < MOST_CELLS ? count : MOST_CELLS;
    xlsx->text = format_new(xlsx, "@");
    xlsx->integer = format_new(xlsx, "#,##0");
    xlsx->tenths = format_new(xlsx, "0.0");
    xlsx->date = format_new(xlsx, "dd/mm/yyyy");
    xlsx->moment = format_new(xlsx, "dd/mm/yyyy hh:mm");
    write_titles(xlsx, columns);
    return xlsx;
}

/* Whether the next cell has a place; moves behind it. */
static bool next_cell(struct xlsx_file *xlsx, lxw_col_t *column) {
    *column = xlsx->column;
    if (xlsx->row >= MOST_ROWS) keep_error(xlsx, LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE);
    if (xlsx->row >= MOST_ROWS || xlsx->column >= MOST_CELLS) return false;
    xlsx->column++;
    return true;
}

/* A cell holds 32,767 UTF-16 units, and no control character but tab and line breaks. */
static void clean_text(const char *text, size_t length, struct buf *out) {
    size_t units = 0;
    for (const char *at = text, *end = text + length; at < end;) {
        uint32_t c = utf8_next(&at, end);
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE || c == 0xFFFF) c = 0xFFFD;
        units += c > 0xFFFF ? 2 : 1;
        if (units > CELL_CHARS) break;
        buf_add_utf8(out, c);
    }
}

void xlsx_file_text(struct xlsx_file *xlsx, const char *text, size_t length) {
    lxw_col_t column;
    AUTO_BUF clean = BUF_INIT(CELL_CHARS * 4);
    if (!next_cell(xlsx, &column) || !length) return;
    clean_text(text, length, &clean);
    keep_error(xlsx, xlsxwriter.worksheet_write_string(xlsx->sheet, xlsx->row, column, buf_text(&clean), xlsx->text));
}

void xlsx_file_number(struct xlsx_file *xlsx, double number, int decimals) {
    lxw_col_t column;
    if (next_cell(xlsx, &column))
        keep_error(xlsx, xlsxwriter.worksheet_write_number(xlsx->sheet, xlsx->row, column, number, decimals ? xlsx->tenths : xlsx->integer));
}

void xlsx_file_moment(struct xlsx_file *xlsx, int64_t day, int minute) {
    lxw_col_t column;
    double serial = (double)(day + SPREADSHEET_1970) + (minute > 0 ? (double)minute / DAY_MINUTES : 0);
    if (next_cell(xlsx, &column))
        keep_error(xlsx, xlsxwriter.worksheet_write_number(xlsx->sheet, xlsx->row, column, serial, minute < 0 ? xlsx->date : xlsx->moment));
}

void xlsx_file_end_row(struct xlsx_file *xlsx) {
    xlsx->row++;
    xlsx->column = 0;
}

bool xlsx_file_finish(struct xlsx_file *xlsx, struct err *err) {
    lxw_row_t last = xlsx->row < MOST_ROWS ? xlsx->row : MOST_ROWS;
    lxw_error error = xlsx->error;
    if (xlsx->titles && last > 1)
        xlsxwriter.worksheet_autofilter(xlsx->sheet, 0, 0, last - 1, (lxw_col_t)(xlsx->titles - 1));
    lxw_error closing = xlsxwriter.workbook_close(xlsx->workbook);
    free(xlsx);
    if (!error) error = closing;
    if (!error) return true;
    if (error == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE)
        return err_set(err, ERR_INPUT, "TOO_LARGE", "un classeur a au plus 1 048 576 lignes ; choisissez un fichier .csv, ou limitez-le par --department");
    return err_set(err, ERR_INPUT, "OUTPUT", "le classeur ne peut être écrit (%s)", xlsxwriter.lxw_strerror(error));
}

void xlsx_file_drop(struct xlsx_file *xlsx) {
    if (!xlsx) return;
    if (xlsx->workbook) xlsxwriter.lxw_workbook_free(xlsx->workbook);
    free(xlsx);
}
