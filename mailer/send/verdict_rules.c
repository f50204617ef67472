/* The words of replies, by what they mean. In N(): lower case, no accents, everything but letters and digits one space;
 * found where a word begins, and open at the end unless a space closes them ("spam" is in "spamhaus", "spf " in nothing but
 * "SPF"). Most stand for a reply of tests/corpus/replies.tsv; some say the same in the other of English and French. */
#include "mailer/send/verdict_words.h"

#include <string.h>

enum { WORDS_MOST = 72 };

static const char *const WORDS[][WORDS_MOST] = {
    [SAYS_GREYLISTED] = {"greylist", "graylist", "grey list", "gray list", "postgrey", "postgray", "liste grise"},
    [SAYS_CONNECTIONS] = {"too many connection", "too many concurrent", "too many simultaneous", "too many session",
                          "too many smtp session", "too many smtp connection", "too many open connection",
                          "number of connections", "number of simultaneous", "connection limit", "connection rate",
                          "connection frequency", "concurrent connection", "simultaneous connection",
                          "message per connection", "messages per connection", "messages per session",
                          "messages for this session", "too much mail from", "too many recipients from",
                          "trop de connexion", "trop de session"},
    [SAYS_ACCOUNT] = {"submission rate", "sending rate", "sending limit", "sending quota", "send quota",
                      "message quota", "messages quota", "throttling failure", "emails per hour", "hourly limit",
                      "daily limit", "tenant has exceeded", "quota d envoi", "limite d envoi"},
    [SAYS_THROTTLED] = {"too many messages", "too many emails", "too many mails", "too many spams", "too many errors",
                        "too much mail", "too fast", "too quickly", "too frequent", "recipients received",
                        "rate exceeds", "rate limit", "ratelimit", "throttl", "unusual rate", "unusual volume",
                        "unexpected volume", "excessive volume", "temporarily deferred", "slow down",
                        "trop de messages", "trop de mails", "trop d envois", "trop d erreurs", "service refuse"},
    [SAYS_RELAYING] = {"relay access denied", "relaying denied", "relay not permitted", "relaying not permitted",
                       "relaying not allowed", "relay not allowed", "unable to relay", "not permitted to relay",
                       "we do not relay", "relay denied", "relay prohibited", "relaying prohibited",
                       "allowed rcpthosts", "not been configured to let", "relais refuse", "relais interdit",
                       "relayage refuse"},
    [SAYS_SENDER] = {"authentication required", "authentication is required", "must authenticate",
                     "client was not authenticated", "turn on smtp authentication", "must issue a starttls",
                     "authentification requise", "code d authentification invalide", "sender address rejected",
                     "sender rejected", "sender verify failed", "sender denied", "invalid sender",
                     "domain of sender address", "sender domain does not exist", "badmailfrom",
                     "permissions to send as", "not owned by user", "expediteur refuse", "expediteur invalide",
                     "adresse de l expediteur", "domaine de l expediteur", "emetteur invalide", "emetteur refuse"},
    [SAYS_QUOTING] = {"undeliverable address", "callout verification failed"},
    [SAYS_AUTHENTICATION] = {"spf ", "dkim ", "dmarc "},
    [SAYS_POLICY] = {"spam", "antispam", "anti spam", "blocked", "isblocked", "blocking ", "blacklist", "black list",
                     "blocklist", "block list", "banned", "bloque", "reputation", "policy ", "policies",
                     "unsolicited", "bulk mail", "mass mailer", "virus", "malware", "phishing", "spoof",
                     "access denied", "abuse", "spf ", "dkim ", "dmarc ", "reverse dns", "rdns", "ptr ",
                     "helo command", "client host rej", "dnsbl", "rbl ", "uribl", "surbl",
                     "administrative prohibition", "content reject", "mail rejete",
                     "mail rejected", "message rejete", "service refuse", "connection refused",
                     "poor standing", "not welcome", "unauthenticated", "denied by", "politique de securite"},
    [SAYS_CLOSED] = {"resolver rst", "relay not permitted for user", "only accepts mail from",
                     "accepts messages only from", "from people in its organization",
                     "compte du destinataire est bloque", "oxsus0001 403", "oxseu0001 403"},
    [SAYS_FULL] = {"quota", "overquota", "mailbox full", "mailbox is full", "inbox is full",
                   "account is full", "mailbox size limit", "mailbox limit", "blocks limit", "out of storage",
                   "exceeded storage", "boite pleine", "boite du destinataire pleine", "est pleine",
                   "insufficient disk"},
    [SAYS_DISABLED] = {"disabled", "inactiv", "deactivated", "suspended", "locked ", "frozen", "archived", "archivee",
                       "desactive", "suspendu", "temporar", "try again later", "try later"},
    [SAYS_TOO_BIG] = {"too big", "too large", "message size", "size exceed", "size limit", "trop volumineux",
                      "taille"},
    [SAYS_OF_SENDER] = {"sender", "expediteur", "emetteur", "envelope from", "return path", "mail from"},
    [SAYS_TOO_MANY] = {"too many recipients"},
    [SAYS_UNKNOWN_USER] = {"user unknown", "unknown user", "no such user", "user not exist"},
    /* « neko.example does not exist » was said of a sender's domain: what does not exist has to be named. */
    [SAYS_NO_ADDRESS] = {"no such recipient", "no such address", "no such mailbox", "no such account",
                         "no mailbox here", "no mailbox by that name", "mailbox not found", "account not found",
                         "user not found", "user not known", "not a known user", "not a valid user",
                         "not a valid mailbox", "not a valid recipient", "unknown recipient", "recipient unknown",
                         "recipient not found", "unknown mailbox", "unknown address", "unknown e mail address",
                         "address unknown", "unknown local part", "unrouteable address", "unroutable address",
                         "invalid recipient", "invalid mailbox", "unknown or illegal alias", "user does not exist",
                         "user doesn t exist", "account does not exist", "mailbox does not exist",
                         "recipient does not exist", "address does not exist", "address doesn t exist",
                         "tried to reach does not exist", "this user doesn t have a", "not listed in domino",
                         "not listed in public", "non recense dans", "recipient no longer on server",
                         "recipient address rejected domain not found", "domain does not accept mail", "nullmx",
                         "null mx", "destinataire inconnu", "utilisateur inconnu", "utilisateur inexistant",
                         "adresse inconnue", "adresse inexistante", "boite inconnue", "boite aux lettres inconnue",
                         "compte inconnu", "compte inexistant", "destinataire n existe", "utilisateur n existe",
                         "adresse n existe", "boite n existe", "boite aux lettres n existe", "compte n existe",
                         "destinataire invalide", "destinataire est invalide", "destinataire introuvable"},
};

static bool found(const char *words, const char *phrase) {
    for (const char *at = words; (at = strstr(at, phrase)); at++)
        if (at > words && at[-1] == ' ') return true;
    return false;
}

bool verdict_says(const char *words, enum verdict_says what) {
    for (size_t i = 0; i < WORDS_MOST && WORDS[what][i]; i++)
        if (found(words, WORDS[what][i])) return true;
    return false;
}
