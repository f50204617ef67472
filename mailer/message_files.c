/* Files beside a message's text. */
#include "mailer/message_files.h"

#include <stdlib.h>

#include "templates/attachment.h"

enum { PARTS_BYTES = 2 * ATTACHMENTS_MOST_BYTES, EVENT_BYTES = 1 << 16 };

struct message_files {
    struct buf parts[ATTACHMENTS_MOST], event; /* event: empty until one is asked for */
    size_t count;
    bool calendar;
    int64_t event_stamp_ms;
    const char *list[ATTACHMENTS_MOST + 2];
};

static bool add_file(struct message_files *files, struct db *db, int64_t campaign_id, const char *name, size_t *total, struct err *err) {
    AUTO_BUF bytes = BUF_INIT(PARTS_BYTES);
    struct buf *part = &files->parts[files->count++];
    if (!campaign_template(db, campaign_id, name, &bytes, err)) return false;
    *total += bytes.length;
    if (*total > ATTACHMENTS_MOST_BYTES || bytes.overflow)
        return err_set(err, ERR_INPUT, "ATTACHMENT", "les pièces jointes dépassent ensemble %.1f Mo avec « %s » ; mettez un lien",
                       ATTACHMENTS_MOST_BYTES / 1e6, name);
    return attachment_build(name, NULL, buf_text(&bytes), bytes.length, part, err);
}

struct message_files *message_files_load(struct db *db, int64_t campaign_id, const struct mail_template *template, struct err *err) {
    struct message_files *files = mem_new(1, sizeof *files);
    size_t total = 0;
    bool good = true;
    for (size_t i = 0; i < ATTACHMENTS_MOST; i++) files->parts[i] = (struct buf)BUF_INIT(PARTS_BYTES);
    files->event = (struct buf)BUF_INIT(EVENT_BYTES);
    files->calendar = mail_template_calendar(template);
    for (size_t i = 0; i < mail_template_attachments(template) && good; i++)
        good = add_file(files, db, campaign_id, mail_template_attachment(template, i), &total, err);
    if (good) return files;
    message_files_free(files);
    return NULL;
}

void message_files_free(struct message_files *files) {
    if (!files) return;
    for (size_t i = 0; i < ATTACHMENTS_MOST; i++) buf_release(&files->parts[i]);
    buf_release(&files->event);
    free(files);
}

static const char *event_part(struct message_files *files, const struct message_event *event) {
    if (files->event.length && files->event_stamp_ms == event->source.dtstamp_ms) return buf_text(&files->event);
    AUTO_BUF text = BUF_INIT(EVENT_BYTES);
    calendar_deadline(&event->source, event->due_day, event->url, &text);
    buf_clear(&files->event);
    attachment_build("echeance.ics", "text/calendar; method=PUBLISH", buf_text(&text), text.length, &files->event, NULL);
    files->event_stamp_ms = event->source.dtstamp_ms;
    return buf_text(&files->event);
}

const char *const *message_files_parts(struct message_files *files, const struct message_event *event) {
    size_t count = 0;
    for (; count < files->count; count++) files->list[count] = buf_text(&files->parts[count]);
    if (files->calendar) files->list[count++] = event_part(files, event);
    files->list[count] = NULL;
    return files->list;
}
