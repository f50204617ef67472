/* « de » and « à » before the name of a commune or grouping: article, contraction, elision.
 *
 * Official usage (Code officiel géographique): Le, Les and Aux contract (du Havre, aux Abymes, des Marais), La, L' and
 * Los stay as part of the name (de La Rochelle, à L'Haÿ-les-Roses). A grouping's name begins with a common noun, which
 * takes its own article and is written out. */
#include <string.h>

#include "base/text.h"
#include "templates/fields.h"
#include "templates/french_elision.h"

static const struct noun {
    const char *noun, *written; /* NULL = as it is */
    enum { MASCULINE, FEMININE, ELIDED } article;
} NOUNS[] = {{"CC", "communauté de communes", FEMININE},
             {"CA", "communauté d'agglomération", FEMININE},
             {"CU", "communauté urbaine", FEMININE},
             {"Communauté", NULL, FEMININE},
             {"Métropole", NULL, FEMININE},
             {"Eurométropole", NULL, ELIDED},
             {"Agglomération", NULL, ELIDED},
             {"Association", NULL, ELIDED},
             {"Union", NULL, ELIDED},
             {"Fédération", NULL, FEMININE},
             {"Collectivité", NULL, FEMININE},
             {"AMF", NULL, ELIDED},
             {"AMRF", NULL, ELIDED},
             {"SIVU", NULL, MASCULINE},
             {"SIVOM", NULL, MASCULINE},
             {"SIVOS", NULL, MASCULINE},
             {"Syndicat", NULL, MASCULINE},
             {"SMICTOM", NULL, MASCULINE},
             {"SICTOM", NULL, MASCULINE},
             {"PETR", NULL, MASCULINE},
             {"Pays", NULL, MASCULINE},
             {"Pôle", NULL, MASCULINE},
             {"Établissement", NULL, ELIDED},
             {"EPT", NULL, ELIDED},
             {"Département", NULL, MASCULINE},
             {"Conseil", NULL, MASCULINE},
             {"Centre", NULL, MASCULINE},
             {"SAN", NULL, MASCULINE}};

/* The noun the name begins with, or NULL. */
static const struct noun *noun_of(const char *name) {
    size_t length = strcspn(name, " ");
    for (size_t i = 0; i < COUNT(NOUNS); i++)
        if (!strncmp(NOUNS[i].noun, name, length) && !NOUNS[i].noun[length]) return &NOUNS[i];
    return NULL;
}

/* Articles that are no more to be seen once contracted. */
static const struct {
    const char *article;
    bool is_plural;
} ARTICLES[] = {{"Le ", false}, {"Les ", true}, {"Aux ", true}};

struct preposition {
    const char *plain, *elided, *le, *les, *noun[3];
};
static const struct preposition DE = {"de ", "d'", "du ", "des ", {"du ", "de la ", "de l'"}};
static const struct preposition A = {"à ", "à ", "au ", "aux ", {"au ", "à la ", "à l'"}};

static void add_noun(const struct preposition *with, const struct noun *noun, const char *name, struct buf *out) {
    buf_add_text(out, with->noun[noun->article]);
    buf_add_text(out, noun->written ? noun->written : noun->noun);
    buf_add_text(out, name + strlen(noun->noun));
}

static void add(const struct preposition *with, const char *name, bool is_grouping, struct buf *out) {
    const struct noun *noun = is_grouping ? noun_of(name) : NULL;
    const char *article = NULL;
    if (noun) {
        add_noun(with, noun, name, out);
        return;
    }
    for (size_t i = 0; i < COUNT(ARTICLES) && !article; i++)
        if (*name == *ARTICLES[i].article && text_starts(name, ARTICLES[i].article)) {
            article = ARTICLES[i].is_plural ? with->les : with->le;
            name += strlen(ARTICLES[i].article);
        }
    buf_add_text(out, article ? article : french_elides(name) ? with->elided : with->plain);
    buf_add_text(out, name);
}

void name_with_de(const char *name, bool is_grouping, struct buf *out) { add(&DE, name, is_grouping, out); }
void name_with_a(const char *name, bool is_grouping, struct buf *out) { add(&A, name, is_grouping, out); }
