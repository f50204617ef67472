/* The stable codes of what an import says about rows, and the French sentence of each for coordinators. */
#ifndef LISTS_CODES_H
#define LISTS_CODES_H

#include "base/common.h"

/* Warnings about accepted rows, in the alphabetical order in which answers give them. */
enum list_code {
    WARN_ARRONDISSEMENT, WARN_CODE_OBSOLETE, WARN_DATE_INVALID, WARN_DEPARTMENT_CARRIED, WARN_DUPLICATE,
    WARN_EMAIL_DROPPED, WARN_ENCODING_MIXED, WARN_HIDDEN_ROWS, WARN_HYPERLINK_MISMATCH, WARN_ID_FROM_NAME,
    WARN_INSEE_CORSE, WARN_INSEE_PADDED, WARN_LOCAL_NON_ASCII, WARN_MOJIBAKE, WARN_NAME_MISMATCH, WARN_NO_EMAIL,
    WARN_NO_STATUS_COLUMN, WARN_SHARED_MAILBOX, WARN_SIRET_TRUNCATED, WARN_STATUS_BY_COLOUR, WARN_STATUS_CONFLICT,
    WARN_STATUS_UNKNOWN, WARN_TEXT_SUSPECT,
    WARN_CODES
};
extern const char *const WARNING_CODE[WARN_CODES];

/* One sentence: what it means and what to do. code: a warning, or the reason of a rejected or ignored row; an
 * unknown one comes back as it is. */
const char *code_sentence(const char *code);

#endif
