/* Words of objection and of "we have answered", French first. */
#include "mailer/inbox/objection.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const OBJECTIONS[] = {"désinscription",
                                         "desinscription",
                                         "désinscrire",
                                         "desinscrire",
                                         "désinscrivez",
                                         "desinscrivez",
                                         "désabonn",
                                         "desabonn",
                                         "ne plus recevoir",
                                         "ne plus nous envoyer",
                                         "ne plus m'envoyer",
                                         "ne plus nous adresser",
                                         "ne plus m'adresser",
                                         "ne plus nous écrire",
                                         "ne plus m'écrire",
                                         "ne plus nous solliciter",
                                         "ne plus nous contacter",
                                         "ne plus me contacter",
                                         "ne nous envoyez plus",
                                         "ne m'envoyez plus",
                                         "ne nous écrivez plus",
                                         "ne m'écrivez plus",
                                         "ne nous contactez plus",
                                         "cessez de nous écrire",
                                         "cesser de nous écrire",
                                         "cesser de m'envoyer",
                                         "cesser de nous envoyer",
                                         "cessez vos envois",
                                         "arrêtez vos envois",
                                         "arrêtez de nous écrire",
                                         "arrêtez de m'écrire",
                                         "arrêter de nous envoyer",
                                         "arrêter de m'envoyer",
                                         "arrêtez de nous envoyer",
                                         "arrêtez de m'envoyer",
                                         "retirez notre adresse",
                                         "retirez mon adresse",
                                         "retirer notre adresse",
                                         "retirer mon adresse",
                                         "retirez-nous de",
                                         "retirez-moi de",
                                         "nous retirer de",
                                         "me retirer de",
                                         "supprimez notre adresse",
                                         "supprimez mon adresse",
                                         "supprimer notre adresse",
                                         "supprimer mon adresse",
                                         "supprimer cette adresse de",
                                         "rayer de votre liste",
                                         "rayez-nous",
                                         "enlever de votre liste",
                                         "enlevez-nous de",
                                         "enlevez-moi de",
                                         "sortir de votre liste",
                                         "droit d'opposition",
                                         "je m'oppose à",
                                         "nous nous opposons à",
                                         "opposition au traitement",
                                         "unsubscribe",
                                         "remove me from",
                                         "remove us from",
                                         "opt out",
                                         "opt-out",
                                         "take me off",
                                         "stop emailing",
                                         "stop sending"};
/* What turns an objection into something else: a question, a denial, somebody else's subscription. */
static const char *const NOT_OBJECTIONS[] = {"pas me désinscrire",
                                             "pas nous désinscrire",
                                             "pas se désinscrire",
                                             "sans me désinscrire",
                                             "sans nous désinscrire",
                                             "pas à me désinscrire",
                                             "ne pas désinscrire",
                                             "pas de désinscription",
                                             "erreur de désinscription",
                                             "désinscrits par erreur",
                                             "désinscrit par erreur",
                                             "désinscrite par erreur",
                                             "désinscrits des listes électorales",
                                             "listes électorales",
                                             "liste électorale",
                                             "désinscription à la cantine",
                                             "cantine",
                                             "désabonné par erreur",
                                             "peur de ne plus recevoir",
                                             "crains de ne plus recevoir",
                                             "étonn",
                                             "pourquoi ne plus recevoir",
                                             "reçois plus vos",
                                             "recevons plus vos",
                                             "inquiet de ne plus",
                                             "réinscri",
                                             "not unsubscribe",
                                             "don't want to unsubscribe"};
static const char *const ANSWERED[] = {"déjà répondu",
                                       "deja repondu",
                                       "déja répondu",
                                       "deja répondu",
                                       "avons répondu",
                                       "ai répondu",
                                       "avons bien répondu",
                                       "ai bien répondu",
                                       "a été complété",
                                       "a bien été complété",
                                       "a été rempli",
                                       "a bien été rempli",
                                       "déjà rempli",
                                       "deja rempli",
                                       "déjà complété",
                                       "deja complété",
                                       "déjà renvoyé",
                                       "déjà retourné",
                                       "déjà transmis",
                                       "déjà envoyé",
                                       "déjà fait le nécessaire",
                                       "déjà participé",
                                       "avons rempli",
                                       "ai rempli",
                                       "avons complété",
                                       "ai complété",
                                       "avons renseigné",
                                       "ai renseigné",
                                       "avons retourné le questionnaire",
                                       "ai retourné le questionnaire",
                                       "avons transmis nos réponses",
                                       "ai transmis nos réponses",
                                       "questionnaire a été transmis",
                                       "questionnaire a été envoyé",
                                       "questionnaire a été renvoyé",
                                       "questionnaire a été validé",
                                       "c'est fait",
                                       "réponse a été transmise",
                                       "réponse a été envoyée",
                                       "réponse a déjà été",
                                       "réponses ont été transmises",
                                       "enquête a été complétée",
                                       "enquête a été remplie",
                                       "already answered",
                                       "already responded",
                                       "already replied",
                                       "already completed",
                                       "have completed the survey"};
static const char *const NOT_ANSWERED[] = {
    "pas encore répondu",     "n'avons pas répondu", "n'ai pas répondu",
    "pas déjà répondu",       "pas répondu",         "si nous avons répondu",
    "si j'ai répondu",        "avons pas rempli",    "ai pas rempli",
    "pas été complété",       "pas été rempli",      "pas pu répondre",
    "avons-nous déjà répondu"};

enum { OPENING = 900 }; /* what somebody wants, they say at the start */

static bool listed(const char *words, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(words, list[i])) return true;
    return false;
}

/* The subject itself, which is nobody's quotation. "Opposition" is what the List-Unsubscribe address of our
 * mails asks mail programs to write; with a word behind it, it is politics. */
static bool subject_objects(const char *subject) {
    static const struct {
        const char *word;
        bool alone;
    } WORDS[] = {{"opposition", true},      {"stop", true},         {"désinscription", false},
                 {"desinscription", false}, {"unsubscribe", false}, {"désabonnement", false},
                 {"desabonnement", false},  {"désinscrire", false}, {"se désinscrire", false},
                 {"desinscrire", false},    {"désabonner", false}};
    while (text_starts(subject, "re:"))
        for (subject += 3; *subject == ' ';) subject++;
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        size_t n = strlen(WORDS[i].word);
        if (strncmp(subject, WORDS[i].word, n)) continue;
        const char *rest = subject + n + strspn(subject + n, " .!");
        if (!*rest || (!WORDS[i].alone && subject[n] == ' ')) return true;
    }
    return false;
}

bool says_objection(const char *subject, const char *text) {
    char opening[OPENING];
    snprintf(opening, sizeof opening, "%s", text);
    if (listed(opening, NOT_OBJECTIONS, COUNT(NOT_OBJECTIONS))) return false;
    bool only_stop = !strcmp(opening, "stop") || text_starts(opening, "stop.") || !strcmp(opening, "stop ") ||
                     !strcmp(opening, "stop !");
    /* "Comment me désinscrire ?" asks for a person, or for a link: a person answers. */
    if (only_stop || listed(opening, OBJECTIONS, COUNT(OBJECTIONS)))
        return only_stop || !strstr(opening, "comment ");
    return subject_objects(subject) && !listed(subject, NOT_OBJECTIONS, COUNT(NOT_OBJECTIONS));
}

bool says_answered(const char *text) {
    char opening[OPENING];
    snprintf(opening, sizeof opening, "%s", text);
    return listed(opening, ANSWERED, COUNT(ANSWERED)) && !listed(opening, NOT_ANSWERED, COUNT(NOT_ANSWERED));
}
