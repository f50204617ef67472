/* Walking libetpan's tree of a defused message. */
#include "mailer/inbox/mime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailer/inbox/content_copy.h"
#include "mailer/inbox/etpan.h"
#include "mailer/inbox/guard.h"

struct walk {
    struct mime *mime;
    const struct charsets *charsets;
};

static const char *discrete_name(int type) {
    switch (type) {
    case MAILMIME_DISCRETE_TYPE_TEXT:
        return "text";
    case MAILMIME_DISCRETE_TYPE_IMAGE:
        return "image";
    case MAILMIME_DISCRETE_TYPE_AUDIO:
        return "audio";
    case MAILMIME_DISCRETE_TYPE_VIDEO:
        return "video";
    default:
        return "application";
    }
}

/* "text/plain" when there is no type or one that cannot be read (RFC 2045 5.2). */
static void type_name(const struct mailmime_content *content, char out[MIME_TYPE]) {
    const struct mailmime_type *type = content ? content->ct_type : NULL;
    const char *subtype = content && content->ct_subtype ? content->ct_subtype : "";
    const char *main_type = "text";
    if (!type || !*subtype)
        subtype = "plain";
    else if (type->tp_type == MAILMIME_TYPE_COMPOSITE_TYPE)
        main_type = type->tp_data.tp_composite_type->ct_type == MAILMIME_COMPOSITE_TYPE_MULTIPART
                        ? "multipart"
                        : "message";
    else if (type->tp_data.tp_discrete_type->dt_extension)
        main_type = type->tp_data.tp_discrete_type->dt_extension;
    else
        main_type = discrete_name(type->tp_data.tp_discrete_type->dt_type);
    snprintf(out, MIME_TYPE, "%s/%s", main_type, subtype);
    for (char *c = out; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + 32);
}

static bool wanted(const char *type) {
    static const char *const TYPES[] = {"text/plain",
                                        "text/html",
                                        "text/rfc822-headers",
                                        "text/rfc822-header",
                                        "message/delivery-status",
                                        "message/global-delivery-status",
                                        "message/feedback-report",
                                        "message/disposition-notification",
                                        "message/global-headers",
                                        "text/calendar"};
    for (size_t i = 0; i < COUNT(TYPES); i++)
        if (!strcmp(TYPES[i], type)) return true;
    return false;
}

static void add_part(struct walk *walk, const char *type, const char *charset, const char *bytes,
                     size_t length) {
    struct mime *mime = walk->mime;
    if (mime->count == MIME_PARTS || mime->text_bytes >= MIME_TEXT) return;
    AUTO_BUF text = BUF_INIT(MIME_TEXT - mime->text_bytes);
    charsets_decode(walk->charsets, charset, bytes, length, &text);
    /* Encoded parts bring CRs of their own. */
    const char *cr = text.length ? memchr(text.bytes, '\r', text.length) : NULL;
    size_t kept = cr ? (size_t)(cr - text.bytes) : text.length;
    for (size_t i = kept; i < text.length; i++)
        if (text.bytes[i] != '\r')
            text.bytes[kept++] = text.bytes[i];
        else if (i + 1 == text.length || text.bytes[i + 1] != '\n')
            text.bytes[kept++] = '\n';
    buf_cut(&text, kept);
    mime->text_bytes += text.length;
    struct mime_part *part = &mime->parts[mime->count++];
    snprintf(part->type, sizeof part->type, "%s", type);
    part->length = text.length;
    part->text = buf_take(&text);
}

static const char RETURNED[] = "message/rfc822";

static void parse_tree(struct walk *walk, const char *bytes, size_t length, int depth);

/* Of a message's header, its empty line left out. */
static size_t header_length(const char *text, size_t length) {
    const char *end = text + length;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        if (at + 1 < end && at[1] == '\n') return (size_t)(at - text);
    return length;
}

/* A returned message: its header as it stands. A gateway may wrap a whole report in a message of its own: then that is what it
 * says. */
static void take_returned(struct walk *walk, const char *text, size_t length, int depth) {
    while (length && *text == '\n') text++, length--;
    if (!length) return;
    size_t header = header_length(text, length);
    if (strcmp(walk->mime->type, "multipart/report") && memmem(text, length, "/delivery-status", 16)) {
        struct fields fields = {0};
        fields_parse(&fields, walk->charsets, text, length);
        if (!strncasecmp(fields_get(&fields, "Content-Type"), "multipart/report", 16)) parse_tree(walk, text, length, depth + 1);
        fields_release(&fields);
    }
    add_part(walk, RETURNED, "", text, header);
}

static void take_leaf(struct walk *walk, struct mailmime *node, int depth) {
    char type[MIME_TYPE];
    type_name(node->mm_content_type, type);
    const struct mailmime_data *data = node->mm_data.mm_single;
    bool returned = !strcmp(type, CONTENT_SEALED) || !strcmp(type, "message/global");
    if (!(returned || wanted(type)) || !data || data->dt_type != MAILMIME_DATA_TEXT) {
        walk->mime->other_parts++;
        return;
    }
    const char *charset = node->mm_content_type ? etpan.mailmime_content_charset_get(node->mm_content_type) : "";
    char *decoded = NULL;
    size_t index = 0, length = 0;
    if (etpan.mailmime_part_parse(data->dt_data.dt_text.dt_data, data->dt_data.dt_text.dt_length, &index,
                            data->dt_encoding, &decoded, &length) != MAILIMF_NO_ERROR)
        return;
    if (returned)
        take_returned(walk, decoded, length, depth);
    else
        add_part(walk, type, charset, decoded, length);
    etpan.mailmime_decoded_part_free(decoded);
}

/* One that libetpan has opened all the same: a part of multipart/digest needs no type (RFC 2046, 5.1.5). */
static void take_opened(struct walk *walk, const struct mailmime *node, int depth) {
    const char *start = node->mm_mime_start, *end = start + node->mm_length;
    const char *own = start ? memmem(start, node->mm_length, "\n\n", 2) : NULL;
    const char *text = !start ? NULL : *start == '\n' ? start + 1 : own ? own + 2 : NULL;
    if (text && text < end) take_returned(walk, text, (size_t)(end - text), depth);
}

static void visit(struct walk *walk, struct mailmime *node, int depth) {
    if (!node || depth > MIME_DEPTH) return;
    if (node->mm_type == MAILMIME_SINGLE) {
        take_leaf(walk, node, depth);
    } else if (node->mm_type == MAILMIME_MULTIPLE) {
        clist *list = node->mm_data.mm_multipart.mm_mp_list;
        for (clistiter *at = list ? clist_begin(list) : NULL; at && walk->mime->count < MIME_PARTS;
             at = clist_next(at))
            visit(walk, clist_content(at), depth + 1);
    } else
        take_opened(walk, node, depth);
}

/* libetpan converts Content-Description while it parses, by converters that open files: not here, where that
 * would be death. Nobody reads the result. */
static int convert_nothing(const char *to, const char *from, const char *text, size_t length, char *result,
                           size_t *result_length) {
    (void)to, (void)from;
    if (length > *result_length) length = *result_length;
    for (size_t i = 0; i < length; i++) result[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    *result_length = length;
    return MAIL_CHARCONV_NO_ERROR;
}

static void release_parts(struct mime *mime) {
    for (size_t i = 0; i < mime->count; i++) free(mime->parts[i].text);
    mime->count = mime->text_bytes = 0;
}

enum {
    UNOPENED_TEXT = 200
}; /* less text than this, from a body far longer: the boundary is not the one declared */

static void parse_tree(struct walk *walk, const char *bytes, size_t length, int depth) {
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    struct mailmime *root = NULL;
    size_t index = 0;
    if (depth > MIME_DEPTH) return;
    content_copy(bytes, length, &copy);
    if (etpan.mailmime_parse(buf_text(&copy), copy.length, &index, &root) != MAILIMF_NO_ERROR || !root) return;
    struct mailmime *top = root->mm_type == MAILMIME_MESSAGE ? root->mm_data.mm_message.mm_msg_mime : root;
    if (top && depth == 0) type_name(top->mm_content_type, walk->mime->type);
    visit(walk, top, depth + 1);
    etpan.mailmime_free(root);
}

bool mime_ready(struct err *err) { return etpan_ready(err); }

void mime_parse(struct mime *mime, const struct charsets *charsets, const char *bytes, size_t length) {
    *mime = (struct mime){0};
    *etpan.extended_charconv = convert_nothing;
    size_t header = fields_parse(&mime->header, charsets, bytes, length);
    mime->body = bytes + header;
    mime->body_length = length - header;
    snprintf(mime->type, sizeof mime->type, "text/plain");
    struct walk walk = {mime, charsets};
    parse_tree(&walk, bytes, length, 0);
    /* A multipart whose boundary is nowhere, an unknown multipart: the body as it stands still says
     * something. */
    bool unopened = !strncmp(mime->type, "multipart/", 10) && !mime->other_parts &&
                    mime->text_bytes < UNOPENED_TEXT &&
                    mime->body_length > 10 * mime->text_bytes + 4 * UNOPENED_TEXT;
    if (unopened) release_parts(mime);
    /* A picture or a document alone says nothing to be read here. */
    bool document = mime->other_parts && strncmp(mime->type, "multipart/", 10) &&
                    !strcasecmp(fields_get(&mime->header, "Content-Transfer-Encoding"), "base64");
    if (!mime->count && !document) add_part(&walk, "text/plain", "", mime->body, mime->body_length);
}

void mime_release(struct mime *mime) {
    fields_release(&mime->header);
    release_parts(mime);
}

const struct mime_part *mime_find(const struct mime *mime, const char *type) {
    for (size_t i = 0; i < mime->count; i++)
        if (!strcmp(mime->parts[i].type, type)) return &mime->parts[i];
    return NULL;
}
