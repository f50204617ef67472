/* What an import says: the JSON of INTERFACES.md, a summary for people, the rejected rows as CSV. */
#include <string.h>

#include "base/text.h"
#include "lists/codes.h"
#include "mailer/cmd_import.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/french_numbers.h"

enum { SHOWN_REJECTED = 20, SHOWN_PLACES = 8, SENTENCE_BYTES = 1000 };

/* -- JSON ------------------------------------------------------------------------------------------------ */
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

static struct js *verdicts_json(const struct list_verdict *verdicts, size_t count, bool with_text) {
    struct js *all = js_array();
    for (size_t i = 0; i < count; i++) {
        struct js *one = js_object();
        js_set_int(one, "line", verdicts[i].line);
        js_set_text(one, "reason", verdicts[i].reason);
        if (with_text) js_set_text(one, "column", verdicts[i].column);
        if (with_text) js_set_text(one, "text", verdicts[i].text);
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
    AUTO_BUF line = BUF_INIT(SENTENCE_BYTES);
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

/* -- text ------------------------------------------------------------------------------------------------ */
static void add_figure(struct buf *out, const char *label, size_t value) {
    char number[FRENCH_NUMBER];
    french_integer((int64_t)value, number);
    size_t width = text_columns(label), digits = text_columns(number);
    buf_add_format(out, "  %s%*s%s\n", label, (int)(18 - width + (digits < 9 ? 9 - digits : 0)), "", number);
}

static void add_safe(struct buf *out, const char *text) {
    text_printable(out, text, strlen(text));
}

static void add_other_sheets(struct buf *out, const struct list_result *list) {
    for (size_t i = 0; i < list->format.other_sheet_count; i++) {
        buf_add_text(out, i ? ", « " : "D'autres feuilles ont aussi des titres et ne sont pas lues : « ");
        add_safe(out, list->format.other_sheets[i]);
        buf_add_text(out, " »");
    }
    if (list->format.other_sheet_count) buf_add_text(out, "\n");
}

static void add_title(struct buf *out, const struct import_answer *answer) {
    const struct list_result *list = &answer->list;
    buf_add_text(out, "Liste « ");
    add_safe(out, answer->file);
    if (list->format.sheet) {
        buf_add_text(out, " » : feuille « ");
        add_safe(out, list->format.sheet);
        buf_add_format(out, " », titres à la ligne %ld%s\n", list->header_line,
                       list->status_list ? ", liste de statuts sans adresses" : "");
        add_other_sheets(out, list);
        return;
    }
    buf_add_format(out, " » : texte %s", list->format.encoding);
    if (!*list->format.separator)
        buf_add_text(out, ", liste d'adresses sans titres\n");
    else
        buf_add_format(out, ", séparateur « %s », titres à la ligne %ld%s\n",
                       *list->format.separator == '\t' ? "tabulation" : list->format.separator,
                       list->header_line, list->status_list ? ", liste de statuts sans adresses" : "");
}

static void add_unread_columns(struct buf *out, const struct list_result *list) {
    bool first = true;
    for (size_t i = 0; i < list->column_count; i++) {
        if (list->columns[i].role || !*list->columns[i].header) continue;
        buf_add_text(out, first ? "\nColonnes non lues : " : ", ");
        add_safe(out, list->columns[i].header);
        first = false;
    }
    if (!first) buf_add_char(out, '\n');
}

static void add_warning(struct buf *out, const struct list_warning *warning) {
    size_t count = warning->words_key ? warning->word_count : warning->line_count,
           shown = count < SHOWN_PLACES ? count : SHOWN_PLACES;
    buf_add_format(out, "  %s", code_sentence(warning->code));
    for (size_t i = 0; i < shown; i++) {
        buf_add_text(out, i ? ", " : warning->words_key ? " : " : count > 1 ? " : lignes " : " : ligne ");
        if (warning->words_key)
            add_safe(out, warning->words[i]);
        else
            buf_add_format(out, "%ld", warning->lines[i]);
    }
    char others[FRENCH_NUMBER];
    french_integer((int64_t)(count - shown), others);
    if (count > shown) buf_add_format(out, " … et %s autres", others);
    buf_add_char(out, '\n');
}

static void add_rejected(struct buf *out, const struct list_result *list) {
    char others[FRENCH_NUMBER];
    if (list->rejected_count)
        buf_add_text(out, "\nLignes rejetées, à corriger puis à importer de nouveau :\n");
    for (size_t i = 0; i < list->rejected_count && i < SHOWN_REJECTED; i++) {
        const struct list_verdict *row = &list->rejected[i];
        buf_add_format(out, "  ligne %ld : %s", row->line, code_sentence(row->reason));
        if (row->column && row->text) {
            buf_add_text(out, " (");
            add_safe(out, row->column);
            buf_add_text(out, " : « ");
            add_safe(out, row->text);
            buf_add_text(out, " »)");
        }
        buf_add_char(out, '\n');
    }
    if (list->rejected_count <= SHOWN_REJECTED) return;
    french_integer((int64_t)(list->rejected_count - SHOWN_REJECTED), others);
    buf_add_format(out, "  … et %s autres (--format csv les écrit toutes)\n", others);
}

static void add_outcome(struct buf *out, const struct import_answer *answer) {
    const struct list_result *list = &answer->list;
    const char *campaign = answer->request->campaign;
    buf_add_char(out, '\n');
    if (answer->request->dry_run)
        buf_add_text(out, "Essai : rien n'a été enregistré.\n");
    else
        buf_add_format(out, "Enregistré : import n° %lld%s%s.\n", (long long)answer->import_id,
                       campaign ? ", inscriptions à la campagne " : "", campaign ? campaign : "");
    if (list->status_list && !campaign)
        buf_add_text(
            out,
            "Cette liste ne change que des inscriptions : ajoutez --campaign CAMPAGNE pour qu'elle serve.\n");
}

void import_say_text(const struct import_answer *answer, struct buf *out) {
    const struct list_result *list = &answer->list;
    add_title(out, answer);
    buf_add_char(out, '\n');
    add_figure(out, "Lignes acceptées", list->accepted);
    add_figure(out, "fusionnées", list->merged);
    add_figure(out, "rejetées", list->rejected_count);
    add_figure(out, "ignorées", list->ignored_count);
    add_unread_columns(out, list);
    if (list->warning_count) buf_add_text(out, "\nÀ savoir :\n");
    for (size_t i = 0; i < list->warning_count; i++) add_warning(out, &list->warnings[i]);
    add_rejected(out, list);
    add_outcome(out, answer);
}

/* -- CSV ------------------------------------------------------------------------------------------------- */
void import_say_csv(const struct import_answer *answer, struct buf *out) {
    static const char *const TITLES[] = {"ligne", "motif", "colonne", "texte", "explication"};
    struct csv csv = csv_begin(out);
    for (size_t i = 0; i < COUNT(TITLES); i++) csv_text(&csv, TITLES[i]);
    csv_end_row(&csv);
    for (size_t i = 0; i < answer->list.rejected_count; i++) {
        const struct list_verdict *row = &answer->list.rejected[i];
        csv_number(&csv, row->line);
        csv_text(&csv, row->reason);
        csv_text(&csv, row->column ? row->column : "");
        csv_text(&csv, row->text ? row->text : "");
        csv_text(&csv, code_sentence(row->reason));
        csv_end_row(&csv);
    }
}
