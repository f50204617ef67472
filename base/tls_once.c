/* A hook before the ClientHello that would answer. */
#include "base/tls_once.h"

#include <gnutls/gnutls.h>

static int refuse(gnutls_session_t session, unsigned message, unsigned when, unsigned incoming, const gnutls_datum_t *bytes) {
    (void)session, (void)message, (void)when, (void)incoming, (void)bytes;
    return GNUTLS_E_UNWANTED_ALGORITHM; /* any fatal one */
}

void tls_once(void *gnutls_session) {
    gnutls_handshake_set_hook_function(gnutls_session, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_PRE, refuse);
}
