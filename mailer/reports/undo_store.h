/* Undoing an import: what goes with it, and which mails already rested on it. */
#ifndef MAILER_REPORTS_UNDO_STORE_H
#define MAILER_REPORTS_UNDO_STORE_H

#include "lists/import_store.h"

struct rested_mail { /* a mail that has left, or may have, because of the import */
    char *party_id, *party_name, *campaign, *wave, *address, *state;
    const char *because; /* "address": the import gave it; "enrolment": the import put the party into the audience */
    int64_t at_ms;       /* when its final dot left */
};
struct undoing {
    int64_t contacts, contacts_kept; /* in force no more; given by another import too, so they stay */
    int64_t relays, suppressions;    /* in force no more: these addresses may be written to again */
    int64_t enrolments;              /* parties whose place in the campaign changes */
    struct rested_mail *mails;
    size_t mail_count;
};

/* Takes the import back and everything derived from it, in the caller's transaction (a dry run rolls it back). */
bool undo_import(struct db *db, const struct import_row *import, int64_t now_ms, const char *by_whom,
                 struct undoing *undoing, struct err *err);
void undoing_release(struct undoing *undoing);

#endif
