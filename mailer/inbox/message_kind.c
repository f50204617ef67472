/* What a message is: complaint, receipt, challenge, report, notification, failure in words, automatic answer,
 * objection, reply; asked in this order, because each later form imitates an earlier one. */
#include "mailer/inbox/message_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/auto_reply.h"
#include "mailer/inbox/bounce_text.h"
#include "mailer/inbox/challenge.h"
#include "mailer/inbox/complaint.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/message_failure.h"
#include "mailer/inbox/new_address.h"
#include "mailer/inbox/objection.h"
#include "mailer/inbox/original.h"
#include "mailer/inbox/reply_sort.h"
#include "mailer/inbox/reply_text.h"
#include "mailer/inbox/return_date.h"
#include "mailer/inbox/unattended.h"

/* -- the questions, in order; each true when it is the answer -------------------------------------------------- */
static bool is_complaint(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    if (!complaint_read(view->mime, view->charsets, findings, &facts->suppress)) return false;
    bool suppress = facts->suppress;
    set_findings(facts, findings);
    facts->suppress = suppress;
    facts->kind = INBOUND_COMPLAINT;
    return true;
}

/* Outlook's and Notes' receipts whose report was lost: "Non lu : Enquête", "Votre message a été supprimé sans être lu". */
static bool receipt_in_words(const struct view *view) {
    static const char *const TITLES[] = {"lu :", "lu:", "non lu :", "non lu:", "read:", "not read:", "gelesen:", "ungelesen:", "leido:", "letto:", "lida:", "gelezen:",
                                         "accuse de lecture", "confirmation de lecture", "return receipt", "read receipt"};
    static const char *const TEXTS[] = {"a ete lu", "ete affiche", "sans etre lu", "sans avoir ete lu", "was read", "has been read", "was displayed", "without being read",
                                        "was deleted without", "wurde gelesen", "ungelesen", "fue leido", "e stato letto", "foi lida", "is gelezen"};
    enum { RECEIPT_BYTES = 1000 };
    bool titled = false;
    for (size_t i = 0; i < COUNT(TITLES); i++) titled |= text_starts(buf_text(&view->subject), TITLES[i]);
    return titled && view->words.length < RECEIPT_BYTES && said_count(&view->said, TEXTS, COUNT(TEXTS), 1);
}

static bool is_receipt(const struct view *view, struct inbound_facts *facts, struct findings *findings) {
    (void)findings;
    if (!mime_find(view->mime, "message/disposition-notification") && !receipt_in_words(view)) return false;
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

static enum automatic automatic_of(const struct view *view) {
    enum { OPENING = 3000 };
    AUTO_BUF told = BUF_INIT(VIEW_TEXT_MAX);
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
    bool titled = bounce_subject_score(&view->said_subject) > 0;
    if (view->machine_sender ? said || titled || delivery_notice(view) : said && titled) return false;
    if (coded_notice(view, said || titled)) return false;
    facts->kind = INBOUND_AUTOREPLY;
    return automatic_of(view) == AUTOMATIC_SURE;
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
    AUTO_BUF visible = BUF_INIT(VIEW_TEXT_MAX);
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

enum { KNOWN_MAX = 32768 };

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
    AUTO_BUF told = BUF_INIT(VIEW_TEXT_MAX), known = BUF_INIT(KNOWN_MAX);
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
