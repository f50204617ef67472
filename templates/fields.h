/* The fields a coordinator may write in a template, by their French names, and French grammar for names. */
#ifndef TEMPLATES_FIELDS_H
#define TEMPLATES_FIELDS_H

#include "base/buf.h"

/* X(name, kind): one list says which fields exist. Texts are UTF-8; truths open {{#sections}}.
 * jours_restants is a number of days; temps_restant the same in words that follow "il reste" (14 jours, 1 jour, moins
 * d'un jour); quand_echeance those that follow "se termine" (dans 14 jours, demain, aujourd'hui). */
#define FIELDS(TEXT, TRUTH)                                                                                  \
    TEXT(nom) TEXT(nom_de) TEXT(nom_a) TEXT(type) TEXT(code) TEXT(departement) TEXT(population)              \
    TEXT(echeance) TEXT(echeance_precedente) TEXT(jours_restants) TEXT(temps_restant)                    \
    TEXT(quand_echeance) TEXT(lien_public) TEXT(expediteur)                                                  \
    TEXT(contact_nom) TEXT(contact_telephone) TEXT(reponses_au) TEXT(lien_opposition) TEXT(campagne)         \
    TRUTH(selectionnee) TRUTH(informee) TRUTH(epci) TRUTH(commune) TRUTH(reponses_connues) TRUTH(prolongee)

enum field {
#define FIELD_ENUM(name) FIELD_##name,
    FIELDS(FIELD_ENUM, FIELD_ENUM) FIELD_COUNT
#undef FIELD_ENUM
};
extern const char *const FIELD_NAME[FIELD_COUNT];
bool field_is_truth(enum field field);
int field_of(const char *name, size_t length); /* -1 when unknown */

struct fields {
    const char *text[FIELD_COUNT]; /* borrowed; NULL = "" */
    bool truth[FIELD_COUNT];       /* of a text field: whether it is not empty, so {{#contact_telephone}} works */
};

/* "de Brest", "d'Argol", "du Faou", "des Sables-d'Olonne", "de la Rochelle" -> "de La Rochelle" is the rule of the
 * official toponymy; "à Brest", "au Havre", "aux Abymes". is_grouping: "de la CC du Pays" … appended to out. */
void name_with_de(const char *name, bool is_grouping, struct buf *out);
void name_with_a(const char *name, bool is_grouping, struct buf *out);

#endif
