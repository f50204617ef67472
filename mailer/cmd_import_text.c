/* What an import says to people: figures, what was not understood, and each cell to correct. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/cell_name.h"
#include "lists/codes.h"
#include "mailer/cmd_import.h"
#include "mailer/reports/french_numbers.h"

enum { SHOWN_REJECTED = 20, SHOWN_PLACES = 8, SHOWN_NOTES = 5, SHOWN_TEXT = 70, LABEL_WIDTH = 18, FIGURE_WIDTH = 9 };

static void add_figure(struct buf *out, const char *label, size_t value) {
    char number[FRENCH_NUMBER];
    french_integer((int64_t)value, number);
    size_t width = text_columns(label), digits = text_columns(number);
    buf_add_format(out, "  %s%*s%s\n", label, (int)(LABEL_WIDTH - width + (digits < FIGURE_WIDTH ? FIGURE_WIDTH - digits : 0)), "", number);
}

static void add_safe(struct buf *out, const char *text) {
    text_printable(out, text, strlen(text));
}

/* « text », cut when it is long. */
static void add_quoted(struct buf *out, const char *text) {
    AUTO_BUF safe = BUF_INIT(SIZE_MAX / 2);
    add_safe(&safe, text);
    size_t length = safe.length;
    if (length > SHOWN_TEXT) {
        length = SHOWN_TEXT;
        while (length && ((unsigned char)safe.bytes[length] & 0xC0) == 0x80) length--;
    }
    buf_add_text(out, "« ");
    buf_add(out, buf_text(&safe), length);
    buf_add_text(out, length < safe.length ? "… »" : " »");
}

static void add_others(struct buf *out, const char *before, size_t count) {
    char others[FRENCH_NUMBER];
    french_integer((int64_t)count, others);
    buf_add_format(out, "%s… et %s autre%s", before, others, count > 1 ? "s" : "");
}

/* -- the file ---------------------------------------------------------------------------------------------- */
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
        buf_add_text(out, " »");
    } else
        buf_add_format(out, " » : texte %s", list->format.encoding);
    if (*list->format.separator)
        buf_add_format(out, ", séparateur « %s »", *list->format.separator == '\t' ? "tabulation" : list->format.separator);
    if (!list->header_line)
        buf_add_text(out, ", liste d'adresses sans titres\n");
    else
        buf_add_format(out, ", titres à la ligne %ld%s\n", list->header_line,
                       list->status_list ? ", liste de statuts sans adresses" : "");
    add_other_sheets(out, list);
}

static bool own(const char *header) {
    return !strcmp(header, OWN_REASON) || !strcmp(header, OWN_REMEDY);
}

static void add_unread_columns(struct buf *out, const struct list_result *list) {
    bool first = true;
    char cell[CELL_NAME];
    for (size_t i = 0; i < list->column_count; i++) {
        const struct list_column *column = &list->columns[i];
        if (column->role || column->meant || !*column->header || own(column->header)) continue;
        buf_add_text(out, first ? "\nColonnes non lues : " : ", ");
        add_safe(out, column->header);
        first = false;
    }
    if (!first) buf_add_char(out, '\n');
    for (size_t i = 0; i < list->column_count; i++) {
        const struct list_column *column = &list->columns[i];
        if (!column->meant) continue;
        buf_add_text(out, first ? "\nColonnes non lues :\n" : "");
        buf_add_format(out, "  %s ", cell_name(i, list->header_line, cell));
        add_quoted(out, column->header);
        buf_add_format(out, " : est-ce une colonne « %s » ? Si oui, écrivez ce titre et importez de nouveau.\n", column->meant);
        first = false;
    }
}

/* -- rows ------------------------------------------------------------------------------------------------ */
static void add_cell(struct buf *out, const struct list_verdict *row) {
    char cell[CELL_NAME];
    if (row->at != NO_CELL) buf_add_format(out, ", %s", cell_name(row->at, row->line, cell));
    if (row->column) {
        buf_add_text(out, " (");
        add_safe(out, row->column);
        buf_add_char(out, ')');
    }
    if (row->text) {
        buf_add_text(out, " : ");
        add_quoted(out, row->text);
    } else if (row->at != NO_CELL)
        buf_add_text(out, " : vide");
}

static void add_ignored(struct buf *out, const struct list_result *list) {
    AUTO_MEM bool *told = mem_new(list->ignored_count + 1, sizeof *told);
    for (size_t i = 0; i < list->ignored_count; i++) {
        if (told[i]) continue;
        const char *reason = list->ignored[i].reason;
        size_t count = 0;
        if (!i) buf_add_text(out, "\nLignes ignorées :\n");
        buf_add_format(out, "  %s : ligne", code_sentence(reason));
        size_t word_end = out->length;
        for (size_t k = i; k < list->ignored_count; k++) {
            if (strcmp(list->ignored[k].reason, reason)) continue;
            told[k] = true;
            if (count++ < SHOWN_PLACES) buf_add_format(out, "%s %ld", count > 1 ? "," : "", list->ignored[k].line);
        }
        if (count > 1) { /* the plural, once it is known */
            AUTO_TEXT lines = text_dup(out->bytes + word_end);
            buf_cut(out, word_end);
            buf_add_format(out, "s%s", lines);
        }
        if (count > SHOWN_PLACES) add_others(out, " ", count - SHOWN_PLACES);
        buf_add_char(out, '\n');
    }
}

static void add_notes(struct buf *out, const struct list_result *list, const char *code) {
    size_t shown = 0;
    for (size_t i = 0; i < list->note_count && shown < SHOWN_NOTES; i++) {
        const struct list_verdict *note = &list->notes[i];
        if (strcmp(note->reason, code)) continue;
        buf_add_format(out, "    ligne %ld", note->line);
        add_cell(out, note);
        if (note->hint) {
            buf_add_text(out, note->at == NO_CELL ? ", " : " ; ");
            add_safe(out, note->hint);
        }
        buf_add_char(out, '\n');
        shown++;
    }
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
    if (count > shown) add_others(out, " ", count - shown);
    buf_add_char(out, '\n');
}

static void add_rejected(struct buf *out, const struct list_result *list) {
    if (list->rejected_count)
        buf_add_text(out, "\nLignes rejetées, à corriger puis à importer de nouveau :\n");
    for (size_t i = 0; i < list->rejected_count && i < SHOWN_REJECTED; i++) {
        const struct list_verdict *row = &list->rejected[i];
        buf_add_format(out, "  ligne %ld", row->line);
        add_cell(out, row);
        buf_add_text(out, "\n      ");
        add_safe(out, row->hint ? row->hint : code_sentence(row->reason));
        buf_add_char(out, '\n');
    }
    if (list->rejected_count <= SHOWN_REJECTED) return;
    add_others(out, "  ", list->rejected_count - SHOWN_REJECTED);
    buf_add_char(out, '\n');
}

/* -- what was done, what to do --------------------------------------------------------------------------- */
static void add_way_out(struct buf *out, const struct import_answer *answer) {
    const struct import_request *request = answer->request;
    if (!answer->list.rejected_count) return;
    if (!request->rejects) {
        buf_add_text(out, "Pour corriger les lignes rejetées dans un tableur : ajoutez --rejects FICHIER.csv (ou .xlsx).\n");
        return;
    }
    buf_add_text(out, "Lignes rejetées écrites dans « ");
    add_safe(out, request->rejects);
    buf_add_text(out, " » : corrigez-les, puis importez ce fichier comme celui-ci.\n");
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
    add_way_out(out, answer);
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
    add_ignored(out, list);
    if (list->warning_count) buf_add_text(out, "\nÀ savoir :\n");
    for (size_t i = 0; i < list->warning_count; i++) {
        add_warning(out, &list->warnings[i]);
        add_notes(out, list, list->warnings[i].code);
    }
    add_rejected(out, list);
    add_outcome(out, answer);
}
