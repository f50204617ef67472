/* Filling in a struct err. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct err *err, enum err_kind kind, const char *code, const char *format, va_list args) {
    *err = (struct err){.kind = kind};
    snprintf(err->code, sizeof err->code, "%s", code);
    vsnprintf(err->text, sizeof err->text, format, args);
}

bool err_set(struct err *err, enum err_kind kind, const char *code, const char *format, ...) {
    if (!err) return false;
    va_list args;
    va_start(args, format);
    fill(err, kind, code, format, args);
    va_end(args);
    return false;
}

bool err_errno(struct err *err, enum err_kind kind, const char *code, const char *format, ...) {
    int cause = errno;
    if (!err) return false;
    va_list args;
    va_start(args, format);
    fill(err, kind, code, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, " : %s", strerror(cause));
    return false;
}

bool err_at(struct err *err, const char *file, long line) {
    if (err && !err->file[0]) {
        snprintf(err->file, sizeof err->file, "%s", file ? file : "");
        if (!err->line) err->line = line;
    }
    return false;
}

const char *err_line(const struct err *err, char *out, size_t size_bytes) {
    if (err->file[0] && err->line && err->column)
        snprintf(out, size_bytes, "%s:%ld:%ld : %s", err->file, err->line, err->column, err->text);
    else if (err->file[0] && err->line) snprintf(out, size_bytes, "%s:%ld : %s", err->file, err->line, err->text);
    else if (err->file[0]) snprintf(out, size_bytes, "%s : %s", err->file, err->text);
    else if (err->line) snprintf(out, size_bytes, "ligne %ld : %s", err->line, err->text);
    else snprintf(out, size_bytes, "%s", err->text);
    return out;
}
