/* From a status code and words to a reason, and whether an address is dead. */
#include "mailer/inbox/reason.h"

#include <string.h>

#include "base/text.h"

/* RFC 3463 sections 3.2 to 3.8, where the code alone says enough. dead: an address nobody will ever read. */
static const struct {
    const char *status, *reason;
    bool dead;
} CODES[] = {
    {"5.1.1", "user-unknown", true},  {"5.1.2", "host-unknown", true},  {"5.1.3", "user-unknown", true},
    {"5.1.6", "moved", true},         {"5.1.10", "host-unknown", true}, {"5.1.7", "policy", false},
    {"5.1.8", "policy", false},       {"5.2.1", "disabled", false},     {"5.2.2", "mailbox-full", false},
    {"4.2.2", "mailbox-full", false}, {"5.2.3", "size", false},         {"5.3.4", "size", false},
    {"5.4.7", "expired", false},      {"4.4.7", "expired", false},      {"4.4.1", "expired", false},
    {"4.4.2", "expired", false},      {"5.4.4", "host-unknown", false}, {"4.4.4", "expired", false},
    {"5.4.6", "other", false},        {"5.4.14", "other", false}};

static bool equal(const char *a, const char *b) {
    return !strcmp(a, b);
}

/* Codes so general that the words decide. 5.4.4 (no mail exchanger) speaks of the place, like 5.1.2. */
static bool general(const char *status) {
    static const char *const GENERAL[] = {"",      "5.0.0", "5.1.0",   "5.4.0", "5.4.3",
                                          "5.4.4", "5.4.1", "5.1.351", "5.5.0", "5.0.1", "5.5.1", "5.4.310"};
    for (size_t i = 0; i < COUNT(GENERAL); i++)
        if (equal(GENERAL[i], status)) return true;
    return false;
}

static bool of_the_address(const char *reason) {
    return equal(reason, "user-unknown") || equal(reason, "host-unknown") || equal(reason, "moved");
}

/* -- when it was refused ----------------------------------------------------------------------------------- */
/* What MTAs write beside a refusal of RCPT and of what follows it: Postfix, Exim, sendmail, qmail's patches, DragonFly,
 * Gmail ("state 14"), SurfControl, m-FILTER, X.400 gateways. */
static const char *const AT_RCPT[] = {"reply to rcpt", "after rcpt",      "following rcpt", "response to rcpt", "command rcpt",
                                      "in rcpt to",    "rcpt to response", "like our rcpt",  "smtp:rcpt",        "step: rcpt",
                                      "[rcpt",         "(state 14",        "(state 13",      "to rcpt to",       "sent <<< rcpt"};
static const char *const AT_DATA[] = {"end of data",       "reply to data", "reply to end of", "after data",     ">>> data <<< 5", ">>> data <<< 4",
                                      "smtp command data", "[data]",        "step: data",      "final data",     "like our data",  "response to data",
                                      "end-of-data",       "(state 17",     "(state 18",       "after i sent the message", "following data command"};
/* Only a server that has refused every recipient answers so to DATA: with PIPELINING the transcript shows the reply to
 * RCPT behind DATA. */
static const char *const NO_RECIPIENTS[] = {"no valid recipient", "no recipients"};

enum refusal refusal_stage(const struct said *said) {
    if (said_count(said, AT_DATA, COUNT(AT_DATA), 1) && !said_count(said, NO_RECIPIENTS, COUNT(NO_RECIPIENTS), 1)) return REFUSED_DATA;
    return said_count(said, AT_RCPT, COUNT(AT_RCPT), 1) || said_is(said, ">>> rcpt to") || said_count(said, NO_RECIPIENTS, COUNT(NO_RECIPIENTS), 1)
               ? REFUSED_RCPT
               : REFUSED_SOMEWHERE;
}

/* A user who becomes unknown only after the message was seen is a filter's excuse. "No account of that name here" says
 * more, and is believed. */
static bool excuse(const struct said *said, enum refusal stage) {
    static const char *const EXCUSES[] = {"user unknown", "unknown user", "no such user", "invalid user", "user invalid", "invalid address",
                                          "address invalid", "address is invalid"};
    return stage == REFUSED_DATA && said_count(said, EXCUSES, COUNT(EXCUSES), 1);
}

/* "550 Unknown user a@b", those words alone: what NTT docomo's filter says of users it knows. Elsewhere it is meant, and
 * then the MTA that got it says that it was the answer to RCPT. */
static bool docomo(const struct said *said) {
    static const char WORDS[] = "unknown user ";
    const char *at = said->words + strspn(said->words, "0123456789. -");
    return !strncmp(at, WORDS, sizeof WORDS - 1) && strchr(at, '@') && !strchr(at + sizeof WORDS - 1, ' ');
}

/* -- judgement ------------------------------------------------------------------------------------------------ */
/* RFC 3463: a mailbox shut (5.2.1), a system at fault (5.3.0) or closed (5.3.2). Beside words of an unknown user such a code is believed unless
 * those words were the answer to RCPT, which is about nothing but the address. */
static bool about_something_else(const char *status) {
    return equal(status, "5.2.1") || equal(status, "5.3.0") || equal(status, "5.3.2");
}

static bool dead_by_words(const char *status, const char *words, const struct said *said, enum refusal stage) {
    if (!of_the_address(words) || said_is(said, "5.7.") || excuse(said, stage)) return false;
    if (equal(words, "user-unknown") && stage != REFUSED_RCPT && (about_something_else(status) || docomo(said))) return false;
    return general(status) || about_something_else(status);
}

/* "Status: 5.0.0" over "450 4.1.1 user unknown", "550-5.1.1 user unknown, 550 5.7.1 see …": 4yz and 5.7.z never kill, whatever stands
 * beside them. */
static bool for_now(const struct said *said) {
    char status[STATUS_TEXT] = "";
    return reply_class(said->words) == 4 || (status_find(said->words, false, status) && *status == '4') || said_is(said, " 5.7.");
}

/* -- what is quoted in a refusal -------------------------------------------------------------------------------- */
/* A server that asks another one about the address before it answers (Postfix, Exim) repeats what it was told behind these, and puts its
 * own 5.1.1 before them. */
static const char *const QUOTING[] = {"undeliverable address", "unverified address", "callout verification failed"};
static const char REPLY_TO[] = "in reply to ", REPLY_TO_RCPT[] = "in reply to rcpt";

static const char *quotation(const struct said *said) {
    for (size_t i = 0; i < COUNT(QUOTING); i++)
        if (said_is(said, QUOTING[i])) return strstr(said->words, QUOTING[i]) + strlen(QUOTING[i]);
    return NULL;
}

static const char *last_of(const char *text, const char *phrase) {
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, phrase)); at++) last = at;
    return last;
}

/* "said: … said: … (in reply to …) (in reply to …)": where the refusal is itself said by somebody, the last command is the one that it
 * answered, not the one the quotation did. */
static size_t quotation_length(const struct said *said, const char *quoted) {
    const char *outer = strstr(said->words, " said: "), *last = last_of(quoted, REPLY_TO);
    return outer && outer < quoted && last ? (size_t)(last - quoted) : strlen(quoted);
}

static bool dead_by_code(const char *status) {
    for (size_t i = 0; i < COUNT(CODES); i++)
        if (equal(CODES[i].status, status)) return CODES[i].dead;
    return false;
}

/* "550 Go away (in reply to MAIL FROM command)" was said of the server that asked: its 5.1.1 is no truer than what it was told. The code
 * quoted counts, or that it was the answer to RCPT, or words that say who is unknown. */
static bool quoted_spares(const struct said *quoted) {
    char status[STATUS_TEXT] = "";
    bool at_rcpt = said_is(quoted, REPLY_TO_RCPT);
    if (for_now(quoted) || (said_is(quoted, REPLY_TO) && !at_rcpt)) return true;
    if (status_find(quoted->words, false, status) && !general(status)) return !dead_by_code(status);
    return !at_rcpt && !of_the_address(reason_of_words(quoted));
}

/* Fills reason when it does. */
static bool quotation_spares(const struct said *said, const char **reason) {
    const char *at = quotation(said);
    if (!at) return false;
    AUTO_TEXT words = text_dup_n(at, quotation_length(said, at));
    struct said quoted;
    said_open(&quoted, words);
    if (!quoted_spares(&quoted)) return false;
    const char *why = reason_of_words(&quoted);
    *reason = *why ? why : "other";
    return true;
}

/* A mailbox that is shut exists, whatever code stands beside it; but AT&T says this of accounts that nobody will have again. */
static const char CLOSED_FOR_GOOD[] = "[suspend] mailbox currently suspended";

void reason_judge(struct failed *failed, const struct said *said, enum refusal notice_stage) {
    const char *words = reason_of_words(said);
    enum refusal stage = refusal_stage(said);
    if (stage == REFUSED_SOMEWHERE) stage = notice_stage;
    failed->dead = false;
    if (quotation_spares(said, &failed->reason)) return;
    bool dead_code = false, spared = for_now(said);
    const char *code_reason = "";
    for (size_t i = 0; i < COUNT(CODES); i++)
        if (equal(CODES[i].status, failed->status)) code_reason = CODES[i].reason, dead_code = CODES[i].dead;
    if (!strncmp(failed->status, "5.7.", 4)) code_reason = "policy";
    /* Specific words beat the code, except that a code about the address is not undone by weak words
     * ("rejected"). */
    static const char *const STRONG[] = {"spam", "block", "sender", "relay", "policy", "preferences", "rcpthosts",
                                         "expediteur", "absender", "remitente", "mittente", "remetente"};
    bool weak = equal(words, "policy") && !said_count(said, STRONG, COUNT(STRONG), 1);
    if (dead_code) {
        bool contradicted = equal(words, "mailbox-full") || equal(words, "size") || equal(words, "rate") ||
                            (equal(words, "disabled") && !said_is(said, CLOSED_FOR_GOOD)) || (equal(words, "policy") && !weak);
        failed->dead = !contradicted && !spared;
        failed->reason = contradicted || of_the_address(words) ? words : code_reason;
        return;
    }
    failed->reason = *code_reason && (!*words || equal(code_reason, "policy")) ? code_reason : words;
    failed->dead = dead_by_words(failed->status, words, said, stage) && !spared;
}
