/* Phrases of objection, French first, and what turns one into something else. */
#include "mailer/inbox/objection.h"

#include <string.h>

#include "base/common.h"
#include "base/text.h"
#include "mailer/inbox/phrases.h"

#define UNSUBSCRIBE "desinscri~|desabonn~|desincri~"
#define WRITE       "ecrire|envoyer|adresser|solliciter|contacter|importuner|deranger|transmettre|spammer|harceler|mailer|inclure|inscrire"
#define WRITING     "ecrivez|envoyez|adressez|sollicitez|contactez|importunez|derangez|ecris|envoie"
#define US          "nous|me|m|moi"
#define STRIKE      "supprim~|retir~|ray~|enlev~|effac~|radi~|exclu~|oter|otez|desinscri~|sortir|sortez"
#define ENTRY       "adresse|adresses|mail|mails|email|e|courriel|courriels|mairie|coordonnees|contact|nom|commune|collectivite|messagerie"
#define LIST        "liste|listes|fichier|fichiers|envoi|envois|base|bases|diffusion|mailing|listing|newsletter|destinataires|contacts|donnees"
#define WISH        "souhait~|desir~|veux|veut|voulons|voudrai~|tiens|tenons|demand~|prie|prions|priere|merci|veuillez|vouloir|svp|aimer~|accept~|faut"

static const char *const OBJECTS[] = {
    US "|se " UNSUBSCRIBE,
    UNSUBSCRIBE " [s] [il] [vous] [plait] " US "|notre|mon|cette|l|la|mairie|adresse",
    WISH "|procede~ * " UNSUBSCRIBE,
    UNSUBSCRIBE " [s] [il] [vous] [plait] merci|svp|plait|immediat~|demandee|urgente|definitive",
    WISH "|de * ne * plus * recevoir|recevoir|etre",
    "ne|n * " WISH " * plus * recevoir|" WRITE "",
    "ne|n * " WISH " plus|pas * etre sollicite~|contacte~|destinataire~|inscri~|importune~|derange~",
    "ne|n * " WISH " pas|plus * recevoir * vos|ce|ces|cette|ce|de|d|votre",
    WISH "|de * ne plus [" US "] [rien] " WRITE,
    WISH "|de * ne plus [" US "] faire parvenir",
    "ne [" US "|nous] " WRITING " plus|pas",
    "n ecrivez|envoyez plus",
    "ne|n * " WISH " plus|pas|aucun [de|d] [vos|ces] mail|mails|message|messages|courriel|courriels|publicite|publicites|envois|sollicitations",
    "cess~|arret~|stopp~ [de|d] [" US "] " WRITE "|importuner|spammer",
    "cess~|arret~|stopp~ [de|d] [" US "] vos|ces|tout|tous|cet|les envoi~|mails|messages|courriels|sollicitations|spam|spams|emails|sollicitation",
    STRIKE " [de|d|des] [votre|vos] [" LIST "] [de] [diffusion] notre|mon|ma|cette|l|la|ces|nos|mes [ancienne] " ENTRY,
    STRIKE " * " ENTRY " * de|des|du [votre|vos|la|cette|ces|tous] [vos] " LIST,
    STRIKE " moi|nous [de|des] [votre|vos|cette|ces|la|toutes|toute] [vos] " LIST,
    US " " STRIKE " de|des|du [votre|vos|cette|ces|la|toutes|toute] [vos] " LIST,
    WISH " * l effacement|suppression|retrait|radiation * " ENTRY "|donnees",
    "droit d|de|a [l] opposition|effacement|oubli|radiation",
    "oppose|opposons|opposition * traitement|utilisation|donnees|reception|envoi|envois|mails|courriels|sollicitations",
    "refus~ [de|d] [recevoir|etre] [vos|ces|sollicite~|contacte~|destinataire~|tout|toute] [sollicitation|sollicitations|envoi|envois|mail|mails|messages|courriels] $",
    "unsubscribe me|us|this|our|my|please",
    "please|to|kindly|want * unsubscribe|unsubscribed",
    "remove|delete me|us|my|our|this * from|address|email",
    "take me|us|our * off",
    "stop emailing|mailing|contacting|writing|spamming|sending",
    "not|don|never [t] [want|wish] [to] [be] email|emailed|contact|contacted|write|written|send|sent|receive * again|anymore|further|longer|more",
    "no longer * receive|contacted|emailed|written",
    "opt out",
};
/* A sentence that is nothing else: "Désinscription", "STOP mails", "désabonnement svp". */
static const char *const OBJECTS_ALONE[] = {
    "^ [bonjour] [merci] [demande] [de] [d] " UNSUBSCRIBE "|unsubscribe|desinscription [de] [la|cette|liste|vos|votre|mairie] [liste|mails|newsletter] [svp|merci|cordialement] $",
    "^ [bonjour] [merci] [de] ne plus [rien] [" US "] " WRITE " [de] [mail|mails|message|messages|courriel|courriels] [svp|merci] [merci] $",
    "^ [bonjour] stop [stop] [mail|mails|email|emails|pub|spam|sms|envoi|envois|merci|svp|aux|a] [vos|ces] [mail|mails|messages|envois|courriels] [svp|merci|cordialement] $",
};
/* What turns an objection into something else: a denial, a fear, a report, somebody else's subscription, a change of address,
 * a wish for fewer reminders. */
static const char *const NOT_OBJECTS[] = {
    "pas|sans|jamais|ni * [a|de] " US "|se|nous|vous " UNSUBSCRIBE,
    "ne pas " UNSUBSCRIBE "|" STRIKE,
    "pas|sans|aucune [de|d|demande] [demande|de] " UNSUBSCRIBE,
    "ne pas [nous|me] " STRIKE,
    "peur|crain~|risque|eviter|etonn~|surpris~|inquiet~|dommage|regrett~|regret|desole~ * plus|" UNSUBSCRIBE "|" STRIKE,
    "par erreur",
    "pourquoi|comment",
    "avez|avons|ai|ete|est|etes|sommes|suis * " UNSUBSCRIBE,
    "vous " UNSUBSCRIBE,
    "reinscri~|reabonn~",
    "si|lorsque|quand * " UNSUBSCRIBE "|souhait~|plus",
    "electoral~|electeur~|cantine|periscolaire|creche|enfant~|eleve~|ecole~|scolaire~|loisirs|transport~|bibliotheque|sport~|administre~|habitant~|usager~|citoyen~|parents",
    "a|sur|avec [cette|l|mon|notre] [ancienne] adresse|messagerie|boite|mail * mais|a|sur|desormais|car|utilis~|ecri~",
    "plus * a|sur|utiliser cette|mon|notre|l [ancienne] adresse|messagerie|boite",
    "rappel|rappels|relance|relances|relancer|relancez",
    "avez|avons|ai|ete|a [bien] supprime|supprimee|retire|retiree|raye|efface",
    "lien|page|formulaire de|d " UNSUBSCRIBE,
    "not|don [t] [want|wish] [to] unsubscribe|remove",
    "eolien~|projet|plu|plui|enquete publique|permis",
};
/* A question asks for a person; "pouvez-vous nous désinscrire ?" is no question. */
static const char *const POLITE[] = {"pouvez|pourriez|voulez|possible|merci|veuillez|could|can|would|please"};

/* -- answered ----------------------------------------------------------------------------------------------------- */
#define SURVEY "questionnaire~|enquete~|formulaire~|reponse~|sondage~|etude~|ligne|plateforme|survey~|questionary"
/* Participles only: "remplir" is still to be done. */
#define DONE   "rempli|remplie|remplis|remplies|complete|completee|completes|completees|renseigne|renseignee|renseignes|renseignees|valide|validee|valides|validees|saisi|saisie|saisis|saisies|effectue|effectuee|effectues|effectuees|realise|realisee|realises|realisees|soumis|soumise|soumises|depose|deposee|deposes|deposees|finalise|finalisee|finalises|finalisees|traite|traitee|traites|traitees"
#define SENT   "transmis|transmise|transmises|envoye|envoyee|envoyes|envoyees|retourne|retournee|retournes|retournees|renvoye|renvoyee|renvoyes|renvoyees|adresse|adressee|adresses|adressees|expedie|expediee|expedies|expediees|communique|communiquee|communiques|communiquees"
#define HAVE   "avons|ai|a|ont|avoir|ayons|ayant"

static const char *const ANSWERS[] = {
    HAVE " * repondu",
    HAVE " * " DONE " * " SURVEY,
    SURVEY " * " HAVE " * " DONE "|repondu",
    HAVE " [bien] deja|bien [bien|deja] " DONE "|" SENT "|participe",
    HAVE " * participe a|au",
    HAVE " * " SENT " * [nos|notre|la|le|les] " SURVEY,
    SURVEY " * a|ont|est|sont [bien|deja] [bien|deja] ete [bien|deja] " DONE "|" SENT "|faite~",
    SURVEY " * vous|l [a|ont] [bien|deja] [ete] " SENT,
    "^ [bonjour] [notre|nos|le|l|la] " SURVEY " [a|ont] [bien|deja] [ete] [en] [ligne] " DONE "|" SENT "|faite",
    "viens|venons|vient d|de [y|le|la|l|vous] repondre|remplir|completer|renseigner|valider|retourner|envoyer * $",
    "c est [deja|bien] fait",
    "^ [bonjour] deja fait|repondu|rempli~|complete~|envoye~|transmis~|retourne~",
    "^ [bonjour] fait $",
    "^ [bonjour] fait ce|hier|le|depuis|lundi|mardi|mercredi|jeudi|vendredi|aujourd|merci",
    "necessaire|demarche|saisie|enquete a|est [deja|bien] [ete] fait|faite|effectue~",
    HAVE " [deja|bien] fait le necessaire|questionnaire",
    "have|has|ve already|just [been] answered|responded|replied|completed|filled|submitted|done|returned|sent|participated",
    "have|has|ve [been] answered|responded|completed|submitted|filled [to] [in|out] [the|your|this|our] " SURVEY "|questionnaire",
    "survey|questionnaire has [already] been answered|completed|submitted|filled|returned|sent",
    "^ already|all done|answered|completed",
};
static const char *const NOT_ANSWERS[] = {
    "n|ne|pas|jamais|non|aucun|aucune|point [" HAVE "|avez|est|ete] * pas|encore|repondu|ete|pu|jamais|eu|" DONE "|" SENT,
    "pas|toujours|jamais [encore|pu|ete|eu|avoir] repondu|repondre|" DONE "|" SENT,
    "si|s [nous|j|il|elle|on|la|le|deja] [commune|mairie] " HAVE "|avions|avez|repondu",
    "savoir|verifier|confirmer|indiquer|dire si",
    "autre|autres|precedente|ancienne|derniere enquete~|questionnaire~|sondage~|etude~|collectivite~|commune~|annee",
    "partie|partiellement|moitie|commence|commencons|reste|incomplet~|brouillon",
    "pensions|pensais|croyions|croyais|aurions|aurait|aurai|devions|failli|faillir",
    SENT "|transfere~|soumis|confie~ [ce|le|votre|cette|l|la] [" SURVEY "|message|demande|courriel|mail] [par] a|au|aux|pour|en|vers [la|le|l|nos|notre|monsieur|madame|m|mme] [service~|maire|collegue~|direction|directrice|directeur|dgs|personne|elu~|adjoint~|secretaire|secretariat|responsable|president~|communaute|agglomeration|interco~|syndicat|etude|suite|reponse]",
    "a|votre|vos|ma|mes question|questions|demande|courrier|mail|message",
    "mais pas|rien|non",
    "not|yet|will|if|never",
};

/* Anywhere in the text: it takes back what another sentence says. */
static const char *const TAKES_BACK[] = {"ce n est pas le cas|fait", "pas encore|pu|eu|toujours", "n|ne [y] avons|ai|a|ont pas|jamais * repondu|rempli|complete|recu", "not [yet] answered|completed|done"};

static void read_opening(const char *text, struct sentences *out) {
    sentences_add(out, text, strnlen(text, OBJECTION_OPENING));
}

static bool question(const char *sentence) {
    return phrase_in(sentence, "? $");
}

static bool sentence_objects(const char *sentence) {
    if (phrases_in(sentence, OBJECTS_ALONE, COUNT(OBJECTS_ALONE))) return !question(sentence);
    if (!phrases_in(sentence, OBJECTS, COUNT(OBJECTS)) || phrases_in(sentence, NOT_OBJECTS, COUNT(NOT_OBJECTS))) return false;
    return !question(sentence) || phrases_in(sentence, POLITE, COUNT(POLITE));
}

/* -- the subject ---------------------------------------------------------------------------------------------------- */
/* Without "Re:" and its like. */
static const char *bare(const char *sentence) {
    const char *end;
    while (phrase_find(sentence, "^ re|tr|fw|fwd|aw|rep", &end)) sentence = end;
    return sentence;
}

/* "Opposition" is what the List-Unsubscribe address of our mails asks mail programs to write; with a word behind it, it is
 * politics. */
static bool subject_objects(const char *sentence) {
    static const char *const SUBJECTS[] = {"^ opposition|stop $",
                                           "^ [demande] [de] " UNSUBSCRIBE "|unsubscribe|unsubscription|desinscription",
                                           "^ [se|me|nous] " UNSUBSCRIBE};
    sentence = bare(sentence);
    return phrases_in(sentence, SUBJECTS, COUNT(SUBJECTS)) && !question(sentence) && !phrases_in(sentence, NOT_OBJECTS, COUNT(NOT_OBJECTS));
}

static size_t words_in(const struct sentences *text) {
    size_t words = 0;
    for (size_t i = 0; i < text->count; i++)
        for (const char *at = sentence_at(text, i); *at; at++) words += *at == ' ' && at[1];
    return words;
}

/* Of both: the subject's words, and whether it objects. */
static bool read_subject(const char *subject) {
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    AUTO_BUF one = BUF_INIT(1000);
    /* A colon or a full stop within a subject ends nothing. */
    for (const char *c = subject; *c && one.length < 900; c++) buf_add_char(&one, strchr(".!;\n", *c) ? ' ' : *c);
    sentences_add(&sentences, buf_text(&one), one.length);
    return sentences.count && subject_objects(sentence_at(&sentences, 0));
}

enum { FORM_WORDS = 12 }; /* "This message was automatically generated by Gmail." */

bool is_unsubscription(const char *subject, const char *text) {
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    if (!read_subject(subject)) return false;
    read_opening(text, &sentences);
    return words_in(&sentences) <= FORM_WORDS;
}

bool says_objection(const char *subject, const char *text) {
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    bool denied = false, objects = false;
    read_opening(text, &sentences);
    for (size_t i = 0; i < sentences.count; i++) {
        const char *sentence = sentence_at(&sentences, i);
        objects |= sentence_objects(sentence);
        denied |= phrase_in(sentence, UNSUBSCRIBE) && phrases_in(sentence, NOT_OBJECTS, COUNT(NOT_OBJECTS));
    }
    if (objects && !denied) return true;
    if (denied || !read_subject(subject)) return false;
    /* A word alone may be a matter of the town's; the others say what is asked for. */
    bool clear = text_find_nocase(subject, "sinscri") || text_find_nocase(subject, "sabonn") || text_find_nocase(subject, "unsubscri");
    for (size_t i = 0; i < sentences.count; i++)
        if (question(sentence_at(&sentences, i))) return false;
    return clear || words_in(&sentences) <= FORM_WORDS;
}

bool says_answered(const char *text) {
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    bool answers = false;
    read_opening(text, &sentences);
    for (size_t i = 0; i < sentences.count; i++) {
        const char *sentence = sentence_at(&sentences, i);
        if (phrases_in(sentence, TAKES_BACK, COUNT(TAKES_BACK))) return false;
        answers |= phrases_in(sentence, ANSWERS, COUNT(ANSWERS)) && !question(sentence) && !phrases_in(sentence, NOT_ANSWERS, COUNT(NOT_ANSWERS));
    }
    return answers;
}
