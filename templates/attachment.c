/* Parts that are files: Content-Disposition with the name (RFC 2183, RFC 2231), content in base64 (RFC 2045). */
#include "templates/attachment.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "templates/body_encoding.h"
#include "templates/mailbox.h"

enum { PIECE_COLUMNS = 50, CHARACTER_COLUMNS = 12 };

/* What people in a mairie can open and mail filters let through. */
static const struct {
    const char *ending, *type;
} TYPES[] = {
    {"pdf", "application/pdf"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"csv", "text/csv"},
    {"txt", "text/plain"},
    {"ics", "text/calendar"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
};
const char ATTACHMENT_ENDINGS[] = "pdf, odt, ods, docx, xlsx, csv, txt, ics, png, jpg";

static const char *type_of(const char *name, size_t length) {
    const char *dot = memrchr(name, '.', length);
    size_t ending = dot ? (size_t)(name + length - dot - 1) : 0;
    for (size_t i = 0; i < COUNT(TYPES); i++)
        if (dot > name && strlen(TYPES[i].ending) == ending && !strncasecmp(dot + 1, TYPES[i].ending, ending))
            return TYPES[i].type;
    return NULL;
}

bool attachment_name_valid(const char *name, size_t length) {
    char copy[ATTACHMENT_NAME + 1];
    if (!length || length > ATTACHMENT_NAME || name[0] == '.' || name[0] == ' ' || memchr(name, 0, length)) return false;
    memcpy(copy, name, length);
    copy[length] = '\0';
    return header_value_valid(copy) && !strpbrk(copy, "/\\\"") && type_of(name, length) != NULL;
}

/* -- the name (RFC 2231) ------------------------------------------------------------------------------------------- */
/* attribute-char: what needs neither quotes nor %. */
static bool attribute_char(unsigned char c) {
    return c > ' ' && c < 0x7F && !strchr("()<>@,;:\\\"/[]?=*'%", c);
}

static bool plain_name(const char *name) {
    const char *at = name;
    while (*at && (attribute_char((unsigned char)*at) || *at == ' ')) at++;
    return !*at && at - name <= PIECE_COLUMNS;
}

/* One whole character; returns its columns. */
static size_t add_character(struct buf *out, const char **name) {
    size_t columns = 0;
    do {
        unsigned char c = (unsigned char)*(*name)++;
        bool plain = attribute_char(c);
        if (plain) buf_add_char(out, (char)c);
        else buf_add_format(out, "%%%02X", c);
        columns += plain ? 1 : 3;
    } while (((unsigned char)**name & 0xC0) == 0x80);
    return columns;
}

/* In pieces of a line each, no character cut: filename*0*=utf-8''…; filename*1*=… */
static void add_encoded_name(struct buf *out, const char *name) {
    int piece = 0;
    while (*name) {
        size_t used = 0;
        buf_add_format(out, ";\r\n filename*%d*=%s", piece, piece ? "" : "utf-8''");
        while (*name && used <= PIECE_COLUMNS - CHARACTER_COLUMNS) used += add_character(out, &name);
        piece++;
    }
}

static void add_name(struct buf *out, const char *name) {
    if (plain_name(name)) buf_add_format(out, ";\r\n filename=\"%s\"", name);
    else add_encoded_name(out, name);
}

/* -- the part ------------------------------------------------------------------------------------------------------ */
bool attachment_build(const char *name, const char *type, const char *bytes, size_t length, struct buf *out, struct err *err) {
    if (!attachment_name_valid(name, strlen(name)))
        return err_set(err, ERR_INPUT, "ATTACHMENT", "« %.150s » ne peut être le nom d'une pièce jointe ; écrivez un nom de fichier, "
                       "sans dossier, qui finit par l'un de : %s", name, ATTACHMENT_ENDINGS);
    if (!type) type = type_of(name, strlen(name));
    bool text = text_starts(type, "text/"), utf8 = text && utf8_valid(bytes, length);
    buf_add_format(out, "Content-Type: %s", text && !utf8 ? "application/octet-stream" : type);
    if (utf8) buf_add_text(out, ";\r\n charset=utf-8");
    buf_add_text(out, "\r\nContent-Disposition: attachment");
    add_name(out, name);
    buf_add_text(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    body_add_base64(bytes, length, out);
    return !out->overflow || err_set(err, ERR_INPUT, "ATTACHMENT", "la pièce jointe « %s » est trop grande", name);
}
