/* The files of one template of a campaign, as finished parts: made when the template is, put into every message as they are. */
#ifndef MAILER_MESSAGE_FILES_H
#define MAILER_MESSAGE_FILES_H

#include "mailer/campaign.h"
#include "schedules/calendar.h"
#include "templates/mail_template.h"

struct message_files;
/* The deadline as an event, for templates that ask for it. */
struct message_event { struct calendar_source source; int64_t due_day; const char *url; };
/* ERR_INPUT when the campaign lacks a file the template names, or they are too large together. */
struct message_files *message_files_load(struct db *db, int64_t campaign_id, const struct mail_template *template, struct err *err);
void message_files_free(struct message_files *files); /* NULL is fine */
AUTO_CLOSE(message_files, message_files_free)
/* NULL-terminated, for struct message; borrowed until the next call. The event is written anew only when its stamp changes. */
const char *const *message_files_parts(struct message_files *files, const struct message_event *event);

#endif
