/* Phrases of town halls that answer, sentence by sentence. */
#include "mailer/inbox/reply_sort.h"

#include "mailer/inbox/objection.h"
#include "mailer/inbox/phrases.h"

#define OFFICE "service~|direction|directeur|directrice|mairie|secretariat|secretaire|responsable|dgs|president~|communaute|agglomeration|prefecture|syndicat|maire|collegue~|accueil|interco~|departement"

static const char *const WRONG_PERSON[] = {
    "pas|plus [forcement] [vraiment] la|le|l bonne|bon|bons|bonnes|interlocut~|destinataire [personne|interlocut~|destinataire~|contact|adresse|service]",
    "mauvais|mauvaise|faux destinataire~|interlocut~|personne|adresse|contact|service",
    "erreur|tromp~ de|d destinataire|adresse|personne|interlocut~|commune|mairie|service",
    "vous [vous] [avez] [du|etes|faites] [vous] tromp~|erreur",
    "ne m|nous [etait|est|sont] [etait] pas [destine~|adresse~|adressee]",
    "ne|n * travaille|travaillons|exerce|exercons|occupe|assure|gere plus",
    "ne suis|sommes plus maire|elu|elue|secretaire|adjoint~|conseil~|president~|en|dans|a|la|le|au|charge~",
    "ne fais|fait|faisons plus partie",
    "ai|avons quitte [la|le|mes|ma|mon|cette] [" OFFICE "|commune|collectivite|fonctions|poste]",
    "suis|pars|parti|partie [a|en] [la] retraite",
    "suis|est|sommes [un|une|qu] [un] particulier|particuliere|entreprise|association",
    "adresse * est|celle [d|celle] [d] [un] particulier|privee|personnelle",
    "ne sommes|suis pas [la|une|le|un] mairie|commune|collectivite|maire|elu",
    "merci|veuillez|priere|faut|devez|invite * vous adresser|rapprocher|tourner * " OFFICE,
    "merci|veuillez|priere|faut|devez|invite * contacter|adresser|ecrire|transmettre|envoyer|joindre|voir|solliciter|rediriger|saisir * a|au|aux|directement|la|le|l|avec [la|le|l] " OFFICE,
    "pas [de] mon ressort|competence",
    "voir|voyez|contacter|contactez|ecrire|ecrivez|adresser|adressez [directement] [vous] [plutot] avec|a|au|aux [la|le|l] " OFFICE,
    "pas moi|nous qui [m|nous] occup~|gere|gerons|suis|traite|traitons",
    "ai|avons|exerce plus [de|aucun|aucune] [mes|mon] mandat|fonction|fonctions",
    "wrong|not [the] [right] [correct] person|address|contact|recipient",
    "no longer work|works|the|responsible|in",
    "please contact|write * department|office|colleague|instead",
};
static const char *const NOT_CONCERNED[] = {
    "pas|non|aucunement|nullement [du] [tout] [etre] concern~",
    "ne [nous|me] concern~ pas|nullement|aucunement",
    "pas [que] [nous] [soyons|soit|sommes] concern~",
    "pas * " "soyons|soit concern~",
    "sans objet",
    "n|ne * avons|a|exerc~|dispos~|possed~|dispose|exerce pas|plus|aucun|aucune [de|d|la|cette|ce|les] [cette] * competence|ecole~|service|equipement|police|creche|structure|etablissement|personnel|agent~",
    "ne dispos~ [pas|d|plus] * competence|ecole~|service|equipement|police|creche|structure|etablissement|personnel|agent~",
    "n y a|avait pas|plus|aucun|aucune [de|d] * sur|dans|a la|le|notre|cette commune|territoire|collectivite",
    "competence * transfer~|relev~|deleguee|exercee|appart~|assuree",
    "competence|elle|mission * relev~|depend~ [de|du|des] [l|la]",
    "exerce|exercent|detient|gere|assure|relev~ * cette|la|de [la] competence",
    "c est l|la|le intercommunalite|communaute|agglomeration|metropole|syndicat|departement|region [de] [communes] qui",
    "a ete dissou~|dissous|dissoute|dissolution",
    "n existe plus|pas",
    "a fusionne|fusion de|commune nouvelle|absorbee",
    "pas [de] [notre|nos] ressort",
    "not|doesn|nothing [t] [to] concern~|applicable|apply",
    "not [be] concerned|affected|applicable",
};
static const char *const QUESTION[] = {
    "? $",
    "pouvez|pourriez|pourrait|pourrions|peut|peuvent|puis vous|on|nous|je|il",
    "souhait~|voudr~|aimer~|desir~ [bien] savoir|connaitre|avoir|obtenir|comprendre|poser",
    "arrive|arrivons|parvien~|parven~|reussi~|trouv~|retrouv~|ouvre|fonctionn~|march~|recoi~|accede~|accedons|peux|pouvons|comprend~ pas",
    "arrive|arrivons|parvien~|parven~|trouv~|retrouv~|peux|pouvons plus a|le|la|l|les|notre|mon|de",
    "ne fonctionn~|march~|ouvr~|s|trouv~|retrouv~|comprend~|sai~|parvien~|arriv~ [ouvre|affiche] pas",
    "impossible d|de",
    "erreur|bug|probleme|difficulte~ * lien|page|formulaire|connexion|site|connecter|quand|lorsque|acces|ouvrir",
    "lien|page|formulaire|site|plateforme * erreur|invalide|expire|mort|bloque|inaccessible|introuvable|indisponible",
    "perdu|egare|oublie * identifiant~|code~|mot|lien|courrier|message|mail|questionnaire|acces",
    "merci|veuillez|priere [de|d] [bien] [vouloir] [" "nous|me|m] [nous|me|m] renvoyer|indiquer|preciser|communiquer|rappeler|eclairer|aider|confirmer|dire|expliquer|faire|transmettre|renseigner",
    "merci|veuillez|priere|possible|besoin * envoyer|adresser|fournir|parvenir|recevoir * lien|questionnaire|identifiant~|code~|formulaire|papier|courrier|document~",
    "ai|avons une|des|quelques [petite] question|questions|interrogation~|doute~",
    "besoin|demande * precision~|aide|renseignement~|information~|delai|explication~",
    "merci de|pour votre aide",
    "could|can|would you|we|i|someone",
    "how|what|where|who|which|when do|does|is|are|can|should|to",
    "link * not|broken|expired|work~",
};

static bool any(const struct sentences *text, const char *const *patterns, size_t count) {
    for (size_t i = 0; i < text->count; i++)
        if (phrases_in(sentence_at(text, i), patterns, count)) return true;
    return false;
}

enum reply_sort reply_sort_of(const char *subject, const char *text) {
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    if (says_objection(subject, text)) return REPLY_OBJECTION;
    if (says_answered(text)) return REPLY_ANSWERED;
    sentences_add(&sentences, text, strnlen(text, OBJECTION_OPENING));
    static const struct {
        const char *const *patterns;
        size_t count;
        enum reply_sort sort;
    } ASKED[] = {{WRONG_PERSON, COUNT(WRONG_PERSON), REPLY_WRONG_PERSON},
                 {NOT_CONCERNED, COUNT(NOT_CONCERNED), REPLY_NOT_CONCERNED},
                 {QUESTION, COUNT(QUESTION), REPLY_QUESTION}};
    for (size_t i = 0; i < COUNT(ASKED); i++)
        if (any(&sentences, ASKED[i].patterns, ASKED[i].count)) return ASKED[i].sort;
    return REPLY_OTHER;
}
