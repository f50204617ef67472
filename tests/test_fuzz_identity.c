/* Hostile identity cells: who comes out is in the reference and was named by what came in; otherwise there is a reason.
 * A line of the input a cell: id, INSEE, SIREN, name, department, postal code, department above. */
#include <ctype.h>

#include "base/text.h"
#include "lists/charset.h"
#include "lists/identity.h"
#include "lists/names.h"
#include "tests/mutate.h"
#include "tests/small_reference.h"

enum { CELLS = 7 };
static struct reference *REFERENCE;

static bool cleaned_holds(const char *cell) {
    AUTO_TEXT clean = code_clean(cell);
    const char *end = clean + strlen(clean);
    MUST_HOLD("a clean code is not longer", !utf8_valid(cell, strlen(cell)) || strlen(clean) <= strlen(cell));
    MUST_HOLD("a clean code is UTF-8", utf8_valid(clean, strlen(clean)));
    for (const char *at = clean; at < end;) {
        uint32_t c = utf8_next(&at, end);
        MUST_HOLD("a clean code has no blank, no small letter", !charset_blank(c) && (c < 'a' || c > 'z'));
    }
    return true;
}

static void digits_of(const char *text, char out[20]) {
    size_t count = 0;
    for (; *text && count < 19; text++)
        if (isdigit((unsigned char)*text)) out[count++] = *text;
    out[count] = '\0';
}

/* Nothing is guessed: without a warning, the code or the name is the collectivity's own. */
static bool was_named(const struct identity *identity, const struct identity_cells *cells) {
    const struct collectivity *who = identity->who;
    char digits[20];
    AUTO_TEXT id = code_clean(cells->any);
    AUTO_TEXT insee = code_clean(cells->insee);
    AUTO_TEXT siren = code_clean(cells->siren);
    MUST_HOLD("who is in the reference", reference_by_id(REFERENCE, who->id) == who);
    if (identity->warnings & ~(1u << WARN_TEXT_SUSPECT | 1u << WARN_NAME_MISMATCH)) return true;
    if (text_equal(who->insee, insee) || text_equal(who->insee, id)) return true;
    digits_of(siren, digits);
    if (*who->siren && text_equal(digits, who->siren)) return true;
    digits_of(id, digits);
    if (*who->siren && text_equal(digits, who->siren)) return true;
    MUST_HOLD("named by its code or its name", name_is(who, cells->name));
    return true;
}

static bool holds(const char *bytes, size_t length) {
    char *texts[CELLS];
    AUTO_BUF all = BUF_INIT(SIZE_MAX / 2);
    buf_add(&all, bytes, length);
    buf_add_char(&all, '\0');
    char *at = all.bytes;
    for (size_t i = 0; i < CELLS; i++) {
        texts[i] = at;
        char *stop = strchr(at, '\n');
        if (stop && i + 1 < CELLS) *stop = '\0';
        at = stop && i + 1 < CELLS ? stop + 1 : at + strlen(at);
    }
    if (!REFERENCE) REFERENCE = small_reference();
    for (size_t i = 0; i < CELLS; i++)
        if (!cleaned_holds(texts[i])) return false;
    const struct department *said = department_read(REFERENCE, texts[4]);
    MUST_HOLD("a department is in the reference", !said || reference_department(REFERENCE, said->code) == said);
    struct identity_cells cells = {texts[0], texts[1], texts[2], texts[3], texts[4], texts[5],
                                   department_read(REFERENCE, texts[6])};
    struct identity identity = identity_find(REFERENCE, &cells);
    MUST_HOLD("somebody, or a reason", (identity.who == NULL) == (identity.reason != NULL));
    MUST_HOLD("known warnings", identity.warnings < 1u << WARN_CODES);
    if (identity.who) return was_named(&identity, &cells);
    MUST_HOLD("the reason has a sentence", !text_equal(code_sentence(identity.reason), identity.reason));
    MUST_HOLD("the column at fault", identity.column > COLUMN_NONE && identity.column < COLUMN_ROLES);
    return true;
}

static const struct fuzz_seed SEEDS[] = {
    SEED("\n29001\n212900013\nArgol\n29\n29560\n"),
    SEED("\n=\"01091\"\n\nChâtillon-en-Michaille\nAin\n01200\n29"),
    SEED("200067627\n\n\nCC Billom Communauté\n63\n\n"),
    SEED("\n2,90E+04\n2,00E+08\nMairie de l'Haÿ-les-Roses\n94 - Val-de-Marne\n94240\n"),
    SEED("\n\n\nSt-Denis\n\n\nLa Réunion"),
    SEED("\n20004\n\nAjaccio\n2a\n20000\n"),
    SEED("\n69383\n21690123100011\nLyon 3e Arrondissement\nRhône (69)\n69003\n"),
    SEED("\n\n\nHaÿ-les-Roses (L')\n\n94240\n94"),
};
static const char *const PIECES[] = {
    "\n", "\n\n", " ", "'", "=\"", "\"", ".0", ",0", "0", "00000", "2A", "2b", "974", "20004", "29001", "1262", "212900013",
    "200067627", "21290001300015", "E+08", "#N/A", "####", "-", "?", "néant", "(", ")", "(L')", "(Le)", "Mairie de ", "Mairie du ",
    "commune des ", "ville de l'", "St ", "Ste-", "Saint", "Le Mans", "Brest", "Saint-Denis", "Finistère", "29 - ", " (29)", "\xC2\xA0",
    "\xE2\x80\xAF", "\xEF\xBB\xBF", "œ", "e\xCC\x81", "\xFF", "\xE2\x80\xAE", "<b>", "\t", "\xEF\xBC\x92", "Dép. "};

static const struct fuzz FUZZ = {"identity", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 4000, holds};
FUZZ_MAIN(FUZZ)
