/* One cell of an ODS sheet: its typed value, its paragraphs, its first hyperlink (OpenDocument 1.2 part 1, 9.1.4, 6.1). */
#include <string.h>

#include "lists/number_format.h"
#include "lists/ods_parts.h"

enum { LONGEST_VALUE = 1 << 16, LONGEST_LINK = 4000 };

void ods_cell_init(struct ods_cell *cell) {
    *cell = (struct ods_cell){.value = BUF_INIT(SIZE_MAX / 2), .text = BUF_INIT(SIZE_MAX / 2), .link = BUF_INIT(LONGEST_LINK), .shown = BUF_INIT(SIZE_MAX / 2)};
}

void ods_cell_release(struct ods_cell *cell) {
    buf_release(&cell->value);
    buf_release(&cell->text);
    buf_release(&cell->link);
    buf_release(&cell->shown);
}

/* -- what comes in ------------------------------------------------------------------------------------- */
static const struct { const char *name; enum ods_type type; int word; } TYPES[] = {
    {"float", ODS_NUMBER, O_VALUE}, {"percentage", ODS_NUMBER, O_VALUE}, {"currency", ODS_NUMBER, O_VALUE}, {"date", ODS_DATE, O_DATE_VALUE},
    {"boolean", ODS_BOOLEAN, O_BOOLEAN_VALUE}, {"string", ODS_TEXT, O_STRING_VALUE}, {"time", ODS_TEXT, O_STRING_VALUE}};

/* "of:=HYPERLINK("mailto:a@b.example";"text")" */
static void formula_link(struct ods_cell *cell, const char *formula) {
    static const char FUNCTION[] = "=HYPERLINK(\"";
    const char *call = strstr(formula, FUNCTION), *equals = strchr(formula, '=');
    if (!call || call != equals) return;
    const char *address = call + strlen(FUNCTION), *quote = strchr(address, '"');
    if (quote) buf_add(&cell->link, address, (size_t)(quote - address));
}

void ods_cell_begin(struct ods_cell *cell, const struct xml_attribute *attributes) {
    const char *type = xml_value(attributes, O_VALUE_TYPE), *formula = xml_value(attributes, O_FORMULA), *value = NULL;
    cell->type = ODS_TEXT;
    cell->has_type = type != NULL;
    cell->has_formula = formula != NULL;
    cell->paragraphs = 0;
    buf_clear(&cell->value);
    buf_clear(&cell->text);
    buf_clear(&cell->link);
    for (size_t i = 0; type && i < COUNT(TYPES); i++) {
        if (strcmp(TYPES[i].name, type)) continue;
        cell->type = TYPES[i].type;
        value = xml_value(attributes, TYPES[i].word);
    }
    if (value) buf_add_text(&cell->value, value);
    if (formula) formula_link(cell, formula);
}

void ods_paragraph_begin(struct ods_cell *cell) {
    if (cell->paragraphs++) buf_add_char(&cell->text, '\n');
    cell->starts = true;
    cell->space = false;
}

static void write_space(struct ods_cell *cell) {
    if (cell->space) buf_add_char(&cell->text, ' ');
    cell->space = cell->starts = false;
}

void ods_paragraph_end(struct ods_cell *cell) {
    write_space(cell); /* one is kept: LibreOffice writes it so */
}

void ods_cell_text(struct ods_cell *cell, const char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        size_t word = i;
        while (word < length && !strchr(" \t\r\n", text[word])) word++;
        if (word > i) {
            write_space(cell);
            buf_add(&cell->text, text + i, word - i);
        }
        for (i = word; i < length && strchr(" \t\r\n", text[i]); i++) cell->space = !cell->starts;
    }
}

void ods_cell_exact(struct ods_cell *cell, char character, size_t count) {
    write_space(cell);
    size_t most = cell->text.length > LONGEST_CELL_CHARS ? 1 : LONGEST_CELL_CHARS + 1; /* too long already */
    if (count > most) count = most;
    for (; count; count--) buf_add_char(&cell->text, character);
}

void ods_cell_link(struct ods_cell *cell, const char *link) {
    if (!cell->link.length) buf_add_text(&cell->link, link);
}

/* -- what it shows ------------------------------------------------------------------------------------- */
/* The text is the number itself with zeros before it, perhaps in groups: "01 034". */
static bool shows_zeros(const struct ods_cell *cell, const char *number) {
    AUTO_BUF digits = BUF_INIT(LONGEST_VALUE);
    if (!cell->text.length || *cell->text.bytes != '0') return false;
    for (const char *at = cell->text.bytes; *at; at++) {
        if (*at >= '0' && *at <= '9')
            buf_add_char(&digits, *at);
        else if (!strncmp(at, "\xC2\xA0", 2))
            at++;
        else if (!strncmp(at, "\xE2\x80\xAF", 3))
            at += 2;
        else if (*at != ' ')
            return false;
    }
    const char *significant = buf_text(&digits) + strspn(buf_text(&digits), "0");
    return !strcmp(*significant ? significant : "0", number);
}

/* LibreOffice writes a boolean that came from XLSX as the number 1, shown as TRUE in its own language. */
static const char *shown_boolean(const struct ods_cell *cell) {
    static const char *const YES[] = {"VRAI", "TRUE"}, *const NO[] = {"FAUX", "FALSE"};
    for (size_t i = 0; i < COUNT(YES); i++) {
        if (!strcmp(buf_text(&cell->text), YES[i])) return YES[0];
        if (!strcmp(buf_text(&cell->text), NO[i])) return NO[0];
    }
    return NULL;
}

static void show_number(struct ods_cell *cell, int least_digits) {
    const char *boolean = shown_boolean(cell);
    if (boolean) {
        buf_add_text(&cell->shown, boolean);
        return;
    }
    number_plain(&cell->shown, buf_text(&cell->value), cell->value.length);
    const char *number = buf_text(&cell->shown);
    size_t digits = strspn(number, "0123456789");
    if (digits != cell->shown.length || !digits) return;
    if (shows_zeros(cell, number)) {
        buf_clear(&cell->shown);
        buf_add(&cell->shown, cell->text.bytes, cell->text.length);
    } else if ((int)digits < least_digits) {
        char whole[LONGEST_VALUE > 64 ? 64 : LONGEST_VALUE];
        snprintf(whole, sizeof whole, "%s", number);
        buf_clear(&cell->shown);
        for (int zeros = least_digits - (int)digits; zeros > 0; zeros--) buf_add_char(&cell->shown, '0');
        buf_add_text(&cell->shown, whole);
    }
}

void ods_cell_value(struct ods_cell *cell, struct ods_look look, struct sheet_value *value) {
    buf_clear(&cell->shown);
    if (cell->value.length) switch (cell->type) {
        case ODS_NUMBER:
            show_number(cell, look.least_digits);
            break;
        case ODS_DATE:
            number_iso_date(&cell->shown, buf_text(&cell->value), cell->value.length);
            break;
        case ODS_BOOLEAN:
            buf_add_text(&cell->shown, xml_true(buf_text(&cell->value)) ? "VRAI" : "FAUX");
            break;
        case ODS_TEXT:
            if (!cell->text.length && !cell->paragraphs) buf_add(&cell->shown, cell->value.bytes, cell->value.length);
            break;
        }
    const struct buf *text = cell->shown.length ? &cell->shown : &cell->text;
    *value = (struct sheet_value){.text = buf_text(text), .length = text->length, .fill = look.fill,
                                  .link = cell->link.length ? buf_text(&cell->link) : NULL,
                                  .no_value = cell->has_formula && !cell->has_type && !text->length};
}
