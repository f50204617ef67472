/* Looking for the message a return is about: in its own part, behind a divider, in the header. */
#include "mailer/inbox/original.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"

static const char *const REPORTS[] = {"message/delivery-status", "message/global-delivery-status", "message/feedback-report"};
static const char *const COPIES[] = {"message/rfc822", "text/rfc822-headers", "text/rfc822-header",
                                     "message/global-headers"};
enum { PROOF_MAX = 60000 };

/* "<…>" at or after text, before the end of the unfolded line; NULL when there is none. Owned. */
static char *bracketed(const char *text, size_t length) {
    const char *end = text + length, *open = memchr(text, '<', length);
    const char *close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
    if (!close || close - open > 500 || close - open < 3 || memchr(open, '\n', (size_t)(close - open)))
        return NULL;
    return text_dup_n(open, (size_t)(close + 1 - open));
}

/* Length of the name of a field that holds a Message-ID, 0 when it is another: the message's own, and what reports call the
 * one they are about (RFC 8098; Google). */
static size_t id_name(const char *name, size_t length) {
    static const char *const NAMES[] = {"message-id", "original-message-id", "x-original-message-id"};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        size_t n = strlen(NAMES[i]);
        if (length > n && !strncasecmp(name, NAMES[i], n) && (name[n] == ':' || name[n] == ' ')) return n;
    }
    return 0;
}

/* Without its brackets, as some gateways return it. */
static char *bare_id(const char *text, const char *stop) {
    while (text < stop && *text == ' ') text++;
    size_t length = (size_t)(stop - text);
    if (!length || !memchr(text, '@', length) || memchr(text, ' ', length)) return NULL;
    char *id = mem_new(length + 3, 1);
    id[0] = '<';
    memcpy(id + 1, text, length);
    id[length + 1] = '>';
    return id;
}

/* Message-ID of a block of headers, which may be quoted or indented. */
static char *id_in(const char *text, size_t length) {
    for (const char *at = text, *end = text + length, *stop; at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        while (at < stop && strchr(" \t>|", *at)) at++;
        size_t name = at < stop && strchr("MmOoXx", *at) ? id_name(at, (size_t)(stop - at)) : 0;
        if (!name) continue;
        char *id = bracketed(at, (size_t)(stop - at));
        const char *fold = stop + 1 < end && (stop[1] == ' ' || stop[1] == '\t') ? memchr(stop + 1, '\n', (size_t)(end - stop - 1)) : NULL;
        if (!id && fold) id = bracketed(stop + 1, (size_t)(fold - stop - 1));
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (!id && colon) id = bare_id(colon + 1, stop);
        if (id) return id;
    }
    return NULL;
}

static char *id_of_header(const struct mime *mime) {
    const char *value = fields_get(&mime->header, "In-Reply-To");
    char *id = bracketed(value, strlen(value));
    if (id) return id;
    value = fields_get(&mime->header, "References");
    const char *last = strrchr(value, '<');
    return last ? bracketed(last, strlen(last)) : NULL;
}

void original_message_id(const struct mime *mime, const struct notice *notice, char **id) {
    char *found = NULL;
    for (size_t i = 0; i < COUNT(COPIES) && !found; i++) {
        const struct mime_part *copy = mime_find(mime, COPIES[i]);
        if (copy) found = id_in(copy->text, copy->length);
    }
    for (size_t i = 0; i < COUNT(REPORTS) && !found; i++) {
        const struct mime_part *report = mime_find(mime, REPORTS[i]);
        if (report) found = id_in(report->text, report->length);
    }
    if (!found) found = id_in(notice->returned, notice->returned_length);
    if (!found) found = id_in(notice->text, notice->length);
    if (!found) found = id_of_header(mime);
    if (!found) found = id_in(mime->body, mime->body_length);
    if (!found) return;
    free(*id);
    *id = found;
}

struct fields original_fields(const struct mime *mime, const struct notice *notice) {
    const char *text = notice->returned;
    size_t length = notice->returned_length;
    for (size_t i = 0; i < COUNT(COPIES); i++) {
        const struct mime_part *copy = mime_find(mime, COPIES[i]);
        if (!copy) continue;
        text = copy->text;
        length = copy->length;
        break;
    }
    const struct charsets none = {.count = 0};
    struct fields fields = {0};
    fields_parse(&fields, &none, text, length);
    return fields;
}

void original_recipients(const struct mime *mime, const struct notice *notice, struct findings *findings) {
    struct fields fields = original_fields(mime, notice);
    const char *to = fields_get(&fields, "To"), *end = to + strlen(to);
    struct found_address found, second;
    const char *at = address_scan(to, end, &found);
    address_scan(at, end, &second);
    if (found.start && !second.start) findings_add(findings, found.start, found.length);
    fields_release(&fields);
}

static void add(struct buf *proofs, const char *text, size_t length) {
    if (!length || proofs->length > PROOF_MAX) return;
    size_t room = PROOF_MAX - proofs->length;
    size_t start = proofs->length;
    buf_add(proofs, text, length < room ? length : room);
    /* Tokens are ASCII; whatever else is here is only looked through. */
    bool plain = text_ascii(proofs->bytes + start, proofs->length - start) && !memchr(proofs->bytes + start, 0, proofs->length - start);
    for (size_t i = start; !plain && i < proofs->length; i++)
        if ((unsigned char)proofs->bytes[i] >= 0x80 || !proofs->bytes[i]) proofs->bytes[i] = '?';
    buf_add_char(proofs, '\n');
}

/* A reminder names the first mail of its thread in References: its own Message-ID goes first, wherever a server on the way
 * has moved it. */
static void add_copy(struct buf *proofs, const char *text, size_t length) {
    char *id = id_in(text, length);
    if (id) add(proofs, id, strlen(id));
    free(id);
    add(proofs, text, length);
}

/* The last one is the message answered, those before it are its thread: good enough when a stranger's mail is the last. */
static void add_references(struct buf *proofs, const struct mime *mime) {
    const char *value = fields_get(&mime->header, "References"), *last = strrchr(value, '<');
    if (last) add(proofs, last, strlen(last));
    add(proofs, value, strlen(value));
}

void original_proofs(const struct mime *mime, const struct notice *notice, struct buf *proofs) {
    static const char *const NAMES[] = {
        "Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To",      "X-Envelope-To", "To",
        "Cc",           "In-Reply-To",   "X-Original-Recipient"};
    for (size_t i = 0; i < COUNT(NAMES); i++)
        for (size_t k = 0; k < mime->header.count; k++)
            if (!strcasecmp(mime->header.all[k].name, NAMES[i]))
                add(proofs, mime->header.all[k].value, strlen(mime->header.all[k].value));
    add_references(proofs, mime);
    for (size_t i = 0; i < COUNT(COPIES); i++) {
        const struct mime_part *copy = mime_find(mime, COPIES[i]);
        if (copy) add_copy(proofs, copy->text, copy->length < 16384 ? copy->length : 16384);
    }
    for (size_t i = 0; i < COUNT(REPORTS); i++) {
        const struct mime_part *report = mime_find(mime, REPORTS[i]);
        if (report) add(proofs, report->text, report->length < 8192 ? report->length : 8192);
    }
    add_copy(proofs, notice->returned, notice->returned_length < 16384 ? notice->returned_length : 16384);
    add(proofs, notice->text, notice->length < 8192 ? notice->length : 8192);
}
