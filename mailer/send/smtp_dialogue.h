/* The client's side of SMTP transactions (RFC 5321), without I/O: bytes in, bytes and events out.
 *
 * A dialogue begins where the connection was handed over: after EHLO (and STARTTLS, AUTH). It sends EHLO once
 * itself to learn the extensions, then transactions: MAIL, RCPT, DATA (in one write where the server offers
 * PIPELINING, RFC 2920), the body dot-stuffed, and then it STOPS before the final dot until smtp_dialogue_dot()
 * is called: the caller arms the delivery first.
 *
 * Where the server offers PIPELINING two transactions may be in flight: the current one, and the next, whose
 * commands leave behind the current one's final dot (RFC 2920 3.1 allows just that). Its body never does: it
 * waits for the 354, which comes behind the answer to the dot. So at most one dot is ever unanswered. */
#ifndef MAILER_SEND_SMTP_DIALOGUE_H
#define MAILER_SEND_SMTP_DIALOGUE_H

#include "mailer/send/smtp_reply.h"

struct smtp_dialogue;
enum smtp_event {
    SMTP_NOTHING,    /* feed more bytes */
    SMTP_READY,      /* a transaction may be given */
    SMTP_WANTS_DOT,  /* the whole body is in the output; arm, then smtp_dialogue_dot() */
    SMTP_ENDED,      /* the current transaction is over: smtp_dialogue_result(); the next one, if any, is the current one now */
    SMTP_BROKEN,     /* said once: the server is not to be talked to any more: drop the connection. If a transaction was open
                        its result is set (phase says where it stood); likewise when EHLO failed. A next one that was in flight
                        behind it has certainly not been sent, and has no result */
};
enum smtp_phase { SMTP_AT_GREETING, SMTP_AT_EHLO, SMTP_AT_MAIL, SMTP_AT_RCPT, SMTP_AT_DATA, SMTP_AT_BODY, SMTP_AT_DOT,
                  SMTP_AT_RSET, SMTP_AT_QUIT };
extern const char *const SMTP_PHASE[];

struct smtp_result {
    enum smtp_phase phase;   /* whose reply decided */
    struct smtp_reply reply; /* code 0: the link was lost there */
};

struct smtp_envelope {
    const char *return_path; /* no < >; canonical addresses (lists/address.h) */
    const char *recipient;
    const char *envelope_id; /* DSN ENVID (xtext is made here), "" = none */
    const char *bytes;       /* canonical message, CRLF, not dot-stuffed; borrowed until this transaction's ENDED, or BROKEN */
    size_t length;
};

enum { SMTP_MESSAGE_BYTES = 64 * 1024 * 1024 }; /* the largest message taken, whatever the server says */

struct smtp_dialogue *smtp_dialogue_open(const char *ehlo_name);
/* What the server offered to whoever greeted it before (its answer to EHLO, whole): that stands where it will not be greeted again. */
void smtp_dialogue_offered(struct smtp_dialogue *dialogue, const char *bytes, size_t length);
void smtp_dialogue_close(struct smtp_dialogue *dialogue); /* NULL is fine */
AUTO_CLOSE(smtp_dialogue, smtp_dialogue_close)

/* Output to write to the server; take what was written. */
const char *smtp_dialogue_output(const struct smtp_dialogue *dialogue, size_t *length);
void smtp_dialogue_wrote(struct smtp_dialogue *dialogue, size_t length);
/* Input from the server; NULL, 0 = the link is gone. Call smtp_dialogue_event until SMTP_NOTHING after each. */
void smtp_dialogue_feed(struct smtp_dialogue *dialogue, const char *bytes, size_t length);
enum smtp_event smtp_dialogue_event(struct smtp_dialogue *dialogue);

/* Whether a transaction may be given now: nothing is in flight, or the current one's dot is let go, the server pipelines and
 * there is no next one. */
bool smtp_dialogue_takes(const struct smtp_dialogue *dialogue);
/* Begins a transaction, or puts the next one behind the current. false: an address or message that cannot go out: nothing
 * was written, and result has code 0 and an enhanced code of ours: 5.1.7 return path or 5.1.3 recipient with a control,
 * a space, < or >; 5.6.7 an address needs SMTPUTF8 and the server lacks it; 5.6.0 NUL, bare CR or bare LF in the
 * message; 5.3.4 message larger than the server takes (RFC 1870). A further transaction may be given then. Also false, with no enhanced
 * code, when none may be given: smtp_dialogue_takes(). */
bool smtp_dialogue_send(struct smtp_dialogue *dialogue, const struct smtp_envelope *envelope);
/* Forgets the next transaction, if no byte of its commands was written; false: there is none, or they are out. */
bool smtp_dialogue_unsend(struct smtp_dialogue *dialogue);
/* After SMTP_WANTS_DOT: lets the final dot go. The dot is in the output then, behind what is left of the body: until all
 * of it is written the phase stays SMTP_AT_BODY, for a server without the whole dot has taken nothing. */
void smtp_dialogue_dot(struct smtp_dialogue *dialogue);
const struct smtp_result *smtp_dialogue_result(const struct smtp_dialogue *dialogue); /* good until the next event is asked for */
enum smtp_phase smtp_dialogue_phase(const struct smtp_dialogue *dialogue); /* of the current transaction; for time-outs */
/* Queues QUIT, when nothing is in flight. The answer is SMTP_BROKEN: nothing more to say. */
void smtp_dialogue_quit(struct smtp_dialogue *dialogue);

#endif
