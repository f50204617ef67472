/* XML as it streams in, names turned into small numbers: elements and attributes of a vocabulary, whatever prefix a
 * file gives their namespace. Refused: DOCTYPE (and so entities), nesting deeper than DEEPEST_XML, a tag or comment
 * longer than LONGEST_TAG_BYTES, more memory than XML_MEMORY_BYTES. */
#ifndef LISTS_XML_READER_H
#define LISTS_XML_READER_H

#include "base/err.h"

enum { DEEPEST_XML = 200, LONGEST_TAG_BYTES = 1 << 18, XML_MEMORY_BYTES = 32 << 20 };

/* A namespace may have several URIs (transitional and strict OOXML): words of `space` n are found in any whose number is
 * n. Space 0 is that of attributes without prefix. Both tables end with a NULL. */
struct xml_space { const char *uri; int space; };
struct xml_word { const char *local; int space; int word; /* from 1; 0 = any other name */ };
struct xml_vocabulary { const struct xml_space *spaces; const struct xml_word *words; };

struct xml_attribute { int word; const char *value; }; /* those of the vocabulary; word 0 ends them */
struct xml_handler { /* any may be NULL */
    void (*start)(void *ctx, int element, const struct xml_attribute *attributes);
    void (*end)(void *ctx, int element);
    void (*text)(void *ctx, const char *text, size_t length); /* in pieces */
};

/* Bytes of the document: as zip_part_read. */
typedef long xml_read(void *from, char *out, size_t room, struct err *err);

struct xml_reader;
/* elements_left, borrowed, is shared by the readers of one file: each element takes one, none left is ZIP_BOMB. */
struct xml_reader *xml_reader_open(const struct xml_vocabulary *vocabulary, const struct xml_handler *handler, void *ctx,
                                   size_t *elements_left);
void xml_reader_close(struct xml_reader *reader);
AUTO_CLOSE(xml_reader, xml_reader_close)

/* Reads on until a handler pauses (1), the document's end (0), or what refuses it (-1): ZIP_INVALID, ZIP_BOMB, an
 * error of read, one that a handler gave. */
int xml_reader_next(struct xml_reader *reader, xml_read *read, void *from, struct err *err);
/* Within handlers: xml_reader_next returns 1 after this one … */
void xml_reader_pause(struct xml_reader *reader);
/* … or -1, with the error that this returns to be filled in. */
struct err *xml_reader_refuse(struct xml_reader *reader);

/* -- what handlers read out of attributes */
const char *xml_value(const struct xml_attribute *attributes, int word); /* NULL = absent */
bool xml_true(const char *value);                                       /* "1", "true"; NULL is false */
/* A whole number of digits alone, at most that; other when it is absent, no number or too large. */
long xml_number(const char *value, long most, long other);

#endif
