/* Codes first, names where there are none or where a spreadsheet destroyed them. */
#include "lists/identity.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "lists/charset.h"
#include "lists/names.h"

enum { INSEE_DIGITS = 5, SIREN_DIGITS = 9, SIRET_DIGITS = 14, LONGEST_CODE = 64 };

/* -- cleaning ------------------------------------------------------------------------------------------ */
static bool placeholder(const char *text) {
    AUTO_BUF key = BUF_INIT(LONGEST_CODE);
    text_normalise(&key, text, strlen(text));
    return !key.overflow && vocabulary_identity_placeholder(buf_text(&key));
}

char *code_clean(const char *text) {
    AUTO_BUF clean = BUF_INIT(SIZE_MAX / 2);
    if (*text != '#' && placeholder(text)) return text_dup("");
    for (const char *at = text, *end = text + strlen(text); at < end;) {
        uint32_t c = utf8_next(&at, end);
        if (!charset_blank(c)) buf_add_utf8(&clean, c < 0x80 ? (uint32_t)toupper((int)c) : c);
    }
    if (clean.length >= 3 && text_starts(clean.bytes, "=\"") && clean.bytes[clean.length - 1] == '"') {
        buf_cut(&clean, clean.length - 1);
        buf_drop(&clean, 2);
    }
    if (clean.length && *clean.bytes == '\'') buf_drop(&clean, 1);
    if (clean.length > 2 && clean.bytes[clean.length - 1] == '0' &&
        strchr(".,", clean.bytes[clean.length - 2]))
        buf_cut(&clean, clean.length - 2);
    return buf_take(&clean);
}

/* 2,00E+04, #N/A, ####: what a spreadsheet leaves of a number it took for one. */
static bool destroyed(const char *code) {
    if (*code == '#') return true;
    size_t i = strspn(code, "0123456789");
    if (!i) return false;
    if (code[i] == ',' || code[i] == '.') i += 1 + strspn(code + i + 1, "0123456789");
    if (code[i] != 'E') return false;
    i++;
    if (code[i] == '+' || code[i] == '-') i++;
    size_t exponent = strspn(code + i, "0123456789");
    return exponent && !code[i + exponent];
}

bool siren_luhn(const char *digits) {
    int sum = 0;
    for (int i = 0; i < SIREN_DIGITS; i++) {
        int digit = (digits[i] - '0') * (i % 2 ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

/* -- the two codes ------------------------------------------------------------------------------------- */
enum code_state { CODE_NONE, CODE_FOUND, CODE_DESTROYED, CODE_BAD };
struct code {
    enum code_state state;
    const struct collectivity *who;
    const char *reason;
    unsigned warnings;
};

static struct code bad(const char *reason) {
    return (struct code){.state = CODE_BAD, .reason = reason};
}

static struct code found(const struct collectivity *who, unsigned warnings) {
    return (struct code){.state = CODE_FOUND, .who = who, .warnings = warnings};
}

static struct code former_code(const struct reference *reference, const struct former_commune *former,
                               const char *name, unsigned warnings) {
    const struct collectivity *now = reference_by_id(reference, former->current_id);
    if (!now) return bad("INSEE_UNKNOWN");
    if (!strcmp(former->nature, "arrondissement-municipal"))
        return found(now, warnings | 1u << WARN_ARRONDISSEMENT);
    if (strcmp(former->nature, "ancien-code-corse")) return found(now, warnings | 1u << WARN_CODE_OBSOLETE);
    /* 20xxx also looks like a postal code: only the name can tell. */
    return name_is(now, name) ? found(now, warnings | 1u << WARN_INSEE_CORSE) : bad("INSEE_UNKNOWN");
}

static struct code read_insee(const struct reference *reference, const char *cell, const char *name) {
    AUTO_TEXT clean = code_clean(cell);
    char code[INSEE_DIGITS + 1] = "";
    unsigned warnings = 0;
    size_t length = strlen(clean);
    if (!length) return (struct code){.state = CODE_NONE};
    if (destroyed(clean)) return (struct code){.state = CODE_DESTROYED};
    if (length == INSEE_DIGITS - 1 && strspn(clean, "0123456789") == length) {
        *code = '0';
        warnings = 1u << WARN_INSEE_PADDED;
    } else if (length != INSEE_DIGITS)
        return bad("INSEE_UNKNOWN");
    strcat(code, clean);
    const struct collectivity *who = reference_by_insee(reference, code);
    if (who) return found(who, warnings);
    const struct former_commune *former = reference_former(reference, code);
    return former ? former_code(reference, former, name, warnings) : bad("INSEE_UNKNOWN");
}

static struct code read_siren(const struct reference *reference, const char *cell) {
    AUTO_TEXT clean = code_clean(cell);
    char digits[SIRET_DIGITS + 2] = "";
    size_t count = 0;
    unsigned warnings = 0;
    if (!*clean) return (struct code){.state = CODE_NONE};
    if (destroyed(clean)) return (struct code){.state = CODE_DESTROYED};
    for (const char *at = clean; *at && count <= SIRET_DIGITS; at++)
        if (isdigit((unsigned char)*at)) digits[count++] = *at;
    if (count == SIRET_DIGITS)
        warnings = 1u << WARN_SIRET_TRUNCATED;
    else if (count != SIREN_DIGITS)
        return bad("SIREN_MALFORMED");
    digits[SIREN_DIGITS] = '\0';
    if (!siren_luhn(digits)) return bad("SIREN_LUHN");
    const struct collectivity *who = reference_by_siren(reference, digits);
    if (who) return found(who, warnings);
    const struct former_commune *former = reference_former(reference, digits); /* of who is gone */
    who = former ? reference_by_id(reference, former->current_id) : NULL;
    return who ? found(who, warnings | 1u << WARN_CODE_OBSOLETE) : bad("SIREN_UNKNOWN");
}

/* -- a whole row --------------------------------------------------------------------------------------- */
static struct identity refused(const char *reason, enum column_role column) {
    return (struct identity){.reason = reason, .column = column};
}

static struct identity by_code(const struct reference *reference, const struct code *code,
                               const struct identity_cells *cells, enum column_role column) {
    struct identity identity = {.who = code->who, .warnings = code->warnings};
    switch (name_check(reference, code->who, cells->name)) {
    case NAME_FITS:
        break;
    case NAME_SUSPECT:
        identity.warnings |= 1u << WARN_TEXT_SUSPECT;
        break;
    case NAME_NOBODYS:
        identity.warnings |= 1u << WARN_NAME_MISMATCH;
        break;
    case NAME_ANOTHERS:
        identity = refused("ID_NAME_CONFLICT", column);
        identity.clash[0] = code->who;
    }
    return identity;
}

static struct identity by_name(const struct reference *reference, const struct identity_cells *cells) {
    struct identity identity = {.column = COLUMN_NAME};
    struct name_place place = {.postal = cells->postal, .carried = cells->carried};
    bool said = *cells->department != '\0';
    place.department = said ? department_read(reference, cells->department) : NULL;
    if (said && !place.department)
        place.carried = NULL; /* "?" is not nothing: what is above does not count */
    enum name_found got = name_find(reference, cells->name, &place, &identity.who, &identity.warnings);
    if (got == NAME_NONE) identity.reason = "NAME_UNKNOWN";
    if (got == NAME_SEVERAL) identity.reason = "NAME_AMBIGUOUS";
    return identity;
}

static struct identity after_destruction(const struct reference *reference,
                                         const struct identity_cells *cells, bool insee_destroyed) {
    struct identity identity = {0};
    if (insee_destroyed)
        identity = by_name(reference, cells);
    else
        identity.who = grouping_named(reference, cells->name);
    if (!identity.who) return refused("ID_DESTROYED", insee_destroyed ? COLUMN_INSEE : COLUMN_SIREN);
    identity.warnings |= 1u << WARN_ID_FROM_NAME;
    return identity;
}

/* Column "id": a SIREN is long, an INSEE code short. */
static bool looks_like_siren(const char *text) {
    size_t digits = 0;
    for (; *text; text++) digits += isdigit((unsigned char)*text) != 0;
    return digits > INSEE_DIGITS + 1;
}

struct identity identity_find(const struct reference *reference, const struct identity_cells *cells) {
    bool siren_like = looks_like_siren(cells->any);
    const char *insee_cell = *cells->any && !siren_like ? cells->any : cells->insee;
    const char *siren_cell = siren_like ? cells->any : cells->siren;
    enum column_role insee_column = *cells->any ? COLUMN_ID : COLUMN_INSEE;
    enum column_role siren_column = *cells->any ? COLUMN_ID : COLUMN_SIREN;
    struct code insee = read_insee(reference, insee_cell, cells->name),
                siren = read_siren(reference, siren_cell);
    if (insee.state == CODE_BAD) return refused(insee.reason, insee_column);
    if (siren.state == CODE_BAD) return refused(siren.reason, siren_column);
    if (insee.state == CODE_FOUND && siren.state == CODE_FOUND && insee.who != siren.who)
        return (struct identity){.reason = "ID_CONFLICT", .column = insee_column, .clash = {insee.who, siren.who}};
    insee.warnings |= siren.warnings; /* what was repaired is said, whichever code gives the name */
    if (insee.state == CODE_FOUND) return by_code(reference, &insee, cells, insee_column);
    if (siren.state == CODE_FOUND) return by_code(reference, &siren, cells, siren_column);
    if (insee.state == CODE_DESTROYED || siren.state == CODE_DESTROYED)
        return after_destruction(reference, cells, insee.state == CODE_DESTROYED);
    if (placeholder(cells->name)) return refused("ID_MISSING", COLUMN_NAME);
    return by_name(reference, cells);
}
