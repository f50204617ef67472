/* Mustache (the public specification's core modules). Parsed once, rendered many times. */
#ifndef TEMPLATES_MUSTACHE_H
#define TEMPLATES_MUSTACHE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"

struct mustache;
/* Partials by name; bytes borrowed for the life of the parsed template. NULL = none such (renders empty). */
typedef const char *mustache_partial(void *ctx, const char *name, size_t *length);
/* line and column of the first fault go into err. file names it in messages. */
struct mustache *mustache_parse(const char *bytes, size_t length, const char *file, mustache_partial *partial,
                                void *ctx, struct err *err);
void mustache_free(struct mustache *mustache);
AUTO_CLOSE(mustache, mustache_free)
/* escape: how {{name}} is escaped; {{{name}}} and {{&name}} never are. NULL = as the specification: HTML. */
typedef void mustache_escape(struct buf *out, const char *text, size_t length);
bool mustache_render(const struct mustache *mustache, const struct js *data, mustache_escape *escape,
                     struct buf *out, struct err *err);
void mustache_escape_html(struct buf *out, const char *text, size_t length);
/* Calls seen once for every name and use of it, in reading order, with its line and column; false stops.
 * sigil: '#', '^',
 * '&' ({{{name}}} too), '>' or 0. */
typedef bool mustache_seen(void *ctx, char sigil, const char *name, long line, long column);
bool mustache_names(const struct mustache *mustache, mustache_seen *seen, void *ctx);

#endif
