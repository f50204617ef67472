/* Recognising auto-responders and challenges, by tables of headers and words. */
#include "mailer/inbox/auto_reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* -- headers
 * ---------------------------------------------------------------------------------------------------- */
/* value: what it begins with, "" = anything. */
static const struct {
    const char *name, *value;
    enum automatic sure;
} HEADERS[] = {{"Auto-Submitted", "auto-replied", AUTOMATIC_PERHAPS}, /* failure notices bear it too */
               {"Auto-Submitted", "auto-generated", AUTOMATIC_PERHAPS},
               {"Auto-Submitted", "auto-notified", AUTOMATIC_PERHAPS},
               {"X-Autoreply", "", AUTOMATIC_SURE},
               {"X-Autorespond", "", AUTOMATIC_SURE},
               {"X-Auto-Reply", "", AUTOMATIC_SURE},
               {"X-Autoreply-From", "", AUTOMATIC_SURE},
               {"X-Autoresponder", "", AUTOMATIC_SURE},
               {"X-AutoReply-From", "", AUTOMATIC_SURE},
               {"X-Mail-Autoreply", "", AUTOMATIC_SURE},
               {"Precedence", "auto_reply", AUTOMATIC_SURE},
               {"X-Precedence", "auto_reply", AUTOMATIC_SURE},
               {"Precedence", "auto-reply", AUTOMATIC_SURE},
               {"X-POST-MessageClass", "9", AUTOMATIC_SURE},
               {"Delivered-To", "Autoresponder", AUTOMATIC_SURE},
               {"X-MS-Exchange-Inbox-Rules-Loop", "", AUTOMATIC_PERHAPS},
               {"X-Auto-Response-Suppress", "", AUTOMATIC_PERHAPS},
               {"X-FC-MachineGenerated", "true", AUTOMATIC_PERHAPS},
               {"X-Vacation", "", AUTOMATIC_SURE},
               {"X-Holidayreply", "", AUTOMATIC_SURE}};

/* -- subjects: at their start, "re:" and a bracketed tag left out
 * ------------------------------------------------ */
static const char *const SURE_SUBJECTS[] = {"automatic reply",
                                            "auto reply",
                                            "auto-reply",
                                            "autoreply",
                                            "autoresponse",
                                            "auto response",
                                            "auto-response",
                                            "autorespon",
                                            "auto:",
                                            "automated reply",
                                            "automated response",
                                            "out of office",
                                            "out of the office",
                                            "out-of-office",
                                            "ooo:",
                                            "réponse automatique",
                                            "reponse automatique",
                                            "réponse auto",
                                            "reponse auto",
                                            "message automatique",
                                            "message d'absence",
                                            "notification d'absence",
                                            "avis d'absence",
                                            "absence du bureau",
                                            "absent du bureau",
                                            "absente du bureau",
                                            "automatische antwort",
                                            "abwesenheitsnotiz",
                                            "abwesenheit",
                                            "respuesta automática",
                                            "respuesta automatica",
                                            "fuera de la oficina",
                                            "risposta automatica",
                                            "fuori ufficio",
                                            "resposta automática",
                                            "automatisch antwoord",
                                            "afwezigheidsbericht",
                                            "automatiskt svar",
                                            "autosvar",
                                            "vacation reply",
                                            "vacation message",
                                            "réponse automatisée"};
static const char *const WEAK_SUBJECTS[] = {"absence",
                                            "absent",
                                            "en congé",
                                            "congé",
                                            "vacation",
                                            "on leave",
                                            "away",
                                            "vacances",
                                            "accusé de réception",
                                            "accusé réception",
                                            "indisponible",
                                            "fermeture"};

/* -- bodies
 * -------------------------------------------------------------------------------------------------------- */
static const char *const SURE_TEXTS[] = {"ceci est une réponse automatique",
                                         "ceci est un message automatique",
                                         "cette réponse est automatique",
                                         "réponse générée automatiquement",
                                         "réponse automatique :",
                                         "message de réponse automatique",
                                         "this is an automatic reply",
                                         "this is an automated reply",
                                         "this is an automated response",
                                         "this is an automatic response",
                                         "this is an auto-reply",
                                         "this is an autoreply",
                                         "this is an auto-generated response",
                                         "note: this is an automated response",
                                         "ceci est un accusé de réception automatique",
                                         "ce message est une réponse automatique",
                                         "dies ist eine automatische antwort"};
static const char *const WEAK_TEXTS[] = {"je suis absent",
                                         "je suis actuellement absent",
                                         "actuellement absent",
                                         "actuellement en congé",
                                         "je suis en congé",
                                         "je serai absent",
                                         "absent du",
                                         "absente du",
                                         "absent jusqu",
                                         "absente jusqu",
                                         "de retour le",
                                         "mon retour le",
                                         "à mon retour",
                                         "mairie est fermée",
                                         "mairie sera fermée",
                                         "services sont fermés",
                                         "nous avons bien reçu votre",
                                         "votre message a bien été reçu",
                                         "votre mail a bien été reçu",
                                         "en cas d'urgence",
                                         "out of the office",
                                         "out of office",
                                         "on vacation",
                                         "annual leave",
                                         "currently away",
                                         "i will be away",
                                         "limited access to email",
                                         "i am away",
                                         "i'm away",
                                         "no longer in use",
                                         "on leave"};

static bool listed(const char *words, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(words, list[i])) return true;
    return false;
}
static bool begins(const char *words, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (text_starts(words, list[i])) return true;
    return false;
}

/* The subject without "re:", "tr:" and a bracketed tag. */
static const char *bare_subject(const char *subject) {
    static const char *const PREFIXES[] = {"re:", "re :", "tr:", "fw:", "fwd:", "aw:", "sv:"};
    for (bool again = true; again;) {
        again = false;
        while (*subject == ' ') subject++;
        const char *close = *subject == '[' ? strchr(subject, ']') : NULL;
        if (close) subject = close + 1, again = true;
        for (size_t i = 0; i < COUNT(PREFIXES) && !again; i++)
            if (text_starts(subject, PREFIXES[i])) subject += strlen(PREFIXES[i]), again = true;
    }
    return subject;
}

static enum automatic by_header(const struct fields *header) {
    enum automatic best = AUTOMATIC_NOT;
    for (size_t i = 0; i < COUNT(HEADERS); i++) {
        const char *value = fields_get(header, HEADERS[i].name);
        if (!*value || !strcasecmp(value, "no") || !strcasecmp(value, "false")) continue;
        if (!strncasecmp(value, HEADERS[i].value, strlen(HEADERS[i].value)) && HEADERS[i].sure > best)
            best = HEADERS[i].sure;
    }
    return best;
}

bool null_sender(const struct fields *header) {
    const char *path = fields_get(header, "Return-Path");
    return fields_has(header, "Return-Path") &&
           (!*path || !strcmp(path, "<>") || text_find_nocase(path, "mailer-daemon"));
}

enum automatic automatic_reply(const struct fields *header, const char *subject, const char *text) {
    enum automatic machine = by_header(header);
    bool weak_subject = begins(subject, WEAK_SUBJECTS, COUNT(WEAK_SUBJECTS));
    char opening[600];
    snprintf(opening, sizeof opening, "%s", text);
    if (machine == AUTOMATIC_SURE || begins(bare_subject(subject), SURE_SUBJECTS, COUNT(SURE_SUBJECTS)) ||
        listed(opening, SURE_TEXTS, COUNT(SURE_TEXTS)))
        return AUTOMATIC_SURE;
    if (machine == AUTOMATIC_NOT && null_sender(header)) machine = AUTOMATIC_PERHAPS;
    bool weak_text = listed(opening, WEAK_TEXTS, COUNT(WEAK_TEXTS));
    if (machine == AUTOMATIC_PERHAPS) return weak_text || weak_subject ? AUTOMATIC_SURE : AUTOMATIC_PERHAPS;
    const char *precedence = fields_get(header, "Precedence");
    bool bulk = !strcasecmp(precedence, "bulk") || !strcasecmp(precedence, "junk");
    /* A person may write of an absence; a subject that begins with it and a text that says it is a
     * responder's. */
    return weak_text && (weak_subject || bulk) ? AUTOMATIC_SURE : AUTOMATIC_NOT;
}

/* -- challenges
 * --------------------------------------------------------------------------------------------------- */
static const char *const FILTERS[] = {"mailinblack",
                                      "boxbe",
                                      "spamenmoins",
                                      "spam en moins",
                                      "spamarrest",
                                      "spam arrest",
                                      "bluebottle.com/verif",
                                      "sendio",
                                      "knowspam",
                                      "uol.com.br/antispam",
                                      "antispam uol",
                                      "choicemail",
                                      "tmda",
                                      "mailblocks",
                                      "vanquish",
                                      "spamlion",
                                      "digiportal",
                                      "emailprotect",
                                      "antispameurope",
                                      "hornetsecurity challenge",
                                      "mail2world verification",
                                      "oxilis"};
static const char *const DEMANDS[] = {"have your address added",
                                      "added to the recipient's allowed list",
                                      "add yourself to",
                                      "link below to be added",
                                      "verify that you are",
                                      "verify your email address",
                                      "verify yourself",
                                      "confirm that you are",
                                      "confirm your identity",
                                      "confirm that you sent",
                                      "prove that you",
                                      "you are human",
                                      "you're human",
                                      "you are a real person",
                                      "not a robot",
                                      "captcha",
                                      "release your message",
                                      "will be delivered once",
                                      "waitlisted",
                                      "deliver your message, please",
                                      "your message will be delivered after",
                                      "êtes humain",
                                      "êtes un humain",
                                      "être humain",
                                      "n'êtes pas un robot",
                                      "pas un robot",
                                      "confirmer votre envoi",
                                      "confirmer l'envoi de votre",
                                      "confirmez l'envoi",
                                      "valider votre envoi",
                                      "valider votre adresse",
                                      "validez votre adresse",
                                      "vous authentifier",
                                      "authentifier votre",
                                      "vous identifier comme expéditeur",
                                      "vous identifier en cliquant",
                                      "demande d'authentification",
                                      "autoriser votre adresse",
                                      "prouver que vous",
                                      "afin que votre message soit délivré",
                                      "pour que votre message soit délivré",
                                      "pour que votre message me parvienne",
                                      "pour que votre email soit",
                                      "pour que votre mail soit",
                                      "recopier les caractères",
                                      "recopiez le code",
                                      "placé en attente",
                                      "mis en attente",
                                      "liste blanche"};

bool challenge(const struct fields *header, const char *subject, const char *text, bool machine) {
    int demands = 0;
    for (size_t i = 0; i < COUNT(DEMANDS) && demands < 2; i++) demands += strstr(text, DEMANDS[i]) != NULL;
    bool link = strstr(text, "http") || strstr(text, "cliqu") || strstr(text, "click");
    if (!link) return false;
    AUTO_BUF from = BUF_INIT(1000);
    text_lower(&from, fields_get(header, "From"), strnlen(fields_get(header, "From"), 400));
    bool filter = listed(text, FILTERS, COUNT(FILTERS)) || listed(buf_text(&from), FILTERS, COUNT(FILTERS)) ||
                  listed(subject, FILTERS, COUNT(FILTERS));
    bool automated = machine || by_header(header) != AUTOMATIC_NOT;
    bool from_filter = listed(buf_text(&from), FILTERS, COUNT(FILTERS));
    return from_filter || (filter && (demands || automated)) || demands >= 2 || (demands && automated);
}
