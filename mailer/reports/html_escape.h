/* Text into HTML and SVG: nothing a list or a mail holds can become markup. */
#ifndef MAILER_REPORTS_HTML_ESCAPE_H
#define MAILER_REPORTS_HTML_ESCAPE_H

#include "base/buf.h"

/* Escapes & < > " ' and replaces control characters; good for element content and quoted attributes. */
void html_escape(struct buf *out, const char *text);
/* <td>1 234</td>; class "zero" on a zero, so that the eye finds the others. */
void html_number_cell(struct buf *out, int64_t number);

#endif
