/* Finding the end of a notice: a divider, or a block of header lines. */
#include "mailer/inbox/notice.h"

#include <string.h>
#include <strings.h>

static const char *const DIVIDERS[] = {"original message",
                                       "original mail",
                                       "original headers",
                                       "original e-mail",
                                       "copy of the message",
                                       "copy of your message",
                                       "copy of the first part",
                                       "message header",
                                       "message text follows",
                                       "message follows",
                                       "headers follow",
                                       "message is attached",
                                       "message body",
                                       "returned message",
                                       "unsent message",
                                       "undelivered message",
                                       "this line is",
                                       "your message reads",
                                       "bounced e-mail",
                                       "bounced email",
                                       "mensaje original",
                                       "message original",
                                       "message d'origine",
                                       "message returned",
                                       "ursprüngliche nachricht",
                                       "original nachricht",
                                       "messaggio originale",
                                       "mensagem original",
                                       "lines of your",
                                       "lines of the message",
                                       "header of the original",
                                       "header follows",
                                       "body suppressed"};
static const char *const HEADERS[] = {"received",
                                      "return-path",
                                      "message-id",
                                      "mime-version",
                                      "dkim-signature",
                                      "delivered-to",
                                      "authentication-results",
                                      "x-mailer",
                                      "x-originating-ip",
                                      "arc-seal",
                                      "domainkey-signature",
                                      "content-type",
                                      "content-transfer-encoding",
                                      "user-agent",
                                      "reply-to",
                                      "date",
                                      "from",
                                      "to",
                                      "subject",
                                      "cc",
                                      "sender",
                                      "references",
                                      "in-reply-to",
                                      "x-received",
                                      "importance",
                                      "x-google-smtp-source",
                                      "thread-topic",
                                      "thread-index",
                                      "x-priority",
                                      "list-unsubscribe",
                                      "received-spf",
                                      "precedence"};
enum { TELLING_HEADERS = 9 }; /* the first ones never stand in a notice's own words */

bool text_line_next(const char **at, const char *end, struct text_line *line) {
    if (*at >= end) return false;
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    if (!stop) stop = end;
    *line = (struct text_line){*at, (size_t)(stop - *at)};
    *at = stop < end ? stop + 1 : end;
    return true;
}

struct text_line text_line_bare(struct text_line line) {
    while (line.length && strchr(" \t>|*-=#~<[\"'", *line.start)) line.start++, line.length--;
    while (line.length && strchr(" \t", line.start[line.length - 1])) line.length--;
    return line;
}

/* 0 no header, 1 one, 2 a telling one. */
static int header_name(struct text_line line) {
    line = text_line_bare(line);
    if (!line.length || !memchr(line.start, ':', line.length)) return 0;
    for (size_t i = 0; i < COUNT(HEADERS); i++) {
        size_t n = strlen(HEADERS[i]);
        if (line.length > n && line.start[n] == ':' && !strncasecmp(line.start, HEADERS[i], n))
            return i < TELLING_HEADERS ? 2 : 1;
    }
    return 0;
}

static bool framed(struct text_line line) {
    while (line.length && (*line.start == ' ' || *line.start == '\t')) line.start++, line.length--;
    return line.length > 1 && strchr("-=_*#|+", line.start[0]) && strchr("-=_*#| ", line.start[1]);
}

static void line_lower(struct text_line line, char *out, size_t size) {
    size_t n = line.length < size - 1 ? line.length : size - 1;
    for (size_t i = 0; i < n; i++) out[i] = (char)(line.start[i] >= 'A' && line.start[i] <= 'Z' ? line.start[i] + 32 : line.start[i]);
    out[n] = '\0';
}

static bool divides(struct text_line line) {
    char lower[200];
    line_lower(line, lower, sizeof lower);
    for (size_t i = 0; i < COUNT(DIVIDERS); i++)
        if (strstr(lower, DIVIDERS[i])) return true;
    return false;
}

/* From a line on: header lines and their folds, at least three of them with a telling one, or two behind a
 * divider. */
enum { GAP = 6 }; /* empty lines between a divider and its headers */
static bool block_of_headers(const char *at, const char *end, bool behind_divider) {
    struct text_line line;
    int seen = 0, gap = 0;
    bool telling = false, begun = false;
    while (text_line_next(&at, end, &line) && seen < 3) {
        struct text_line content = text_line_bare(line);
        int header = header_name(line);
        bool fold = begun && line.length && (*line.start == ' ' || *line.start == '\t' || *line.start == '>');
        if (!content.length && !begun && behind_divider && gap++ < GAP) continue;
        if (!header && !fold && !(begun && memchr(line.start, ':', line.length))) break;
        begun = true;
        seen += header > 0;
        telling |= header == 2;
    }
    return behind_divider ? seen >= 1 : seen >= 3 && telling;
}

/* "Length: 12" and " folded": what may stand in a header. */
static bool header_like(struct text_line line) {
    size_t name = 0;
    while (name < line.length && !strchr(" \t:", line.start[name])) name++;
    return name < line.length && (line.start[name] == ':' || !name);
}

/* "This report relates to a message with the following header fields:", these indented, then more of the notice at the margin
 * (Sun and Oracle Messaging, iCloud), or a sentence that runs through them (PP: "of Tue, 13 Jan"): no returned message, which keeps
 * its margin and has been received. */
enum { SUMMARY_LINES = 40 };
static bool is_summary(struct text_line before, const char *at, const char *end) {
    static const char *const INTRODUCTIONS[] = {"relates to", "header fields", "concerne "};
    char lower[200];
    bool empty = false, margin = false, introduced = false;
    line_lower(before, lower, sizeof lower);
    for (size_t i = 0; i < COUNT(INTRODUCTIONS); i++) introduced |= strstr(lower, INTRODUCTIONS[i]) != NULL;
    struct text_line line;
    for (int lines = 0; lines < SUMMARY_LINES && text_line_next(&at, end, &line); lines++) {
        struct text_line bare = text_line_bare(line);
        bool indented = line.length && (*line.start == ' ' || *line.start == '\t');
        if (!bare.length && margin) return introduced;
        if (header_name(line) && (!strncasecmp(bare.start, "received", 8) || !strncasecmp(bare.start, "return-path", 11))) return false;
        if (bare.length && empty) return !indented && !header_name(line);
        if (bare.length && !header_like(line)) return !memchr(line.start, '@', line.length);
        empty |= !bare.length;
        margin |= bare.length && !indented;
    }
    return false;
}

struct notice notice_split(const char *text, size_t length) {
    const char *at = text, *end = text + length, *start;
    struct text_line line, before = {text, 0}; /* the last line that says something */
    for (start = at; text_line_next(&at, end, &line); start = at) {
        bool divider = line.length && (framed(line) || block_of_headers(at, end, true)) && divides(line);
        if (divider && start > text)
            return (struct notice){text, (size_t)(start - text), at, (size_t)(end - at)};
        if (header_name(line) && block_of_headers(start, end, false) && !is_summary(before, start, end))
            return (struct notice){text, (size_t)(start - text), start, (size_t)(end - start)};
        if (text_line_bare(line).length && !header_name(line)) before = line;
    }
    return (struct notice){text, length, end, 0};
}
