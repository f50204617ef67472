/* A mail's template: Markdown with front matter (subject: …) and French fields, to subject, text and HTML.
 * Values are spliced in behind the Markdown parser, each escaped for where it stands: no value ever becomes
 * markup, link or header. */
#ifndef TEMPLATES_MAIL_TEMPLATE_H
#define TEMPLATES_MAIL_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "templates/body_encoding.h"
#include "templates/fields.h"

struct mail_template;
/* Parses and checks: front matter with a subject, Mustache without faults, every field known (templates/fields.h);
 * ERR_INPUT with file, line and remedy. */
struct mail_template *mail_template_parse(const char *file, const char *bytes, size_t length, struct err *err);
void mail_template_free(struct mail_template *template);
AUTO_CLOSE(mail_template, mail_template_free)
/* The files its front matter names, beside it in its folder, and whether the deadline goes with it as an event. */
size_t mail_template_attachments(const struct mail_template *template);
const char *mail_template_attachment(const struct mail_template *template, size_t at);
bool mail_template_calendar(const struct mail_template *template);

/* UTF-8; subject one line; text ends with LF. Encoded: text and html as body_encode gives them. */
struct mail_parts {
    struct buf subject, text, html;
    enum body_encoding text_encoding, html_encoding;
};
void mail_parts_clear(struct mail_parts *parts); /* for the next recipient; memory kept */
void mail_parts_release(struct mail_parts *parts);
#define MAIL_PARTS_INIT {.subject = BUF_INIT(4096), .text = BUF_INIT(1 << 20), .html = BUF_INIT(1 << 20)}
/* Deterministic: the same fields give the same bytes. Not thread-safe (caches per combination of truths). */
bool mail_template_render(struct mail_template *template, const struct fields *fields, struct mail_parts *parts,
                          struct err *err);
/* The same with both bodies encoded, as message_build takes them (message.encoded): what does not depend on the
 * recipient is encoded once. No memory is taken once each combination of truths and the longest message were seen. */
bool mail_template_encode(struct mail_template *template, const struct fields *fields, struct mail_parts *parts,
                          struct err *err);

typedef bool mail_template_writer(struct mail_template *template, const struct fields *fields, struct mail_parts *parts,
                                  struct err *err);

#endif
