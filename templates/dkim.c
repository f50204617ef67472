/* Canonical forms, and the header that signs them. */
#include "templates/dkim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MESSAGE_BYTES = 4 << 20, HEADERS_BYTES = 1 << 16, RECORD_STRING = 255, LINE_COLUMNS = 76 };

/* From twice: a second From added on the way breaks the signature. */
static const char *const SIGNED[] = {"From", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
                                     "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
                                     "Auto-Submitted", "MIME-Version", "Content-Type"};

struct dkim {
    char domain[256];
    struct {
        char selector[DKIM_SELECTOR];
        struct signing_key *key;
    } keys[DKIM_KEYS];
    size_t count;
    struct buf body, headers, own, signature;
};

struct dkim *dkim_open(const char *domain) {
    struct dkim *dkim = mem_new(1, sizeof *dkim);
    snprintf(dkim->domain, sizeof dkim->domain, "%s", domain);
    dkim->body = (struct buf)BUF_INIT(MESSAGE_BYTES);
    dkim->headers = dkim->own = dkim->signature = (struct buf)BUF_INIT(HEADERS_BYTES);
    return dkim;
}

void dkim_close(struct dkim *dkim) {
    if (!dkim) return;
    for (size_t i = 0; i < dkim->count; i++) signing_key_free(dkim->keys[i].key);
    buf_release(&dkim->body);
    buf_release(&dkim->headers);
    buf_release(&dkim->own);
    buf_release(&dkim->signature);
    free(dkim);
}

void dkim_add_key(struct dkim *dkim, const char *selector, struct signing_key *key) {
    snprintf(dkim->keys[dkim->count].selector, DKIM_SELECTOR, "%s", selector);
    dkim->keys[dkim->count++].key = key;
}

bool dkim_selector_valid(const char *selector) {
    size_t label = 0;
    if (!*selector || strlen(selector) >= DKIM_SELECTOR) return false;
    for (const char *at = selector; *at; at++) {
        bool word = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        bool inner = label && at[1] && at[1] != '.';
        if (*at == '.' && inner) label = 0;
        else if (word || (*at == '-' && inner)) label++;
        else return false;
    }
    return true;
}

/* -- canonical forms (RFC 6376 3.4.2, 3.4.4) ---------------------------------------------------------------------- */
/* Runs of blanks become one space, none ends a line; empty lines at the end are dropped. */
static void canonical_body(const char *at, const char *end, struct buf *out) {
    buf_clear(out);
    char *start = buf_reserve(out, (size_t)(end - at) + 1), *to = start;
    if (!start) return;
    while (at < end) {
        if (*at != ' ' && *at != '\t') {
            *to++ = *at++;
            continue;
        }
        while (at < end && (*at == ' ' || *at == '\t')) at++;
        if (at < end && *at != '\r') *to++ = ' ';
    }
    while (to - start >= 4 && !memcmp(to - 4, "\r\n\r\n", 4)) to -= 2;
    if (to - start == 2 && !memcmp(start, "\r\n", 2)) to = start;
    buf_wrote(out, to);
}

/* name:value, unfolded; no CRLF behind it. */
static void canonical_header(const char *at, const char *end, struct buf *out) {
    const char *colon = memchr(at, ':', (size_t)(end - at));
    for (; at < colon; at++) buf_add_char(out, (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at));
    buf_add_char(out, ':');
    bool blank = false, begun = false;
    for (at = colon + 1; at < end; at++) {
        if (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') {
            blank = true;
            continue;
        }
        if (blank && begun) buf_add_char(out, ' ');
        buf_add_char(out, *at);
        blank = false;
        begun = true;
    }
}

/* -- what is signed --------------------------------------------------------------------------------------------------- */
/* The header field called name, folds included, its last CRLF not; false when there is none. */
static bool find(const char *bytes, const char *headers_end, const char *name, const char **from, const char **to) {
    size_t length = strlen(name);
    for (const char *at = bytes; at < headers_end;) {
        const char *line = at;
        do {
            at = memchr(at, '\n', (size_t)(headers_end - at));
            at = at ? at + 1 : headers_end;
        } while (at < headers_end && (*at == ' ' || *at == '\t'));
        if ((size_t)(at - line) <= length || line[length] != ':' || strncasecmp(line, name, length)) continue;
        *from = line;
        *to = at - 2;
        return true;
    }
    return false;
}

/* Fills headers with the canonical fields; names with "from:from:to:…", folded. */
static void gather(const char *bytes, const char *headers_end, struct buf *headers, struct buf *names) {
    size_t line = 0;
    for (size_t i = 0; i < COUNT(SIGNED); i++) {
        const char *from, *to;
        if (!find(bytes, headers_end, SIGNED[i], &from, &to)) continue;
        bool again = i && !strcmp(SIGNED[i], SIGNED[i - 1]); /* stands for one that must not be there */
        if (names->length) buf_add_char(names, ':'), line++;
        if (line + strlen(SIGNED[i]) > LINE_COLUMNS - 8) buf_add_text(names, "\r\n "), line = 0;
        for (const char *at = SIGNED[i]; *at; at++, line++) buf_add_char(names, (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at));
        if (again) continue;
        canonical_header(from, to, headers);
        buf_add_text(headers, "\r\n");
    }
}

/* -- base64 without line ends ------------------------------------------------------------------------------------- */
static void add_base64(const void *bytes, size_t length, struct buf *out) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned bits = (unsigned)at[i] << 16 | (left > 1 ? (unsigned)at[i + 1] << 8 : 0) | (left > 2 ? at[i + 2] : 0u);
        buf_add_char(out, DIGITS[bits >> 18]);
        buf_add_char(out, DIGITS[bits >> 12 & 63]);
        buf_add_char(out, left > 1 ? DIGITS[bits >> 6 & 63] : '=');
        buf_add_char(out, left > 2 ? DIGITS[bits & 63] : '=');
    }
}

/* -- the header ----------------------------------------------------------------------------------------------------- */
static const char *algorithm(const struct signing_key *key) {
    return signing_key_kind(key) == SIGNING_RSA ? "rsa-sha256" : "ed25519-sha256";
}

/* The signature behind b=, in lines. */
static void add_signature(const struct buf *raw, struct buf *base64, struct buf *out) {
    buf_clear(base64);
    add_base64(buf_text(raw), raw->length, base64);
    for (size_t at = 0; at < base64->length; at += LINE_COLUMNS - 4) {
        size_t length = base64->length - at < LINE_COLUMNS - 4 ? base64->length - at : LINE_COLUMNS - 4;
        if (at) buf_add_text(out, "\r\n ");
        buf_add(out, buf_text(base64) + at, length);
    }
    buf_add_text(out, "\r\n");
}

/* headers: canonical fields; they stay as they are for the next key. */
static bool sign_one(struct dkim *dkim, size_t at, const char *names, const char *body_hash, int64_t signed_ms, struct buf *out,
                     struct err *err) {
    struct signing_key *key = dkim->keys[at].key;
    size_t fields = dkim->headers.length;
    uint8_t digest[SHA256_BYTES];
    buf_clear(&dkim->own);
    buf_add_format(&dkim->own, "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n d=%s;\r\n s=%s; t=%" PRId64 ";\r\n h=%s;\r\n bh=%s;\r\n b=",
                   algorithm(key), dkim->domain, dkim->keys[at].selector, signed_ms / 1000, names, body_hash);
    canonical_header(buf_text(&dkim->own), buf_text(&dkim->own) + dkim->own.length, &dkim->headers);
    sha256(buf_text(&dkim->headers), dkim->headers.length, digest);
    buf_cut(&dkim->headers, fields);
    buf_clear(&dkim->signature);
    if (!signing_sign(key, digest, &dkim->signature, err)) return false;
    buf_add(out, buf_text(&dkim->own), dkim->own.length);
    add_signature(&dkim->signature, &dkim->own, out);
    return true;
}

bool dkim_sign(struct dkim *dkim, const char *bytes, size_t length, int64_t signed_ms, struct buf *out, struct err *err) {
    const char *end = bytes + length, *gap = memmem(bytes, length, "\r\n\r\n", 4);
    if (!gap) return err_set(err, ERR_INPUT, "SIGNATURE", "le message à signer n'a pas de corps");
    uint8_t digest[SHA256_BYTES];
    canonical_body(gap + 4, end, &dkim->body);
    sha256(buf_text(&dkim->body), dkim->body.length, digest);
    /* The body has done its service: its room holds the names of the headers and the hash. */
    buf_clear(&dkim->body);
    buf_clear(&dkim->headers);
    gather(bytes, gap + 2, &dkim->headers, &dkim->body);
    buf_add_char(&dkim->body, '\0');
    size_t hash_at = dkim->body.length;
    add_base64(digest, sizeof digest, &dkim->body);
    const char *names = buf_text(&dkim->body);
    for (size_t i = 0; i < dkim->count; i++)
        if (!sign_one(dkim, i, names, names + hash_at, signed_ms, out, err)) return false;
    return !out->overflow || err_set(err, ERR_INPUT, "SIGNATURE", "le message signé est trop long");
}

void dkim_record(const char *domain, const char *selector, struct signing_key *key, struct buf *out) {
    AUTO_BUF public = BUF_INIT(HEADERS_BYTES), text = BUF_INIT(HEADERS_BYTES);
    signing_key_public(key, &public);
    buf_add_format(&text, "v=DKIM1; k=%s; p=", signing_key_kind(key) == SIGNING_RSA ? "rsa" : "ed25519");
    add_base64(buf_text(&public), public.length, &text);
    buf_add_format(out, "%s._domainkey.%s. IN TXT (", selector, domain);
    for (size_t at = 0; at < text.length; at += RECORD_STRING) buf_add_format(out, " \"%.*s\"", RECORD_STRING, buf_text(&text) + at);
    buf_add_text(out, " )");
}
