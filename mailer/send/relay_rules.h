/* What a relay's options may be together, judged before anything is opened. */
#ifndef MAILER_SEND_RELAY_RULES_H
#define MAILER_SEND_RELAY_RULES_H

#include "mailer/send/sender.h"

enum relay_tls { RELAY_TLS_NEVER, RELAY_TLS_IF_OFFERED, RELAY_TLS_ALWAYS };
struct relay_place {
    char where[310]; /* host:port, for people */
    bool implicit_tls, loopback;
};
bool host_is_loopback(const char *host); /* a name or an address without brackets */
/* Puts « [section] key » in front of the sentence; returns false. */
bool relay_at_key(const struct sender_relay *relay, const char *key, struct err *err);
/* ERR_INPUT: an EHLO name that is none, starttls off to a host that is not loopback, a way to log in that does not go with what
 * there is to log in with. */
bool relay_options_fit(const struct sender_relay *relay, const struct relay_place *place, struct err *err);
/* "opportunistic" is enough for mail, never for a password: a man in the middle strips STARTTLS at will. */
enum relay_tls relay_tls_wanted(const struct sender_relay *relay, const struct relay_place *place);
/* Whether what logs in may be handed to the line at all. */
bool relay_may_log_in(const struct sender_relay *relay, const struct relay_place *place);

#endif
