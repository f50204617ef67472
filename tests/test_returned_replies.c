/* Every refusal of tests/corpus/replies.tsv once more, come back by mail: quoted in a report whose own status says nothing, and in a
 * notice in words. What spares an address when a server says it to us (mailer/send/verdict.c) spares it when it is returned. */
#include <stdio.h>
#include <stdlib.h>

#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"
#include "tests/tap.h"

enum { COLUMNS = 7, MESSAGE_BYTES = 1 << 16, ROWS_LEAST = 250 };

/* Where the two differ knowingly: a return comes days later, for that one recipient, and has been read as the labelled corpus says. */
static const char *const KNOWN[] = {
    "all relevant MX records point to non-existent hosts", /* a domain that lost its servers may get them back within our retries */
    "Recipient address rejected: Access denied",           /* Exchange Online's words for an unknown recipient */
    "5.1.351 Remote server returned unknown recipient",    /* the same, of a server behind it */
    "5.4.4 Host or domain name not found",                 /* RFC 3463 has no better code for it than Postfix gives */
    "undeliverable address: Host or domain name not found", /* the same, asked for */
    "5.4.310 DNS domain",                                  /* the same, of Exchange Online */
    "(#5.2.1) no such user",                               /* said to RCPT, the words are believed: the corpus has four of them, all dead */
    "<spam@blocked.test>"};                                /* spared: the words of the address count here */

static bool known(const char *reply) {
    for (size_t i = 0; i < COUNT(KNOWN); i++)
        if (strstr(reply, KNOWN[i])) return true;
    return false;
}

static const char *command(const char *phase) {
    static const struct {
        const char *phase, *command;
    } COMMANDS[] = {{"mail", "MAIL FROM command"}, {"rcpt", "RCPT TO command"}, {"data", "DATA command"}, {"body", "end of DATA command"}, {"dot", "end of DATA command"}};
    for (size_t i = 0; i < COUNT(COMMANDS); i++)
        if (!strcmp(COMMANDS[i].phase, phase)) return COMMANDS[i].command;
    return NULL;
}

static const char TOP[] = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.b.test (Mail Delivery System)\nTo: r@b.test\nSubject: Undelivered Mail Returned to Sender\n"
                          "MIME-Version: 1.0\n";
static const char WORDS[] = "Your message could not be delivered.\n\n<x@a.test>: host mx.a.test[192.0.2.1] said: %s (in reply to %s)\n";

static void write_notice(struct buf *out, const char *reply, const char *phase) {
    buf_add_text(out, TOP);
    buf_add_text(out, "Content-Type: text/plain; charset=utf-8\n\n");
    buf_add_format(out, WORDS, reply, command(phase));
}

static void write_report(struct buf *out, const char *reply, const char *phase) {
    buf_add_text(out, TOP);
    buf_add_text(out, "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n");
    buf_add_format(out, WORDS, reply, command(phase));
    buf_add_format(out,
                   "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.b.test\n\nFinal-Recipient: rfc822; x@a.test\n"
                   "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; %s\n\n--b--\n",
                   reply);
}

static bool suppresses(const struct buf *message) {
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct charsets charsets = {.count = 0};
    struct inbound_facts facts;
    charsets_prepare(&charsets, message->bytes, message->length);
    guard_copy(message->bytes, message->length, &copy);
    if (!mime_ready(&(struct err){0})) abort();
    mime_parse(mime, &charsets, buf_text(&copy), copy.length);
    message_kind(mime, &charsets, &facts);
    bool suppress = facts.suppress;
    inbound_facts_release(&facts);
    mime_release(mime);
    charsets_release(&charsets);
    return suppress;
}

static void check_reply(const char *reply, const char *phase, bool dead) {
    AUTO_BUF report = BUF_INIT(MESSAGE_BYTES), notice = BUF_INIT(MESSAGE_BYTES);
    write_report(&report, reply, phase);
    write_notice(&notice, reply, phase);
    CHECK_INT(reply, suppresses(&report), dead);
    CHECK_INT("  in words", suppresses(&notice), dead);
}

int main(void) {
    char line[4000];
    int rows = 0;
    FILE *file = fopen("tests/corpus/replies.tsv", "re");
    while (file && fgets(line, sizeof line, file)) {
        char *columns[COLUMNS] = {NULL}, *at = line;
        for (int i = 0; i < COLUMNS && at; i++) columns[i] = strsep(&at, "\t");
        if (!columns[4] || !command(columns[2]) || (columns[3][0] != '4' && columns[3][0] != '5') || known(columns[3])) continue;
        check_reply(columns[3], columns[2], !strcmp(columns[4], "dead"));
        rows++;
    }
    if (file) fclose(file);
    CHECK("the whole table was read", rows >= ROWS_LEAST);
    return tap_end();
}
