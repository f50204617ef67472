/* Hands messages to one SMTP relay over several connections at once, one loop. libcurl connects (TLS, AUTH),
 * our dialogue speaks. */
#ifndef MAILER_SEND_SENDER_H
#define MAILER_SEND_SENDER_H

#include "base/err.h"
#include "mailer/send/smtp_dialogue.h"

/* How to log in (RFC 4954). AUTO: with a password the best of SCRAM-SHA-256 (where libcurl has it), CRAM-MD5, PLAIN and LOGIN
 * that the server offers, with an access token OAUTHBEARER or XOAUTH2. */
enum smtp_auth { SMTP_AUTH_AUTO, SMTP_AUTH_PLAIN, SMTP_AUTH_LOGIN, SMTP_AUTH_CRAM_MD5, SMTP_AUTH_SCRAM_SHA_256, SMTP_AUTH_XOAUTH2,
                 SMTP_AUTH_OAUTHBEARER };
struct access_token;

struct sender_relay {
    const char *url;      /* smtp://host:port or smtps://host:port */
    const char *starttls; /* required | opportunistic | off */
    const char *username, *password; /* "" = no AUTH; never without TLS but to loopback */
    struct access_token *access_token; /* NULL = the password; borrowed, asked before each connection */
    enum smtp_auth auth;
    const char *ca_file;  /* "" = the system's */
    const char *ehlo_name;
    int connections;
    int64_t connect_timeout_ms, reply_timeout_ms, dot_timeout_ms;
};

struct sender; /* opaque: only connection_curl.c knows libcurl */
/* What the sender asks its owner, between steps. slot: 0 … connections-1. */
enum sender_event_kind {
    SENDER_WANTS_DOT, /* the body is out; answer with sender_dot() or sender_drop() */
    SENDER_ENDED,     /* result is set; may come before the dot was answered for, when the server had enough */
};
struct sender_event {
    enum sender_event_kind kind;
    int64_t delivery_id;
    struct smtp_result result; /* SENDER_ENDED */
};

/* Copies relay; opens no connection yet. ERR_INPUT for a URL or option that cannot be (off to a host that is not loopback). */
struct sender *sender_open(const struct sender_relay *relay, struct err *err);
void sender_close(struct sender *sender); /* NULL is fine; idle connections say QUIT, none is waited for */
AUTO_CLOSE(sender, sender_close)
int sender_free_slots(const struct sender *sender);  /* deliveries that may be submitted now */
int sender_in_flight(const struct sender *sender);
/* Copies what it is given. delivery_id comes back in events. Connections open on demand; where the relay takes fewer than
 * asked for, deliveries wait for those it took. ERR_RETRY: no slot is free. A delivery that ends at SMTP_AT_GREETING never
 * had a connection: sender_trouble() says why. */
bool sender_submit(struct sender *sender, int64_t delivery_id, const struct smtp_envelope *envelope, struct err *err);
/* Waits at most wait_ms for the network, then works; appends to events (room of at least 2 * connections). */
size_t sender_step(struct sender *sender, int wait_ms, struct sender_event *events, size_t room);
void sender_dot(struct sender *sender, int64_t delivery_id);  /* after SENDER_WANTS_DOT */
void sender_drop(struct sender *sender, int64_t delivery_id); /* cut the connection: certainly not sent; no event follows */
/* Opens one connection, says EHLO, QUIT: for relais check. ERR_INPUT names what is wrong (server unreachable, password
 * refused, certificate) and the remedy. */
bool sender_try(const struct sender_relay *relay, struct err *err);
/* Last connection fault that struck no delivery ("" when none): why nothing gets through; cleared by a success. */
const char *sender_trouble(const struct sender *sender);

#endif
