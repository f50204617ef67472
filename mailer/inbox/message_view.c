/* Gathering what is looked at more than once. */
#include "mailer/inbox/message_view.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"
#include "mailer/inbox/auto_reply.h"
#include "mailer/inbox/findings.h"
#include "mailer/inbox/html_text.h"

enum { WORDS_MAX = 32768 };

/* Plain parts one after another; HTML only where there is no plain text. */
static void gather_text(struct view *view) {
    const struct mime *mime = view->mime;
    for (size_t i = 0; i < mime->count; i++) {
        if (!strcmp(mime->parts[i].type, "message/rfc822"))
            break; /* what follows belongs to the returned message */
        if (strcmp(mime->parts[i].type, "text/plain") != 0) continue;
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
    while (view->own_count < VIEW_OWN_MAX && (at = address_scan(at, end, &found), found.start)) {
        if (found.length >= ADDRESS_TEXT) continue;
        snprintf(view->own[view->own_count], ADDRESS_TEXT, "%.*s", (int)found.length, found.start);
        view->own_list[view->own_count] = view->own[view->own_count];
        view->own_list[++view->own_count] = NULL;
    }
}

static bool sounds_like_machine(const struct fields *header) {
    static const char *const NAMES[] = {
        "mailer-daemon", "mailer_daemon", "mailerdaemon", "postmaster", "post_master", "mail delivery", "delivery subsystem",
        "mail.delivery", "mdaemon", "system administrator", "mail administrator", "mail deliver", "maildelivery", "bounce@",
        "administrateur système", "mail system", "ndr@", "mail daemon", "mail-daemon", "maildaemon", "service de messagerie",
        "système de messagerie", "systeme de messagerie", "delivery agent", "delivery service", "mail transport", "mail router",
        "mail server", "email server", "mail gateway", "mailgate", "mailscanner", "mailsweeper", "mail filter", "email filter",
        "e-mail filter", "content filter", "spam firewall"};
    const char *from = fields_get(header, "From");
    if (fields_has(header, "From") && (!*from || !strcmp(from, "<>"))) return true;
    for (size_t i = 0; i < COUNT(NAMES); i++)
        if (text_find_nocase(from, NAMES[i])) return true;
    return false;
}

void view_open(struct view *view, const struct mime *mime, const struct charsets *charsets) {
    static const char *const OWN[] = {"To", "Delivered-To", "Envelope-To", "From", "Reply-To"};
    *view = (struct view){.mime = mime,
                          .charsets = charsets,
                          .text = BUF_INIT(VIEW_TEXT_MAX),
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

void view_close(struct view *view) {
    buf_release(&view->text);
    buf_release(&view->subject);
    buf_release(&view->words);
}
