/* JSON values (RFC 8259), read and written (jansson). An object keeps the order its keys were set in. */
#ifndef BASE_JS_H
#define BASE_JS_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

struct js;
enum js_kind { JS_NULL, JS_BOOL, JS_INTEGER, JS_REAL, JS_TEXT, JS_ARRAY, JS_OBJECT };

struct js *js_object(void);
struct js *js_array(void);
void js_free(struct js *value); /* NULL is fine; only for values not given away */
AUTO_CLOSE(js, js_free)

/* Setting and adding take text by copy and values over: a value given to a parent belongs to it.
 * Text that is not UTF-8 is repaired first; NULL text becomes null. */
void js_set(struct js *object, const char *key, struct js *value);
void js_set_text(struct js *object, const char *key, const char *text);
void js_set_int(struct js *object, const char *key, int64_t number);
void js_set_bool(struct js *object, const char *key, bool truth);
void js_set_null(struct js *object, const char *key);
void js_add(struct js *array, struct js *value);
void js_add_text(struct js *array, const char *text);
void js_add_int(struct js *array, int64_t number);

/* One document; ERR_INPUT with the line when it is not JSON. Depth and size are bounded. */
struct js *js_parse(const char *bytes, size_t length, struct err *err);
enum js_kind js_kind(const struct js *value);
const struct js *js_get(const struct js *object, const char *key); /* borrowed; NULL when absent */
size_t js_count(const struct js *array);
const struct js *js_at(const struct js *array, size_t index); /* borrowed */
const char *js_text(const struct js *value);                  /* borrowed; NULL unless text */
int64_t js_int(const struct js *value);                       /* 0 unless a number */
bool js_truth(const struct js *value);                        /* false unless true */
double js_real(const struct js *value);
/* Walks an object: cursor NULL starts; returns the next key or NULL. *value borrowed. */
const char *js_next(const struct js *object, void **cursor, const struct js **value);

void js_write(const struct js *value, FILE *file); /* compact, one line, LF behind it */
void js_add_to(const struct js *value, struct buf *out);

#endif
