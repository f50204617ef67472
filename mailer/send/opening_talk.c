/* Lines into replies (smtp_reply.h), and an eye on EHLO's answer (RFC 5321 4.1.1.1, RFC 4954 3). */
#include "mailer/send/opening_talk.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool has_small_letter(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] >= 'a' && text[i] <= 'z') return true;
    return false;
}

/* mechanisms: behind AUTH and what separates it. */
static void note_auth(struct opening_talk *talk, const char *keyword, const char *mechanisms, size_t length) {
    bool misspelt = memcmp(keyword, "AUTH ", 5) || has_small_letter(mechanisms, length);
    *(misspelt ? &talk->auth_misspelt : &talk->auth_read) = true;
    AUTO_BUF printable = BUF_INIT(3 * OPENING_OFFER_TEXT); /* what is no UTF-8 grows */
    if (length < OPENING_OFFER_TEXT) text_printable(&printable, mechanisms, length);
    bool told = length < OPENING_OFFER_TEXT && printable.length < OPENING_OFFER_TEXT;
    snprintf(talk->offered, OPENING_OFFER_TEXT, "%s", told ? buf_text(&printable) : "…");
}

/* What was offered before STARTTLS is offered no more. */
static void forget_offers(struct opening_talk *talk) {
    *talk->offered = '\0';
    talk->tls_misspelt = talk->auth_misspelt = talk->auth_read = false;
}

static void note_offer(struct opening_talk *talk, const char *line, size_t length) {
    while (length && strchr("\r\n ", line[length - 1])) length--;
    if (length >= 3 && !memcmp(line, "220", 3)) forget_offers(talk);
    if (length <= 4 || memcmp(line, "250", 3)) return;
    line += 4, length -= 4;
    if (length == 8 && !strncasecmp(line, "STARTTLS", 8)) talk->tls_misspelt = memcmp(line, "STARTTLS", 8);
    if (length >= 5 && !strncasecmp(line, "AUTH", 4) && strchr(" =", line[4])) note_auth(talk, line, line + 5, length - 5);
}

static void note_reply(struct opening_talk *talk, size_t used) {
    if (talk->reply.code == 235) talk->logged_in = true;
    if (talk->reply.code != 250) return;
    memcpy(talk->ehlo, talk->said, used);
    talk->ehlo_length = used;
}

void opening_talk_line(struct opening_talk *talk, const char *line, size_t length) {
    size_t used;
    if (talk->said_length + length >= sizeof talk->said) talk->said_length = 0;
    if (length < sizeof talk->said) {
        memcpy(talk->said + talk->said_length, line, length);
        talk->said_length += length;
        enum smtp_reply_status status = smtp_reply_parse(talk->said, talk->said_length, &talk->reply, &used);
        if (status == SMTP_REPLY_DONE) note_reply(talk, used);
        if (status != SMTP_REPLY_MORE) talk->said_length = 0;
    }
    note_offer(talk, line, length);
}
