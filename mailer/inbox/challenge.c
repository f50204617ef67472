/* Challenges by two tables: whose they are, and what they demand. */
#include "mailer/inbox/challenge.h"

#include <string.h>

#include "base/text.h"
#include "mailer/inbox/auto_reply.h"
#include "mailer/inbox/phrases.h"

/* Names in From, Subject or text, in lower case. Those of products that do more than challenges need a demand too. */
static const struct {
    const char *mark;
    bool only_challenges;
} FILTERS[] = {{"mailinblack", true},       {"mail in black", true},     {"boxbe", true},           {"spamenmoins", true},   {"spam en moins", true},
               {"spamarrest", true},        {"spam arrest", true},       {"bluebottle.com/verif", true}, {"knowspam", true}, {"antispam uol", true},
               {"uol.com.br/antispam", true}, {"choicemail", true},      {"tmda", true},            {"mailblocks", true},    {"spamlion", true},
               {"digiportal", true},        {"pas.earthlink", true},     {"spamblocker", true},     {"0spam", true},         {"bitbounce", true},
               {"sendio", false},           {"vanquish", false},         {"emailprotect", false},   {"antispameurope", false}, {"oxilis", false},
               {"altospam", false},         {"vaderetro", false},        {"vade secure", false},    {"vadesecure", false},   {"bluemind", false},
               {"hornetsecurity", false},   {"mail2world", false},       {"securemail", false},     {"cleanmail", false},    {"e-securemail", false},
               {"alinto", false},           {"barracuda", false},        {"spamcleaner", false},    {"vircom", false},       {"oktey", false}};

#define MESSAGE "message|messages|email|mail|courriel|courrier|e|envoi"
static const char *const DEMANDS[] = {
    "pour|afin que votre|vos|le|ce [premier|precedent] " MESSAGE " [mail] * soit|soient|parvienne|arrive|puisse",
    "cliqu~|valid~|confirm~|identifi~ * pour|afin [de|d|que] [votre] * delivr~|remis|remettre|liberer|debloquer|achemin~|transmettre|transmis|recevoir",
    "confirm~|valid~|authentifi~ [de] votre|vos|l|cet [premier] envoi|" MESSAGE "|adresse|identite|expediteur",
    "demande d authentification|validation|identification|confirmation",
    "authentification|validation|confirmation * requise|necessaire|demandee|obligatoire",
    "vous authentifier|identifier|faire reconnaitre",
    "etes|suis [bien] [pas] [un|une] [etre] humain~|robot|personne|reel",
    "pas|non un robot",
    "prouver|prouvez|verifier|verifiez [que|qu] * humain~|robot|personne|expediteur",
    "recopi~|saisi~|reproduire * caracteres|code|lettres|mot|chiffres",
    "place|mis|bloque|retenu|suspendu|conserve|stoppe|est en|dans|par [une|la] [liste|file] [d] attente|quarantaine",
    "liste blanche|d expediteurs",
    "autoris~ votre|l|vos adresse|expediteur|envoi|messages",
    "premier|premiere message|fois * verification|validation|valider|confirmer",
    "captcha",
    "[have] your address added|approved",
    "added to [the|my|our|this] [recipient|recipients|s] [s] [allowed|approved|safe|white|guest] [list] [of] [list|senders]",
    "add yourself|you to",
    "link|click|button * to be|get added|approved|verified",
    "verify|confirm|authenticate|validate [that] you|yourself|your [are|sent] * human|email|address|identity|message|person|sender|are",
    "verify|confirm|prove that|you",
    "you are|re [a] human|real|person",
    "not a robot|spammer|machine",
    "release|deliver your|the|this message|email",
    "will be delivered|released once|after|when|as",
    "waitlisted|waiting list|for",
    "senders i|we have approved",
    "approved senders",
    "fill out the [short] request form",
    "click|link|below * receive|deliver~|read|accept your|the|this email|emails|message|messages|mail",
    "release|deliver~ * your message * reply|send|answer|respond",
    "being held because|until",
    "verification|confirmation|authentication required|needed|request",
};

static const char *filter_in(const char *text, bool only_challenges) {
    for (size_t i = 0; i < COUNT(FILTERS); i++)
        if ((FILTERS[i].only_challenges || !only_challenges) && strstr(text, FILTERS[i].mark)) return FILTERS[i].mark;
    return NULL;
}

/* Different demands, at most as many as are asked for. */
static int demands_in(const char *subject, const char *text, int most) {
    enum { OPENING = 4000 };
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    int found = 0;
    sentences_add(&sentences, subject, strnlen(subject, 400));
    sentences_add(&sentences, text, strnlen(text, OPENING));
    for (size_t i = 0; i < COUNT(DEMANDS) && found < most; i++)
        for (size_t k = 0; k < sentences.count; k++)
            if (phrase_in(sentence_at(&sentences, k), DEMANDS[i])) {
                found++;
                break;
            }
    return found;
}

bool challenge(const struct fields *header, const char *subject, const char *text, bool machine, bool report) {
    AUTO_BUF from = BUF_INIT(1000), lower = BUF_INIT(1000);
    bool click = strstr(text, "cliqu") || strstr(text, "click");
    /* A link, or an answer to an address made for it (TMDA). */
    if (!click && !strstr(text, "http") && !strstr(text, "confirm")) return false;
    text_lower(&from, fields_get(header, "From"), strnlen(fields_get(header, "From"), 400));
    if (filter_in(buf_text(&from), true)) return true;
    text_lower(&lower, subject, strnlen(subject, 400));
    const char *filter = filter_in(buf_text(&lower), false);
    if (report && !filter) return false; /* failure notices are many: their words are not looked through here */
    if (!filter) filter = filter_in(text, false);
    bool automated = machine || nobody_answers(header) || automatic_reply(header, "", "") != AUTOMATIC_NOT;
    bool answers = text_starts(subject, "Re:") || text_starts(subject, "RE:") || text_starts(subject, "re:");
    /* A person who answers us may speak of a filter, or ask to have something confirmed. */
    bool person = answers && !automated && fields_has(header, "In-Reply-To");
    int demands = demands_in(subject, text, 3);
    if (filter && demands) return !person || demands > 1;
    if (report || person || fields_has(header, "List-Unsubscribe")) return false;
    /* Nobody known, then by what is asked: one demand of a machine that wants a click, two of whoever writes first. */
    return demands > 2 || (demands > 1 && (automated || !answers)) || (demands && machine && click);
}
