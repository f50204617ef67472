/* Reading and judging what logs us in. */
#include "mailer/role_settings_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static const struct { const char *word; enum smtp_auth auth; } WORDS[] = {
    {"auto", SMTP_AUTH_AUTO}, {"plain", SMTP_AUTH_PLAIN}, {"login", SMTP_AUTH_LOGIN}, {"cram-md5", SMTP_AUTH_CRAM_MD5},
    {"scram-sha-256", SMTP_AUTH_SCRAM_SHA_256}, {"xoauth2", SMTP_AUTH_XOAUTH2}, {"oauthbearer", SMTP_AUTH_OAUTHBEARER}};

static bool at_key(const char *section, const char *key, struct err *err) {
    char setting[120];
    snprintf(setting, sizeof setting, "[%s] %s", section, key);
    return err_setting(err, setting);
}

static bool read_password(const char *section, const char *path, struct login_settings *login, struct err *err) {
    AUTO_SECRET bytes = BUF_INIT(SECRET_BYTES);
    if (!secret_file_read(path, &bytes, err)) return at_key(section, "password_file", err);
    login->password = text_dup(buf_text(&bytes));
    return true;
}

/* One thing to log in with, and somebody to log in. */
static bool judge(const char *section, const char *username, const char *const secrets[3], struct err *err) {
    int given = 0;
    for (int i = 0; i < 3; i++) given += *secrets[i] != '\0';
    if (given > 1)
        return err_set(err, ERR_INPUT, "LOGIN", "[%s] : ne donnez que l'un de password_file, token_file et token_command", section);
    if (given && !*username)
        return err_set(err, ERR_INPUT, "LOGIN", "[%s] username est vide : écrivez l'identifiant, ou videz password_file, token_file et token_command", section);
    if (!given && *username)
        return err_set(err, ERR_INPUT, "LOGIN", "[%s] username sans mot de passe : donnez password_file, token_file ou token_command", section);
    return true;
}

bool login_settings_read(const struct settings *settings, const char *section, struct login_settings *login, struct err *err) {
    const char *password_file = settings_path(settings, section, "password_file"), *token_file = settings_path(settings, section, "token_file"),
               *command = settings_text(settings, section, "token_command"), *word = settings_text(settings, section, "auth");
    *login = (struct login_settings){.username = settings_text(settings, section, "username")};
    for (size_t i = 0; i < COUNT(WORDS); i++)
        if (!strcmp(WORDS[i].word, word)) login->auth = WORDS[i].auth;
    if (!judge(section, login->username, (const char *const[]){password_file, token_file, command}, err)) return false;
    if (*password_file && !read_password(section, password_file, login, err)) return false;
    if (!login->password) login->password = text_dup("");
    if (!*token_file && !*command) return true;
    login->access_token = access_token_open(section, token_file, command, err);
    return login->access_token != NULL;
}

void login_settings_release(struct login_settings *login) {
    secret_wipe_text(login->password);
    free(login->password);
    access_token_close(login->access_token);
    *login = (struct login_settings){0};
}
