/* One destinataire named on the command line: a collectivity by its code, or a relay. */
#ifndef MAILER_REPORTS_PARTY_STORE_H
#define MAILER_REPORTS_PARTY_STORE_H

#include "base/db.h"

struct party {
    char id[32], name[200], department[8], department_name[80];
    bool relay;
};

/* word: INSEE code or SIREN (of a commune too), a former commune's code, or a relay's id. ERR_INPUT
 * UNKNOWN_PARTY. */
bool party_find(struct db *db, const char *word, struct party *party, struct err *err);

#endif
