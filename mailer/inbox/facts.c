/* Facts to bytes and back: one line of numbers, then texts, each "LENGTH:BYTES\n". */
#include "mailer/inbox/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *const INBOUND_KIND[INBOUND_KINDS] = {[INBOUND_HARD] = "hard",
                                                 [INBOUND_SOFT] = "soft",
                                                 [INBOUND_DELIVERED] = "delivered",
                                                 [INBOUND_COMPLAINT] = "complaint",
                                                 [INBOUND_AUTOREPLY] = "autoreply",
                                                 [INBOUND_CHALLENGE] = "challenge",
                                                 [INBOUND_UNSUBSCRIBE] = "unsubscribe",
                                                 [INBOUND_REPLY] = "reply",
                                                 [INBOUND_OTHER] = "other",
                                                 [INBOUND_UNREAD] = "unread"};

const char *const REPLY_SORT[REPLY_SORTS] = {[REPLY_NONE] = "",
                                             [REPLY_ANSWERED] = "answered",
                                             [REPLY_NOT_CONCERNED] = "not-concerned",
                                             [REPLY_QUESTION] = "question",
                                             [REPLY_WRONG_PERSON] = "wrong-person",
                                             [REPLY_OBJECTION] = "objection",
                                             [REPLY_OTHER] = "other"};

static const char *const REASONS[] = {"",        "user-unknown", "mailbox-full", "host-unknown",
                                      "policy",  "size",         "rate",         "moved",
                                      "expired", "disabled",     "other"};

enum { TEXTS = 7, PROOFS_BYTES = 65536 };
static void texts_of(struct inbound_facts *facts, char **out[TEXTS]) {
    char **const all[TEXTS] = {
        &facts->original_message_id, &facts->reply_text, &facts->sender, &facts->subject,
        &facts->message_id,          &facts->diagnostic, &facts->new_address};
    memcpy(out, all, sizeof all);
}

void facts_begin(struct inbound_facts *facts, enum inbound_kind kind) {
    *facts = (struct inbound_facts){.kind = kind, .proofs = BUF_INIT(PROOFS_BYTES)};
    char **texts[TEXTS];
    texts_of(facts, texts);
    for (size_t i = 0; i < TEXTS; i++) *texts[i] = text_dup("");
}

void inbound_facts_release(struct inbound_facts *facts) {
    char **texts[TEXTS];
    texts_of(facts, texts);
    for (size_t i = 0; i < TEXTS; i++) free(*texts[i]);
    for (size_t i = 0; i < facts->recipient_count; i++) {
        free(facts->recipients[i].address);
        free(facts->recipients[i].diagnostic);
    }
    buf_release(&facts->proofs);
    *facts = (struct inbound_facts){.kind = INBOUND_UNREAD};
}

/* What a text may hold besides letters: a line nothing, a body LF and tab. */
enum text_kind { LINE_TEXT, BODY_TEXT };

static bool control(char c, enum text_kind kind) {
    return (unsigned char)c < ' ' ? kind == LINE_TEXT || (c != '\n' && c != '\t') : c == 0x7F;
}

static bool clean(const char *text, size_t length, enum text_kind kind) {
    for (size_t i = 0; i < length; i++)
        if (control(text[i], kind)) return false;
    return utf8_valid(text, length);
}

static void write_clean(struct buf *out, const char *text, size_t length) {
    char head[24], *at = head + sizeof head;
    *--at = ':';
    size_t left = length;
    do *--at = (char)('0' + left % 10);
    while (left /= 10);
    buf_add(out, at, (size_t)(head + sizeof head - at));
    buf_add(out, text, length);
    buf_add_char(out, '\n');
}

/* Made what the reader takes: cut between two characters, valid, without controls. Whoever judges may quote from raw bytes. */
static void write_text(struct buf *out, const char *text, size_t length, enum text_kind kind, size_t most) {
    if (length <= most && clean(text, length, kind)) {
        write_clean(out, text, length);
        return;
    }
    AUTO_BUF repaired = BUF_INIT(3 * length); /* a stray byte becomes U+FFFD */
    utf8_repair(&repaired, text, length);
    for (size_t i = 0; i < repaired.length; i++)
        if (control(repaired.bytes[i], kind)) repaired.bytes[i] = ' ';
    size_t kept = repaired.length < most ? repaired.length : most;
    while (kept < repaired.length && kept && (repaired.bytes[kept] & 0xC0) == 0x80) kept--;
    write_clean(out, buf_text(&repaired), kept);
}

static void write_line(struct buf *out, const char *text, size_t most) {
    write_text(out, text, strlen(text), LINE_TEXT, most);
}

static const enum text_kind KIND[TEXTS] = {[1] = BODY_TEXT}; /* the visible text of a reply has lines, the others are one */

void facts_write(const struct inbound_facts *facts, struct buf *out) {
    char **texts[TEXTS];
    struct inbound_facts view = *facts;
    texts_of(&view, texts);
    buf_add_format(out, "%d %d %d %zu\n", (int)facts->kind, facts->suppress, (int)facts->reply_sort, facts->recipient_count);
    write_line(out, facts->status, INBOUND_STATUS - 1);
    write_line(out, facts->reason, INBOUND_REASON - 1);
    write_line(out, facts->return_date, sizeof facts->return_date - 1);
    for (size_t i = 0; i < TEXTS; i++) write_text(out, *texts[i], strlen(*texts[i]), KIND[i], FACTS_TEXT);
    write_text(out, buf_text(&facts->proofs), facts->proofs.length, BODY_TEXT, PROOFS_BYTES);
    for (size_t i = 0; i < facts->recipient_count; i++) {
        const struct inbound_recipient *one = &facts->recipients[i];
        buf_add_text(out, one->dead ? "1\n" : "0\n");
        write_line(out, one->address, FACTS_ADDRESS);
        write_line(out, one->status, sizeof one->status - 1);
        write_line(out, one->reason, sizeof one->reason - 1);
        write_line(out, one->diagnostic, FACTS_DIAGNOSTIC);
    }
}

/* -- reading --------------------------------------------------------------------------------------------------- */
struct reader {
    const char *at, *end;
    bool good;
};

static size_t read_number(struct reader *reader, char stop, size_t most) {
    size_t number = 0, digits = 0;
    while (reader->good && reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' &&
           digits < 8) {
        number = number * 10 + (size_t)(*reader->at++ - '0');
        digits++;
    }
    reader->good &= digits > 0 && reader->at < reader->end && *reader->at == stop && number <= most;
    if (!reader->good) return 0;
    reader->at++;
    return number;
}

/* Valid UTF-8 without controls, at most most bytes; owned, "" when it is not good. */
static char *read_text(struct reader *reader, enum text_kind kind, size_t most) {
    size_t length = read_number(reader, ':', most);
    reader->good &= (size_t)(reader->end - reader->at) > length;
    if (!reader->good) return text_dup("");
    const char *text = reader->at;
    reader->good &= text[length] == '\n' && clean(text, length, kind);
    reader->at += length + 1;
    return reader->good ? text_dup_n(text, length) : text_dup("");
}

static void read_into(struct reader *reader, char *out, size_t size) {
    AUTO_TEXT text = read_text(reader, LINE_TEXT, size - 1);
    snprintf(out, size, "%s", text);
}

static bool status_valid(const char *status) {
    if (!*status) return true;
    int dots = 0;
    for (const char *c = status; *c; c++) {
        if (*c == '.')
            dots++;
        else if (*c < '0' || *c > '9')
            return false;
    }
    return dots == 2 && (*status == '2' || *status == '4' || *status == '5');
}

static bool reason_valid(const char *reason) {
    for (size_t i = 0; i < COUNT(REASONS); i++)
        if (!strcmp(REASONS[i], reason)) return true;
    return false;
}

/* "" or a day written as RFC 3339 does; whether the month has so many days is for whoever reckons with it. */
static bool date_valid(const char *date) {
    if (!*date) return true;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? date[i] != '-' : date[i] < '0' || date[i] > '9') return false;
    return !date[10];
}

static void read_recipient(struct reader *reader, struct inbound_facts *facts) {
    struct inbound_recipient *one = &facts->recipients[facts->recipient_count++];
    one->dead = read_number(reader, '\n', 1) == 1;
    one->address = read_text(reader, LINE_TEXT, FACTS_ADDRESS);
    read_into(reader, one->status, sizeof one->status);
    read_into(reader, one->reason, sizeof one->reason);
    one->diagnostic = read_text(reader, LINE_TEXT, FACTS_DIAGNOSTIC);
    reader->good &= status_valid(one->status) && reason_valid(one->reason);
}

bool facts_read(const char *bytes, size_t length, struct inbound_facts *facts) {
    struct reader reader = {bytes, bytes + length, true};
    char **texts[TEXTS];
    facts_begin(facts, INBOUND_UNREAD);
    texts_of(facts, texts);
    facts->kind = (enum inbound_kind)read_number(&reader, ' ', INBOUND_OTHER);
    facts->suppress = read_number(&reader, ' ', 1) == 1;
    facts->reply_sort = (enum reply_sort)read_number(&reader, ' ', REPLY_SORTS - 1);
    size_t count = read_number(&reader, '\n', INBOUND_RECIPIENTS);
    read_into(&reader, facts->status, sizeof facts->status);
    read_into(&reader, facts->reason, sizeof facts->reason);
    read_into(&reader, facts->return_date, sizeof facts->return_date);
    for (size_t i = 0; i < TEXTS; i++) {
        free(*texts[i]);
        *texts[i] = read_text(&reader, KIND[i], FACTS_TEXT);
    }
    AUTO_TEXT proofs = read_text(&reader, BODY_TEXT, PROOFS_BYTES);
    buf_add_text(&facts->proofs, proofs);
    while (facts->recipient_count < count && reader.good) read_recipient(&reader, facts);
    if (reader.good && reader.at == reader.end && status_valid(facts->status) && reason_valid(facts->reason) &&
        date_valid(facts->return_date))
        return true;
    inbound_facts_release(facts);
    return false;
}
