/* Logging in: AUTHENTICATE PLAIN (RFC 4616) where it takes one line (SASL-IR, RFC 4959), else LOGIN; XOAUTH2 with a token. Called only where what is
 * said may be said (imap_open.c). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/secret.h"
#include "base/text.h"
#include "mailer/inbox/etpan.h"
#include "mailer/inbox/imap_parts.h"

enum { ASK_AGAIN_MS = 20, LINE_BYTES = 3 * SECRET_BYTES };

static void add_base64(struct buf *out, const char *bytes, size_t length) {
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        uint32_t bits = (uint32_t)(unsigned char)bytes[i] << 16;
        if (i + 1 < length) bits |= (uint32_t)(unsigned char)bytes[i + 1] << 8;
        if (i + 2 < length) bits |= (unsigned char)bytes[i + 2];
        buf_add_char(out, ALPHABET[bits >> 18]);
        buf_add_char(out, ALPHABET[bits >> 12 & 63]);
        buf_add_char(out, i + 1 < length ? ALPHABET[bits >> 6 & 63] : '=');
        buf_add_char(out, i + 2 < length ? ALPHABET[bits & 63] : '=');
    }
}

/* A server may repeat what was said to it; what it answers goes into logs. */
static void hush(struct imap *imap, const char *secret) {
    char *answer = imap->session->imap_response;
    if (answer && *secret && strstr(answer, secret)) *answer = '\0';
}

/* libetpan's write buffer keeps what went through it. */
static void wipe_written(struct imap *imap) {
    mailstream *stream = imap->session->imap_stream;
    if (stream) explicit_bzero(stream->write_buffer, stream->buffer_max_size);
}

static bool refused(struct imap *imap, struct err *err) {
    return imap_failed(imap, ERR_INPUT, "IMAP_LOGIN", "l'identification est refusée ; vérifiez username et le mot de passe ou le jeton", err);
}

/* libetpan has no PLAIN without SASL's plugins, and puts a space behind a command of one's own. */
static int say_line(struct imap *imap, const struct buf *line) {
    struct mailimap_response *response = NULL;
    mailimap *session = imap->session;
    mailstream *stream = session->imap_stream;
    bool said = etpan.mailimap_send_current_tag(session) == MAILIMAP_NO_ERROR && etpan.mailstream_write(stream, line->bytes, line->length) == (ssize_t)line->length &&
                etpan.mailstream_write(stream, "\r\n", 2) == 2 && etpan.mailstream_flush(stream) != -1;
    if (!said || !etpan.mailimap_read_line(session)) return MAILIMAP_ERROR_STREAM;
    int got = etpan.mailimap_parse_response(session, &response);
    if (got != MAILIMAP_NO_ERROR) return got;
    bool good = response->rsp_resp_done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type == MAILIMAP_RESP_COND_STATE_OK;
    etpan.mailimap_response_free(response);
    if (good) session->imap_state = MAILIMAP_STATE_AUTHENTICATED;
    return good ? MAILIMAP_NO_ERROR : MAILIMAP_ERROR_LOGIN;
}

/* -- with a password ------------------------------------------------------------------------------------------------- */
static int say_plain(struct imap *imap, const struct buf *password) {
    AUTO_SECRET answer = BUF_INIT(LINE_BYTES), line = BUF_INIT(2 * LINE_BYTES);
    const char *username = imap->account->username;
    buf_reserve(&answer, LINE_BYTES - 1), buf_reserve(&line, 2 * LINE_BYTES - 1);
    buf_add_char(&answer, '\0');
    buf_add(&answer, username, strlen(username));
    buf_add_char(&answer, '\0');
    buf_add(&answer, password->bytes, password->length);
    buf_add_text(&line, "AUTHENTICATE PLAIN ");
    add_base64(&line, answer.bytes, answer.length);
    int got = say_line(imap, &line);
    hush(imap, buf_text(&line) + strlen("AUTHENTICATE PLAIN "));
    return got;
}

/* As LOGIN has said it. */
static void hush_quoted(struct imap *imap, const struct buf *password) {
    AUTO_SECRET quoted = BUF_INIT(2 * SECRET_BYTES + 1);
    buf_reserve(&quoted, 2 * SECRET_BYTES);
    for (size_t i = 0; i < password->length; i++) {
        if (strchr("\"\\", password->bytes[i])) buf_add_char(&quoted, '\\');
        buf_add_char(&quoted, password->bytes[i]);
    }
    hush(imap, buf_text(&quoted));
}

static bool log_in_with_password(struct imap *imap, struct err *err) {
    const struct imap_account *account = imap->account;
    AUTO_SECRET password = BUF_INIT(SECRET_BYTES);
    if (!secret_file_read(account->password_file, &password, err)) return err_setting(err, "password_file");
    bool plain = account->auth == IMAP_AUTH_PLAIN || (account->auth == IMAP_AUTH_AUTO && imap->can & IMAP_PLAIN && imap->can & IMAP_SASL_IR);
    if (plain && !(imap->can & IMAP_PLAIN && imap->can & IMAP_SASL_IR))
        return err_set(err, ERR_INPUT, "IMAP_LOGIN", "%s n'offre pas AUTHENTICATE PLAIN en une ligne (SASL-IR) ; écrivez auth = auto", imap->where);
    if (!plain && imap->can & IMAP_LOGIN_DISABLED)
        return err_set(err, ERR_INPUT, "IMAP_LOGIN", "%s n'accepte pas de mot de passe ici (LOGINDISABLED) ; il lui faut sans doute un jeton : token_file ou token_command", imap->where);
    imap_command(imap, IMAP_REPLY_BYTES, 0);
    int got = plain ? say_plain(imap, &password) : etpan.mailimap_login(imap->session, account->username, buf_text(&password));
    wipe_written(imap);
    hush(imap, buf_text(&password));
    hush_quoted(imap, &password);
    return got == MAILIMAP_NO_ERROR || refused(imap, err);
}

/* -- with a token ------------------------------------------------------------------------------------------------------ */
/* A command of the user's may have to run: it has its own time-out. */
static bool await_token(struct access_token *token, struct err *err) {
    for (;;) {
        enum access_token_state state = access_token_ask(token, err);
        if (state == ACCESS_TOKEN_READY) return true;
        if (state == ACCESS_TOKEN_NONE) return false;
        if (stop_requested()) return err_set(err, ERR_RETRY, "STOPPED", "arrêt demandé");
        sleep_ms(ASK_AGAIN_MS);
    }
}

static void hush_token(struct imap *imap, const char *text) {
    AUTO_SECRET answer = BUF_INIT(LINE_BYTES), line = BUF_INIT(2 * LINE_BYTES);
    buf_reserve(&answer, LINE_BYTES - 1), buf_reserve(&line, 2 * LINE_BYTES - 1);
    buf_add_format(&answer, "user=%s\1auth=Bearer %s\1\1", imap->account->username, text);
    add_base64(&line, buf_text(&answer), answer.length);
    hush(imap, text);
    hush(imap, buf_text(&line));
}

static bool log_in_with_token(struct imap *imap, struct err *err) {
    struct access_token *token = imap->account->token;
    if (!(imap->can & IMAP_XOAUTH2))
        return err_set(err, ERR_INPUT, "IMAP_LOGIN", "%s n'offre pas l'identification par jeton (XOAUTH2) ; donnez password_file", imap->where);
    if (!await_token(token, err)) return false;
    imap_command(imap, IMAP_REPLY_BYTES, 0);
    int got = etpan.mailimap_oauth2_authenticate(imap->session, imap->account->username, access_token_text(token));
    wipe_written(imap);
    hush_token(imap, access_token_text(token));
    if (got == MAILIMAP_NO_ERROR) return true;
    bool another = !imap->broken && access_token_refused(token, access_token_generation(token));
    refused(imap, err);
    if (another) err->kind = ERR_RETRY; /* the next try has a fresh one */
    return false;
}

bool imap_log_in(struct imap *imap, struct err *err) {
    return imap->account->token ? log_in_with_token(imap, err) : log_in_with_password(imap, err);
}
