/* Lines and literals told apart the way the parser does, so that neither can be used to smuggle the other past a limit. */
#include "mailer/inbox/imap_guard.h"

#include <string.h>
#include <strings.h>

enum { NUMBER_MOST = 1000000000 };

void imap_guard_begin(struct imap_guard *guard, size_t most_bytes, size_t literal_most) {
    guard->most_bytes = most_bytes;
    guard->literal_most = literal_most;
    guard->bytes = guard->lines = 0;
}

/* Free text (a tagged or untagged status, a continuation) announces nothing, whatever it ends in. */
static bool is_free_text(const struct imap_guard *guard) {
    static const char *const STATUS[] = {"OK ", "NO ", "BAD ", "BYE ", "PREAUTH "};
    if (guard->continued) return false;
    if (strncmp(guard->head, "* ", 2)) return true;
    for (size_t i = 0; i < COUNT(STATUS); i++)
        if (!strncasecmp(guard->head + 2, STATUS[i], strlen(STATUS[i]))) return true;
    return false;
}

static const char *end_line(struct imap_guard *guard) {
    bool announced = guard->braces_ended;
    if (++guard->lines > IMAP_REPLY_LINES) return "des lignes sans fin";
    if (announced && guard->number > guard->literal_most) return "un bloc plus grand que ce qui était demandé";
    announced = announced && !is_free_text(guard);
    if (announced) guard->literal_left = (size_t)guard->number;
    else guard->parentheses = guard->head_length = 0, memset(guard->head, 0, sizeof guard->head);
    guard->continued = announced;
    guard->in_braces = guard->braces_ended = false;
    guard->line_bytes = 0;
    return "";
}

/* {123} or {123+} just before the line's end. */
static void watch_braces(struct imap_guard *guard, char byte) {
    if (byte == '\r') return;
    guard->braces_ended = false;
    if (byte == '{') guard->in_braces = true, guard->number = 0;
    else if (guard->in_braces && byte >= '0' && byte <= '9') guard->number = guard->number > NUMBER_MOST ? guard->number : guard->number * 10 + (uint64_t)(byte - '0');
    else if (guard->in_braces && byte == '}') guard->in_braces = false, guard->braces_ended = true;
    else if (byte != '+') guard->in_braces = false;
}

static const char *take_byte(struct imap_guard *guard, char byte) {
    if (byte == '\n') return end_line(guard);
    if (!byte) return "un octet nul dans une ligne";
    if (++guard->line_bytes > IMAP_LINE_BYTES) return "une ligne sans fin";
    if (!guard->continued && guard->head_length < sizeof guard->head - 1) guard->head[guard->head_length++] = byte;
    if (byte == '(' && ++guard->parentheses > IMAP_LINE_PARENTHESES) return "des parenthèses sans fin";
    watch_braces(guard, byte);
    return "";
}

const char *imap_guard_take(struct imap_guard *guard, const char *bytes, size_t length) {
    guard->bytes += length;
    if (guard->bytes > guard->most_bytes) return "plus que ce qui était demandé";
    for (size_t i = 0; i < length;) {
        if (guard->literal_left) {
            size_t skip = guard->literal_left < length - i ? guard->literal_left : length - i;
            guard->literal_left -= skip;
            i += skip;
            continue;
        }
        const char *fault = take_byte(guard, bytes[i++]);
        if (*fault) return fault;
    }
    return "";
}
