/* Messages: exact headers, both body encodings, what is refused, and the gate that judges any bytes. */
#include <stdlib.h>

#include "base/text.h"
#include "templates/body_encoding.h"
#include "templates/message.h"
#include "templates/mime_words.h"
#include "tests/tap.h"

static struct message good_message(void) {
    return (struct message){.from_name = "ASCO – AMF",
                            .from_address = "relais@amf.example",
                            .to_address = "mairie@brest.example",
                            .reply_to = "",
                            .subject = "Objet",
                            .message_id = "<abc@amf.example>",
                            .in_reply_to = "",
                            .date_ms = 1769761800000,
                            .date_offset_minutes = 60,
                            .list_id = "",
                            .list_title = "",
                            .help_mailto = "",
                            .unsubscribe_mailto = "",
                            .unsubscribe_https = "",
                            .feedback_id = "",
                            .text = "Bonjour\n",
                            .html = "",
                            .boundary_seed = "x"};
}

/* -- the whole, byte for byte -------------------------------------------------------------------------- */
static void check_exact(void) {
    struct err err = {0};
    struct message message = good_message();
    AUTO_BUF out = BUF_INIT(1 << 20);
    message.list_id = "asco.amf.example";
    message.list_title = "ASCO";
    message.in_reply_to = "<first@amf.example>";
    message.help_mailto = "reponses@amf.example";
    message.unsubscribe_mailto = "retour+abc@amf.example";
    message.unsubscribe_https = "https://relais.amf.example/opposition/abc";
    message.feedback_id = "asco:rappel:relais";
    message.reply_to = "reponses@amf.example";
    message.html = "<p>é</p>";
    CHECK("built", message_build(&message, &out, &err) && message_check(buf_text(&out), out.length, &err));
    CHECK_TEXT("every header in its place", buf_text(&out),
               "From: ASCO =?utf-8?b?4oCT?= AMF <relais@amf.example>\r\n"
               "To: <mairie@brest.example>\r\n"
               "Reply-To: <reponses@amf.example>\r\n"
               "Subject: Objet\r\n"
               "Date: Fri, 30 Jan 2026 09:30:00 +0100\r\n"
               "Message-ID: <abc@amf.example>\r\n"
               "In-Reply-To: <first@amf.example>\r\n"
               "References: <first@amf.example>\r\n"
               "List-Id: ASCO <asco.amf.example>\r\n"
               "List-Help: <mailto:reponses@amf.example?subject=Aide>\r\n"
               "List-Unsubscribe: <mailto:retour+abc@amf.example?subject=Opposition>,\r\n"
               " <https://relais.amf.example/opposition/abc>\r\n"
               "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
               "Feedback-ID: asco:rappel:relais\r\n"
               "X-Auto-Response-Suppress: DR, RN, NRN\r\n"
               "MIME-Version: 1.0\r\n"
               "Content-Type: multipart/alternative; boundary=\"=_36dbd1df945f36fa\"\r\n"
               "\r\n"
               "--=_36dbd1df945f36fa\r\n"
               "Content-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n"
               "\r\n"
               "Bonjour\r\n"
               "\r\n--=_36dbd1df945f36fa\r\n"
               "Content-Type: text/html; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n"
               "\r\n"
               "<p>=C3=A9</p>\r\n"
               "\r\n--=_36dbd1df945f36fa--\r\n");
    AUTO_BUF again = BUF_INIT(1 << 20);
    message_build(&message, &again, &err);
    CHECK_TEXT("the same again", buf_text(&again), buf_text(&out));
    message = good_message();
    message.auto_replies_unwanted = true;
    message.date_ms = -1;
    message.date_offset_minutes = -570;
    buf_clear(&out);
    CHECK("text only, replies unwanted",
          message_build(&message, &out, &err) && message_check(buf_text(&out), out.length, &err));
    CHECK("says so",
          strstr(buf_text(&out), "\r\nX-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\nAuto-Submitted: auto-generated\r\nPrecedence: bulk\r\n") != NULL);
    CHECK("before 1970, west of Greenwich",
          strstr(buf_text(&out), "\r\nDate: Wed, 31 Dec 1969 14:29:59 -0930\r\n") != NULL);
}

/* -- header values ------------------------------------------------------------------------------------- */
static const struct {
    const char *value, *field;
} SUBJECTS[] = {{"Objet", "S: Objet\r\n"},
                {"un été à Brest", "S: un =?utf-8?b?w6l0w6kgw6A=?= Brest\r\n"},
                {"a =?x?= b", "S: a =?utf-8?b?PT94Pz0=?= b\r\n"},
                {"a  b", "S: =?utf-8?q?a__b?=\r\n"},
                {" a", "S: =?utf-8?q?_a?=\r\n"},
                {"aaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccc dd",
                 "S: aaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccc\r\n dd\r\n"},
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                 "S: =?utf-8?q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=\r\n "
                 "=?utf-8?q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=\r\n"}};
static const struct {
    const char *phrase, *field;
} PHRASES[] = {{"", "F: <a@b>\r\n"},
               {"Simple Nom", "F: Simple Nom <a@b>\r\n"},
               {"M. X, Y", "F: \"M. X, Y\" <a@b>\r\n"},
               {"a \"b\" \\", "F: \"a \\\"b\\\" \\\\\" <a@b>\r\n"},
               {"Élus", "F: =?utf-8?b?w4lsdXM=?= <a@b>\r\n"},
               {"Élus, etc.", "F: =?utf-8?b?w4lsdXMsIGV0Yy4=?= <a@b>\r\n"}};

static void check_fields(void) {
    for (size_t i = 0; i < COUNT(SUBJECTS); i++) {
        AUTO_BUF out = BUF_INIT(4096);
        header_add_text(&out, "S", SUBJECTS[i].value);
        CHECK_TEXT("free text", buf_text(&out), SUBJECTS[i].field);
    }
    for (size_t i = 0; i < COUNT(PHRASES); i++) {
        AUTO_BUF out = BUF_INIT(4096);
        header_add_phrase(&out, "F", PHRASES[i].phrase, "<a@b>");
        CHECK_TEXT("phrase", buf_text(&out), PHRASES[i].field);
    }
}

/* -- bodies -------------------------------------------------------------------------------------------- */
#define TEN     "aaaaaaaaaa"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
static const struct {
    const char *label, *text;
    enum body_encoding encoding;
    const char *encoded;
} BODIES[] = {
    {"empty", "", BODY_QUOTED_PRINTABLE, ""},
    {"no line end", "a", BODY_QUOTED_PRINTABLE, "a\r\n"},
    {"all line ends", "a\nb\r\nc\rd\n\n", BODY_QUOTED_PRINTABLE, "a\r\nb\r\nc\r\nd\r\n\r\n"},
    {"equals sign, tab", "1=2\t3", BODY_QUOTED_PRINTABLE, "1=3D2\t3\r\n"},
    {"space at a line's end", "a \nb\t\n", BODY_QUOTED_PRINTABLE, "a=20\r\nb=09\r\n"},
    {"dot and From at a line's start", ".\nFrom a\n From\n", BODY_QUOTED_PRINTABLE,
     "=2E\r\n=46rom a\r\n From\r\n"},
    {"76 columns", SEVENTY "123456\n", BODY_QUOTED_PRINTABLE, SEVENTY "123456\r\n"},
    {"77 columns", SEVENTY "1234567\n", BODY_QUOTED_PRINTABLE, SEVENTY "12345=\r\n67\r\n"},
    {"no break inside an escape", SEVENTY "1234é\n", BODY_QUOTED_PRINTABLE, SEVENTY "1234=\r\n=C3=A9\r\n"},
    {"a script of its own", "日本語\n", BODY_BASE64, "5pel5pys6KqeDQo=\r\n"},
    {"two octets left", "日本語é語\n", BODY_BASE64, "5pel5pys6Kqew6noqp4NCg==\r\n"}};

static void check_bodies(void) {
    for (size_t i = 0; i < COUNT(BODIES); i++) {
        AUTO_BUF canonical = BUF_INIT(4096), out = BUF_INIT(4096);
        enum body_encoding encoding = body_encode(BODIES[i].text, &canonical, &out);
        CHECK_INT(BODIES[i].label, encoding, BODIES[i].encoding);
        CHECK_TEXT(BODIES[i].label, buf_text(&out), BODIES[i].encoded);
    }
}

/* -- what message_build refuses ------------------------------------------------------------------------ */
enum part {
    FROM_NAME,
    FROM,
    TO,
    REPLY_TO,
    SUBJECT,
    MESSAGE_ID,
    IN_REPLY_TO,
    LIST_ID,
    LIST_TITLE,
    HELP,
    MAILTO,
    HTTPS,
    FEEDBACK
};
static const struct {
    enum part part;
    const char *value;
    bool good;
} VALUES[] = {{FROM_NAME, "A\r\nBcc: x@y.test", false},
              {FROM_NAME, "A\n", false},
              {FROM_NAME, "\xE9", false},
              {FROM_NAME, "日本", true},
              {FROM, "a@b.test", true},
              {FROM, "", false},
              {FROM, "a", false},
              {FROM, "a@", false},
              {FROM, "@b", false},
              {FROM, "a b@c.test", false},
              {TO, "a@b.test>", false},
              {TO, "a@b.test\r\nX: y", false},
              {TO, "a..b@c.test", false},
              {TO, ".a@c.test", false},
              {TO, "a@c..test", false},
              {TO, "a@-c.test", false},
              {TO, "a@c-.test", false},
              {TO, "a,b@c.test", false},
              {TO, "a@b@c.test", false},
              {TO, "\"a b\"@c.test", false},
              {TO, "o'neil+x=y@c.test", true},
              {TO, "josé@c.test", true},
              {TO, "a@xn--hnheim-9za.test", true},
              {TO, "a@b", true},
              {REPLY_TO, "", true},
              {REPLY_TO, "x", false},
              {SUBJECT, "", false},
              {SUBJECT, "a\tb", false},
              {SUBJECT, "a\x7f", false},
              {SUBJECT, "\xC2\x85", false},
              {SUBJECT, "\xE2\x80\xA8", false},
              {SUBJECT, "é", true},
              {MESSAGE_ID, "abc@d", false},
              {MESSAGE_ID, "<abc>", false},
              {MESSAGE_ID, "<a@b@c>", false},
              {MESSAGE_ID, "<a b@c>", false},
              {MESSAGE_ID, "<@c>", false},
              {MESSAGE_ID, "<a@>", false},
              {MESSAGE_ID, "<a@b>\r\nX: y", false},
              {IN_REPLY_TO, "", true},
              {IN_REPLY_TO, "<a@b>", true},
              {IN_REPLY_TO, "a@b", false},
              {IN_REPLY_TO, "<a@b>\r\nX: y", false},
              {IN_REPLY_TO, "<a@b> <c@d>", false},
              {HELP, "é@b.test", false},
              {HELP, "a@b.test", true},
              {LIST_ID, "a b", false},
              {LIST_ID, "a>b", false},
              {LIST_ID, "a.b", true},
              {LIST_TITLE, "a\nb", false},
              {MAILTO, "a@b.test", true},
              {MAILTO, "é@b.test", false},
              {MAILTO, "a", false},
              {HTTPS, "http://a.test", false},
              {HTTPS, "https://a.test/x", true},
              {HTTPS, "https://a.test/>x", false},
              {HTTPS, "https://a.test/ x", false},
              {FEEDBACK, "a b", false},
              {FEEDBACK, "a:b:c", true}};

static void check_values(void) {
    for (size_t i = 0; i < COUNT(VALUES); i++) {
        struct message message = good_message();
        const char **parts[] = {
            &message.from_name,         &message.from_address, &message.to_address,
            &message.reply_to,          &message.subject,      &message.message_id,
            &message.in_reply_to,       &message.list_id,      &message.list_title,
            &message.help_mailto,       &message.unsubscribe_mailto,
            &message.unsubscribe_https, &message.feedback_id};
        struct err err = {0};
        AUTO_BUF out = BUF_INIT(1 << 16);
        *parts[VALUES[i].part] = VALUES[i].value;
        if (VALUES[i].part == LIST_TITLE) message.list_id = "a.b";
        if (*message.list_id) message.feedback_id = "a:b", message.help_mailto = "a@b.test";
        if (*message.list_id || VALUES[i].part == HTTPS) message.unsubscribe_mailto = "a@b.test";
        bool built = message_build(&message, &out, &err);
        bool fine = built == VALUES[i].good && (built ? message_check(buf_text(&out), out.length, &err)
                                                      : err.kind == ERR_INPUT && !out.length);
        if (!CHECK("header value", fine)) printf("# case %zu: %s\n", i, err.text);
    }
}

/* -- what message_check refuses: one change to a good message ------------------------------------------ */
static const struct {
    const char *label, *from, *to;
} CHANGES[] = {{"two Subjects", "Subject: Objet\r\n", "Subject: Objet\r\nsubject: x\r\n"},
               {"no From", "From: ", "X-From: "},
               {"no Date", "Date: ", "X-Date: "},
               {"a bare LF", "Objet\r\n", "Objet\n"},
               {"a bare CR", "Objet", "Ob\rjet"},
               {"a control", "Objet", "Ob\x01jet"},
               {"8 bits in the subject", "Objet", "Objét"},
               {"8 bits in the body", "Bonjour", "Bonjoûr"},
               {"a day without a date", "Fri, 30 Jan", "Fri, Jan"},
               {"Message-ID without brackets", "<abc@amf.example>", "abc@amf.example"},
               {"two addresses", "<mairie@brest.example>", "<mairie@brest.example@x>"},
               {"an empty header", "Subject: Objet", "Subject: "},
               {"no colon", "Subject: Objet", "Subject Objet"},
               {"a space in a name", "Subject: Objet", "Sub ject: Objet"},
               {"a line that could be folded", "Objet", SEVENTY " " TEN},
               {"unknown encoding", "quoted-printable", "8bit"},
               {"half an escape", "Bonjour", "Bon=Gjour"},
               {"a space at the end of a quoted line", "Bonjour", "Bonjour "},
               {"a body line of 77", "Bonjour", SEVENTY "1234567"},
               {"another charset", "charset=utf-8", "charset=latin1"},
               {"a part that never ends", "24242424--", "24242424-"},
               {"text behind the last part", "24242424--\r\n", "24242424--\r\nx\r\n"},
               {"MIME-Version 2", "MIME-Version: 1.0", "MIME-Version: 2.0"}};

static void replace(const struct buf *in, const char *from, const char *to, struct buf *out) {
    const char *text = buf_text(in), *at = strstr(text, from);
    if (!at) return;
    buf_add(out, text, (size_t)(at - text));
    buf_add_text(out, to);
    buf_add_text(out, at + strlen(from));
}

static const char SAMPLE[] = "From: A <relais@amf.example>\r\nTo: <mairie@brest.example>\r\nSubject: "
                             "Objet\r\nDate: Fri, 30 Jan 2026 09:30:00 +0100\r\n"
                             "Message-ID: <abc@amf.example>\r\nMIME-Version: 1.0\r\nContent-Type: "
                             "multipart/alternative; boundary=\"=_24242424\"\r\n\r\n"
                             "--=_24242424\r\nContent-Type: text/plain; "
                             "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nBonjour\r\n"
                             "\r\n--=_24242424\r\nContent-Type: text/html; "
                             "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+\r\n"
                             "\r\n--=_24242424--\r\n";

static void check_gate(void) {
    struct err err = {0};
    AUTO_BUF sample = BUF_INIT(4096);
    buf_add_text(&sample, SAMPLE);
    CHECK("the sample itself", message_check(SAMPLE, strlen(SAMPLE), &err));
    for (size_t i = 0; i < COUNT(CHANGES); i++) {
        AUTO_BUF changed = BUF_INIT(8192);
        replace(&sample, CHANGES[i].from, CHANGES[i].to, &changed);
        err = (struct err){0};
        CHECK(CHANGES[i].label, changed.length && !message_check(buf_text(&changed), changed.length, &err) &&
                                    err.kind == ERR_INPUT);
    }
    CHECK("a NUL", !message_check("From: a\0b\r\n\r\n", 13, &err));
    CHECK("nothing", !message_check("", 0, &err));
    CHECK("headers alone", !message_check("From: <a@b>\r\n", 13, &err));
}

/* Cut, doubled, overwritten: the gate must end with an answer, and what it lets through must hold the rules
 * that matter. */
static bool smuggles(const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (!c || (c == '\r' && (i + 1 == length || bytes[i + 1] != '\n')) ||
            (c == '\n' && (!i || bytes[i - 1] != '\r')))
            return true;
    }
    return length < 2 || bytes[length - 1] != '\n';
}

static void check_mutations(void) {
    uint32_t seed = 7;
    long passed = 0, wrong = 0;
    for (int round = 0; round < 60000; round++) {
        char copy[sizeof SAMPLE];
        size_t length = strlen(SAMPLE);
        memcpy(copy, SAMPLE, length);
        for (int i = 0; i < 2; i++) {
            seed = seed * 1664525u + 1013904223u;
            size_t at = (seed >> 8) % length;
            if (seed % 13 == 0)
                length = at;
            else
                copy[at] = "\r\n\0 =-_:<>@\"\t\xC3z."[seed % 17];
            if (!length) length = 1;
        }
        struct err err = {0};
        bool good = message_check(copy, length, &err);
        passed += good;
        wrong += good ? smuggles(copy, length) : err.kind != ERR_INPUT || !err.text[0];
    }
    CHECK("some of 60,000 damaged messages are still fine, most are not", passed > 100 && passed < 30000);
    CHECK_INT("let through with broken lines, or refused without reason", wrong, 0);
}

/* -- mailboxes of the configuration -------------------------------------------------------------------- */
static const struct {
    const char *text, *name, *address;
} MAILBOXES[] = {{"a@b.test", "", "a@b.test"},
                 {"<a@b.test>", "", "a@b.test"},
                 {"  ASCO – AMF <relais@amf.example> ", "ASCO – AMF", "relais@amf.example"},
                 {"\"Mairies, service\" <a@b.test>", "Mairies, service", "a@b.test"},
                 {"\"a \\\"b\\\" <c>\" <a@b.test>", "a \"b\" <c>", "a@b.test"},
                 {"josé@mairie.test", "", "josé@mairie.test"},
                 {"", NULL, NULL},
                 {"a", NULL, NULL},
                 {"Nom", NULL, NULL},
                 {"Nom a@b.test", NULL, NULL},
                 {"a@b.test, c@d.test", NULL, NULL},
                 {"A <a@b.test>, B <c@d.test>", NULL, NULL},
                 {"A <a@b.test", NULL, NULL},
                 {"A <a b@c.test>", NULL, NULL},
                 {"A\r\nBcc: x <a@b.test>", NULL, NULL},
                 {"Mairies, service <a@b.test>", NULL, NULL},
                 {"a <b> <c@d.test>", NULL, NULL}};

static void check_mailboxes(void) {
    for (size_t i = 0; i < COUNT(MAILBOXES); i++) {
        char name[200] = "", address[256] = "";
        struct err err = {0};
        bool good = mailbox_split(MAILBOXES[i].text, name, address, &err);
        if (!CHECK("mailbox", good == (MAILBOXES[i].name != NULL))) printf("# case %zu\n", i);
        if (!good || !MAILBOXES[i].name) continue;
        CHECK_TEXT("name", name, MAILBOXES[i].name);
        CHECK_TEXT("address", address, MAILBOXES[i].address);
    }
}

int main(void) {
    check_exact();
    check_fields();
    check_bodies();
    check_values();
    check_gate();
    check_mutations();
    check_mailboxes();
    return tap_end();
}
