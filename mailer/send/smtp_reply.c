/* Reading SMTP replies (RFC 5321 4.2, RFC 2034 for the enhanced codes in front of the text). */
#include "mailer/send/smtp_reply.h"

#include <string.h>

#include "base/text.h"

enum { CODE_DIGITS = 3, ENHANCED_TEXT = sizeof((struct smtp_reply *)0)->enhanced };

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

/* The code in front of a line without its line end; 0 when it is none. First digit 2 to 5: 1yz is not SMTP.
 */
static int line_code(const char *line, size_t length) {
    if (length < CODE_DIGITS || line[0] < '2' || line[0] > '5' || !digit(line[1]) || !digit(line[2]))
        return 0;
    if (length > CODE_DIGITS && line[CODE_DIGITS] != ' ' && line[CODE_DIGITS] != '-') return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* A line's length without CR LF (or a bare LF, which some servers send). */
static size_t bare_length(const char *line, const char *line_feed) {
    size_t length = (size_t)(line_feed - line);
    return length && line[length - 1] == '\r' ? length - 1 : length;
}

enum smtp_reply_status smtp_reply_scan(struct smtp_reply_scan *scan, const char *bytes, size_t length) {
    while (scan->at < length) {
        const char *line = bytes + scan->at;
        const char *line_feed = memchr(bytes + scan->looked, '\n', length - scan->looked);
        scan->looked = length;
        if (!line_feed) return length < SMTP_REPLY_BYTES ? SMTP_REPLY_MORE : SMTP_REPLY_NONSENSE;
        size_t line_length = bare_length(line, line_feed);
        int code = line_code(line, line_length);
        /* Two codes in one reply: which one counts cannot be known. */
        if (!code || (scan->code && code != scan->code)) return SMTP_REPLY_NONSENSE;
        scan->code = code;
        scan->at = scan->looked = (size_t)(line_feed + 1 - bytes);
        if (scan->at > SMTP_REPLY_BYTES) return SMTP_REPLY_NONSENSE;
        if (line_length <= CODE_DIGITS || line[CODE_DIGITS] != '-') return SMTP_REPLY_DONE;
    }
    return SMTP_REPLY_MORE;
}

/* Length of "class.subject.detail" (RFC 3463: one digit, one to three, one to three) at the front; 0 when
 * none. */
static size_t enhanced_length(const char *text, size_t length) {
    size_t at = 0;
    for (int part = 0; part < 3; part++) {
        size_t digits = 0, most = part ? 3 : 1;
        while (at < length && digits < most && digit(text[at])) at++, digits++;
        if (!digits) return 0;
        if (part < 2 && (at == length || text[at++] != '.')) return 0;
    }
    bool ends = at == length || text[at] == ' ' || text[at] == '\t';
    return ends && (text[0] == '2' || text[0] == '4' || text[0] == '5') ? at : 0;
}

static bool plain(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~') return false;
    return true;
}

/* As much of text as fits, never half a character. */
static void set_text(struct smtp_reply *reply, const char *text, size_t length) {
    if (length >= sizeof reply->text) {
        length = sizeof reply->text - 1;
        while (length && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    }
    memcpy(reply->text, text, length);
    reply->text[length] = '\0';
}

/* What follows the code in one line; the enhanced code is kept the first time and taken off every time. Another one further
 * down stays in the text: two codes are a contradiction, and whoever judges the reply should see it. */
static void line_text(struct smtp_reply *reply, const char **text, size_t *length) {
    size_t skip = enhanced_length(*text, *length), kept = strlen(reply->enhanced);
    if (kept && (skip != kept || memcmp(*text, reply->enhanced, kept))) skip = 0;
    if (skip && skip < ENHANCED_TEXT && !reply->enhanced[0]) {
        memcpy(reply->enhanced, *text, skip);
        reply->enhanced[skip] = '\0';
    }
    while (skip < *length && (*text)[skip] == ' ') skip++;
    *text += skip;
    *length -= skip;
    while (*length && (*text)[*length - 1] == ' ') --*length;
}

void smtp_reply_read(const char *bytes, size_t length, struct smtp_reply *reply) {
    AUTO_BUF joined = BUF_INIT(2 * SMTP_REPLY_TEXT);
    const char *end = bytes + length;
    reply->code = length >= CODE_DIGITS ? line_code(bytes, CODE_DIGITS) : 0;
    reply->enhanced[0] = reply->text[0] = '\0';
    for (const char *line = bytes, *line_feed; line < end; line = line_feed + 1) {
        line_feed = memchr(line, '\n', (size_t)(end - line));
        if (!line_feed) break;
        size_t text_length = bare_length(line, line_feed);
        if (text_length <= CODE_DIGITS) continue;
        const char *text = line + CODE_DIGITS + 1;
        text_length -= CODE_DIGITS + 1;
        line_text(reply, &text, &text_length);
        bool only_line = line == bytes && line_feed + 1 == end;
        if (only_line && plain(text, text_length))
            return set_text(reply, text, text_length); /* nearly every reply */
        if (joined.length && text_length) buf_add_char(&joined, ' ');
        buf_add(&joined, text, text_length);
    }
    AUTO_BUF printable = BUF_INIT(8 * SMTP_REPLY_TEXT);
    text_printable(&printable, buf_text(&joined), joined.length);
    set_text(reply, buf_text(&printable), printable.length);
}

enum smtp_reply_status smtp_reply_parse(const char *bytes, size_t length, struct smtp_reply *reply,
                                        size_t *used) {
    struct smtp_reply_scan scan = {0};
    enum smtp_reply_status status = smtp_reply_scan(&scan, bytes, length);
    if (status != SMTP_REPLY_DONE) return status;
    smtp_reply_read(bytes, scan.at, reply);
    *used = scan.at;
    return SMTP_REPLY_DONE;
}
