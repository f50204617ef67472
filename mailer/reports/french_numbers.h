/* Figures as French people write them: 1 234 and 38,4 %. */
#ifndef MAILER_REPORTS_FRENCH_NUMBERS_H
#define MAILER_REPORTS_FRENCH_NUMBERS_H

#include "base/common.h"

enum { FRENCH_NUMBER = 64 };
/* Thousands apart by a narrow no-break space (U+202F); a minus sign U+2212. */
void french_integer(int64_t number, char out[FRENCH_NUMBER]);
/* part of whole in per cent, one decimal, halves rounded up, a no-break space (U+00A0) before the sign;
 * a dash when there is no whole. Neither may be negative. */
void french_percent(int64_t part, int64_t whole, char out[FRENCH_NUMBER]);
/* The same as tenths of a per cent, for bars and curves: 384; 0 when there is no whole. */
int64_t permille(int64_t part, int64_t whole);
/* "1 réponse", "2 réponses", "0 réponse": in French the plural begins at two. */
void french_count(int64_t number, const char *one, const char *several, char *out, size_t size_bytes);

#endif
