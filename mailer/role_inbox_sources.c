/* Reading [inbox] and its named sections. */
#include "mailer/role_inbox_sources.h"

#include <stdio.h>
#include <string.h>

#include "mailer/inbox/source_imap.h"
#include "mailer/inbox/source_maildir.h"
#include "mailer/inbox/source_mbox.h"

static const char *const PLACES[] = {"maildir", "mbox", "imap_url"};

static size_t places(const struct settings *settings, const char *section, const char **first) {
    size_t count = 0;
    for (size_t i = COUNT(PLACES); i-- > 0;)
        if (*settings_text(settings, section, PLACES[i])) *first = PLACES[i], count++;
    return count;
}

bool inbox_source_named(const struct settings *settings, const char *section) {
    const char *place;
    return places(settings, section, &place) > 0;
}

static int word(const struct settings *settings, const char *section, const char *key, const char *const words[], int count) {
    for (int i = 0; i < count; i++)
        if (settings_is(settings, section, key, words[i])) return i;
    return 0;
}

static bool open_imap(const struct settings *settings, const char *section, struct mail_source *source, struct err *err) {
    static const char *const TLS[] = {[IMAP_TLS_REQUIRED] = "required", [IMAP_TLS_IF_OFFERED] = "opportunistic", [IMAP_TLS_OFF] = "off"};
    static const char *const AUTH[] = {[IMAP_AUTH_AUTO] = "auto", [IMAP_AUTH_PLAIN] = "plain", [IMAP_AUTH_LOGIN] = "login", [IMAP_AUTH_XOAUTH2] = "xoauth2"};
    struct imap_account account = {.section = section, .tls = (enum imap_tls)word(settings, section, "starttls", TLS, COUNT(TLS)),
                                   .auth = (enum imap_auth)word(settings, section, "auth", AUTH, COUNT(AUTH)),
                                   .username = settings_text(settings, section, "username"),
                                   .password_file = settings_path(settings, section, "password_file"),
                                   .token_file = settings_path(settings, section, "token_file"),
                                   .token_command = settings_text(settings, section, "token_command"),
                                   .ca_file = settings_path(settings, section, "ca_file"),
                                   .connect_ms = settings_ms(settings, section, "connect_timeout"),
                                   .reply_ms = settings_ms(settings, section, "reply_timeout")};
    return imap_url_parse(settings_text(settings, section, "imap_url"), &account.url, err) &&
           source_imap(&account, settings_text(settings, section, "done_folder"), settings_ms(settings, section, "idle"), source, err);
}

static bool open_place(const struct settings *settings, const char *section, const char *place, struct mail_source *source, struct err *err) {
    if (!strcmp(place, "imap_url")) return open_imap(settings, section, source, err);
    const char *path = settings_path(settings, section, place);
    if (!strcmp(place, "mbox")) return source_mbox(path, source, err);
    return source_maildir(path, settings_text(settings, section, "done_folder"), source, err);
}

bool inbox_source_open(const struct settings *settings, const char *section, struct inbox_source *out, struct err *err) {
    const char *place = "maildir";
    char name[120];
    *out = (struct inbox_source){.section = section,
                                 .limit_bytes = (size_t)settings_int(settings, section, "max_megabytes") * 1000000,
                                 .poll_ms = settings_ms(settings, section, "poll")};
    bool good = places(settings, section, &place) == 1 ||
                err_set(err, ERR_INPUT, "INBOX", "donnez une seule source par section : maildir, mbox ou imap_url ; les autres vont dans [inbox.NOM]");
    if (good && open_place(settings, section, place, &out->source, err)) return true;
    snprintf(name, sizeof name, "[%.100s]", section);
    err_setting(err, name);
    return err_at(err, settings_file(settings), settings_line(settings, section, place));
}
