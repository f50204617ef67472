/* Mustache: template text to a tree (mustache(5), specification 1.4, the core modules). */
#include "templates/mustache_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct parser {
    struct mustache *into;
    const char *start, *at, *end;
    const char *counted; /* line and column are those of this byte */
    long line, column, indent_columns;
    char open[MUSTACHE_DELIMITER + 1], close[MUSTACHE_DELIMITER + 1];
    size_t sections[MUSTACHE_DEPTH]; /* indexes of those still open */
    size_t depth;
};

struct tag {
    char sigil;              /* one of #^/>&!={ or 0 */
    const char *begin, *end; /* delimiters included */
    const char *name;
    size_t name_length;
    const char *line_begin,
        *line_end; /* of a standalone tag: the line, its break included; otherwise begin, end */
    bool standalone;
    long line, column;
};

static void count_to(struct parser *parser, const char *to) {
    for (; parser->counted < to; parser->counted++) {
        if (*parser->counted == '\n') {
            parser->line++;
            parser->column = 1;
        } else if (((unsigned char)*parser->counted & 0xC0) != 0x80)
            parser->column++;
    }
}

bool mustache_fault(struct err *err, const struct mustache *where, long line, long column) {
    if (!err) return false;
    err_printable(err);
    err->line = line;
    err->column = column;
    return err_at(err, where->file, line);
}

int mustache_shown(const char *text, size_t length) {
    size_t shown = length < 60 ? length : 60;
    while (shown && shown < length && ((unsigned char)text[shown] & 0xC0) == 0x80) shown--;
    return (int)shown;
}

static bool tag_fault(struct err *err, const struct parser *parser, const struct tag *tag) {
    return mustache_fault(err, parser->into, tag->line, tag->column);
}

static const char *find(const char *at, const char *end, const char *what) {
    return at < end ? memmem(at, (size_t)(end - at), what, strlen(what)) : NULL;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **begin, const char **end) {
    while (*begin < *end && is_space(**begin)) ++*begin;
    while (*end > *begin && is_space((*end)[-1])) --*end;
}

static struct mustache_node *add_node(struct mustache *into, enum mustache_kind kind, const char *text,
                                      size_t length) {
    if ((into->count & (into->count - 1)) == 0)
        into->nodes = mem_grow(into->nodes, into->count ? into->count * 2 : 1, sizeof *into->nodes);
    struct mustache_node *node = &into->nodes[into->count++];
    *node = (struct mustache_node){.kind = kind, .text = text, .length = length, .end = into->count};
    return node;
}

static void add_text(struct parser *parser, const char *begin, const char *end) {
    if (begin < end) add_node(parser->into, MUSTACHE_TEXT, begin, (size_t)(end - begin));
}

/* A tag other than a value that is alone on its line takes the line with it. */
static void find_line(const struct parser *parser, struct tag *tag) {
    const char *begin = tag->begin, *end = tag->end;
    tag->line_begin = tag->begin;
    tag->line_end = tag->end;
    if (!tag->sigil || tag->sigil == '{' || tag->sigil == '&') return;
    while (begin > parser->start && (begin[-1] == ' ' || begin[-1] == '\t')) begin--;
    if (begin > parser->start && begin[-1] != '\n') return;
    while (end < parser->end && (*end == ' ' || *end == '\t')) end++;
    if (end < parser->end && *end == '\r' && end + 1 < parser->end && end[1] == '\n') end++;
    if (end < parser->end && *end != '\n') return;
    tag->standalone = true;
    tag->line_begin = begin;
    tag->line_end = end < parser->end ? end + 1 : end;
}

static bool read_tag(struct parser *parser, const char *begin, struct tag *tag, struct err *err) {
    count_to(parser, begin);
    *tag = (struct tag){.begin = begin, .line = parser->line, .column = parser->column};
    if (tag->column > parser->indent_columns) tag->column -= parser->indent_columns;
    const char *name = begin + strlen(parser->open);
    if (name < parser->end && strchr("#^/>&!={", *name) && *name) tag->sigil = *name++;
    char closing[MUSTACHE_DELIMITER + 2] = "";
    if (tag->sigil == '{' || tag->sigil == '=') strcpy(closing, tag->sigil == '{' ? "}" : "=");
    strcat(closing, parser->close);
    const char *name_end = find(name, parser->end, closing);
    if (!name_end) {
        err_set(err, ERR_INPUT, "MUSTACHE", "balise ouverte et jamais fermée ; il manque « %s »", closing);
        return tag_fault(err, parser, tag);
    }
    tag->end = name_end + strlen(closing);
    trim(&name, &name_end);
    tag->name = name;
    tag->name_length = (size_t)(name_end - name);
    find_line(parser, tag);
    if (tag->sigil == '!' || (tag->name_length && tag->name_length <= MUSTACHE_NAME)) return true;
    err_set(err, ERR_INPUT, "MUSTACHE", "« %.*s » : %s", MUSTACHE_SHOWN(begin, (size_t)(tag->end - begin)),
            tag->name_length ? "nom de plus de 255 octets" : "balise sans nom");
    return tag_fault(err, parser, tag);
}

static bool set_delimiters(struct parser *parser, const struct tag *tag, struct err *err) {
    const char *open = tag->name, *end = open + tag->name_length, *open_end = open;
    while (open_end < end && !is_space(*open_end)) open_end++;
    const char *close = open_end;
    while (close < end && is_space(*close)) close++;
    size_t open_length = (size_t)(open_end - open), close_length = (size_t)(end - close);
    bool good = close_length && open_length <= MUSTACHE_DELIMITER && close_length <= MUSTACHE_DELIMITER;
    for (const char *at = open; good && at < end; at++)
        good = *at && *at != '=' && !(at >= close && is_space(*at));
    if (!good) {
        err_set(err, ERR_INPUT, "MUSTACHE",
                "délimiteurs « %.*s » : écrivez-en deux, séparés par une espace et sans « = »",
                MUSTACHE_SHOWN(tag->name, tag->name_length));
        return tag_fault(err, parser, tag);
    }
    memcpy(parser->open, open, open_length);
    parser->open[open_length] = '\0';
    memcpy(parser->close, close, close_length);
    parser->close[close_length] = '\0';
    return true;
}

static bool close_section(struct parser *parser, const struct tag *tag, struct err *err) {
    if (!parser->depth) {
        err_set(err, ERR_INPUT, "MUSTACHE", "« %.*s » est fermée sans avoir été ouverte",
                MUSTACHE_SHOWN(tag->name, tag->name_length));
        return tag_fault(err, parser, tag);
    }
    struct mustache_node *open = &parser->into->nodes[parser->sections[parser->depth - 1]];
    if (open->length != tag->name_length || memcmp(open->text, tag->name, open->length)) {
        err_set(err, ERR_INPUT, "MUSTACHE",
                "« %.*s » ne peut être fermée ici : fermez d'abord « %.*s », ouverte ligne %ld",
                MUSTACHE_SHOWN(tag->name, tag->name_length), MUSTACHE_SHOWN(open->text, open->length),
                open->line);
        return tag_fault(err, parser, tag);
    }
    open->end = parser->into->count;
    parser->depth--;
    return true;
}

static bool add_tag(struct parser *parser, const struct tag *tag, struct err *err) {
    static const struct {
        char sigil;
        enum mustache_kind kind;
    } KINDS[] = {{'\0', MUSTACHE_VALUE},  {'&', MUSTACHE_RAW},      {'{', MUSTACHE_RAW},
                 {'#', MUSTACHE_SECTION}, {'^', MUSTACHE_INVERTED}, {'>', MUSTACHE_PARTIAL}};
    if (tag->sigil == '!') return true;
    if (tag->sigil == '=') return set_delimiters(parser, tag, err);
    if (tag->sigil == '/') return close_section(parser, tag, err);
    size_t kind = 0;
    while (KINDS[kind].sigil != tag->sigil) kind++;
    bool section = tag->sigil == '#' || tag->sigil == '^';
    if (section && parser->depth == MUSTACHE_DEPTH) {
        err_set(err, ERR_INPUT, "MUSTACHE_LIMIT", "« %.*s » : plus de 50 sections les unes dans les autres",
                MUSTACHE_SHOWN(tag->name, tag->name_length));
        return tag_fault(err, parser, tag);
    }
    if (section) parser->sections[parser->depth++] = parser->into->count;
    struct mustache_node *node = add_node(parser->into, KINDS[kind].kind, tag->name, tag->name_length);
    node->line = tag->line;
    node->column = tag->column;
    if (tag->sigil == '>' && tag->standalone) {
        node->indent = tag->line_begin;
        node->indent_length = (size_t)(tag->begin - tag->line_begin);
    }
    return true;
}

static bool parse_all(struct parser *parser, struct err *err) {
    const char *begin;
    while ((begin = find(parser->at, parser->end, parser->open))) {
        struct tag tag;
        if (!read_tag(parser, begin, &tag, err)) return false;
        add_text(parser, parser->at, tag.line_begin);
        if (!add_tag(parser, &tag, err)) return false;
        parser->at = tag.line_end;
    }
    add_text(parser, parser->at, parser->end);
    if (!parser->depth) return true;
    const struct mustache_node *open = &parser->into->nodes[parser->sections[parser->depth - 1]];
    err_set(err, ERR_INPUT, "MUSTACHE", "section « %.*s » ouverte et jamais fermée",
            MUSTACHE_SHOWN(open->text, open->length));
    return mustache_fault(err, parser->into, open->line, open->column);
}

static struct mustache *parse(const char *bytes, size_t length, const char *file, const char *indent,
                              struct err *err) {
    struct mustache *mustache = mem_new(1, sizeof *mustache);
    AUTO_BUF source = BUF_INIT(MUSTACHE_SOURCE_BYTES);
    mustache->file = text_dup(file);
    for (const char *at = bytes, *end = bytes + length; at < end && !source.overflow;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t line_length = *indent ? (size_t)(line_end ? line_end + 1 - at : end - at) : (size_t)(end - at);
        buf_add_text(&source, indent);
        buf_add(&source, at, line_length);
        at += line_length;
    }
    size_t source_length = source.length;
    bool overflow = source.overflow;
    mustache->source = buf_take(&source);
    struct parser parser = {.into = mustache,
                            .start = mustache->source,
                            .at = mustache->source,
                            .line = 1,
                            .column = 1,
                            .end = mustache->source + source_length,
                            .counted = mustache->source,
                            .open = "{{",
                            .close = "}}",
                            .indent_columns = (long)strlen(indent)};
    if (overflow) err_set(err, ERR_INPUT, "MUSTACHE_LIMIT", "modèle de plus de 4 Mo ; raccourcissez-le");
    if (overflow ? mustache_fault(err, mustache, 1, 1) : parse_all(&parser, err)) return mustache;
    mustache_free(mustache);
    return NULL;
}

struct mustache *mustache_parse(const char *bytes, size_t length, const char *file, mustache_partial *partial,
                                void *ctx, struct err *err) {
    struct mustache *mustache = parse(bytes, length, file, "", err);
    if (!mustache) return NULL;
    mustache->partial = partial;
    mustache->ctx = ctx;
    mustache->cache = mem_new(1, sizeof *mustache->cache);
    mustache->owns_cache = true;
    return mustache;
}

struct mustache *mustache_parse_partial(const struct mustache *parent, const char *name, const char *indent,
                                        const char *bytes, size_t length, struct err *err) {
    struct mustache *mustache = parse(bytes, length, name, indent, err);
    if (!mustache) return NULL;
    mustache->partial = parent->partial;
    mustache->ctx = parent->ctx;
    mustache->cache = parent->cache;
    return mustache;
}

void mustache_free(struct mustache *mustache) {
    if (!mustache) return;
    for (size_t i = 0; mustache->owns_cache && i < mustache->cache->count; i++) {
        free(mustache->cache->all[i].name);
        free(mustache->cache->all[i].indent);
        mustache_free(mustache->cache->all[i].parsed);
    }
    if (mustache->owns_cache) {
        free(mustache->cache->all);
        free(mustache->cache);
    }
    free(mustache->nodes);
    free(mustache->source);
    free(mustache->file);
    free(mustache);
}

bool mustache_names(const struct mustache *mustache, mustache_seen *seen, void *ctx) {
    static const char SIGIL[] = {[MUSTACHE_VALUE] = 0,
                                 [MUSTACHE_RAW] = '&',
                                 [MUSTACHE_SECTION] = '#',
                                 [MUSTACHE_INVERTED] = '^',
                                 [MUSTACHE_PARTIAL] = '>'};
    for (size_t i = 0; i < mustache->count; i++) {
        const struct mustache_node *node = &mustache->nodes[i];
        bool known = node->kind == MUSTACHE_TEXT;
        for (size_t k = 0; k < i && !known; k++) {
            const struct mustache_node *before = &mustache->nodes[k];
            known = before->kind == node->kind && before->length == node->length &&
                    !memcmp(before->text, node->text, node->length);
        }
        if (known) continue;
        AUTO_TEXT name = text_dup_n(node->text, node->length);
        if (!seen(ctx, SIGIL[node->kind], name, node->line, node->column)) return false;
    }
    return true;
}
