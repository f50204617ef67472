/* Reading failure notices written for people. */
#include "mailer/inbox/bounce_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"

/* -- words
 * ---------------------------------------------------------------------------------------------------- */
static const char *const SUBJECTS[] = {"undeliver",
                                       "non-delivery",
                                       "nondelivery",
                                       "not delivered",
                                       "returned mail",
                                       "mail returned",
                                       "returned to sender",
                                       "failure notice",
                                       "failure delivery",
                                       "delivery fail",
                                       "delivery status",
                                       "delivery has failed",
                                       "delivery problem",
                                       "delivery error",
                                       "delivery report",
                                       "delivery notification",
                                       "mail delivery",
                                       "mail failure",
                                       "mail system error",
                                       "message delivery",
                                       "could not be delivered",
                                       "could not send",
                                       "could not deliver",
                                       "unable to deliver",
                                       "message status",
                                       "mail failed",
                                       "failed mail",
                                       "error sending your mail",
                                       "user unknown",
                                       "bounce notification",
                                       "delayed mail",
                                       "message delayed",
                                       "delayed",
                                       "has not yet been delivered",
                                       "delivery failure",
                                       "permanent delivery",
                                       "message undeliverable",
                                       "non remis",
                                       "non délivré",
                                       "non distribu",
                                       "échec de remise",
                                       "échec de la remise",
                                       "echec de remise",
                                       "échec de distribution",
                                       "échec de livraison",
                                       "échec d'envoi",
                                       "avis de non-remise",
                                       "notification d'état de remise",
                                       "état de remise",
                                       "retour de message",
                                       "message retourné",
                                       "remise différée",
                                       "retard de remise",
                                       "unzustellbar",
                                       "zustellung",
                                       "no se puede entregar",
                                       "no entregado",
                                       "mancata consegna",
                                       "não entregue",
                                       "onbestelbaar",
                                       "problem with your message",
                                       "transcript of session",
                                       "rejected:",
                                       "errors from"};
static const char *const FAILURES[] = {"could not be delivered",
                                       "couldn't be delivered",
                                       "cannot be delivered",
                                       "can't be delivered",
                                       "was not delivered",
                                       "were not delivered",
                                       "wasn't delivered",
                                       "not been delivered",
                                       "not yet been delivered",
                                       "able to deliver your message",
                                       "unable to deliver",
                                       "could not deliver",
                                       "couldn't deliver",
                                       "not able to deliver",
                                       "cannot deliver",
                                       "failed to deliver",
                                       "undeliverable",
                                       "undelivered",
                                       "delivery to the following",
                                       "delevery to the following",
                                       "delivery has failed",
                                       "delivery failed",
                                       "delivery of email",
                                       "did not reach",
                                       "not reach the following",
                                       "could not be reached",
                                       "permanent fatal errors",
                                       "permanent error",
                                       "permanent failure",
                                       "returned permanent errors",
                                       "delivery failure",
                                       "delivery problems",
                                       "delivery errors",
                                       "delivery error",
                                       "error delivering your mail",
                                       "trouble delivering",
                                       "following address(es) failed",
                                       "following address failed",
                                       "failed addresses",
                                       "addresses failed",
                                       "your mail to the following",
                                       "was rejected",
                                       "were rejected",
                                       "has been rejected",
                                       "rejected by",
                                       "user unknown",
                                       "unknown user",
                                       "no such user",
                                       "not a valid user",
                                       "unknown recipient",
                                       "mailbox is full",
                                       "mailbox full",
                                       "over quota",
                                       "quota exceeded",
                                       "transcript of session",
                                       "giving up",
                                       "given up",
                                       "host unknown",
                                       "unknown host",
                                       "no mailbox here",
                                       "account has been disabled",
                                       "remote host said",
                                       "smtp error from remote",
                                       "n'a pas pu être remis",
                                       "n'a pas pu être délivré",
                                       "n'a pas pu être distribué",
                                       "n'a pu être remis",
                                       "n'a pas été remis",
                                       "impossible de remettre",
                                       "échec de la remise",
                                       "la remise a échoué",
                                       "n'a pas été délivré",
                                       "destinataire inconnu",
                                       "utilisateur inconnu",
                                       "boîte aux lettres est pleine",
                                       "konnte nicht zugestellt",
                                       "nicht zugestellt",
                                       "no pudo ser entregado",
                                       "no se pudo entregar",
                                       "non è stato possibile",
                                       "não pôde ser entregue",
                                       "kon niet worden",
                                       "invalid address",
                                       "invalid user address",
                                       "delivery attempts",
                                       "not sent to",
                                       "deemed to be spam",
                                       "message rejected",
                                       "not accepting mail",
                                       "not a known user",
                                       "did not exactly match",
                                       "deferred:",
                                       "no valid recipients",
                                       "did not like our",
                                       "email address is wrong",
                                       "has encountered delivery",
                                       "rejected and discarded",
                                       "could not be sent",
                                       "attempting to deliver",
                                       "not delivered to",
                                       "domain does not exist",
                                       "non-delivery report",
                                       "message is delayed",
                                       "not delivered",
                                       "delivering your mail to",
                                       "has been delayed",
                                       "requested action not taken",
                                       "not listed in"};
static const char *const DELAYS[] = {"has not yet been delivered",
                                     "not yet been delivered",
                                     "delivery attempts will continue",
                                     "warning only",
                                     "is delayed for",
                                     "has been delayed",
                                     "was delayed",
                                     "still being retried",
                                     "attempts will continue",
                                     "will continue to attempt",
                                     "will continue trying",
                                     "continue to try",
                                     "temporary failure report",
                                     "not send mail for past",
                                     "will be retried",
                                     "will keep trying",
                                     "do not need to resend",
                                     "delivery is delayed",
                                     "delivery delayed",
                                     "message delayed",
                                     "delayed mail",
                                     "retardé",
                                     "nouvelle tentative",
                                     "de nouvelles tentatives",
                                     "les tentatives",
                                     "verzögert",
                                     "will be attempted again"};

int bounce_subject_score(const struct said *said) {
    return said_count(said, SUBJECTS, COUNT(SUBJECTS), 1) * 3;
}
int bounce_words_score(const struct said *said) {
    return said_count(said, FAILURES, COUNT(FAILURES), 3);
}
bool bounce_says_delayed(const struct said *said) {
    return said_count(said, DELAYS, COUNT(DELAYS), 1) > 0;
}

/* -- recipients
 * --------------------------------------------------------------------------------------------------- */
/* How surely an address in a line is a failed recipient. */
enum rank { RANK_NOT, RANK_MENTIONED, RANK_OF, RANK_LABELLED };

static const char *const LABELS[] = {"rcpt to:",
                                     "recipient:",
                                     "recipients:",
                                     "recipient address:",
                                     "address:",
                                     "addresses:",
                                     "delivered to:",
                                     "deliver to:",
                                     "final-recipient: rfc822;",
                                     "original-recipient: rfc822;",
                                     "recipient: rfc822;",
                                     "destinataire :",
                                     "destinataire:",
                                     "delivery failed:",
                                     "message to:",
                                     "mail address:",
                                     "errors:",
                                     "dda:smtp=",
                                     "failed:",
                                     "recipient(s):",
                                     "recipient is:",
                                     "user:",
                                     "delivered to",
                                     "deliver message to:",
                                     "adresse :",
                                     "empfänger:",
                                     "destinatario:"};
static const char *const OF[] = {"to",      "for", "user",         "address", "recipient", "mailbox",
                                 "account", "à",   "destinataire", "an",      "a",         "email"};
static const char *const AGAINST[] = {"mail from", "from:",      " from",      "from ",         "sender",
                                      "contact",   "support",    "assistance", "help",          "reply",
                                      "http",      "originat",   "by ",        "expanded",      "generated",
                                      "cc:",       "visit",      "mailto",     "postmaster of", "message-id",
                                      "in-reply",  "references", "id:"};

static bool ends_with(const char *text, const char *tail) {
    size_t length = strlen(text), n = strlen(tail);
    return length >= n && !strcmp(text + length - n, tail);
}

/* The words of a line before an address: lower case, without reply codes, brackets and bullets at either end.
 */
static void before_address(struct text_line line, const char *address, char out[160]) {
    struct text_line content = text_line_bare(line);
    if (content.start > address) content.start = address;
    size_t n = (size_t)(address - content.start);
    const char *from = content.start;
    if (n > 150) from += n - 150, n = 150;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        out[used++] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
    while (used && strchr(" \t<[\"'(", out[used - 1])) used--;
    out[used] = '\0';
    size_t skip = 0; /* "550 5.1.1 <a@b>..." begins with the address for our purpose */
    while (out[skip] && strchr("0123456789.#- <", out[skip])) skip++;
    if (!out[skip]) out[0] = '\0';
    if (ends_with(out, "[smtp:")) out[used - 6] = '\0';
    for (used = strlen(out); used && strchr(" \t", out[used - 1]);) out[--used] = '\0';
}

static enum rank rank_of(struct text_line line, const struct found_address *found) {
    char before[160];
    before_address(line, found->start, before);
    for (size_t i = 0; i < COUNT(LABELS); i++)
        if (ends_with(before, LABELS[i])) return RANK_LABELLED;
    if (!*before) {
        /* "a@b.c wrote:" begins a quotation, "a@b.c for help" a sentence. */
        const char *after = found->start + found->length, *end = line.start + line.length;
        while (after < end && strchr(">\"' ", *after)) after++;
        return end - after >= 5 && !strncasecmp(after, "wrote", 5) ? RANK_NOT : RANK_LABELLED;
    }
    for (size_t i = 0; i < COUNT(AGAINST); i++)
        if (strstr(before, AGAINST[i])) return RANK_NOT;
    for (size_t i = 0; i < COUNT(OF); i++) {
        size_t n = strlen(OF[i]), length = strlen(before);
        if (ends_with(before, OF[i]) && (length == n || before[length - n - 1] == ' ')) return RANK_OF;
    }
    return RANK_MENTIONED;
}

static bool is_own(const struct found_address *found, const char *const own[]) {
    for (size_t i = 0; own[i]; i++)
        if (strlen(own[i]) == found->length && !strncasecmp(own[i], found->start, found->length)) return true;
    return false;
}

static bool machine(const struct found_address *found) {
    static const char *const NAMES[] = {"mailer-daemon@", "postmaster@", "support@", "abuse@",
                                        "double-bounce@"};
    for (size_t i = 0; i < COUNT(NAMES); i++)
        if (!strncasecmp(found->start, NAMES[i], strlen(NAMES[i]))) return true;
    return false;
}

typedef void each_address(void *ctx, struct text_line line, const struct found_address *found);
static void walk_addresses(const struct notice *notice, each_address *each, void *ctx) {
    const char *at = notice->text, *end = at + notice->length;
    for (struct text_line line; text_line_next(&at, end, &line);) {
        const char *in = line.start, *stop = in + line.length;
        for (struct found_address found; in < stop && (in = address_scan(in, stop, &found), found.start);)
            each(ctx, line, &found);
    }
}

struct choosing {
    const char *const *own;
    struct findings *findings;
    enum rank best, take;
    bool own_too;
};

static enum rank choosing_rank(const struct choosing *choosing, struct text_line line,
                               const struct found_address *found) {
    enum rank rank = rank_of(line, found);
    if (is_own(found, choosing->own) && !choosing->own_too) return RANK_NOT;
    if (rank == RANK_MENTIONED && machine(found)) return RANK_NOT;
    return rank;
}
static void find_best(void *ctx, struct text_line line, const struct found_address *found) {
    struct choosing *choosing = ctx;
    enum rank rank = choosing_rank(choosing, line, found);
    if (rank > choosing->best) choosing->best = rank;
}
static void take_best(void *ctx, struct text_line line, const struct found_address *found) {
    struct choosing *choosing = ctx;
    if (choosing_rank(choosing, line, found) == choosing->best)
        findings_add(choosing->findings, found->start, found->length);
}

static void choose(const struct notice *notice, const char *const own[], struct findings *findings) {
    struct choosing choosing = {.own = own, .findings = findings};
    walk_addresses(notice, find_best, &choosing);
    if (choosing.best == RANK_NOT) {
        choosing.own_too = true; /* a notice about mail we sent to ourselves */
        walk_addresses(notice, find_best, &choosing);
        if (choosing.best < RANK_LABELLED) return;
    }
    walk_addresses(notice, take_best, &choosing);
    /* Addresses merely mentioned are the recipient when there is one of them, and anybody when there are
     * more. */
    if (choosing.best == RANK_MENTIONED && findings->count > 1) findings->count = 0;
}

/* -- what is said of each
 * --------------------------------------------------------------------------------------------- */
static struct failed *mentioned(struct findings *findings, struct text_line line, struct failed *current) {
    const char *in = line.start, *stop = in + line.length;
    for (struct found_address found; in < stop && (in = address_scan(in, stop, &found), found.start);)
        for (size_t i = 0; i < findings->count; i++)
            if (strlen(findings->all[i].address) == found.length &&
                !strncasecmp(findings->all[i].address, found.start, found.length))
                return &findings->all[i];
    return current;
}

/* The sentence worth keeping: from the first line with a code on, else from the start. */
static void keep_diagnostic(struct failed *failed, const char *text) {
    const char *from = text;
    char status[STATUS_TEXT];
    for (const char *line = text; *line;) {
        const char *stop = strchr(line, '\n');
        char copy[400];
        snprintf(copy, sizeof copy, "%.*s", (int)(stop ? stop - line : (long)strlen(line)), line);
        if (reply_class(copy) || status_find(copy, false, status)) {
            from = line;
            break;
        }
        if (!stop) break;
        line = stop + 1;
    }
    AUTO_BUF printable = BUF_INIT(DIAGNOSTIC_TEXT - 1);
    AUTO_BUF valid = BUF_INIT(4 * DIAGNOSTIC_TEXT);
    text_printable(&printable, from, strnlen(from, 2 * DIAGNOSTIC_TEXT));
    utf8_repair(&valid, buf_text(&printable), printable.length);
    buf_cut(&valid, DIAGNOSTIC_TEXT - 1);
    while (valid.length && !utf8_valid(valid.bytes, valid.length)) buf_cut(&valid, valid.length - 1);
    snprintf(failed->diagnostic, sizeof failed->diagnostic, "%s", buf_text(&valid));
}

static void judge(struct failed *failed, const char *text, bool delayed) {
    AUTO_BUF words = BUF_INIT(NOTICE_MAX);
    words_of(&words, text, strlen(text));
    if (!*failed->status) status_find(text, false, failed->status);
    if (failed->action == ACTION_NONE) failed->action = delayed ? ACTION_DELAYED : ACTION_FAILED;
    if (!*failed->status && failed->action == ACTION_FAILED && reply_class(text) == 4)
        failed->action = ACTION_DELAYED;
    struct said said;
    said_open(&said, buf_text(&words));
    reason_judge(failed, &said, REFUSED_SOMEWHERE);
    if (failed->action == ACTION_DELAYED || *failed->status == '4') failed->dead = false;
    if (!*failed->diagnostic) keep_diagnostic(failed, text);
}

void bounce_read(const struct notice *notice, const char *const own[], bool delayed,
                 struct findings *findings) {
    struct notice read = *notice;
    if (read.length > NOTICE_MAX) read.length = NOTICE_MAX;
    if (!findings->count) choose(&read, own, findings);
    AUTO_BUF whole = BUF_INIT(NOTICE_MAX);
    buf_add(&whole, read.text, read.length);
    for (size_t i = 0; i < findings->count; i++) {
        struct failed *failed = &findings->all[i], *current = NULL;
        AUTO_BUF own_lines = BUF_INIT(NOTICE_MAX);
        const char *at = read.text, *end = at + read.length;
        for (struct text_line line; findings->count > 1 && text_line_next(&at, end, &line);) {
            current = mentioned(findings, line, current);
            if (current != failed) continue;
            buf_add(&own_lines, line.start, line.length);
            buf_add_char(&own_lines, '\n');
        }
        char status[STATUS_TEXT];
        AUTO_BUF own_words = BUF_INIT(NOTICE_MAX);
        struct said said;
        words_of(&own_words, buf_text(&own_lines), own_lines.length);
        said_open(&said, buf_text(&own_words));
        bool enough = status_find(buf_text(&own_lines), false, status) || *reason_of_words(&said);
        judge(failed, buf_text(enough ? &own_lines : &whole), delayed);
    }
}
