/* One line of Postfix's log: "… postfix/qmgr[123]: 4XyZ…: from=<…>, size=…, nrcpt=1 (queue active)". */
#include "mailer/send/postfix_log.h"

#include <string.h>

struct span { const char *at, *end; };

static bool starts(const struct span *span, const char *word) {
    size_t length = strlen(word);
    return (size_t)(span->end - span->at) >= length && !memcmp(span->at, word, length);
}

static bool copy(const char *from, const char *to, char *out, size_t room) {
    size_t length = (size_t)(to - from);
    if (length >= room || memchr(from, '\0', length)) return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

/* NAME/…/SERVICE[PID]: is passed; *service is what stands behind the last slash. */
static bool take_program(struct span *rest, struct span *service) {
    for (const char *open = rest->at; (open = memchr(open, '[', (size_t)(rest->end - open))); open++) {
        const char *digits = open + 1, *name = open;
        while (digits < rest->end && *digits >= '0' && *digits <= '9') digits++;
        if (digits == open + 1 || rest->end - digits < 3 || memcmp(digits, "]: ", 3)) continue;
        while (name > rest->at && name[-1] != ' ' && name[-1] != '/') name--;
        if (name == rest->at || name[-1] != '/' || name == open) return false;
        *service = (struct span){name, open};
        rest->at = digits + 3;
        return true;
    }
    return false;
}

/* Short ids are hexadecimal, long ones letters and digits without vowels; both are at least five characters. */
static bool take_queue_id(struct span *rest, char out[POSTFIX_QUEUE_ID]) {
    const char *at = rest->at;
    while (at < rest->end && ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'))) at++;
    if (at - rest->at < 5 || rest->end - at < 2 || at[0] != ':' || at[1] != ' ' || !copy(rest->at, at, out, POSTFIX_QUEUE_ID)) return false;
    rest->at = at + 2;
    return true;
}

static bool is(const struct span *service, const char *name) {
    return (size_t)(service->end - service->at) == strlen(name) && starts(service, name);
}

static enum postfix_event value_of(struct span rest, size_t skip, char stop, enum postfix_event event, char out[POSTFIX_VALUE]) {
    const char *from = rest.at + skip, *to = stop ? memchr(from, stop, (size_t)(rest.end - from)) : rest.end;
    return to && copy(from, to, out, POSTFIX_VALUE) ? event : POSTFIX_NOTHING;
}

/* "to=<…>, relay=…, dsn=2.0.0, status=sent (250 …)": what stands behind the status is the other server's word, and comes
 * last; an address may hold anything, but a delivery agent quotes it. */
static enum postfix_event status_of(struct span rest, char out[POSTFIX_VALUE]) {
    static const char MARK[] = ", status=";
    if (!starts(&rest, "to=<")) return POSTFIX_NOTHING;
    const char *mark = memmem(rest.at, (size_t)(rest.end - rest.at), MARK, sizeof MARK - 1);
    if (!mark) return POSTFIX_NOTHING;
    const char *from = mark + sizeof MARK - 1, *to = from;
    while (to < rest.end && *to >= 'a' && *to <= 'z') to++;
    return to > from && copy(from, to, out, POSTFIX_VALUE) ? POSTFIX_STATUS : POSTFIX_NOTHING;
}

void postfix_line_read(const char *line, size_t length, struct postfix_line *out) {
    struct span rest = {line, line + length}, service;
    *out = (struct postfix_line){.event = POSTFIX_NOTHING};
    if (length > POSTFIX_LINE_LONGEST) return;
    while (rest.end > rest.at && (rest.end[-1] == '\n' || rest.end[-1] == '\r')) rest.end--;
    if (!take_program(&rest, &service) || !take_queue_id(&rest, out->queue_id)) return;
    if (is(&service, "smtpd") || is(&service, "pickup")) out->event = starts(&rest, "client=") || starts(&rest, "uid=") ? POSTFIX_BEGINS : POSTFIX_NOTHING;
    else if (is(&service, "cleanup")) {
        if (starts(&rest, "message-id=")) out->event = value_of(rest, strlen("message-id="), '\0', POSTFIX_MESSAGE_ID, out->value);
    } else if (is(&service, "qmgr")) {
        if (starts(&rest, "from=<")) out->event = value_of(rest, strlen("from=<"), '>', POSTFIX_QUEUED, out->value);
        else if (starts(&rest, "removed")) out->event = POSTFIX_REMOVED;
    } else out->event = status_of(rest, out->value);
}
