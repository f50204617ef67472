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

/* A PEM file to trust, good until the next call of this or the two below. The whole list again when it has changed on disk. */
const char *authorities_file(struct authorities *authorities);
bool authorities_short(const struct authorities *authorities); /* that file is quickly read: narrowed, or short from the start */
/* Narrows to those that the chain of gnutls_session, an established one, names as issuers or contains. False when that
 * cannot be done; the whole list stays. Nothing is verified here, and what is left out is only not trusted. */
bool authorities_narrow(struct authorities *authorities, void *gnutls_session);
void authorities_widen(struct authorities *authorities); /* back to the whole list; true news only when it was narrowed */
bool authorities_narrowed(const struct authorities *authorities);

/* French, of a gnutls_certificate_verify_peers2 status: why a certificate is not trusted; "" when that says nothing. */
const char *certificate_fault(unsigned status);

#endif
