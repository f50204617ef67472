/* One table of sentences. */
#include "mailer/send/connection_trouble.h"

#include <string.h>

#include "base/buf.h"

/* %W host:port, %S the section of the configuration, %Q the server's words in brackets, %D the detail, %O what AUTH offers. */
static const struct { const char *code, *text; } TROUBLES[] = {
    [TROUBLE_RESOLVE] = {"SMTP_RESOLVE", "le nom du serveur %W est introuvable ; vérifiez [%S] url et que cette machine résout les noms"},
    [TROUBLE_CONNECT] = {"SMTP_CONNECT", "%W ne prend pas la connexion (%D) ; vérifiez [%S] url, que le serveur tourne et que le pare-feu "
                         "laisse passer"},
    [TROUBLE_TIMEOUT] = {"SMTP_TIMEOUT", "%W n'a pas ouvert la connexion à temps (%D) ; vérifiez l'adresse, le port (smtps:// pour 465) et "
                         "[%S] connect_timeout"},
    [TROUBLE_LOST] = {"SMTP_LOST", "%W a coupé la liaison pendant l'ouverture%Q ; vérifiez [%S] url, ou réessayez plus tard"},
    [TROUBLE_REFUSED] = {"SMTP_REFUSED", "%W refuse la connexion%Q ; vérifiez auprès de son administrateur que cette machine est admise"},
    [TROUBLE_EHLO] = {"SMTP_REFUSED", "%W refuse notre nom%Q ; vérifiez [%S] ehlo, et auprès de son administrateur que cette machine est admise"},
    [TROUBLE_NO_TLS] = {"SMTP_NO_TLS", "%W n'offre pas STARTTLS%Q ; rien n'a été envoyé ; utilisez smtps:// ou un serveur qui chiffre, ou "
                        "vérifiez que personne ne s'interpose"},
    [TROUBLE_TLS_SPELLING] = {"SMTP_NO_TLS", "%W offre STARTTLS mais ne l'écrit pas en capitales, et libcurl ne le lit pas autrement ; rien n'a été "
                              "envoyé ; utilisez smtps://, ou demandez à son administrateur de l'écrire en capitales"},
    [TROUBLE_INJECTED] = {"SMTP_INJECTED", "%W ajoute des réponses en clair derrière celle à STARTTLS, ce que personne ne fait de bonne foi ; rien "
                          "n'a été envoyé ; vérifiez que personne ne s'interpose entre cette machine et le serveur"},
    [TROUBLE_TLS] = {"SMTP_TLS", "la liaison chiffrée avec %W échoue (%D) ; rien n'a été envoyé ; vérifiez le port (smtps:// pour 465, smtp:// pour "
                     "587) et que le serveur connaît TLS 1.2 ou 1.3"},
    [TROUBLE_CERTIFICATE] = {"SMTP_CERTIFICATE", "le certificat de %W n'est pas digne de confiance : %D ; rien n'a été envoyé ; vérifiez le nom "
                             "dans [%S] url, la date de la machine, ou donnez l'autorité dans [%S] ca_file"},
    [TROUBLE_AUTHORITIES] = {"SMTP_CA_FILE", "les autorités de certification ne peuvent être lues (%D) ; vérifiez [%S] ca_file"},
    [TROUBLE_NO_AUTH] = {"SMTP_LOGIN", "%W n'offre pas l'authentification (AUTH), rien n'a été envoyé ; vérifiez l'adresse et le port (587 ou "
                         "465), ou videz [%S] username si ce serveur n'en veut pas"},
    [TROUBLE_NO_MECHANISM] = {"SMTP_LOGIN", "%W n'offre aucune façon de s'identifier qui convienne (il offre : %O) ; rien n'a été envoyé ; "
                              "vérifiez [%S] auth"},
    [TROUBLE_AUTH_SPELLING] = {"SMTP_LOGIN", "%W écrit ses façons de s'identifier (%O) autrement que libcurl ne les lit : AUTH, une espace, puis leurs "
                               "noms, tout en capitales ; rien n'a été envoyé ; demandez à son administrateur de les écrire ainsi"},
    [TROUBLE_LOGIN] = {"SMTP_LOGIN", "%W refuse l'identifiant ou le mot de passe%Q ; vérifiez [%S] username, password_file et auth"},
    [TROUBLE_LOGIN_LATER] = {"SMTP_LOGIN_LATER", "%W ne peut pas vérifier l'identifiant pour l'instant%Q ; le mot de passe n'est pas en cause ; "
                             "réessayez plus tard, ou prévenez son administrateur"},
    [TROUBLE_TOKEN] = {"SMTP_LOGIN", "%W refuse l'identifiant ou le jeton%Q ; vérifiez [%S] username et que token_file ou token_command "
                       "donne un jeton en cours"},
    [TROUBLE_OTHER] = {"SMTP_OPEN", "la connexion à %W ne s'ouvre pas (%D)%Q ; vérifiez la section [%S]"},
};

static void add_quoted(struct buf *text, const struct smtp_reply *reply) {
    if (reply->code < 400) return; /* a good answer explains nothing */
    buf_add_format(text, " (« %d %s%s%s »)", reply->code, reply->enhanced, *reply->enhanced ? " " : "", reply->text);
}

void connection_trouble_say(enum connection_trouble trouble, const struct trouble_facts *facts, struct err *err) {
    AUTO_BUF text = BUF_INIT(sizeof err->text);
    for (const char *at = TROUBLES[trouble].text; *at; at++) {
        if (*at != '%') buf_add_char(&text, *at);
        else if (*++at == 'W') buf_add_text(&text, facts->where);
        else if (*at == 'S') buf_add_text(&text, facts->section);
        else if (*at == 'Q') add_quoted(&text, facts->reply);
        else if (*at == 'O') buf_add_text(&text, facts->offered);
        else buf_add_text(&text, facts->detail);
    }
    err_set(err, ERR_INPUT, TROUBLES[trouble].code, "%s", buf_text(&text));
    err_printable(err);
}

enum connection_trouble connection_trouble_at_login(const struct opening_talk *talk, bool token) {
    int code = talk->reply.code;
    if (code / 100 == 4) return TROUBLE_LOGIN_LATER;
    if (code / 100 == 2 && talk->auth_misspelt && !talk->auth_read) return TROUBLE_AUTH_SPELLING;
    if (code / 100 == 2) return *talk->offered ? TROUBLE_NO_MECHANISM : TROUBLE_NO_AUTH;
    return token ? TROUBLE_TOKEN : TROUBLE_LOGIN;
}

bool connection_trouble_names_login(enum connection_trouble trouble) {
    return trouble == TROUBLE_LOGIN || trouble == TROUBLE_TOKEN || trouble == TROUBLE_LOGIN_LATER || trouble == TROUBLE_LOST;
}
