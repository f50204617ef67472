/* Files in a message: their names, their parts byte for byte, what is refused; and the gate's rules for the headers of a
 * complete message. */
#include "templates/attachment.h"
#include "templates/message.h"
#include "tests/tap.h"

/* -- names ------------------------------------------------------------------------------------------------------- */
static const struct {
    const char *name;
    bool good;
} NAMES[] = {{"notice.pdf", true},        {"Notice 2026.PDF", true}, {"pièce d'été.odt", true}, {"a.b.csv", true},
             {"", false},                 {"pdf", false},            {".pdf", false},           {"notice", false},
             {"notice.exe", false},       {"notice.pdf.exe", false}, {"../notice.pdf", false},  {"a/b.pdf", false},
             {"a\\b.pdf", false},         {"a\"b.pdf", false},       {"a\nb.pdf", false},       {"a\x01.pdf", false},
             {"\xFF.pdf", false},         {" a.pdf", false},         {"notice.md", false},      {"a.html", false}};

static void check_names(void) {
    for (size_t i = 0; i < COUNT(NAMES); i++)
        if (!CHECK("a name", attachment_name_valid(NAMES[i].name, strlen(NAMES[i].name)) == NAMES[i].good)) printf("# case %zu\n", i);
    char long_name[ATTACHMENT_NAME + 2];
    memset(long_name, 'a', sizeof long_name);
    memcpy(long_name + ATTACHMENT_NAME - 4, ".pdf", 5);
    CHECK("the longest name", attachment_name_valid(long_name, ATTACHMENT_NAME));
    memcpy(long_name + ATTACHMENT_NAME - 3, ".pdf", 5);
    CHECK("one more", !attachment_name_valid(long_name, ATTACHMENT_NAME + 1));
}

/* -- parts --------------------------------------------------------------------------------------------------------- */
static const struct {
    const char *name, *type, *bytes, *part;
} PARTS[] = {
    {"notice.pdf", NULL, "%PDF",
     "Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n filename=\"notice.pdf\"\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"},
    {"liste.csv", NULL, "é\n",
     "Content-Type: text/csv;\r\n charset=utf-8\r\nContent-Disposition: attachment;\r\n filename=\"liste.csv\"\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\nw6kK\r\n"},
    {"liste.csv", NULL, "\xE9\n",
     "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n filename=\"liste.csv\"\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\n6Qo=\r\n"},
    {"été.txt", NULL, "a",
     "Content-Type: text/plain;\r\n charset=utf-8\r\nContent-Disposition: attachment;\r\n filename*0*=utf-8''%C3%A9t%C3%A9.txt\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\n"},
    {"Guide de réponse à l'enquête, édition 2026 (communes).pdf", NULL, "a",
     "Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
     " filename*0*=utf-8''Guide%20de%20r%C3%A9ponse%20%C3%A0%20l%27;\r\n"
     " filename*1*=enqu%C3%AAte%2C%20%C3%A9dition%202026%20;\r\n"
     " filename*2*=%28communes%29.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n"},
    {"echeance.ics", "text/calendar; method=PUBLISH", "a",
     "Content-Type: text/calendar; method=PUBLISH;\r\n charset=utf-8\r\nContent-Disposition: attachment;\r\n"
     " filename=\"echeance.ics\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n"}};

static void check_parts(void) {
    for (size_t i = 0; i < COUNT(PARTS); i++) {
        struct err err = {0};
        AUTO_BUF out = BUF_INIT(1 << 16);
        CHECK(PARTS[i].name, attachment_build(PARTS[i].name, PARTS[i].type, PARTS[i].bytes, strlen(PARTS[i].bytes), &out, &err));
        CHECK_TEXT(PARTS[i].name, buf_text(&out), PARTS[i].part);
    }
    struct err err = {0};
    AUTO_BUF out = BUF_INIT(100);
    CHECK("refused by name", !attachment_build("a.exe", NULL, "a", 1, &out, &err) && err.kind == ERR_INPUT && !out.length);
    CHECK("too large for its buffer", !attachment_build("a.pdf", NULL, NAMES[0].name, 9, &out, &err));
}

/* -- in a message, at the gate ------------------------------------------------------------------------------------- */
static void build(struct buf *out) {
    static char part[4096];
    const char *const files[] = {part, part, NULL};
    struct err err = {0};
    AUTO_BUF file = BUF_INIT(4000);
    attachment_build("pièce.pdf", NULL, "%PDF-1.7 and more than fits on one line of seventy-six columns in base64", 70, &file, &err);
    snprintf(part, sizeof part, "%s", buf_text(&file));
    struct message message = {.from_name = "Élus", .from_address = "relais@amf.example", .to_address = "mairie@brest.example",
                              .reply_to = "reponses@amf.example", .subject = "Été à Brest", .message_id = "<b@amf.example>",
                              .in_reply_to = "<a@amf.example>", .date_ms = 1769761800000, .date_offset_minutes = 60,
                              .list_id = "asco.amf.example", .list_title = "Enquête", .help_mailto = "reponses@amf.example",
                              .unsubscribe_mailto = "retour+abc@amf.example", .unsubscribe_https = "https://amf.example/o/abc",
                              .feedback_id = "asco:rappel:relais", .auto_replies_unwanted = true, .text = "Bonjour\n",
                              .html = "<p>Bonjour</p>", .files = files, .boundary_seed = "x"};
    CHECK("built", message_build(&message, out, &err));
}

static const struct {
    const char *label, *from, *to;
} CHANGES[] = {
    {"an impossible day", "Fri, 30 Jan 2026", "Fri, 30 Feb 2026"},
    {"another weekday", "Fri, 30 Jan", "Thu, 30 Jan"},
    {"hour 24", " 09:30:00", " 24:30:00"},
    {"half an encoded word", "=?utf-8?b?w4l0", "=?utf-8?b?w4l"},
    {"an encoded word in another charset", "=?utf-8?b?w4l0", "=?latin1?b?w4l0"},
    {"half a character in an encoded word", "Subject: =?utf-8?b?", "Subject: =?utf-8?b?w4k=?= =?utf-8?b?qUF"},
    {"a thread without References", "References: ", "X-References: "},
    {"References without a thread", "In-Reply-To: ", "X-In-Reply-To: "},
    {"no identifier", "In-Reply-To: <a@amf.example>", "In-Reply-To: a@amf.example"},
    {"a list nobody can leave", "List-Unsubscribe: ", "X-List-Unsubscribe: "},
    {"a list without help", "List-Help: ", "X-List-Help: "},
    {"https first", "<mailto:retour+abc@amf.example?subject=Opposition>,", "<https://amf.example/x>,"},
    {"http, not https", "<https://amf.example/o/abc>", "<http://amf.example/o/abc>"},
    {"one click without a page", ",\r\n <https://amf.example/o/abc>", ""},
    {"a page without one click", "List-Unsubscribe-Post: ", "X-Post: "},
    {"a List-Id that is an address", "<asco.amf.example>", "<asco@amf.example>"},
    {"no word on automatic answers", "X-Auto-Response-Suppress: ", "X-Auto: "},
    {"bounces suppressed", "DR, RN, NRN, OOF, AutoReply", "All"},
    {"Precedence alone", "Auto-Submitted: ", "X-Auto-Submitted: "},
    {"a feedback id of one word", "asco:rappel:relais", "asco"},
    {"no Feedback-ID", "Feedback-ID: ", "X-Feedback-ID: "},
    {"two senders", "<relais@amf.example>", "<relais@amf.example>, <b@amf.example>"},
    {"HTML first", "text/plain; charset", "text/html; charset"},
    {"text twice", "text/html; charset", "text/plain; charset"},
    {"a file without a name", "filename*0*", "name"},
    {"half an escape in a name", "pi%C3%A8ce", "pi%C3%A"},
    {"a file in quoted-printable", "base64\r\n\r\nJVBE", "quoted-printable\r\n\r\nJVBE"},
    {"a bad line in a file", "JVBE", "JV*E"},
    {"files that never end", "@--", "@-"}, /* @: the boundary around them */
    {"text behind the last file", "@--\r\n", "@--\r\nx\r\n"}};

static const char *with_boundary(const char *text, const char *message, struct buf *out) {
    static const char PARAMETER[] = "boundary=\"";
    const char *boundary = strstr(message, PARAMETER);
    buf_clear(out);
    for (; *text; text++)
        if (*text != '@' || text[1] != '-' || !boundary) buf_add_char(out, *text);
        else buf_add(out, boundary + strlen(PARAMETER), strcspn(boundary + strlen(PARAMETER), "\""));
    return buf_text(out);
}

static void check_gate(void) {
    AUTO_BUF whole = BUF_INIT(1 << 16);
    struct err err = {0};
    build(&whole);
    const char *text = buf_text(&whole);
    if (!CHECK("the whole passes", message_check(text, whole.length, &err))) printf("# %s\n%s", err.text, text);
    for (size_t i = 0; i < COUNT(CHANGES); i++) {
        AUTO_BUF changed = BUF_INIT(1 << 16), from_text = BUF_INIT(1 << 10), to_text = BUF_INIT(1 << 10);
        const char *from = with_boundary(CHANGES[i].from, text, &from_text), *at = strstr(text, from);
        if (!CHECK(CHANGES[i].label, at != NULL)) continue;
        buf_add(&changed, text, (size_t)(at - text));
        buf_add_text(&changed, with_boundary(CHANGES[i].to, text, &to_text));
        buf_add_text(&changed, at + strlen(from));
        err = (struct err){0};
        CHECK(CHANGES[i].label, !message_check(buf_text(&changed), changed.length, &err) && err.kind == ERR_INPUT);
    }
    for (size_t length = 0; length < whole.length; length++)
        if (message_check(text, length, &err)) CHECK("cut short", false);
}

int main(void) {
    check_names();
    check_parts();
    check_gate();
    return tap_end();
}
