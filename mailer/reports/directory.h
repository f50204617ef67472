/* Who can be reached and how: collectivities with their contacts, one after the other, however many there are. */
#ifndef MAILER_REPORTS_DIRECTORY_H
#define MAILER_REPORTS_DIRECTORY_H

#include "base/buf.h"
#include "base/err.h"
#include "mailer/reports/output.h"
#include "mailer/reports/table_out.h"

enum contact_state { CONTACT_USABLE, CONTACT_DEAD, CONTACT_OBJECTION, CONTACT_COMPLAINT, CONTACT_STATES };
extern const char *const CONTACT_STATE[CONTACT_STATES]; /* "usable", "dead" … */

const char *contact_state_text(enum contact_state state); /* "" when usable, "morte", "opposition" … */

struct directory_contact {
    int64_t rank; /* 1 is written to first */
    char *address;
    enum contact_state state;
    char *file, *by_whom; /* where it comes from */
    int64_t line, at_ms;
};
struct directory_entry { /* all texts live until the next one */
    char *id, *insee, *siren, *name, *type, *department;
    int64_t population;
    const char *status; /* in the campaign asked for: "informed", "selected", "answered", "objected", "withdrawn"; NULL = not in it */
    struct directory_contact *contacts;
    size_t contact_count;
};

/* A status as lists write it, so that it can be read again: "informée", "sélectionnée" …; "" for NULL. */
const char *directory_status_text(const char *status);

struct directory_scope {
    char department[8];  /* "" = all of them */
    int64_t campaign_id; /* 0 = none: no status */
    char campaign[64];
    size_t widest_name, widest_address; /* in characters, for those who align */
};
/* department, campaign may be NULL. ERR_INPUT UNKNOWN_DEPARTMENT, UNKNOWN_CAMPAIGN. */
struct db;
bool directory_scope(struct db *db, const char *department, const char *campaign, struct directory_scope *scope, struct err *err);
/* By department (the one asked for before its neighbours), communes before groupings, then by name. Only one entry is in
 * memory. */
typedef bool directory_each(void *ctx, const struct directory_entry *entry, struct err *err);
bool directory_read(struct db *db, const struct directory_scope *scope, directory_each *each, void *ctx, struct err *err);

/* Each writes all of it as it is read; path as in output_open. */
bool directory_text(struct db *db, const struct directory_scope *scope, const char *path, struct err *err);
bool directory_json(struct db *db, const struct directory_scope *scope, const char *path, struct err *err);
bool directory_table(struct db *db, const struct directory_scope *scope, const char *path, enum table_form form, struct err *err);

#endif
