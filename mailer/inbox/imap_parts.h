/* What the files of the IMAP client share; imap.h is what others see. */
#ifndef MAILER_INBOX_IMAP_PARTS_H
#define MAILER_INBOX_IMAP_PARTS_H

#include "base/net_stream.h"
#include "mailer/inbox/imap.h"
#include "mailer/inbox/imap_guard.h"

struct mailimap;
struct imap {
    const struct imap_account *account;
    struct net_stream *stream;
    struct imap_guard guard;
    const char *too_much; /* what imap_guard refused; "" */
    bool broken, idling;  /* broken: nothing more is read or written */
    struct mailimap *session;
    unsigned can;
    bool greeted;
    char bye[200]; /* what it greeted us with when it does not want us */
    char where[300]; /* host:port */
    uint32_t uidvalidity;
    char folder_made[600]; /* the folder that exists for imap_move; "" = not looked yet */
};

/* Before each command: its limits in bytes, and its time. */
void imap_command(struct imap *imap, size_t most_bytes, size_t literal_most);
/* libetpan's stream over ours, given to the session; reads the greeting. libetpan's code. */
int imap_stream_connect(struct imap *imap);
/* Fills err from what broke the connection, or else from what the server answered: kind and code are for the second. Returns false. */
bool imap_failed(struct imap *imap, enum err_kind kind, const char *code, const char *what, struct err *err);
bool imap_log_in(struct imap *imap, struct err *err);
bool imap_ask_capabilities(struct imap *imap, struct err *err);

#endif
