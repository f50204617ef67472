/* Reading feedback reports. */
#include "mailer/inbox/complaint.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"

static void add_all(const char *value, struct findings *findings) {
    const char *at = value, *end = value + strlen(value);
    for (struct found_address found; at < end && (at = address_scan(at, end, &found), found.start);)
        findings_add(findings, found.start, found.length);
}

/* Every field of that name (RFC 5965 3.2: Original-Rcpt-To may be repeated). */
static void add_named(const struct fields *fields, const char *name, struct findings *findings) {
    for (size_t i = 0; i < fields->count; i++)
        if (!strcasecmp(fields->all[i].name, name)) add_all(fields->all[i].value, findings);
}

/* Who it was sent to, from the copy of the message: its To, when the report does not say. */
static void add_from_copy(const struct mime *mime, const struct charsets *charsets,
                          struct findings *findings) {
    static const char *const TYPES[] = {"message/rfc822", "text/rfc822-headers", "text/rfc822-header"};
    for (size_t t = 0; t < COUNT(TYPES) && !findings->count; t++) {
        const struct mime_part *copy = mime_find(mime, TYPES[t]);
        struct fields fields = {0};
        if (!copy) continue;
        fields_parse(&fields, charsets, copy->text, copy->length);
        add_named(&fields, "X-HmXmrOriginalRecipient", findings);
        if (!findings->count) add_named(&fields, "To", findings);
        fields_release(&fields);
    }
}

bool complaint_read(const struct mime *mime, const struct charsets *charsets, struct findings *findings,
                    bool *suppress) {
    const struct mime_part *report = mime_find(mime, "message/feedback-report");
    /* Outlook.com's junk mail reporting, whoever passes it on: no report part, the message itself attached. */
    bool bare = !report && mime_find(mime, "message/rfc822") && text_find_nocase(fields_get(&mime->header, "Subject"), "complaint about message from");
    if (!report && !bare) return false;
    *suppress = true;
    if (report) {
        struct fields fields = {0};
        fields_parse(&fields, charsets, report->text, report->length);
        const char *type = fields_get(&fields, "Feedback-Type");
        *suppress = strcasecmp(type, "auth-failure") != 0 && strcasecmp(type, "not-spam") != 0;
        add_named(&fields, "Original-Rcpt-To", findings);
        if (!findings->count) add_named(&fields, "Removal-Recipient", findings);
        if (!findings->count) add_named(&fields, "Original-Recipient", findings);
        fields_release(&fields);
    }
    add_named(&mime->header, "X-HmXmrOriginalRecipient", findings);
    if (!findings->count) add_from_copy(mime, charsets, findings);
    return true;
}
