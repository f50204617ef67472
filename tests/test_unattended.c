/* Mail no person wrote, and what only looks like it: subjects, senders, and whole messages judged. */
#include <stdio.h>
#include <stdlib.h>

#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"
#include "mailer/inbox/unattended.h"
#include "tests/tap.h"

static const struct { const char *subject; bool want; } SUBJECTS[] = {
    {"Report Domain: amf.example Submitter: mx.test Report-ID: <2025.12.15@mx.test>", true},
    {"report domain: amf.example; submitter: mx.test; report-id: 42", true},
    {"[Preview] Report Domain: amf.example Submitter: protection.test Report-ID: 9f", true},
    {"Report domain: amf.example Submitter: mx.test Report-ID: x (TLS)", true},
    {"Report Domain: amf.example Submitter: mx.test", false},
    {"Submitter: mx.test Report Domain: amf.example Report-ID: 1", false},
    {"Report-ID: 1 Submitter: b Report Domain: c", false},
    {"Rapport du domaine", false},
    {"", false}};

/* head: LF lines. */
static const struct { const char *label, *head, *text, *kind; } MESSAGES[] = {
    {"a DMARC report", "From: noreply-dmarc@mx.test\nSubject: Report Domain: amf.example Submitter: mx.test Report-ID: 1\n", "This is an aggregate report.", "other"},
    {"… from an address that says nothing", "From: postmaster@mx.test\nSubject: Report Domain: amf.example Submitter: mx.test Report-ID: 1\n", "See the attachment.", "other"},
    {"a TLS report", "From: tls@mx.test\nTLS-Report-Domain: amf.example\nSubject: Rapport\n", "Report attached.", "other"},
    {"noreply", "From: Plateforme <noreply@plateforme.test>\nSubject: Votre espace\n", "Un document est disponible.", "other"},
    {"no-reply, behind a name", "From: \"jean@commune.test\" <portail.no-reply@plateforme.test>\nSubject: Votre espace\n", "Un document est disponible.", "other"},
    {"do_not_reply", "From: Do_Not_Reply@plateforme.test\nSubject: Votre espace\n", "Un document est disponible.", "other"},
    {"ne-pas-repondre", "From: ne-pas-repondre@plateforme.test\nSubject: Votre espace\n", "Un document est disponible.", "other"},
    {"nepasrepondre with a tag", "From: nepasrepondre+12@plateforme.test\nSubject: Votre espace\n", "Un document est disponible.", "other"},
    {"the same in answer to us: a ticket system passes on what somebody wrote", "From: noreply@tickets.test\nIn-Reply-To: <a@amf.example>\nSubject: [n° 12] Enquête\n", "Nous regardons cela.", "reply"},
    {"… by References", "From: noreply@tickets.test\nReferences: <a@amf.example>\nSubject: [n° 12] Enquête\n", "Nous regardons cela.", "reply"},
    {"… by its subject", "From: noreply@tickets.test\nSubject: RE: Enquête\n", "Nous regardons cela.", "reply"},
    {"… in French", "From: noreply@tickets.test\nSubject: Re : Enquête\n", "Nous regardons cela.", "reply"},
    {"an objection is heard, wherever it comes from", "From: noreply@formulaire.test\nSubject: Enquête\n", "Merci de ne plus nous envoyer de messages.", "unsubscribe"},
    {"a person", "From: Mairie <mairie@commune.test>\nSubject: Votre enquête\n", "Nous regardons cela.", "reply"},
    {"a person who names such an address", "From: \"noreply@x.test\" <mairie@commune.test>\nSubject: Votre enquête\n", "Nous regardons cela.", "reply"},
    {"a domain of that name", "From: mairie@noreply.test\nSubject: Votre enquête\n", "Nous regardons cela.", "reply"},
    {"a person who writes about a report", "From: dsi@commune.test\nSubject: Report-ID et Submitter ?\n", "Que veut dire votre rapport ?", "reply"}};

static void judge(const char *head, const char *text, struct inbound_facts *facts) {
    AUTO_BUF message = BUF_INIT(4000), copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct charsets charsets = {.count = 0};
    buf_add_format(&message, "Return-Path: <x@y.test>\nMessage-ID: <1@y.test>\nTo: retour@amf.example\n%sMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s\n", head, text);
    charsets_prepare(&charsets, message.bytes, message.length);
    guard_copy(message.bytes, message.length, &copy);
    if (!mime_ready(&(struct err){0})) abort();
    mime_parse(mime, &charsets, buf_text(&copy), copy.length);
    message_kind(mime, &charsets, facts);
    mime_release(mime);
    charsets_release(&charsets);
}

int main(void) {
    for (size_t i = 0; i < COUNT(SUBJECTS); i++) CHECK_INT(*SUBJECTS[i].subject ? SUBJECTS[i].subject : "no subject", is_aggregate_report(SUBJECTS[i].subject), SUBJECTS[i].want);
    for (size_t i = 0; i < COUNT(MESSAGES); i++) {
        struct inbound_facts facts;
        judge(MESSAGES[i].head, MESSAGES[i].text, &facts);
        CHECK_TEXT(MESSAGES[i].label, INBOUND_KIND[facts.kind], MESSAGES[i].kind);
        CHECK_TEXT("… its text is kept", *facts.reply_text ? "yes" : "no", "yes");
        inbound_facts_release(&facts);
    }
    return tap_end();
}
