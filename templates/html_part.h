/* The HTML part: Markdown events to accessible HTML inside the layout (templates/fr/layout.html). */
#ifndef TEMPLATES_HTML_PART_H
#define TEMPLATES_HTML_PART_H

#include "templates/markdown.h"
#include "templates/splice.h"

void html_part_event(struct splice *html, const struct markdown_event *event);
/* The layout around a body: before it (the subject stands in the title), and behind it. */
void html_part_open(struct splice *html, const char *subject, size_t subject_length);
void html_part_close(struct splice *html);

#endif
