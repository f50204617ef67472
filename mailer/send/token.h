/* The proof in a return path and Message-ID: dispatch id, key number, 80 bits of HMAC-SHA-256, in lower-case
 * base32 (26 characters). Only a valid token may change a delivery. */
#ifndef MAILER_SEND_TOKEN_H
#define MAILER_SEND_TOKEN_H

#include "base/err.h"

enum { TOKEN_TEXT = 27, TOKEN_KEY_BYTES = 32 };
struct token_key { uint8_t bytes[TOKEN_KEY_BYTES]; uint8_t number; };

/* A key file is one line: "relais-key-1 NUMBER KEY", KEY in base32. A dispatch id is below 2^40.
 * The proof covers a label of its own, the key's number and the id, so that nothing else signed with the key is a token. */
bool token_key_create(const char *path, struct err *err);                      /* mode 0600; refuses to overwrite */
bool token_key_load(const char *path, struct token_key *key, struct err *err); /* refuses a file others can read */
void token_make(const struct token_key *key, int64_t dispatch_id, char out[TOKEN_TEXT]);
/* The dispatch id when text is exactly a valid token (either case); -1 otherwise. Constant time. */
int64_t token_check(const struct token_key *key, const char *text, size_t length);
/* The first valid token anywhere in text (return paths, Message-IDs, In-Reply-To, References), standing between bytes
 * that are neither letters nor digits: -1 when none. */
int64_t token_find(const struct token_key *key, const char *text, size_t length);
/* The dispatch that a Message-ID of ours ("<CAMPAIGN.TOKEN@DOMAIN>", RFC 5322 3.6.4) names, whatever key it was made with; -1 where there is
 * none. Proves nothing: it says which row's Message-ID to compare. */
int64_t token_of_message_id(const char *message_id);

#endif
