/* Mustache: a parsed template and JSON data to text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "templates/mustache_tree.h"

struct rendering {
    const struct js *stack[2 * MUSTACHE_DEPTH + 1]; /* contexts, the innermost last */
    size_t depth;
    int nesting; /* sections and partials entered */
    long expansions, steps;
    mustache_escape *escape;
    struct buf *out;
    struct err *err;
};

static bool fault(const struct rendering *rendering, const struct mustache *mustache,
                  const struct mustache_node *node, const char *text) {
    err_set(rendering->err, ERR_INPUT, "MUSTACHE_LIMIT", "« %.*s » : %s",
            MUSTACHE_SHOWN(node->text, node->length), text);
    return mustache_fault(rendering->err, mustache, node->line, node->column);
}

/* -- finding a value ----------------------------------------------------------------------------------- */
static const struct js *member(const struct js *object, const char *key, size_t length) {
    char name[MUSTACHE_NAME + 1];
    if (js_kind(object) != JS_OBJECT) return NULL;
    memcpy(name, key, length);
    name[length] = '\0';
    return js_get(object, name);
}

/* The first part of a dotted name is looked for from the innermost context outwards; the rest only inside
 * what was found, so that a.b is never borrowed from elsewhere. */
static const struct js *find(const struct rendering *rendering, const char *name, size_t length) {
    if (length == 1 && *name == '.') return rendering->stack[rendering->depth - 1];
    const char *end = name + length, *dot = memchr(name, '.', length);
    size_t part = dot ? (size_t)(dot - name) : length;
    const struct js *found = NULL;
    for (size_t i = rendering->depth; i-- > 0 && !found;) found = member(rendering->stack[i], name, part);
    for (const char *at = dot; found && at; at = dot) {
        at++;
        dot = memchr(at, '.', (size_t)(end - at));
        found = member(found, at, dot ? (size_t)(dot - at) : (size_t)(end - at));
    }
    return found;
}

static bool falsy(const struct js *value) {
    switch (js_kind(value)) {
    case JS_NULL:
        return true;
    case JS_BOOL:
        return !js_truth(value);
    case JS_ARRAY:
        return !js_count(value);
    default:
        return false;
    }
}

/* -- values as text ------------------------------------------------------------------------------------ */
/* The fewest digits that read back as the same number. */
static void real_text(double number, char *out, size_t size_bytes) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size_bytes, "%.*g", digits, number);
        if (strtod(out, NULL) == number) return;
    }
}

static void add_value(struct rendering *rendering, const struct js *value, mustache_escape *escape) {
    char number[40];
    const char *text = number;
    switch (js_kind(value)) {
    case JS_TEXT:
        text = js_text(value);
        break;
    case JS_BOOL:
        text = js_truth(value) ? "true" : "false";
        break;
    case JS_INTEGER:
        snprintf(number, sizeof number, "%lld", (long long)js_int(value));
        break;
    case JS_REAL:
        real_text(js_real(value), number, sizeof number);
        break;
    default:
        return; /* null, lists and objects have no text of their own */
    }
    if (escape)
        escape(rendering->out, text, strlen(text));
    else
        buf_add_text(rendering->out, text);
}

/* -- walking the tree ---------------------------------------------------------------------------------- */
static bool render_nodes(struct rendering *rendering, const struct mustache *mustache, size_t from,
                         size_t to);

static bool render_with(struct rendering *rendering, const struct mustache *mustache, size_t section,
                        const struct js *context) {
    rendering->stack[rendering->depth++] = context;
    bool good = render_nodes(rendering, mustache, section + 1, mustache->nodes[section].end);
    rendering->depth--;
    return good;
}

static bool render_section(struct rendering *rendering, const struct mustache *mustache, size_t section) {
    const struct mustache_node *node = &mustache->nodes[section];
    const struct js *value = find(rendering, node->text, node->length);
    if (node->kind == MUSTACHE_INVERTED)
        return !falsy(value) || render_nodes(rendering, mustache, section + 1, node->end);
    if (falsy(value)) return true;
    if (js_kind(value) != JS_ARRAY) return render_with(rendering, mustache, section, value);
    for (size_t i = 0; i < js_count(value); i++)
        if (!render_with(rendering, mustache, section, js_at(value, i))) return false;
    return true;
}

static bool is_text(const char *text, const char *bytes, size_t length) {
    return !strncmp(text, bytes, length) && !text[length];
}

/* *fault: the partial is there and faulty. NULL without it: there is none, which renders as nothing. */
static struct mustache *load_partial(struct rendering *rendering, const struct mustache *mustache,
                                     const struct mustache_node *node, bool *faulty) {
    struct mustache_cache *cache = mustache->cache;
    const char *indented = node->indent_length ? node->indent : "";
    for (size_t i = 0; i < cache->count; i++)
        if (is_text(cache->all[i].name, node->text, node->length) &&
            is_text(cache->all[i].indent, indented, node->indent_length))
            return cache->all[i].parsed;
    AUTO_TEXT name = text_dup_n(node->text, node->length);
    AUTO_TEXT indent = text_dup_n(indented, node->indent_length);
    size_t length = 0;
    const char *bytes = mustache->partial ? mustache->partial(mustache->ctx, name, &length) : NULL;
    *faulty = bytes && cache->count == MUSTACHE_PARTIALS &&
              !fault(rendering, mustache, node, "trop de modèles partiels");
    if (!bytes || *faulty) return NULL;
    struct mustache *parsed = mustache_parse_partial(mustache, name, indent, bytes, length, rendering->err);
    *faulty = !parsed;
    if (!parsed) return NULL;
    cache->all = mem_grow(cache->all, cache->count + 1, sizeof *cache->all);
    cache->all[cache->count++] = (struct mustache_cached){text_dup(name), text_dup(indent), parsed};
    return parsed;
}

static bool render_partial(struct rendering *rendering, const struct mustache *mustache,
                           const struct mustache_node *node) {
    if (++rendering->expansions > MUSTACHE_EXPANSIONS)
        return fault(rendering, mustache, node,
                     "modèles partiels développés plus de 100 000 fois ; s'appellent-ils l'un l'autre ?");
    bool faulty = false;
    const struct mustache *partial = load_partial(rendering, mustache, node, &faulty);
    if (!partial) return !faulty;
    return render_nodes(rendering, partial, 0, partial->count);
}

static bool render_node(struct rendering *rendering, const struct mustache *mustache, size_t index) {
    const struct mustache_node *node = &mustache->nodes[index];
    switch (node->kind) {
    case MUSTACHE_TEXT:
        buf_add(rendering->out, node->text, node->length);
        return true;
    case MUSTACHE_VALUE:
        add_value(rendering, find(rendering, node->text, node->length), rendering->escape);
        return true;
    case MUSTACHE_RAW:
        add_value(rendering, find(rendering, node->text, node->length), NULL);
        return true;
    case MUSTACHE_SECTION:
    case MUSTACHE_INVERTED:
    case MUSTACHE_PARTIAL:
        break;
    }
    if (rendering->nesting == MUSTACHE_DEPTH)
        return fault(rendering, mustache, node, "plus de 50 niveaux de sections et de modèles partiels");
    rendering->nesting++;
    bool good = node->kind == MUSTACHE_PARTIAL ? render_partial(rendering, mustache, node)
                                               : render_section(rendering, mustache, index);
    rendering->nesting--;
    return good;
}

static bool render_nodes(struct rendering *rendering, const struct mustache *mustache, size_t from,
                         size_t to) {
    for (size_t i = from; i < to; i = mustache->nodes[i].end) {
        const struct mustache_node *node = &mustache->nodes[i];
        if (++rendering->steps > MUSTACHE_STEPS)
            return fault(rendering, mustache, node, "rendu trop long : plus de 20 millions d'étapes");
        if (!render_node(rendering, mustache, i)) return false;
        if (rendering->out->overflow)
            return fault(rendering, mustache, node, "le résultat dépasse la taille permise");
    }
    return true;
}

bool mustache_render(const struct mustache *mustache, const struct js *data, mustache_escape *escape,
                     struct buf *out, struct err *err) {
    struct rendering rendering = {.stack = {data},
                                  .depth = 1,
                                  .escape = escape ? escape : mustache_escape_html,
                                  .out = out,
                                  .err = err};
    return render_nodes(&rendering, mustache, 0, mustache->count);
}

void mustache_escape_html(struct buf *out, const char *text, size_t length) {
    static const char *const ENTITY[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"};
    size_t from = 0;
    for (size_t i = 0; i < length; i++) {
        const char *entity = ENTITY[(unsigned char)text[i]];
        if (!entity) continue;
        buf_add(out, text + from, i - from);
        buf_add_text(out, entity);
        from = i + 1;
    }
    buf_add(out, text + from, length - from);
}
