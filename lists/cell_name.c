/* Columns are numbers in base 26 whose digits are A to Z and that have no zero: Z is followed by AA. */
#include "lists/cell_name.h"

#include <stdio.h>

const char *cell_name(size_t column, long line, char out[CELL_NAME]) {
    char letters[16];
    size_t at = sizeof letters - 1;
    letters[at] = '\0';
    for (size_t left = column + 1; left && at; left = (left - 1) / 26) letters[--at] = (char)('A' + (left - 1) % 26);
    snprintf(out, CELL_NAME, "%s%ld", letters + at, line);
    return out;
}
