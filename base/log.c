/* One line an event, for people or as JSON. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/js.h"
#include "base/text.h"

static const char *const LEVEL[] = {"error", "warning", "info", "debug"};
static struct {
    const char *role;
    enum log_level highest;
    bool as_json;
} settings = {"", LOG_WARNING, false};

void log_begin(const char *role, enum log_level highest, bool as_json) {
    settings.role = role;
    settings.highest = highest;
    settings.as_json = as_json;
}

bool log_is_json(void) { return settings.as_json; }

static void write_json(const char *at, enum log_level level, const char *text) {
    AUTO(js) line = js_object();
    js_set_text(line, "at", at);
    js_set_text(line, "level", LEVEL[level]);
    js_set_text(line, "role", settings.role);
    js_set_text(line, "text", text);
    js_write(line, stderr);
}

void log_last_words(const char *text) {
    AUTO_BUF safe = BUF_INIT(4096);
    char at[INSTANT_TEXT];
    text_printable(&safe, text, strlen(text));
    instant_format(realtime_ms(), 0, at);
    if (settings.as_json) write_json(at, LOG_ERROR, buf_text(&safe));
    else fprintf(stderr, "relais : %s\n", buf_text(&safe));
}

void log_write(enum log_level level, const char *format, ...) {
    if (level > settings.highest) return;
    AUTO_BUF raw = BUF_INIT(8192);
    va_list args;
    va_start(args, format);
    buf_add_format_args(&raw, format, args);
    va_end(args);
    AUTO_BUF text = BUF_INIT(16384);
    text_printable(&text, buf_text(&raw), raw.length);
    char at[INSTANT_TEXT];
    instant_format(realtime_ms(), 0, at);
    if (settings.as_json) write_json(at, level, buf_text(&text));
    else fprintf(stderr, "%s %s %s%s%s\n", at, LEVEL[level], settings.role, *settings.role ? ": " : "", buf_text(&text));
}
