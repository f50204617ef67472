/* Numbers as a spreadsheet shows them, as far as a list depends on it: dates, and codes whose zeros only the format
 * holds. Everything else comes out as the value it is, with all its digits. Pure. */
#ifndef LISTS_NUMBER_FORMAT_H
#define LISTS_NUMBER_FORMAT_H

#include "base/buf.h"

enum number_look {
    NUMBER_PLAIN,
    NUMBER_DATE,   /* a format with years, months, days, hours, minutes or seconds, English or French */
    NUMBER_PADDED, /* a format of zeros: 00000, 000" "000" "000 */
};

enum number_look number_look(const char *format_code);
enum number_look number_look_builtin(long format_id); /* ECMA-376 part 1, 18.8.30, and the dates of other languages */

/* A number as files write it ("1034", "2.1974003200012E13"): all digits of a whole number, else at most 15 of them
 * (%.15g). What is no number comes out as it is. */
void number_plain(struct buf *out, const char *value, size_t length);
/* As the format shows it, rounded to a whole number; plainly, where the format does not tell (a negative one …). */
void number_padded(struct buf *out, const char *value, size_t length, const char *format_code);
/* A day number as YYYY-MM-DD, with HH:MM:SS behind a space when it has a fraction, HH:MM:SS alone below 1; plainly, when
 * it is no date. The 1900 system has its 29 February 1900. */
void number_date(struct buf *out, const char *value, size_t length, bool date1904);
/* "2026-01-12T00:00:00" and the like in the same form. */
void number_iso_date(struct buf *out, const char *value, size_t length);

#endif
