/* Markdown (CommonMark, by cmark) as a stream of events. */
#ifndef TEMPLATES_MARKDOWN_H
#define TEMPLATES_MARKDOWN_H

#include "base/common.h"

enum markdown_kind {
    MARKDOWN_PARAGRAPH,
    MARKDOWN_HEADING,
    MARKDOWN_LIST,
    MARKDOWN_ITEM,
    MARKDOWN_QUOTE, /* entered and left */
    MARKDOWN_EMPHASIS,
    MARKDOWN_STRONG,
    MARKDOWN_LINK,
    MARKDOWN_TEXT,
    MARKDOWN_CODE,
    MARKDOWN_CODE_BLOCK,
    MARKDOWN_RULE,
    MARKDOWN_SOFT_BREAK,
    MARKDOWN_LINE_BREAK,
    MARKDOWN_HTML,
    MARKDOWN_IMAGE, /* for the writer to refuse; text is the markup, or the image's address */
};
struct markdown_event {
    enum markdown_kind kind;
    bool enter;       /* false: left */
    bool tight;       /* a paragraph in a list without blank lines */
    int number;       /* level of a heading; of an item or list: its number, 0 = bullet */
    const char *text; /* of text, code, HTML; the address of a link or image; "" otherwise. Borrowed */
};
/* false stops the walk. */
typedef bool markdown_event(void *ctx, const struct markdown_event *event);
/* bytes: UTF-8. Returns whether the walk went to its end. */
bool markdown_walk(const char *bytes, size_t length, markdown_event *event, void *ctx);

#endif
