/* From a dispatch to the bytes that go out: fields of the party, the wave's template, the message. Deterministic:
 * the same dispatch gives the same bytes whenever it is composed, its Date and texts being those of date_ms. */
#ifndef MAILER_COMPOSE_H
#define MAILER_COMPOSE_H

#include "base/buf.h"
#include "base/settings.h"
#include "mailer/campaign.h"
#include "mailer/dkim_settings.h"

/* The sender's identity, checked ([sender] of the configuration). */
struct sender_identity {
    char from_name[200], from_address[256], reply_to[256];
    char return_prefix[64], return_domain[256]; /* retour, amf.example: retour+TOKEN@amf.example */
    char contact_name[200], contact_phone[64], public_link[500], base_url[300];
    bool auto_replies_unwanted;
    struct dkim_settings dkim;
};
/* ERR_INPUT naming the key and what to write. */
bool sender_identity_read(const struct settings *settings, struct sender_identity *identity, struct err *err);
/* One text of everything above, for the approval given at start. */
void sender_identity_text(const struct sender_identity *identity, struct buf *out);
void return_path_of(const struct sender_identity *identity, const char *token, char out[320]);

/* A collectivity as messages speak of it, from its row and its place in the campaign. */
enum { COMPOSE_NAME = 200 };
struct compose_party {
    char name[COMPOSE_NAME], type[16], department[8];
    int64_t population;
    bool enrolled, selected;
};

struct compose_dispatch { /* what the dispatch row says */
    const char *party_id, *address, *message_id, *token;
    const char *in_reply_to; /* Message-ID of the mailbox's first mail in the campaign; NULL or "" = this is it */
    const struct compose_party *party; /* what the store says of it now, where that has been read already; NULL = look */
    int64_t date_ms;
    bool judged_whole;      /* by all of the gate, also where the composer samples */
    bool trial;             /* to somebody of the house: subject marked [ESSAI], and dated header_date_ms, not the wave's day */
    int64_t header_date_ms; /* of a trial only */
};

struct composer; /* keeps templates parsed and the last party read */
struct composer *composer_open(struct db *db, const struct sender_identity *identity); /* db NULL: it has what composer_prepare read */
void composer_close(struct composer *composer);
AUTO_CLOSE(composer, composer_close)
/* Messages that are only looked at need no signature, which costs more than all the rest. */
void composer_sign(struct composer *composer, bool sign);
/* Whoever sends what start has judged, message by message: the lines of every message are looked at, all the rest of the gate
 * for the first of each template and one in so many after. */
void composer_sample(struct composer *composer);
/* The signing key is read now, not for the first message that is signed: who begins together signs with the same. ERR_FATAL. */
bool composer_open_key(struct composer *composer, struct err *err);
/* Reads from db what messages of that template to that department are made of, beside the party itself. For a composer without a store,
 * which may then be used where the store may not: in another thread. */
bool composer_prepare(struct composer *composer, struct db *db, int64_t campaign_id, const char *template_name, const char *department,
                      struct err *err);
/* The finished message, checked (message_check) and signed when the sender's identity says so, appended to out. ERR_INPUT
 * when a template or party is at fault, ERR_FATAL when the signing key is. */
bool composer_message(struct composer *composer, const struct campaign *campaign, const char *template_name,
                      const struct compose_dispatch *dispatch, struct buf *out, struct err *err);
/* Stands where a token would in whatever is only looked at; no token_check accepts it. */
#define COMPOSE_SAMPLE_TOKEN "apercu"
/* Subject, text and HTML alone, for preview, with the sample token; parts are appended. */
struct mail_parts;
bool composer_parts(struct composer *composer, const struct campaign *campaign, const char *template_name,
                    const char *party_id, int64_t date_ms, struct mail_parts *parts, struct err *err);
/* Forgets what it holds of a campaign (its schedule or templates changed). */
void composer_forget(struct composer *composer);

#endif
