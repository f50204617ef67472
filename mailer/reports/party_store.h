/* One destinataire named on the command line: a collectivity by its code, or a relay. */
#ifndef MAILER_REPORTS_PARTY_STORE_H
#define MAILER_REPORTS_PARTY_STORE_H

#include "base/buf.h"
#include "base/db.h"

struct party {
    char id[32], name[200], department[8], department_name[80];
    bool relay;
    int last_year;                             /* the last year it existed; 0 = it does */
    char successor[32], successor_name[200];   /* of one that is gone; "" = none known */
};

/* "N'existe plus depuis le référentiel 2027 : Brest (29019) lui succède." behind `before`; nothing when it exists. */
void party_gone_text(const struct party *party, const char *before, struct buf *out);

/* word: INSEE code or SIREN (of a commune too), a former commune's code, or a relay's id. Who is gone is found under its own
 * code. ERR_INPUT UNKNOWN_PARTY. */
bool party_find(struct db *db, const char *word, struct party *party, struct err *err);

#endif
