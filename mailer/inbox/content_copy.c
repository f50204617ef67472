/* Line by line through header, parts and returned messages, by the boundaries named on the way (RFC 2046, 5.1). */
#include "mailer/inbox/content_copy.h"

#include <string.h>
#include <strings.h>

#include "mailer/inbox/guard.h"

enum { BOUNDARIES = 8, BOUNDARY = 72, TYPE = 1000 }; /* a boundary has at most 70 characters; of a longer one its beginning is compared */
enum place {
    IN_HEADER,   /* of the message, or of a part */
    IN_CONTENT,  /* of a part: all of it */
    IN_RETURNED, /* the header of a message inside */
    IN_NOTHING   /* the body of that message, until one of the boundaries */
};
struct copying {
    enum place place;
    char boundaries[BOUNDARIES][BOUNDARY];
    size_t boundary_count;
    char type[TYPE]; /* the Content-Type of the header being read, as it stands */
    size_t type_length;
    bool top, in_type, described; /* top: in the message's own header */
    bool report;                  /* the whole is multipart/report */
};

static bool begins(const char *at, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !strncasecmp(at, word, length);
}

static void note_boundary(struct copying *copying) {
    const char *end = copying->type + copying->type_length;
    for (const char *at = copying->type; at < end && copying->boundary_count < BOUNDARIES; at++) {
        if (!begins(at, end, "boundary")) continue;
        at += strlen("boundary");
        at += strspn(at, " \t=\"");
        size_t length = strcspn(at, "\";\n");
        while (length && at[length - 1] == ' ') length--;
        if (!length) return;
        if (length >= BOUNDARY) length = BOUNDARY - 1;
        char *boundary = copying->boundaries[copying->boundary_count++];
        memcpy(boundary, at, length);
        boundary[length] = '\0';
        return;
    }
}

static bool is_delimiter(const struct copying *copying, const char *at, const char *end) {
    if (end - at < 3 || at[0] != '-' || at[1] != '-') return false;
    for (size_t i = 0; i < copying->boundary_count; i++) {
        size_t length = strlen(copying->boundaries[i]);
        if ((size_t)(end - at) >= 2 + length && !memcmp(at + 2, copying->boundaries[i], length)) return true;
    }
    return false;
}

static void begin_header(struct copying *copying, enum place place) {
    copying->place = place;
    copying->type_length = 0;
    copying->type[0] = '\0';
    copying->in_type = copying->described = false;
}

/* Behind the empty line that ends a header. */
static void end_header(struct copying *copying) {
    const char *end = copying->type + copying->type_length, *colon = strchr(copying->type, ':');
    const char *type = colon ? colon + 1 + strspn(colon + 1, " \t\n") : end;
    bool report = begins(type, end, "multipart/report"), was_top = copying->top;
    if (copying->place == IN_RETURNED) {
        /* A report that a gateway has wrapped is read like the message itself. */
        bool wrapped = report && !copying->report;
        if (wrapped) note_boundary(copying);
        begin_header(copying, wrapped ? IN_CONTENT : IN_NOTHING);
        return;
    }
    bool inside = begins(type, end, "message/rfc822") || (begins(type, end, "message/global") && type[strlen("message/global")] != '-');
    note_boundary(copying);
    if (was_top) copying->report = report;
    copying->top = false;
    begin_header(copying, inside && !was_top ? IN_RETURNED : IN_CONTENT);
}

/* Whether the line is copied. */
static bool take(struct copying *copying, const char *at, const char *end) {
    if (!copying->top && is_delimiter(copying, at, end)) {
        begin_header(copying, IN_HEADER);
        return true;
    }
    if (copying->place == IN_CONTENT || copying->place == IN_NOTHING) return copying->place == IN_CONTENT;
    if (*at == '\n') {
        end_header(copying);
        return true;
    }
    if (*at != ' ' && *at != '\t') {
        copying->in_type = begins(at, end, "content-type");
        copying->described = copying->in_type || begins(at, end, "content-") || begins(at, end, "mime-version");
    }
    if (copying->in_type) {
        size_t length = (size_t)(end - at), room = TYPE - 1 - copying->type_length;
        if (length > room) length = room;
        memcpy(copying->type + copying->type_length, at, length);
        copying->type_length += length;
        copying->type[copying->type_length] = '\0';
    }
    return !copying->top || copying->described;
}

static void seal(char *bytes, size_t length) {
    static const char TYPE_NAME[] = "message/rfc822";
    enum { MAIN = 7, SUB = 6 }; /* "message", "rfc822" */
    char *end = bytes + length;
    for (char *slash = bytes; (slash = memchr(slash, '/', (size_t)(end - slash))); slash++)
        if (slash - bytes >= MAIN && end - slash > SUB && !strncasecmp(slash - MAIN, TYPE_NAME, MAIN + 1 + SUB)) slash[1] = 'x';
}

void content_copy(const char *bytes, size_t length, struct buf *out) {
    static const char PADDING[GUARD_PADDING] = {0};
    struct copying copying = {.place = IN_HEADER, .top = true};
    const char *end = bytes + length, *kept = bytes; /* from kept on, all is copied */
    for (const char *at = bytes, *stop; at < end; at = stop) {
        stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop + 1 : end;
        if (take(&copying, at, stop)) continue;
        buf_add(out, kept, (size_t)(at - kept));
        kept = stop;
    }
    buf_add(out, kept, (size_t)(end - kept));
    if (out->length) seal(out->bytes, out->length);
    buf_add(out, PADDING, sizeof PADDING);
    buf_cut(out, out->length - sizeof PADDING);
}
