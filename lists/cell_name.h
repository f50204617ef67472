/* A cell as spreadsheets name it: "C12". */
#ifndef LISTS_CELL_NAME_H
#define LISTS_CELL_NAME_H

#include "base/common.h"

enum { CELL_NAME = 40 };
/* column from 0: A, B … Z, AA … XFD …; line from 1. Returns out. */
const char *cell_name(size_t column, long line, char out[CELL_NAME]);

#endif
