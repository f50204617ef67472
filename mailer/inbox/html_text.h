/* What is to be read in an HTML part, as plain text: for messages that have no other. Never shown as HTML. */
#ifndef MAILER_INBOX_HTML_TEXT_H
#define MAILER_INBOX_HTML_TEXT_H

#include "base/buf.h"

/* Appends the text: blocks on lines of their own, quotations (blockquote) behind "> ", no scripts, styles or
 * links. */
void html_text(const char *html, size_t length, struct buf *out);

#endif
