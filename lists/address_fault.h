/* Why an address is none, in words: the first thing a person would have to mend. */
#ifndef LISTS_ADDRESS_FAULT_H
#define LISTS_ADDRESS_FAULT_H

#include "base/buf.h"

/* piece: one address as address_cell_bad gives it, not valid. Appends one French sentence without its full stop:
 * "il manque l'arobase : écrivez nom@domaine.fr". */
void address_fault(const char *piece, size_t length, struct buf *out);

#endif
