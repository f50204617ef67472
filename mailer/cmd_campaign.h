/* What relais campaign's words share: the calendar and the templates as files, and how they compare with what the database
 * holds of them by hash. */
#ifndef MAILER_CMD_CAMPAIGN_H
#define MAILER_CMD_CAMPAIGN_H

#include "mailer/app.h"
#include "mailer/campaign.h"

enum { TEMPLATES = 200, TEMPLATE_BYTES = 1 << 20, SCHEDULE_BYTES = 1 << 20, PLACE_BYTES = 4096,
       FILE_BYTES = 16 << 20 /* of whatever a template attaches */ };

/* Every .md of a folder, each parsed and found good, and the files they attach. */
struct files { struct campaign_file all[TEMPLATES]; size_t count; };
bool files_read(struct files *files, const char *folder, struct err *err);
void files_release(struct files *files);
const struct campaign_file *files_find(const struct files *files, const char *name); /* NULL when it is not there */
/* A file by its absolute name, whatever folder a later command is started in. */
void file_place(const char *path, struct buf *out);
/* A calendar file's bytes and what it says; ERR_INPUT with file and line. Release the schedule when it is true. */
bool schedule_file_read(const char *path, struct buf *bytes, struct schedule *schedule, struct err *err);
/* Whether two schedules say the same, but for UID, SEQUENCE, and how they are written. */
bool schedule_same(const struct schedule *a, const struct schedule *b);

/* The calendar and templates that are no longer what the database holds, by name, as an array; a file that is not there any
 * more is none. NULL on error. */
struct js *campaign_files_differing(struct app *app, const struct campaign *campaign, struct err *err);
/* The same as one sentence with its remedy, "" when none differs. */
void campaign_files_sentence(const struct js *differing, const char *campaign, struct buf *out);

app_command cmd_campaign_update, cmd_campaign_export; /* argv[0] is still "campaign" */

#endif
