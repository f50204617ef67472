/* Hands messages to one SMTP relay over several connections at once, one loop. libcurl connects (TLS, AUTH),
 * our dialogue speaks.
 *
 * Where the relay pipelines, a connection holds two deliveries: the current one, and the next, whose commands
 * leave behind the current one's final dot; so twice as many may be in hand as there are connections, and a
 * message costs one round trip. Those submitted before sender_dot() of those that want their dot leave in the
 * same write. One dot a connection at most is ever unanswered. */
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
    const char *section;  /* of the configuration, for people: smtp, smtp.secours; NULL = smtp */
    const char *url;      /* smtp://host:port or smtps://host:port */
    const char *starttls; /* required | opportunistic | off */
    const char *username, *password; /* "" = no AUTH; never without TLS but to loopback */
    struct access_token *access_token; /* NULL = the password; borrowed, asked before each connection */
    enum smtp_auth auth;
    const char *ca_file;  /* "" = the system's */
    const char *ehlo_name;
    int connections;
    /* How long the server may take (RFC 5321 4.5.3.2); 0 = the time named here. Bytes that drip in prolong nothing; what does
     * is a whole reply, which begins the next wait, and a piece of the body that left. */
    int64_t connect_timeout_ms;  /* 30 s (ours, the RFC has none): name, TCP, implicit TLS */
    int64_t greeting_timeout_ms; /* 5 min: greeting, STARTTLS and log-in together; then our own EHLO again */
    int64_t mail_timeout_ms;     /* 5 min; RSET too */
    int64_t rcpt_timeout_ms;     /* 5 min */
    int64_t data_timeout_ms;     /* 2 min: from DATA to its 354 */
    int64_t block_timeout_ms;    /* 3 min: the body does not leave */
    int64_t dot_timeout_ms;      /* 10 min; a shorter one makes doubts */
};

struct sender; /* opaque: only connection_curl.c knows libcurl */
/* What the sender asks its owner, between steps. */
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
int sender_free_slots(const struct sender *sender); /* deliveries that may be submitted now; 2 * connections when there are none */
int sender_in_flight(const struct sender *sender);  /* … whose end has not been told yet */
/* Copies what it is given. delivery_id, of no other delivery in flight, comes back in events. Connections open on demand;
 * where the relay takes fewer than asked for, deliveries wait for those it took. ERR_RETRY: no slot is free, or the sender was
 * stopped. A delivery that ends at SMTP_AT_GREETING never had a connection: sender_trouble() says why. */
bool sender_submit(struct sender *sender, int64_t delivery_id, const struct smtp_envelope *envelope, struct err *err);
/* Waits at most wait_ms for the network, then works. Writes the events, of which there are at most 4 * connections; those that
 * room does not hold come first in the next step. */
size_t sender_step(struct sender *sender, int wait_ms, struct sender_event *events, size_t room);
void sender_dot(struct sender *sender, int64_t delivery_id);  /* after SENDER_WANTS_DOT */
/* Certainly not sent if its dot was not let go: the connection is cut; no event follows, and of what else was under way on it
 * the current delivery ends (in doubt where its dot is out), the next goes back to waiting. Of a delivery whose commands ride
 * behind another's dot the connection is cut only when that one has its answer; until then it keeps its slot. */
void sender_drop(struct sender *sender, int64_t delivery_id);
/* Forgets a delivery that has not begun: it waits, or no byte of its commands has left. No connection is harmed and no event
 * follows. false: it has begun, or its end is about to be told (or there is none such). */
bool sender_take_back(struct sender *sender, int64_t delivery_id);
/* No connection is opened any more, and those being opened are given up; deliveries that have none end: SMTP_AT_GREETING, code
 * 0. Those under way go on; steps and dots as before. */
void sender_stop(struct sender *sender);
/* Opens one connection, says EHLO, QUIT: for relais check. ERR_INPUT names what is wrong (server unreachable, password
 * refused, certificate) and the remedy. A person waits: the greeting has only connect_timeout_ms. */
bool sender_try(const struct sender_relay *relay, struct err *err);
/* Last connection fault that struck no delivery ("" when none): why nothing gets through; cleared by a success. */
const char *sender_trouble(const struct sender *sender);

/* For one loop over several senders: a descriptor that is readable when sender_step(sender, 0, …) has work from the network.
 * It says nothing of time-outs, of events due, nor of connections being opened, which are libcurl's: step after at most
 * sender_wait_ms() all the same. */
int sender_fd(const struct sender *sender);
int sender_wait_ms(const struct sender *sender, int wait_ms); /* wait_ms or less: 0 events are due, 10 while connections open */

#endif
