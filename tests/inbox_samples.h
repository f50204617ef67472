/* Returned messages of our own writing, with what they are: for the table of test_classify.c and as seeds of
 * the fuzzer. */
#ifndef TESTS_INBOX_SAMPLES_H
#define TESTS_INBOX_SAMPLES_H

#include "mailer/inbox/classify.h"

struct sample {
    const char *label, *message;
    enum inbound_kind kind;
    const char *recipients; /* separated by a space */
    const char *status, *reason;
    bool suppress;
    const char *original, *reply; /* NULL = not looked at */
};

#define DAEMON                                                                                               \
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.relay.test (Mail Delivery System)\nTo: "                        \
    "retour+abc@amf.example\n"
#define REPORT(subject, notice, fields)                                                                      \
    DAEMON "Subject: " subject "\nMIME-Version: 1.0\nAuto-Submitted: auto-replied\n"                         \
           "Content-Type: multipart/report; report-type=delivery-status;\n boundary=\"b1\"\n\n--b1\n"        \
           "Content-Type: text/plain; charset=us-ascii\n\n" notice "\n--b1\n"                                \
           "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.relay.test\n\n" fields           \
           "\n--b1\n"                                                                                        \
           "Content-Type: text/rfc822-headers\n\nFrom: relais@amf.example\nTo: mairie@commune.test\n"        \
           "Message-ID: <asco.tok@amf.example>\nSubject: Enquete\n\n--b1--\n"
#define ORIGINAL "<asco.tok@amf.example>"
#define PLAIN(headers, body)                                                                                 \
    headers "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "        \
            "8bit\n\n" body
#define PERSON                                                                                               \
    "Return-Path: <mairie@commune.test>\nFrom: Mairie <mairie@commune.test>\nTo: relais@amf.example\n"

static const struct sample SAMPLES[] = {
    {"a French notice that calls itself an automatic message",
     PLAIN(DAEMON "Subject: =?utf-8?q?=C3=89chec?= de remise de votre message\n",
           "Ceci est un message automatique du serveur de messagerie.\n\nVotre message n'a pas pu être remis au "
           "destinataire suivant :\n\n    mairie@commune.test\n\nMotif : l'adresse du destinataire n'existe pas ou plus "
           "sur ce serveur.\n\n---- En-têtes du message d'origine ----\nFrom: relais@amf.example\nMessage-ID: " ORIGINAL "\n"),
     INBOUND_HARD, "mairie@commune.test", "", "user-unknown", true, ORIGINAL, NULL},
    /* -- RFC 3464 -------------------------------------------------------------------------------------------
     */
    {"failed, unknown user",
     REPORT("Undelivered Mail Returned to Sender",
            "I could not be delivered.\n\n<x@commune.test>: said: 550 5.1.1 User unknown",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; "
            "550 5.1.1 User unknown\n"),
     INBOUND_HARD, "x@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"folded fields, comments, capitals",
     REPORT("Returned mail", "x",
            "Final-Recipient: RFC822;\n <X@Commune.TEST>\nAction: Failed (permanently)\nStatus: 5.1.1 "
            "(bad)\nDiagnostic-Code: SMTP;\n 550 5.1.1\n no such user\n"),
     INBOUND_HARD, "x@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"delayed is soft",
     REPORT("Delayed Mail (still being retried)",
            "Your message could not be delivered for 4 hours. It will be retried.",
            "Final-Recipient: rfc822; x@commune.test\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; "
            "connect timed out\n"),
     INBOUND_SOFT, "x@commune.test", "4.4.1", "expired", false, ORIGINAL, NULL},
    {"delayed with a permanent digit is soft all the same",
     REPORT("Delayed Mail", "warning only",
            "Final-Recipient: rfc822; x@commune.test\nAction: delayed\nStatus: 5.0.0\n"),
     INBOUND_SOFT, "x@commune.test", "5.0.0", NULL, false, ORIGINAL, NULL},
    {"expired",
     REPORT("Undelivered Mail Returned to Sender", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 4.4.1\nDiagnostic-Code: smtp; "
            "connect to mx: Connection timed out\n"),
     INBOUND_SOFT, "x@commune.test", "4.4.1", "expired", false, ORIGINAL, NULL},
    {"delivered",
     REPORT("Successful Mail Delivery Report", "Your message was successfully delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: delivered\nStatus: 2.0.0\n"),
     INBOUND_DELIVERED, "x@commune.test", "2.0.0", "", false, ORIGINAL, NULL},
    {"relayed is delivered as far as we shall know",
     REPORT("Delivery Status Notification (Relay)", "relayed",
            "Final-Recipient: rfc822; x@commune.test\nAction: relayed\nStatus: 2.1.5\n"),
     INBOUND_DELIVERED, "x@commune.test", "2.1.5", "", false, ORIGINAL, NULL},
    {"full mailbox does not kill an address",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; "
            "552 5.2.2 Mailbox full\n"),
     INBOUND_HARD, "x@commune.test", "5.2.2", "mailbox-full", false, ORIGINAL, NULL},
    {"a full mailbox called 5.1.1 neither",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; "
            "550 mailbox x is over quota\n"),
     INBOUND_HARD, "x@commune.test", "5.1.1", "mailbox-full", false, ORIGINAL, NULL},
    {"policy 5.7.1 never, even with words of unknown users",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; "
            "550 5.7.1 user unknown\n"),
     INBOUND_HARD, "x@commune.test", "5.7.1", "policy", false, ORIGINAL, NULL},
    {"5.1.8 is about us",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.1.8\nDiagnostic-Code: smtp; "
            "550 5.1.8 Sender address rejected: Domain not found\n"),
     INBOUND_HARD, "x@commune.test", "5.1.8", "policy", false, ORIGINAL, NULL},
    {"5.0.0 and plain words of an unknown user",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; "
            "550 No such user here\n"),
     INBOUND_HARD, "x@commune.test", "5.0.0", "user-unknown", true, ORIGINAL, NULL},
    {"unknown user after the data: a filter",
     REPORT("Undelivered Mail",
            "<x@commune.test>: host mx said: 550 User unknown (in reply to end of DATA command)",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; "
            "550 User unknown\n"),
     INBOUND_HARD, "x@commune.test", "5.0.0", "user-unknown", false, ORIGINAL, NULL},
    {"host unknown",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; x@commune.test\nAction: failed\nStatus: 5.4.4\nDiagnostic-Code: "
            "X-Postfix; Host or domain name not found. Name service error for name=commune.test\n"),
     INBOUND_HARD, "x@commune.test", "5.4.4", "host-unknown", true, ORIGINAL, NULL},
    {"two recipients, the worse one counts",
     REPORT("Undelivered Mail", "could not be delivered",
            "Final-Recipient: rfc822; a@commune.test\nAction: delayed\nStatus: 4.2.2\n\nFinal-Recipient: "
            "rfc822; b@commune.test\nAction: failed\nStatus: 5.1.1\n"),
     INBOUND_HARD, "a@commune.test b@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"the address written to, not the one it was forwarded to",
     REPORT("Undelivered Mail", "could not be delivered",
            "Original-Recipient: rfc822;contact@commune.test\nFinal-Recipient: rfc822; "
            "x@ailleurs.test\nAction: failed\nStatus: 5.1.1\n"),
     INBOUND_HARD, "contact@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"lone CRs",
     "Return-Path: <>\rFrom: MAILER-DAEMON@mx.test\rSubject: failure notice\r\rHi. This is the qmail-send "
     "program.\rI wasn't able to deliver your message.\r\r<x@commune.test>:\r550 5.1.1 no such user\r\r--- "
     "Below this line is a copy of the message.\r\rMessage-ID: <asco.tok@amf.example>\r",
     INBOUND_HARD, "x@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"fields without the structure around them",
     PLAIN(DAEMON "Subject: Returned mail\n",
           "This report could not be delivered as it should.\n\nFinal-Recipient: rfc822; "
           "x@commune.test\nAction: failed\nStatus: 5.1.1\n\nMessage-ID: <asco.tok@amf.example>\n"),
     INBOUND_HARD, "x@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"a report for an internationalised address",
     "Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nSubject: Undelivered\nMIME-Version: 1.0\nContent-Type: "
     "multipart/report; boundary=z\n\n--z\nContent-Type: "
     "text/plain\n\nfailed\n--z\nContent-Type: message/global-delivery-status\n\nReporting-MTA: dns; "
     "mx\n\nFinal-Recipient: utf-8; mairie@h\xC3\xA9rault.test\nAction: "
     "failed\nStatus: 5.1.1\n\n--z--\n",
     INBOUND_HARD, "mairie@xn--hrault-bva.test", "5.1.1", "user-unknown", true, "", NULL},
    /* -- notices in words
       ------------------------------------------------------------------------------------ */
    {"Exim",
     PLAIN(
         DAEMON
         "X-Failed-Recipients: x@commune.test\nSubject: Mail delivery failed: returning message to sender\n",
         "A message that you sent could not be delivered to one or more of its\nrecipients. The following "
         "address(es) failed:\n\n  x@commune.test\n    "
         "host mx [192.0.2.1]:\n    SMTP error from remote mail server after RCPT TO:<x@commune.test>:\n    "
         "550 5.1.1 unknown\n\n------ This is a copy of the "
         "message, including all the headers. ------\n\nReturn-path: <retour+abc@amf.example>\nMessage-ID: "
         "<asco.tok@amf.example>\n\nBonjour\n"),
     INBOUND_HARD, "x@commune.test", "5.1.1", "user-unknown", true, ORIGINAL, NULL},
    {"Exim, delayed",
     PLAIN(DAEMON "Subject: Warning: message 1abc delayed 24 hours\n",
           "A message that you sent has not yet been delivered to one or more of its\nrecipients after more "
           "than 24 hours.\n\nThe address to which the "
           "message has not yet been delivered is:\n\n  x@commune.test\n    Delay reason: 451 try again "
           "later\n\nNo action is required on your part.\n"),
     INBOUND_SOFT, "x@commune.test", NULL, NULL, false, "", NULL},
    {"two, each with its own reason",
     PLAIN(DAEMON "Subject: failure notice\n",
           "I'm afraid I wasn't able to deliver your message to the following "
           "addresses.\n\n<a@commune.test>:\nRemote host said: 552 "
           "5.2.2 over quota\n\n<b@commune.test>:\nRemote host said: 550 5.1.1 no such user\n"),
     INBOUND_HARD, "a@commune.test b@commune.test", "5.1.1", "user-unknown", true, "", NULL},
    {"in French",
     PLAIN(DAEMON "Subject: =?utf-8?Q?=C3=89chec_de_la_remise?=\n",
           "Votre message n'a pas pu être remis au destinataire suivant :\n\nmairie@commune.test\n\nRaison : "
           "la boîte aux lettres est pleine.\n"),
     INBOUND_HARD, "mairie@commune.test", "", "mailbox-full", false, "", NULL},
    {"in French, unknown",
     PLAIN(DAEMON "Subject: Message non remis\n",
           "Impossible de remettre le message à <mairie@commune.test> : destinataire inconnu.\n"),
     INBOUND_HARD, "mairie@commune.test", "", "user-unknown", true, "", NULL},
    {"Exchange, old",
     PLAIN("From: System Administrator <postmaster@mx.test>\nSubject: Undeliverable: Enquete\n",
           "Your message\n\n  To:      mairie@commune.test\n  Subject: Enquete\n\ndid not reach the "
           "following recipient(s):\n\nx@commune.test on Thu, 29 Apr 2010\n "
           "   The recipient name is not recognized\n"),
     INBOUND_HARD, "x@commune.test", "", "user-unknown", true, "", NULL},
    {"an IP address is no status",
     PLAIN(DAEMON "Subject: Undelivered mail\n",
           "could not be delivered to <x@commune.test>: host 5.1.1.9 refused\n"),
     INBOUND_HARD, "x@commune.test", "", "policy", false, "", NULL},
    {"HTML only",
     "Return-Path: <>\nFrom: postmaster@mx.test\nSubject: Undeliverable\nMIME-Version: 1.0\nContent-Type: "
     "text/html\n\n<style>p{}</style><p>Delivery has failed to these "
     "recipients:</p><p>x@commune.test</p><p>550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not "
     "found</p>\n",
     INBOUND_HARD, "x@commune.test", "5.1.10", "user-unknown", true, "", NULL},
    {"SES by SNS",
     PLAIN("From: AWS <no-reply@sns.example>\nSubject: AWS Notification Message\n",
           "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bouncedRecipients\":["
           "{\"emailAddress\":\"x@commune.test\",\"status\":\"5.1.1\","
           "\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"}]}}\n"),
     INBOUND_HARD, "x@commune.test", "5.1.1", "user-unknown", true, "", NULL},
    /* -- complaints
       -------------------------------------------------------------------------------------------- */
    {"ARF",
     "From: fbl@provider.test\nSubject: FW: Enquete\nMIME-Version: 1.0\nContent-Type: multipart/report; "
     "report-type=feedback-report; boundary=q\n\n--q\nContent-Type: "
     "text/plain\n\nThis is an email abuse report.\n--q\nContent-Type: "
     "message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: "
     "1\nOriginal-Rcpt-To: <x@commune.test>\n\n--q\nContent-Type: message/rfc822\n\nFrom: "
     "relais@amf.example\nTo: x@commune.test\nMessage-ID: "
     "<asco.tok@amf.example>\n\nBonjour\n--q--\n",
     INBOUND_COMPLAINT, "x@commune.test", "", "", true, ORIGINAL, NULL},
    {"a report about authentication complains of nobody",
     "From: dmarc@provider.test\nSubject: report\nMIME-Version: 1.0\nContent-Type: multipart/report; "
     "boundary=q\n\n--q\nContent-Type: message/feedback-report\n\nFeedback-Type: "
     "auth-failure\nVersion: 1\n\n--q--\n",
     INBOUND_COMPLAINT, "", "", "", false, "", NULL},
    {"a read receipt is nothing",
     PERSON
     "Subject: Lu\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; "
     "boundary=q\n\n--q\nContent-Type: text/plain\n\nlu\n--q\nContent-Type: "
     "message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--q--\n",
     INBOUND_OTHER, "", "", "", false, NULL, NULL},
    /* -- automatic answers
       --------------------------------------------------------------------------------------- */
    {"RFC 3834",
     PLAIN(PERSON "Auto-Submitted: auto-replied\nSubject: Re: Enquete\nIn-Reply-To: <asco.tok@amf.example>\n",
           "Je suis absent.\n"),
     INBOUND_AUTOREPLY, "", "", "", false, ORIGINAL, NULL},
    {"Outlook",
     PLAIN(PERSON
           "X-Auto-Response-Suppress: All\nSubject: =?utf-8?Q?R=C3=A9ponse_automatique_=3A_Enqu=C3=AAte?=\n",
           "Je suis en congé jusqu'au 12.\n"),
     INBOUND_AUTOREPLY, "", "", "", false, "", NULL},
    {"Zimbra",
     PLAIN(PERSON "Precedence: bulk\nSubject: Re: Enquete\n",
           "Je suis actuellement absente, de retour le 3 février.\n"),
     INBOUND_AUTOREPLY, "", "", "", false, "", NULL},
    {"null sender",
     PLAIN("Return-Path: <>\nFrom: Mairie <mairie@commune.test>\nSubject: Re: Enquete\n",
           "La mairie est fermée le lundi.\n"),
     INBOUND_AUTOREPLY, "", "", "", false, "", NULL},
    {"subject of absence", PLAIN(PERSON "Subject: Absence du bureau Re: Enquete\n", "De retour lundi.\n"),
     INBOUND_AUTOREPLY, "", "", "", false, "", NULL},
    {"it says so itself",
     PLAIN(PERSON "Subject: Re: Enquete\n",
           "Bonjour,\n\nCeci est une réponse automatique. Nous avons bien reçu votre message.\n"),
     INBOUND_AUTOREPLY, "", "", "", false, "", NULL},
    {"English", PLAIN(PERSON "Subject: Out of Office: Enquete\n", "I am away.\n"), INBOUND_AUTOREPLY, "", "",
     "", false, "", NULL},
    {"a person who will be away",
     PLAIN(PERSON "Subject: Re: Enquete\n",
           "Bonjour,\n\nJe serai absent jeudi, pouvez-vous m'appeler vendredi ?\n"),
     INBOUND_REPLY, "", "", "", false, "",
     "Bonjour,\n\nJe serai absent jeudi, pouvez-vous m'appeler vendredi ?"},
    {"a person who writes of an absence",
     PLAIN(PERSON "Subject: Absence de questionnaire\n", "Nous n'avons reçu aucun questionnaire.\n"),
     INBOUND_REPLY, "", "", "", false, "", "Nous n'avons reçu aucun questionnaire."},
    {"Auto-Submitted: no is a person", PLAIN(PERSON "Auto-Submitted: no\nSubject: Re: Enquete\n", "Merci.\n"),
     INBOUND_REPLY, "", "", "", false, "", "Merci."},
    /* -- challenges
       ------------------------------------------------------------------------------------------------ */
    {"MailInBlack",
     PLAIN(PERSON "Subject: Re: Enquete\n", "Bonjour,\n\nVotre message a été mis en attente. Pour que votre "
                                            "message me parvienne, merci de cliquer sur le lien :\n"
                                            "https://app.mailinblack.example/auth?x=1\n"),
     INBOUND_CHALLENGE, "", "", "", false, "", NULL},
    {"another filter",
     PLAIN("Return-Path: <>\nFrom: antispam@commune.test\nSubject: Validation\n",
           "Merci de confirmer votre envoi en cliquant ici : https://filtre.example/c/1\n"),
     INBOUND_CHALLENGE, "", "", "", false, "", NULL},
    {"a person who sends a link",
     PLAIN(PERSON "Subject: Re: Enquete\n", "Cliquez sur https://commune.test pour nos horaires.\n"),
     INBOUND_REPLY, "", "", "", false, "", "Cliquez sur https://commune.test pour nos horaires."},
    /* -- objections
       ---------------------------------------------------------------------------------------------------- */
    {"by subject", PLAIN(PERSON "Subject: =?utf-8?B?RMOpc2luc2NyaXB0aW9u?=\n", "\n"), INBOUND_UNSUBSCRIBE, "",
     "", "", false, "", NULL},
    {"by words", PLAIN(PERSON "Subject: Re: Enquete\n", "Merci de ne plus nous écrire.\n"),
     INBOUND_UNSUBSCRIBE, "", "", "", false, "", NULL},
    {"by words, curly apostrophe",
     PLAIN(PERSON "Subject: Re: Enquete\n", "Veuillez retirer notre adresse de l’envoi.\n"),
     INBOUND_UNSUBSCRIBE, "", "", "", false, "", NULL},
    {"by the List-Unsubscribe address", PLAIN(PERSON "Subject: Opposition\n", "\n"), INBOUND_UNSUBSCRIBE, "",
     "", "", false, "", NULL},
    {"opposition is politics",
     PLAIN(PERSON "Subject: Opposition municipale\n", "Le groupe souhaite participer.\n"), INBOUND_REPLY, "",
     "", "", false, "", NULL},
    {"how to object is a question",
     PLAIN(PERSON "Subject: Re: Enquete\n", "Bonjour, comment se désinscrire de cet envoi ?\n"),
     INBOUND_REPLY, "", "", "", false, "", NULL},
    {"STOP", PLAIN(PERSON "Subject: Re: Enquete\n", "STOP\n"), INBOUND_UNSUBSCRIBE, "", "", "", false, "",
     "STOP"},
    {"only the quotation speaks of it",
     PLAIN(PERSON "Subject: Re: Enquete\n",
           "Bien reçu, merci.\n\nLe lun. 12 janv. 2026 à 09:30, ASCO <relais@amf.example> a écrit :\n> Pour "
           "ne plus recevoir ces messages, "
           "répondez « désinscription ».\n"),
     INBOUND_REPLY, "", "", "", false, "", "Bien reçu, merci."},
    {"electoral rolls are not ours",
     PLAIN(PERSON "Subject: Re: Enquete\n", "La désinscription des listes électorales compte-t-elle ?\n"),
     INBOUND_REPLY, "", "", "", false, "", NULL},
    /* -- replies
       -------------------------------------------------------------------------------------------------------
     */
    {"answer above",
     PLAIN(PERSON "Subject: RE: Enquete\n", "Nous avons déjà répondu.\n\n-- \nMairie\n\nDe : ASCO\nEnvoyé : "
                                            "lundi\nÀ : Mairie\nObjet : Enquete\n\nBonjour\n"),
     INBOUND_REPLY, "", "", "", false, "", "Nous avons déjà répondu."},
    {"answer below",
     PLAIN(PERSON "Subject: RE: Enquete\n",
           "Le 12/01/2026 09:30, ASCO a écrit :\n> Bonjour\n>\n> Merci\nC'est fait.\n"),
     INBOUND_REPLY, "", "", "", false, "", "C'est fait."},
    {"from a telephone",
     PLAIN(PERSON "Subject: RE: Enquete\n", "Oui\n\nEnvoyé de mon iPhone\n\n> Le 12 janv. 2026 à 09:30, ASCO "
                                            "<relais@amf.example> a écrit :\n>\n> Bonjour\n"),
     INBOUND_REPLY, "", "", "", false, "", "Oui"},
    {"a newsletter is other",
     PLAIN("From: info@journal.test\nList-Unsubscribe: <mailto:x@journal.test>\nSubject: Lettre\n",
           "Actualités\n"),
     INBOUND_OTHER, "", "", "", false, "", NULL},
    {"a person quoting a bounce is a person",
     PLAIN(PERSON "In-Reply-To: <asco.tok@amf.example>\nSubject: Re: Undelivered mail\n",
           "Bonjour, votre message m'est bien parvenu.\n"),
     INBOUND_REPLY, "", "", "", false, ORIGINAL, NULL},
    /* -- charsets
       ---------------------------------------------------------------------------------------------------------
     */
    {"windows-1252 called iso-8859-1",
     PERSON "Subject: Re\nContent-Type: text/plain; charset=iso-8859-1\n\nC\x92"
            "est fait, \xE9lu \x80\n",
     INBOUND_REPLY, "", "", "", false, "", "C’est fait, élu €"},
    {"iso-8859-15", PERSON "Subject: Re\nContent-Type: text/plain; charset=ISO-8859-15\n\n\xA4 c\xBDur\n",
     INBOUND_REPLY, "", "", "", false, "", "€ cœur"},
    {"UTF-8 called ascii",
     PERSON "Subject: Re\nContent-Type: text/plain; charset=us-ascii\n\n\xC3\xA9t\xC3\xA9\n", INBOUND_REPLY,
     "", "", "", false, "", "été"},
    {"broken UTF-8", PERSON "Subject: Re\nContent-Type: text/plain; charset=utf-8\n\na\xC3(b\xFF\n",
     INBOUND_REPLY, "", "", "", false, "", "a\xEF\xBF\xBD(b\xEF\xBF\xBD"},
    {"koi8-r through the library",
     PERSON "Subject: Re\nContent-Type: text/plain; charset=KOI8-R\n\n\xC4\xC1\n", INBOUND_REPLY, "", "", "",
     false, "", "да"},
    {"UTF-7 garbage", PERSON "Subject: Re\nContent-Type: text/plain; charset=utf-7\n\nbon +AAAA-+////jour+\n",
     INBOUND_REPLY, "", "", "", false, "", NULL},
    {"a charset nobody knows",
     PERSON "Subject: Re\nContent-Type: text/plain; charset=\"x-\\\"../../etc\"\n\nok\n", INBOUND_REPLY, "",
     "", "", false, "", "ok"},
    {"quoted-printable",
     PERSON "Subject: Re\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
            "quoted-printable\n\n=E9t=E9=\n!\n",
     INBOUND_REPLY, "", "", "", false, "", "été!"},
    {"base64",
     PERSON "Subject: Re\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
            "base64\n\nw6l0w6kNCg==\n",
     INBOUND_REPLY, "", "", "", false, "", "été"},
    {"nothing at all", "", INBOUND_OTHER, "", "", "", false, "", ""},
};

#endif
