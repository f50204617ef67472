/* What returned messages are: our own samples through the child, as the inbox reads them. */
#include <stdio.h>

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
        buf_add_format(&recipients, "%s%s", i ? " " : "", facts.recipients[i]);
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

int main(void) {
    for (size_t i = 0; i < COUNT(SAMPLES); i++) {
        check(&SAMPLES[i], SAMPLES[i].message, strlen(SAMPLES[i].message));
        check_crlf(&SAMPLES[i]);
    }
    check_proofs();
    return tap_end();
}
