/* The departments a cell of a list of networks names: codes, names, regions, several at once. Nothing is guessed: a
 * word nobody knows refuses the whole cell. Pure. */
#ifndef LISTS_DEPARTMENT_CELL_H
#define LISTS_DEPARTMENT_CELL_H

#include "lists/reference.h"

struct departments { /* each once, in the order they are named; of a region, in the order of the reference */
    const struct department **all;
    size_t count;
};

/* "35, 56" · "22 et 29" · "Ille-et-Vilaine" · "Finistère (29) / Morbihan (56)" · "1" · "Bretagne". Added to what is there;
 * false, and nothing added, when part of it is no department. A blank cell adds none. */
bool department_cell_read(const struct reference *reference, const char *text, struct departments *departments);
void departments_release(struct departments *departments);

#endif
