/* Lines into replies (smtp_reply.h), and an eye on EHLO's answer (RFC 5321 4.1.1.1, RFC 4954 3). */
#include "mailer/send/opening_talk.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static void note_offer(struct opening_talk *talk, const char *line, size_t length) {
    if (length >= 3 && !memcmp(line, "220", 3)) *talk->offered = '\0'; /* what was offered before STARTTLS is offered no more */
    if (length < 9 || memcmp(line, "250", 3) || strncasecmp(line + 4, "AUTH", 4) || !strchr(" =", line[8])) return;
    AUTO_BUF printable = BUF_INIT(3 * OPENING_OFFER_TEXT); /* what is no UTF-8 grows */
    length -= 9, line += 9;
    while (length && strchr("\r\n ", line[length - 1])) length--;
    if (length < OPENING_OFFER_TEXT) text_printable(&printable, line, length);
    bool told = length < OPENING_OFFER_TEXT && printable.length < OPENING_OFFER_TEXT;
    snprintf(talk->offered, OPENING_OFFER_TEXT, "%s", told ? buf_text(&printable) : "…");
}

void opening_talk_line(struct opening_talk *talk, const char *line, size_t length) {
    size_t used;
    if (talk->said_length + length >= sizeof talk->said) talk->said_length = 0;
    if (length < sizeof talk->said) {
        memcpy(talk->said + talk->said_length, line, length);
        talk->said_length += length;
        enum smtp_reply_status status = smtp_reply_parse(talk->said, talk->said_length, &talk->reply, &used);
        if (status != SMTP_REPLY_MORE) talk->said_length = 0;
        if (status == SMTP_REPLY_DONE && talk->reply.code == 235) talk->logged_in = true;
    }
    note_offer(talk, line, length);
}
