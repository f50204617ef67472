/* Words of failure, in one table, and what follows from them. */
#include "mailer/inbox/reason.h"

#include <string.h>

#include "base/text.h"

/* First match wins, so order is meaning: words about the sender, about content and about fullness contradict
 * a status code that says "unknown user" and stand before it. "a*b" = a, then b, within 60 bytes. */
static const struct {
    const char *words, *reason;
} WORDS[] = {
    /* how much and how fast */
    {"relay quota", "rate"},
    {"sending quota", "rate"},
    {"rate limit", "rate"},
    {"too many messages", "rate"},
    {"too many connections", "rate"},
    {"too many concurrent", "rate"},
    {"too many recipients", "rate"},
    {"throttl", "rate"},
    {"sending limit", "rate"},
    {"unexpected volume", "rate"},
    {"receiving mail at a rate", "rate"},
    {"receiving mail too quickly", "rate"},
    {"exceeded the rate", "rate"},
    {"trop de connexions", "rate"},
    {"trop de messages", "rate"},
    {"too fast", "rate"},
    /* the mailbox is full */
    {"mailbox full", "mailbox-full"},
    {"mailbox is full", "mailbox-full"},
    {"mailbox*is full", "mailbox-full"},
    {"mailbox*too large", "mailbox-full"},
    {"full mailbox", "mailbox-full"},
    {"mailboxfull", "mailbox-full"},
    {"over quota", "mailbox-full"},
    {"overquota", "mailbox-full"},
    {"over the quota", "mailbox-full"},
    {"over its quota", "mailbox-full"},
    {"over disk quota", "mailbox-full"},
    {"quota exceeded", "mailbox-full"},
    {"exceed*quota", "mailbox-full"},
    {"quota*exceed", "mailbox-full"},
    {"quota violation", "mailbox-full"},
    {"disk quota", "mailbox-full"},
    {"mailfolder is full", "mailbox-full"},
    {"folder is full", "mailbox-full"},
    {"inbox is full", "mailbox-full"},
    {"exceeded storage", "mailbox-full"},
    {"exceeds storage", "mailbox-full"},
    {"exceeded its storage", "mailbox-full"},
    {"exceeded the local limit", "mailbox-full"},
    {"mailbox has exceeded", "mailbox-full"},
    {"exceed*mailbox size", "mailbox-full"},
    {"mailbox*size limit", "mailbox-full"},
    {"out of storage space", "mailbox-full"},
    {"account is full", "mailbox-full"},
    {"maildir*full", "mailbox-full"},
    {"mailbox*over*limit", "mailbox-full"},
    {"not enough space", "mailbox-full"},
    {"no space left", "mailbox-full"},
    {"boîte*pleine", "mailbox-full"},
    {"boite*pleine", "mailbox-full"},
    {"bal pleine", "mailbox-full"},
    {"quota*dépassé", "mailbox-full"},
    {"quota*depasse", "mailbox-full"},
    {"dépass*quota", "mailbox-full"},
    {"messagerie*pleine", "mailbox-full"},
    {"saturée", "mailbox-full"},
    {"postfach*voll", "mailbox-full"},
    {"buzón*lleno", "mailbox-full"},
    {"casella*piena", "mailbox-full"},
    {"caixa postal*cheia", "mailbox-full"},
    /* the message is too large */
    {"message too large", "size"},
    {"message too big", "size"},
    {"message is too big", "size"},
    {"message is too large", "size"},
    {"message size exceed", "size"},
    {"message exceeds", "size"},
    {"message file too big", "size"},
    {"exceeds fixed maximum", "size"},
    {"exceeds the maximum message size", "size"},
    {"exceeds maximum*size", "size"},
    {"exceed*size limit", "size"},
    {"exceed*maximum size", "size"},
    {"larger than the current system limit", "size"},
    {"too large for this recipient", "size"},
    {"message length exceeds", "size"},
    {"trop volumineux", "size"},
    {"taille maximale", "size"},
    /* what we are, or what the message holds: never the address's fault */
    {"spam", "policy"},
    {"blacklist", "policy"},
    {"black list", "policy"},
    {"blocklist", "policy"},
    {"block list", "policy"},
    {"blocked", "policy"},
    {"blocking", "policy"},
    {"reputation", "policy"},
    {"dmarc", "policy"},
    {"dkim", "policy"},
    {"spf ", "policy"},
    {"spf-", "policy"},
    {"reverse dns", "policy"},
    {"ptr record", "policy"},
    {"rdns", "policy"},
    {"virus", "policy"},
    {"malware", "policy"},
    {"relaying", "policy"},
    {"relay access", "policy"},
    {"to relay", "policy"},
    {"mail relay", "policy"},
    {"relay not permitted", "policy"},
    {"relay denied", "policy"},
    {"relay prohibited", "policy"},
    {"not a relay", "policy"},
    {"unauthenticated", "policy"},
    {"not authenticated", "policy"},
    {"authentication required", "policy"},
    {"sender address", "policy"},
    {"sender domain", "policy"},
    {"sending domain", "policy"},
    {"sender rejected", "policy"},
    {"sender denied", "policy"},
    {"sender verify", "policy"},
    {"sender is", "policy"},
    {"unknown sender", "policy"},
    {"reply to mail from", "policy"},
    {"after mail from", "policy"},
    {"mail_from", "policy"},
    {"from address", "policy"},
    {"your ip", "policy"},
    {"content rejected", "policy"},
    {"message content", "policy"},
    {"content filter", "policy"},
    {"abuse", "policy"},
    {"unsolicited", "policy"},
    {"greylist", "policy"},
    {"graylist", "policy"},
    {"whitelist", "policy"},
    {"not authorized", "policy"},
    {"not authorised", "policy"},
    {"authorization", "policy"},
    {"ratelimit", "rate"},
    {"indésirable", "policy"},
    {"liste noire", "policy"},
    {"mail rejete", "policy"},
    {"pièce jointe interdite", "policy"},
    {"550 : user unknown", "policy"},
    {"550: : user unknown", "policy"},
    {"may not exist", "policy"},
    {"il se peut que", "policy"},
    {"helo", "policy"},
    {"ehlo", "policy"},
    {"my name was rejected", "policy"},
    /* the mailbox exists and is shut */
    {"account*disabled", "disabled"},
    {"mailbox*disabled", "disabled"},
    {"address*disabled", "disabled"},
    {"user*disabled", "disabled"},
    {"disabled*recipient", "disabled"},
    {"recipient*disabled", "disabled"},
    {"account*suspended", "disabled"},
    {"mailbox*suspended", "disabled"},
    {"user*suspended", "disabled"},
    {"account*inactive", "disabled"},
    {"mailbox*inactive", "disabled"},
    {"user*inactive", "disabled"},
    {"account is locked", "disabled"},
    {"account*discontinued", "disabled"},
    {"deactivated", "disabled"},
    {"not been collected", "disabled"},
    {"account*expired", "disabled"},
    {"ha expirado", "disabled"},
    {"compte*désactivé", "disabled"},
    {"compte*desactive", "disabled"},
    {"compte*suspendu", "disabled"},
    {"boîte*désactivée", "disabled"},
    {"currently suspended", "disabled"},
    {"temporarily suspended", "disabled"},
    /* moved */
    {"no forwarding address", "moved"},
    {"mailbox has moved", "moved"},
    {"mailbox moved", "moved"},
    {"user has moved", "moved"},
    {"has moved to", "moved"},
    {"address has changed", "moved"},
    {"user moved", "moved"},
    {"a changé d'adresse", "moved"},
    /* nobody there */
    {"user unknown", "user-unknown"},
    {"unknown user", "user-unknown"},
    {"unknown recipient", "user-unknown"},
    {"unknown or illegal", "user-unknown"},
    {"unknown local part", "user-unknown"},
    {"unknown address", "user-unknown"},
    {"unknown account", "user-unknown"},
    {"unknown mailbox", "user-unknown"},
    {"recipient unknown", "user-unknown"},
    {"address unknown", "user-unknown"},
    {"recipient address rejected: access denied*outlook.com", "user-unknown"},
    {"mailbox unknown", "user-unknown"},
    {"account unknown", "user-unknown"},
    {"recipient not found", "user-unknown"},
    {"recipientnotfound", "user-unknown"},
    {"recipnotfound", "user-unknown"},
    {"recipient*not found", "user-unknown"},
    {"no such user", "user-unknown"},
    {"no such recipient", "user-unknown"},
    {"no such mailbox", "user-unknown"},
    {"no such account", "user-unknown"},
    {"no such address", "user-unknown"},
    {"no such local user", "user-unknown"},
    {"no such person", "user-unknown"},
    {"no such email", "user-unknown"},
    {"no mailbox here", "user-unknown"},
    {"no mailbox by that name", "user-unknown"},
    {"no mailbox found", "user-unknown"},
    {"no user by that name", "user-unknown"},
    {"no account by that name", "user-unknown"},
    {"there is no one", "user-unknown"},
    {"user not found", "user-unknown"},
    {"user does not exist", "user-unknown"},
    {"user doesn't exist", "user-unknown"},
    {"user doesn't have a", "user-unknown"},
    {"does not have a*account", "user-unknown"},
    {"doesn't have a*account", "user-unknown"},
    {"user not known", "user-unknown"},
    {"user*is unknown", "user-unknown"},
    {"not a known user", "user-unknown"},
    {"mailbox not found", "user-unknown"},
    {"mailbox does not exist", "user-unknown"},
    {"mailbox doesn't exist", "user-unknown"},
    {"mailbox*not exist", "user-unknown"},
    {"account*does not exist", "user-unknown"},
    {"account*doesn't exist", "user-unknown"},
    {"account not found", "user-unknown"},
    {"account*not exist", "user-unknown"},
    {"address does not exist", "user-unknown"},
    {"address doesn't exist", "user-unknown"},
    {"address not found", "user-unknown"},
    {"address*not exist", "user-unknown"},
    {"address wasn't found", "user-unknown"},
    {"address*couldn't be found", "user-unknown"},
    {"recipient does not exist", "user-unknown"},
    {"recipient*not exist", "user-unknown"},
    {"recipient name is not recognized", "user-unknown"},
    {"not a valid user", "user-unknown"},
    {"not a valid mailbox", "user-unknown"},
    {"not a valid recipient", "user-unknown"},
    {"not a valid address", "user-unknown"},
    {"invalid recipient", "user-unknown"},
    {"invalid user", "user-unknown"},
    {"invalid mailbox", "user-unknown"},
    {"bad destination mailbox", "user-unknown"},
    {"bad address", "user-unknown"},
    {"bad recipient", "user-unknown"},
    {"bad destination email", "user-unknown"},
    {"illegal user", "user-unknown"},
    {"not listed in domino", "user-unknown"},
    {"not listed in public name", "user-unknown"},
    {"not our customer", "user-unknown"},
    {"this address no longer", "user-unknown"},
    {"no longer valid", "user-unknown"},
    {"no longer available", "user-unknown"},
    {"no longer on server", "user-unknown"},
    {"no longer in use", "user-unknown"},
    {"no longer an employee", "user-unknown"},
    {"no longer with", "user-unknown"},
    {"unroutable user", "user-unknown"},
    {"not a registered gateway user", "user-unknown"},
    {"can't create user output file", "user-unknown"},
    {"addressee unknown", "user-unknown"},
    {"delivery to the following*unknown", "user-unknown"},
    {"inexistent", "user-unknown"},
    {"n'existe pas", "user-unknown"},
    {"n'existe plus", "user-unknown"},
    {"destinataire inconnu", "user-unknown"},
    {"utilisateur inconnu", "user-unknown"},
    {"adresse inconnue", "user-unknown"},
    {"boîte inconnue", "user-unknown"},
    {"compte inexistant", "user-unknown"},
    {"adresse d'au moins un destinataire invalide", "user-unknown"},
    {"destinataire invalide", "user-unknown"},
    {"destinataire introuvable", "user-unknown"},
    {"adresse introuvable", "user-unknown"},
    {"unbekannter empfänger", "user-unknown"},
    {"empfänger*unbekannt", "user-unknown"},
    {"usuario desconocido", "user-unknown"},
    {"usuario no existe", "user-unknown"},
    {"utente sconosciuto", "user-unknown"},
    {"usuário", "user-unknown"},
    {"nieznany", "user-unknown"},
    {"nie ma takiego", "user-unknown"},
    {"not listed in*directory", "user-unknown"},
    {"no matches to nameserver", "user-unknown"},
    {"address is wrong", "user-unknown"},
    {"mailbox not available", "user-unknown"},
    /* no such place */
    {"host unknown", "host-unknown"},
    {"unknown host", "host-unknown"},
    {"host not found", "host-unknown"},
    {"host*not found", "host-unknown"},
    {"domain does not exist", "host-unknown"},
    {"domain doesn't exist", "host-unknown"},
    {"domain*not exist", "host-unknown"},
    {"domain not found", "host-unknown"},
    {"domain*not found", "host-unknown"},
    {"domain*couldn't be found", "host-unknown"},
    {"no such domain", "host-unknown"},
    {"no such host", "host-unknown"},
    {"unknown domain", "host-unknown"},
    {"unrouteable", "host-unknown"},
    {"unroutable", "host-unknown"},
    {"name or service not known", "host-unknown"},
    {"find a mail exchanger", "host-unknown"},
    {"find any host", "host-unknown"},
    {"nxdomain", "host-unknown"},
    {"bad destination host", "host-unknown"},
    {"bad destination system", "host-unknown"},
    {"illegal host", "host-unknown"},
    {"name service error", "host-unknown"},
    {"null mx", "host-unknown"},
    {"nullmx", "host-unknown"},
    {"no smtp service", "host-unknown"},
    {"domain*does not accept mail", "host-unknown"},
    {"find a gateway", "host-unknown"},
    {"no mx record", "host-unknown"},
    {"no valid mx", "host-unknown"},
    {"domaine inconnu", "host-unknown"},
    {"domaine inexistant", "host-unknown"},
    {"hôte inconnu", "host-unknown"},
    {"mail receiving disabled", "host-unknown"},
    {"no mail server", "host-unknown"},
    /* time */
    {"retry timeout exceeded", "expired"},
    {"message expired", "expired"},
    {"time expired", "expired"},
    {"queue too long", "expired"},
    {"giving up", "expired"},
    {"could not be delivered for", "expired"},
    {"could not deliver for", "expired"},
    {"timed out", "expired"},
    {"timeout", "expired"},
    {"connection refused", "expired"},
    {"no route to host", "expired"},
    {"unreachable", "expired"},
    {"not reachable", "expired"},
    {"unable to connect", "expired"},
    {"establish an smtp connection", "expired"},
    {"network error", "expired"},
    {"has not yet been delivered", "expired"},
    {"not yet been delivered", "expired"},
    {"delivery attempts will continue", "expired"},
    {"délai*expiré", "expired"},
    {"still being retried", "expired"},
    {"temporarily unavailable", "expired"},
    {"try again later", "expired"},
    /* what is left of refusals */
    {"policy", "policy"},
    {"denied", "policy"},
    {"refused", "policy"},
    {"rejected", "policy"},
    {"not allowed", "policy"},
    {"prohibited", "policy"},
    {"forbidden", "policy"},
    {"refusé", "policy"},
    {"rejeté", "policy"},
    {"access", "policy"},
    {"not accept", "policy"},
    {"permission", "policy"},
    {"mail loop", "other"},
    {"too many hops", "other"},
    {"hop count", "other"}};

enum { NEAR = 60 };

static bool says(const char *lower, const char *words) {
    const char *star = strchr(words, '*');
    if (!star) return strstr(lower, words) != NULL;
    size_t head = (size_t)(star - words), tail = strlen(star + 1);
    for (const char *at = lower; (at = memmem(at, strlen(at), words, head)); at++) {
        const char *from = at + head;
        if (memmem(from, strnlen(from, NEAR + tail), star + 1, tail)) return true;
    }
    return false;
}

const char *reason_of_words(const char *lower) {
    for (size_t i = 0; i < COUNT(WORDS); i++)
        if (says(lower, WORDS[i].words)) return WORDS[i].reason;
    return "";
}

/* RFC 3463 sections 3.2 to 3.8, where the code alone says enough. dead: an address nobody will ever read. */
static const struct {
    const char *status, *reason;
    bool dead;
} CODES[] = {
    {"5.1.1", "user-unknown", true},  {"5.1.2", "host-unknown", true},  {"5.1.3", "user-unknown", true},
    {"5.1.6", "moved", true},         {"5.1.10", "host-unknown", true}, {"5.1.7", "policy", false},
    {"5.1.8", "policy", false},       {"5.2.1", "disabled", false},     {"5.2.2", "mailbox-full", false},
    {"4.2.2", "mailbox-full", false}, {"5.2.3", "size", false},         {"5.3.4", "size", false},
    {"5.4.7", "expired", false},      {"4.4.7", "expired", false},      {"4.4.1", "expired", false},
    {"4.4.2", "expired", false},      {"5.4.4", "host-unknown", false}, {"4.4.4", "expired", false},
    {"5.4.6", "other", false},        {"5.4.14", "other", false}};

static bool equal(const char *a, const char *b) {
    return !strcmp(a, b);
}

/* Codes so general that the words decide. 5.4.4 (no mail exchanger) speaks of the place, like 5.1.2. */
static bool general(const char *status) {
    static const char *const GENERAL[] = {"",      "5.0.0", "5.1.0",   "5.3.0", "5.4.0", "5.4.3",
                                          "5.4.4", "5.4.1", "5.1.351", "5.5.0", "5.0.1", "5.5.1"};
    for (size_t i = 0; i < COUNT(GENERAL); i++)
        if (equal(GENERAL[i], status)) return true;
    return false;
}

static bool of_the_address(const char *reason) {
    return equal(reason, "user-unknown") || equal(reason, "host-unknown") || equal(reason, "moved");
}

bool refused_after_data(const char *lower) {
    static const char *const MARKS[] = {
        "end of data",       "reply to data", "after data", ">>> data <<< 5",
        "smtp command data", "[data]",        "step: data", "after i sent the message",
        "final data"};
    /* "No account of that name here" says more, and is believed. */
    if (!strstr(lower, "user unknown") && !strstr(lower, "unknown user") && !strstr(lower, "no such user"))
        return false;
    for (size_t i = 0; i < COUNT(MARKS); i++)
        if (strstr(lower, MARKS[i])) return true;
    return false;
}

bool status_is_general(const char *status) {
    return general(status);
}

void reason_judge(struct failed *failed, const char *lower) {
    const char *words = reason_of_words(lower);
    bool dead_code = false;
    const char *code_reason = "";
    for (size_t i = 0; i < COUNT(CODES); i++)
        if (equal(CODES[i].status, failed->status)) code_reason = CODES[i].reason, dead_code = CODES[i].dead;
    if (!strncmp(failed->status, "5.7.", 4)) code_reason = "policy";
    /* Specific words beat the code, except that a code about the address is not undone by weak words
     * ("rejected"). */
    bool weak = equal(words, "policy") && !strstr(lower, "spam") && !strstr(lower, "block") &&
                !strstr(lower, "sender") && !strstr(lower, "relay") && !strstr(lower, "policy");
    if (dead_code) {
        bool contradicted = equal(words, "mailbox-full") || equal(words, "size") || equal(words, "rate") ||
                            (equal(words, "policy") && !weak);
        failed->dead = !contradicted;
        failed->reason = contradicted || of_the_address(words) ? words : code_reason;
        return;
    }
    failed->reason = *code_reason && (!*words || equal(code_reason, "policy")) ? code_reason : words;
    /* A user who becomes unknown only after the message was seen is a filter's excuse. */
    failed->dead = general(failed->status) && of_the_address(words) && !refused_after_data(lower) &&
                   !strstr(lower, "5.7.");
}
