/* Auto-replies of French town halls in the forms of their mail systems, and look-alikes: whole messages made of
 * tests/corpus/autoreplies/samples.txt, read through the child as the inbox reads them. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "mailer/inbox/classify.h"
#include "tests/tap.h"

static const char PATH[] = "tests/corpus/autoreplies/samples.txt";
enum { FORMS = 40, LEAST_REPLIES = 120, LEAST_OTHERS = 40 };

static struct form {
    char name[40], encoding[20], headers[2000];
} forms[FORMS];
static size_t form_count, replies, others;

static void add_base64(struct buf *out, const char *bytes, size_t length, size_t line) {
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0, column = 0; i < length; i += 3, column += 4) {
        uint32_t three = (uint32_t)(unsigned char)bytes[i] << 16;
        if (i + 1 < length) three |= (uint32_t)(unsigned char)bytes[i + 1] << 8;
        if (i + 2 < length) three |= (uint32_t)(unsigned char)bytes[i + 2];
        if (line && column && column % line == 0) buf_add_char(out, '\n');
        for (int k = 0; k < 4; k++) buf_add_char(out, i + (size_t)k > length ? '=' : SIGNS[three >> (18 - 6 * k) & 63]);
    }
}

static void add_latin1(struct buf *out, const char *utf8) {
    for (const char *at = utf8, *end = utf8 + strlen(utf8); at < end;) {
        uint32_t c = utf8_next(&at, end);
        buf_add_char(out, c < 256 ? (char)c : '?');
    }
}

static void add_html(struct buf *out, const char *text) {
    buf_add_text(out, "<html><head><style>p { margin: 0 }</style></head><body><p>");
    for (const char *c = text; *c; c++)
        if (c[0] == '\n' && c[1] == '\n')
            buf_add_text(out, "</p>\n<p>"), c++;
        else if (*c == '<')
            buf_add_text(out, "&lt;");
        else
            buf_add_char(out, *c);
    buf_add_text(out, "</p></body></html>\n");
}

static void add_date(struct buf *out, const char *sent) {
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int month = atoi(sent + 5);
    buf_add_format(out, "Date: %d %s %.4s 09:30:00 +0100\n", atoi(sent + 8), MONTHS[month >= 1 && month <= 12 ? month - 1 : 0], sent);
}

static void compose(const struct form *form, const char *sent, const char *subject, const char *text, struct buf *out) {
    bool html = !strcmp(form->encoding, "html"), latin1 = !strcmp(form->encoding, "latin1"), base64 = !strcmp(form->encoding, "base64");
    AUTO_BUF latin = BUF_INIT(10000);
    buf_add_text(out, form->headers);
    if (!strstr(form->headers, "From:")) buf_add_text(out, "From: Mairie <mairie@commune.example>\n");
    buf_add_text(out, "To: Relais <relais@amf.example>\n");
    add_date(out, sent);
    if (latin1) {
        add_latin1(&latin, subject);
        buf_add_text(out, "Subject: =?iso-8859-1?B?");
        add_base64(out, buf_text(&latin), latin.length, 0);
    } else {
        buf_add_text(out, "Subject: =?utf-8?B?");
        add_base64(out, subject, strlen(subject), 0);
    }
    buf_add_format(out, "?=\nMIME-Version: 1.0\nContent-Type: text/%s; charset=%s\nContent-Transfer-Encoding: %s\n\n", html ? "html" : "plain",
                   latin1 ? "iso-8859-1" : "utf-8", base64 ? "base64" : "8bit");
    if (latin1)
        add_latin1(out, text);
    else if (base64)
        add_base64(out, text, strlen(text), 76);
    else if (html)
        add_html(out, text);
    else
        buf_add_text(out, text);
}

static const struct form *form_named(const char *name) {
    for (size_t i = 0; i < form_count; i++)
        if (!strcmp(forms[i].name, name)) return &forms[i];
    return NULL;
}

/* head: "KIND FORM SENT RETURN NEW | SUBJECT". */
static void check(const char *head, const char *text) {
    char kind[20], name[40], sent[12], back[12], address[80], label[400];
    const char *subject = strstr(head, "| ");
    const struct form *form = NULL;
    struct inbound_facts facts;
    struct err err = {0};
    AUTO_BUF message = BUF_INIT(100000);
    if (sscanf(head, "%19s %39s %11s %11s %79s", kind, name, sent, back, address) == 5) form = form_named(name);
    if (!form || !subject) {
        CHECK(head, false);
        return;
    }
    compose(form, sent, subject + 2, text, &message);
    if (!inbound_read(buf_text(&message), message.length, &facts, &err)) {
        CHECK(head, false);
        return;
    }
    snprintf(label, sizeof label, "%.20s: %s", name, subject + 2);
    CHECK_TEXT(label, INBOUND_KIND[facts.kind], kind);
    if (facts.kind == INBOUND_AUTOREPLY) {
        snprintf(label, sizeof label, "  %.20s: %s: back", name, subject + 2);
        CHECK_TEXT(label, facts.return_date, strcmp(back, "-") ? back : "");
    }
    snprintf(label, sizeof label, "  %.20s: %s: new address", name, subject + 2);
    CHECK_TEXT(label, facts.new_address, strcmp(address, "-") ? address : "");
    inbound_facts_release(&facts);
    *(strcmp(kind, "autoreply") ? &others : &replies) += 1;
}

/* One "@NAME ENCODING" with its headers, up to an empty line; returns what is behind it. */
static char *read_form(char *at) {
    struct form *form = &forms[form_count];
    char *end = strstr(at, "\n\n");
    if (!end || form_count == FORMS || sscanf(at, "@%39s %19s", form->name, form->encoding) != 2) return at + strlen(at);
    char *line = strchr(at, '\n');
    snprintf(form->headers, sizeof form->headers, "%.*s", line < end ? (int)(end - line) : 0, line + 1);
    form_count++;
    return end + 1;
}

static char *next_entry(char *at) {
    for (; *at; at++)
        if (*at == '\n' && (at[1] == '@' || at[1] == '=' || at[1] == '#')) return at + 1;
    return at;
}

static void read_all(char *at) {
    while (*at) {
        char *next = *at == '@' ? next_entry(read_form(at) - 1) : next_entry(at);
        if (*at == '=') {
            char *line = strchr(at, '\n');
            AUTO_TEXT text = line ? text_dup_n(line + 1, line < next ? (size_t)(next - line - 1) : 0) : text_dup("");
            if (line) *line = '\0';
            check(at + 2, text);
        }
        at = next;
    }
}

int main(void) {
    AUTO_BUF all = BUF_INIT(1 << 20);
    FILE *file = fopen(PATH, "re");
    bool read = file && buf_add_file(&all, file);
    if (file) fclose(file);
    if (CHECK("the samples are there", read)) read_all(all.bytes);
    CHECK("so many auto-replies", replies >= LEAST_REPLIES);
    CHECK("so many look-alikes", others >= LEAST_OTHERS);
    printf("# %zu auto-replies, %zu look-alikes\n", replies, others);
    return tap_end();
}
