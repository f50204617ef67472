/* jansson behind our words. struct js is never defined: it is a json_t all along. */
#include "base/js.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { PARSE_LIMIT_BYTES = 64 << 20 };

static json_t *in(struct js *value) { return (json_t *)value; }
static const json_t *in_const(const struct js *value) { return (const json_t *)value; }
static struct js *out(json_t *value) {
    if (!value) abort(); /* jansson returns NULL for lack of memory only, text being repaired first */
    return (struct js *)value;
}

struct js *js_object(void) { return out(json_object()); }
struct js *js_array(void) { return out(json_array()); }
void js_free(struct js *value) { json_decref(in(value)); }

static json_t *text_value(const char *text) {
    if (!text) return json_null();
    size_t length = strlen(text);
    if (utf8_valid(text, length)) return json_stringn(text, length);
    AUTO_BUF repaired = BUF_INIT(SIZE_MAX / 4);
    utf8_repair(&repaired, text, length);
    return json_stringn(buf_text(&repaired), repaired.length);
}

static void set(struct js *object, const char *key, json_t *value) {
    if (json_object_set_new(in(object), key, value)) abort();
}
static void add(struct js *array, json_t *value) {
    if (json_array_append_new(in(array), value)) abort();
}

void js_set(struct js *object, const char *key, struct js *value) { set(object, key, in(value)); }
void js_set_text(struct js *object, const char *key, const char *text) { set(object, key, text_value(text)); }
void js_set_int(struct js *object, const char *key, int64_t number) { set(object, key, json_integer(number)); }
void js_set_bool(struct js *object, const char *key, bool truth) { set(object, key, json_boolean(truth)); }
void js_set_null(struct js *object, const char *key) { set(object, key, json_null()); }
void js_add(struct js *array, struct js *value) { add(array, in(value)); }
void js_add_text(struct js *array, const char *text) { add(array, text_value(text)); }
void js_add_int(struct js *array, int64_t number) { add(array, json_integer(number)); }

struct js *js_parse(const char *bytes, size_t length, struct err *err) {
    if (length > PARSE_LIMIT_BYTES) {
        err_set(err, ERR_INPUT, "JSON_TOO_LARGE", "document JSON de plus de %d Mo", PARSE_LIMIT_BYTES >> 20);
        return NULL;
    }
    json_error_t cause;
    json_t *value = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &cause);
    if (!value) {
        err_set(err, ERR_INPUT, "JSON_INVALID", "JSON non compris à la colonne %d ; vérifiez virgules, guillemets, accolades et crochets", cause.column);
        if (err) err->line = cause.line;
    }
    return (struct js *)value;
}

enum js_kind js_kind(const struct js *value) {
    switch (value ? json_typeof(in_const(value)) : JSON_NULL) {
    case JSON_OBJECT: return JS_OBJECT;
    case JSON_ARRAY: return JS_ARRAY;
    case JSON_STRING: return JS_TEXT;
    case JSON_INTEGER: return JS_INTEGER;
    case JSON_REAL: return JS_REAL;
    case JSON_TRUE:
    case JSON_FALSE: return JS_BOOL;
    case JSON_NULL: break;
    }
    return JS_NULL;
}

const struct js *js_get(const struct js *object, const char *key) {
    return (const struct js *)json_object_get(in_const(object), key);
}
size_t js_count(const struct js *array) { return json_array_size(in_const(array)); }
const struct js *js_at(const struct js *array, size_t index) {
    return (const struct js *)json_array_get(in_const(array), index);
}
const char *js_text(const struct js *value) { return json_string_value(in_const(value)); }
bool js_truth(const struct js *value) { return json_is_true(in_const(value)); }
double js_real(const struct js *value) { return json_number_value(in_const(value)); }
int64_t js_int(const struct js *value) {
    return json_is_real(in_const(value)) ? (int64_t)js_real(value) : json_integer_value(in_const(value));
}

const char *js_next(const struct js *object, void **cursor, const struct js **value) {
    json_t *walked = (json_t *)(uintptr_t)object; /* jansson's iterators want it writable and leave it alone */
    *cursor = *cursor ? json_object_iter_next(walked, *cursor) : json_object_iter(walked);
    if (!*cursor) return NULL;
    *value = (const struct js *)json_object_iter_value(*cursor);
    return json_object_iter_key(*cursor);
}

static int to_buf(const char *bytes, size_t length, void *ctx) {
    buf_add(ctx, bytes, length);
    return 0;
}

void js_add_to(const struct js *value, struct buf *buf) {
    json_dump_callback(in_const(value), to_buf, buf, JSON_COMPACT | JSON_ENCODE_ANY);
}

void js_write(const struct js *value, FILE *file) {
    json_dumpf(in_const(value), file, JSON_COMPACT | JSON_ENCODE_ANY);
    fputc('\n', file);
}
