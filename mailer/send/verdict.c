/* The policy for every failed transaction: phase, reply code, enhanced code, and words where codes are silent.
 *
 * What decides, first to last: what happened without a reply · "too many connections", which slows and never fails · where
 * we are refused, not a recipient (greeting, EHLO, MAIL, log-in codes, relaying, sender) · 4yz · the enhanced code · the
 * words. Where the relay repeats what another server said, the other's words are about the recipient, or about the relay.
 * RFC 5321 4.2, RFC 3463, RFC 7504 (521, 556), RFC 7505 (null MX). Wary on purpose: an address is suppressed for
 * 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 and what says the same in words, for nothing else, and not even for these where the
 * same reply speaks of policy or a full mailbox. 5.4.4 (no route, "Host not found") is not among them: it is as often the
 * relay's own resolver that failed, so the delivery fails and the address stays. */
#include "mailer/send/verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/send/verdict_words.h"

const char *const VERDICT[] = {
    [VERDICT_SENT] = "sent", [VERDICT_RETRY] = "retry",             [VERDICT_FAIL] = "fail",   [VERDICT_DEAD] = "dead",
    [VERDICT_SLOW] = "slow", [VERDICT_SLOW_DOMAIN] = "slow-domain", [VERDICT_RELAY] = "relay", [VERDICT_DOUBT] = "doubt"};

/* Other codes are about this mail: it fails. x.y.0 says next to nothing: words decide. */
static const struct { const char *code; enum verdict verdict; } CODES[] = {
    {"5.1.1", VERDICT_DEAD},   {"5.1.2", VERDICT_DEAD},   {"5.1.3", VERDICT_DEAD}, {"5.1.6", VERDICT_DEAD},
    {"5.1.10", VERDICT_DEAD},  {"5.1.7", VERDICT_RELAY},  {"5.1.8", VERDICT_RELAY},
    {"5.7.3", VERDICT_RELAY},  /* Exchange: not authenticated */
    {"5.7.8", VERDICT_RELAY},  /* RFC 4954: credentials invalid */
    {"5.7.9", VERDICT_FAIL},   /* RFC 4954 gave it to AUTH, Yahoo to its policy: at a recipient it is policy */
    {"5.7.11", VERDICT_RELAY}, /* RFC 4954: encryption needed */
    {"5.7.57", VERDICT_RELAY}, /* Exchange Online: client not authenticated */
    {"5.7.60", VERDICT_RELAY}, /* … not allowed to send as this sender */
    {"5.7.64", VERDICT_RELAY}, /* … relay access denied */
    {"5.7.705", VERDICT_RELAY}, /* … our tenant has exceeded its threshold */
    {"5.7.750", VERDICT_RELAY}, /* … our domain is not registered with it */
    {"5.1.90", VERDICT_RELAY},  /* … our daily limit of recipients */
    {"5.7.232", VERDICT_RELAY}, /* … our trial tenant's, our tenant's limits of external recipients */
    {"5.7.233", VERDICT_RELAY},
    {"5.7.236", VERDICT_RELAY},
    {"5.2.252", VERDICT_RELAY}, /* … SendAsDenied */
};

/* Codes of one recipient that takes no mail of outsiders or is shut (Exchange Online; sendmail for 5.7.13). 5.4.1 is no
 * answer from a host in RFC 3463, an unknown recipient in Exchange Online's edge, and our doing in neither. */
static const char *const CLOSED_CODES[] = {"5.4.1", "5.7.12", "5.7.13", "5.7.124", "5.7.133", "5.7.134", "5.7.135", "5.7.136"};

static bool code_says(const char *enhanced, enum verdict *verdict) {
    for (size_t i = 0; i < COUNT(CODES); i++)
        if (!strcmp(CODES[i].code, enhanced)) return *verdict = CODES[i].verdict, true;
    return false;
}

static bool closed_code(const char *enhanced) {
    for (size_t i = 0; i < COUNT(CLOSED_CODES); i++)
        if (!strcmp(CLOSED_CODES[i], enhanced)) return true;
    return false;
}

/* "4.7.1", "5.7.1": some write the wrong class behind the reply code, which counts. */
static bool subject(const struct smtp_reply *reply, const char *dot_subject_dot) {
    return reply->enhanced[0] && text_starts(reply->enhanced + 1, dot_subject_dot);
}

/* Whatever the words beside them. */
static bool code_of_sender(const struct smtp_reply *reply) {
    return reply->enhanced[0] && (!strcmp(reply->enhanced + 1, ".1.7") || !strcmp(reply->enhanced + 1, ".1.8"));
}

/* x.2.z is a mailbox's, x.1.z an address's: but the sender's codes, and x.1.0, which Postfix says of senders too. */
static bool code_of_mailbox(const struct smtp_reply *reply) {
    return subject(reply, ".2.") || (subject(reply, ".1.") && strcmp(reply->enhanced + 1, ".1.0") && !code_of_sender(reply));
}

/* "5.1.0": the subject is named, the detail is not. Security is never that vague: 5.7.0 is policy. */
static bool vague(const char *enhanced) {
    size_t length = strlen(enhanced);
    return !length || (enhanced[0] == '5' && !strcmp(enhanced + length - 2, ".0") && !text_starts(enhanced, "5.7."));
}

static bool before_mail(const struct smtp_result *result) {
    return result->phase == SMTP_AT_GREETING || result->phase == SMTP_AT_EHLO;
}

/* No recipient was named: all that is said is between the relay and us. */
static bool of_the_relay(const struct smtp_result *result) {
    return before_mail(result) || result->phase == SMTP_AT_MAIL || result->phase == SMTP_AT_RSET || result->phase == SMTP_AT_QUIT;
}

static bool login_code(int code) {
    return code == 530 || code == 534 || code == 535 || code == 538;
}

/* -- without a reply --------------------------------------------------------------------------------------------- */
/* Lost, timed out, nonsense; or we refused it ourselves before a byte left (an enhanced code, no reply code). */
static enum verdict without_reply(const struct smtp_result *result) {
    enum verdict verdict;
    if (result->reply.enhanced[0]) return code_says(result->reply.enhanced, &verdict) ? verdict : VERDICT_FAIL;
    if (before_mail(result)) return VERDICT_RELAY;
    return result->phase == SMTP_AT_DOT ? VERDICT_DOUBT : VERDICT_RETRY;
}

/* -- what is said, and of whom -------------------------------------------------------------------------------------- */
/* A reply as the rules see it. Where the relay repeats what another server said, front is what it says itself. */
struct said {
    const struct smtp_result *result;
    struct smtp_reply reply;    /* with the enhanced code that stands in the text */
    struct buf words, unnamed, front, quoted;
    const char *quotation;      /* in reply.text, NULL = nobody is quoted */
};

static void said_release(struct said *said) {
    buf_release(&said->words), buf_release(&said->unnamed), buf_release(&said->front), buf_release(&said->quoted);
}
#define AUTO_SAID __attribute__((cleanup(said_release))) struct said

static void said_open(struct said *said, const struct smtp_result *result) {
    *said = (struct said){.result = result, .reply = result->reply, .words = BUF_INIT(8 * SMTP_REPLY_TEXT),
                          .unnamed = BUF_INIT(8 * SMTP_REPLY_TEXT), .front = BUF_INIT(8 * SMTP_REPLY_TEXT), .quoted = BUF_INIT(8 * SMTP_REPLY_TEXT)};
    struct smtp_reply *reply = &said->reply;
    if (!reply->enhanced[0] && !of_the_relay(result)) verdict_code_in_text(reply->text, reply->enhanced, sizeof reply->enhanced);
    verdict_words(&said->words, reply->text);
    verdict_unnamed_words(&said->unnamed, reply->text);
    said->quotation = verdict_quotation(reply->text);
    if (!said->quotation) return;
    char front[SMTP_REPLY_TEXT];
    snprintf(front, sizeof front, "%.*s", (int)(said->quotation - reply->text), reply->text);
    verdict_words(&said->front, front);
    verdict_words(&said->quoted, said->quotation);
}

static bool says(const struct said *said, enum verdict_says what) { return verdict_says(buf_text(&said->words), what); }
static bool says_of_user(const struct said *said, enum verdict_says what) { return says(said, what) || verdict_says(buf_text(&said->unnamed), what); }
static bool says_itself(const struct said *said, enum verdict_says what) {
    return verdict_says(buf_text(said->quotation ? &said->front : &said->words), what);
}

/* The relay refuses a recipient and says what it was told of it: by a server that refuses the relay, perhaps, not us. */
static bool quotes_of_recipient(const struct said *said) {
    if (!said->quotation || says_itself(said, SAYS_OF_SENDER)) return false;
    if (says_itself(said, SAYS_OF_RECIPIENT) || verdict_begins_with_address(said->reply.text)) return true;
    return says_itself(said, SAYS_CALLOUT) && !says(said, SAYS_SENDER_VERIFY); /* Exim says whose it was behind the quotation */
}

/* Our account at the relay, where it is not a mailbox whose quota is spoken of; a limit of size is the message's. */
static bool of_account(const struct said *said) {
    if (!says(said, SAYS_ACCOUNT) || says(said, SAYS_TOO_BIG)) return false;
    return of_the_relay(said->result) || !(quotes_of_recipient(said) || code_of_mailbox(&said->reply) || says(said, SAYS_MAILBOX));
}

/* Never fails, 4yz or 5yz. With a recipient named, and quoted or said of a mailbox, it is its domain that wants less. */
static enum verdict too_many_connections(const struct said *said) {
    bool of_recipient = said->quotation || subject(&said->reply, ".1.") || subject(&said->reply, ".2.");
    return !of_the_relay(said->result) && of_recipient ? VERDICT_SLOW_DOMAIN : VERDICT_SLOW;
}

/* -- 4yz ----------------------------------------------------------------------------------------------------------- */
/* Nobody was named yet: patience asked at the greeting is asked of the next connection, whoever it is for. 454 is the
 * log-in's and TLS's own code, with 4.7.0 too. */
static enum verdict for_now_of_relay(const struct said *said) {
    const struct smtp_reply *reply = &said->reply;
    if (reply->code == 421 || says(said, SAYS_THROTTLED)) return VERDICT_SLOW;
    if (before_mail(said->result)) {
        bool patience = says(said, SAYS_GREYLISTED) || (subject(reply, ".7.") && (reply->code == 450 || reply->code == 451));
        return patience ? VERDICT_SLOW : VERDICT_RELAY; /* "454 4.7.0 temporary authentication failure" */
    }
    /* Exchange under back pressure says 4.3.1, a server that lets nobody in 4.3.2. */
    bool busy = subject(reply, ".7.") || !strcmp(reply->enhanced, "4.3.1") || !strcmp(reply->enhanced, "4.3.2");
    return said->result->phase == SMTP_AT_MAIL && busy ? VERDICT_SLOW : VERDICT_RETRY;
}

/* 421 closes our connection: for the relay's own trouble when it says system or network (4.3.x, 4.4.x), otherwise for what
 * was just asked. x.2.z is one mailbox, flooded or full, whatever words of haste stand beside it. */
static enum verdict for_now_of_domain(const struct said *said) {
    const struct smtp_reply *reply = &said->reply;
    /* Postfix defers what it will not relay: 454 4.7.1 */
    if (says(said, SAYS_RELAYING) && !quotes_of_recipient(said)) return VERDICT_RELAY;
    if (reply->code == 421) return subject(reply, ".3.") || subject(reply, ".4.") ? VERDICT_SLOW : VERDICT_SLOW_DOMAIN;
    if (subject(reply, ".2.")) return VERDICT_RETRY;
    bool haste = says(said, SAYS_THROTTLED) || says(said, SAYS_HARVESTED);
    return subject(reply, ".7.") || haste ? VERDICT_SLOW_DOMAIN : VERDICT_RETRY;
}

static enum verdict for_now(const struct said *said) {
    if (says(said, SAYS_GREYLISTED) && !before_mail(said->result)) return VERDICT_RETRY; /* wants patience, not slowness */
    if (says(said, SAYS_CONNECTIONS)) return too_many_connections(said);
    /* Gmail adds whose limits its pages explain. */
    if (subject(&said->reply, ".5.3") && says(said, SAYS_TOO_MANY)) return VERDICT_RETRY;
    if (of_account(said)) return VERDICT_SLOW;
    return of_the_relay(said->result) ? for_now_of_relay(said) : for_now_of_domain(said);
}

/* -- 5yz ----------------------------------------------------------------------------------------------------------- */
/* A refusal of MAIL is about our sender or our right to send, unless it says that the message is what it minds. */
static enum verdict at_mail(const struct said *said) {
    const struct smtp_reply *reply = &said->reply;
    bool in_words = vague(reply->enhanced) && (reply->code == 552 || says(said, SAYS_TOO_BIG));
    bool size = subject(reply, ".3.4") || subject(reply, ".2.3") || in_words;
    return size || text_starts(reply->enhanced, "5.6.") ? VERDICT_FAIL : VERDICT_RELAY;
}

static bool unknown(const char *words) {
    return verdict_says(words, SAYS_NO_ADDRESS) || verdict_says(words, SAYS_UNKNOWN_USER);
}

/* What another server said makes the relay's 5.1.1 no truer than itself: « 550 Go away (in reply to MAIL FROM command) » was
 * said of the relay. Its code counts, or that it was the answer to RCPT, or words that say who is unknown. */
static bool quotation_spares(const struct said *said) {
    enum verdict verdict;
    if (!said->quotation) return false;
    const char *words = buf_text(&said->quoted), *at = said->quotation;
    if (*at == '4' || verdict_says(words, SAYS_NOT_AT_RCPT)) return true;
    char enhanced[sizeof said->reply.enhanced];
    if (verdict_quoted_code(at, enhanced, sizeof enhanced) && !vague(enhanced))
        return !code_says(enhanced, &verdict) || verdict != VERDICT_DEAD;
    return !verdict_says(words, SAYS_AT_RCPT) && !unknown(words);
}

/* Said beside "unknown", these leave it open whether the address is. */
static bool spares_an_address(const struct said *said) {
    static const enum verdict_says SPARING[] = {SAYS_POLICY, SAYS_BLOCKED,  SAYS_FULL,     SAYS_SHUT,
                                                SAYS_LATER,  SAYS_ACCOUNT, SAYS_OF_SENDER, SAYS_HARVESTED};
    for (size_t i = 0; i < COUNT(SPARING); i++)
        if (says(said, SPARING[i])) return true;
    return verdict_quotes_policy(said->reply.text) || quotation_spares(said);
}

static enum verdict by_words(const struct said *said) {
    if (spares_an_address(said) || says(said, SAYS_OF_US)) return VERDICT_FAIL;
    if (says_of_user(said, SAYS_NO_ADDRESS)) return VERDICT_DEAD;
    /* A user who becomes unknown only when the message has been seen is a filter's excuse. */
    bool seen = said->result->phase == SMTP_AT_BODY || said->result->phase == SMTP_AT_DOT;
    if (says_of_user(said, SAYS_UNKNOWN_USER)) return seen ? VERDICT_FAIL : VERDICT_DEAD;
    return said->reply.code == 556 ? VERDICT_DEAD : VERDICT_FAIL;
}

/* None of the next recipients would fare better. */
static bool about_us(const struct said *said) {
    return of_account(said) || says(said, SAYS_RELAYING) || says(said, SAYS_SENDER);
}

static bool of_one_recipient(const struct said *said) {
    return closed_code(said->reply.enhanced) || says(said, SAYS_CLOSED);
}

static enum verdict at_recipient(const struct said *said) {
    const struct smtp_reply *reply = &said->reply;
    enum verdict verdict;
    if (code_of_sender(reply)) return VERDICT_RELAY;
    if (of_one_recipient(said)) return VERDICT_FAIL;
    bool refuses_sender = said->quotation && says_itself(said, SAYS_SENDER); /* whatever it was told of it */
    if (says(said, SAYS_AUTHENTICATION) && !refuses_sender) return VERDICT_FAIL;
    /* RFC 5321 4.5.3.1.10: where some say 552, 452 is meant. */
    if (reply->code == 552 && says(said, SAYS_TOO_MANY)) return VERDICT_RETRY;
    if (about_us(said)) return quotes_of_recipient(said) ? VERDICT_FAIL : VERDICT_RELAY;
    if (code_says(reply->enhanced, &verdict)) return verdict == VERDICT_DEAD && spares_an_address(said) ? VERDICT_FAIL : verdict;
    return vague(reply->enhanced) ? by_words(said) : VERDICT_FAIL;
}

static enum verdict for_ever(const struct said *said) {
    const struct smtp_result *result = said->result;
    if (says(said, SAYS_CONNECTIONS)) return too_many_connections(said);
    if (before_mail(result)) return VERDICT_RELAY;
    if (result->phase == SMTP_AT_MAIL) return at_mail(said);
    if (login_code(said->reply.code)) return VERDICT_RELAY;
    return of_the_relay(result) ? VERDICT_RETRY : at_recipient(said); /* RSET: of no transaction at all */
}

enum verdict verdict_of(const struct smtp_result *result) {
    int class = result->reply.code / 100;
    if (!class) return without_reply(result);
    if (class == 2 && result->phase == SMTP_AT_DOT) return VERDICT_SENT;
    /* 2yz or 3yz where it has no business decides nothing, but for a relay that begins with it: no recipient was named. */
    if (class != 4 && class != 5) return before_mail(result) ? VERDICT_RELAY : VERDICT_RETRY;
    AUTO_SAID said;
    said_open(&said, result);
    return class == 4 ? for_now(&said) : for_ever(&said);
}

/* -- refusals that repeat themselves ------------------------------------------------------------------------------- */
/* A mailbox shut or blocked is its owner's affair, under 5.7.1 too, unless a block list or our sender is spoken of. */
static bool shut(const struct said *said) {
    bool mailbox = (subject(&said->reply, ".2.") && !vague(said->reply.enhanced)) || says(said, SAYS_SHUT);
    return mailbox && !says(said, SAYS_POLICY) && !says(said, SAYS_OF_SENDER) && !says(said, SAYS_OF_US) && !about_us(said);
}

static bool against_us(const struct said *said) {
    if (of_one_recipient(said) || shut(said)) return false;
    if (says(said, SAYS_POLICY) || says(said, SAYS_BLOCKED) || says(said, SAYS_HARVESTED)) return true;
    bool nobody = says_of_user(said, SAYS_NO_ADDRESS) || says_of_user(said, SAYS_UNKNOWN_USER);
    bool own = (nobody && !says(said, SAYS_OF_SENDER)) || says(said, SAYS_FULL);
    return !own && (text_starts(said->reply.enhanced, "5.7.") || verdict_quotes_policy(said->reply.text));
}

bool verdict_is_policy(const struct smtp_result *result) {
    bool transaction = result->phase >= SMTP_AT_MAIL && result->phase <= SMTP_AT_DOT;
    if (result->reply.code / 100 != 5 || !transaction || login_code(result->reply.code)) return false;
    enum verdict verdict = verdict_of(result);
    if (verdict != VERDICT_FAIL && verdict != VERDICT_RELAY) return false;
    AUTO_SAID said;
    said_open(&said, result);
    return against_us(&said);
}

void verdict_signature(const struct smtp_result *result, char signature[VERDICT_SIGNATURE]) {
    AUTO_BUF words = BUF_INIT(8 * SMTP_REPLY_TEXT);
    verdict_constant_words(&words, result->reply.text);
    snprintf(signature, VERDICT_SIGNATURE, "%d %s%s", result->reply.code, result->reply.enhanced, buf_text(&words));
}
