/* Certification authorities (GnuTLS): the list to trust, and, once a server has shown its chain, the few of the list that
 * chain needs. A TLS library that reads the list for each connection (libcurl's does: 4 MB and 70 million instructions for
 * the system's) is given the short one; whatever that does not vouch for, the whole list is asked about. */
#ifndef BASE_AUTHORITIES_H
#define BASE_AUTHORITIES_H

#include "base/err.h"

struct authorities;
/* path: a PEM file; "" = the system's (SSL_CERT_FILE where it is set, as for OpenSSL). ERR_INPUT AUTHORITIES. */
struct authorities *authorities_open(const char *path, struct err *err);
void authorities_close(struct authorities *authorities); /* NULL is fine */
AUTO_CLOSE(authorities, authorities_close)

/* A PEM file to trust, for one connection: it stays what it is until it is released, whatever becomes of the list. */
struct authorities_use {
    const char *path; /* borrowed from authorities, or this struct's own */
    bool narrowed;
    int fd; /* keeps a narrowed one alive; -1 = none */
    char fd_path[40];
};
#define AUTHORITIES_UNUSED {.path = NULL, .fd = -1}
/* out must be unused. The whole list when that has changed on disk. */
void authorities_use(struct authorities *authorities, struct authorities_use *out);
void authorities_release(struct authorities_use *use);
/* Quickly read: narrowed, or short from the start. Looks at the disk. */
bool authorities_short(struct authorities *authorities);
/* Narrows to those that the chain of gnutls_session, an established one, names as issuers or contains, and those that the chains
 * of earlier calls did. False when that
 * cannot be done; the whole list stays. Nothing is verified here, and what is left out is only not trusted. */
bool authorities_narrow(struct authorities *authorities, void *gnutls_session);
void authorities_widen(struct authorities *authorities); /* back to the whole list */

/* French, of a gnutls_certificate_verify_peers2 status: why a certificate is not trusted; "" when that says nothing. */
const char *certificate_fault(unsigned status);

#endif
