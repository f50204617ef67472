/* The parsed form of a Mustache template, shared by its parser and its renderer only. */
#ifndef TEMPLATES_MUSTACHE_TREE_H
#define TEMPLATES_MUSTACHE_TREE_H

#include "templates/mustache.h"

enum {
    MUSTACHE_DEPTH = 50,             /* sections in sections, partials in partials */
    MUSTACHE_SOURCE_BYTES = 4 << 20, /* a template or partial, its indentation included */
    MUSTACHE_PARTIALS = 200,         /* pairs of partial and indentation kept */
    MUSTACHE_EXPANSIONS = 100000,    /* partials expanded by one rendering */
    MUSTACHE_STEPS = 20000000,       /* nodes visited by one rendering */
    MUSTACHE_DELIMITER = 16,         /* bytes of one delimiter */
    MUSTACHE_NAME = 255,             /* bytes of a name */
};

enum mustache_kind {
    MUSTACHE_TEXT,
    MUSTACHE_VALUE,    /* {{name}} */
    MUSTACHE_RAW,      /* {{{name}}}, {{&name}} */
    MUSTACHE_SECTION,  /* {{#name}} */
    MUSTACHE_INVERTED, /* {{^name}} */
    MUSTACHE_PARTIAL,  /* {{>name}} */
};

/* Nodes lie in reading order; the children of a section are those behind it up to end. */
struct mustache_node {
    enum mustache_kind kind;
    const char *text; /* literal bytes, or the name; inside source */
    size_t length, end;
    const char *indent; /* of a standalone partial; inside source */
    size_t indent_length;
    long line, column;
};

struct mustache {
    char *source, *file;
    struct mustache_node *nodes;
    size_t count;
    mustache_partial *partial;
    void *ctx;
    struct mustache_cache *cache; /* partials parsed so far; shared with them, owned by the first template */
    bool owns_cache;
};

struct mustache_cache {
    struct mustache_cached {
        char *name, *indent;
        struct mustache *parsed;
    } * all;
    size_t count;
};

/* Gives an error its place in a template; returns false. */
bool mustache_fault(struct err *err, const struct mustache *where, long line, long column);
/* How many of length bytes an error message shows: at most 60, no character cut in two. */
int mustache_shown(const char *text, size_t length);
#define MUSTACHE_SHOWN(text, length) mustache_shown(text, length), text

/* As mustache_parse, every line of bytes led by indent; joins cache. */
struct mustache *mustache_parse_partial(const struct mustache *parent, const char *name, const char *indent,
                                        const char *bytes, size_t length, struct err *err);

#endif
