/* Tokens: ten bytes of HMAC, the key's number, five bytes of dispatch id; base32. */
#include "mailer/send/token.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/secret.h"

enum {
    PROOF_BYTES = 10,
    ID_BYTES = 5,
    RAW_BYTES = PROOF_BYTES + 1 + ID_BYTES,
    TOKEN_LENGTH = TOKEN_TEXT - 1,
    KEY_FILE_BYTES = 200,
    KEY_BASE32 = (TOKEN_KEY_BYTES * 8 + 4) / 5
};
_Static_assert(TOKEN_LENGTH == (RAW_BYTES * 8 + 4) / 5, "a token is its bytes in base32");

static const char KEY_LABEL[] = "relais-key-1";
static const char PROOF_LABEL[] = "relais token v1";

/* -- the key file ---------------------------------------------------------------------------------------------- */
static bool write_key(int fd, const struct token_key *key) {
    char base32[KEY_BASE32 + 1], line[KEY_FILE_BYTES];
    base32_encode(key->bytes, TOKEN_KEY_BYTES, base32);
    int length = snprintf(line, sizeof line, "%s %u %s\n", KEY_LABEL, key->number, base32);
    bool good = write(fd, line, (size_t)length) == length && !fsync(fd);
    explicit_bzero(base32, sizeof base32);
    explicit_bzero(line, sizeof line);
    return good;
}

bool token_key_create(const char *path, struct err *err) {
    struct token_key key = {.number = 1};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(
            err, ERR_INPUT, "KEY_FILE",
            "le fichier de clé « %s » ne peut être créé (un fichier présent n'est jamais remplacé)", path);
    random_bytes(key.bytes, sizeof key.bytes);
    bool good = write_key(fd, &key);
    explicit_bzero(&key, sizeof key);
    if (close(fd) || !good) {
        err_errno(err, ERR_FATAL, "KEY_FILE", "le fichier de clé « %s » ne peut être écrit", path);
        unlink(path);
        return false;
    }
    return true;
}

static bool read_key(const char *line, struct token_key *key) {
    unsigned number;
    char label[16], base32[KEY_BASE32 + 2];
    bool good = sscanf(line, "%15s %3u %53s", label, &number, base32) == 3 && !strcmp(label, KEY_LABEL) &&
                number <= 255 && strlen(base32) == KEY_BASE32 &&
                base32_decode(base32, KEY_BASE32, key->bytes, sizeof key->bytes) == TOKEN_KEY_BYTES;
    if (good) key->number = (uint8_t)number;
    explicit_bzero(base32, sizeof base32);
    return good;
}

bool token_key_load(const char *path, struct token_key *key, struct err *err) {
    AUTO_SECRET bytes = BUF_INIT(SECRET_BYTES);
    if (!secret_bytes_read(path, "KEY_FILE", &bytes, err)) 
        return err_setting(err, access(path, F_OK) ? "[sender] key_file (« relais init » en crée un)" : "[sender] key_file");
    return read_key(buf_text(&bytes), key) ||
           err_set(err, ERR_INPUT, "KEY_FILE", "le fichier de clé « %s » est abîmé ; remettez une copie de sauvegarde : sans elle, les retours des "
                   "messages déjà envoyés ne seront plus reconnus", path);
}

/* -- tokens ---------------------------------------------------------------------------------------------------- */
static void prove(const struct token_key *key, int64_t dispatch_id, uint8_t raw[RAW_BYTES]) {
    uint8_t signed_bytes[sizeof PROOF_LABEL + 1 + 8], proof[SHA256_BYTES],
        *at = signed_bytes + sizeof PROOF_LABEL;
    memcpy(signed_bytes, PROOF_LABEL, sizeof PROOF_LABEL); /* its NUL too: it ends the label */
    *at++ = key->number;
    for (int shift = 56; shift >= 0; shift -= 8) *at++ = (uint8_t)((uint64_t)dispatch_id >> shift);
    hmac_sha256(key->bytes, TOKEN_KEY_BYTES, signed_bytes, sizeof signed_bytes, proof);
    memcpy(raw, proof, PROOF_BYTES);
    raw[PROOF_BYTES] = key->number;
    for (int i = 0; i < ID_BYTES; i++)
        raw[PROOF_BYTES + 1 + i] = (uint8_t)((uint64_t)dispatch_id >> 8 * (ID_BYTES - 1 - i));
}

void token_make(const struct token_key *key, int64_t dispatch_id, char out[TOKEN_TEXT]) {
    uint8_t raw[RAW_BYTES];
    prove(key, dispatch_id, raw);
    base32_encode(raw, RAW_BYTES, out);
}

static bool raw_token(const char *text, size_t length, uint8_t raw[RAW_BYTES]) {
    return length == TOKEN_LENGTH && base32_decode(text, length, raw, RAW_BYTES) == RAW_BYTES;
}

static int64_t raw_dispatch_id(const uint8_t raw[RAW_BYTES]) {
    int64_t dispatch_id = 0;
    for (int i = 0; i < ID_BYTES; i++) dispatch_id = dispatch_id << 8 | raw[PROOF_BYTES + 1 + i];
    return dispatch_id;
}

int64_t token_check(const struct token_key *key, const char *text, size_t length) {
    uint8_t raw[RAW_BYTES];
    char want[TOKEN_TEXT], got[TOKEN_TEXT];
    if (!raw_token(text, length, raw)) return -1;
    if (raw[PROOF_BYTES] != key->number)
        return -1; /* no secret: spares the HMAC for most words that are no token */
    int64_t dispatch_id = raw_dispatch_id(raw);
    token_make(key, dispatch_id, want);
    for (size_t i = 0; i < TOKEN_LENGTH; i++)
        got[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    /* The texts are compared, not the bytes: two bits of the last letter carry nothing and must be what they
     * are. */
    return hash_equal(got, want, TOKEN_LENGTH) ? dispatch_id : -1;
}

static bool word_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int64_t token_find(const struct token_key *key, const char *text, size_t length) {
    for (size_t at = 0, end; at < length; at = end + 1) {
        for (end = at; end < length && word_byte(text[end]);) end++;
        int64_t dispatch_id = token_check(key, text + at, end - at);
        if (dispatch_id >= 0) return dispatch_id;
    }
    return -1;
}

int64_t token_of_message_id(const char *message_id) {
    uint8_t raw[RAW_BYTES];
    const char *at = strrchr(message_id, '@');
    bool room = at && at - message_id >= TOKEN_LENGTH;
    return room && raw_token(at - TOKEN_LENGTH, TOKEN_LENGTH, raw) ? raw_dispatch_id(raw) : -1;
}
