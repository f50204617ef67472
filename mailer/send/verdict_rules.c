/* The words of replies, by what they mean. In N(): lower case, no accents, everything but letters and digits one space;
 * found where a word begins, and open at the end unless a space closes them ("spam" is in "spamhaus", "spf " in nothing but
 * "SPF"). Two tables: phrases as they stand, and pairs of lists, for what is said in as many ways as there are words for
 * the thing and for what is wrong with it: one of the first list, one of the second behind it, and between them only words
 * that add nothing. Most stand for replies of tests/corpus/replies.tsv; some say the same in the other of English and
 * French. */
#include "mailer/send/verdict_words.h"

#include <string.h>

#include "base/common.h"

enum { PHRASES_MOST = 48 };

static const char *const PHRASES[][PHRASES_MOST] = {
    [SAYS_GREYLISTED] = {"greylist", "graylist", "grey list", "gray list", "postgrey", "postgray", "liste grise"},
    [SAYS_CONNECTIONS] = {"too many concurrent", "too many simultaneous", "number of simultaneous", "concurrency limit",
                          "concurrent connection", "simultaneous connection", "message per connection",
                          "messages per connection", "messages per session", "messages for this session",
                          "too much mail from", "too many recipients from", "too many clients", "outbound thread limit"},
    [SAYS_ACCOUNT] = {"message quota", "messages quota", "throttling failure", "exceeded your", "reached your",
                      "depasse votre", "atteint votre", "unusual sending", "for your account", "pour votre compte",
                      "quota de messages", "maximum credits", "please activate your"},
    [SAYS_MAILBOX] = {"recipient mailbox", "recipient s mailbox", "recipient has", "recipient message", "mailbox has",
                      "mailbox received", "this recipient",
                      "boite du destinataire", "destinataire a "},
    [SAYS_THROTTLED] = {"too many messages", "too many emails", "too many mails", "too many spams", "too many errors",
                        "too much mail", "too fast", "too quickly", "too frequent", "recipients received",
                        "rate exceeds", "rate limit", "ratelimit", "throttl", "unusual rate", "unusual volume",
                        "unexpected volume", "excessive volume", "temporarily deferred", "slow down",
                        "trop de messages", "trop de mails", "trop d envois", "trop d erreurs", "service refuse"},
    [SAYS_RELAYING] = {"allowed rcpthosts", "not been configured to let", "delivery is not allowed to this address", "not a gateway",
                       "not an open relay", "pas un relais ouvert"},
    [SAYS_SENDER] = {"client was not authenticated", "smtp authentication", "must issue a starttls", "not logged in",
                     "name or password", "name and password", "unauthenticated senders", "unauthenticated user",
                     "code d authentification invalide", "domain of sender address", "sender domain does not exist",
                     "badmailfrom", "permissions to send as", "sendasdenied", "storedrv submission",
                     "submissionquotaexceeded", "verified sender", "identities failed", "not one of your",
                     "not owned by user", "not local sender", "adresse de l expediteur", "domaine de l expediteur"},
    [SAYS_OF_SENDER] = {"sender", "expediteur", "emetteur", "envelope from", "return path", "mail from", "from address",
                        "from header"},
    [SAYS_OF_US] = {"ip address", "client address", "host address", "server address", "source address",
                    "return address", "reply address", "your address", "your domain", "your ip", "your host",
                    "your server", "your mail server", "adresse ip", "adresse source", "adresse d envoi",
                    "votre adresse", "votre domaine", "votre ip", "votre serveur", "password", "mot de passe",
                    "authenticat", "authentif", "username", "smtp user", "smtp account", "reverse lookup", "helo name",
                    "user agent", "address family"},
    [SAYS_OF_RECIPIENT] = {"recipient", "destinataire", "undeliverable address", "unverified address"},
    [SAYS_CALLOUT] = {"callout verification failed", "remote server returned"},
    [SAYS_SENDER_VERIFY] = {"sender verify failed"},
    [SAYS_AT_RCPT] = {"in reply to rcpt"},
    [SAYS_NOT_AT_RCPT] = {"in reply to mail", "in reply to ehlo", "in reply to helo", "in reply to lhlo", "in reply to initial",
                          "in reply to starttls", "in reply to auth", "in reply to data", "in reply to end of data"},
    [SAYS_AUTHENTICATION] = {"spf ", "dkim ", "dmarc "},
    [SAYS_POLICY] = {"spam", "antispam", "anti spam", "blacklist", "black list", "blocklist", "block list",
                     "reputation", "unsolicited", "bulk mail", "mass mailer", "virus", "malware", "phishing", "spoof",
                     "spf ", "dkim ", "dmarc ", "reverse dns", "rdns", "ptr ", "helo command", "client host",
                     "dnsbl", "rbl ", "uribl", "surbl", "administrative prohibition", "content reject",
                     "mail rejete", "mail rejected", "message rejete", "message refuse ", "service refuse", "connection refused",
                     "liste noire", "indesirable", "pourriel",
                     "poor standing", "not welcome", "unauthenticated", "politique de securite"},
    [SAYS_BLOCKED] = {"blocked", "isblocked", "blocking ", "banned", "bloque", "access denied", "acces refuse", "denied by", "policy ",
                      "policies", "abuse"},
    [SAYS_CLOSED] = {"resolver rst", "relay not permitted for user", "only accepts mail from",
                     "accepts messages only from", "from people in its organization",
                     "compte du destinataire est bloque", "oxsus0001 403", "oxseu0001 403"},
    [SAYS_FULL] = {"quota", "overquota", "mailbox full", "mailbox is full", "inbox is full",
                   "account is full", "mailbox size limit", "mailbox limit", "blocks limit", "out of storage",
                   "exceeded storage", "boite pleine", "boite du destinataire pleine", "est pleine", "sature",
                   "insufficient disk"},
    [SAYS_SHUT] = {"disabled", "inactiv", "inactif", "deactivated", "suspended", "locked ", "frozen", "archived",
                   "archivee", "desactive", "suspendu", "badrcptto", "badrecipientto", "envelope recipient has been denied"},
    [SAYS_LATER] = {"temporar", "try again later", "try later"},
    [SAYS_TOO_BIG] = {"too big", "too large", "message size", "size exceed", "size limit", "maximum size",
                      "trop volumineux", "taille"},
    [SAYS_TOO_MANY] = {"too many recipients"},
    [SAYS_UNKNOWN_USER] = {"user not exist", "bad destination mailbox", "not in my validrcptto"},
    /* « neko.example does not exist » was said of a sender's domain: what does not exist has to be named. */
    [SAYS_NO_ADDRESS] = {"no mailbox for", "not listed in domino", "not listed in public", "unrouteable address",
                         "unroutable address", "invalid recipient", "invalid mailbox", "unknown or illegal alias",
                         "tried to reach does not exist", "this user doesn t have a", "non recense dans",
                         "recipient no longer on server", "recipient address rejected domain not found",
                         "domain does not accept mail", "nullmx", "null mx", "destinataire invalide",
                         "destinataire est invalide"},
};

/* -- pairs ------------------------------------------------------------------------------------------------------------- */
#define LIST(...) (const char *const[]){__VA_ARGS__, NULL}

/* Whole words that may stand between: they change nothing of what the two say. "ip", "host", "domain" are not among them:
 * « adresse IP inconnue » is about something else. */
static const char *const FILLERS[] = {
    "a", "an", "the", "this", "that", "to", "of", "for", "through", "by", "your", "you", "is", "are", "was", "were", "has",
    "have", "been", "be", "being", "could", "can", "did", "does", "do", "currently", "e", "mail", "mails", "email",
    "emails", "message", "messages", "address", "account", "mailbox", "name", "access", "local", "virtual", "valid",
    "known", "first", "specified", "given", "requested", "trying", "tried", "reach", "contact", "de", "du", "des",
    "d", "l", "le", "la", "les", "un", "une", "ce", "cet", "cette", "aux", "est", "sont", "ete", "que", "votre",
    "lettres", "electronique", "courriel", "messagerie", "mel", "destination", "indique", "indiquee", "demande",
    "demandee", "vous", "avez", "entree", "saisi", "saisie", "specifie", "specifiee", NULL};

#define CONNECTION_WORDS "connection", "session", "connexion"
#define NO_RIGHT \
    "not allowed", "not permitted", "not authori", "no permission", "permission denied", "unauthori", "non autorise", "pas autorise"
/* Whom a server does not know, counted: said of us by its harvest protection, of no address. */
#define UNKNOWN "unknown", "invalid", "nonexist", "non exist", "bad ", "no such", "inconnu", "inexistant", "invalide"
#define UNKNOWNS "unknown recipient", "invalid recipient", "bad recipient", "unknown user", "invalid user"
#define PERIODS "per hour", "per day", "per minute", "per month", "par heure", "par jour", "par minute", "par mois"

static const struct pair {
    enum verdict_says what;
    const char *const *first, *const *second;
    const char *const *between; /* more fillers, NULL = none */
} PAIRS[] = {
    {SAYS_CONNECTIONS, LIST("maximum", "maximal", "max ", "too many", "no more", "excessive", "number of", "limit of",
          "trop de", "nombre max"), LIST(CONNECTION_WORDS),
     LIST("number", "maximal", "maximum", "concurrent", "simultaneous", "parallel", "open", "new", "active", "allowed",
          "smtp", "tcp", "client", "incoming", "inbound", "simultanees")},
    {SAYS_CONNECTIONS, LIST(CONNECTION_WORDS, "concurrency"),
     LIST("limit", "quota", "rate ", "frequency", "exceeded", "reached", "atteint", "depasse", "trop nombreu"),
     LIST("count", "number", "rate", "maximum", "smtp", "simultanees")},

    {SAYS_ACCOUNT, LIST("sending", "send ", "submission", "outbound", "outgoing"),
     LIST("limit", "quota", "threshold", "allowance"),
     LIST("user", "smtp", "relay", "recipient", "external", "daily", "hourly", "monthly", "rate")},
    {SAYS_ACCOUNT, LIST("sending", "submission"), LIST("rate ", "activity", "paused", "suspended", "disabled"),
     LIST("remote", "external", "recipients")},
    {SAYS_ACCOUNT, LIST("daily", "hourly", "monthly", "journalier", "quotidien", "horaire", "mensuel"),
     LIST("limit", "quota", "maximum", "d envoi"),
     LIST("user", "smtp", "relay", "sending", "recipient", "external", "rate")},
    {SAYS_ACCOUNT, LIST("limit", "quota", "plafond", "nombre maxim"),
     LIST("d envoi", "journalier", "quotidien", "horaire", "mensuel", "sortant", PERIODS), LIST("maximal", "maximum")},
    {SAYS_ACCOUNT, LIST("envois"), LIST("atteint", "depasse"), NULL},
    {SAYS_ACCOUNT, LIST("messages", "messages sent", "recipients", "emails", "emails sent", "mails", "failures", "envois",
          "messages envoyes", "courriels", "destinataires"), LIST(PERIODS), NULL},
    {SAYS_ACCOUNT, LIST("tenant", "customer", "your account", "your smtp account", "smtp account", "smtp user", "votre compte"),
     LIST("exceeded", "over ", "limit", "reached", "blocked", "suspended", "disabled", "locked", "restricted",
          "not allowed", "not activ", "not yet activ", "bloque", "suspendu", "desactive", "depasse"),
     LIST("temporarily", "temporairement")},

    {SAYS_HARVESTED, LIST("too many", "number of", "maximum", "max ", "limit of", "trop d", "nombre"), LIST(UNKNOWN),
     LIST("number", "different", "recipients", "rcpts", "addresses", "users", "destinataires", "utilisateurs", "adresses")},
    {SAYS_HARVESTED, LIST(UNKNOWNS), LIST("limit", "count", "threshold", "rate ", "attempts"), LIST("recipients")},

    {SAYS_RELAYING, LIST("relay ", "relaying"),
     LIST("denied", "disallowed", "prohibited", "forbidden", "refused", "rejected", "disabled", "restricted", "not permitted",
          "not allowed", "not authori"), NULL},
    {SAYS_RELAYING, LIST(NO_RIGHT, "unable to", "not configured to", "cannot", "can not", "can t", "will not", "won t",
          "do not", "don t", "does not", "refuse"), LIST("relay ", "relay for", "relayer"), NULL},
    {SAYS_RELAYING, LIST("relais", "relayage"), LIST("refuse", "interdit", NO_RIGHT), LIST("smtp")},

    {SAYS_SENDER, LIST("auth ", "authenticate", "authentication", "authentification", "login", "log in"),
     LIST("required", "requis", "needed", "necessary", "mandatory", "first", "obligatoire", "necessaire"),
     LIST("smtp", "command")},
    {SAYS_SENDER, LIST("requires", "require ", "requiert", "exige "),
     LIST("authentication", "authentification", "smtp auth", "you to authenticate", "you to log"), LIST("an", "une")},
    {SAYS_SENDER, LIST("client ", "user ", "you ", "connection ", "vous "),
     LIST("not authenticated", "pas authentifie"), LIST("n", "etes")},
    {SAYS_SENDER, LIST("connexion "), LIST("non authentifie"), NULL},
    {SAYS_SENDER, LIST("must", "please", "need to", "have to", "veuillez", "devez"),
     LIST("authenticate", "login", "log in", "auth ", "vous authentifier", "vous identifier"), NULL},
    {SAYS_SENDER, LIST("invalid", "bad ", "wrong", "incorrect"), LIST("password", "credentials", "login"), LIST("user", "or")},
    {SAYS_SENDER, LIST("mot de passe"), LIST("invalide", "incorrect", "errone"), NULL},
    {SAYS_SENDER, LIST("password", "credentials", "login"),
     LIST("invalid", "wrong", "incorrect", "rejected", "failed", "not accepted"), NULL},
    {SAYS_SENDER, LIST("sender", "expediteur", "emetteur", "from address", "header from"),
     LIST("rejected", "denied", "refuse", "rejete", "invalid", "mismatch", "not match", "not authori", "not verified",
          "not owned", "must match", "disallowed", "verify failed", "non autorise", "pas autorise", "interdit"), NULL},
    {SAYS_SENDER, LIST("invalid", "unverified", "unconfigured"), LIST("sender", "from address", "sending domain"), NULL},
    /* What DNS says of our sender's domain, whoever is written to. */
    {SAYS_SENDER, LIST("sender", "sending domain", "expediteur"),
     LIST("no a ", "no mx ", "no valid mx", "no mail exchanger", "not resolve", "pas de mx"), LIST("domain", "domaine", "n")},
    /* « Sender not allowed » alone may be one recipient's own list. */
    {SAYS_SENDER, LIST("sender address", "sender domain", "from address", "from header", "envelope from", "adresse d expedition"),
     LIST("refuse", "rejete", "invalide", "non autorise", "pas autorise", "interdit", "not allowed", "not permitted", "not accepted", "not valid", "not one of"), NULL},
    {SAYS_SENDER, LIST("address", "domain", "identity", "identities"),
     LIST("not verified", "not been verified", "non verifie"), NULL},
    /* Without « as » or « this », SPF is meant: « 192.0.2.1 is not allowed to send mail from … ». */
    {SAYS_SENDER, LIST(NO_RIGHT, "permissions"),
     LIST("send as", "send mail as", "send on behalf", "send from this", "send from that", "send from your",
          "use this sender", "use the sender", "use this address"), NULL},

    {SAYS_CLOSED, LIST("send", "sending", "post ", "write "),
     LIST("to this group", "to this list", "to this recipient", "to this mailbox", "to this user",
          "to this distribution", "to this address", "to the group", "to the list", "to the recipient"), NULL},

    {SAYS_SHUT, LIST("mailbox", "account", "boite", "compte", "bal "),
     LIST("blocked", "isblocked", "bloque", "closed", "ferme", "cloture", "resilie", "expire", "banned", "discontinued",
          "not active", "no longer active"), LIST("reception")},

    {SAYS_UNKNOWN_USER, LIST("user"), LIST("unknown", "invalid"), NULL},
    {SAYS_UNKNOWN_USER, LIST("unknown", "no such", "invalid"), LIST("user "), NULL},
    /* Of the form of an address, at RCPT; later it could be any address of the message. */
    {SAYS_UNKNOWN_USER, LIST("invalid", "bad "), LIST("address", "mailbox"), NULL},
    {SAYS_UNKNOWN_USER, LIST("address", "recipient", "mailbox"), LIST("invalid"), NULL},
    {SAYS_UNKNOWN_USER, LIST("email ", "e mail "), LIST("unknown", "not found", "inconnu", "introuvable"), NULL},
    {SAYS_UNKNOWN_USER, LIST("courriel ", "personne "), LIST("inconnu", "introuvable"), NULL},
    {SAYS_UNKNOWN_USER, LIST("adresse", "utilisateur", "usager", "boite"), LIST("invalide"), NULL},

    {SAYS_NO_ADDRESS,
     LIST("user", "recipient", "addressee", "address", "mailbox", "mail box", "account", "person ", "alias "),
     LIST("not found", "not be found", "cannot be found", "can t be found", "couldn t be found", "not present", "not exist",
          "does not exist", "do not exist", "doesn t exist", "doesnt exist", "no longer exist", "nonexist", "non exist", "not known",
          "not recogni", "no longer valid"), NULL},
    {SAYS_NO_ADDRESS, LIST("recipient", "addressee", "address", "mailbox", "mail box", "account", "person "),
     LIST("unknown"), NULL},
    {SAYS_NO_ADDRESS, LIST("no such", "unknown", "nonexist", "non exist"),
     LIST("recipient", "addressee", "address", "mailbox", "mail box", "account", "person ", "local part"), NULL},
    {SAYS_NO_ADDRESS, LIST("nonexist", "non exist"), LIST("user "), NULL},
    {SAYS_NO_ADDRESS, LIST("not a ", "not an "), LIST("user ", "mailbox", "recipient"), NULL},
    {SAYS_NO_ADDRESS, LIST("no mailbox", "no user", "no person", "no account", "no one", "nobody"),
     LIST("here", "by that name", "by this name", "of that name", "of this name", "with that name", "with this name",
          "at this address", "at that address", "named", "found"), NULL},
    {SAYS_NO_ADDRESS,
     LIST("destinataire", "utilisateur", "usager", "abonne", "correspondant", "adresse", "boite", "compte", "bal "),
     LIST("inconnu", "inexistant", "introuvable", "non trouve", "pas trouve", "n a pas ete trouve", "n a pu etre trouve",
          "n existe", "non existant", "non repertorie", "non reconnu"), LIST("destinataire", "utilisateur")},
    {SAYS_NO_ADDRESS, LIST("aucun utilisateur", "aucun usager", "aucun destinataire", "aucun compte", "aucune boite",
          "aucune adresse", "pas d utilisateur", "pas d usager", "pas de destinataire", "pas de compte",
          "pas de boite"), LIST("de ce nom", "a ce nom", "sous ce nom", "a cette adresse", "ici", "ne correspond"),
     NULL},
    {SAYS_NO_ADDRESS, LIST("user", "person "),
     LIST("does not have an account", "does not have a mailbox", "doesn t have an account", "doesn t have a mailbox",
          "has no account", "has no mailbox"), NULL},
};

static bool listed(const char *const *list, const char *word, size_t length) {
    for (; *list; list++)
        if (strlen(*list) == length && !memcmp(*list, word, length)) return true;
    return false;
}

static bool begins_with(const char *at, const char *const *list) {
    for (; *list; list++)
        if (!strncmp(at, *list, strlen(*list))) return true;
    return false;
}

static const char *next_word(const char *at) {
    while (*at && *at != ' ') at++;
    while (*at == ' ') at++;
    return at;
}

/* One of the second list, with fillers before it. */
static bool second_at(const struct pair *pair, const char *at) {
    for (; *at; at = next_word(at)) {
        if (begins_with(at, pair->second)) return true;
        size_t word = strcspn(at, " ");
        if (!listed(FILLERS, at, word) && !(pair->between && listed(pair->between, at, word))) return false;
    }
    return false;
}

static bool pair_at(const struct pair *pair, const char *at) {
    for (const char *const *first = pair->first; *first; first++) {
        size_t length = strlen(*first);
        /* the rest of its last word may be an ending: « inconnue », « connections » */
        if (!strncmp(at, *first, length) && second_at(pair, next_word(at + length - 1))) return true;
    }
    return false;
}

static bool pair_found(const struct pair *pair, const char *words) {
    for (const char *at = words + strspn(words, " "); *at; at = next_word(at))
        if (pair_at(pair, at)) return true;
    return false;
}

static bool phrase_found(const char *words, const char *phrase) {
    for (const char *at = words; (at = strstr(at, phrase)); at++)
        if (at > words && at[-1] == ' ') return true;
    return false;
}

bool verdict_says(const char *words, enum verdict_says what) {
    for (size_t i = 0; i < PHRASES_MOST && PHRASES[what][i]; i++)
        if (phrase_found(words, PHRASES[what][i])) return true;
    for (size_t i = 0; i < COUNT(PAIRS); i++)
        if (PAIRS[i].what == what && pair_found(&PAIRS[i], words)) return true;
    return false;
}
