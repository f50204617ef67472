/* The policy for every failed transaction: phase, reply code, enhanced code, and words where codes are silent.
 *
 * What decides, first to last: what happened without a reply · "too many connections", which slows and never fails · where
 * we are refused, not a recipient (greeting, EHLO, MAIL, log-in codes, relaying, sender) · 4yz · the enhanced code · the
 * words. RFC 5321 4.2, RFC 3463, RFC 7504 (521, 556), RFC 7505 (null MX). Wary on purpose: an address is suppressed for
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

/* -- 4yz ----------------------------------------------------------------------------------------------------------- */
static enum verdict for_now_of_relay(const struct smtp_result *result, const char *words) {
    const struct smtp_reply *reply = &result->reply;
    if (reply->code == 421 || verdict_says(words, SAYS_THROTTLED)) return VERDICT_SLOW;
    if (before_mail(result)) return VERDICT_RELAY; /* "454 4.7.0 temporary authentication failure" */
    /* Exchange under back pressure says 4.3.1, a server that lets nobody in 4.3.2. */
    bool busy = subject(reply, ".7.") || !strcmp(reply->enhanced, "4.3.1") || !strcmp(reply->enhanced, "4.3.2");
    return result->phase == SMTP_AT_MAIL && busy ? VERDICT_SLOW : VERDICT_RETRY;
}

/* 421 closes our connection: for the relay's own trouble when it says system or network (4.3.x, 4.4.x), otherwise for what
 * was just asked. */
static enum verdict for_now_of_domain(const struct smtp_reply *reply, const char *words) {
    if (verdict_says(words, SAYS_RELAYING)) return VERDICT_RELAY; /* Postfix defers what it will not relay: 454 4.7.1 */
    if (reply->code == 421) return subject(reply, ".3.") || subject(reply, ".4.") ? VERDICT_SLOW : VERDICT_SLOW_DOMAIN;
    return subject(reply, ".7.") || verdict_says(words, SAYS_THROTTLED) ? VERDICT_SLOW_DOMAIN : VERDICT_RETRY;
}

static enum verdict for_now(const struct smtp_result *result, const char *words) {
    if (verdict_says(words, SAYS_GREYLISTED)) return VERDICT_RETRY; /* wants patience, not slowness */
    if (verdict_says(words, SAYS_CONNECTIONS) || verdict_says(words, SAYS_ACCOUNT)) return VERDICT_SLOW;
    return of_the_relay(result) ? for_now_of_relay(result, words) : for_now_of_domain(&result->reply, words);
}

/* -- 5yz ----------------------------------------------------------------------------------------------------------- */
/* A refusal of MAIL is about our sender or our right to send, unless it says that the message is what it minds. */
static enum verdict at_mail(const struct smtp_reply *reply, const char *words) {
    bool size = subject(reply, ".3.4") || subject(reply, ".2.3") || (vague(reply->enhanced) && (reply->code == 552 || verdict_says(words, SAYS_TOO_BIG)));
    return size || text_starts(reply->enhanced, "5.6.") ? VERDICT_FAIL : VERDICT_RELAY;
}

static bool against_an_address(const struct smtp_reply *reply, const char *words) {
    return verdict_quotes_policy(reply->text) || verdict_says(words, SAYS_POLICY) || verdict_says(words, SAYS_FULL);
}

static enum verdict by_words(const struct smtp_result *result, const char *words) {
    if (against_an_address(&result->reply, words) || verdict_says(words, SAYS_DISABLED) || verdict_says(words, SAYS_OF_SENDER))
        return VERDICT_FAIL;
    if (verdict_says(words, SAYS_NO_ADDRESS)) return VERDICT_DEAD;
    /* A user who becomes unknown only when the message has been seen is a filter's excuse. */
    bool seen = result->phase == SMTP_AT_BODY || result->phase == SMTP_AT_DOT;
    if (verdict_says(words, SAYS_UNKNOWN_USER)) return seen ? VERDICT_FAIL : VERDICT_DEAD;
    return result->reply.code == 556 ? VERDICT_DEAD : VERDICT_FAIL;
}

/* None of the next recipients would fare better. */
static bool about_us(const char *words) {
    return verdict_says(words, SAYS_ACCOUNT) || verdict_says(words, SAYS_RELAYING) || verdict_says(words, SAYS_SENDER);
}

static enum verdict at_recipient(const struct smtp_result *result, const char *words) {
    const struct smtp_reply *reply = &result->reply;
    enum verdict verdict;
    if (verdict_says(words, SAYS_CLOSED) || verdict_says(words, SAYS_AUTHENTICATION)) return VERDICT_FAIL;
    /* RFC 5321 4.5.3.1.10: where some say 552, 452 is meant. */
    if (reply->code == 552 && verdict_says(words, SAYS_TOO_MANY)) return VERDICT_RETRY;
    if (about_us(words)) return verdict_says(words, SAYS_QUOTING) ? VERDICT_FAIL : VERDICT_RELAY;
    if (code_says(reply->enhanced, &verdict))
        return verdict == VERDICT_DEAD && against_an_address(reply, words) ? VERDICT_FAIL : verdict;
    return vague(reply->enhanced) ? by_words(result, words) : VERDICT_FAIL;
}

static enum verdict for_ever(const struct smtp_result *result, const char *words) {
    const struct smtp_reply *reply = &result->reply;
    if (verdict_says(words, SAYS_CONNECTIONS)) return VERDICT_SLOW;
    if (before_mail(result)) return VERDICT_RELAY;
    if (result->phase == SMTP_AT_MAIL) return at_mail(reply, words);
    if (login_code(reply->code)) return VERDICT_RELAY;
    return of_the_relay(result) ? VERDICT_RETRY : at_recipient(result, words); /* RSET: of no transaction at all */
}

enum verdict verdict_of(const struct smtp_result *result) {
    int class = result->reply.code / 100;
    if (!class) return without_reply(result);
    if (class == 2 && result->phase == SMTP_AT_DOT) return VERDICT_SENT;
    if (class != 4 && class != 5) return VERDICT_RETRY; /* 2yz or 3yz where it has no business decides nothing */
    AUTO_BUF words = BUF_INIT(8 * SMTP_REPLY_TEXT);
    verdict_words(&words, result->reply.text);
    return class == 4 ? for_now(result, buf_text(&words)) : for_ever(result, buf_text(&words));
}

/* -- refusals that repeat themselves ------------------------------------------------------------------------------- */
static bool of_one_recipient(const struct smtp_reply *reply, const char *words) {
    return closed_code(reply->enhanced) || verdict_says(words, SAYS_CLOSED);
}

bool verdict_is_policy(const struct smtp_result *result) {
    const struct smtp_reply *reply = &result->reply;
    bool transaction = result->phase >= SMTP_AT_MAIL && result->phase <= SMTP_AT_DOT;
    if (reply->code / 100 != 5 || !transaction || login_code(reply->code)) return false;
    enum verdict verdict = verdict_of(result);
    if (verdict != VERDICT_FAIL && verdict != VERDICT_RELAY) return false;
    AUTO_BUF buffer = BUF_INIT(8 * SMTP_REPLY_TEXT);
    verdict_words(&buffer, reply->text);
    const char *words = buf_text(&buffer);
    if (of_one_recipient(reply, words)) return false;
    if (verdict_says(words, SAYS_POLICY)) return true;
    bool unknown = verdict_says(words, SAYS_NO_ADDRESS) || verdict_says(words, SAYS_UNKNOWN_USER);
    bool own = (unknown && !verdict_says(words, SAYS_OF_SENDER)) || verdict_says(words, SAYS_FULL);
    return !own && (text_starts(reply->enhanced, "5.7.") || verdict_quotes_policy(reply->text));
}

void verdict_signature(const struct smtp_result *result, char signature[VERDICT_SIGNATURE]) {
    AUTO_BUF words = BUF_INIT(8 * SMTP_REPLY_TEXT);
    verdict_constant_words(&words, result->reply.text);
    snprintf(signature, VERDICT_SIGNATURE, "%d %s%s", result->reply.code, result->reply.enhanced, buf_text(&words));
}
