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

static void write_text(struct buf *out, const char *text, size_t length) {
    buf_add_format(out, "%zu:", length);
    buf_add(out, text, length);
    buf_add_char(out, '\n');
}

void facts_write(const struct inbound_facts *facts, struct buf *out) {
    char **texts[TEXTS];
    struct inbound_facts view = *facts;
    texts_of(&view, texts);
    buf_add_format(out, "%d %d %d %zu\n", (int)facts->kind, facts->suppress, (int)facts->reply_sort, facts->recipient_count);
    write_text(out, facts->status, strlen(facts->status));
    write_text(out, facts->reason, strlen(facts->reason));
    write_text(out, facts->return_date, strlen(facts->return_date));
    for (size_t i = 0; i < TEXTS; i++) write_text(out, *texts[i], strlen(*texts[i]));
    write_text(out, buf_text(&facts->proofs), facts->proofs.length);
    for (size_t i = 0; i < facts->recipient_count; i++) {
        const struct inbound_recipient *one = &facts->recipients[i];
        buf_add_format(out, "%d\n", one->dead);
        write_text(out, one->address, strlen(one->address));
        write_text(out, one->status, strlen(one->status));
        write_text(out, one->reason, strlen(one->reason));
        write_text(out, one->diagnostic, strlen(one->diagnostic));
    }
}

/* -- reading
 * --------------------------------------------------------------------------------------------------- */
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

/* Valid UTF-8 without NUL, at most most bytes; owned, "" when it is not good. */
static char *read_text(struct reader *reader, size_t most) {
    size_t length = read_number(reader, ':', most);
    reader->good &= (size_t)(reader->end - reader->at) > length;
    if (!reader->good) return text_dup("");
    const char *text = reader->at;
    reader->good &= text[length] == '\n' && !memchr(text, 0, length) && utf8_valid(text, length);
    reader->at += length + 1;
    return reader->good ? text_dup_n(text, length) : text_dup("");
}

static void read_into(struct reader *reader, char *out, size_t size) {
    AUTO_TEXT text = read_text(reader, size - 1);
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
    one->address = read_text(reader, 254);
    read_into(reader, one->status, sizeof one->status);
    read_into(reader, one->reason, sizeof one->reason);
    one->diagnostic = read_text(reader, FACTS_DIAGNOSTIC);
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
        *texts[i] = read_text(&reader, FACTS_TEXT);
    }
    AUTO_TEXT proofs = read_text(&reader, PROOFS_BYTES);
    buf_add_text(&facts->proofs, proofs);
    while (facts->recipient_count < count && reader.good) read_recipient(&reader, facts);
    if (reader.good && reader.at == reader.end && status_valid(facts->status) && reason_valid(facts->reason) &&
        date_valid(facts->return_date))
        return true;
    inbound_facts_release(facts);
    return false;
}
