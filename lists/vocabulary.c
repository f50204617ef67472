/* The words of lists: headers, statuses, placeholders, all in the comparison form N() and in strcmp order. */
#include "lists/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct word {
    const char *text;
    int meaning;
};

static const struct word HEADERS[] = {
    {"a interroger", COLUMN_SELECTION},
    {"a repondu", COLUMN_ANSWERED},
    {"a repondu le", COLUMN_ANSWER_DATE},
    {"a t elle repondu", COLUMN_ANSWERED},
    {"adresse courriel", COLUMN_EMAIL},
    {"adresse courriel mairie", COLUMN_EMAIL},
    {"adresse de courriel", COLUMN_EMAIL},
    {"adresse de messagerie", COLUMN_EMAIL},
    {"adresse e mail", COLUMN_EMAIL},
    {"adresse e mail 1", COLUMN_EMAIL},
    {"adresse electronique", COLUMN_EMAIL},
    {"adresse email", COLUMN_EMAIL},
    {"adresse mail", COLUMN_EMAIL},
    {"adresse mail 1", COLUMN_EMAIL},
    {"adresse mail 2", COLUMN_EMAIL},
    {"adresse mail mairie", COLUMN_EMAIL},
    {"adresses e mail", COLUMN_EMAIL},
    {"adresses mail", COLUMN_EMAIL},
    {"avancement", COLUMN_STATUS},
    {"c p", COLUMN_POSTAL},
    {"code cog", COLUMN_INSEE},
    {"code commune", COLUMN_INSEE},
    {"code departement", COLUMN_DEPARTMENT},
    {"code depcom", COLUMN_INSEE},
    {"code geo", COLUMN_INSEE},
    {"code geographique", COLUMN_INSEE},
    {"code insee", COLUMN_INSEE},
    {"code insee commune", COLUMN_INSEE},
    {"code insee de la commune", COLUMN_INSEE},
    {"code officiel geographique", COLUMN_INSEE},
    {"code post", COLUMN_POSTAL},
    {"code postal", COLUMN_POSTAL},
    {"code siren", COLUMN_SIREN},
    {"codegeo", COLUMN_INSEE},
    {"codeinsee", COLUMN_INSEE},
    {"codepostal", COLUMN_POSTAL},
    {"codes postaux", COLUMN_POSTAL},
    {"codgeo", COLUMN_INSEE},
    {"cog", COLUMN_INSEE},
    {"collectivite", COLUMN_NAME},
    {"com", COLUMN_INSEE},
    {"commune", COLUMN_NAME},
    {"communes", COLUMN_NAME},
    {"concernee", COLUMN_SELECTION},
    {"contact mail", COLUMN_EMAIL},
    {"courriel", COLUMN_EMAIL},
    {"courriel 1", COLUMN_EMAIL},
    {"courriel 2", COLUMN_EMAIL},
    {"courriel 3", COLUMN_EMAIL},
    {"courriel de la mairie", COLUMN_EMAIL},
    {"courriel mairie", COLUMN_EMAIL},
    {"courriel principal", COLUMN_EMAIL},
    {"courriels", COLUMN_EMAIL},
    {"cp", COLUMN_POSTAL},
    {"dans l echantillon", COLUMN_SELECTION},
    {"date de la reponse", COLUMN_ANSWER_DATE},
    {"date de reponse", COLUMN_ANSWER_DATE},
    {"date de retour", COLUMN_ANSWER_DATE},
    {"date reponse", COLUMN_ANSWER_DATE},
    {"date retour", COLUMN_ANSWER_DATE},
    {"denomination", COLUMN_NAME},
    {"dep", COLUMN_DEPARTMENT},
    {"departement", COLUMN_DEPARTMENT},
    {"departement code", COLUMN_DEPARTMENT},
    {"departements", COLUMN_DEPARTMENT},
    {"depcom", COLUMN_INSEE},
    {"dept", COLUMN_DEPARTMENT},
    {"desabonne", COLUMN_OPPOSED},
    {"desabonnement", COLUMN_OPPOSED},
    {"desinscription", COLUMN_OPPOSED},
    {"desinscrit", COLUMN_OPPOSED},
    {"dpt", COLUMN_DEPARTMENT},
    {"e mail", COLUMN_EMAIL},
    {"e mail mairie", COLUMN_EMAIL},
    {"e mails", COLUMN_EMAIL},
    {"echantillon", COLUMN_SELECTION},
    {"echantillonne", COLUMN_SELECTION},
    {"echantillonnee", COLUMN_SELECTION},
    {"email", COLUMN_EMAIL},
    {"email 1", COLUMN_EMAIL},
    {"email 2", COLUMN_EMAIL},
    {"email mairie", COLUMN_EMAIL},
    {"emails", COLUMN_EMAIL},
    {"enquetee", COLUMN_SELECTION},
    {"epci", COLUMN_NAME},
    {"etat", COLUMN_STATUS},
    {"etat d avancement", COLUMN_STATUS},
    {"fait partie de l echantillon", COLUMN_SELECTION},
    {"id", COLUMN_ID},
    {"identifiant", COLUMN_ID},
    {"insee", COLUMN_INSEE},
    {"insee com", COLUMN_INSEE},
    {"insee commune", COLUMN_INSEE},
    {"intercommunalite", COLUMN_NAME},
    {"interrogee", COLUMN_SELECTION},
    {"libelle", COLUMN_NAME},
    {"libelle commune", COLUMN_NAME},
    {"libelle de la commune", COLUMN_NAME},
    {"libelle departement", COLUMN_DEPARTMENT},
    {"libelle epci", COLUMN_NAME},
    {"libgeo", COLUMN_NAME},
    {"mail", COLUMN_EMAIL},
    {"mail 1", COLUMN_EMAIL},
    {"mail 2", COLUMN_EMAIL},
    {"mail 3", COLUMN_EMAIL},
    {"mail contact", COLUMN_EMAIL},
    {"mail de la mairie", COLUMN_EMAIL},
    {"mail generique", COLUMN_EMAIL},
    {"mail mairie", COLUMN_EMAIL},
    {"mail principal", COLUMN_EMAIL},
    {"mails", COLUMN_EMAIL},
    {"mairie", COLUMN_NAME},
    {"mel", COLUMN_EMAIL},
    {"n departement", COLUMN_DEPARTMENT},
    {"n dept", COLUMN_DEPARTMENT},
    {"n insee", COLUMN_INSEE},
    {"n siren", COLUMN_SIREN},
    {"n siren siret", COLUMN_SIREN},
    {"n siret", COLUMN_SIREN},
    {"ne pas contacter", COLUMN_OPPOSED},
    {"ne plus contacter", COLUMN_OPPOSED},
    {"ne plus ecrire", COLUMN_OPPOSED},
    {"ne plus relancer", COLUMN_OPPOSED},
    {"nom", COLUMN_NAME},
    {"nom collectivite", COLUMN_NAME},
    {"nom commune", COLUMN_NAME},
    {"nom complet", COLUMN_NAME},
    {"nom de l epci", COLUMN_NAME},
    {"nom de la collectivite", COLUMN_NAME},
    {"nom de la commune", COLUMN_NAME},
    {"nom de la mairie", COLUMN_NAME},
    {"nom departement", COLUMN_DEPARTMENT},
    {"nom du departement", COLUMN_DEPARTMENT},
    {"nom epci", COLUMN_NAME},
    {"num departement", COLUMN_DEPARTMENT},
    {"num insee", COLUMN_INSEE},
    {"numero de siren", COLUMN_SIREN},
    {"numero insee", COLUMN_INSEE},
    {"numero siren", COLUMN_SIREN},
    {"numero siret", COLUMN_SIREN},
    {"oppose", COLUMN_OPPOSED},
    {"opposee", COLUMN_OPPOSED},
    {"opposition", COLUMN_OPPOSED},
    {"organisme", COLUMN_NAME},
    {"pivot", COLUMN_PIVOT},
    {"questionnaire recu", COLUMN_ANSWERED},
    {"raison sociale", COLUMN_NAME},
    {"recu le", COLUMN_ANSWER_DATE},
    {"refus", COLUMN_OPPOSED},
    {"repondant", COLUMN_ANSWERED},
    {"repondante", COLUMN_ANSWERED},
    {"repondu", COLUMN_ANSWERED},
    {"repondu le", COLUMN_ANSWER_DATE},
    {"reponse", COLUMN_ANSWERED},
    {"reponse le", COLUMN_ANSWER_DATE},
    {"reponse recue", COLUMN_ANSWERED},
    {"retour", COLUMN_ANSWERED},
    {"retour le", COLUMN_ANSWER_DATE},
    {"selection", COLUMN_SELECTION},
    {"selectionne", COLUMN_SELECTION},
    {"selectionnee", COLUMN_SELECTION},
    {"selectionnees", COLUMN_SELECTION},
    {"selectionnes", COLUMN_SELECTION},
    {"siren", COLUMN_SIREN},
    {"siren commune", COLUMN_SIREN},
    {"siren epci", COLUMN_SIREN},
    {"siren siret", COLUMN_SIREN},
    {"siret", COLUMN_SIREN},
    {"situation", COLUMN_STATUS},
    {"statut", COLUMN_STATUS},
    {"statut de l enquete", COLUMN_STATUS},
    {"statut enquete", COLUMN_STATUS},
    {"statut enquete asco", COLUMN_STATUS},
    {"stop", COLUMN_OPPOSED},
    {"structure", COLUMN_NAME},
    {"suivi", COLUMN_STATUS},
    {"tirage", COLUMN_SELECTION},
    {"tire au sort", COLUMN_SELECTION},
    {"tiree au sort", COLUMN_SELECTION},
    {"ville", COLUMN_NAME},
};

/* A list of networks has columns of its own beside those every list has. */
static const struct word RELAY_HEADERS[] = {
    {"adresse de reponse", COLUMN_REPLY_TO}, {"adresse reponse", COLUMN_REPLY_TO}, {"association", COLUMN_NAME},
    {"association departementale", COLUMN_NAME}, {"code relais", COLUMN_RELAY}, {"coordinateur", COLUMN_NAME},
    {"coordinatrice", COLUMN_NAME}, {"coordonnateur", COLUMN_NAME}, {"correspondant", COLUMN_NAME},
    {"courriel coordinateur", COLUMN_EMAIL}, {"courriel de reponse", COLUMN_REPLY_TO},
    {"courriel reponse", COLUMN_REPLY_TO}, {"departement couvert", COLUMN_DEPARTMENT},
    {"departements couverts", COLUMN_DEPARTMENT}, {"departements suivis", COLUMN_DEPARTMENT},
    {"email de reponse", COLUMN_REPLY_TO}, {"email reponse", COLUMN_REPLY_TO}, {"fonction", COLUMN_FUNCTION},
    {"interlocuteur", COLUMN_NAME}, {"mail de reponse", COLUMN_REPLY_TO}, {"nom du coordinateur", COLUMN_NAME},
    {"nom et prenom", COLUMN_NAME}, {"nom fictif", COLUMN_NAME}, {"nom prenom", COLUMN_NAME},
    {"organisme", COLUMN_NAME}, {"perimetre", COLUMN_DEPARTMENT}, {"prenom nom", COLUMN_NAME},
    {"qualite", COLUMN_FUNCTION}, {"referent", COLUMN_NAME}, {"region", COLUMN_REGION},
    {"regions", COLUMN_REGION}, {"relais", COLUMN_RELAY}, {"reply to", COLUMN_REPLY_TO},
    {"repondre a", COLUMN_REPLY_TO}, {"reponse a", COLUMN_REPLY_TO}, {"reponses a", COLUMN_REPLY_TO},
    {"reseau", COLUMN_NAME}, {"responsable", COLUMN_NAME}, {"role", COLUMN_FUNCTION},
    {"secteur", COLUMN_DEPARTMENT}, {"sigle", COLUMN_RELAY}, {"territoire", COLUMN_DEPARTMENT},
    {"territoires", COLUMN_DEPARTMENT}, {"titre", COLUMN_FUNCTION}, {"zone", COLUMN_DEPARTMENT},
};

static const struct word STATUS_WORDS[] = {
    {"", LIST_INFORMED},
    {"0", LIST_INFORMED},
    {"1", LIST_SELECTED},
    {"a relancer", LIST_SELECTED},
    {"a repondu", LIST_ANSWERED},
    {"a retirer", LIST_OPPOSITION},
    {"a retirer de la liste", LIST_OPPOSITION},
    {"complet", LIST_ANSWERED},
    {"complete", LIST_ANSWERED},
    {"concerne", LIST_SELECTED},
    {"concernee", LIST_SELECTED},
    {"dans l echantillon", LIST_SELECTED},
    {"desabonne", LIST_OPPOSITION},
    {"desabonnee", LIST_OPPOSITION},
    {"desabonnement", LIST_OPPOSITION},
    {"desinscription", LIST_OPPOSITION},
    {"desinscrit", LIST_OPPOSITION},
    {"desinscrite", LIST_OPPOSITION},
    {"echantillon", LIST_SELECTED},
    {"echantillonne", LIST_SELECTED},
    {"echantillonnee", LIST_SELECTED},
    {"en attente", LIST_SELECTED},
    {"en attente de reponse", LIST_SELECTED},
    {"en cours", LIST_SELECTED},
    {"enquete", LIST_SELECTED},
    {"enquetee", LIST_SELECTED},
    {"false", LIST_INFORMED},
    {"faux", LIST_INFORMED},
    {"hors echantillon", LIST_INFORMED},
    {"info", LIST_INFORMED},
    {"informe", LIST_INFORMED},
    {"informee", LIST_INFORMED},
    {"interroge", LIST_SELECTED},
    {"interrogee", LIST_SELECTED},
    {"n", LIST_INFORMED},
    {"n a pas encore repondu", LIST_SELECTED},
    {"n a pas repondu", LIST_SELECTED},
    {"ne pas contacter", LIST_OPPOSITION},
    {"ne pas relancer", LIST_OPPOSITION},
    {"ne plus contacter", LIST_OPPOSITION},
    {"ne plus ecrire", LIST_OPPOSITION},
    {"ne plus relancer", LIST_OPPOSITION},
    {"no", LIST_INFORMED},
    {"non", LIST_INFORMED},
    {"non concerne", LIST_INFORMED},
    {"non concernee", LIST_INFORMED},
    {"non echantillonnee", LIST_INFORMED},
    {"non repondu", LIST_SELECTED},
    {"non repondue", LIST_SELECTED},
    {"non retenu", LIST_INFORMED},
    {"non retenue", LIST_INFORMED},
    {"non selectionne", LIST_INFORMED},
    {"non selectionnee", LIST_INFORMED},
    {"o", LIST_SELECTED},
    {"ont repondu", LIST_ANSWERED},
    {"oppose", LIST_OPPOSITION},
    {"opposee", LIST_OPPOSITION},
    {"opposes", LIST_OPPOSITION},
    {"opposition", LIST_OPPOSITION},
    {"oui", LIST_SELECTED},
    {"pas de reponse", LIST_SELECTED},
    {"pas encore repondu", LIST_SELECTED},
    {"pas repondu", LIST_SELECTED},
    {"pas selectionnee", LIST_INFORMED},
    {"pour information", LIST_INFORMED},
    {"questionnaire complete", LIST_ANSWERED},
    {"questionnaire recu", LIST_ANSWERED},
    {"questionnaire rempli", LIST_ANSWERED},
    {"recu", LIST_ANSWERED},
    {"refus", LIST_OPPOSITION},
    {"refus de repondre", LIST_OPPOSITION},
    {"refuse", LIST_OPPOSITION},
    {"refuse de repondre", LIST_OPPOSITION},
    {"repondu", LIST_ANSWERED},
    {"repondue", LIST_ANSWERED},
    {"reponse recue", LIST_ANSWERED},
    {"retenu", LIST_SELECTED},
    {"retenue", LIST_SELECTED},
    {"retirer de la liste", LIST_OPPOSITION},
    {"sans reponse", LIST_SELECTED},
    {"selection", LIST_SELECTED},
    {"selectionne", LIST_SELECTED},
    {"selectionnee", LIST_SELECTED},
    {"selectionnees", LIST_SELECTED},
    {"stop", LIST_OPPOSITION},
    {"termine", LIST_ANSWERED},
    {"terminee", LIST_ANSWERED},
    {"tirage", LIST_SELECTED},
    {"tire", LIST_SELECTED},
    {"tire au sort", LIST_SELECTED},
    {"tiree", LIST_SELECTED},
    {"tiree au sort", LIST_SELECTED},
    {"true", LIST_SELECTED},
    {"valide", LIST_ANSWERED},
    {"validee", LIST_ANSWERED},
    {"vrai", LIST_SELECTED},
    {"x", LIST_SELECTED},
    {"yes", LIST_SELECTED},
};

/* Oppositions that OPPOSITION_ANYWHERE finds need no prefix here: it is looked for before. */
static const struct word STATUS_PREFIXES[] = {
    {"repondu ", LIST_ANSWERED},  {"a repondu ", LIST_ANSWERED}, {"relance ", LIST_SELECTED},
    {"relancee ", LIST_SELECTED}, {"relance", LIST_SELECTED},    {"relancee", LIST_SELECTED},
    {"desabonnement ", LIST_OPPOSITION}, {"ne pas contacter ", LIST_OPPOSITION},
};

static const char *const OPPOSITION_ANYWHERE[] = {
    "a retirer",   "desabonne",       "desabonnee",        "desinscription", "desinscrit",
    "desinscrite", "ne pas relancer", "ne plus contacter", "ne plus ecrire", "ne plus relancer",
    "oppose",      "opposee",         "opposition",        "refus",          "refuse",
    "stop",
};

static const char *const EMAIL_PLACEHOLDERS[] = {
    "",
    "a completer",
    "a renseigner",
    "a verifier",
    "absent",
    "aucun",
    "aucune",
    "inconnu",
    "inconnue",
    "n a",
    "n c",
    "n existe pas",
    "nc",
    "ne",
    "neant",
    "non communique",
    "non connu",
    "non connue",
    "non renseigne",
    "nr",
    "pas d adresse",
    "pas d adresse mail",
    "pas d e mail",
    "pas d email",
    "pas de courriel",
    "pas de mail",
    "pas de messagerie",
    "ras",
    "sans",
    "sans adresse",
    "sans courriel",
    "sans mail",
};

static const char *const IDENTITY_PLACEHOLDERS[] = {
    "", "a completer", "inconnu", "inconnue", "n a", "nc", "neant", "sans",
};

static const char *const YES_WORDS[] = {
    "1", "o", "ok", "oui", "true", "vrai", "x", "yes",
};

static const char *const NO_WORDS[] = {
    "", "0", "false", "faux", "n", "nc", "no", "non", "sans objet",
};

static const char *const FOOTER_FIRST_WORDS[] = {
    "sous total",
    "total",
    "totaux",
};

const char *const COLUMN_ROLE[COLUMN_ROLES] = {
    [COLUMN_ID] = "id",
    [COLUMN_INSEE] = "insee",
    [COLUMN_SIREN] = "siren",
    [COLUMN_NAME] = "name",
    [COLUMN_DEPARTMENT] = "department",
    [COLUMN_POSTAL] = "postal",
    [COLUMN_EMAIL] = "email",
    [COLUMN_SELECTION] = "selection",
    [COLUMN_STATUS] = "status",
    [COLUMN_ANSWERED] = "answered",
    [COLUMN_ANSWER_DATE] = "answer_date",
    [COLUMN_OPPOSED] = "opposed",
    [COLUMN_PIVOT] = "pivot",
    [COLUMN_RELAY] = "relay",
    [COLUMN_REPLY_TO] = "reply_to",
    [COLUMN_FUNCTION] = "function",
    [COLUMN_REGION] = "region",
};

const char *const LIST_STATUS[] = {"informee", "selectionnee", "repondu", "opposition"};

static int compare_word(const void *key, const void *word) {
    return strcmp(key, ((const struct word *)word)->text);
}

static int compare_text(const void *key, const void *text) {
    return strcmp(key, *(const char *const *)text);
}

#define MEANING(table, key) meaning_of(table, COUNT(table), key)
static int meaning_of(const struct word *table, size_t count, const char *key) {
    const struct word *found = bsearch(key, table, count, sizeof *table, compare_word);
    return found ? found->meaning : -1;
}

#define AMONG(table, key) (bsearch(key, table, COUNT(table), sizeof *(table), compare_text) != NULL)

enum column_role vocabulary_header(const char *key, bool of_relays) {
    int role = of_relays ? MEANING(RELAY_HEADERS, key) : -1;
    if (role < 0) role = MEANING(HEADERS, key);
    return role < 0 ? COLUMN_NONE : (enum column_role)role;
}

const char *vocabulary_header_at(size_t i, bool of_relays, enum column_role *role) {
    const struct word *word = i < COUNT(HEADERS)                                ? &HEADERS[i]
                              : of_relays && i - COUNT(HEADERS) < COUNT(RELAY_HEADERS) ? &RELAY_HEADERS[i - COUNT(HEADERS)]
                                                                                : NULL;
    if (!word) return NULL;
    *role = (enum column_role)word->meaning;
    return word->text;
}

int vocabulary_status(const char *key) {
    return MEANING(STATUS_WORDS, key);
}

int vocabulary_status_prefix(const char *key, size_t *prefix_length) {
    for (size_t i = 0; i < COUNT(STATUS_PREFIXES); i++) {
        *prefix_length = strlen(STATUS_PREFIXES[i].text);
        if (!strncmp(key, STATUS_PREFIXES[i].text, *prefix_length)) return STATUS_PREFIXES[i].meaning;
    }
    return -1;
}

/* "Ne souhaite plus être contactée", "à ne plus solliciter": said around the verb. */
static bool no_longer_wished(const char *key) {
    static const char *const VERBS[] = {" contact", " relanc", " sollicit", " ecri", " recevoir", " interrog"};
    const char *not = text_starts(key, "ne ") ? key : strstr(key, " ne ");
    const char *longer = not ? strstr(not, " plus ") : NULL;
    for (size_t i = 0; i < COUNT(VERBS) && longer; i++)
        if (strstr(longer, VERBS[i])) return true;
    return false;
}

bool vocabulary_opposition_anywhere(const char *key) {
    if (no_longer_wished(key)) return true;
    for (size_t i = 0; i < COUNT(OPPOSITION_ANYWHERE); i++) {
        const char *word = OPPOSITION_ANYWHERE[i];
        size_t length = strlen(word);
        for (const char *at = key; (at = strstr(at, word)); at++)
            if ((at == key || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    }
    return false;
}

bool vocabulary_yes(const char *key) {
    return AMONG(YES_WORDS, key);
}
bool vocabulary_no(const char *key) {
    return AMONG(NO_WORDS, key);
}
bool vocabulary_email_placeholder(const char *key) {
    return AMONG(EMAIL_PLACEHOLDERS, key);
}
bool vocabulary_identity_placeholder(const char *key) {
    return AMONG(IDENTITY_PLACEHOLDERS, key);
}

bool vocabulary_footer(const char *key) {
    for (size_t i = 0; i < COUNT(FOOTER_FIRST_WORDS); i++) {
        size_t length = strlen(FOOTER_FIRST_WORDS[i]);
        if (!strncmp(key, FOOTER_FIRST_WORDS[i], length) && (key[length] == ' ' || !key[length])) return true;
    }
    return false;
}
