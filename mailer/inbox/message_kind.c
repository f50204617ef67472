/* What a message is: complaint, receipt, challenge, report, notification, failure in words, automatic answer,
 * objection, reply; asked in this order, because each later form imitates an earlier one. */
#include "mailer/inbox/message_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"
#include "mailer/inbox/auto_reply.h"
#include "mailer/inbox/bounce_text.h"
#include "mailer/inbox/challenge.h"
#include "mailer/inbox/complaint.h"
#include "mailer/inbox/delivery_report.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/html_text.h"
#include "mailer/inbox/new_address.h"
#include "mailer/inbox/notification_json.h"
#include "mailer/inbox/objection.h"
#include "mailer/inbox/original.h"
#include "mailer/inbox/reply_sort.h"
#include "mailer/inbox/reply_text.h"
#include "mailer/inbox/return_date.h"
#include "mailer/inbox/unattended.h"

enum { WORDS_MAX = 32768, OWN_MAX = 12, TEXT_MAX = 1 << 19 };

/* Everything looked at more than once. */
struct view {
    const struct mime *mime;
    const struct charsets *charsets;
    struct buf text;           /* visible text of the whole, before any returned message is cut off */
    struct notice notice;      /* text, cut */
    struct buf subject, words; /* words_of */
    struct said said_subject, said;
    char own[OWN_MAX][ADDRESS_TEXT];
    const char *own_list[OWN_MAX + 1];
    size_t own_count;
    bool machine_sender, null_sender;
};

static bool is_type(const struct mime_part *part, const char *type) {
    return !strcmp(part->type, type);
}

/* Plain parts one after another; HTML only where there is no plain text. */
static void gather_text(struct view *view) {
    const struct mime *mime = view->mime;
    for (size_t i = 0; i < mime->count; i++) {
        if (is_type(&mime->parts[i], "message/rfc822"))
            break; /* what follows belongs to the returned message */
        if (!is_type(&mime->parts[i], "text/plain")) continue;
        if (view->text.length) buf_add_text(&view->text, "\n\n");
        buf_add(&view->text, mime->parts[i].text, mime->parts[i].length);
    }
    const struct mime_part *html = mime_find(mime, "text/html");
    bool blank = strspn(buf_text(&view->text), " \t\n") == view->text.length;
    if (!blank || !html) return;
    buf_clear(&view->text);
    html_text(html->text, html->length, &view->text);
}

static void add_own(struct view *view, const char *value) {
    struct found_address found;
    const char *at = value, *end = value + strlen(value);
    while (view->own_count < OWN_MAX && (at = address_scan(at, end, &found), found.start)) {
        if (found.length >= ADDRESS_TEXT) continue;
        snprintf(view->own[view->own_count], ADDRESS_TEXT, "%.*s", (int)found.length, found.start);
        view->own_list[view->own_count] = view->own[view->own_count];
        view->own_list[++view->own_count] = NULL;
    }
}

static bool sounds_like_machine(const struct fields *header) {
    static const char *const NAMES[] = {"mailer-daemon",
                                        "mailer_daemon",
                                        "mailerdaemon",
                                        "postmaster",
                                        "post_master",
                                        "mail delivery",
                                        "delivery subsystem",
                                        "mail.delivery",
                                        "mdaemon",
                                        "system administrator",
                                        "mail administrator",
                                        "mail deliver",
                                        "maildelivery",
                                        "bounce@",
                                        "administrateur système",
                                        "mail system",
                                        "ndr@"};
    const char *from = fields_get(header, "From");
    if (fields_has(header, "From") && (!*from || !strcmp(from, "<>"))) return true;
    for (size_t i = 0; i < COUNT(NAMES); i++)
        if (text_find_nocase(from, NAMES[i])) return true;
    return false;
}

static void view_open(struct view *view, const struct mime *mime, const struct charsets *charsets) {
    static const char *const OWN[] = {"To", "Delivered-To", "Envelope-To", "From", "Reply-To"};
    *view = (struct view){.mime = mime,
                          .charsets = charsets,
                          .text = BUF_INIT(TEXT_MAX),
                          .subject = BUF_INIT(2000),
                          .words = BUF_INIT(WORDS_MAX)};
    gather_text(view);
    view->notice = notice_split(buf_text(&view->text), view->text.length);
    const char *subject = fields_get(&mime->header, "Subject");
    words_of(&view->subject, subject, strnlen(subject, 1000));
    size_t read = view->notice.length < WORDS_MAX ? view->notice.length : WORDS_MAX;
    words_of(&view->words, view->notice.text, read);
    said_open(&view->said_subject, buf_text(&view->subject));
    said_open(&view->said, buf_text(&view->words));
    for (size_t i = 0; i < COUNT(OWN); i++) add_own(view, fields_get(&mime->header, OWN[i]));
    view->machine_sender = sounds_like_machine(&mime->header);
    view->null_sender = null_sender(&mime->header);
}

static void view_close(struct view *view) {
    buf_release(&view->text);
    buf_release(&view->subject);
    buf_release(&view->words);
}

/* -- findings to facts
 * ---------------------------------------------------------------------------------------------- */
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

static bool set_findings(struct inbound_facts *facts, const struct findings *findings) {
    const struct failed *worst = NULL;
    for (size_t i = 0; i < findings->count; i++) {
        const struct failed *failed = &findings->all[i];
        facts->recipients[facts->recipient_count++] = recipient_of(failed);
        facts->suppress |= failed->dead;
        /* The one that counts: a failure before a delay before a delivery; among failures a permanent one. */
        static const int WEIGHT[] = {
            [ACTION_NONE] = 0, [ACTION_DELIVERED] = 1, [ACTION_DELAYED] = 2, [ACTION_FAILED] = 3};
        int better = worst ? WEIGHT[failed->action] - WEIGHT[worst->action] : 1;
        if (better > 0 || (better == 0 && *worst->status == '4' && *failed->status != '4')) worst = failed;
    }
    if (!worst) return false;
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
static void named_by_header(const struct view *view, struct findings *findings) {
    static const char *const NAMES[] = {"X-Failed-Recipients", "X-Failed-Recipient", "X-Failed-To"};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        const char *at = fields_get(&view->mime->header, NAMES[i]), *end = at + strlen(at);
        for (struct found_address found; at < end && (at = address_scan(at, end, &found), found.start);)
            findings_add(findings, found.start, found.length);
    }
}

/* -- the questions, in order; each true when it is the answer
 * ---------------------------------------------------------- */
static bool is_complaint(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    if (!complaint_read(view->mime, view->charsets, findings, &facts->suppress)) return false;
    bool suppress = facts->suppress;
    set_findings(facts, findings);
    facts->suppress = suppress;
    facts->kind = INBOUND_COMPLAINT;
    return true;
}

static bool is_receipt(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    (void)findings;
    if (!mime_find(view->mime, "message/disposition-notification")) return false;
    facts->kind = INBOUND_OTHER;
    return true;
}

static bool is_challenge(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    (void)findings;
    bool report = view->machine_sender || mime_find(view->mime, "message/delivery-status") != NULL;
    if (!challenge(&view->mime->header, fields_get(&view->mime->header, "Subject"), buf_text(&view->words), view->null_sender, report)) return false;
    facts->kind = INBOUND_CHALLENGE;
    return true;
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

static bool is_report(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    bool any = false;
    enum refusal stage = refusal_stage(&view->said);
    struct failed unnamed = {.reason = ""};
    for (size_t i = 0; i < view->mime->count; i++) {
        const struct mime_part *part = &view->mime->parts[i];
        if (is_type(part, "message/delivery-status") || is_type(part, "message/global-delivery-status"))
            any |= report_read(part->text, part->length, stage, findings, &unnamed);
    }
    AUTO_BUF loose = BUF_INIT(TEXT_MAX);
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

static bool is_notification(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    if (!strstr(buf_text(&view->text), "notificationType")) return false;
    enum notification kind = notification_read(buf_text(&view->text), view->text.length, findings);
    if (kind == NOTIFICATION_NONE) return false;
    set_findings(facts, findings);
    if (kind == NOTIFICATION_COMPLAINT) facts->kind = INBOUND_COMPLAINT, facts->suppress = true;
    return true;
}

static enum automatic automatic_of(const struct view *view) {
    enum { OPENING = 3000 };
    AUTO_BUF told = BUF_INIT(TEXT_MAX);
    const char *subject = fields_get(&view->mime->header, "Subject");
    reply_text_signed(view->notice.text, view->notice.length < OPENING ? view->notice.length : OPENING, &told);
    /* A mail program that unsubscribes says that it is one. */
    if (is_unsubscription(subject, buf_text(&told))) return AUTOMATIC_NOT;
    return automatic_reply(&view->mime->header, subject, buf_text(&told));
}

static bool is_sure_automatic(const struct view *view, struct inbound_facts *facts,
                              struct findings *findings) {
    int said = bounce_words_score(&view->said);
    named_by_header(view, findings);
    if (findings->count || (view->machine_sender && said > 1)) return false;
    /* An absent person's answer has the null path too, but that person in From (RFC 3834): a mail server's own name there
     * and words of failure make a notice, even one that calls itself an automatic message. */
    if (view->machine_sender && (said || bounce_subject_score(&view->said_subject))) return false;
    facts->kind = INBOUND_AUTOREPLY;
    return automatic_of(view) == AUTOMATIC_SURE;
}

/* How much this is a failure notice; 5 is enough. */
static int failure_score(const struct view *view, bool named) {
    const struct fields *header = &view->mime->header;
    const char *subject = buf_text(&view->subject);
    char status[STATUS_TEXT];
    int said = bounce_words_score(&view->said), titled = bounce_subject_score(&view->said_subject);
    const char *reason = reason_of_words(&view->said);
    static const char *const OF_A_MAILBOX[] = {"user-unknown", "host-unknown", "mailbox-full", "moved",
                                               "disabled"};
    for (size_t i = 0; i < COUNT(OF_A_MAILBOX); i++) said += !strcmp(OF_A_MAILBOX[i], reason);
    if (view->machine_sender && view->null_sender && titled) said++;
    int score = titled + said + (view->machine_sender ? 2 : 0) +
                (view->null_sender ? 1 : 0) + (named ? 5 : 0);
    AUTO_BUF notice = BUF_INIT(NOTICE_MAX);
    buf_add(&notice, view->notice.text, view->notice.length < NOTICE_MAX ? view->notice.length : NOTICE_MAX);
    if (reply_class(buf_text(&notice)) || status_find(buf_text(&notice), false, status)) score++;
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
static void own_addresses(const struct view *view, char author[ADDRESS_TEXT], const char *own[OWN_MAX + 2]) {
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

/* "Successful Mail Delivery Report" (Postfix, RFC 3461's NOTIFY=SUCCESS) without a report inside. */
static bool succeeded(const struct view *view) {
    return bounce_says_delivered(&view->said_subject) || (bounce_says_delivered(&view->said) && !bounce_words_score(&view->said));
}

static bool is_failure(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    findings->count = 0;
    named_by_header(view, findings);
    if (failure_score(view, findings->count > 0) < 5) return false;
    char author[ADDRESS_TEXT];
    const char *own[OWN_MAX + 2];
    own_addresses(view, author, own);
    bool delayed = bounce_says_delayed(&view->said) || bounce_says_delayed(&view->said_subject);
    if (findings->count) named_in_notice(view, own, delayed, findings);
    bounce_read(&view->notice, own, delayed, findings);
    if (!findings->count) {
        named_elsewhere(view, findings);
        bounce_read(&view->notice, own, delayed, findings);
    }
    bounce_origins(&view->notice, findings);
    for (size_t i = 0; i < findings->count && succeeded(view); i++) findings->all[i].action = ACTION_DELIVERED;
    if (set_findings(facts, findings)) return true;
    /* Talk of failures that names nobody and comes from somebody: an announcement, a parcel that could not be delivered. */
    bool returned = view->null_sender || (view->machine_sender && !fields_has(&view->mime->header, "Return-Path"));
    facts->kind = delayed ? INBOUND_SOFT : INBOUND_HARD;
    return returned;
}

static bool is_automatic(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    (void)findings;
    if (automatic_of(view) == AUTOMATIC_NOT) return false;
    /* A machine that answers to nothing is a notification of its own. */
    bool answers = view->null_sender || fields_has(&view->mime->header, "In-Reply-To") ||
                   fields_has(&view->mime->header, "References") ||
                   text_starts(buf_text(&view->subject), "re:") ||
                   !strncasecmp(fields_get(&view->mime->header, "Auto-Submitted"), "auto-replied", 12);
    facts->kind = answers ? INBOUND_AUTOREPLY : INBOUND_OTHER;
    return true;
}

/* Bytes that are no message (RFC 5322, 3.6: From is), or one in which nothing was written. */
static bool is_nothing(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    (void)findings;
    const struct fields *header = &view->mime->header;
    bool nobody = !fields_has(header, "From") && !fields_has(header, "Sender") && !fields_has(header, "Subject");
    bool titled = strcspn(buf_text(&view->subject), "abcdefghijklmnopqrstuvwxyz0123456789\xC3") < view->subject.length;
    facts->kind = INBOUND_OTHER;
    return nobody || (!titled && !view->mime->other_parts && !*view->said.words);
}

static bool is_mass_mail(const struct fields *header) {
    const char *precedence = fields_get(header, "Precedence");
    return fields_has(header, "List-Unsubscribe") || fields_has(header, "List-Id") ||
           !strcasecmp(precedence, "bulk") || !strcasecmp(precedence, "list") ||
           !strcasecmp(precedence, "junk");
}

static void keep_visible_text(const struct view *view, struct inbound_facts *facts) {
    AUTO_BUF visible = BUF_INIT(TEXT_MAX);
    reply_text(buf_text(&view->text), view->text.length, &visible);
    free(facts->reply_text);
    facts->reply_text = text_dup(buf_text(&visible));
}

/* What is left was written by somebody. */
static void somebody_wrote(const struct view *view, struct inbound_facts *facts) {
    keep_visible_text(view, facts);
    enum reply_sort sort = reply_sort_of(buf_text(&view->subject), facts->reply_text);
    facts->kind = sort == REPLY_OBJECTION                ? INBOUND_UNSUBSCRIBE
                  : is_mass_mail(&view->mime->header) || is_unattended(&view->mime->header) ? INBOUND_OTHER
                                                         : INBOUND_REPLY;
    facts->reply_sort = facts->kind == INBOUND_OTHER ? REPLY_NONE : sort;
}

/* -- what else the words of a person, or of an auto-reply, tell -------------------------------------------------------- */
/* The day of the mail's Date, else of the first Received that has one. */
static bool day_sent(const struct fields *header, int64_t *day) {
    if (mail_date_day(fields_get(header, "Date"), day)) return true;
    const char *received = strrchr(fields_get(header, "Received"), ';');
    return received && mail_date_day(received, day);
}

static void set_told(const struct view *view, struct inbound_facts *facts) {
    bool moved = !strcmp(facts->reason, "moved") && (facts->kind == INBOUND_HARD || facts->kind == INBOUND_SOFT);
    if (!moved && facts->kind != INBOUND_AUTOREPLY && facts->kind != INBOUND_REPLY && facts->kind != INBOUND_UNSUBSCRIBE) return;
    AUTO_BUF told = BUF_INIT(TEXT_MAX), known = BUF_INIT(WORDS_MAX);
    const struct fields *header = &view->mime->header;
    char address[ADDRESS_TEXT];
    int64_t day;
    /* A signature is where a new address often stands. */
    if (moved)
        buf_add(&told, view->notice.text, view->notice.length);
    else
        reply_text_signed(buf_text(&view->text), view->text.length, &told);
    if (facts->kind == INBOUND_AUTOREPLY && day_sent(header, &day))
        return_date_find(fields_get(header, "Subject"), buf_text(&told), told.length, day, facts->return_date);
    buf_add_text(&known, fields_get(header, "To"));
    for (size_t i = 0; i < facts->recipient_count; i++) buf_add_format(&known, " %s", facts->recipients[i].address);
    new_address_find(buf_text(&told), told.length, buf_text(&known), address);
    free(facts->new_address);
    facts->new_address = text_dup(address);
}

static void set_header_facts(const struct view *view, struct inbound_facts *facts) {
    const struct fields *header = &view->mime->header;
    const struct {
        char **to;
        const char *name;
    } NAMES[] = {{&facts->sender, "From"}, {&facts->subject, "Subject"}, {&facts->message_id, "Message-ID"}};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        AUTO_BUF printable = BUF_INIT(1000);
        const char *value = fields_get(header, NAMES[i].name);
        text_printable(&printable, value, strlen(value));
        while (printable.length && !utf8_valid(printable.bytes, printable.length))
            buf_cut(&printable, printable.length - 1);
        free(*NAMES[i].to);
        *NAMES[i].to = buf_take(&printable);
    }
}

void message_kind(const struct mime *mime, const struct charsets *charsets, struct inbound_facts *facts) {
    static bool (*const QUESTIONS[])(const struct view *, struct inbound_facts *, struct findings *) = {
        is_complaint,    is_receipt,        is_challenge, is_report,
        is_notification, is_sure_automatic, is_failure,   is_automatic, is_nothing};
    AUTO_MEM struct findings *findings = mem_grow(NULL, 1, sizeof *findings); /* large, and only its count need be 0 */
    struct view view;
    bool answered = false;
    facts_begin(facts, INBOUND_OTHER);
    view_open(&view, mime, charsets);
    set_header_facts(&view, facts);
    for (size_t i = 0; i < COUNT(QUESTIONS) && !answered; i++) {
        findings->count = 0;
        answered = QUESTIONS[i](&view, facts, findings);
    }
    if (!answered) somebody_wrote(&view, facts);
    else if (facts->kind == INBOUND_AUTOREPLY || facts->kind == INBOUND_CHALLENGE) keep_visible_text(&view, facts); /* for staff to read */
    set_told(&view, facts);
    original_message_id(mime, &view.notice, &facts->original_message_id);
    original_proofs(mime, &view.notice, &facts->proofs);
    view_close(&view);
}
