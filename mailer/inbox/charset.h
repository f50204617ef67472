/* From any charset a mail may claim to UTF-8, without opening a file at the moment it is needed.
 * UTF-8, the Western European ones and what browsers mean by iso-8859-1 (that is windows-1252, WHATWG) are
 * tables of our own; others are the C library's converters, opened beforehand for those the message names. */
#ifndef MAILER_INBOX_CHARSET_H
#define MAILER_INBOX_CHARSET_H

#include <iconv.h>

#include "base/buf.h"

enum { CHARSETS_OPEN = 64, CHARSET_NAME = 24 };
struct charsets {
    struct {
        char name[CHARSET_NAME];
        iconv_t converter;
    } open[CHARSETS_OPEN];
    size_t count;
    uint64_t tried; /* rows of the list that are open, or that the machine lacks */
};

/* The charsets a message names ("charset=", "=?name?") that need a converter: rows of a fixed list, so that bytes choose no file name. */
uint64_t charsets_named(const char *bytes, size_t length);
/* Opens their converters, those that are not open yet. */
void charsets_open(struct charsets *charsets, uint64_t named);
void charsets_prepare(struct charsets *charsets, const char *bytes, size_t length); /* both */
void charsets_release(struct charsets *charsets);
/* Appends valid UTF-8, whatever comes in: U+FFFD for what cannot be read, a space for NUL. name may be "" or
 * NULL. */
void charsets_decode(const struct charsets *charsets, const char *name, const char *bytes, size_t length,
                     struct buf *out);

#endif
