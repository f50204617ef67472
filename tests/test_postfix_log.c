/* Lines of Postfix's log as its daemons write them, in the forms of syslog, journald and RFC 3339; and lines that only look so. */
#include "mailer/send/postfix_log.h"

#include <stdlib.h>

#include "tests/tap.h"

#define BSD "Nov 26 06:11:54 mx1 "
#define ISO "2026-11-26T06:11:54.123456+01:00 mx1 "
#define SENT ", relay=mx.commune.example[192.0.2.25]:25, delay=0.42, delays=0.1/0.01/0.11/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4C1F21A0B3)"

static const struct {
    const char *label, *line;
    enum postfix_event event;
    const char *queue_id, *value; /* queue_id NULL = the event is NOTHING, whatever it says */
} CASES[] = {
    /* a message comes in */
    {"smtpd, syslog's date, short id", BSD "postfix/smtpd[4121]: 4C1F21A0B3: client=localhost[127.0.0.1]", POSTFIX_BEGINS, "4C1F21A0B3", ""},
    {"smtpd, RFC 3339, long id", ISO "postfix/smtpd[4121]: 4XyZ1q2WvBz1Rk: client=relais.amf.example[2001:db8::1]", POSTFIX_BEGINS, "4XyZ1q2WvBz1Rk", ""},
    {"day of one digit", "Nov  6 06:11:54 mx1 postfix/smtpd[1]: 0A1B2: client=unknown[192.0.2.1], sasl_method=PLAIN, sasl_username=a", POSTFIX_BEGINS, "0A1B2", ""},
    {"submission has its own syslog_name", BSD "postfix/submission/smtpd[33]: 4C1F21A0B3: client=a[192.0.2.1], sasl_method=PLAIN", POSTFIX_BEGINS, "4C1F21A0B3", ""},
    {"pickup", BSD "postfix/pickup[77]: 4C1F21A0B3: uid=0 from=<root>", POSTFIX_BEGINS, "4C1F21A0B3", ""},
    {"with a line end", BSD "postfix/smtpd[4121]: 4C1F21A0B3: client=a[192.0.2.1]\r\n", POSTFIX_BEGINS, "4C1F21A0B3", ""},
    {"another day's zone", "2026-07-01T06:11:54Z mx1 postfix/smtpd[1]: 4C1F21A0B3: client=a[192.0.2.1]", POSTFIX_BEGINS, "4C1F21A0B3", ""},
    {"its own log file", BSD "postfix/smtpd[1]: 4C1F21A0B3: client=a[192.0.2.1]", POSTFIX_BEGINS, "4C1F21A0B3", ""},
    {"smtpd refuses before it has an id", BSD "postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 5.1.1 <b@c.example>: no; proto=ESMTP", POSTFIX_NOTHING, NULL, ""},
    {"smtpd refuses at the end of DATA", BSD "postfix/smtpd[1]: 4C1F21A0B3: reject: END-OF-MESSAGE from a[192.0.2.1]: 554 5.7.1 no", POSTFIX_NOTHING, NULL, ""},
    {"smtpd only connects", BSD "postfix/smtpd[1]: connect from a[192.0.2.1]", POSTFIX_NOTHING, NULL, ""},
    {"smtpd disconnects", BSD "postfix/smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5", POSTFIX_NOTHING, NULL, ""},
    {"lost after DATA", BSD "postfix/smtpd[1]: lost connection after DATA (512 bytes) from a[192.0.2.1]", POSTFIX_NOTHING, NULL, ""},
    /* its Message-ID, while it still comes in */
    {"cleanup", BSD "postfix/cleanup[4122]: 4C1F21A0B3: message-id=<d.17.abc@amf.example>", POSTFIX_MESSAGE_ID, "4C1F21A0B3", "<d.17.abc@amf.example>"},
    {"cleanup, RFC 3339, long id", ISO "postfix/cleanup[4122]: 4XyZ1q2WvBz1Rk: message-id=<d.17.abc@amf.example>\n", POSTFIX_MESSAGE_ID, "4XyZ1q2WvBz1Rk", "<d.17.abc@amf.example>"},
    {"none", BSD "postfix/cleanup[4122]: 4C1F21A0B3: message-id=<>", POSTFIX_MESSAGE_ID, "4C1F21A0B3", "<>"},
    {"odd, kept whole", BSD "postfix/cleanup[4122]: 4C1F21A0B3: message-id=<a>, status=sent", POSTFIX_MESSAGE_ID, "4C1F21A0B3", "<a>, status=sent"},
    {"resent", BSD "postfix/cleanup[4122]: 4C1F21A0B3: resent-message-id=<r@amf.example>", POSTFIX_NOTHING, NULL, ""},
    {"refused by a milter", BSD "postfix/cleanup[4122]: 4C1F21A0B3: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 no; from=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"refused for a header", BSD "postfix/cleanup[4122]: 4C1F21A0B3: reject: header Subject: x from a[192.0.2.1]; from=<a@b.example>: 5.7.1 no", POSTFIX_NOTHING, NULL, ""},
    /* in the queue */
    {"qmgr", BSD "postfix/qmgr[900]: 4C1F21A0B3: from=<retour+abc@amf.example>, size=4012, nrcpt=1 (queue active)", POSTFIX_QUEUED, "4C1F21A0B3", "retour+abc@amf.example"},
    {"qmgr of a second instance", ISO "postfix-out/qmgr[900]: 4XyZ1q2WvBz1Rk: from=<a@amf.example>, size=1, nrcpt=1 (queue active)", POSTFIX_QUEUED, "4XyZ1q2WvBz1Rk", "a@amf.example"},
    {"a bounce's sender", BSD "postfix/qmgr[900]: 4C1F21A0B3: from=<>, size=2900, nrcpt=1 (queue active)", POSTFIX_QUEUED, "4C1F21A0B3", ""},
    {"expired", BSD "postfix/qmgr[900]: 4C1F21A0B3: from=<a@amf.example>, status=expired, returned to sender", POSTFIX_QUEUED, "4C1F21A0B3", "a@amf.example"},
    {"removed", BSD "postfix/qmgr[900]: 4C1F21A0B3: removed", POSTFIX_REMOVED, "4C1F21A0B3", ""},
    {"skipped", BSD "postfix/qmgr[900]: 4C1F21A0B3: skipped, still being delivered", POSTFIX_NOTHING, NULL, ""},
    {"a sender not closed", BSD "postfix/qmgr[900]: 4C1F21A0B3: from=<a@amf.example", POSTFIX_NOTHING, NULL, ""},
    /* delivered from the queue */
    {"smtp, sent", BSD "postfix/smtp[123]: 4C1F21A0B3: to=<mairie@commune.example>" SENT, POSTFIX_STATUS, "4C1F21A0B3", "sent"},
    {"smtp of a second instance", ISO "postfix-out/smtp[123]: 4XyZ1q2WvBz1Rk: to=<mairie@commune.example>" SENT, POSTFIX_STATUS, "4XyZ1q2WvBz1Rk", "sent"},
    {"bounced", BSD "postfix/smtp[123]: 4C1F21A0B3: to=<a@commune.example>, relay=mx[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx said: 550 5.1.1 no)",
     POSTFIX_STATUS, "4C1F21A0B3", "bounced"},
    {"deferred", BSD "postfix/smtp[123]: 4C1F21A0B3: to=<a@commune.example>, relay=none, delay=30, dsn=4.4.1, status=deferred (connect to mx[192.0.2.1]:25: Connection timed out)",
     POSTFIX_STATUS, "4C1F21A0B3", "deferred"},
    {"with orig_to", BSD "postfix/local[123]: 4C1F21A0B3: to=<a@mx.example>, orig_to=<b@c.example>, relay=local, delay=0, dsn=2.0.0, status=sent (delivered to mailbox)",
     POSTFIX_STATUS, "4C1F21A0B3", "sent"},
    {"lmtp", BSD "postfix/lmtp[1]: 4C1F21A0B3: to=<a@b.example>" SENT, POSTFIX_STATUS, "4C1F21A0B3", "sent"},
    {"error, after a transport's failure", BSD "postfix/error[1]: 4C1F21A0B3: to=<a@b.example>, relay=none, delay=1, dsn=4.7.8, status=deferred (delivery suspended)",
     POSTFIX_STATUS, "4C1F21A0B3", "deferred"},
    {"the other server's words are no status", BSD "postfix/smtp[1]: 4C1F21A0B3: to=<a@b.example>, relay=x, dsn=4.2.0, status=deferred (host said: 450 x, status=sent)",
     POSTFIX_STATUS, "4C1F21A0B3", "deferred"},
    {"over TLS: another line", BSD "postfix/smtp[123]: Trusted TLS connection established to mx.commune.example[192.0.2.25]:25: TLSv1.3", POSTFIX_NOTHING, NULL, ""},
    {"a status with no recipient", BSD "postfix/smtp[123]: 4C1F21A0B3: host mx[192.0.2.1] said: 450 4.2.0 wait, status=sent (in reply to RCPT TO)", POSTFIX_NOTHING, NULL, ""},
    {"bounce tells of its own", BSD "postfix/bounce[5]: 4C1F21A0B3: sender non-delivery notification: 4C1F21A0B4", POSTFIX_NOTHING, NULL, ""},
    /* not Postfix's, or not whole */
    {"another program", BSD "autre[1]: 4C1F21A0B3: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"no process number", BSD "postfix/cleanup: 4C1F21A0B3: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"no service", BSD "postfix/[1]: 4C1F21A0B3: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"no queue id", BSD "postfix/cleanup[1]: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"a queue id too short", BSD "postfix/cleanup[1]: 4C1F: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"a queue id too long", BSD "postfix/cleanup[1]: 0123456789012345678901234567890123: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
    {"torn in the id", BSD "postfix/cleanup[1]: 4C1F21A0", POSTFIX_NOTHING, NULL, ""},
    {"nothing", "", POSTFIX_NOTHING, NULL, ""},
    {"only a line end", "\n", POSTFIX_NOTHING, NULL, ""},
    {"words that quote a line", BSD "autre[1]: postfix/cleanup[2]: 4C1F21A0B3: message-id=<a@b.example>", POSTFIX_NOTHING, NULL, ""},
};

static struct postfix_line read_exact(const char *line, size_t length) {
    struct postfix_line said;
    char *exact = mem_copy(line, length + !length); /* a sanitiser sees a read too far */
    postfix_line_read(exact, length, &said);
    free(exact);
    return said;
}

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct postfix_line said = read_exact(CASES[i].line, strlen(CASES[i].line));
        CHECK_INT(CASES[i].label, said.event, CASES[i].event);
        if (CASES[i].queue_id) {
            CHECK_TEXT(CASES[i].label, said.queue_id, CASES[i].queue_id);
            CHECK_TEXT(CASES[i].label, said.value, CASES[i].value);
        }
    }
    char line[POSTFIX_VALUE + 100];
    int head = snprintf(line, sizeof line, BSD "postfix/cleanup[1]: 4C1F21A0B3: message-id=");
    memset(line + head, 'x', POSTFIX_VALUE);
    CHECK_INT("the longest value", read_exact(line, (size_t)head + POSTFIX_VALUE - 1).event, POSTFIX_MESSAGE_ID);
    CHECK_INT("one byte more", read_exact(line, (size_t)head + POSTFIX_VALUE).event, POSTFIX_NOTHING);
    line[head + 3] = '\0';
    CHECK_INT("a NUL in a value", read_exact(line, (size_t)head + 6).event, POSTFIX_NOTHING);
    return tap_end();
}
