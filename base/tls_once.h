/* A TLS session that shakes hands once (GnuTLS). With TLS 1.2 a server may ask for another handshake at any moment (RFC 5246
 * 7.4.1.1), and a library that answers that waits for it: libcurl's does, inside a call that never waits otherwise. TLS 1.3 knows no
 * such thing. */
#ifndef BASE_TLS_ONCE_H
#define BASE_TLS_ONCE_H

/* Of an established one: whoever begins another handshake on it is given an error at once (the RFC lets the client refuse). */
void tls_once(void *gnutls_session);

#endif
