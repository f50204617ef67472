/* Markdown events to HTML. */
#include "templates/html_part.h"

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"

static const char LAYOUT[] = "templates/fr/layout.html", TITLE_HOLE[] = "{{titre}}",
                  BODY_HOLE[] = "{{corps}}";

static const struct {
    const char *open, *close;
} TAGS[] = {[MARKDOWN_PARAGRAPH] = {"<p>", "</p>\n"},
            [MARKDOWN_LIST] = {"<ul>\n", "</ul>\n"},
            [MARKDOWN_ITEM] = {"<li>", "</li>\n"},
            [MARKDOWN_QUOTE] = {"<blockquote>\n", "</blockquote>\n"},
            [MARKDOWN_EMPHASIS] = {"<em>", "</em>"},
            [MARKDOWN_STRONG] = {"<strong>", "</strong>"},
            [MARKDOWN_LINK] = {"\">", "</a>"},
            [MARKDOWN_CODE] = {"<code>", "</code>"},
            [MARKDOWN_CODE_BLOCK] = {"<pre><code>", "</code></pre>\n"},
            [MARKDOWN_RULE] = {"<hr>\n", ""},
            [MARKDOWN_SOFT_BREAK] = {"\n", ""},
            [MARKDOWN_LINE_BREAK] = {"<br>\n", ""}};

static void add_marked(struct splice *html, const char *text, enum splice_place place) {
    splice_add_marked(html, text, strlen(text), place);
}

static void heading(struct splice *html, const struct markdown_event *event) {
    char tag[8];
    snprintf(tag, sizeof tag, event->enter ? "<h%d>" : "</h%d>\n", event->number);
    splice_add(html, tag);
}

static void ordered_list(struct splice *html, const struct markdown_event *event) {
    char tag[40] = "<ol>\n";
    if (event->number != 1) snprintf(tag, sizeof tag, "<ol start=\"%d\">\n", event->number);
    splice_add(html, event->enter ? tag : "</ol>\n");
}

static void literal(struct splice *html, const struct markdown_event *event) {
    splice_add(html, TAGS[event->kind].open);
    add_marked(html, event->text, SPLICE_HTML);
    splice_add(html, TAGS[event->kind].close);
}

void html_part_event(struct splice *html, const struct markdown_event *event) {
    switch (event->kind) {
    case MARKDOWN_TEXT:
        add_marked(html, event->text, SPLICE_PROSE_HTML);
        return;
    case MARKDOWN_CODE:
    case MARKDOWN_CODE_BLOCK:
        literal(html, event);
        return;
    case MARKDOWN_HEADING:
        heading(html, event);
        return;
    case MARKDOWN_HTML:
    case MARKDOWN_IMAGE:
        return; /* refused before (mail_template.c) */
    case MARKDOWN_PARAGRAPH:
        if (event->tight) return;
        break;
    case MARKDOWN_LIST:
        if (event->number) {
            ordered_list(html, event);
            return;
        }
        break;
    case MARKDOWN_LINK:
        if (event->enter) {
            splice_add(html, "<a href=\"");
            add_marked(html, event->text, SPLICE_URL_HTML);
        }
        break;
    default:
        break;
    }
    splice_add(html, event->enter ? TAGS[event->kind].open : TAGS[event->kind].close);
}

/* -- the layout: one file, two holes ------------------------------------------------------------------- */
static void add_range(struct splice *html, const char *from, const char *to) {
    AUTO_TEXT literal_text = text_dup_n(from, (size_t)(to - from));
    splice_add(html, literal_text);
}

void html_part_open(struct splice *html, const char *subject, size_t subject_length) {
    const char *layout = embedded_find(LAYOUT)->bytes;
    const char *title = strstr(layout, TITLE_HOLE), *body = strstr(layout, BODY_HOLE);
    add_range(html, layout, title);
    splice_add_marked(html, subject, subject_length, SPLICE_HTML);
    add_range(html, title + strlen(TITLE_HOLE), body);
}

void html_part_close(struct splice *html) {
    const char *body = strstr(embedded_find(LAYOUT)->bytes, BODY_HOLE);
    splice_add(html, body + strlen(BODY_HOLE));
}
