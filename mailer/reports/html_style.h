/* The style sheet of the HTML report. */
#ifndef MAILER_REPORTS_HTML_STYLE_H
#define MAILER_REPORTS_HTML_STYLE_H

/* Light, dark and printed; contrast of all text at least 4.5:1 (WCAG 2.2, 1.4.3); nothing is loaded. */
extern const char HTML_STYLE[];

#endif
