/* What an import says to programs: one JSON object. */
#include "lists/cell_name.h"
#include "lists/codes.h"
#include "mailer/cmd_import.h"

enum { LINE_BYTES = 1000 };

static struct js *format_json(const struct list_result *list) {
    struct js *format = js_object();
    js_set_text(format, "container", list->format.container);
    if (list->format.sheet)
        js_set_text(format, "sheet", list->format.sheet);
    else {
        js_set_text(format, "encoding", list->format.encoding);
        js_set_text(format, "separator", *list->format.separator ? list->format.separator : NULL);
    }
    if (list->header_line)
        js_set_int(format, "header_line", list->header_line);
    else
        js_set_null(format, "header_line");
    return format;
}

static struct js *container_json(const struct list_result *list) {
    struct js *format = js_object();
    const char *container = list->format.container;
    js_set_text(format, "container", container && *container ? container : NULL);
    return format;
}

static void set_rejected(struct js *one, const struct list_verdict *row) {
    char cell[CELL_NAME];
    js_set_text(one, "column", row->column);
    js_set_text(one, "text", row->text);
    js_set_text(one, "cell", row->at == NO_CELL ? NULL : cell_name(row->at, row->line, cell));
    js_set_text(one, "hint", row->hint ? row->hint : code_sentence(row->reason));
}

static struct js *verdicts_json(const struct list_verdict *verdicts, size_t count, bool rejected) {
    struct js *all = js_array();
    for (size_t i = 0; i < count; i++) {
        struct js *one = js_object();
        js_set_int(one, "line", verdicts[i].line);
        js_set_text(one, "reason", verdicts[i].reason);
        if (rejected) set_rejected(one, &verdicts[i]);
        js_add(all, one);
    }
    return all;
}

static struct js *words_json(char *const *words, size_t count) {
    struct js *all = js_array();
    for (size_t i = 0; i < count; i++) js_add_text(all, words[i]);
    return all;
}

static struct js *warnings_json(const struct list_result *list) {
    struct js *all = js_array();
    for (size_t i = 0; i < list->warning_count; i++) {
        const struct list_warning *warning = &list->warnings[i];
        struct js *one = js_object(), *lines = NULL;
        js_set_text(one, "code", warning->code);
        if (warning->words_key)
            js_set(one, warning->words_key, words_json(warning->words, warning->word_count));
        else if (warning->line_count)
            js_set(one, "lines", lines = js_array());
        for (size_t k = 0; lines && k < warning->line_count; k++) js_add_int(lines, warning->lines[k]);
        js_add(all, one);
    }
    return all;
}

static struct js *rows_json(const struct list_result *list) {
    struct js *rows = js_object();
    js_set_int(rows, "accepted", (int64_t)list->accepted);
    js_set_int(rows, "merged", (int64_t)list->merged);
    js_set_int(rows, "rejected", (int64_t)list->rejected_count);
    js_set_int(rows, "ignored", (int64_t)list->ignored_count);
    return rows;
}

static struct js *lines_json(const struct list_result *list) {
    struct js *lines = js_array();
    AUTO_BUF line = BUF_INIT(LINE_BYTES);
    for (size_t i = 0; i < list->line_count; i++) {
        buf_clear(&line);
        list_line_write(&list->lines[i], &line);
        js_add_text(lines, buf_text(&line));
    }
    return lines;
}

static struct js *error_json(const struct err *err) {
    struct js *error = js_object();
    js_set_text(error, "code", err->code);
    js_set_text(error, "message", err->text);
    js_set_text(error, "file", err->file[0] ? err->file : NULL);
    if (err->line)
        js_set_int(error, "line", err->line);
    else
        js_set_null(error, "line");
    return error;
}

struct js *import_json(const struct import_answer *answer, const struct err *refused) {
    const struct list_result *list = &answer->list;
    struct js *json = js_object(), *columns = js_array(), *dates = js_object();
    js_set_text(json, "file", answer->file);
    js_set_bool(json, "refused", refused != NULL);
    if (refused) {
        js_free(columns);
        js_free(dates);
        js_set_text(json, "reason", refused->code);
        js_set(json, "format", container_json(list));
        js_set(json, "error", error_json(refused));
        return json;
    }
    for (size_t i = 0; i < list->column_count; i++) {
        struct js *one = js_object();
        js_set_text(one, "header", list->columns[i].header);
        js_set_text(one, "role", list->columns[i].role);
        js_add(columns, one);
    }
    for (size_t i = 0; i < list->date_count; i++) js_set_text(dates, list->dates[i].id, list->dates[i].day);
    js_set(json, "format", format_json(list));
    if (list->format.other_sheet_count)
        js_set(json, "other_sheets", words_json(list->format.other_sheets, list->format.other_sheet_count));
    js_set(json, "rows", rows_json(list));
    js_set_int(json, "lines_count", (int64_t)list->line_count);
    js_set_text(json, "lines_sha256", list->sha256);
    js_set(json, "rejected", verdicts_json(list->rejected, list->rejected_count, true));
    js_set(json, "ignored", verdicts_json(list->ignored, list->ignored_count, false));
    js_set(json, "warnings", warnings_json(list));
    js_set(json, "columns", columns);
    js_set(json, "response_dates", dates);
    if (list->spread_count) js_set(json, "spread", words_json(list->spread, list->spread_count));
    if (answer->import_id) js_set_int(json, "import_id", answer->import_id);
    if (answer->request->with_lines) js_set(json, "lines", lines_json(list));
    return json;
}
