/* The policy for every failed transaction, in tables: phase, reply code, enhanced code, and words where codes
 * are silent.
 *
 * What decides, first to last: what happened without a reply · where we are refused, not a recipient
 * (greeting, EHLO, MAIL, log-in codes) · 4yz · the enhanced code · the words. RFC 5321 4.2, RFC 3463, RFC
 * 7504 (521, 556), RFC 7505 (null MX). Wary on purpose: an address is suppressed
 * for 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 and what says the same in words, and for nothing else. 5.4.4 (no
 * route, "Host not found") is not among them: it is as often the relay's own resolver that failed, so the
 * delivery fails and the address stays. */
#include "mailer/send/verdict.h"

#include <string.h>

#include "base/text.h"

const char *const VERDICT[] = {
    [VERDICT_SENT] = "sent", [VERDICT_RETRY] = "retry", [VERDICT_FAIL] = "fail",  [VERDICT_DEAD] = "dead",
    [VERDICT_SLOW] = "slow", [VERDICT_RELAY] = "relay", [VERDICT_DOUBT] = "doubt"};

struct rule {
    const char *what; /* an enhanced code, or words of the text, letters in any case */
    enum verdict verdict;
};

/* Other codes are about this mail: it fails. x.y.0 says next to nothing: words decide. */
static const struct rule CODES[] = {
    {"5.1.1", VERDICT_DEAD},   {"5.1.2", VERDICT_DEAD},  {"5.1.3", VERDICT_DEAD},
    {"5.1.6", VERDICT_DEAD},   {"5.1.10", VERDICT_DEAD}, {"5.1.7", VERDICT_RELAY},
    {"5.1.8", VERDICT_RELAY},  {"5.7.3", VERDICT_RELAY}, /* Exchange: not authenticated */
    {"5.7.8", VERDICT_RELAY},                            /* RFC 4954: credentials invalid */
    {"5.7.9", VERDICT_FAIL}, /* RFC 4954 gave it to AUTH, Yahoo to its policy: at a recipient it is policy */
    {"5.7.11", VERDICT_RELAY}, /* RFC 4954: encryption needed */
    {"5.7.57", VERDICT_RELAY}, /* Exchange Online: client not authenticated */
    {"5.7.60", VERDICT_RELAY}, /* … not allowed to send as this sender */
    {"5.7.64", VERDICT_RELAY}, /* … relay access denied */
};

static const struct rule SLOW_WORDS[] = {
    {"grey", VERDICT_RETRY},
    {"gray", VERDICT_RETRY}, /* greylisting wants patience, not slowness */
    {"liste grise", VERDICT_RETRY},
    {"too many connections", VERDICT_SLOW},
    {"too many concurrent", VERDICT_SLOW},
    {"too many messages", VERDICT_SLOW},
    {"too much mail", VERDICT_SLOW},
    {"too many sessions", VERDICT_SLOW},
    {"too fast", VERDICT_SLOW},
    {"rate limit", VERDICT_SLOW},
    {"rate-limit", VERDICT_SLOW},
    {"ratelimit", VERDICT_SLOW},
    {"throttl", VERDICT_SLOW},
    {"trop de connexions", VERDICT_SLOW},
    {"trop de messages", VERDICT_SLOW},
    {"unusual rate", VERDICT_SLOW},
    {"unusual volume", VERDICT_SLOW},
};

/* About us: no recipient is at fault, and none of the next ones would fare better. */
static const struct rule RELAY_WORDS[] = {
    {"relay access denied", VERDICT_RELAY},
    {"relaying denied", VERDICT_RELAY},
    {"relay not permitted", VERDICT_RELAY},
    {"relaying not allowed", VERDICT_RELAY},
    {"unable to relay", VERDICT_RELAY},
    {"not permitted to relay", VERDICT_RELAY},
    {"we do not relay", VERDICT_RELAY},
    {"authentication required", VERDICT_RELAY},
    {"authentication is required", VERDICT_RELAY},
    {"must authenticate", VERDICT_RELAY},
    {"client was not authenticated", VERDICT_RELAY},
    {"must issue a starttls", VERDICT_RELAY},
    {"sender address rejected", VERDICT_RELAY},
    {"sender rejected", VERDICT_RELAY},
    {"sender verify failed", VERDICT_RELAY},
    {"sender denied", VERDICT_RELAY},
    {"not owned by user", VERDICT_RELAY},
    {"authentification requise", VERDICT_RELAY},
    {"expéditeur refusé", VERDICT_RELAY},
    {"relais refusé", VERDICT_RELAY},
};

/* Where no code speaks. What smells of policy is looked for first: "user unknown or blocked" must not kill an
 * address. */
static const struct rule WORDS[] = {
    {"spam", VERDICT_FAIL},
    {"blocked", VERDICT_FAIL},
    {"blacklist", VERDICT_FAIL},
    {"blocklist", VERDICT_FAIL},
    {"block list", VERDICT_FAIL},
    {"reputation", VERDICT_FAIL},
    {"policy", VERDICT_FAIL},
    {"virus", VERDICT_FAIL},
    {"dmarc", VERDICT_FAIL},
    {"quota", VERDICT_FAIL},
    {"mailbox full", VERDICT_FAIL},
    {"mailbox is full", VERDICT_FAIL},
    {"boîte pleine", VERDICT_FAIL},
    {"user unknown", VERDICT_DEAD},
    {"unknown user", VERDICT_DEAD},
    {"no such user", VERDICT_DEAD},
    {"no such recipient", VERDICT_DEAD},
    {"no such address", VERDICT_DEAD},
    {"no such mailbox", VERDICT_DEAD},
    {"no mailbox here", VERDICT_DEAD},
    {"mailbox not found", VERDICT_DEAD},
    {"unknown recipient", VERDICT_DEAD},
    {"recipient unknown", VERDICT_DEAD},
    {"unrouteable address", VERDICT_DEAD},
    {"invalid recipient", VERDICT_DEAD},
    {"recipient not found", VERDICT_DEAD},
    {"recipient address rejected: user", VERDICT_DEAD},
    {"user not found", VERDICT_DEAD},
    {"unknown address", VERDICT_DEAD},
    {"address unknown", VERDICT_DEAD},
    {"does not exist", VERDICT_DEAD},
    {"doesn't exist", VERDICT_DEAD},
    {"domain not found", VERDICT_DEAD},
    {"nullmx", VERDICT_DEAD},
    {"null mx", VERDICT_DEAD},
    {"does not accept mail", VERDICT_DEAD},
    {"destinataire inconnu", VERDICT_DEAD},
    {"utilisateur inconnu", VERDICT_DEAD},
    {"adresse inconnue", VERDICT_DEAD},
    {"boîte inconnue", VERDICT_DEAD},
    {"n'existe pas", VERDICT_DEAD},
    {"destinataire est invalide", VERDICT_DEAD},
    {"destinataire invalide", VERDICT_DEAD},
};

static bool words_say(const struct rule *rules, size_t count, const char *text, enum verdict *verdict) {
    for (size_t i = 0; i < count; i++)
        if (text_find_nocase(text, rules[i].what)) return *verdict = rules[i].verdict, true;
    return false;
}

static bool code_says(const char *enhanced, enum verdict *verdict) {
    for (size_t i = 0; i < COUNT(CODES); i++)
        if (!strcmp(CODES[i].what, enhanced)) return *verdict = CODES[i].verdict, true;
    return false;
}

/* "5.1.0": the subject is named, the detail is not. Security is never that vague: 5.7.0 is policy. */
static bool vague(const char *enhanced) {
    size_t length = strlen(enhanced);
    return !length || (!strcmp(enhanced + length - 2, ".0") && !text_starts(enhanced, "5.7."));
}

static bool before_mail(const struct smtp_result *result) {
    return result->phase == SMTP_AT_GREETING || result->phase == SMTP_AT_EHLO;
}

/* No reply: lost, timed out, nonsense; or we refused it ourselves before a byte left (an enhanced code, no
 * reply code). */
static enum verdict without_reply(const struct smtp_result *result) {
    enum verdict verdict;
    if (result->reply.enhanced[0])
        return code_says(result->reply.enhanced, &verdict) ? verdict : VERDICT_FAIL;
    if (before_mail(result)) return VERDICT_RELAY;
    return result->phase == SMTP_AT_DOT ? VERDICT_DOUBT : VERDICT_RETRY;
}

static enum verdict for_now(const struct smtp_result *result) {
    const struct smtp_reply *reply = &result->reply;
    enum verdict verdict;
    if (words_say(SLOW_WORDS, COUNT(SLOW_WORDS), reply->text, &verdict)) return verdict;
    if (reply->code == 421) return VERDICT_SLOW;
    if (before_mail(result)) return VERDICT_RELAY; /* "454 4.7.0 temporary authentication failure" */
    /* At RCPT a policy that says "not now" is the recipient's side's (greylisting), and no reason to slow the others. */
    return text_starts(reply->enhanced, "4.7.") && result->phase != SMTP_AT_RCPT ? VERDICT_SLOW : VERDICT_RETRY;
}

/* A refusal of MAIL is about our sender or our right to send, unless it says that the message is what it
 * minds. */
static enum verdict at_mail(const struct smtp_reply *reply) {
    bool message =
        reply->code == 552 || text_starts(reply->enhanced, "5.6.") || text_starts(reply->enhanced, "5.3.4");
    return message ? VERDICT_FAIL : VERDICT_RELAY;
}

static bool login_code(int code) {
    return code == 530 || code == 534 || code == 535 || code == 538;
}

static enum verdict for_ever(const struct smtp_result *result) {
    const struct smtp_reply *reply = &result->reply;
    enum verdict verdict;
    if (before_mail(result) || login_code(reply->code)) return VERDICT_RELAY;
    if (result->phase == SMTP_AT_RSET) return VERDICT_RETRY; /* of no transaction at all */
    if (result->phase == SMTP_AT_MAIL) return at_mail(reply);
    if (words_say(RELAY_WORDS, COUNT(RELAY_WORDS), reply->text, &verdict) &&
        !text_starts(reply->enhanced, "5.1.1"))
        return verdict;
    if (code_says(reply->enhanced, &verdict)) return verdict;
    if (!vague(reply->enhanced)) return VERDICT_FAIL;
    if (words_say(WORDS, COUNT(WORDS), reply->text, &verdict)) return verdict;
    return reply->code == 556 ? VERDICT_DEAD : VERDICT_FAIL;
}

enum verdict verdict_of(const struct smtp_result *result) {
    int class = result->reply.code / 100;
    if (!class) return without_reply(result);
    if (class == 2 && result->phase == SMTP_AT_DOT) return VERDICT_SENT;
    if (class == 4) return for_now(result);
    return class == 5 ? for_ever(result)
                      : VERDICT_RETRY; /* 2yz or 3yz where it has no business decides nothing */
}
