/* Words looked for at each place of a text of a thousand characters at most. */
#include "mailer/send/reply_secret.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "templates/body_encoding.h"

/* -- the words -------------------------------------------------------------------------------------------------- */
enum { WORD_BYTES = 64 * 1024 }; /* tokens have a few thousand */

static char *base64_of(const struct buf *plain) {
    AUTO_BUF encoded = BUF_INIT(2 * WORD_BYTES);
    body_add_base64(buf_text(plain), plain->length, &encoded);
    char *word = text_dup(buf_text(&encoded)), *to = word;
    explicit_bzero(encoded.bytes, encoded.length);
    for (const char *at = word; *at; at++)
        if (!isspace((unsigned char)*at)) *to++ = *at;
    while (to > word && to[-1] == '=') to--; /* some leave the filling out */
    *to = '\0';
    return word;
}

void secret_words_make(struct secret_words *words, const char *username, const char *secret) {
    secret_words_release(words);
    if (!*secret) return;
    AUTO_BUF plain = BUF_INIT(WORD_BYTES);
    words->words[0] = text_dup(secret);
    for (int i = 1; i < SECRET_WORDS; i++) {
        buf_clear(&plain);
        if (i == 2) buf_add_char(&plain, '\0'), buf_add_text(&plain, username), buf_add_char(&plain, '\0');
        if (i == 3) buf_add_format(&plain, "user=%s\1auth=Bearer ", username);
        if (i == 4) buf_add_format(&plain, "n,a=%s,\1auth=Bearer ", username);
        buf_add_text(&plain, secret);
        words->words[i] = base64_of(&plain);
    }
    explicit_bzero(plain.bytes, plain.length);
}

void secret_words_release(struct secret_words *words) {
    for (int i = 0; i < SECRET_WORDS; i++) {
        if (words->words[i]) explicit_bzero(words->words[i], strlen(words->words[i]));
        free(words->words[i]);
        words->words[i] = NULL;
    }
}

/* -- in a text ----------------------------------------------------------------------------------------------------- */
/* How many bytes from text on say the word, blanks aside; 0 = another. */
static size_t says(const char *text, const char *word) {
    const char *at = text;
    for (; *word; word++) {
        if (*word == ' ') continue;
        while (at > text && *at == ' ') at++;
        if (tolower((unsigned char)*at) != tolower((unsigned char)*word)) return 0;
        at++;
    }
    return (size_t)(at - text);
}

static size_t says_any(const char *text, const struct secret_words *words) {
    size_t longest = 0;
    for (int i = 0; i < SECRET_WORDS; i++) {
        size_t run = words->words[i] ? says(text, words->words[i]) : 0;
        if (run > longest) longest = run;
    }
    return longest ? longest + strspn(text + longest, "=") : 0;
}

enum { BASE64_LEAST = 12 }; /* eight bytes and more; shorter words of a reply are words */

/* How many bytes of base64 at begin with text; 0 when they look like a word of some language. */
static size_t base64_run(const char *text) {
    size_t length = 0, digits = 0, changes = 0;
    for (; isalnum((unsigned char)text[length]) || text[length] == '+' || text[length] == '/'; length++) {
        digits += !isalpha((unsigned char)text[length]);
        changes += length && isupper((unsigned char)text[length]) && islower((unsigned char)text[length - 1]);
    }
    for (; text[length] == '='; length++) digits++;
    return length >= BASE64_LEAST && (digits || changes) ? length : 0;
}

static void hide(struct smtp_reply *reply, const struct secret_words *words, bool base64_too) {
    AUTO_BUF clean = BUF_INIT(SMTP_REPLY_TEXT - 1);
    bool inside = false; /* a word that has been begun */
    size_t run;
    for (const char *at = reply->text; *at; at += run ? run : 1) {
        run = says_any(at, words);
        if (!run && base64_too && !inside) run = base64_run(at);
        if (run) buf_add_text(&clean, "…");
        else buf_add_char(&clean, *at);
        inside = !run && isalnum((unsigned char)*at);
    }
    if (clean.overflow) { /* no character is cut in two */
        size_t whole = clean.length;
        while (whole && ((unsigned char)clean.bytes[whole - 1] & 0xC0) == 0x80) whole--;
        buf_cut(&clean, whole && (unsigned char)clean.bytes[whole - 1] >= 0xC0 ? whole - 1 : whole);
    }
    snprintf(reply->text, sizeof reply->text, "%s", buf_text(&clean));
}

void reply_hide_words(struct smtp_reply *reply, const struct secret_words *words) {
    if (words->words[0] && *reply->text) hide(reply, words, false);
}

void reply_without_secret(struct smtp_reply *reply, const struct secret_words *words) {
    hide(reply, words, true);
}
