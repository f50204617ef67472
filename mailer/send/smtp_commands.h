/* What the client says before a body: the commands of one transaction, with the parameters of the extensions that the
 * server offers: SIZE (RFC 1870), DSN (3461, 6533), SMTPUTF8 (6531). Text only, no state. */
#ifndef MAILER_SEND_SMTP_COMMANDS_H
#define MAILER_SEND_SMTP_COMMANDS_H

#include "mailer/send/smtp_dialogue.h"

struct smtp_extensions {
    bool pipelining, dsn, utf8, size;
    size_t size_limit; /* of a message; 0 = not said */
};
/* Reads a whole positive reply to EHLO: one extension a line, after the first, which is the server's name. */
void smtp_extensions_read(struct smtp_extensions *offers, const char *bytes, size_t length);

/* Why an envelope cannot go out; enhanced NULL when it can. */
struct smtp_unfit {
    enum smtp_phase phase;
    const char *enhanced, *text; /* static */
};
struct smtp_unfit smtp_envelope_unfit(const struct smtp_envelope *envelope, const struct smtp_extensions *offers);

/* One command each, appended with its CR LF; only for an envelope that fits. */
void smtp_add_mail(struct buf *out, const struct smtp_envelope *envelope, const struct smtp_extensions *offers);
void smtp_add_recipient(struct buf *out, const struct smtp_envelope *envelope, const struct smtp_extensions *offers);

#endif
