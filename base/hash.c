/* GnuTLS does the arithmetic; this file is where it is asked. */
#include "base/hash.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A digest or random generator that fails has no fallback worth having. */
static void or_die(int status) {
    if (status >= 0) return;
    fprintf(stderr, "relais: GnuTLS : %s\n", gnutls_strerror(status));
    abort();
}

void sha256(const void *bytes, size_t length, uint8_t out[SHA256_BYTES]) {
    or_die(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, length, out));
}

static void to_hex(const uint8_t digest[SHA256_BYTES], char out[SHA256_HEX]) {
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = DIGITS[digest[i] >> 4];
        out[2 * i + 1] = DIGITS[digest[i] & 15];
    }
    out[2 * SHA256_BYTES] = '\0';
}

void sha256_hex(const void *bytes, size_t length, char out[SHA256_HEX]) {
    uint8_t digest[SHA256_BYTES];
    sha256(bytes, length, digest);
    to_hex(digest, out);
}

struct sha256_stream {
    gnutls_hash_hd_t handle;
};

struct sha256_stream *sha256_begin(void) {
    struct sha256_stream *stream = mem_new(1, sizeof *stream);
    or_die(gnutls_hash_init(&stream->handle, GNUTLS_DIG_SHA256));
    return stream;
}

void sha256_add(struct sha256_stream *stream, const void *bytes, size_t length) {
    or_die(gnutls_hash(stream->handle, bytes, length));
}

void sha256_end(struct sha256_stream *stream, char out_hex[SHA256_HEX]) {
    uint8_t digest[SHA256_BYTES];
    gnutls_hash_deinit(stream->handle, digest);
    to_hex(digest, out_hex);
    free(stream);
}

void hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t out[SHA256_BYTES]) {
    or_die(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_length, bytes, length, out));
}

bool hash_equal(const void *a, const void *b, size_t length) { return !gnutls_memcmp(a, b, length); }

static const char BASE32[] = "abcdefghijklmnopqrstuvwxyz234567";

void base32_encode(const void *bytes, size_t length, char *out) {
    const uint8_t *in = bytes;
    uint32_t held = 0;
    unsigned held_bits = 0;
    for (size_t i = 0; i < length; i++) {
        held = held << 8 | in[i];
        held_bits += 8;
        for (; held_bits >= 5; held_bits -= 5) *out++ = BASE32[held >> (held_bits - 5) & 31];
    }
    if (held_bits) *out++ = BASE32[held << (5 - held_bits) & 31];
    *out = '\0';
}

static int base32_value(char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

int base32_decode(const char *text, size_t text_length, uint8_t *out, size_t out_size) {
    uint32_t held = 0;
    unsigned held_bits = 0;
    size_t written = 0;
    for (size_t i = 0; i < text_length; i++) {
        int value = base32_value(text[i]);
        if (value < 0) return -1;
        held = held << 5 | (uint32_t)value;
        held_bits += 5;
        if (held_bits < 8) continue;
        if (written == out_size) return -1;
        held_bits -= 8;
        out[written++] = (uint8_t)(held >> held_bits);
    }
    return (int)written;
}

void random_bytes(void *out, size_t length) { or_die(gnutls_rnd(GNUTLS_RND_NONCE, out, length)); }

double random_unit(void) {
    uint32_t value;
    random_bytes(&value, sizeof value);
    return value / 4294967296.0;
}
