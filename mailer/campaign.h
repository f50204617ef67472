/* A campaign: this audience, at this time, gets this template. The records, and the campaign's own rows. */
#ifndef MAILER_CAMPAIGN_H
#define MAILER_CAMPAIGN_H

#include "base/db.h"
#include "schedules/schedule.h"

enum campaign_state { CAMPAIGN_DRAFT, CAMPAIGN_STARTED, CAMPAIGN_PAUSED, CAMPAIGN_CANCELLED, CAMPAIGN_STATES };
extern const char *const CAMPAIGN_STATE[CAMPAIGN_STATES];

enum { CAMPAIGN_NAME = 64 };
struct campaign {
    int64_t id;
    char name[CAMPAIGN_NAME]; /* letters, digits, hyphen */
    char title[200];
    enum campaign_state state;
    int64_t due_day, previous_due_day; /* days since 1970; previous -1 = never extended */
    int64_t deadline_ms;               /* end of due_day, Europe/Paris */
    int64_t started_ms, answers_as_of_ms; /* -1 = not, unknown */
    char approval[65];
    struct schedule schedule;          /* parsed from the stored document */
};

/* ERR_INPUT UNKNOWN_CAMPAIGN naming those that exist. */
bool campaign_load(struct db *db, const char *name, struct campaign *campaign, struct err *err);
bool campaign_load_id(struct db *db, int64_t id, struct campaign *campaign, struct err *err);
void campaign_release(struct campaign *campaign);

/* One file a campaign is created with. */
struct campaign_file { const char *name; const char *bytes; size_t length; };
/* Inside the caller's transaction. schedule->name: its path. templates: every .md of the folder, already checked, and the files they attach. */
bool campaign_create(struct db *db, const char *name, const char *title, const struct campaign_file *schedule,
                     const struct schedule *parsed, const struct campaign_file *templates, size_t template_count,
                     const char *templates_folder, int64_t now_ms, struct err *err);
bool campaign_set_state(struct db *db, const struct campaign *campaign, enum campaign_state state, int64_t now_ms,
                        const char *by_whom, struct err *err);
/* A stored template's bytes, or those of a file a template attaches, appended to out. ERR_INPUT when the campaign has none of that name. */
bool campaign_template(struct db *db, int64_t campaign_id, const char *name, struct buf *out, struct err *err);
/* A list of respondents of that instant is known; import_id 0 = said by hand. The campaign's answers_as_of_ms is the
 * latest that is in force, derived here and, when an import was undone, by the second. */
bool campaign_learn_answers_as_of(struct db *db, int64_t campaign_id, int64_t as_of_ms, int64_t import_id, int64_t now_ms,
                                  const char *by_whom, struct err *err);
bool campaign_derive_answers_as_of(struct db *db, int64_t campaign_id, struct err *err);
/* These bytes, and `parsed`, which is what they say, become the schedule in force; a deadline that moves becomes the previous one. */
bool campaign_set_schedule(struct db *db, const struct campaign *campaign, const struct schedule *parsed, const char *bytes, size_t length,
                           struct err *err);
/* A template is added, or its text replaced. */
bool campaign_set_template(struct db *db, int64_t campaign_id, const struct campaign_file *file, struct err *err);
/* Where its files are from now on (NULL = where they were), and its title. */
bool campaign_set_files(struct db *db, const struct campaign *campaign, const char *schedule_file, const char *templates_folder, struct err *err);
/* What start approves: schedule, templates, sender identity. 64 hex digits. */
bool campaign_approval(struct db *db, const struct campaign *campaign, const char *sender_identity, char out[65],
                       struct err *err);

#endif
