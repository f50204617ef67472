/* Where a mailbox is: imaps://host[:port][/folder] (implicit TLS, RFC 8314) or imap:// (STARTTLS); a part of RFC 5092. */
#ifndef MAILER_INBOX_IMAP_URL_H
#define MAILER_INBOX_IMAP_URL_H

#include "base/err.h"

struct imap_url {
    char host[256], port[6]; /* host: a name or an address without brackets */
    char folder[512];        /* as the protocol writes it (modified UTF-7, RFC 3501 section 5.1.3); "INBOX" where the URL names none */
    bool implicit_tls;
};
/* The folder is percent-encoded UTF-8, or plain. ERR_INPUT IMAP_URL: anything else, and whoever writes a user or a password there. */
bool imap_url_parse(const char *text, struct imap_url *url, struct err *err);
/* UTF-8 into what the protocol writes; false when it does not fit, is not UTF-8, or has controls. */
bool imap_folder_name(const char *utf8, char *out, size_t size_bytes);

#endif
