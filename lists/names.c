/* Names in their variants: "Mairie du Mans" is Le Mans, "Abergement (L')" is L'Abergement. */
#include "lists/names.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "lists/identity.h"

enum { VARIANTS = 8 };

struct variants { /* comparison forms, the surest first */
    struct buf texts;
    size_t starts[VARIANTS], count;
};
#define AUTO_VARIANTS __attribute__((cleanup(variants_release))) struct variants

static void variants_release(struct variants *variants) {
    buf_release(&variants->texts);
}

static const char *variant(const struct variants *variants, size_t i) {
    return variants->texts.bytes + variants->starts[i];
}

static void add_variant(struct variants *variants, const char *article, const char *key) {
    if (!*key || variants->count == VARIANTS) return;
    variants->starts[variants->count] = variants->texts.length;
    if (*article) buf_add_format(&variants->texts, "%s ", article);
    buf_add(&variants->texts, key, strlen(key) + 1);
    for (size_t i = 0; i < variants->count; i++)
        if (!strcmp(variant(variants, i), variant(variants, variants->count))) return;
    variants->count++;
}

/* Behind "mairie", "commune de" …; the key itself when it begins with none. */
static const char *behind_office(const char *key) {
    static const char *const OFFICES[] = {"mairie ", "commune ", "ville "};
    for (size_t i = 0; i < COUNT(OFFICES); i++)
        if (text_starts(key, OFFICES[i])) return key + strlen(OFFICES[i]);
    return key;
}

/* "Abergement (L')", "Mairie de Guérinière (La)": the article behind, in brackets. */
static void add_article_behind(struct variants *variants, const char *name) {
    static const char *const ARTICLES[] = {"l", "la", "le", "les"};
    const char *open = strrchr(name, '(');
    if (!open || open == name || !strchr(open, ')')) return;
    AUTO_BUF article = BUF_INIT(16), rest = BUF_INIT(SIZE_MAX / 2);
    text_normalise(&article, open, strlen(open));
    text_normalise(&rest, name, (size_t)(open - name));
    const char *bare = behind_office(buf_text(&rest));
    if (bare != buf_text(&rest) && text_starts(bare, "de ")) bare += strlen("de ");
    for (size_t i = 0; i < COUNT(ARTICLES); i++) {
        if (article.overflow || strcmp(buf_text(&article), ARTICLES[i])) continue;
        add_variant(variants, ARTICLES[i], buf_text(&rest));
        add_variant(variants, ARTICLES[i], bare);
    }
}

/* "mairie de la X": first as "la X", then as "X"; "du X" can only be "Le X". */
static const struct {
    const char *words, *article;
    bool bare_too;
} LINKS[] = {{"de la ", "la", true}, {"de l ", "l", true}, {"du ", "le", false}, {"des ", "les", false},
             {"de ", "", true},      {"d ", "", true},     {"", "", true}};

static void add_without_office(struct variants *variants, const char *key) {
    const char *rest = behind_office(key);
    if (rest == key) return;
    for (size_t k = 0; k < COUNT(LINKS); k++) {
        if (!text_starts(rest, LINKS[k].words)) continue;
        const char *name = rest + strlen(LINKS[k].words);
        if (*LINKS[k].article) add_variant(variants, LINKS[k].article, name);
        if (LINKS[k].bare_too) add_variant(variants, "", name);
        return;
    }
}

static void variants_of(struct variants *variants, const char *name) {
    *variants = (struct variants){.texts = BUF_INIT(SIZE_MAX / 2)};
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2);
    text_normalise(&key, name, strlen(name));
    add_variant(variants, "", buf_text(&key));
    add_article_behind(variants, name);
    for (size_t i = 0, whole = variants->count; i < whole; i++) {
        AUTO_TEXT copy = text_dup(variant(variants, i)); /* texts moves while it grows */
        add_without_office(variants, copy);
    }
}

/* -- where --------------------------------------------------------------------------------------------- */
struct scope {
    const char *department; /* NULL = any */
    const char *postal;     /* NULL = any; 5 digits */
};

static bool is_commune(const struct collectivity *one) {
    return *one->insee;
}

static bool in_scope(const struct collectivity *one, const struct scope *scope) {
    return (!scope->department || !strcmp(one->department, scope->department)) &&
           (!scope->postal || strstr(one->postcodes, scope->postal));
}

static bool code_in_department(const char *code, const char *department) {
    size_t length = strlen(department);
    return !strncmp(code, department, length) && (length == 3 || !text_starts(code, "97"));
}

static enum name_found find_current(const struct reference *reference, const char *key,
                                    const struct scope *scope, const struct collectivity **who) {
    *who = NULL;
    for (const struct collectivity *at = NULL; (at = reference_named(reference, key, at));) {
        if (!is_commune(at) || !in_scope(at, scope)) continue;
        if (*who) return *who = NULL, NAME_SEVERAL;
        *who = at;
    }
    return *who ? NAME_ONE : NAME_NONE;
}

static enum name_found find_former(const struct reference *reference, const char *key,
                                   const struct scope *scope, const struct collectivity **who) {
    *who = NULL;
    for (const struct former_commune *at = NULL; (at = reference_formerly(reference, key, at));) {
        const struct collectivity *now = reference_by_id(reference, at->current_id);
        if (!now || now == *who) continue;
        bool here = in_scope(now, scope) ||
                    (scope->department && !scope->postal && code_in_department(at->code, scope->department));
        if (!here) continue;
        if (*who) return *who = NULL, NAME_SEVERAL;
        *who = now;
    }
    return *who ? NAME_ONE : NAME_NONE;
}

static enum name_found find_in(const struct reference *reference, const struct variants *variants,
                               const struct scope *scope, const struct collectivity **who,
                               unsigned *warnings) {
    enum name_found got = NAME_NONE;
    for (size_t i = 0; i < variants->count && !got; i++)
        got = find_current(reference, variant(variants, i), scope, who);
    if (got) return got;
    for (size_t i = 0; i < variants->count && !got; i++)
        got = find_former(reference, variant(variants, i), scope, who);
    if (got == NAME_ONE) *warnings |= 1u << WARN_CODE_OBSOLETE;
    return got;
}

size_t name_forms(const char *name, struct buf *forms) {
    AUTO_VARIANTS variants;
    variants_of(&variants, name);
    buf_add(forms, variants.texts.bytes, variants.texts.length);
    return variants.count;
}

static size_t add_candidate(const struct collectivity **out, size_t count, size_t most, const struct collectivity *one) {
    for (size_t i = 0; i < count && i < most; i++)
        if (out[i] == one) return count;
    if (count < most) out[count] = one;
    return count + 1;
}

static size_t candidates(const struct reference *reference, const char *key, const struct scope *scope,
                         const struct collectivity **out, size_t most) {
    size_t count = 0;
    for (const struct collectivity *at = NULL; (at = reference_named(reference, key, at));)
        if (is_commune(at) && in_scope(at, scope)) count = add_candidate(out, count, most, at);
    if (count) return count;
    for (const struct former_commune *at = NULL; (at = reference_formerly(reference, key, at));) {
        const struct collectivity *now = reference_by_id(reference, at->current_id);
        if (now && (in_scope(now, scope) || (scope->department && code_in_department(at->code, scope->department))))
            count = add_candidate(out, count, most, now);
    }
    return count;
}

size_t name_candidates(const struct reference *reference, const char *name, const struct department *department,
                       const struct collectivity **out, size_t most) {
    AUTO_VARIANTS variants;
    variants_of(&variants, name);
    struct scope scope = {.department = department ? department->code : NULL};
    for (size_t i = 0; i < variants.count; i++) {
        size_t count = candidates(reference, variant(&variants, i), &scope, out, most);
        if (count) return count;
    }
    return 0;
}

/* The first five digits of a postal code cell, a lost 0 put back; false when there are none. */
static bool postal_read(const char *text, char out[6]) {
    size_t count = 0;
    for (; *text && count < 5; text++) {
        if (isdigit((unsigned char)*text))
            out[count++] = *text;
        else if (count && (unsigned char)*text < 0x80 && *text != ' ')
            break;
    }
    if (count == 4) {
        memmove(out + 1, out, 4);
        out[0] = '0';
    } else if (count != 5)
        return false;
    out[5] = '\0';
    return true;
}

static enum name_found find_grouping(const struct reference *reference, const char *name,
                                     const struct collectivity **who) {
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2);
    text_normalise(&key, name, strlen(name));
    *who = NULL;
    for (const struct collectivity *at = NULL; (at = reference_named(reference, buf_text(&key), at));) {
        if (is_commune(at)) continue;
        if (*who) return *who = NULL, NAME_SEVERAL;
        *who = at;
    }
    return *who ? NAME_ONE : NAME_NONE;
}

const struct collectivity *grouping_named(const struct reference *reference, const char *name) {
    const struct collectivity *who;
    find_grouping(reference, name, &who);
    return who;
}

enum name_found name_find(const struct reference *reference, const char *name, const struct name_place *place,
                          const struct collectivity **who, unsigned *warnings) {
    AUTO_VARIANTS variants;
    variants_of(&variants, name);
    char postal[6];
    bool has_postal = postal_read(place->postal, postal);
    struct scope scopes[3];
    size_t count = 0, carried = SIZE_MAX;
    if (place->department)
        scopes[count++] = (struct scope){.department = place->department->code};
    else {
        if (has_postal) scopes[count++] = (struct scope){.postal = postal};
        if (place->carried) {
            carried = count;
            scopes[count++] = (struct scope){.department = place->carried->code};
        }
        scopes[count++] = (struct scope){0};
    }
    for (size_t i = 0; i < count; i++) {
        enum name_found got = find_in(reference, &variants, &scopes[i], who, warnings);
        if (got && i == carried) *warnings |= 1u << WARN_DEPARTMENT_CARRIED;
        if (got) return got;
    }
    return find_grouping(reference, name, who);
}

/* -- does it fit --------------------------------------------------------------------------------------- */
bool name_is(const struct collectivity *who, const char *name) {
    AUTO_VARIANTS variants;
    variants_of(&variants, name);
    for (size_t i = 0; i < variants.count; i++)
        if (!strcmp(variant(&variants, i), who->name_key)) return true;
    return false;
}

/* Text that would act where it is shown: formulas, controls, hidden direction, markup. */
static bool suspect(const char *name) {
    const char *first = name + strspn(name, " ");
    if (*first && strchr("=+-@\t\r", *first)) return true;
    for (const char *at = name, *end = name + strlen(name); at < end;) {
        const char *here = at;
        uint32_t c = utf8_next(&at, end);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
            (c >= 0x2066 && c <= 0x2069))
            return true;
        if (c == '<' && (isalpha((unsigned char)here[1]) || here[1] == '/' || here[1] == '!')) return true;
    }
    return false;
}

static bool formerly(const struct reference *reference, const struct collectivity *who, const char *key) {
    for (const struct former_commune *at = NULL; (at = reference_formerly(reference, key, at));)
        if (!strcmp(at->current_id, who->id)) return true;
    return false;
}

enum name_check name_check(const struct reference *reference, const struct collectivity *who,
                           const char *name) {
    AUTO_VARIANTS variants;
    variants_of(&variants, name);
    if (!variants.count) return NAME_FITS;
    if (suspect(name)) return NAME_SUSPECT;
    if (!is_commune(who)) return NAME_FITS;
    for (size_t i = 0; i < variants.count; i++)
        if (!strcmp(variant(&variants, i), who->name_key) || formerly(reference, who, variant(&variants, i)))
            return NAME_FITS;
    struct scope there = {.department = who->department};
    const struct collectivity *other;
    for (size_t i = 0; i < variants.count; i++)
        if (find_current(reference, variant(&variants, i), &there, &other)) return NAME_ANOTHERS;
    return NAME_NOBODYS;
}

/* -- departments --------------------------------------------------------------------------------------- */
static const struct department *department_of(const struct reference *reference, const char *text,
                                              size_t length) {
    AUTO_BUF key = BUF_INIT(64), code = BUF_INIT(8);
    text_normalise(&key, text, length);
    if (!key.length || key.overflow) return NULL;
    const struct department *named = reference_department_named(reference, buf_text(&key));
    if (named) return named;
    AUTO_BUF with_article = BUF_INIT(64); /* "Réunion" */
    buf_add_format(&with_article, "la %s", buf_text(&key));
    named = reference_department_named(reference, buf_text(&with_article));
    if (named) return named;
    if (key.length == 1) buf_add_char(&code, '0');
    for (const char *at = buf_text(&key); *at; at++) buf_add_char(&code, (char)toupper((unsigned char)*at));
    if (code.length == 3 && text_starts(code.bytes, "0")) buf_drop(&code, 1); /* "029" */
    return reference_department(reference, buf_text(&code));
}

/* "28 eure et loir", "eure et loir 28": a code and a name, which must be of one department. */
static const struct department *code_and_name(const struct reference *reference, const char *key) {
    const char *first = strchr(key, ' '), *last = strrchr(key, ' ');
    if (!first) return NULL;
    const struct department *front = department_of(reference, key, (size_t)(first - key)),
                            *back = department_of(reference, last + 1, strlen(last + 1));
    if (front && front == department_of(reference, first + 1, strlen(first + 1))) return front;
    return back && back == department_of(reference, key, (size_t)(last - key)) ? back : NULL;
}

/* "Loire (Haute)", "Marne (Haute-)": what stands in brackets belongs in front. */
static const struct department *turned_name(const struct reference *reference, const char *text) {
    const char *open = strchr(text, '('), *close = open ? strchr(open, ')') : NULL;
    if (!close || open == text) return NULL;
    AUTO_BUF turned = BUF_INIT(SIZE_MAX / 2);
    buf_add(&turned, open + 1, (size_t)(close - open) - 1);
    buf_add_char(&turned, ' ');
    buf_add(&turned, text, (size_t)(open - text));
    return department_of(reference, buf_text(&turned), turned.length);
}

/* Never a part of a longer name: "Eure-et-Loir - 28" is not Eure. */
const struct department *department_read(const struct reference *reference, const char *text) {
    AUTO_TEXT clean = code_clean(text);
    AUTO_BUF key = BUF_INIT(200);
    const struct department *found = department_of(reference, text, strlen(text));
    if (!found) found = department_of(reference, clean, strlen(clean));
    text_normalise(&key, text, strlen(text));
    if (!found && !key.overflow) found = code_and_name(reference, buf_text(&key));
    return found ? found : turned_name(reference, text);
}
