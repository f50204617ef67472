/* MAIL and RCPT with their parameters, and who may stand in them. */
#include "mailer/send/smtp_commands.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

enum {
    ADDRESS_BYTES = 320,             /* local part 64, @, domain 255 (RFC 5321 4.5.3.1) */
    ENVELOPE_ID_BYTES = 100,         /* RFC 3461 4.4 */
    ORIGINAL_RECIPIENT_BYTES = 500,  /* RFC 3461 4.2 */
};

/* -- what the server offers ---------------------------------------------------------------------------------- */
static bool keyword(const char *line, size_t length, const char *name) {
    size_t name_length = strlen(name);
    return length >= name_length && !strncasecmp(line, name, name_length) &&
           (length == name_length || line[name_length] == ' ');
}

static void read_extension(struct smtp_extensions *offers, const char *line, size_t length) {
    if (keyword(line, length, "PIPELINING")) offers->pipelining = true;
    if (keyword(line, length, "DSN")) offers->dsn = true;
    if (keyword(line, length, "SMTPUTF8")) offers->utf8 = true;
    if (!keyword(line, length, "SIZE")) return;
    offers->size = true;
    offers->size_limit = 0;
    for (size_t i = strlen("SIZE "); i < length && line[i] >= '0' && line[i] <= '9'; i++) {
        if (offers->size_limit > SIZE_MAX / 100) break;
        offers->size_limit = offers->size_limit * 10 + (size_t)(line[i] - '0');
    }
}

void smtp_extensions_read(struct smtp_extensions *offers, const char *bytes, size_t length) {
    const char *end_of_all = bytes + length, *line = memchr(bytes, '\n', length);
    while (line && ++line < end_of_all) {
        const char *line_feed = memchr(line, '\n', (size_t)(end_of_all - line));
        if (!line_feed) return;
        size_t line_length = (size_t)(line_feed - line);
        if (line_length && line[line_length - 1] == '\r') line_length--;
        if (line_length > 4) read_extension(offers, line + 4, line_length - 4);
        line = line_feed;
    }
}

/* -- who may stand there ------------------------------------------------------------------------------------- */
static bool address_fits(const char *address) {
    size_t length = strlen(address), plain = text_plain_length(address, length);
    if (length > ADDRESS_BYTES || strcspn(address, " <>") < length) return false;
    for (size_t i = plain; i < length; i++)
        if ((unsigned char)address[i] < ' ' || address[i] == 0x7F) return false;
    return plain == length || utf8_valid(address, length);
}

static bool needs_utf8(const char *address) { return !text_ascii(address, strlen(address)); }

static bool envelope_needs_utf8(const struct smtp_envelope *envelope) {
    return needs_utf8(envelope->return_path) || needs_utf8(envelope->recipient);
}

struct smtp_unfit smtp_envelope_unfit(const struct smtp_envelope *envelope, const struct smtp_extensions *offers) {
    if (!address_fits(envelope->return_path))
        return (struct smtp_unfit){SMTP_AT_MAIL, "5.1.7", "adresse de retour impropre (espace, < > ou caractère de commande)"};
    if (!*envelope->recipient || !address_fits(envelope->recipient))
        return (struct smtp_unfit){SMTP_AT_RCPT, "5.1.3",
                                   "adresse du destinataire impropre (vide, espace, < > ou caractère de commande)"};
    if (!offers->utf8 && envelope_needs_utf8(envelope))
        return (struct smtp_unfit){SMTP_AT_RCPT, "5.6.7", "adresse avec accents, que le serveur ne prend pas (SMTPUTF8 absent)"};
    if (envelope->length > SMTP_MESSAGE_BYTES || (offers->size_limit && envelope->length > offers->size_limit))
        return (struct smtp_unfit){SMTP_AT_MAIL, "5.3.4", "message plus gros que ce que le serveur accepte"};
    return (struct smtp_unfit){0};
}

/* -- the commands -------------------------------------------------------------------------------------------- */
/* RFC 3461 section 4: printable ASCII but + and = as it is, the rest +HH. */
static void add_xtext(struct buf *out, const char *text) {
    size_t length = strlen(text), plain = strcspn(text, "+= ");
    if (plain == length && text_plain_length(text, length) == length) return buf_add(out, text, length);
    for (; *text; text++) {
        if (*text > ' ' && *text <= '~' && *text != '+' && *text != '=')
            buf_add_char(out, *text);
        else
            buf_add_format(out, "+%02X", (unsigned char)*text);
    }
}

/* RFC 6533 section 3, utf-8-addr-unitext: UTF-8 as it is, and what xtext would not let through as \x{HH}. */
static void add_unitext(struct buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '+' || *text == '=' || *text == '\\')
            buf_add_format(out, "\\x{%02X}", (unsigned char)*text);
        else
            buf_add_char(out, *text);
    }
}

/* A parameter longer than its RFC lets it be is left out: neither is needed to deliver. */
static void keep_within(struct buf *out, size_t start, size_t value, size_t most) {
    if (out->length - value > most) buf_cut(out, start);
}

static void add_envelope_id(struct buf *out, const char *envelope_id) {
    size_t start = out->length;
    buf_add_text(out, " ENVID=");
    size_t value = out->length;
    add_xtext(out, envelope_id);
    keep_within(out, start, value, ENVELOPE_ID_BYTES);
}

/* The address as we know it, for the notices of whoever rewrites it on the way. */
static void add_original_recipient(struct buf *out, const char *recipient) {
    size_t start = out->length;
    buf_add_text(out, " ORCPT=");
    size_t value = out->length;
    bool utf8 = needs_utf8(recipient);
    buf_add_text(out, utf8 ? "utf-8;" : "rfc822;");
    (utf8 ? add_unitext : add_xtext)(out, recipient);
    keep_within(out, start, value, ORIGINAL_RECIPIENT_BYTES);
}

void smtp_add_mail(struct buf *out, const struct smtp_envelope *envelope, const struct smtp_extensions *offers) {
    buf_add_text(out, "MAIL FROM:<");
    buf_add_text(out, envelope->return_path);
    buf_add_char(out, '>');
    if (offers->size) {
        buf_add_text(out, " SIZE=");
        buf_add_number(out, (int64_t)envelope->length);
    }
    if (offers->utf8 && envelope_needs_utf8(envelope)) buf_add_text(out, " SMTPUTF8");
    if (offers->dsn) {
        buf_add_text(out, " RET=HDRS");
        if (envelope->envelope_id && *envelope->envelope_id) add_envelope_id(out, envelope->envelope_id);
    }
    buf_add_text(out, "\r\n");
}

/* Delays are told too: such a notice proves that the relay has the message, and says why nothing has come of it yet. */
void smtp_add_recipient(struct buf *out, const struct smtp_envelope *envelope, const struct smtp_extensions *offers) {
    buf_add_text(out, "RCPT TO:<");
    buf_add_text(out, envelope->recipient);
    buf_add_char(out, '>');
    if (offers->dsn) {
        buf_add_text(out, " NOTIFY=FAILURE,DELAY");
        add_original_recipient(out, envelope->recipient);
    }
    buf_add_text(out, "\r\n");
}
