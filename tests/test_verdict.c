/* What real servers say, and what it means for the delivery. Texts as their documentation and logs show them, names made
 * neutral; the source is in the label. */
#include "mailer/send/verdict.h"

#include <stdlib.h>

#include "base/text.h"
#include "tests/tap.h"

enum { G = SMTP_AT_GREETING, E = SMTP_AT_EHLO, M = SMTP_AT_MAIL, R = SMTP_AT_RCPT, D = SMTP_AT_DATA, B = SMTP_AT_BODY, DOT = SMTP_AT_DOT };
#define SENT VERDICT_SENT
#define RETRY VERDICT_RETRY
#define FAIL VERDICT_FAIL
#define DEAD VERDICT_DEAD
#define SLOW VERDICT_SLOW
#define RELAY VERDICT_RELAY
#define DOUBT VERDICT_DOUBT

static const struct { const char *label; int phase; const char *reply; enum verdict want; } CASES[] = {
    /* taken */
    {"Postfix takes it", DOT, "250 2.0.0 Ok: queued as 4T1x2y3z", SENT},
    {"Exim takes it", DOT, "250 OK id=1qXyZ0-0001Ab-2c", SENT},
    {"Exchange takes it", DOT, "250 2.6.0 <id@host> [InternalId=1, Hostname=h] 8000 bytes in 0.2, 39 KB/sec Queued mail for delivery", SENT},
    {"Gmail takes it", DOT, "250 2.0.0 OK  1700000000 ffacd0b85a97d-32f6.3 - gsmtp", SENT},
    {"251 forwarded", DOT, "251 2.1.5 will forward", SENT},
    {"a 250 that is not for the dot decides nothing", B, "250 ok", RETRY},
    {"a 354 out of place decides nothing", R, "354 go", RETRY},

    /* no such address: codes */
    {"Postfix, local", R, "550 5.1.1 <x@a.test>: Recipient address rejected: User unknown in local recipient table", DEAD},
    {"Postfix, virtual", R, "550 5.1.1 <x@a.test>: Recipient address rejected: User unknown in virtual mailbox table", DEAD},
    {"Postfix, relay, unverified", R, "550 5.1.1 <x@a.test>: Recipient address rejected: undeliverable address: host mx said: 550 No such user", DEAD},
    {"Gmail", R, "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking - gsmtp", DEAD},
    {"Exchange Online, 5.1.10", R, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@a.test not found by SMTP address lookup", DEAD},
    {"Exchange, on site", R, "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", DEAD},
    {"Exchange, 5.1.1 at the dot", DOT, "550 5.1.1 User unknown", DEAD},
    {"Orange", R, "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]", DEAD},
    {"OVH", R, "550 5.1.1 <x@a.test>: Recipient address rejected: User unknown", DEAD},
    {"La Poste", R, "550 5.1.1 <x@a.test>: Recipient address rejected: unknown user", DEAD},
    {"Proofpoint", R, "550 5.1.1 <x@a.test>... User unknown", DEAD},
    {"sendmail, moved without an address", R, "551 5.1.6 recipient no longer on server", DEAD},
    {"bad syntax of the recipient", R, "501 5.1.3 Bad recipient address syntax", DEAD},
    {"Postfix, no such domain", R, "550 5.1.2 <x@a.test>: Recipient address rejected: Domain not found", DEAD},
    {"sendmail, no such domain", R, "550 5.1.2 x@a.test... Host unknown (Name server: a.test: host not found)", DEAD},
    {"null MX, RFC 7505", R, "556 5.1.10 Recipient address has null MX", DEAD},
    {"null MX, Postfix", R, "550 5.1.10 <x@a.test>: Recipient address rejected: Domain a.test does not accept mail (nullMX)", DEAD},
    {"556 alone", R, "556 no mail here", DEAD},

    /* no such address: words */
    {"Exim, no code", R, "550 Unrouteable address", DEAD},
    {"Exim, cPanel", R, "550 No Such User Here", DEAD},
    {"Free", R, "550 <x@a.test>: Recipient address rejected: User unknown in relay recipient table", DEAD},
    {"SFR, vague code", R, "550 5.1.0 <x@a.test>: unknown user", DEAD},
    {"qmail", R, "550 sorry, no mailbox here by that name (#5.1.1)", DEAD},
    {"MDaemon", R, "550 Recipient unknown", DEAD},
    {"French text", R, "550 Destinataire inconnu", DEAD},
    {"French text, accents", R, "550 5.0.0 Cette boîte inconnue", DEAD},
    {"Orange, vague code", R, "550 5.5.0 Adresse d au moins un destinataire invalide. Invalid recipient.", DEAD},
    {"Yahoo", R, "554 delivery error: dd This user doesn't have a yahoo.test account; this user does not exist", DEAD},
    {"user unknown, but because of spam", R, "550 Blocked: user unknown or spam suspected", FAIL},
    {"default words of 550 prove nothing", R, "550 Requested action not taken: mailbox unavailable", FAIL},
    {"550 and nothing", R, "550", FAIL},

    /* this mail fails, the address stays */
    {"mailbox full for good", R, "552 5.2.2 <x@a.test>: Recipient address rejected: Mailbox is full", FAIL},
    {"mailbox full, no code", R, "552 Mailbox full", FAIL},
    {"Gmail over quota", R, "552-5.2.2 The email account that you tried to reach is over quota", FAIL},
    {"Gmail disabled", R, "550-5.2.1 The email account that you tried to reach is disabled", FAIL},
    {"too big", DOT, "552 5.3.4 Message size exceeds fixed limit", FAIL},
    {"too big, at MAIL", M, "552 5.3.4 Message size exceeds fixed limit", FAIL},
    {"policy at RCPT", R, "550 5.7.1 <x@a.test>: Recipient address rejected: Access denied", FAIL},
    {"policy at DATA", D, "554 5.7.1 Message refused by policy", FAIL},
    {"policy at the dot", DOT, "550 5.7.1 Message refused by policy", FAIL},
    {"Spamhaus", R, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", FAIL},
    {"Gmail DMARC", DOT, "550-5.7.26 Unauthenticated email from a.test is not accepted due to domain's DMARC policy", FAIL},
    {"Gmail, SPF and DKIM wanted", DOT, "550-5.7.26 This mail has been blocked because the sender is unauthenticated", FAIL},
    {"Exchange Online, directory based blocking", R, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", FAIL},
    {"Exchange, restricted recipient", R, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", FAIL},
    {"Outlook, banned address", M, "550 5.7.511 Access denied, banned sender[192.0.2.1]", RELAY},
    {"no route: 5.4.4 leaves the address alone", R, "550 5.4.4 Host or domain name not found. Name service error for name=a.test type=A: Host not found", FAIL},
    {"mail loop", DOT, "554 5.4.6 Too many hops", FAIL},
    {"virus", DOT, "554 5.6.0 Message contains a virus", FAIL},
    {"content, no code", DOT, "554 Your message looks like spam", FAIL},
    {"Orange, spam", DOT, "550 5.7.1 Mail rejete. Mail rejected. OFR_506 [506]", FAIL},
    {"Free, spam", DOT, "550 spam detected", FAIL},
    {"La Poste, policy", DOT, "550 5.7.1 Service refuse. Veuillez verifier votre configuration. LPN007_510", FAIL},
    {"Yahoo, policy", DOT, "554 5.7.9 Message not accepted for policy reasons", FAIL},
    {"our own refusal: a message that cannot be made", M, "554 5.6.0 gabarit fautif", FAIL},
    {"5.7.0 is policy whatever the words", R, "550 5.7.0 user unknown", FAIL},

    /* the relay refuses us */
    {"AUTH needed", M, "530 5.7.0 Authentication required", RELAY},
    {"STARTTLS needed", M, "530 5.7.0 Must issue a STARTTLS command first", RELAY},
    {"log-in lost", M, "535 5.7.8 Error: authentication failed", RELAY},
    {"no relaying, Postfix", R, "554 5.7.1 <x@a.test>: Relay access denied", RELAY},
    {"no relaying, Exim", R, "550 relay not permitted", RELAY},
    {"no relaying, Exchange", R, "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", RELAY},
    {"no relaying, Exchange Online", R, "550 5.7.64 TenantAttribution; Relay Access Denied", RELAY},
    {"no relaying, sendmail", R, "550 5.7.1 x@a.test... Relaying denied. Proper authentication required.", RELAY},
    {"Exchange Online, anonymous", M, "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", RELAY},
    {"Exchange Online, send as", DOT, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", RELAY},
    {"sender's domain unknown", R, "550 5.1.8 <r@a.test>: Sender address rejected: Domain not found", RELAY},
    {"sender's domain has null MX", R, "550 5.7.27 <r@a.test>: Sender address rejected: Domain a.test does not accept mail (nullMX)", RELAY},
    {"sender unknown", R, "550 5.1.7 Invalid sender", RELAY},
    {"sender not ours", R, "553 5.7.1 <r@a.test>: Sender address rejected: not owned by user relais", RELAY},
    {"Exim's call-out", R, "550 Sender verify failed", RELAY},
    {"any refusal of MAIL", M, "550 5.1.0 sender denied", RELAY},
    {"OVH, log-in needed", R, "554 5.7.1 <x@a.test>: Relay access denied", RELAY},
    {"greeting", G, "554 5.7.1 no service for you", RELAY},
    {"log-in fails for now", G, "454 4.7.0 Temporary authentication failure", RELAY},
    {"EHLO", E, "550 5.7.1 bad name", RELAY},

    /* later */
    {"mailbox full for now", R, "452 4.2.2 <x@a.test>: Mailbox full", RETRY},
    {"unverified recipient", R, "450 4.1.1 <x@a.test>: Recipient address rejected: unverified address", RETRY},
    {"domain lookup failed", R, "450 4.1.2 <x@a.test>: Recipient address rejected: Domain not found", RETRY},
    {"greylisting, postgrey", R, "450 4.2.0 <x@a.test>: Recipient address rejected: Greylisted", RETRY},
    {"greylisting, 4.7.1", R, "451 4.7.1 Greylisting in action, please come back later", RETRY},
    {"disk full", DOT, "452 4.3.1 Insufficient system storage", RETRY},
    {"local error", DOT, "451 4.3.0 Error: queue file write error", RETRY},
    {"sender's domain not found for now", M, "450 4.1.8 <r@a.test>: Sender address rejected: Domain not found", RETRY},
    {"too many recipients is about one mail", R, "452 4.5.3 Error: too many recipients", RETRY},
    {"451 without more", R, "451 try again", RETRY},

    /* slower */
    {"a recipient's policy", R, "450 4.7.1 <mairie@x.example>: Recipient address rejected: try again", RETRY},
    {"421", R, "421 4.3.2 All server ports are busy", SLOW},
    {"421 at the dot", DOT, "421 4.4.2 mx Error: timeout exceeded", SLOW},
    {"Postfix, connections", G, "421 4.7.0 mx Error: too many connections from 192.0.2.1", SLOW},
    {"Gmail, rate", DOT, "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail", SLOW},
    {"Orange, connections", G, "421 too many connections, slow down. OFR004_104 [104]", SLOW},
    {"Yahoo, deferred", R, "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints", SLOW},
    {"Exchange Online, throttled", DOT, "451 4.7.500 Server busy. Please try again later", SLOW},
    {"Free, rate", R, "451 too many messages from your IP, slow down", SLOW},
    {"Postfix, anvil", R, "450 4.7.1 Error: too much mail from 192.0.2.1", SLOW},
    {"SFR", R, "450 4.2.1 Too many connections from your host", SLOW},
    {"French", R, "450 Trop de connexions simultanées", SLOW},

    /* no reply */
    {"no connection", G, "", RELAY},
    {"lost at EHLO", E, "", RELAY},
    {"lost at MAIL", M, "", RETRY},
    {"lost at RCPT", R, "", RETRY},
    {"lost at DATA", D, "", RETRY},
    {"lost in the body", B, "", RETRY},
    {"lost behind the dot", DOT, "", DOUBT},
    {"RSET minded", SMTP_AT_RSET, "500 what?", RETRY},
};

/* Refused before a byte left. */
static const struct { const char *label, *enhanced; enum verdict want; } OURS[] = {
    {"recipient that cannot be written", "5.1.3", DEAD}, {"return path that cannot be written", "5.1.7", RELAY},
    {"SMTPUTF8 needed and not there", "5.6.7", FAIL},    {"message not canonical", "5.6.0", FAIL},
    {"larger than the server takes", "5.3.4", FAIL},
};

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct smtp_result result = {.phase = (enum smtp_phase)CASES[i].phase};
        AUTO_BUF line = BUF_INIT(2000);
        size_t used;
        buf_add_text(&line, CASES[i].reply);
        /* Multi-line examples are written on one line here; the code's dash would leave the reply open. */
        if (line.length > 3) line.bytes[3] = ' ';
        buf_add_text(&line, "\r\n");
        if (line.length > 2 && smtp_reply_parse(line.bytes, line.length, &result.reply, &used) != SMTP_REPLY_DONE)
            CHECK(CASES[i].label, !"a reply");
        CHECK_TEXT(CASES[i].label, VERDICT[verdict_of(&result)], VERDICT[CASES[i].want]);
    }
    for (size_t i = 0; i < COUNT(OURS); i++) {
        struct smtp_result result = {.phase = SMTP_AT_MAIL};
        snprintf(result.reply.enhanced, sizeof result.reply.enhanced, "%s", OURS[i].enhanced);
        CHECK_TEXT(OURS[i].label, VERDICT[verdict_of(&result)], VERDICT[OURS[i].want]);
    }
    return tap_end();
}
