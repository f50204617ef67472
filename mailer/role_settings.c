/* The configuration of sending, read and judged once. */
#include "mailer/role_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* The host part of scheme://host:port/… */
static void host_of(const char *url, char host[256]) {
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    if (strchr(at, '@')) at = ""; /* a user in the URL hides the host; such a URL is refused */
    const char *end = *at == '[' ? strchr(at, ']') : at + strcspn(at, ":/");
    if (*at == '[' && end) at++;
    snprintf(host, 256, "%.*s", (int)(end ? end - at : 0), at);
}

bool relay_is_loopback(const char *url) {
    char host[256];
    host_of(url, host);
    unsigned a, b, c, d;
    char rest;
    return text_equal_nocase(host, "localhost") || !strcmp(host, "::1") ||
           (sscanf(host, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &rest) == 4 && a == 127);
}

struct send_limits send_limits_read(const struct settings *settings) {
    return (struct send_limits){.days_between = (int)settings_int(settings, "schedule", "days_between"),
                                .messages_a_day = settings_int(settings, "schedule", "messages_a_day"),
                                .answers_max_age_ms = settings_ms(settings, "lists", "answers_max_age"),
                                .hold_old_answers = settings_is(settings, "schedule", "old_answers", "hold")};
}

bool sending_settings_read(const struct app *app, struct sending_settings *sending, struct err *err) {
    const struct settings *settings = app->settings;
    static char host_name[256];
    *sending = (struct sending_settings){0};
    const char *url = settings_text(settings, "smtp", "url");
    if (strchr(url, '@')) { /* not shown: what stands before it may be a password, and this goes to the log */
        err_set(err, ERR_INPUT, "RELAY_URL", "l'adresse du serveur contient « @ » : écrivez smtp://serveur:port ; l'identifiant se met dans "
                "username, le mot de passe dans password_file");
        return err_setting(err, "[smtp] url");
    }
    if (clock_artificial(&app->clock) && !relay_is_loopback(url))
        return err_set(err, ERR_INPUT, "CLOCK_REFUSED",
                       "--clock est refusée pour envoyer : [smtp] url = %s n'est pas une adresse de cette machine (127.0.0.1)", url);
    if (!sender_identity_read(settings, &sending->identity, err)) return false;
    if (!token_key_load(settings_path(settings, "sender", "key_file"), &sending->key, err)) return false;
    if (!login_settings_read(settings, "smtp", &sending->login, err)) return false;
    sending->limits = send_limits_read(settings);
    const char *ehlo = settings_text(settings, "smtp", "ehlo");
    if (gethostname(host_name, sizeof host_name - 1) || !*host_name) snprintf(host_name, sizeof host_name, "localhost");
    sending->relay = (struct sender_relay){
        .url = url, .starttls = settings_text(settings, "smtp", "starttls"),
        .username = sending->login.username, .password = sending->login.password,
        .access_token = sending->login.access_token, .auth = sending->login.auth,
        .ca_file = settings_path(settings, "smtp", "ca_file"), .ehlo_name = *ehlo ? ehlo : host_name,
        .connections = (int)settings_int(settings, "smtp", "connections"),
        .connect_timeout_ms = settings_ms(settings, "smtp", "connect_timeout"),
        .reply_timeout_ms = settings_ms(settings, "smtp", "reply_timeout"),
        .dot_timeout_ms = settings_ms(settings, "smtp", "dot_timeout")};
    return true;
}

void sending_settings_release(struct sending_settings *sending) { login_settings_release(&sending->login); }
