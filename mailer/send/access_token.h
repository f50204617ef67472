/* The OAuth 2.0 access token (RFC 6750) that logs us in to the relay: from a file somebody renews, or from a command of the
 * user's; as fresh as it need be. (What is called a token elsewhere here is that of a return path: token.h.) */
#ifndef MAILER_SEND_ACCESS_TOKEN_H
#define MAILER_SEND_ACCESS_TOKEN_H

#include "base/err.h"

enum {
    ACCESS_TOKEN_FRESH_MS = 300000, /* what a command gave is used for so long: tokens live an hour, a few ten minutes */
    ACCESS_TOKEN_AGAIN_MS = 2000,    /* and a refused one is asked for anew no sooner than this after the command last ran */
    ACCESS_TOKEN_RUN_MS = 30000,    /* a command that takes longer is killed */
};

struct access_token;
/* section: of the configuration, for people: smtp, smtp.secours, inbox. Either file or command is "", the other is copied. The file is read once, to know that it can be (see base/secret.h); the
 * command is looked for, not run. ERR_INPUT. */
struct access_token *access_token_open(const char *section, const char *file, const char *command, struct err *err);
void access_token_close(struct access_token *token); /* wiped; a command that runs is killed; NULL is fine */
AUTO_CLOSE(access_token, access_token_close)

enum access_token_state { ACCESS_TOKEN_READY, ACCESS_TOKEN_WAIT, ACCESS_TOKEN_NONE };
/* Before each log-in; never waits. READY: the two below are good until the next call. WAIT: the command runs; ask again
 * in a moment. NONE: err says why, and the next call tries again (a command not
 * before ACCESS_TOKEN_AGAIN_MS; until then err is the same). */
enum access_token_state access_token_ask(struct access_token *token, struct err *err);
const char *access_token_text(const struct access_token *token);
int64_t access_token_generation(const struct access_token *token); /* another token, another number */
/* The server did not take the token of that generation. True when asking again gives, or may give, another one. */
bool access_token_refused(struct access_token *token, int64_t generation);

#endif
