/* Reading and opening what signs. */
#include "mailer/dkim_settings.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "templates/mailbox.h"

static const struct { const char *selector, *file; } KEYS[DKIM_KEYS] = {{"dkim_selector", "dkim_key_file"},
                                                                        {"dkim_second_selector", "dkim_second_key_file"}};

static bool refuse(const struct settings *settings, const char *key, struct err *err) {
    return err_at(err, settings_file(settings), settings_line(settings, "sender", key));
}

/* The sender's domain, or one it lies below: otherwise the signature does not vouch for From. */
static bool aligned(const char *domain, const char *from_domain) {
    size_t length = strlen(domain), whole = strlen(from_domain);
    if (whole < length || !text_equal_nocase(from_domain + whole - length, domain)) return false;
    return whole == length || (from_domain[whole - length - 1] == '.' && strchr(domain, '.'));
}

static bool read_domain(const struct settings *settings, const char *from_domain, struct dkim_settings *dkim, struct err *err) {
    const char *given = settings_text(settings, "sender", "dkim_domain");
    char as_address[300];
    snprintf(dkim->domain, sizeof dkim->domain, "%s", *given ? given : from_domain);
    snprintf(as_address, sizeof as_address, "a@%s", dkim->domain);
    if (mailbox_address_valid(as_address) && text_ascii(given, strlen(given)) && aligned(dkim->domain, from_domain)) return true;
    err_set(err, ERR_INPUT, "DKIM", "[sender] dkim_domain = « %s » : écrivez le domaine de l'expéditeur (%s), ou un domaine dont il dépend ; "
            "vide : celui de l'expéditeur", given, from_domain);
    return refuse(settings, "dkim_domain", err);
}

static bool read_key(const struct settings *settings, size_t at, struct dkim_settings *dkim, struct err *err) {
    const char *selector = settings_text(settings, "sender", KEYS[at].selector), *file = settings_path(settings, "sender", KEYS[at].file);
    if (!*file && !*selector) return true;
    if (!*file) {
        err_set(err, ERR_INPUT, "DKIM", "[sender] %s sans %s : nommez le fichier de la clé, ou effacez l'un et l'autre", KEYS[at].selector,
                KEYS[at].file);
        return refuse(settings, KEYS[at].selector, err);
    }
    if (!dkim_selector_valid(selector)) {
        err_set(err, ERR_INPUT, "DKIM", "[sender] %s = « %.80s » : écrivez un nom, par exemple relais2026", KEYS[at].selector, selector);
        return refuse(settings, *selector ? KEYS[at].selector : KEYS[at].file, err);
    }
    AUTO(signing_key) key = signing_key_load(file, err);
    if (!key) {
        char setting[60];
        snprintf(setting, sizeof setting, "[sender] %s", KEYS[at].file);
        return err_setting(err, setting);
    }
    snprintf(dkim->keys[at].selector, DKIM_SELECTOR, "%s", selector);
    dkim->keys[at].file = file;
    return true;
}

bool dkim_settings_read(const struct settings *settings, const char *from_domain, struct dkim_settings *dkim, struct err *err) {
    bool any = false;
    *dkim = (struct dkim_settings){0};
    for (size_t i = 0; i < DKIM_KEYS; i++) {
        if (!read_key(settings, i, dkim, err)) return false;
        any |= dkim->keys[i].file != NULL;
    }
    return !any || read_domain(settings, from_domain, dkim, err);
}

struct dkim *dkim_settings_open(const struct dkim_settings *dkim, struct err *err) {
    struct dkim *opened = dkim_open(dkim->domain);
    for (size_t i = 0; i < DKIM_KEYS; i++) {
        if (!dkim->keys[i].file) continue;
        struct signing_key *key = signing_key_load(dkim->keys[i].file, err);
        if (!key) return dkim_close(opened), NULL;
        dkim_add_key(opened, dkim->keys[i].selector, key);
    }
    return opened;
}
