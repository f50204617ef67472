/* Why a connection did not open, in words: what is wrong, what was kept back, what to do. */
#ifndef MAILER_SEND_CONNECTION_TROUBLE_H
#define MAILER_SEND_CONNECTION_TROUBLE_H

#include "base/err.h"
#include "mailer/send/opening_talk.h"

enum connection_trouble {
    TROUBLE_RESOLVE, TROUBLE_CONNECT, TROUBLE_TIMEOUT, TROUBLE_LOST, TROUBLE_REFUSED, TROUBLE_EHLO, /* before or beside TLS */
    TROUBLE_NO_TLS, TROUBLE_TLS_SPELLING, TROUBLE_INJECTED, TROUBLE_TLS, TROUBLE_CERTIFICATE, TROUBLE_AUTHORITIES,
    TROUBLE_NO_AUTH, TROUBLE_NO_MECHANISM, TROUBLE_AUTH_SPELLING, TROUBLE_LOGIN, TROUBLE_LOGIN_LATER, TROUBLE_TOKEN,
    TROUBLE_OTHER
};
struct trouble_facts {
    const char *where, *section;    /* host:port; smtp, smtp.secours */
    const struct smtp_reply *reply; /* the server's last words; quoted when they are a refusal */
    const char *detail;             /* the library's words, or ours */
    const char *offered;            /* mechanisms of the server's AUTH line; "" = none */
};
/* Fills err: ERR_INPUT, its code one word for each kind (SMTP_NO_TLS, SMTP_INJECTED, SMTP_CERTIFICATE …). */
void connection_trouble_say(enum connection_trouble trouble, const struct trouble_facts *facts, struct err *err);

/* After AUTH, or instead of it: what the server's last words tell. token: it was one that was refused, not a password. */
enum connection_trouble connection_trouble_at_login(const struct opening_talk *talk, bool token);
/* The server's last words may be about what we logged in with. */
bool connection_trouble_names_login(enum connection_trouble trouble);

#endif
