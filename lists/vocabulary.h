/* The words lists are written with: column headers, statuses, placeholders. Everything here takes and compares
 * texts in the comparison form N() (text_normalise). */
#ifndef LISTS_VOCABULARY_H
#define LISTS_VOCABULARY_H

#include "base/common.h"

enum column_role {
    COLUMN_NONE, COLUMN_ID, COLUMN_INSEE, COLUMN_SIREN, COLUMN_NAME, COLUMN_DEPARTMENT, COLUMN_POSTAL, COLUMN_EMAIL,
    COLUMN_SELECTION, COLUMN_STATUS, COLUMN_ANSWERED, COLUMN_ANSWER_DATE, COLUMN_OPPOSED, COLUMN_PIVOT,
    COLUMN_RELAY, COLUMN_REPLY_TO, COLUMN_FUNCTION, COLUMN_REGION, /* lists of networks only */
    COLUMN_ROLES
};
extern const char *const COLUMN_ROLE[COLUMN_ROLES]; /* "insee" …; NULL for COLUMN_NONE */

/* Weakest first: the strongest of a collectivity's rows stands; opposition belongs to the address. */
enum list_status { LIST_INFORMED, LIST_SELECTED, LIST_ANSWERED, LIST_OPPOSITION };
extern const char *const LIST_STATUS[]; /* "informee", "selectionnee", "repondu", "opposition" */

enum column_role vocabulary_header(const char *key, bool of_relays);
/* The words of headers one by one, with what they mean; NULL behind the last one. */
const char *vocabulary_header_at(size_t i, bool of_relays, enum column_role *role);
/* The two columns Relais adds to rejected rows: never read, wherever they stand. */
#define OWN_REASON "Motif Relais"
#define OWN_REMEDY "À faire"
/* -1 when the words are none of a status; the prefix form also tells how long the prefix is. */
int vocabulary_status(const char *key);
int vocabulary_status_prefix(const char *key, size_t *prefix_length);
bool vocabulary_opposition_anywhere(const char *key); /* as whole words, anywhere in it */
bool vocabulary_yes(const char *key);
bool vocabulary_no(const char *key);
bool vocabulary_email_placeholder(const char *key);
bool vocabulary_identity_placeholder(const char *key);
bool vocabulary_footer(const char *key); /* begins with "total", "sous total" … as a word */

#endif
