/* Sentences about identities first, then cells of addresses and dates. */
#include "lists/hints.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "lists/address.h"
#include "lists/address_fault.h"
#include "lists/names.h"
#include "lists/near.h"
#include "lists/status.h"

enum { SHOWN = 3, POSTAL_DIGITS = 5, SIREN_LENGTH = 9, SIRET_LENGTH = 14, LONGEST_QUOTED = 60 };

/* -- words --------------------------------------------------------------------------------------------- */
void hint_who(const struct hints *hints, const struct collectivity *who, struct buf *out) {
    const struct department *department = reference_department(hints->reference, who->department);
    buf_add_format(out, "%s (%s, %s)", who->name, who->id, department ? department->name : who->department);
}

/* "Quimper (29232, Finistère) ou Quimperlé (29233, Finistère)"; count may be more than there are in all. */
static void list_who(const struct hints *hints, const struct collectivity *const *all, size_t count, struct buf *out) {
    size_t shown = count < SHOWN ? count : SHOWN;
    for (size_t i = 0; i < shown; i++) {
        buf_add_text(out, !i ? "" : i + 1 == count ? " ou " : ", ");
        hint_who(hints, all[i], out);
    }
    if (count > shown) buf_add_format(out, " et %zu autre%s", count - shown, count - shown > 1 ? "s" : "");
}

static void add_quoted(struct buf *out, const char *text) {
    AUTO_BUF safe = BUF_INIT(LONGEST_QUOTED * 4);
    text_printable(&safe, text, strnlen(text, LONGEST_QUOTED * 4));
    size_t length = safe.length;
    if (length > LONGEST_QUOTED) {
        length = LONGEST_QUOTED;
        while (length && ((unsigned char)safe.bytes[length] & 0xC0) == 0x80) length--;
    }
    buf_add_text(out, "« ");
    buf_add(out, buf_text(&safe), length);
    buf_add_text(out, length < safe.length ? "… »" : " »");
}

static void add_place(struct buf *out, const struct department *department) {
    if (department) buf_add_format(out, " dans le département %s (%s)", department->code, department->name);
}

static bool may_search(struct hints *hints) {
    return hints->searches > 0 && hints->searches-- > 0;
}

static bool digits_only(const char *text) {
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* -- codes --------------------------------------------------------------------------------------------- */
/* Whom the name means, when it means one collectivity only. */
static const struct collectivity *named(const struct hints *hints, const struct identity_cells *cells) {
    const struct collectivity *who = NULL;
    unsigned warnings = 0;
    struct name_place place = {.postal = cells->postal, .carried = cells->carried,
                               .department = department_read(hints->reference, cells->department)};
    if (!*cells->name) return NULL;
    name_find(hints->reference, cells->name, &place, &who, &warnings);
    return who;
}

static size_t of_postal_code(const struct hints *hints, const char *code, const struct collectivity *out[SHOWN]) {
    size_t count = 0, all;
    const struct collectivity *first = reference_all(hints->reference, &all);
    for (const struct collectivity *at = first; at < first + all; at++) {
        if (!*at->insee || !strstr(at->postcodes, code)) continue;
        if (count < SHOWN) out[count] = at;
        count++;
    }
    return count;
}

static void insee_unknown(struct hints *hints, const struct identity_cells *cells, struct buf *out) {
    AUTO_TEXT code = code_clean(*cells->any ? cells->any : cells->insee);
    const struct collectivity *who = named(hints, cells), *postal[SHOWN];
    size_t length = strlen(code);
    char padded[POSTAL_DIGITS + 1] = "0";
    if (digits_only(code) && (length == POSTAL_DIGITS || length == POSTAL_DIGITS - 1)) {
        strcpy(padded + (length == POSTAL_DIGITS - 1), code);
        size_t count = may_search(hints) ? of_postal_code(hints, padded, postal) : 0;
        if (who && count) {
            buf_add_format(out, "%s est un code postal : mettez le code INSEE, est-ce %s pour %s ?", padded, who->id, who->name);
        } else if (count) {
            buf_add_format(out, "%s est un code postal ; mettez le code INSEE, est-ce ", padded);
            list_who(hints, postal, count, out);
            buf_add_text(out, " ?");
        }
        if (count) return;
    } else if (digits_only(code) && (length == SIREN_LENGTH || length == SIRET_LENGTH)) {
        buf_add_format(out, "c'est un numéro %s : mettez-le dans une colonne « SIREN »", length == SIREN_LENGTH ? "SIREN" : "SIRET");
        return;
    }
    if (who) {
        buf_add_text(out, "ce code INSEE n'existe pas ; est-ce ");
        hint_who(hints, who, out);
        buf_add_text(out, " ? corrigez-le");
    } else if (length != POSTAL_DIGITS)
        buf_add_format(out, "un code INSEE a 5 caractères, celui-ci en a %zu : corrigez-le", length);
}

/* Whom the rest of the row means, for a SIREN that is wrong. */
static const struct collectivity *meant_by_row(const struct hints *hints, const struct identity_cells *cells) {
    AUTO_TEXT code = code_clean(cells->insee);
    const struct collectivity *who = reference_by_insee(hints->reference, code);
    if (!who && !*code) who = named(hints, cells);
    return who;
}

static void siren_wrong(const struct hints *hints, const char *reason, const struct identity_cells *cells, struct buf *out) {
    const struct collectivity *who = meant_by_row(hints, cells);
    const char *cell = *cells->siren ? cells->siren : cells->any;
    size_t digits = 0;
    for (; *cell; cell++) digits += isdigit((unsigned char)*cell) != 0;
    if (!strcmp(reason, "SIREN_MALFORMED"))
        buf_add_format(out, "un SIREN a 9 chiffres (un SIRET, 14), celui-ci en a %zu", digits);
    else if (!who)
        return;
    else
        buf_add_text(out, strcmp(reason, "SIREN_LUHN") ? "ce SIREN n'est celui d'aucune commune ni intercommunalité"
                                                       : "la clé de ce SIREN est fausse, un chiffre est mal recopié");
    if (who && *who->siren)
        buf_add_format(out, " ; %s a le SIREN %s, est-ce lui ?", who->name, who->siren);
    else
        buf_add_text(out, " : corrigez-le");
}

static void id_conflict(const struct hints *hints, const struct identity *identity, struct buf *out) {
    if (!identity->clash[0] || !identity->clash[1]) return;
    buf_add_text(out, "le code INSEE désigne ");
    hint_who(hints, identity->clash[0], out);
    buf_add_text(out, ", le SIREN ");
    hint_who(hints, identity->clash[1], out);
    buf_add_text(out, " : corrigez l'un des deux");
}

static void id_name_conflict(const struct hints *hints, const struct identity *identity, const struct identity_cells *cells,
                             struct buf *out) {
    const struct collectivity *owner = identity->clash[0], *others[SHOWN];
    if (!owner) return;
    size_t count = name_candidates(hints->reference, cells->name, reference_department(hints->reference, owner->department), others, SHOWN);
    buf_add_format(out, "le code %s désigne %s ; ", owner->id, owner->name);
    add_quoted(out, cells->name);
    if (count == 1)
        buf_add_format(out, " a le code %s : corrigez le code ou le nom", others[0]->id);
    else
        buf_add_text(out, " est une autre commune : corrigez le code ou le nom");
}

/* -- names --------------------------------------------------------------------------------------------- */
static bool unread_department(const struct hints *hints, const struct identity_cells *cells) {
    return *cells->department && !department_read(hints->reference, cells->department);
}

static void name_ambiguous(const struct hints *hints, const struct identity_cells *cells, struct buf *out) {
    const struct collectivity *all[SHOWN];
    size_t count = name_candidates(hints->reference, cells->name, department_read(hints->reference, cells->department), all, SHOWN);
    if (count < 2) return;
    buf_add_text(out, "plusieurs communes portent ce nom : ");
    list_who(hints, all, count, out);
    if (unread_department(hints, cells)) {
        buf_add_text(out, " ; le département ");
        add_quoted(out, cells->department);
        buf_add_text(out, " n'est pas reconnu");
    }
    buf_add_text(out, " : ajoutez le code INSEE ou le département");
}

/* The same name in another department; else the nearest ones here, or in the country where no department is known. */
static void name_unknown(struct hints *hints, const struct identity_cells *cells, struct buf *out) {
    const struct department *said = department_read(hints->reference, cells->department),
                            *here = said ? said : *cells->department ? NULL : cells->carried;
    const struct collectivity *all[NEAR_NAMES];
    size_t elsewhere = said ? name_candidates(hints->reference, cells->name, NULL, all, SHOWN) : 0;
    buf_add_text(out, "aucune commune de ce nom");
    add_place(out, here);
    if (elsewhere) {
        buf_add_text(out, " ; est-ce ");
        list_who(hints, all, elsewhere, out);
        buf_add_text(out, " ? corrigez le département, ou ajoutez le code INSEE");
        return;
    }
    AUTO_BUF forms = BUF_INIT(SIZE_MAX / 2);
    size_t count = name_forms(cells->name, &forms);
    size_t near = may_search(hints) ? near_names(hints->reference, buf_text(&forms), count, here ? here->code : NULL, all) : 0;
    if (near) {
        buf_add_text(out, " ; est-ce ");
        list_who(hints, all, near, out);
        buf_add_text(out, " ? corrigez le nom, ou ajoutez le code INSEE");
    } else
        buf_add_text(out, " : corrigez le nom, ou ajoutez le code INSEE");
}

void hint_identity(struct hints *hints, const struct identity *identity, const struct identity_cells *cells, struct buf *out) {
    const char *reason = identity->reason;
    if (!strcmp(reason, "INSEE_UNKNOWN")) insee_unknown(hints, cells, out);
    if (text_starts(reason, "SIREN_")) siren_wrong(hints, reason, cells, out);
    if (!strcmp(reason, "ID_CONFLICT")) id_conflict(hints, identity, out);
    if (!strcmp(reason, "ID_NAME_CONFLICT")) id_name_conflict(hints, identity, cells, out);
    if (!strcmp(reason, "NAME_AMBIGUOUS")) name_ambiguous(hints, cells, out);
    if (!strcmp(reason, "NAME_UNKNOWN")) name_unknown(hints, cells, out);
}

/* -- cells --------------------------------------------------------------------------------------------- */
/* "mairie@chalais,fr": a comma separates addresses, and here it cuts one. */
static bool comma_for_dot(const char *cell, size_t length, struct buf *out) {
    const char *end = cell + length, *at = memchr(cell, '@', length), *comma = at ? memchr(at, ',', (size_t)(end - at)) : NULL;
    if (!comma || comma == at + 1 || end - comma < 3 || memchr(at + 1, '@', (size_t)(end - at) - 1)) return false;
    for (const char *letter = comma + 1; letter < end; letter++)
        if (!isalpha((unsigned char)*letter)) return false;
    AUTO_BUF mended = BUF_INIT(ADDRESS_MAX);
    char address[ADDRESS_TEXT];
    buf_add(&mended, cell, (size_t)(comma - cell));
    buf_add_char(&mended, '.');
    buf_add(&mended, comma + 1, (size_t)(end - comma) - 1);
    if (mended.overflow || !address_canonical(buf_text(&mended), mended.length, address)) return false;
    buf_add_format(out, "une virgule est à la place d'un point, est-ce %s ?", address);
    return true;
}

void hint_email(const char *cell, size_t length, struct buf *out) {
    if (comma_for_dot(cell, length, out)) return;
    AUTO_BUF piece = BUF_INIT(SIZE_MAX / 2), whole = BUF_INIT(SIZE_MAX / 2);
    if (!address_cell_bad(cell, length, &piece)) return;
    text_printable(&whole, cell, length);
    if (strcmp(buf_text(&whole), buf_text(&piece))) { /* one of several, or wrapped: which */
        add_quoted(out, buf_text(&piece));
        buf_add_text(out, " : ");
    }
    address_fault(buf_text(&piece), piece.length, out);
}

void hint_date(const char *cell, size_t length, struct buf *out) {
    buf_add_text(out, date_read(cell, length) == NO_DAY ? "cette date n'existe pas ou ne peut être lue : écrivez-la 31/01/2026"
                                                        : "cette date est à venir : une réponse ne peut dater de demain");
}
