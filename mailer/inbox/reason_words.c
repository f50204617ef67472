/* Words of failure, in tables. */
#include "mailer/inbox/reason.h"

/* How much and how fast. */
static const char *const TOO_MUCH[] = {
    "relay quota", "sending quota", "rate limit", "too many messages*in too short", "too many messages*hour", "too many messages from",
    "sent too many messages", "too many connections", "too many concurrent", "too many recipients", "throttl", "sending limit",
    "unexpected volume", "receiving mail at a rate", "receiving mail too quickly", "exceeded the rate", "trop de connexions", "too fast",
    "ratelimit", "exceeded the max*per hour", "max emails per hour", "messages per hour", "per minute", "envoye trop de messages",
    "trop de messages*heure", "trop de messages*peu de temps", "limite d'envoi", "quota d'envoi", "zu viele nachrichten",
    "demasiados mensajes"};
/* The mailbox is full. */
static const char *const FULL[] = {
    "mailbox full", "mailbox is full", "mailbox*is full", "mailbox*too large", "full mailbox", "mailboxfull", "over quota", "overquota",
    "over the quota", "over its quota", "over disk quota", "quota exceeded", "exceed*quota", "quota*exceed", "quota violation",
    "disk quota", "mailfolder is full", "folder is full", "inbox is full", "exceeded storage", "exceeds storage", "exceeded its storage",
    "exceeded the local limit", "mailbox has exceeded", "exceed*mailbox size", "mailbox*size limit", "out of storage space",
    "account is full", "maildir*full", "mailbox*over*limit", "not enough space", "no space left", "mailbox exceeds", "quota is full",
    "quota overflow", "storage is full", "exhausted allowed storage", "not enough storage", "insufficient disk space",
    "too many messages on the server", "maximum mailbox size", "overflow quota", "mailbox limit", "plus d'espace",
    "espace disque insuffisant", "quota de la bo", "boite*pleine", "bal pleine", "quota*depasse", "depass*quota", "messagerie*pleine",
    "saturee", "postfach*voll", "buzon*lleno", "casella*piena", "caixa postal*cheia", "would exceed*quota", "quota*reached",
    "reached*quota", "storage limit", "mailbox has reached", "capacity", "depasse la limite de stockage", "stockage insuffisant",
    "postfach*uberfull", "speicherplatz", "kontingent*uberschritten", "quota*uberschritten", "buzon*esta lleno", "bandeja*llena",
    "cuota*excedid", "superado*cuota", "casella*e piena", "quota*superat", "spazio*esaurito", "caixa*cheia", "cota*excedid",
    "postvak*vol", "schranka*plna", "schranka*prekrocila", "skrzynka*pelna", "przepelnion", "переполнен", "превышен*квот", "ящик*полон",
    "квота*превышен", "已满", "空间不足", "满了", "容量*超", "一杯です", "一杯のため", "溢れて", "초과", "storage allocation", "exceeds allowed size"};
/* The message is too large. */
static const char *const TOO_LARGE[] = {
    "message too large", "message too big", "message is too big", "message is too large", "message size exceed", "message exceeds",
    "message file too big", "exceeds fixed maximum", "exceeds the maximum message size", "exceeds maximum*size", "exceed*size limit",
    "size limit exceed", "size exceed", "maximum message size", "message size limit", "message too long", "exceed*maximum size",
    "larger than the current system limit", "too large for this recipient", "message length exceeds", "trop volumineux",
    "taille maximale", "taille*depasse", "depasse la taille", "trop gros", "trop grand", "trop lourd", "grosser als", "zu gross",
    "demasiado grande", "excede el tama", "troppo grande", "muito grande", "te groot", "サイズ*超", "容量制限", "size of your mail exceeds",
    "size of your message exceeds"};
/* What we are, or what the message holds: never the address's fault. Spam in a sentence, not in the name of a host. */
static const char *const AGAINST_US[] = {
    "spam ", "spam, ", "spam. ", "spam)", "spam:", "spam]", "spam;", "spam'", "spam-", "spam/", "spam!", "spamm", "spamassassin",
    "spamhaus", "spamcop", "as spam", "able spam", "ted spam", "anti-spam", "for spam", "is spam", "be spam", "antispam policy",
    "blacklist", "black list", "blocklist", "block list", "blocked", "blocking", "reputation", "dmarc", "dkim", "spf ", "spf-",
    "reverse dns", "ptr record", "rdns", " virus ", "a virus", "virus:", "virus-infected", "virus found", "infected", "malware",
    "relaying", "relay access", "to relay", "mail relay", "relay not permitted", "relay denied", "relay prohibited", "not a relay",
    "unauthenticated", "not authenticated", "authentication required", "sender address", "sender domain", "sending domain",
    "sender rejected", "sender denied", "sender verify", "sender is", "unknown sender", "reply to mail from", "after mail from",
    "mail_from", "from address", "your ip", "content rejected", "message content", "content filter", "abuse", "unsolicited", "greylist",
    "graylist", "whitelist", "not authorized", "not authorised", "authorization", "indesirable", "liste noire", "pas autorise a envoyer",
    "mail rejete", "piece jointe interdite", "550 : user unknown", "550: : user unknown", "may not exist", "peut ne pas exister",
    "puede que no exista", "moglicherweise nicht", "potrebbe non esistere", "pode nao existir", "可能不存在", "存在しない可能性",
    "может не существовать", "il se peut que", "my name was rejected", "courrier indesirable", "message*bloque", "bloque par",
    "identifie comme spam", "als spam", "como spam", "come spam", "bulk email filter", "content policy", "attachment type",
    "attachment*not allowed", "piece jointe*autoris", "liste de blocage", "sperrliste", "lista negra", "rechazado*politic", "垃圾邮件", "スパム",
    "迷惑メール", "n'existe peut-etre pas", "autorise a y publier", "autorise a publier", "helo command", "helo name", "ehlo name",
    "helo host", "invalid helo", "invalid ehlo", "bad helo", "helo*rejected", "ehlo*rejected", "helo/ehlo", "your helo", "your ehlo",
    "contains*virus", "viruses found", "viruses detected", "allowed rcpthosts", "domaine de l'expediteur", "expediteur*n'existe",
    "expediteur*inconnu", "expediteur*refus", "expediteur*rejet", "expediteur*invalide", "emetteur*refus", "emetteur*inconnu",
    "absender*existiert nicht", "absender*unbekannt", "absender*abgelehnt", "remitente*no existe", "remitente*desconocido",
    "remitente*rechaz", "mittente*non esiste", "mittente*sconosciuto", "mittente*rifiut", "remetente*nao existe", "remetente*desconhecido",
    "user name or password", "username or password", "invalid user or password", "unknown user or password", "ou mot de passe",
    "authenticated user", "check your username", "reverse lookup", "do not relay", "don't relay"};
/* The mailbox exists and is shut. */
static const char *const SHUT[] = {
    "account*disabled", "mailbox*disabled", "address*disabled", "user*disabled", "disabled*recipient", "recipient*disabled",
    "account*suspended", "mailbox*suspended", "user*suspended", "account*inactive", "mailbox*inactive", "user*inactive",
    "account is locked", "account*discontinued", "deactivated", "mailbox is frozen", "account closed", "account has been closed",
    "account is closed", "account is blocked", "temporarily locked", "temporary locked", "invalid/inactive user", "inactive user",
    "mailbox closed", "compte*bloqu", "compte*inactif", "boite*suspendue", "account is temporarily", "mailbox is disabled",
    "recipient*deactivated", "account*terminated", "not been collected", "account*expired", "ha expirado", "compte*desactive",
    "compte*suspendu", "boite*desactivee", "currently suspended", "compte*ferme", "compte*clotur", "compte*resili", "boite*fermee",
    "adresse*desactiv", "konto*gesperrt", "konto*deaktiviert", "postfach*gesperrt", "postfach*deaktiviert", "cuenta*suspendida",
    "cuenta*desactivad", "cuenta*deshabilitad", "account*disattivat", "casella*disattivat", "conta*desativad", "conta*suspensa",
    "conta*bloquead", "заблокирован", "отключен", "停用", "被禁用", "account has been suspended", "mailbox*closed", "mailbox*was closed",
    "inconnu ou bloqu", "unknown or blocked", "unknown or disabled", "unknown or suspended", "utilisateur*desactiv", "usager*desactiv",
    "destinataire*desactiv", "utilisateur*suspendu", "usager*suspendu", "destinataire*suspendu", "recipient*suspended"};
/* Vendors whose words alone say less than they mean: MessageLabs' register of users, KDDI's au one net. */
static const char *const VENDORS[] = {
    "542 *@*rejected", "auone-net.jp>: recipient address rejected."};
/* A name server that did not answer says nothing about the name. */
static const char *const UNANSWERED[] = {
    "not found, try again", "temporary failure in name resolution", "temporary lookup failure", "temporary dns", "dns *temporar", "servfail", "dns query failed",
    "dns timeout", "dns lookup timed out"};
/* Moved. */
static const char *const MOVED[] = {
    "no forwarding address", "mailbox has moved", "mailbox moved", "user has moved", "has moved to", "address has changed", "user moved",
    "a change d'adresse"};
/* Nobody there. */
static const char *const NOBODY[] = {
    "user unknown", "unknown user", "unknown recipient", "unknown or illegal", "unknown local part", "unknown address", "unknown account",
    "unknown mailbox", "recipient unknown", "address unknown", "recipient address rejected: access denied*outlook.com", "mailbox unknown",
    "account unknown", "account is unknown", "mailbox is unknown", "recipient is unknown", "address is unknown", "unknown e-mail",
    "unknown email", "unknown final delivery", "invalid final delivery", "user not exist", "no such users", "no user found",
    "no account here", "no such alias", "no such id", "is not a valid mailbox", "is not known here", "is not a local",
    "not a valid email", "not a valid e-mail", "not an active address", "isn't a valid", "non-existent user", "nonexistent user",
    "non-existent mailbox", "nonexistent mailbox", "non-existent recipient", "recipient address is invalid", "recipient is invalid",
    "address is invalid", "address invalid", "user invalid", "mailbox invalid", "email address is invalid", "recipient invalid",
    "is not a member of this domain", "undeliverable address", "recipient no longer", "no longer at this", "no longer exists",
    "no longer a valid", "no longer accepts mail", "no longer active", "does not exist here", "user*does not exist", "user*doesn't exist",
    "recipient*doesn't exist", "email*does not exist", "e-mail*does not exist", "could not be found or was misspelled",
    "not registered here", "no recipient found", "sorry, no mailbox", "unknown alias", "recipient not found", "recipientnotfound",
    "recipnotfound", "recipient*not found", "receiver not found", "no such user", "no such recipient", "no such mailbox",
    "no such account", "no such address", "no such local user", "no such person", "no such email", "no mailbox here",
    "no mailbox by that name", "no mailbox found", "no user by that name", "no account by that name", "there is no one", "user not found",
    "user does not exist", "user doesn't exist", "user doesn't have a", "does not have a*account", "doesn't have a*account",
    "user not known", "user*is unknown", "not a known user", "mailbox not found", "mailbox does not exist", "mailbox doesn't exist",
    "mailbox*not exist", "account*does not exist", "account*doesn't exist", "account not found", "account*not exist",
    "address does not exist", "address doesn't exist", "address not found", "address*not exist", "address wasn't found",
    "address*couldn't be found", "recipient does not exist", "recipient*not exist", "recipient name is not recognized",
    "not a valid user", "not a valid mailbox", "not a valid recipient", "not a valid address", "invalid recipient", "invalid user",
    "invalid mailbox", "bad destination mailbox", "bad address", "bad recipient", "bad destination email", "illegal user",
    "not listed in domino", "not listed in public name", "not our customer", "this address no longer", "no longer valid",
    "no longer available", "no longer on server", "no longer in use", "no longer an employee", "no longer with", "unroutable user",
    "not a registered gateway user", "can't create user output file", "addressee unknown", "delivery to the following*unknown",
    "inexistent", "n'existe pas", "n'existe plus", "destinataire inconnu", "utilisateur inconnu", "adresse inconnue", "boite inconnue",
    "destinataire est inconnu", "adresse est inconnue", "utilisateur*inexistant", "adresse*inexistante", "destinataire*inexistant",
    "adresse*introuvable", "destinataire*introuvable", "adresse*invalide", "adresse*erronee", "compte inconnu", "compte*n'existe",
    "boite*n'existe", "unbekannte empf", "empfangeradresse*nicht gefunden", "benutzer*unbekannt", "konto*existiert nicht",
    "destinatario sconosciuto", "destinatario*no existe", "indirizzo*non esiste", "gebruiker onbekend", "compte inexistant",
    "adresse d'au moins un destinataire invalide", "destinataire invalide", "destinataire introuvable", "adresse introuvable",
    "unbekannter empfanger", "empfanger*unbekannt", "usuario desconocido", "usuario no existe", "utente sconosciuto", "nie ma takiego",
    "not listed in*directory", "no matches to nameserver", "address is wrong", "mailbox not available", "bad_recipient",
    "no mail box available", "addresses were unknown", "addresses are unknown", "mailbox not known", "name was not found",
    "unrecognised*name", "unknown o/r name", "is not known at", "not found in*directory", "was not found in the", "wasn't found at",
    "not found at", "utilisateur introuvable", "utilisateur*n'existe", "destinataire*n'existe", "adresse*est pas connue",
    "adresse*est incorrecte", "adresse*incorrecte", "nom du destinataire n'est pas reconnu", "compte*introuvable", "boite*introuvable",
    "boite*inexistant", "adresse*nicht gefunden", "empfanger*nicht gefunden", "empfanger*existiert nicht", "postfach*existiert nicht",
    "benutzer*existiert nicht", "benutzer*nicht gefunden", "adresse*existiert nicht", "adresse*ungultig", "konto*nicht vorhanden",
    "encontrado la direccion", "direccion*no existe", "direccion*no se encontr", "no se encontro la direccion", "cuenta*no existe",
    "buzon*no existe", "destinatario desconocido", "destinatario*no se encontr", "usuario*no encontrado", "usuario*no existe",
    "indirizzo non trovato", "indirizzo*non e stato trovato", "indirizzo*inesistente", "account*non esiste", "casella*non esiste",
    "utente*non trovato", "utente*inesistente", "destinatario*inesistente", "destinatario*non trovato", "endereco nao encontrado",
    "endereco*nao foi encontrado", "endereco*nao existe", "endereco*invalido", "conta*nao existe", "usuario*nao existe",
    "usuario*desconhecido", "usuario*nao encontrado", "usuario*inexistente", "destinatario*desconhecido", "destinatario*nao encontrado",
    "destinatario*nao existe", "destinatario*inexistente", "caixa*nao existe", "adres niet gevonden", "adres*bestaat niet",
    "gebruiker*niet gevonden", "gebruiker*bestaat niet", "e-mailaccount bestaat niet", "onbekende gebruiker", "ontvanger onbekend",
    "uzivatel*neexistuje", "adresa*neexistuje", "schranka*neexistuje", "neznamy prijemce", "nieznany", "konto nie istnieje",
    "adres nie istnieje", "okand mottagare", "ukendt modtager", "ukjent mottaker", "не найден", "не существует", "нет такого", "无此用户",
    "宛先不明", "宛先が見つかりません", "ユーザーが見つかりません", "ユーザが見つかりません", "ユーザが存在し", "アドレスが存在し", "사용자가 없", "adresse*pas ete trouve",
    "destinataire*pas ete trouve", "utilisateur*pas ete trouve", "introuvable sur", "adresse*plus attribuee", "adresse*plus valide",
    "неизвестный получатель", "неизвестный пользователь", "неизвестный адрес", "vastaanottaja*tuntematon", "tuntematon vastaanottaja",
    "收件人*不存在", "邮箱*不存在", "用户*不存在", "地址*不存在", "帐号*不存在", "账号*不存在", "用户未找到", "找不到收件人", "找不到用户", "アドレス*存在しません", "ユーザ*存在しません", "宛先*存在しません",
    "수신자*존재하지", "사용자*존재하지", "계정*존재하지", "non recense dans", "boite*inconnue", "accountnotfound", "usernotfound", "mailboxnotfound",
    "user <*> unknown", "user \"*\" not found", "user \"*\" unknown", "user '*' not found", "user '*' unknown", "utilisateur \"*\" inconnu",
    "utilisateur '*' inconnu", "utilisateur «*» inconnu", "not present in*directory", "not in my validrcptto",
    "no account with that name", "no account with this name", "no user with that name", "no user with this name", "compte n'existant",
    "adresse n'existant", "utilisateur n'existant", "destinataire n'existant", "no mailbox for "};
/* No such place; 521 5.3.2 (RFC 7504) is one that takes no mail, ever. */
static const char *const NOWHERE[] = {
    "host unknown", "unknown host", "host not found", "host*not found", "domain does not exist", "domain doesn't exist",
    "domain*not exist", "domain not found", "domain*not found", "domain*couldn't be found", "no such domain", "no such host",
    "no mx found", "no mx for", "no mx records", "non-existent host", "nonexistent host", "non-existent domain", "nonexistent domain",
    "domain name not found", "domain must exist", "dns name does not exist", "unknown or invalid domain", "domain*invalid",
    "nom d'hote inconnu", "domaine*n'existe", "domaine*introuvable", "domaine*inconnu", "no mail exchanger", "lookup failure for host",
    "unknown domain", "unrouteable", "unroutable", "name or service not known", "find a mail exchanger", "find any host", "nxdomain",
    "name service error", "bad destination host", "bad destination system", "illegal host", "521 5.3.2", "null mx",
    "host does not accept mail", "host/domain does not accept mail", "nullmx", "no smtp service", "domain*does not accept mail",
    "find a gateway", "no mx record", "no valid mx", "domaine inconnu", "domaine inexistant", "hote inconnu", "mail receiving disabled",
    "no mail server", "no data record of requested type", "host name is unknown", "host*is unknown", "host name not found",
    "domain is unknown", "no mail servers*exist", "non-existent hosts", "hote*introuvable", "nom de domaine*introuvable",
    "nom de domaine*inexistant", "domane*existiert nicht", "domain*existiert nicht", "domane*nicht gefunden", "domain*nicht gefunden",
    "dominio*no existe", "dominio*non esiste", "dominio*nao existe", "dominio*no encontrado", "dominio*non trovato",
    "dominio*nao encontrado", "domein*niet gevonden", "ドメインが存在し"};
/* Time. */
static const char *const TIME[] = {
    "delivery temporarily suspended", "retry timeout exceeded", "message expired", "time expired", "queue too long", "giving up",
    "could not be delivered for", "could not deliver for", "timed out", "accept our requests to connect", "could not connect",
    "couldn't connect", "unable to contact", "no response from", "failed*attempts", "attempts*failed", "too many failures",
    "exceeded*retry", "maximum retry", "retry limit", "too old", "queue lifetime", "could not be delivered within", "delai de remise",
    "delai*depasse", "connection reset", "connection dropped", "lost connection", "timeout", "connection refused", "no route to host",
    "unreachable", "not reachable", "unable to connect", "establish an smtp connection", "network error", "has not yet been delivered",
    "not yet been delivered", "delivery attempts will continue", "delai*expire", "still being retried", "temporarily unavailable",
    "try again later", "number of delivery attempts", "maximum*attempts", "gave up", "is not responding", "not delivered within",
    "exceeded max time", "unavailable or busy", "did not respond", "didn't respond", "delivery time expired", "tried to deliver for",
    "unable to deliver this message after", "nach*tagen nicht", "zeituberschreitung", "tiempo de espera", "tempo scaduto",
    "tempo esgotado", "delai imparti", "delai maximal", "abandon apres", "pas repondu", "ne repond pas", "injoignable"};
/* What is left of refusals. */
static const char *const REFUSED[] = {
    "policy", "denied", "refused", "rejected", "not allowed", "prohibited", "forbidden", "refuse", "rejete", "access", "not accept",
    "permission"};
static const char *const REST[] = {
    "mail loop", "too many hops", "hop count"};

/* -- pairs ------------------------------------------------------------------------------------------------------- */
#define LIST(...) (const char *const[]){__VA_ARGS__, NULL}

#define UNKNOWN_EN \
    "not found", "not be found", "cannot be found", "can't be found", "couldn't be found", "does not exist", "do not exist", \
        "doesn't exist", "no longer exist", "not known", "not recogni", "no longer valid"
#define UNKNOWN_FR \
    "inconnu", "inexistant", "introuvable", "non trouve", "pas trouve", "pas ete trouve", "pu etre trouve", "n'existe", "non existant", \
        "non repertorie", "non reconnu"

#define OF_THAT_NAME "by that name", "by this name", "of that name", "of this name", "with that name", "with this name"

/* How many were unknown, not who: harvest protection, of us. */
static const struct said_pair HARVESTED[] = {
    {LIST("too many", "maximum number", "limit of"), LIST("unknown", "invalid", "bad recipient", "bad address", "nonexist", "non-exist", "no such")},
    {LIST("trop d", "nombre d"), LIST("destinataires inconnu", "destinataires invalide", "utilisateurs inconnu", "adresses inconnue", "adresses invalide")},
    {LIST("unknown recipient", "invalid recipient", "bad recipient", "unknown user", "invalid user"), LIST("limit", "count", "threshold", "attempts")}};

/* An address that is unknown and is not the recipient's. */
static const struct said_pair OF_US[] = {
    {LIST("ip address", "client address", "host address", "server address", "source address", "return address", "reply address", "your address"),
     LIST("unknown", "invalid", UNKNOWN_EN)},
    {LIST("adresse ip", "adresse source", "adresse d'envoi", "votre adresse"), LIST("invalide", UNKNOWN_FR)}};
/* Nobody there, in as many ways as there are words for somebody and for what is wrong. */
static const struct said_pair NOBODY_PAIRS[] = {
    {LIST("user", "recipient", "addressee", "address", "mailbox", "mail box", "account", "email ", "e-mail ", "person ", "alias "), LIST(UNKNOWN_EN)},
    {LIST("no mailbox", "no user", "no person", "no account", "no one", "nobody"), LIST(OF_THAT_NAME)},
    /* not "nobody here": "… reads what you answer" */
    {LIST("no mailbox", "no user", "no person", "no account"), LIST("here", "at this address", "at that address")},
    {LIST("destinataire", "utilisateur", "usager", "abonne", "correspondant", "adresse", "boite", "compte", "courriel ", "bal "),
     LIST(UNKNOWN_FR)},
    {LIST("aucun utilisateur", "aucun usager", "aucun destinataire", "aucun compte", "aucune boite", "aucune adresse", "pas d'utilisateur",
          "pas d'usager", "pas de destinataire", "pas de compte", "pas de boite"),
     LIST("de ce nom", "a ce nom", "sous ce nom", "a cette adresse", "ici", "ne correspond")}};

/* First match wins, so order is meaning: words about the sender, about content and about fullness contradict a status code that says
 * "unknown user" and stand before it. Each phrase as said_is reads it. */
static const struct {
    const char *reason;
    const char *const *phrases;
    size_t count;
    const struct said_pair *pairs;
    size_t pair_count;
} TABLES[] = {
    {"rate", TOO_MUCH, COUNT(TOO_MUCH), HARVESTED, COUNT(HARVESTED)},
    {"mailbox-full", FULL, COUNT(FULL), NULL, 0},
    {"size", TOO_LARGE, COUNT(TOO_LARGE), NULL, 0},
    {"policy", AGAINST_US, COUNT(AGAINST_US), OF_US, COUNT(OF_US)},
    {"disabled", SHUT, COUNT(SHUT), NULL, 0},
    {"user-unknown", VENDORS, COUNT(VENDORS), NULL, 0},
    {"expired", UNANSWERED, COUNT(UNANSWERED), NULL, 0},
    {"moved", MOVED, COUNT(MOVED), NULL, 0},
    {"user-unknown", NOBODY, COUNT(NOBODY), NOBODY_PAIRS, COUNT(NOBODY_PAIRS)},
    {"host-unknown", NOWHERE, COUNT(NOWHERE), NULL, 0},
    {"expired", TIME, COUNT(TIME), NULL, 0},
    {"policy", REFUSED, COUNT(REFUSED), NULL, 0},
    {"other", REST, COUNT(REST), NULL, 0}};

const char *reason_of_words(const struct said *said) {
    for (size_t i = 0; i < COUNT(TABLES); i++)
        if (said_count(said, TABLES[i].phrases, TABLES[i].count, 1) || said_pairs(said, TABLES[i].pairs, TABLES[i].pair_count))
            return TABLES[i].reason;
    return "";
}
