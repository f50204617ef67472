/* What sending needs from the configuration: the relay, the key, the clock's permission to send. */
#ifndef MAILER_ROLE_SETTINGS_H
#define MAILER_ROLE_SETTINGS_H

#include "mailer/app.h"
#include "mailer/compose.h"
#include "mailer/role_settings_login.h"
#include "mailer/send/limits.h"
#include "mailer/send/relays.h"
#include "mailer/send/token.h"

struct sending_settings {
    struct relay_settings relays[RELAYS_MOST]; /* [smtp] first, then each [smtp.NAME]; texts borrowed from settings and logins */
    struct login_settings logins[RELAYS_MOST];
    size_t relay_count;
    struct domain_groups *domains; /* NULL once relays_open has them */
    struct sender_identity identity;
    struct token_key key;
    struct send_limits limits;
};
/* ERR_INPUT naming the key and the remedy. An artificial clock is refused unless every relay is a loopback address. */
bool sending_settings_read(const struct app *app, struct sending_settings *sending, struct err *err);
void sending_settings_release(struct sending_settings *sending);
struct send_limits send_limits_read(const struct settings *settings);
bool relay_is_loopback(const char *url);
/* The table [domains]. NULL with ERR_INPUT naming the line. */
struct domain_groups *domains_read(const struct settings *settings, struct err *err);
/* Messages a minute all relays together may take; 0 = no limit. */
int64_t relays_rate(const struct settings *settings);

#endif
