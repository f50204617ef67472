/* cmark's tree, walked. */
#include "templates/markdown.h"

#include <cmark.h>

/* -1: the document itself, which nobody asks for. */
static int kind_of(cmark_node_type type) {
    switch (type) {
    case CMARK_NODE_PARAGRAPH:
        return MARKDOWN_PARAGRAPH;
    case CMARK_NODE_HEADING:
        return MARKDOWN_HEADING;
    case CMARK_NODE_LIST:
        return MARKDOWN_LIST;
    case CMARK_NODE_ITEM:
        return MARKDOWN_ITEM;
    case CMARK_NODE_BLOCK_QUOTE:
        return MARKDOWN_QUOTE;
    case CMARK_NODE_EMPH:
        return MARKDOWN_EMPHASIS;
    case CMARK_NODE_STRONG:
        return MARKDOWN_STRONG;
    case CMARK_NODE_LINK:
        return MARKDOWN_LINK;
    case CMARK_NODE_TEXT:
        return MARKDOWN_TEXT;
    case CMARK_NODE_CODE:
        return MARKDOWN_CODE;
    case CMARK_NODE_CODE_BLOCK:
        return MARKDOWN_CODE_BLOCK;
    case CMARK_NODE_THEMATIC_BREAK:
        return MARKDOWN_RULE;
    case CMARK_NODE_SOFTBREAK:
        return MARKDOWN_SOFT_BREAK;
    case CMARK_NODE_LINEBREAK:
        return MARKDOWN_LINE_BREAK;
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_HTML_INLINE:
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_CUSTOM_INLINE:
        return MARKDOWN_HTML;
    case CMARK_NODE_IMAGE:
        return MARKDOWN_IMAGE;
    default:
        return -1;
    }
}

static int item_number(cmark_node *item) {
    cmark_node *list = cmark_node_parent(item);
    if (cmark_node_get_list_type(list) != CMARK_ORDERED_LIST) return 0;
    int number = cmark_node_get_list_start(list);
    for (cmark_node *at = item; (at = cmark_node_previous(at));) number++;
    return number;
}

static int number_of(cmark_node *node, int kind) {
    if (kind == MARKDOWN_HEADING) return cmark_node_get_heading_level(node);
    if (kind == MARKDOWN_ITEM) return item_number(node);
    if (kind == MARKDOWN_LIST && cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
        return cmark_node_get_list_start(node);
    return 0;
}

static bool in_tight_list(cmark_node *node) {
    cmark_node *list = cmark_node_parent(cmark_node_parent(node));
    return list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}

static bool tell(cmark_node *node, bool enter, markdown_event *event, void *ctx) {
    int kind = kind_of(cmark_node_get_type(node));
    if (kind < 0) return true;
    bool has_address = kind == MARKDOWN_LINK || kind == MARKDOWN_IMAGE;
    const char *text = has_address ? cmark_node_get_url(node) : cmark_node_get_literal(node);
    const struct markdown_event told = {.kind = (enum markdown_kind)kind,
                                        .enter = enter,
                                        .number = number_of(node, kind),
                                        .tight = kind == MARKDOWN_PARAGRAPH && in_tight_list(node),
                                        .text = text ? text : ""};
    return event(ctx, &told);
}

bool markdown_walk(const char *bytes, size_t length, markdown_event *event, void *ctx) {
    cmark_node *document = cmark_parse_document(bytes, length, CMARK_OPT_DEFAULT);
    cmark_consolidate_text_nodes(document); /* « Bonjour ! » comes in two: "!" might have begun an image */
    cmark_iter *walk = cmark_iter_new(document);
    bool good = true;
    for (cmark_event_type at; good && (at = cmark_iter_next(walk)) != CMARK_EVENT_DONE;)
        good = tell(cmark_iter_get_node(walk), at == CMARK_EVENT_ENTER, event, ctx);
    cmark_iter_free(walk);
    cmark_node_free(document);
    return good;
}
