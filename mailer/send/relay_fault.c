/* By codes first, then by the words that mailboxes are refused with. */
#include "mailer/send/relay_fault.h"

#include <string.h>

#include "mailer/send/verdict_words.h"

/* "5.0.0" says nothing. La Poste and Outlook.com say 5.5.0 of mailboxes. */
static bool by_codes(const struct smtp_reply *reply) {
    const char *enhanced = reply->enhanced;
    if (*enhanced && strcmp(enhanced + 1, ".0.0")) return strchr("356", enhanced[2]) && strcmp(enhanced + 1, ".5.0");
    return (reply->code < 550 || reply->code > 553) && reply->code != 556; /* RFC 7504: the domain takes no mail */
}

static bool of_a_mailbox(const struct smtp_reply *reply) {
    static const enum verdict_says OWN[] = {SAYS_NO_ADDRESS, SAYS_UNKNOWN_USER, SAYS_FULL, SAYS_SHUT, SAYS_CLOSED};
    AUTO_BUF buffer = BUF_INIT(8 * SMTP_REPLY_TEXT);
    verdict_words(&buffer, reply->text);
    for (size_t i = 0; i < COUNT(OWN); i++)
        if (verdict_says(buf_text(&buffer), OWN[i])) return true;
    return false;
}

bool relay_fault(const struct smtp_result *result) {
    const struct smtp_reply *reply = &result->reply;
    /* At DATA only where the recipient was taken: what decides first is the result (smtp_dialogue.c). */
    bool asked = result->phase >= SMTP_AT_RCPT && result->phase <= SMTP_AT_DOT;
    return asked && reply->code / 100 == 5 && by_codes(reply) && !of_a_mailbox(reply);
}
