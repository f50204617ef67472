/* DKIM (RFC 6376, 8301, 8463): signatures of a finished message, relaxed/relaxed, From over-signed, the headers by which
 * one leaves the list included (RFC 8058). */
#ifndef TEMPLATES_DKIM_H
#define TEMPLATES_DKIM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/signature.h"

enum { DKIM_KEYS = 2, DKIM_SELECTOR = 64 };

struct dkim; /* domain, keys, and room that is used again for every message */
struct dkim *dkim_open(const char *domain);
void dkim_close(struct dkim *dkim); /* NULL is fine */
AUTO_CLOSE(dkim, dkim_close)
/* Takes the key over. At most DKIM_KEYS: one RSA, which everybody knows, and one Ed25519. */
void dkim_add_key(struct dkim *dkim, const char *selector, struct signing_key *key);
/* A name below _domainkey: labels of letters, digits and hyphens. */
bool dkim_selector_valid(const char *selector);

/* Appends one DKIM-Signature for each key, to stand before the message. Deterministic: signed_ms (t=) is the message's
 * Date. bytes: canonical, CRLF everywhere (message_check). */
bool dkim_sign(struct dkim *dkim, const char *bytes, size_t length, int64_t signed_ms, struct buf *out, struct err *err);

/* The record to publish: SELECTOR._domainkey.DOMAIN. IN TXT "v=DKIM1; …", in strings of at most 255 octets. */
void dkim_record(const char *domain, const char *selector, struct signing_key *key, struct buf *out);

#endif
