/* What sending needs from the configuration: the relay, the key, the clock's permission to send. */
#ifndef MAILER_ROLE_SETTINGS_H
#define MAILER_ROLE_SETTINGS_H

#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/role_settings_login.h"
#include "mailer/send/limits.h"
#include "mailer/send/sender.h"
#include "mailer/send/token.h"

struct sending_settings {
    struct sender_relay relay; /* texts borrowed from the settings and from login */
    struct login_settings login;
    struct sender_identity identity;
    struct token_key key;
    struct send_limits limits;
};
/* ERR_INPUT naming the key and the remedy. An artificial clock is refused unless the relay is a loopback address. */
bool sending_settings_read(const struct app *app, struct sending_settings *sending, struct err *err);
void sending_settings_release(struct sending_settings *sending);
struct send_limits send_limits_read(const struct settings *settings);
bool relay_is_loopback(const char *url);

#endif
