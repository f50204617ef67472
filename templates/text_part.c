/* Markdown events to blocks of text (text_lines.c makes lines of them). */
#include "templates/text_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* -- compiling: events to blocks ----------------------------------------------------------------------- */
static void open_block(struct text_part *part) {
    if (part->in_block) return;
    part->in_block = true;
    part->open.from = part->splice.count;
    part->open.blank_before = part->blank_due && part->count;
    part->open.verbatim = false;
    part->open.underline = false;
}

static void close_block(struct text_part *part, bool blank_due) {
    if (!part->in_block) return;
    part->in_block = false;
    part->open.to = part->splice.count;
    if ((part->count & (part->count - 1)) == 0)
        part->blocks = mem_grow(part->blocks, part->count ? part->count * 2 : 1, sizeof *part->blocks);
    part->blocks[part->count++] = part->open;
    memcpy(part->open.first, part->open.rest, TEXT_PART_PREFIX); /* a list's mark stands once */
    part->blank_due = blank_due;
}

/* Deeper than there is room, levels look like the one above. */
static void enter_prefix(struct text_part *part, const char *first, const char *rest) {
    size_t length = strlen(part->open.rest);
    if (part->prefix_depth < COUNT(part->prefix_lengths)) part->prefix_lengths[part->prefix_depth] = length;
    part->prefix_depth++;
    if (part->prefix_depth > COUNT(part->prefix_lengths) || length + strlen(rest) >= TEXT_PART_PREFIX) return;
    strcat(part->open.first, first);
    strcat(part->open.rest, rest);
}

static void leave_prefix(struct text_part *part) {
    if (--part->prefix_depth >= COUNT(part->prefix_lengths)) return;
    part->open.rest[part->prefix_lengths[part->prefix_depth]] = '\0';
    memcpy(part->open.first, part->open.rest, TEXT_PART_PREFIX);
}

static void item(struct text_part *part, const struct markdown_event *event) {
    char mark[16] = "- ", spaces[16] = "  ";
    if (!event->enter) {
        close_block(part, false);
        leave_prefix(part);
        return;
    }
    if (event->number) {
        int length = snprintf(mark, sizeof mark, "%d. ", event->number);
        snprintf(spaces, sizeof spaces, "%*s", length, "");
    }
    enter_prefix(part, mark, spaces);
}

static void add_text(struct text_part *part, const char *text, enum splice_place place) {
    open_block(part);
    splice_add_marked(&part->splice, text, strlen(text), place);
    if (part->in_link) buf_add_text(&part->label, text);
}

/* « label (address) »; the address alone where the label says the same, the label alone for a telephone. */
static void link_end(struct text_part *part) {
    const char *address = buf_text(&part->link), *label = buf_text(&part->label);
    const char *bare = text_starts(address, "mailto:") ? address + strlen("mailto:") : address;
    part->in_link = false;
    if (!strcmp(label, address) || !strcmp(label, bare) || text_starts(address, "tel:")) return;
    open_block(part);
    splice_add(&part->splice, part->label.length ? " (" : "(");
    splice_add_marked(&part->splice, address, part->link.length, SPLICE_URL_TEXT);
    splice_add(&part->splice, ")");
}

static void link(struct text_part *part, const struct markdown_event *event) {
    if (!event->enter) {
        link_end(part);
        return;
    }
    buf_clear(&part->link);
    buf_clear(&part->label);
    buf_add_text(&part->link, event->text);
    part->in_link = true;
}

static void code_block(struct text_part *part, const struct markdown_event *event) {
    open_block(part);
    part->open.verbatim = true;
    add_text(part, event->text, SPLICE_TEXT);
    close_block(part, true);
}

static void list(struct text_part *part, const struct markdown_event *event) {
    part->list_depth += event->enter ? 1 : -1;
    if (!part->list_depth || (event->enter && part->list_depth == 1)) part->blank_due = true;
}

void text_part_event(struct text_part *part, const struct markdown_event *event) {
    switch (event->kind) {
    case MARKDOWN_PARAGRAPH:
        if (!event->enter) close_block(part, !event->tight);
        break;
    case MARKDOWN_HEADING:
        if (event->enter) open_block(part);
        part->open.underline = event->number <= 2;
        if (!event->enter) close_block(part, true);
        break;
    case MARKDOWN_LIST:
        list(part, event);
        break;
    case MARKDOWN_ITEM:
        item(part, event);
        break;
    case MARKDOWN_QUOTE:
        if (event->enter)
            enter_prefix(part, "> ", "> ");
        else
            leave_prefix(part);
        break;
    case MARKDOWN_LINK:
        link(part, event);
        break;
    case MARKDOWN_TEXT:
        add_text(part, event->text, SPLICE_PROSE_TEXT);
        break;
    case MARKDOWN_CODE:
        add_text(part, event->text, SPLICE_TEXT);
        break;
    case MARKDOWN_CODE_BLOCK:
        code_block(part, event);
        break;
    case MARKDOWN_RULE:
        add_text(part, "* * *", SPLICE_TEXT);
        close_block(part, true);
        break;
    case MARKDOWN_SOFT_BREAK:
        add_text(part, " ", SPLICE_TEXT);
        break;
    case MARKDOWN_LINE_BREAK:
        add_text(part, "\n", SPLICE_TEXT);
        break;
    case MARKDOWN_EMPHASIS:
    case MARKDOWN_STRONG: /* screen readers spell stars out */
    case MARKDOWN_HTML:
    case MARKDOWN_IMAGE:
        break; /* refused before (mail_template.c) */
    }
}
