/* The rules of address.c once more, each as a sentence for people. */
#include "lists/address_fault.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "lists/address.h"

enum { LONGEST_LOCAL = 64, LONGEST_LABEL = 63, SHORTEST_PHONE = 8, SHOWN_DOMAIN = 60 };

static bool contains(const char *text, const char *const words[], size_t count) {
    for (size_t i = 0; i < count; i++)
        if (text_find_nocase(text, words[i])) return true;
    return false;
}

static bool telephone(const char *text) {
    size_t digits = 0;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text) && !strchr(" .-+/()", *text)) return false;
        digits += isdigit((unsigned char)*text) != 0;
    }
    return digits >= SHORTEST_PHONE;
}

static const char *without_at(const char *text) {
    static const char *const SPELT[] = {"(at)", "[at]", " at ", "arobase", "(a)", "[a]"};
    static const char *const SITES[] = {"http:", "https:", "www."};
    if (contains(text, SPELT, COUNT(SPELT))) return "l'arobase est écrite en toutes lettres : remplacez-la par « @ »";
    if (contains(text, SITES, COUNT(SITES))) return "c'est l'adresse d'un site : mettez l'adresse de courriel";
    if (telephone(text)) return "c'est un numéro de téléphone : mettez l'adresse de courriel";
    return "il manque l'arobase : écrivez nom@domaine.fr";
}

/* -- characters ---------------------------------------------------------------------------------------- */
static void name_character(uint32_t c, struct buf *out) {
    if (c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x2000 && c <= 0x206F) || c == 0xFFFD) {
        buf_add_format(out, "un caractère invisible (U+%04X) s'y cache : ressaisissez l'adresse", c);
        return;
    }
    buf_add_text(out, "le caractère « ");
    buf_add_utf8(out, c);
    buf_add_text(out, " » est interdit dans une adresse : ressaisissez-la");
}

/* False when every character may stand there. Letters beyond ASCII are judged by address.c alone. */
static bool forbidden(const char *from, const char *to, const char *allowed, struct buf *out) {
    while (from < to) {
        uint32_t c = utf8_next(&from, to);
        bool good = c < 0x80 ? c && (isalnum((int)c) || strchr(allowed, (int)c)) : c >= 0xC0 && !(c >= 0x2000 && c <= 0x2BFF) && c != 0xFFFD;
        if (good) continue;
        name_character(c, out);
        return true;
    }
    return false;
}

static bool beyond_latin(const char *from, const char *to) {
    while (from < to)
        if (utf8_next(&from, to) > 0x24F) return true;
    return false;
}

/* -- the two halves ------------------------------------------------------------------------------------ */
static const char *local_fault(const char *local, const char *at) {
    if (local == at) return "il manque le nom avant l'arobase";
    if (at - local > LONGEST_LOCAL) return "la partie avant l'arobase dépasse 64 caractères : une adresse y est-elle collée à une autre ?";
    if (*local == '.' || at[-1] == '.') return "le point au bord de la partie avant l'arobase est de trop : supprimez-le";
    if (memmem(local, (size_t)(at - local), "..", 2)) return "il y a deux points de suite : gardez-en un";
    if (*local == '-') return "le tiret au début est de trop : supprimez-le";
    return NULL;
}

static const char *label_fault(const char *label, size_t length) {
    if (!length) return "il y a un point de trop dans le domaine, après l'arobase";
    if (length > LONGEST_LABEL) return "un mot du domaine dépasse 63 caractères : il est mal recopié";
    if (*label == '-' || label[length - 1] == '-') return "un tiret est de trop au bord d'un mot du domaine";
    return NULL;
}

/* domain: NUL-terminated. */
static const char *domain_fault(const char *domain) {
    const char *label = domain, *fault;
    size_t labels = 0, length;
    for (;; label += length + 1) {
        length = strcspn(label, ".");
        if ((fault = label_fault(label, length))) return fault;
        labels++;
        if (!label[length]) break;
    }
    if (labels < 2) return "le domaine est incomplet, il lui manque sa fin (« .fr »)";
    if (strspn(label, "0123456789") == length) return "le domaine finit par un nombre : mettez un nom de domaine (« .fr »)";
    return NULL;
}

static void other_fault(const char *domain, const char *end, size_t length, struct buf *out) {
    if (length > ADDRESS_MAX)
        buf_add_text(out, "elle dépasse 254 caractères : elle est mal recopiée");
    else if (beyond_latin(domain, end))
        buf_add_text(out, "le domaine contient des lettres d'un autre alphabet qui imitent les nôtres : ressaisissez-le");
    else
        buf_add_text(out, "l'adresse n'est pas valable : ressaisissez-la");
}

void address_fault(const char *piece, size_t length, struct buf *out) {
    static const char LOCAL[] = "._+'&=~#$*-", DOMAIN[] = ".-";
    AUTO_TEXT text = text_dup_n(piece, length);
    const char *at = strchr(text, '@'), *end = text + strlen(text), *fault;
    if (strlen(text) != length) return buf_add_text(out, "un caractère nul s'y cache : ressaisissez l'adresse");
    if (!at) return buf_add_text(out, without_at(text));
    const char *second = strchr(at + 1, '@');
    if (strpbrk(text, " \n")) {
        bool two = second != NULL;
        return buf_add_text(out, two ? "séparez les adresses par « ; »" : "une espace la coupe : supprimez-la, ou séparez deux adresses par « ; »");
    }
    if (second)
        return buf_add_text(out, second == at + 1 ? "il y a deux arobases : gardez-en une"
                                                  : "il y a deux arobases : gardez-en une, ou séparez deux adresses par « ; »");
    if (at + 1 == end) return buf_add_text(out, "il manque le domaine après l'arobase (« @orange.fr »)");
    if (forbidden(text, at, LOCAL, out) || forbidden(at + 1, end, DOMAIN, out)) return;
    if ((fault = local_fault(text, at)) || (fault = domain_fault(at + 1))) return buf_add_text(out, fault);
    other_fault(at + 1, end, length, out);
}
