/* E-mail addresses: one canonical form (NFC, lower case, domain in A-labels; RFC 5321, 5891), and cells that
 * hold several. A canonical address holds no control, space, quote, angle bracket or line break. */
#ifndef LISTS_ADDRESS_H
#define LISTS_ADDRESS_H

#include "base/buf.h"

enum { ADDRESS_MAX = 254, ADDRESS_TEXT = ADDRESS_MAX + 1 };

/* Canonical form of one bare address into out; false when it is not valid. */
bool address_canonical(const char *text, size_t length, char out[ADDRESS_TEXT]);

enum address_cell { ADDRESS_CELL_EMPTY, ADDRESS_CELL_GOOD, ADDRESS_CELL_SOME_DROPPED, ADDRESS_CELL_INVALID,
                    ADDRESS_CELL_NO_VALUE /* of a sheet's formula: never of a text */, ADDRESS_CELL_FORMULA,
                    ADDRESS_CELL_INJECTION };
/* Every valid address of a cell, in order; appended to out as NUL-terminated texts, *count of them (not set to 0
 * first). EMPTY: nothing, or a placeholder such as « néant ». A cell may repeat an address. */
enum address_cell address_cell_read(const char *text, size_t length, struct buf *out, size_t *count);
/* The first piece of a cell that is no address, unwrapped, put into out, which is empty; false when there is none. */
bool address_cell_bad(const char *text, size_t length, struct buf *out);

#endif
