/* How we log in to a relay: [smtp] username, password_file, auth, token_file, token_command of the configuration. */
#ifndef MAILER_ROLE_SETTINGS_LOGIN_H
#define MAILER_ROLE_SETTINGS_LOGIN_H

#include "base/settings.h"
#include "mailer/send/access_token.h"
#include "mailer/send/sender.h"

struct login_settings {
    const char *username; /* borrowed from the settings; "" = no log-in */
    char *password;       /* "" with a token */
    struct access_token *access_token; /* NULL with a password */
    enum smtp_auth auth;
};
/* section: "smtp" or "smtp.NAME". ERR_INPUT naming the key and the remedy, never a secret. Released also after a failure. */
bool login_settings_read(const struct settings *settings, const char *section, struct login_settings *login, struct err *err);
void login_settings_release(struct login_settings *login); /* wipes */

#endif
