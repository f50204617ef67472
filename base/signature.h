/* Signing with a private key from a file (GnuTLS): RSA with SHA-256, PKCS #1 v1.5 (RFC 8017), and Ed25519 over a SHA-256
 * digest (RFC 8463). Both are deterministic: the same digest gives the same signature. */
#ifndef BASE_SIGNATURE_H
#define BASE_SIGNATURE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum signing_kind { SIGNING_RSA, SIGNING_ED25519 };
struct signing_key;
/* A PEM file that only its owner can read, without a pass phrase. ERR_INPUT says what is wrong and what to do: nobody's
 * file, another kind of key, RSA of fewer than 1024 bits. */
struct signing_key *signing_key_load(const char *path, struct err *err);
void signing_key_free(struct signing_key *key); /* NULL is fine */
AUTO_CLOSE(signing_key, signing_key_free)
enum signing_kind signing_key_kind(const struct signing_key *key);
unsigned signing_key_bits(const struct signing_key *key);
/* Appends the raw signature. ERR_FATAL when GnuTLS will not. */
bool signing_sign(struct signing_key *key, const uint8_t digest[SHA256_BYTES], struct buf *out, struct err *err);
/* Whether a signature made here is one, by the key's public half. */
bool signing_verify(struct signing_key *key, const uint8_t digest[SHA256_BYTES], const char *signature, size_t length);
/* Appends the public half as DKIM publishes it: SubjectPublicKeyInfo of RSA, the bare 32 bytes of Ed25519. */
void signing_key_public(struct signing_key *key, struct buf *out);

#endif
