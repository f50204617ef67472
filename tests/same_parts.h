/* What a template writes encoded, held against what it writes plain. */
#ifndef TESTS_SAME_PARTS_H
#define TESTS_SAME_PARTS_H

#include <string.h>

#include "templates/body_encoding.h"
#include "templates/mail_template.h"

static inline void decode_quoted(const struct buf *quoted, struct buf *out) {
    static const char HEX[] = "0123456789ABCDEF";
    for (const char *at = buf_text(quoted); *at;) {
        if (*at == '\r') {
            at++;
            continue;
        }
        if (*at != '=') {
            buf_add_char(out, *at++);
            continue;
        }
        if (at[1] == '\r')
            at += strlen("=\r\n");
        else {
            buf_add_char(out, (char)((strchr(HEX, at[1]) - HEX) << 4 | (strchr(HEX, at[2]) - HEX)));
            at += 3;
        }
    }
}

/* 7 bit, 76 columns, no blank at a line's end, no dot at its beginning. */
static inline bool sound_lines(const struct buf *quoted) {
    const char *at = buf_text(quoted);
    while (*at) {
        size_t length = strcspn(at, "\r");
        if (at[length] != '\r' || at[length + 1] != '\n' || length > 76 || *at == '.' || !strncmp(at, "From ", 5)) return false;
        if (length && (at[length - 1] == ' ' || at[length - 1] == '\t')) return false;
        for (size_t i = 0; i < length; i++)
            if ((unsigned char)at[i] >= 0x7F || (at[i] < ' ' && at[i] != '\t')) return false;
        at += length + 2;
    }
    return true;
}

static inline bool same_part(const struct buf *plain, const struct buf *encoded, enum body_encoding encoding) {
    AUTO_BUF again = BUF_INIT(1 << 22), decoded = BUF_INIT(1 << 22);
    body_base64(buf_text(plain), plain->length, &again);
    if (encoding == BODY_BASE64) return !strcmp(buf_text(&again), buf_text(encoded));
    if (encoded->length > again.length) return false; /* whichever is shorter */
    decode_quoted(encoded, &decoded);
    return sound_lines(encoded) && !strcmp(buf_text(&decoded), buf_text(plain));
}

/* A value that cannot be rendered, a link that is none, is refused by both. */
static inline bool same_parts(struct mail_template *template, const struct fields *fields) {
    struct mail_parts plain = MAIL_PARTS_INIT, encoded = MAIL_PARTS_INIT;
    struct err err = {0};
    bool rendered = mail_template_render(template, fields, &plain, &err);
    if (rendered != mail_template_encode(template, fields, &encoded, &err)) return false;
    bool good = !rendered ||
                (!strcmp(buf_text(&plain.subject), buf_text(&encoded.subject)) &&
                same_part(&plain.text, &encoded.text, encoded.text_encoding) &&
                same_part(&plain.html, &encoded.html, encoded.html_encoding));
    if (!good) printf("# %s: text «%s» encoded «%s»\n", err.text, buf_text(&plain.text), buf_text(&encoded.text));
    if (!good) printf("# HTML «%s» encoded «%s»\n", buf_text(&plain.html), buf_text(&encoded.html));
    mail_parts_release(&plain);
    mail_parts_release(&encoded);
    return good;
}

#endif
