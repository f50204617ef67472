/* Codes and sentences, one table. */
#include "lists/codes.h"

#include <string.h>

const char *const WARNING_CODE[WARN_CODES] = {
    [WARN_ARRONDISSEMENT] = "ARRONDISSEMENT",
    [WARN_CODE_OBSOLETE] = "CODE_OBSOLETE",
    [WARN_DATE_INVALID] = "DATE_INVALID",
    [WARN_DEPARTMENT_CARRIED] = "DEPARTMENT_CARRIED",
    [WARN_DUPLICATE] = "DUPLICATE",
    [WARN_EMAIL_DROPPED] = "EMAIL_DROPPED",
    [WARN_ENCODING_MIXED] = "ENCODING_MIXED",
    [WARN_HIDDEN_ROWS] = "HIDDEN_ROWS",
    [WARN_HYPERLINK_MISMATCH] = "HYPERLINK_MISMATCH",
    [WARN_ID_FROM_NAME] = "ID_FROM_NAME",
    [WARN_INSEE_CORSE] = "INSEE_CORSE",
    [WARN_INSEE_PADDED] = "INSEE_PADDED",
    [WARN_LOCAL_NON_ASCII] = "LOCAL_NON_ASCII",
    [WARN_MOJIBAKE] = "MOJIBAKE",
    [WARN_NAME_MISMATCH] = "NAME_MISMATCH",
    [WARN_NO_EMAIL] = "NO_EMAIL",
    [WARN_NO_STATUS_COLUMN] = "NO_STATUS_COLUMN",
    [WARN_SHARED_MAILBOX] = "SHARED_MAILBOX",
    [WARN_SIRET_TRUNCATED] = "SIRET_TRUNCATED",
    [WARN_STATUS_BY_COLOUR] = "STATUS_BY_COLOUR",
    [WARN_STATUS_CONFLICT] = "STATUS_CONFLICT",
    [WARN_STATUS_UNKNOWN] = "STATUS_UNKNOWN",
    [WARN_TEXT_SUSPECT] = "TEXT_SUSPECT",
};

static const struct {
    const char *code, *sentence;
} SENTENCES[] = {
    /* rejected rows */
    {"QUOTE_UNBALANCED", "un guillemet n'est pas fermé : fermez-le ou supprimez-le"},
    {"COLUMNS_SHIFTED", "il y a plus de cellules que de colonnes : remettez chaque valeur sous son titre"},
    {"CELL_TOO_LARGE", "une cellule dépasse 32 767 caractères : raccourcissez-la"},
    {"CONTROL_CHAR", "la ligne contient un caractère nul : ressaisissez-la"},
    {"ID_MISSING", "ni code INSEE, ni SIREN, ni nom : indiquez la collectivité"},
    {"ID_DESTROYED",
     "le tableur a détruit le code et le nom ne suffit pas : ressaisissez le code au format texte"},
    {"ID_CONFLICT",
     "le code INSEE et le SIREN ne désignent pas la même collectivité : corrigez l'un des deux"},
    {"ID_NAME_CONFLICT", "le code est celui d'une autre commune que le nom : corrigez le code ou le nom"},
    {"INSEE_UNKNOWN", "ce code INSEE n'existe pas (est-ce un code postal ?) : corrigez-le"},
    {"SIREN_MALFORMED", "un SIREN a 9 chiffres, un SIRET 14 : complétez-le"},
    {"SIREN_LUHN", "la clé de ce SIREN est fausse : un chiffre est mal recopié"},
    {"SIREN_UNKNOWN", "ce SIREN n'est celui d'aucune commune ni intercommunalité : vérifiez-le"},
    {"NAME_UNKNOWN",
     "aucune collectivité ne porte ce nom à cet endroit : corrigez-le ou ajoutez le code INSEE"},
    {"NAME_AMBIGUOUS", "plusieurs collectivités portent ce nom : ajoutez le code INSEE ou le département"},
    {"DEPARTMENT_UNKNOWN", "ce département n'existe pas : écrivez son numéro (29) ou son nom"},
    {"HEADER_INJECTION", "la cellule imite un en-tête de message : gardez-y l'adresse seule"},
    {"FORMULA", "la cellule est une formule : remplacez-la par sa valeur"},
    {"FORMULA_NO_VALUE", "la cellule est une formule sans valeur : remplacez-la par l'adresse"},
    {"EMAIL_INVALID", "aucune adresse de courriel valable dans la cellule : corrigez-la"},
    /* ignored rows */
    {"BEFORE_HEADER", "au-dessus de la ligne de titres"},
    {"HEADER_REPEATED", "répétition de la ligne de titres"},
    {"TOTAL", "ligne de total"},
    {"NOTE", "remarque, aucune collectivité"},
    {"OUT_OF_SCOPE", "ni mairie, ni intercommunalité"},
    {"ANNEXE", "mairie annexe ou déléguée"},
    /* warnings */
    {"ARRONDISSEMENT", "code d'un arrondissement : rattaché à Paris, Lyon ou Marseille"},
    {"CODE_OBSOLETE", "ancienne commune : rattachée à celle d'aujourd'hui"},
    {"DATE_INVALID", "date de réponse illisible ou à venir, laissée de côté"},
    {"DEPARTMENT_CARRIED", "département repris de la ligne du dessus"},
    {"DUPLICATE", "répète ce qu'une autre ligne dit déjà"},
    {"EMAIL_DROPPED", "une des adresses n'est pas valable et a été laissée de côté"},
    {"ENCODING_MIXED", "le fichier mélange deux encodages : vérifiez les accents"},
    {"HIDDEN_ROWS", "des lignes masquées dans le classeur ont été importées : supprimez celles qui ne comptent plus"},
    {"HYPERLINK_MISMATCH", "le lien de la cellule mène à une autre adresse que son texte : le texte est retenu"},
    {"ID_FROM_NAME", "code détruit par le tableur : retrouvé par le nom"},
    {"INSEE_CORSE", "ancien code de Corse (20xxx) : remplacé par 2A ou 2B d'après le nom"},
    {"INSEE_PADDED", "zéro initial perdu par le tableur : remis"},
    {"LOCAL_NON_ASCII", "adresse avec une lettre accentuée avant l'arobase : à vérifier"},
    {"MOJIBAKE", "accents abîmés (« Ã© ») : réparés"},
    {"NAME_MISMATCH", "le nom n'est pas celui du code ; le code a été suivi"},
    {"NO_EMAIL", "aucune adresse : à compléter ou à joindre par téléphone"},
    {"NO_STATUS_COLUMN", "aucune colonne ne dit qui est sélectionné : toutes les lignes sont « informée »"},
    {"SHARED_MAILBOX", "adresse commune à plusieurs collectivités : elle recevra un message pour chacune"},
    {"SIRET_TRUNCATED", "SIRET : ses neuf premiers chiffres, le SIREN, ont été retenus"},
    {"STATUS_BY_COLOUR", "des lignes sont en couleur : une couleur n'est jamais lue, écrivez le statut dans une colonne"},
    {"STATUS_CONFLICT", "plusieurs lignes se contredisent : le statut le plus fort est retenu"},
    {"STATUS_UNKNOWN", "statut inconnu : compté comme « informée »"},
    {"TEXT_SUSPECT", "le nom contient une formule, une balise ou un caractère caché ; il n'est pas repris"},
};

const char *code_sentence(const char *code) {
    for (size_t i = 0; i < COUNT(SENTENCES); i++)
        if (!strcmp(SENTENCES[i].code, code)) return SENTENCES[i].sentence;
    return code;
}
