/* A file is read for each log-in; a command runs when there is no token, an old one, or a refused one. */
#include "mailer/send/access_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/command.h"
#include "base/secret.h"

struct access_token {
    char *file, *line; /* one of them is "" */
    char setting[100]; /* which: [smtp] token_file */
    struct buf text, incoming; /* the token in force; what is being read */
    int64_t generation;        /* of text; 0 = none yet */
    struct command *running;
    int64_t ran_ms; /* when the command last ended; -1 = never */
    bool stale;     /* refused: not to be used again */
    struct err failed; /* of the command's last run */
};

/* RFC 6750 section 2.1, and nothing else: what goes between the controls of an XOAUTH2 answer must have none itself. */
static bool fits(const struct buf *text, const char *whence, struct err *err) {
    for (size_t i = 0; i < text->length; i++)
        if (text->bytes[i] <= ' ' || text->bytes[i] > '~')
            return err_set(err, ERR_INPUT, "ACCESS_TOKEN", "%s : le jeton contient un blanc ou un caractère qui n'est pas ASCII", whence);
    return true;
}

static bool take_incoming(struct access_token *token, const char *whence, struct err *err) {
    if (!secret_line(&token->incoming, whence, err) || !fits(&token->incoming, whence, err)) return false;
    bool same = token->generation && token->incoming.length == token->text.length &&
                !memcmp(token->incoming.bytes, token->text.bytes, token->text.length);
    if (!same) token->generation++, token->stale = false;
    struct buf older = token->text;
    token->text = token->incoming;
    token->incoming = older;
    if (older.bytes) explicit_bzero(older.bytes, older.room);
    buf_clear(&token->incoming);
    return true;
}

struct access_token *access_token_open(const char *section, const char *file, const char *command, struct err *err) {
    AUTO(access_token) token = mem_new(1, sizeof *token);
    token->file = text_dup(file);
    token->line = text_dup(command);
    snprintf(token->setting, sizeof token->setting, "[%s] %s", section, *command ? "token_command" : "token_file");
    token->ran_ms = -1;
    if (!*file && !command_line_fits(command, err)) return err_setting(err, token->setting), NULL;
    if (*file && access_token_ask(token, err) != ACCESS_TOKEN_READY) return NULL;
    struct access_token *opened = token;
    token = NULL;
    return opened;
}

void access_token_close(struct access_token *token) {
    if (!token) return;
    command_close(token->running);
    secret_release(&token->text);
    secret_release(&token->incoming);
    free(token->file);
    free(token->line);
    free(token);
}

/* -- the command ---------------------------------------------------------------------------------------------------- */
/* What there is to go on with after a run that failed: a token nobody has refused may be good for a while yet. */
static enum access_token_state command_failed(const struct access_token *token, struct err *err) {
    if (token->generation && !token->stale) return ACCESS_TOKEN_READY;
    *err = token->failed;
    return ACCESS_TOKEN_NONE;
}

static enum access_token_state step_command(struct access_token *token, struct err *err) {
    enum command_state state = command_step(token->running, &token->failed);
    if (state == COMMAND_RUNS) return ACCESS_TOKEN_WAIT;
    command_close(token->running);
    token->running = NULL;
    token->ran_ms = monotonic_ms();
    bool good = state == COMMAND_DONE && take_incoming(token, "ce que la commande écrit", &token->failed);
    if (!good) return command_failed(token, err);
    token->failed = (struct err){0};
    return ACCESS_TOKEN_READY;
}

static enum access_token_state ask_command(struct access_token *token, struct err *err) {
    if (token->running) return step_command(token, err);
    int64_t age_ms = token->ran_ms < 0 ? INT64_MAX : monotonic_ms() - token->ran_ms;
    bool failed = token->failed.kind != ERR_NONE;
    if (token->generation && !failed && age_ms < (token->stale ? ACCESS_TOKEN_AGAIN_MS : ACCESS_TOKEN_FRESH_MS)) return ACCESS_TOKEN_READY;
    if (failed && age_ms < ACCESS_TOKEN_AGAIN_MS) return command_failed(token, err);
    secret_room(&token->incoming);
    token->incoming.ceiling = SECRET_BYTES;
    token->running = command_start(token->line, ACCESS_TOKEN_RUN_MS, &token->incoming, &token->failed);
    if (token->running) return ACCESS_TOKEN_WAIT;
    token->ran_ms = monotonic_ms();
    return command_failed(token, err);
}

/* -- asked and refused ------------------------------------------------------------------------------------------------ */
static bool read_file(struct access_token *token, struct err *err) {
    return secret_file_read(token->file, &token->incoming, err) && take_incoming(token, "le fichier", err);
}

enum access_token_state access_token_ask(struct access_token *token, struct err *err) {
    enum access_token_state state = *token->line ? ask_command(token, err) : read_file(token, err) ? ACCESS_TOKEN_READY : ACCESS_TOKEN_NONE;
    if (state == ACCESS_TOKEN_NONE) err_setting(err, token->setting);
    return state;
}

bool access_token_refused(struct access_token *token, int64_t generation) {
    struct err ignored;
    if (token->running || generation != token->generation) return true;
    if (!*token->line) return read_file(token, &ignored) && generation != token->generation;
    if (monotonic_ms() - token->ran_ms < ACCESS_TOKEN_AGAIN_MS) return false;
    return token->stale = true;
}

const char *access_token_text(const struct access_token *token) { return buf_text(&token->text); }
int64_t access_token_generation(const struct access_token *token) { return token->generation; }
