/* Tokens: made, found, forged; and the file their key lies in. */
#include "mailer/send/token.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tap.h"

static const struct token_key KEY = {.bytes = "0123456789abcdef0123456789abcde", .number = 7};

static void check_round_trip(void) {
    static const int64_t IDS[] = {0, 1, 2, 255, 256, 36224, 1000000, (1LL << 32) + 5, (1LL << 40) - 1};
    char token[TOKEN_TEXT], upper[TOKEN_TEXT];
    bool good = true, shape = true, either = true;
    for (size_t i = 0; i < COUNT(IDS); i++) {
        token_make(&KEY, IDS[i], token);
        shape = shape && strlen(token) == TOKEN_TEXT - 1 && strspn(token, "abcdefghijklmnopqrstuvwxyz234567") == TOKEN_TEXT - 1;
        good = good && token_check(&KEY, token, TOKEN_TEXT - 1) == IDS[i];
        for (size_t k = 0; k < TOKEN_TEXT; k++) upper[k] = (char)toupper((unsigned char)token[k]);
        either = either && token_check(&KEY, upper, TOKEN_TEXT - 1) == IDS[i];
    }
    CHECK("26 characters of lower-case base32", shape);
    CHECK("the id comes back", good);
    CHECK("either case", either);
    token_make(&KEY, 1LL << 40, token);
    CHECK_INT("an id too large gives no valid token", token_check(&KEY, token, TOKEN_TEXT - 1), -1);
}

static void check_forgery(void) {
    char token[TOKEN_TEXT], forged[TOKEN_TEXT];
    int64_t accepted = 0;
    token_make(&KEY, 4711, token);
    for (size_t at = 0; at < TOKEN_TEXT - 1; at++)
        for (const char *letter = "abcdefghijklmnopqrstuvwxyz234567"; *letter; letter++) {
            memcpy(forged, token, sizeof forged);
            forged[at] = *letter;
            if (*letter != token[at] && token_check(&KEY, forged, TOKEN_TEXT - 1) >= 0) accepted++;
        }
    CHECK_INT("every other letter in every place is refused", accepted, 0);
    for (int byte = 0; byte < 256; byte++) {
        memcpy(forged, token, sizeof forged);
        forged[5] = (char)byte;
        if (tolower(byte) != token[5] && token_check(&KEY, forged, TOKEN_TEXT - 1) >= 0) accepted++;
    }
    CHECK_INT("every other byte is refused", accepted, 0);
    CHECK_INT("shorter", token_check(&KEY, token, TOKEN_TEXT - 2), -1);
    CHECK_INT("empty", token_check(&KEY, "", 0), -1);
    struct token_key other = KEY;
    other.bytes[31] ^= 1;
    CHECK_INT("another key", token_check(&other, token, TOKEN_TEXT - 1), -1);
    other = KEY;
    other.number++;
    CHECK_INT("another key number", token_check(&other, token, TOKEN_TEXT - 1), -1);
    char neighbour[TOKEN_TEXT];
    token_make(&KEY, 4712, neighbour);
    memcpy(neighbour, token, 16); /* the proof of 4711 before the id of 4712 */
    CHECK_INT("a proof is for one id", token_check(&KEY, neighbour, TOKEN_TEXT - 1), -1);
}

static void check_finding(void) {
    char token[TOKEN_TEXT], forged[TOKEN_TEXT], text[1000];
    token_make(&KEY, 99, token);
    memcpy(forged, token, sizeof forged);
    forged[3] = forged[3] == 'a' ? 'b' : 'a';
    static const struct { const char *label, *format; int64_t want; } CASES[] = {
        {"alone", "%s", 99},
        {"return path", "retour+%s@amf.example", 99},
        {"in angle brackets", "Return-Path: <retour+%s@amf.example>", 99},
        {"Message-ID", "<asco-2025.%s@amf.example>", 99},
        {"References, last of many", "<a.b@c.test>\r\n\t<d@e.test> <asco.%s@amf.example>", 99},
        {"SRS", "SRS0=HHH=TT=amf.example=retour+%s@relay.test", 99},
        {"run into a word", "x%s", -1},
        {"running on", "%sx", -1},
        {"nothing", "<a@b.test>", -1},
        {"empty", "", -1},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        int length = snprintf(text, sizeof text, CASES[i].format, token);
        CHECK_INT(CASES[i].label, token_find(&KEY, text, (size_t)length), CASES[i].want);
        length = snprintf(text, sizeof text, CASES[i].format, forged);
#pragma GCC diagnostic pop
        if (CASES[i].want > 0) CHECK_INT("… forged", token_find(&KEY, text, (size_t)length), -1);
    }
    int length = snprintf(text, sizeof text, "<x.%s@a.test> <x.%s@a.test>", forged, token);
    CHECK_INT("a forged one before the right one", token_find(&KEY, text, (size_t)length), 99);
    memcpy(text, "a\0b+", 4);
    memcpy(text + 4, token, TOKEN_TEXT - 1);
    CHECK_INT("behind a NUL", token_find(&KEY, text, 4 + TOKEN_TEXT - 1), 99);
}

static void write_file(const char *path, const char *text, mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (write(fd, text, strlen(text)) < 0) perror(path);
    fchmod(fd, mode);
    close(fd);
}

/* Whatever key it was made with: what is found is compared with the row. */
static void check_message_id(void) {
    static const struct token_key OTHER = {.number = 9};
    char token[TOKEN_TEXT], text[120];
    token_make(&OTHER, 1234567, token);
    snprintf(text, sizeof text, "<asco-2025.%s@retour.amf.example>", token);
    CHECK("a Message-ID names its dispatch", token_of_message_id(text) == 1234567);
    snprintf(text, sizeof text, "<%s.%s@retour.amf.example>", "aaaaaaaaaaaaaaaaaaaaaaaaaa", token);
    CHECK("… behind a campaign that looks like a token", token_of_message_id(text) == 1234567);
    CHECK("the token alone, nothing before it", token_of_message_id(strstr(text, token)) == 1234567);
    static const char *const NONE[] = {"", "@", "<@>", "<a@b>", "<aaaaaaaaaaaaaaaaaaaaaaaaa@b>", "<1aaaaaaaaaaaaaaaaaaaaaaaaa@b>", "no at sign, but aaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < COUNT(NONE); i++) CHECK(NONE[i], token_of_message_id(NONE[i]) == -1);
}

static void check_file(void) {
    char folder[] = "/tmp/relais-token.XXXXXX", path[60], again[60];
    struct token_key key = {0}, other = {0};
    struct err err = {0};
    struct stat facts;
    if (!mkdtemp(folder)) return (void)CHECK("a folder of our own", false);
    snprintf(path, sizeof path, "%s/relais.key", folder);
    snprintf(again, sizeof again, "%s/second.key", folder);
    CHECK("created", token_key_create(path, &err));
    CHECK("mode 0600", !stat(path, &facts) && (facts.st_mode & 07777) == 0600);
    CHECK("loaded", token_key_load(path, &key, &err));
    CHECK("never overwritten", !token_key_create(path, &err) && err.kind == ERR_INPUT);
    CHECK("two keys differ", token_key_create(again, &err) && token_key_load(again, &other, &err) && memcmp(key.bytes, other.bytes, sizeof key.bytes));
    char token[TOKEN_TEXT];
    token_make(&key, 5, token);
    memset(&key, 0, sizeof key);
    CHECK("a token outlives a reload", token_key_load(path, &key, &err) && token_check(&key, token, TOKEN_TEXT - 1) == 5);
    chmod(path, 0640);
    CHECK("readable by the group: refused", !token_key_load(path, &key, &err));
    CHECK_TEXT("… with its code", err.code, "KEY_FILE_OPEN");
    CHECK("… and the remedy", strstr(err.text, "chmod 600"));
    static const struct { const char *label, *text; } BAD[] = {
        {"empty file", ""}, {"another file", "[smtp]\nurl = smtp://127.0.0.1\n"},
        {"key too short", "relais-key-1 1 abcdef\n"},
        {"number too large", "relais-key-1 256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
        {"key too long", "relais-key-1 1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
        {"not base32", "relais-key-1 1 1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"}};
    for (size_t i = 0; i < COUNT(BAD); i++) {
        write_file(again, BAD[i].text, 0600);
        CHECK(BAD[i].label, !token_key_load(again, &key, &err) && err.kind == ERR_INPUT);
    }
    unlink(again);
    CHECK("no file", !token_key_load(again, &key, &err) && strstr(err.text, "relais init"));
    CHECK("a folder", !token_key_load(folder, &key, &err));
    unlink(path);
    rmdir(folder);
}

int main(void) {
    check_round_trip();
    check_forgery();
    check_finding();
    check_message_id();
    check_file();
    return tap_end();
}
