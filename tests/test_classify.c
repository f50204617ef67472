/* What returned messages are: our own samples through the child, as the inbox reads them. */
#include <stdio.h>

#include "mailer/inbox/facts.h"
#include "tests/inbox_samples.h"
#include "tests/tap.h"

static void check(const struct sample *sample, const char *bytes, size_t length) {
    struct inbound_facts facts;
    struct err err = {0};
    AUTO_BUF recipients = BUF_INIT(65536);
    char label[200];
    if (!CHECK(sample->label, inbound_read(bytes, length, &facts, &err))) {
        printf("# %s\n", err.text);
        return;
    }
    for (size_t i = 0; i < facts.recipient_count; i++)
        buf_add_format(&recipients, "%s%s", i ? " " : "", facts.recipients[i].address);
    const struct {
        const char *what, *got, *want;
    } TEXTS[] = {{"kind", INBOUND_KIND[facts.kind], INBOUND_KIND[sample->kind]},
                 {"recipients", buf_text(&recipients), sample->recipients},
                 {"status", facts.status, sample->status},
                 {"reason", facts.reason, sample->reason},
                 {"original", facts.original_message_id, sample->original},
                 {"reply", facts.reply_text, sample->reply}};
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        if (!TEXTS[i].want) continue;
        snprintf(label, sizeof label, "  %s: %s", sample->label, TEXTS[i].what);
        CHECK_TEXT(label, TEXTS[i].got, TEXTS[i].want);
    }
    snprintf(label, sizeof label, "  %s: suppress", sample->label);
    CHECK_INT(label, facts.suppress, sample->suppress);
    inbound_facts_release(&facts);
}

/* The same with CRLF: line ends make no difference. */
static void check_crlf(const struct sample *sample) {
    AUTO_BUF crlf = BUF_INIT(1 << 20);
    for (const char *c = sample->message; *c; c++) {
        if (*c == '\r') continue;
        if (*c == '\n') buf_add_char(&crlf, '\r');
        buf_add_char(&crlf, *c);
    }
    if (!strchr(sample->message, '\r')) check(sample, buf_text(&crlf), crlf.length);
}

static void check_proofs(void) {
    struct inbound_facts facts;
    struct err err;
    const char *message = "Return-Path: <>\nDelivered-To: retour+proof1@amf.example\nFrom: "
                          "a@b.test\nIn-Reply-To: <proof2@amf.example>\nReferences: <proof3@amf.example>\n"
                          "Subject: Undelivered mail\n\nUnable to deliver <x@y.test>\n\n--- Original message "
                          "follows.\n\nReturn-Path: <retour+proof4@amf.example>\nMessage-ID: "
                          "<proof5@amf.example>\n";
    if (!CHECK("places of proof", inbound_read(message, strlen(message), &facts, &err))) return;
    for (int i = 1; i <= 5; i++) {
        char proof[16];
        snprintf(proof, sizeof proof, "proof%d", i);
        CHECK(proof, strstr(buf_text(&facts.proofs), proof));
    }
    inbound_facts_release(&facts);
}

/* A reminder belongs to the thread of an earlier mail: what comes back is about the reminder, whose proof is found first. */
static void check_threads(void) {
    static const char *const MESSAGES[] = {
        "From: a@b.test\nReferences: <earlier@amf.example>\n <present@amf.example>\nSubject: Re: Rappel\n\nBonjour\n",
        "From: MAILER-DAEMON@b.test\nSubject: Undelivered mail\n\nUnable to deliver <x@y.test>\n\n--- Original message "
        "follows.\n\nReferences: <earlier@amf.example>\nSubject: Rappel\nMessage-ID: <present@amf.example>\n"};
    for (size_t i = 0; i < COUNT(MESSAGES); i++) {
        struct inbound_facts facts;
        struct err err;
        if (!CHECK("a thread is read", inbound_read(MESSAGES[i], strlen(MESSAGES[i]), &facts, &err))) continue;
        const char *present = strstr(buf_text(&facts.proofs), "present"), *earlier = strstr(buf_text(&facts.proofs), "earlier");
        CHECK("the present mail before the earlier one", present && earlier && present < earlier);
        inbound_facts_release(&facts);
    }
}

/* What comes back from the child is believed only when it is exactly what facts_write writes. */
static void check_hostile_facts(void) {
    struct inbound_facts facts, again;
    AUTO_BUF good = BUF_INIT(FACTS_BYTES);
    facts_begin(&facts, INBOUND_HARD);
    snprintf(facts.status, sizeof facts.status, "5.1.1");
    snprintf(facts.reason, sizeof facts.reason, "user-unknown");
    facts.recipients[facts.recipient_count++] = (struct inbound_recipient){
        .address = text_dup("a@b.test"), .status = "5.1.1", .reason = "user-unknown", .dead = true, .diagnostic = text_dup("550 no such user")};
    snprintf(facts.return_date, sizeof facts.return_date, "2026-01-12");
    facts.reply_sort = REPLY_QUESTION;
    facts_write(&facts, &good);
    inbound_facts_release(&facts);
    CHECK("facts come through", facts_read(buf_text(&good), good.length, &again));
    CHECK_TEXT("  whole", again.recipient_count == 1 ? again.recipients[0].address : "", "a@b.test");
    CHECK("  each recipient with what is known of it", again.recipient_count == 1 && again.recipients[0].dead && !strcmp(again.recipients[0].status, "5.1.1") &&
                                                           !strcmp(again.recipients[0].reason, "user-unknown") && !strcmp(again.recipients[0].diagnostic, "550 no such user"));
    CHECK("  day of return, sort of reply", !strcmp(again.return_date, "2026-01-12") && again.reply_sort == REPLY_QUESTION);
    inbound_facts_release(&again);
    size_t accepted = 0, changed = 0;
    for (size_t i = 0; i < good.length; i++) {
        if (facts_read(buf_text(&good), i, &again)) accepted++, inbound_facts_release(&again);
        AUTO_BUF bad = BUF_INIT(FACTS_BYTES);
        buf_add(&bad, buf_text(&good), good.length);
        bad.bytes[i] = '\0';
        if (facts_read(buf_text(&bad), bad.length, &again)) changed++, inbound_facts_release(&again);
    }
    CHECK_INT("no beginning of them is taken for the whole", accepted, 0);
    CHECK_INT("nor anything with a NUL in it", changed, 0);
    static const char *const FORGED[] = {"",           "0 0 0 0\n",    "99 0 0 0\n",          "0 2 0 0\n",
                                         "0 0 7 0\n",  "0 0 0 101\n",  "0 0 0 99999999999\n", "-1 0 0 0\n",
                                         "0 0 0 0\n5:9.1.1\n", "0 0 0 0\n99999999:x\n"};
    for (size_t i = 0; i < COUNT(FORGED); i++)
        CHECK("forged facts are refused", !facts_read(FORGED[i], strlen(FORGED[i]), &again));
}

/* Several at once, by several readers: each message's own facts, in its place, as when it is read alone. */
static void check_many(void) {
    enum { ROUNDS = 3, MANY = ROUNDS * COUNT(SAMPLES) };
    AUTO_MEM struct inbound_facts *facts = mem_new(MANY, sizeof *facts);
    AUTO_MEM struct inbound_input *inputs = mem_new(MANY, sizeof *inputs);
    struct err err = {0};
    int64_t differ = 0;
    inbound_reader_close();
    if (!CHECK("three readers open", inbound_readers_open(INBOUND_SHOWN, 3, &err))) return;
    for (size_t i = 0; i < MANY; i++) {
        const char *message = SAMPLES[i % COUNT(SAMPLES)].message;
        inputs[i] = (struct inbound_input){message, strlen(message), &facts[i]};
    }
    CHECK("none at all", inbound_read_many(inputs, 0, &err));
    if (!CHECK("many together", inbound_read_many(inputs, MANY, &err))) return;
    for (size_t i = 0; i < MANY; i++) {
        struct inbound_facts alone;
        AUTO_BUF together = BUF_INIT(FACTS_BYTES);
        AUTO_BUF by_itself = BUF_INIT(FACTS_BYTES);
        if (!inbound_read(inputs[i].bytes, inputs[i].length, &alone, &err)) break;
        facts_write(&facts[i], &together);
        facts_write(&alone, &by_itself);
        differ += strcmp(buf_text(&together), buf_text(&by_itself)) != 0;
        inbound_facts_release(&alone);
        inbound_facts_release(&facts[i]);
    }
    CHECK_INT("each as if it were alone", differ, 0);
    inbound_reader_close();
}

int main(void) {
    for (size_t i = 0; i < COUNT(SAMPLES); i++) {
        check(&SAMPLES[i], SAMPLES[i].message, strlen(SAMPLES[i].message));
        check_crlf(&SAMPLES[i]);
    }
    check_proofs();
    check_threads();
    check_hostile_facts();
    check_many();
    return tap_end();
}
