/* Digests, proofs and randomness (GnuTLS): SHA-256, HMAC-SHA-256 (RFC 2104), base32 (RFC 4648). */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/err.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 65 };

void sha256(const void *bytes, size_t length, uint8_t out[SHA256_BYTES]);
/* Lower-case hexadecimal, NUL-terminated. */
void sha256_hex(const void *bytes, size_t length, char out[SHA256_HEX]);

/* A digest of many pieces. sha256_end also frees. */
struct sha256_stream;
struct sha256_stream *sha256_begin(void);
void sha256_add(struct sha256_stream *stream, const void *bytes, size_t length);
void sha256_end(struct sha256_stream *stream, char out_hex[SHA256_HEX]);

void hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t out[SHA256_BYTES]);
bool hash_equal(const void *a, const void *b, size_t length); /* constant time */

/* RFC 4648 section 6, lower case, no padding. out holds (length * 8 + 4) / 5 + 1 bytes. */
void base32_encode(const void *bytes, size_t length, char *out);
/* Either case; returns bytes written, or -1 when text holds another character or out is too small. */
int base32_decode(const char *text, size_t text_length, uint8_t *out, size_t out_size);

void random_bytes(void *out, size_t length);
double random_unit(void); /* 0 <= x < 1, from the same source */

#endif
