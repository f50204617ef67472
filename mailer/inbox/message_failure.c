/* Failure in its three forms: a report, a notification, words. */
#include "mailer/inbox/message_failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"
#include "mailer/inbox/bounce_text.h"
#include "mailer/inbox/delivery_report.h"
#include "mailer/inbox/notification_json.h"
#include "mailer/inbox/original.h"

/* -- findings to facts ----------------------------------------------------------------------------------------- */
static struct inbound_recipient recipient_of(const struct failed *failed) {
    struct inbound_recipient one = {.address = text_dup(failed->address), .dead = failed->dead, .diagnostic = text_dup(failed->diagnostic)};
    snprintf(one.status, sizeof one.status, "%s", failed->status);
    snprintf(one.reason, sizeof one.reason, "%s", failed->reason);
    return one;
}

/* "551 User has moved; please try <a@b>" (RFC 5321, 3.4). */
static void set_new_address(const struct failed *failed, struct inbound_facts *facts) {
    const char *at = failed->diagnostic, *end = at + strlen(at);
    for (struct found_address found; at < end && (at = address_scan(at, end, &found), found.start);) {
        if (found.length == strlen(failed->address) && !strncasecmp(found.start, failed->address, found.length)) continue;
        free(facts->new_address);
        facts->new_address = text_dup_n(found.start, found.length);
        return;
    }
}

/* The one that counts: a failure before a delay before a delivery; among failures a permanent one, a dead address, one that has a
 * code. */
static int weight(const struct failed *failed) {
    static const int WEIGHT[] = {[ACTION_NONE] = 0, [ACTION_DELIVERED] = 1, [ACTION_DELAYED] = 2, [ACTION_FAILED] = 3};
    return WEIGHT[failed->action] * 8 + (failed->action != ACTION_FAILED || *failed->status != '4') * 4 + failed->dead * 2 + (*failed->status != '\0');
}

bool set_findings(struct inbound_facts *facts, const struct findings *findings) {
    const struct failed *worst = NULL;
    for (size_t i = 0; i < findings->count; i++)
        if (!worst || weight(&findings->all[i]) > weight(worst)) worst = &findings->all[i];
    if (!worst) return false;
    for (size_t i = 0; i < findings->count; i++) {
        const struct failed *failed = &findings->all[i];
        if (failed->action == ACTION_DELIVERED && worst->action != ACTION_DELIVERED) continue; /* nothing happened to that one */
        facts->recipients[facts->recipient_count++] = recipient_of(failed);
        facts->suppress |= failed->dead;
    }
    snprintf(facts->status, sizeof facts->status, "%s", worst->status);
    snprintf(facts->reason, sizeof facts->reason, "%s", worst->reason);
    if (!strcmp(worst->reason, "moved")) set_new_address(worst, facts);
    free(facts->diagnostic);
    facts->diagnostic = text_dup(worst->diagnostic);
    facts->kind = worst->action == ACTION_DELIVERED                          ? INBOUND_DELIVERED
                  : worst->action == ACTION_DELAYED || *worst->status == '4' ? INBOUND_SOFT
                                                                             : INBOUND_HARD;
    return true;
}

/* X-Failed-Recipients (Exim, Google) and its like, before anything is guessed from words. */
void named_by_header(const struct view *view, struct findings *findings) {
    static const char *const NAMES[] = {"X-Failed-Recipients", "X-Failed-Recipient", "X-Failed-To"};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        const char *at = fields_get(&view->mime->header, NAMES[i]), *end = at + strlen(at);
        for (struct found_address found; at < end && (at = address_scan(at, end, &found), found.start);)
            findings_add(findings, found.start, found.length);
    }
}

/* A report's fields without the structure around them, in the notice or in what follows it; quoted only where somebody passes a
 * report on and says next to nothing of their own. */
enum { PASSED_ON = 200 };
static bool loose_fields(const struct view *view, struct buf *out) {
    static const char *const PASSING[] = {"fwd:", "fw:", "tr:", "wg:", "rv:"};
    const char *at = buf_text(&view->text), *end = at + view->text.length;
    bool recipient = false, status = false, passing = false;
    size_t own = 0;
    for (struct text_line line; text_line_next(&at, end, &line);) {
        size_t quoted = line.length && *line.start == '>' ? strspn(line.start, "> \t") : 0;
        if (quoted > line.length) quoted = line.length;
        const char *text = line.start + quoted;
        size_t length = line.length - quoted;
        recipient |= length > 16 && (!strncasecmp(text, "final-recipient", 15) || !strncasecmp(text, "original-recipient", 18));
        status |= length > 7 && !strncasecmp(text, "status", 6);
        own += quoted ? 0 : length;
        passing |= quoted > 0;
        buf_add(out, text, length);
        buf_add_char(out, '\n');
    }
    if (!recipient || !status) return false;
    for (size_t i = 0; passing && own <= PASSED_ON && i < COUNT(PASSING); i++)
        if (text_starts(buf_text(&view->subject), PASSING[i])) return true;
    return !passing;
}

bool is_report(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    bool any = false;
    enum refusal stage = refusal_stage(&view->said);
    struct failed unnamed = {.reason = ""};
    for (size_t i = 0; i < view->mime->count; i++) {
        const struct mime_part *part = &view->mime->parts[i];
        if (!strcmp(part->type, "message/delivery-status") || !strcmp(part->type, "message/global-delivery-status"))
            any |= report_read(part->text, part->length, stage, findings, &unnamed);
    }
    AUTO_BUF loose = BUF_INIT(VIEW_TEXT_MAX);
    if (!any && loose_fields(view, &loose)) any = report_read(buf_text(&loose), loose.length, stage, findings, &unnamed);
    if (!any) return false;
    if (!findings->count) {
        named_by_header(view, findings);
        bounce_read(&view->notice, view->own_list, false, findings);
        for (size_t i = 0; i < findings->count; i++) {
            findings->all[i].action = unnamed.action;
            if (*unnamed.status) snprintf(findings->all[i].status, STATUS_TEXT, "%s", unnamed.status);
        }
    } else if (findings->count == 1 && !*findings->all[0].diagnostic) {
        /* A report without a diagnostic: the notice beside it says why. */
        AUTO_MEM struct findings *told = mem_grow(NULL, 1, sizeof *told);
        told->count = 1;
        told->all[0] = findings->all[0];
        bounce_read(&view->notice, view->own_list, false, told);
        findings->all[0].reason = told->all[0].reason;
        findings->all[0].dead = told->all[0].dead && told->all[0].action == ACTION_FAILED;
        memcpy(findings->all[0].diagnostic, told->all[0].diagnostic, DIAGNOSTIC_TEXT);
    }
    bounce_origins(&view->notice, findings);
    if (set_findings(facts, findings)) return true;
    snprintf(facts->status, sizeof facts->status, "%s", unnamed.status);
    facts->suppress = unnamed.dead;
    facts->kind = unnamed.action == ACTION_DELIVERED ? INBOUND_DELIVERED
                  : unnamed.action == ACTION_DELAYED ? INBOUND_SOFT
                                                     : INBOUND_HARD;
    return true;
}

bool is_notification(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    if (!strstr(buf_text(&view->text), "notificationType")) return false;
    enum notification kind = notification_read(buf_text(&view->text), view->text.length, findings);
    if (kind == NOTIFICATION_NONE) return false;
    set_findings(facts, findings);
    if (kind == NOTIFICATION_COMPLAINT) facts->kind = INBOUND_COMPLAINT, facts->suppress = true;
    return true;
}

/* A mail server's name in From, and the null return path unless another program has dropped it; a postmaster may answer by hand. */
static bool from_a_server(const struct view *view) {
    bool dropped = !fields_has(&view->mime->header, "Return-Path") && !text_starts(buf_text(&view->subject), "re:");
    return view->machine_sender && (view->null_sender || dropped);
}

/* A reply or status code stands in the notice. */
static bool has_code(const struct view *view) {
    char status[STATUS_TEXT];
    AUTO_BUF notice = BUF_INIT(NOTICE_MAX);
    buf_add(&notice, view->notice.text, view->notice.length < NOTICE_MAX ? view->notice.length : NOTICE_MAX);
    return reply_class(buf_text(&notice)) || status_find(buf_text(&notice), false, status);
}

bool coded_notice(const struct view *view, bool worded) {
    return (from_a_server(view) || (worded && view->null_sender)) && has_code(view);
}

/* "Successful Mail Delivery Report" (Postfix, RFC 3461's NOTIFY=SUCCESS) without a report inside. */
bool delivery_notice(const struct view *view) {
    return bounce_says_delivered(&view->said_subject) || (bounce_says_delivered(&view->said) && !bounce_words_score(&view->said));
}

/* How much this is a failure notice; 5 is enough. */
static int failure_score(const struct view *view, bool named) {
    const struct fields *header = &view->mime->header;
    const char *subject = buf_text(&view->subject);
    int said = bounce_words_score(&view->said), titled = bounce_subject_score(&view->said_subject);
    const char *reason = reason_of_words(&view->said);
    static const char *const OF_A_MAILBOX[] = {"user-unknown", "host-unknown", "mailbox-full", "moved",
                                               "disabled"};
    for (size_t i = 0; i < COUNT(OF_A_MAILBOX); i++) said += !strcmp(OF_A_MAILBOX[i], reason);
    /* A mail server's name and the null path: a code or a word of failure is meant. */
    bool coded = has_code(view), server = from_a_server(view);
    if (server && (titled || said || coded)) said++;
    if (view->machine_sender && delivery_notice(view)) titled = 3, said++;
    int score = titled + said + (view->machine_sender ? 2 : 0) +
                (view->null_sender || server ? 1 : 0) + (named ? 5 : 0);
    if (coded) score += view->null_sender && (titled || said) ? 2 : 1;
    if (!strncasecmp(fields_get(header, "Auto-Submitted"), "auto-", 5)) score++;
    bool returned = view->notice.returned_length || mime_find(view->mime, "message/rfc822") ||
                    mime_find(view->mime, "text/rfc822-headers");
    if (returned && said) score += said > 1 ? 3 : 1;
    if (!view->machine_sender && !named &&
        (fields_has(header, "In-Reply-To") || text_starts(subject, "re:") || text_starts(subject, "tr:")))
        score -= 3;
    /* A mail server's own title over a returned message says enough, in words we do not know. */
    return said || named || (titled && view->machine_sender && returned) ? score : score - 2;
}

/* Who sent what is returned is ourselves too, whatever address the notice came to; unless they wrote to themselves. */
static void own_addresses(const struct view *view, char author[ADDRESS_TEXT], const char *own[VIEW_OWN_MAX + 2]) {
    struct fields fields = original_fields(view->mime, &view->notice);
    const char *from = fields_get(&fields, "From");
    struct found_address found;
    address_scan(from, from + strlen(from), &found);
    snprintf(author, ADDRESS_TEXT, "%.*s", found.start && found.length < ADDRESS_TEXT ? (int)found.length : 0, found.start ? found.start : "");
    memcpy(own, view->own_list, view->own_count * sizeof *own);
    own[view->own_count] = *author && !text_find_nocase(fields_get(&fields, "To"), author) ? author : NULL;
    own[view->own_count + 1] = NULL;
    fields_release(&fields);
}

/* The same person at another domain in the notice: a gateway has rewritten the header and not the words. */
static void named_in_notice(const struct view *view, const char *const own[], bool delayed, struct findings *findings) {
    char *named = findings->all[0].address;
    if (findings->count > 1 || strstr(buf_text(&view->words), named)) return;
    AUTO_TEXT before = text_dup(named);
    findings->count = 0;
    bounce_read(&view->notice, own, delayed, findings);
    bool same = findings->count == 1 && !strncmp(named, before, strcspn(before, "@") + 1);
    if (same) return;
    findings->count = 0;
    findings_add(findings, before, strlen(before));
}

/* Where the notice names nobody: its author's user, or whom the returned message was for. */
static void named_elsewhere(const struct view *view, struct findings *findings) {
    struct found_address author;
    const char *from = fields_get(&view->mime->header, "From");
    address_scan(from, from + strlen(from), &author);
    const char *at = author.start ? memchr(author.start, '@', author.length) : NULL;
    AUTO_TEXT domain = at ? text_dup_n(at + 1, (size_t)(author.start + author.length - at - 1)) : NULL;
    if (domain) bounce_local_parts(&view->notice, domain, findings);
    if (!findings->count) original_recipients(view->mime, &view->notice, findings);
}

bool is_failure(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    findings->count = 0;
    named_by_header(view, findings);
    if (failure_score(view, findings->count > 0) < 5) return false;
    char author[ADDRESS_TEXT];
    const char *own[VIEW_OWN_MAX + 2];
    own_addresses(view, author, own);
    bool delayed = bounce_says_delayed(&view->said) || bounce_says_delayed(&view->said_subject);
    if (findings->count) named_in_notice(view, own, delayed, findings);
    bounce_read(&view->notice, own, delayed, findings);
    if (!findings->count) {
        named_elsewhere(view, findings);
        bounce_read(&view->notice, own, delayed, findings);
    }
    bounce_origins(&view->notice, findings);
    for (size_t i = 0; i < findings->count && delivery_notice(view); i++) findings->all[i].action = ACTION_DELIVERED;
    if (set_findings(facts, findings)) return true;
    /* Talk of failures that names nobody and comes from somebody: an announcement, a parcel that could not be delivered. */
    bool returned = view->null_sender || from_a_server(view) || (view->machine_sender && view->notice.returned_length);
    facts->kind = delayed ? INBOUND_SOFT : INBOUND_HARD;
    return returned;
}
