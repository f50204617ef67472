/* expat with every limit it leaves to its callers. */
#include "lists/xml_reader.h"

#include <expat.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "base/library.h"

#define EXPAT(F) \
    F(XML_ErrorString) F(XML_GetBuffer) F(XML_GetCurrentByteIndex) F(XML_GetErrorCode) F(XML_ParseBuffer) F(XML_ParserCreate_MM) F(XML_ParserFree) \
    F(XML_ResumeParser) F(XML_SetCharacterDataHandler) F(XML_SetElementHandler) F(XML_SetStartDoctypeDeclHandler) F(XML_SetUserData) F(XML_StopParser)
static struct { LIBRARY_FUNCTIONS(EXPAT) } expat;

static bool expat_ready(struct err *err) {
    static const char *const NAMES[] = {LIBRARY_NAMES(EXPAT)};
    return library_open(EXPAT_FILE, NAMES, COUNT(NAMES), &expat, err);
}

enum { CHUNK_BYTES = 1 << 15, SLOTS = 256, MOST_SPACES = 16 };
#define SEPARATOR '\n' /* cannot occur in a name, nor, after normalisation, in a URI */

struct space { const char *uri; size_t length; int space; };
struct xml_reader {
    XML_Parser parser;
    struct xml_handler handler;
    void *ctx;
    struct space spaces[MOST_SPACES];
    size_t space_count;
    const struct xml_word *slots[SLOTS];
    int letters[256]; /* words of space 0 that are one letter: most attributes of XLSX cells */
    struct xml_attribute *attributes;
    size_t attribute_room;
    size_t *elements_left;
    size_t fed; /* bytes */
    int depth, path[DEEPEST_XML + 1]; /* words of the elements that are open */
    bool paused, last, refused;
    struct err err; /* what refused */
};

/* -- memory -------------------------------------------------------------------------------------------- */
/* expat keeps every name it has ever seen, and a record for each open element: what a hostile file can make it hold is
 * bounded here. All parsers share the count, for expat's allocators are told of none. */
static _Atomic size_t held;

static void *counted(void *memory) {
    if (memory) held += malloc_usable_size(memory);
    return memory;
}

static void *bounded_malloc(size_t bytes) {
    return bytes > XML_MEMORY_BYTES || held > XML_MEMORY_BYTES - bytes ? NULL : counted(malloc(bytes));
}

static void bounded_free(void *memory) {
    if (memory) held -= malloc_usable_size(memory);
    free(memory);
}

static void *bounded_realloc(void *old, size_t bytes) {
    if (bytes > XML_MEMORY_BYTES || held > XML_MEMORY_BYTES - bytes) return NULL;
    size_t had = old ? malloc_usable_size(old) : 0;
    void *memory = realloc(old, bytes);
    if (!memory) return NULL;
    held -= had;
    return counted(memory);
}

/* -- names --------------------------------------------------------------------------------------------- */
static size_t slot_of(int space, const char *local) {
    uint32_t hash = (uint32_t)space * 0x9E3779B1u;
    for (; *local; local++) hash = (hash ^ (unsigned char)*local) * 0x01000193u;
    return (hash ^ hash >> 15) % SLOTS;
}

static void learn(struct xml_reader *reader, const struct xml_vocabulary *vocabulary) {
    for (const struct xml_space *space = vocabulary->spaces; space->uri; space++)
        reader->spaces[reader->space_count++] = (struct space){space->uri, strlen(space->uri), space->space};
    for (const struct xml_word *word = vocabulary->words; word->local; word++) {
        size_t slot = slot_of(word->space, word->local);
        if (!word->space && !word->local[1]) reader->letters[(unsigned char)*word->local] = word->word;
        while (reader->slots[slot]) slot = (slot + 1) % SLOTS;
        reader->slots[slot] = word;
    }
}

/* One hash for all names, so that the first comparison of letters is nearly always the last. */
static int word_of(const struct xml_reader *reader, const char *name) {
    const char *local = name;
    int space = 0;
    if (*name && !name[1]) return reader->letters[(unsigned char)*name];
    for (const struct space *known = reader->spaces; known < reader->spaces + reader->space_count; known++) {
        if (*name != *known->uri || strncmp(name, known->uri, known->length) || name[known->length] != SEPARATOR) continue;
        local = name + known->length + 1;
        space = known->space;
        break;
    }
    for (size_t slot = slot_of(space, local); reader->slots[slot]; slot = (slot + 1) % SLOTS)
        if (reader->slots[slot]->space == space && !strcmp(reader->slots[slot]->local, local))
            return reader->slots[slot]->word;
    return 0;
}

/* -- what expat calls ---------------------------------------------------------------------------------- */
static void refuse(struct xml_reader *reader, const char *code, const char *text) {
    err_set(xml_reader_refuse(reader), ERR_INPUT, code, "%s", text);
}

static const struct xml_attribute *known_attributes(struct xml_reader *reader, const char **pairs) {
    static const struct xml_attribute NONE = {0, NULL};
    size_t count = 0;
    if (!*pairs) return &NONE;
    for (; *pairs; pairs += 2) {
        if (count + 1 >= reader->attribute_room) {
            reader->attribute_room = reader->attribute_room * 2 + 16;
            reader->attributes = mem_grow(reader->attributes, reader->attribute_room, sizeof *reader->attributes);
        }
        int word = word_of(reader, *pairs);
        if (word) reader->attributes[count++] = (struct xml_attribute){word, pairs[1]};
    }
    reader->attributes[count].word = 0;
    return reader->attributes;
}

static void XMLCALL on_start(void *user, const char *name, const char **pairs) {
    struct xml_reader *reader = user;
    if (reader->refused) return;
    if (++reader->depth > DEEPEST_XML)
        return refuse(reader, "ZIP_INVALID", "ce classeur est abîmé (éléments imbriqués sans fin) : enregistrez-le de nouveau");
    if (!*reader->elements_left)
        return refuse(reader, "ZIP_BOMB",
                      "ce classeur contient trop d'éléments : copiez la liste seule dans un nouveau classeur");
    --*reader->elements_left;
    int word = reader->path[reader->depth] = word_of(reader, name);
    if (reader->handler.start) reader->handler.start(reader->ctx, word, known_attributes(reader, pairs));
}

static void XMLCALL on_end(void *user, const char *name) {
    struct xml_reader *reader = user;
    (void)name;
    if (reader->refused) return;
    int word = reader->path[reader->depth--];
    if (reader->handler.end) reader->handler.end(reader->ctx, word);
}

static void XMLCALL on_text(void *user, const char *text, int length) {
    struct xml_reader *reader = user;
    if (!reader->refused) reader->handler.text(reader->ctx, text, (size_t)length);
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system, const char *public, int internal) {
    (void)name, (void)system, (void)public, (void)internal;
    refuse(user, "ZIP_INVALID",
           "ce classeur contient une déclaration (DOCTYPE) qu'aucun tableur n'écrit : enregistrez-le de nouveau depuis votre "
           "tableur");
}

/* -- the reader ---------------------------------------------------------------------------------------- */
struct xml_reader *xml_reader_open(const struct xml_vocabulary *vocabulary, const struct xml_handler *handler, void *ctx,
                                   size_t *elements_left) {
    static const XML_Memory_Handling_Suite BOUNDED = {bounded_malloc, bounded_realloc, bounded_free};
    struct xml_reader *reader = mem_new(1, sizeof *reader);
    *reader = (struct xml_reader){.handler = *handler, .ctx = ctx, .elements_left = elements_left};
    reader->attribute_room = 16;
    reader->attributes = mem_new(reader->attribute_room, sizeof *reader->attributes);
    learn(reader, vocabulary);
    if (!expat_ready(&reader->err)) return reader; /* said by xml_reader_next, like the next line */
    reader->parser = expat.XML_ParserCreate_MM(NULL, &BOUNDED, (char[]){SEPARATOR, '\0'});
    if (!reader->parser) return reader;
    expat.XML_SetUserData(reader->parser, reader);
    expat.XML_SetElementHandler(reader->parser, on_start, on_end);
    if (handler->text) expat.XML_SetCharacterDataHandler(reader->parser, on_text);
    expat.XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    return reader;
}

void xml_reader_close(struct xml_reader *reader) {
    if (!reader) return;
    if (reader->parser) expat.XML_ParserFree(reader->parser);
    free(reader->attributes);
    free(reader);
}

void xml_reader_pause(struct xml_reader *reader) {
    if (reader->refused) return;
    reader->paused = true;
    expat.XML_StopParser(reader->parser, XML_TRUE);
}

struct err *xml_reader_refuse(struct xml_reader *reader) {
    if (!reader->refused) expat.XML_StopParser(reader->parser, XML_FALSE);
    reader->refused = true;
    return &reader->err;
}

static int ill_formed(const struct xml_reader *reader, struct err *err) {
    const char *why = reader->parser ? expat.XML_ErrorString(expat.XML_GetErrorCode(reader->parser)) : "out of memory";
    err_set(err, ERR_INPUT, "ZIP_INVALID",
            "ce classeur est abîmé (XML illisible : %s) : ouvrez-le dans votre tableur et enregistrez-le de nouveau", why);
    return -1;
}

/* An unfinished tag is kept whole, and versions of expat without its mends of 2024 look at it again with each chunk. */
static bool tag_too_long(const struct xml_reader *reader) {
    XML_Index at = expat.XML_GetCurrentByteIndex(reader->parser);
    return at >= 0 && reader->fed - (size_t)at > LONGEST_TAG_BYTES + CHUNK_BYTES;
}

/* One chunk more. False when there is an error, in *err or in the reader. */
static bool feed(struct xml_reader *reader, xml_read *read, void *from, enum XML_Status *status, struct err *err) {
    void *room = expat.XML_GetBuffer(reader->parser, CHUNK_BYTES);
    if (!room) return ill_formed(reader, err), false;
    long got = read(from, room, CHUNK_BYTES, err);
    if (got < 0) return false;
    reader->fed += (size_t)got;
    reader->last = !got;
    *status = expat.XML_ParseBuffer(reader->parser, (int)got, reader->last);
    return true;
}

int xml_reader_next(struct xml_reader *reader, xml_read *read, void *from, struct err *err) {
    enum XML_Status status;
    if (reader->err.kind) return *err = reader->err, -1;
    if (!reader->parser) return ill_formed(reader, err);
    for (;;) {
        if (reader->paused) {
            reader->paused = false;
            status = expat.XML_ResumeParser(reader->parser);
        } else if (reader->last)
            return 0;
        else if (!feed(reader, read, from, &status, err))
            return -1;
        if (reader->refused) return *err = reader->err, -1;
        if (reader->paused) return 1;
        if (status != XML_STATUS_OK || tag_too_long(reader)) return ill_formed(reader, err);
    }
}

/* -- attributes ---------------------------------------------------------------------------------------- */
const char *xml_value(const struct xml_attribute *attributes, int word) {
    for (; attributes->word; attributes++)
        if (attributes->word == word) return attributes->value;
    return NULL;
}

bool xml_true(const char *value) {
    return value && (!strcmp(value, "1") || !strcmp(value, "true"));
}

long xml_number(const char *value, long most, long other) {
    long number = 0;
    if (!value || !*value) return other;
    for (; *value; value++) {
        if (*value < '0' || *value > '9') return other;
        number = number * 10 + (*value - '0');
        if (number > most) return other;
    }
    return number;
}
