/* Which refusals say nothing of an address or a mailbox. */
#include <stdio.h>

#include "mailer/send/relay_fault.h"
#include "tests/tap.h"

static const struct { const char *label; enum smtp_phase phase; int code; const char *enhanced, *text; bool want; } CASES[] = {
    {"a sender that was never verified (SES)", SMTP_AT_DOT, 554, "", "Message rejected: Email address is not verified.", true},
    {"a dialogue that displeases", SMTP_AT_RCPT, 503, "5.5.1", "Bad sequence of commands. AUTH first", true},
    {"a host that may not", SMTP_AT_RCPT, 554, "", "Host network not allowed", true},
    {"a message that is too big for the system", SMTP_AT_DOT, 552, "5.3.4", "message file too big", true},
    {"a message that cannot be read", SMTP_AT_DOT, 554, "5.6.0", "Corrupt message content", true},
    {"nothing said", SMTP_AT_DOT, 554, "5.0.0", "Permanent message delivery failure", true},
    {"a mailbox by its code", SMTP_AT_RCPT, 550, "", "Requested action not taken", false},
    {"a mailbox by its enhanced code", SMTP_AT_RCPT, 554, "5.2.1", "no", false},
    {"an address", SMTP_AT_RCPT, 554, "5.1.1", "no", false},
    {"its server out of reach", SMTP_AT_RCPT, 554, "5.4.4", "Host not found", false},
    {"its domain takes no mail", SMTP_AT_RCPT, 556, "", "no", false},
    {"a mailbox of La Poste", SMTP_AT_RCPT, 554, "5.5.0", "Requested action not taken", false},
    {"an unknown one in words", SMTP_AT_DOT, 554, "", "delivery error: This user doesn't have an account. No such user", false},
    {"a shut one in words", SMTP_AT_DOT, 554, "", "30 Sorry, your message cannot be delivered. This mailbox is disabled", false},
    {"a full one in words", SMTP_AT_DOT, 554, "5.3.0", "Mailbox full", false},
    {"at DATA, though the recipient was taken", SMTP_AT_DATA, 554, "5.5.1", "no valid recipients", true},
    {"at DATA, with nothing said", SMTP_AT_DATA, 554, "", "Transaction failed", true},
    {"at DATA, a full one in words", SMTP_AT_DATA, 554, "", "Mailbox full", false},
    {"before the dot", SMTP_AT_BODY, 554, "", "Transaction failed", true},
    {"at MAIL, where the relay pauses anyway", SMTP_AT_MAIL, 554, "", "Transaction failed", false},
    {"said by us", SMTP_AT_RCPT, 0, "5.6.7", "no SMTPUTF8", false},
};

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct smtp_result result = {.phase = CASES[i].phase, .reply = {.code = CASES[i].code}};
        snprintf(result.reply.enhanced, sizeof result.reply.enhanced, "%s", CASES[i].enhanced);
        snprintf(result.reply.text, sizeof result.reply.text, "%s", CASES[i].text);
        CHECK(CASES[i].label, relay_fault(&result) == CASES[i].want);
    }
    return tap_end();
}
