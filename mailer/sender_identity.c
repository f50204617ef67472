/* The sender's identity, read from the configuration and checked. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lists/address.h"
#include "mailer/compose.h"
#include "templates/message.h"

/* A token of 26 characters and its + must fit behind the prefix (RFC 5321 4.5.3.1.1: 64 octets). */
enum { PREFIX_MOST = 64 - 27, DOMAIN_MOST = 220 };

/* The place of a key: its line where it is given, else the file. */
static bool refuse(const struct settings *settings, const char *section, const char *key, struct err *err) {
    return err_at(err, settings_file(settings), settings_line(settings, section, key));
}

/* One bare address in canonical form (domain in A-labels), so that headers stay 7-bit wherever they can. */
static bool canonical(const struct settings *settings, const char *key, char address[256], struct err *err) {
    char canonical_form[ADDRESS_TEXT];
    if (!address_canonical(address, strlen(address), canonical_form)) {
        err_set(err, ERR_INPUT, "SENDER", "[sender] %s = « %s » n'est pas une adresse valable ; corrigez-la",
                key, address);
        return refuse(settings, "sender", key, err);
    }
    snprintf(address, 256, "%s", canonical_form);
    return true;
}

static bool read_mailbox(const struct settings *settings, const char *key, char name[200], char address[256],
                         struct err *err) {
    const char *text = settings_text(settings, "sender", key);
    if (!*text) {
        err_set(err, ERR_INPUT, "SENDER", "[sender] %s est vide ; écrivez par exemple %s", key,
                !strcmp(key, "from") ? "« Enquête ASCO <relais@mon-domaine.fr> »"
                                     : "« retour@mon-domaine.fr »");
        return refuse(settings, "sender", key, err);
    }
    if (!mailbox_split(text, name, address, err)) {
        char why[sizeof err->text];
        if (!err) return false;
        snprintf(why, sizeof why, "%s", err->text);
        err_set(err, ERR_INPUT, "SENDER", "[sender] %s : %.800s", key, why);
        return refuse(settings, "sender", key, err);
    }
    return canonical(settings, key, address, err);
}

static bool read_return_path(const struct settings *settings, struct sender_identity *identity,
                             struct err *err) {
    char name[200], address[256];
    if (!read_mailbox(settings, "return_path", name, address, err)) return false;
    char *at = strrchr(address, '@');
    size_t prefix = (size_t)(at - address);
    if (prefix > PREFIX_MOST || strlen(at + 1) > DOMAIN_MOST || memchr(address, '+', prefix) || name[0]) {
        err_set(err, ERR_INPUT, "SENDER",
                "[sender] return_path = « %s » : écrivez une adresse seule, sans « + », d'au plus %d "
                "caractères avant l'arobase",
                settings_text(settings, "sender", "return_path"), PREFIX_MOST);
        return refuse(settings, "sender", "return_path", err);
    }
    snprintf(identity->return_prefix, sizeof identity->return_prefix, "%.*s", (int)prefix, address);
    snprintf(identity->return_domain, sizeof identity->return_domain, "%s", at + 1);
    return true;
}

static bool read_reply_to(const struct settings *settings, struct sender_identity *identity,
                          struct err *err) {
    char name[200];
    if (!*settings_text(settings, "sender", "reply_to")) return true;
    return read_mailbox(settings, "reply_to", name, identity->reply_to, err);
}

/* A text that fits; of a link, http or https and nothing that would break it. */
static bool read_text(const struct settings *settings, const char *section, const char *key, bool is_link,
                      char *out, size_t size_bytes, struct err *err) {
    const char *text = settings_text(settings, section, key);
    bool good = strlen(text) < size_bytes && utf8_valid(text, strlen(text));
    if (is_link && *text)
        good = good && (text_starts(text, "http://") || text_starts(text, "https://")) &&
               text[strcspn(text, " \"'<>\\^`{|}")] == '\0';
    for (const char *at = text; good && *at; at++)
        good = (unsigned char)*at >= ' ' && *at != 0x7F && !(is_link && (unsigned char)*at >= 0x80);
    if (good) return snprintf(out, size_bytes, "%s", text), true;
    err_set(err, ERR_INPUT, "SENDER", "[%s] %s = « %.100s » : %s", section, key, text,
            is_link ? "écrivez une adresse qui commence par https:// ou http://"
                    : "texte trop long ou irrégulier");
    return refuse(settings, section, key, err);
}

bool sender_identity_read(const struct settings *settings, struct sender_identity *identity,
                          struct err *err) {
    *identity = (struct sender_identity){.auto_replies_unwanted =
                                             settings_is(settings, "sender", "auto_replies", "unwanted")};
    return read_mailbox(settings, "from", identity->from_name, identity->from_address, err) &&
           read_reply_to(settings, identity, err) && read_return_path(settings, identity, err) &&
           read_text(settings, "sender", "contact_name", false, identity->contact_name,
                     sizeof identity->contact_name, err) &&
           read_text(settings, "sender", "contact_phone", false, identity->contact_phone,
                     sizeof identity->contact_phone, err) &&
           read_text(settings, "sender", "public_link", true, identity->public_link,
                     sizeof identity->public_link, err) &&
           read_text(settings, "web", "base_url", true, identity->base_url, sizeof identity->base_url, err) &&
           dkim_settings_read(settings, strrchr(identity->from_address, '@') + 1, &identity->dkim, err);
}

void sender_identity_text(const struct sender_identity *identity, struct buf *out) {
    buf_add_format(
        out,
        "from=%s "
        "<%s>\nreply_to=%s\nreturn_path=%s@%s\ncontact=%s\nphone=%s\nlink=%s\nbase_url=%s\nunwanted=%d\n",
        identity->from_name, identity->from_address, identity->reply_to, identity->return_prefix,
        identity->return_domain, identity->contact_name, identity->contact_phone, identity->public_link,
        identity->base_url, identity->auto_replies_unwanted);
    if (*identity->dkim.domain)
        buf_add_format(out, "dkim=%s %s %s\n", identity->dkim.domain, identity->dkim.keys[0].selector, identity->dkim.keys[1].selector);
}

void return_path_of(const struct sender_identity *identity, const char *token, char out[320]) {
    /* Three times a message: no format. 63 + 1 + 27 + 1 + 220 bytes and a NUL fit. */
    const struct { const char *text; size_t most; } PARTS[] = {{identity->return_prefix, sizeof identity->return_prefix - 1}, {"+", 1}, {token, 27}, {"@", 1},
                                                               {identity->return_domain, 220}};
    for (size_t i = 0; i < COUNT(PARTS); i++) {
        size_t length = strnlen(PARTS[i].text, PARTS[i].most);
        memcpy(out, PARTS[i].text, length);
        out += length;
    }
    *out = '\0';
}
