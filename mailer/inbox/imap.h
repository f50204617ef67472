/* One mailbox on an IMAP server (RFC 3501), logged in and selected. libetpan speaks the protocol; the connection, its TLS and its limits are
 * ours (base/net_stream.h, imap_guard.h). After any failure but ERR_INPUT of a command the connection is of no more use: close it. */
#ifndef MAILER_INBOX_IMAP_H
#define MAILER_INBOX_IMAP_H

#include "base/buf.h"
#include "base/err.h"
#include "mailer/inbox/imap_url.h"
#include "mailer/send/access_token.h"

enum imap_tls { IMAP_TLS_REQUIRED, IMAP_TLS_IF_OFFERED, IMAP_TLS_OFF }; /* STARTTLS, for imap:// */
enum imap_auth { IMAP_AUTH_AUTO, IMAP_AUTH_PLAIN, IMAP_AUTH_LOGIN, IMAP_AUTH_XOAUTH2 };
enum { IMAP_IDLE = 1, IMAP_MOVE = 2, IMAP_UIDPLUS = 4, IMAP_SASL_IR = 8, IMAP_STARTTLS = 16, IMAP_LOGIN_DISABLED = 32, IMAP_PLAIN = 64, IMAP_XOAUTH2 = 128 };

struct imap_account { /* texts are borrowed for as long as the account is used */
    const char *section; /* of the configuration, for people: inbox, inbox.amf29 */
    struct imap_url url;
    enum imap_tls tls;
    enum imap_auth auth;
    const char *username, *password_file; /* the file is read for each log-in, and what it says wiped after it */
    const char *token_file, *token_command; /* instead of it; "" = none */
    struct access_token *token;           /* of these, opened by whoever opens the connection; NULL with a password */
    const char *ca_file;                  /* "" = the system's authorities */
    int64_t connect_ms, reply_ms;         /* reply_ms: for one command; one that fetches gets a second more for each IMAP_SLOWEST bytes */
};
enum { IMAP_SLOWEST = 50000 };
/* ERR_INPUT: starttls off to another machine, a way to log in that does not go with what there is. Opens nothing. */
bool imap_account_fits(const struct imap_account *account, struct err *err);

struct imap;
/* Connects, verifies the certificate, logs in and selects the folder. Credentials go over verified TLS 1.2 or newer, or to loopback, and nowhere
 * else; what a server says before STARTTLS counts for nothing after it. ERR_INPUT CERTIFICATE, IMAP_LOGIN, IMAP_FOLDER, SECRET …: somebody
 * has to do something; ERR_RETRY NET, TLS, IMAP …: the server or the network may come round. */
struct imap *imap_open(const struct imap_account *account, struct err *err);
void imap_close(struct imap *imap); /* says LOGOUT where it still can, waits a second at most; NULL is fine */
AUTO_CLOSE(imap, imap_close)

unsigned imap_can(const struct imap *imap); /* IMAP_IDLE … */
uint32_t imap_uidvalidity(const struct imap *imap);
uint32_t imap_exists(const struct imap *imap); /* messages in the folder, as last told */
int imap_fd(const struct imap *imap);
bool imap_pending(const struct imap *imap); /* something was said that poll will not show */

/* -- commands --------------------------------------------------------------------------------------------------------- */
struct imap_listed { uint32_t uid, size_bytes; bool deleted; };
/* Messages number first to last (from 1), at most as many as there is room for, in order of UID. -1 on error. */
int imap_list(struct imap *imap, uint32_t first, uint32_t last, struct imap_listed *out, int room, struct err *err);
/* Bodies of uids as they are (\Seen is left alone), each at most limit_bytes, together at most most_bytes: each told once, in no particular order;
 * one that is gone is not told. A limit of 0 = whole messages. */
typedef void imap_told(void *ctx, uint32_t uid, const char *bytes, size_t length);
bool imap_fetch(struct imap *imap, const uint32_t *uids, int count, uint32_t limit_bytes, size_t most_bytes, imap_told *told, void *ctx, struct err *err);
/* Into folder, which is created when it is missing, never losing one: UID MOVE, else UID COPY, then \Deleted, then, with UIDPLUS, UID EXPUNGE of
 * these alone. Without UIDPLUS they stay, marked \Deleted. */
bool imap_move(struct imap *imap, const uint32_t *uids, int count, const char *folder, struct err *err);
bool imap_noop(struct imap *imap, struct err *err);
bool imap_idle(struct imap *imap, struct err *err);      /* from now on it tells, unasked: watch imap_fd */
bool imap_idle_was_told(const struct imap *imap);        /* before it began, something was said that counts nowhere */
bool imap_idle_done(struct imap *imap, struct err *err); /* before any other command */

#endif
