/* One sheet of an Excel workbook (Office Open XML), written row after row: only one row is ever in memory. */
#ifndef MAILER_REPORTS_XLSX_FILE_H
#define MAILER_REPORTS_XLSX_FILE_H

#include "base/err.h"
#include "mailer/reports/table_out.h"

struct xlsx_file;
/* The titles are bold, frozen and filtered. ERR_INPUT OUTPUT when the file cannot be written, told by xlsx_file_finish. */
struct xlsx_file *xlsx_file_open(const char *path, const struct table_column *columns, size_t count, struct err *err);
/* The next cell to the right. Text is text whatever it looks like; what a cell cannot hold is cut. */
void xlsx_file_text(struct xlsx_file *xlsx, const char *text, size_t length);
void xlsx_file_number(struct xlsx_file *xlsx, double number, int decimals); /* 0 or 1 */
void xlsx_file_moment(struct xlsx_file *xlsx, int64_t day, int minute);     /* days since 1970; minute of the day, -1 = none */
void xlsx_file_end_row(struct xlsx_file *xlsx);
bool xlsx_file_finish(struct xlsx_file *xlsx, struct err *err) MUST_USE; /* writes the file; frees xlsx whatever happens */
void xlsx_file_drop(struct xlsx_file *xlsx);                             /* NULL is fine; the file is left unfinished */

#endif
