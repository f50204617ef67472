/* Keys and signatures by GnuTLS. */
#include "base/signature.h"

#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { RSA_LEAST_BITS = 1024 };

struct signing_key {
    gnutls_privkey_t private;
    gnutls_pubkey_t public;
    enum signing_kind kind;
    unsigned bits;
};

void signing_key_free(struct signing_key *key) {
    if (!key) return;
    if (key->private) gnutls_privkey_deinit(key->private);
    if (key->public) gnutls_pubkey_deinit(key->public);
    free(key);
}

static bool import(struct signing_key *key, char *bytes, size_t length) {
    const gnutls_datum_t pem = {.data = (unsigned char *)bytes, .size = (unsigned)length};
    return gnutls_privkey_init(&key->private) >= 0 && gnutls_pubkey_init(&key->public) >= 0 &&
           gnutls_privkey_import_x509_raw(key->private, &pem, GNUTLS_X509_FMT_PEM, NULL, 0) >= 0 &&
           gnutls_pubkey_import_privkey(key->public, key->private, 0, 0) >= 0;
}

static bool judge(struct signing_key *key, const char *path, struct err *err) {
    int algorithm = gnutls_privkey_get_pk_algorithm(key->private, &key->bits);
    key->kind = algorithm == GNUTLS_PK_RSA ? SIGNING_RSA : SIGNING_ED25519;
    if (algorithm != GNUTLS_PK_RSA && algorithm != GNUTLS_PK_EDDSA_ED25519)
        return err_set(err, ERR_INPUT, "SIGNING_KEY", "la clé de « %s » n'est ni RSA ni Ed25519", path);
    return key->kind != SIGNING_RSA || key->bits >= RSA_LEAST_BITS ||
           err_set(err, ERR_INPUT, "SIGNING_KEY", "la clé RSA de « %s » n'a que %u bits ; il en faut 2048", path, key->bits);
}

struct signing_key *signing_key_load(const char *path, struct err *err) {
    AUTO_SECRET bytes = BUF_INIT(SECRET_BYTES);
    if (!secret_bytes_read(path, "SIGNING_KEY", &bytes, err)) return NULL;
    struct signing_key *key = mem_new(1, sizeof *key);
    bool good = import(key, bytes.bytes, bytes.length);
    if (!good)
        err_set(err, ERR_INPUT, "SIGNING_KEY", "« %s » ne contient pas de clé privée PEM sans mot de passe ; créez-en une par : "
                "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %s", path, path);
    if (good && judge(key, path, err)) return key;
    signing_key_free(key);
    return NULL;
}

enum signing_kind signing_key_kind(const struct signing_key *key) { return key->kind; }
unsigned signing_key_bits(const struct signing_key *key) { return key->bits; }

/* Ed25519 signs the digest as its message (RFC 8463 section 3). */
bool signing_sign(struct signing_key *key, const uint8_t digest[SHA256_BYTES], struct buf *out, struct err *err) {
    uint8_t copy[SHA256_BYTES];
    memcpy(copy, digest, sizeof copy);
    const gnutls_datum_t data = {.data = copy, .size = sizeof copy};
    gnutls_datum_t signature = {0};
    int status = key->kind == SIGNING_RSA ? gnutls_privkey_sign_hash(key->private, GNUTLS_DIG_SHA256, 0, &data, &signature)
                                          : gnutls_privkey_sign_data2(key->private, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &signature);
    if (status < 0) return err_set(err, ERR_FATAL, "SIGNATURE", "GnuTLS ne signe pas : %s", gnutls_strerror(status));
    buf_add(out, signature.data, signature.size);
    gnutls_free(signature.data);
    return true;
}

bool signing_verify(struct signing_key *key, const uint8_t digest[SHA256_BYTES], const char *signature, size_t length) {
    uint8_t copy[SHA256_BYTES];
    AUTO_TEXT bytes = text_dup_n(signature, length);
    memcpy(copy, digest, sizeof copy);
    const gnutls_datum_t data = {.data = copy, .size = sizeof copy}, given = {.data = (unsigned char *)bytes, .size = (unsigned)length};
    return key->kind == SIGNING_RSA ? gnutls_pubkey_verify_hash2(key->public, GNUTLS_SIGN_RSA_SHA256, 0, &data, &given) >= 0
                                    : gnutls_pubkey_verify_data2(key->public, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &given) >= 0;
}

void signing_key_public(struct signing_key *key, struct buf *out) {
    gnutls_datum_t bytes = {0};
    gnutls_ecc_curve_t curve;
    int status = key->kind == SIGNING_RSA ? gnutls_pubkey_export2(key->public, GNUTLS_X509_FMT_DER, &bytes)
                                          : gnutls_pubkey_export_ecc_raw2(key->public, &curve, &bytes, NULL, 0);
    if (status >= 0) buf_add(out, bytes.data, bytes.size);
    gnutls_free(bytes.data);
}
