/* Rules about options; nothing here knows a socket. */
#include "mailer/send/relay_rules.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool host_is_loopback(const char *host) {
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
    return text_equal_nocase(host, "localhost"); /* which libcurl resolves itself (RFC 6761) */
}

/* A domain or an address literal (RFC 5321 4.1.1.1); anything else could be read as more than a name. */
static bool ehlo_name_fits(const char *name) {
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]");
    return length && !name[length] && length <= 255;
}

static bool wants_token(enum smtp_auth auth) { return auth == SMTP_AUTH_XOAUTH2 || auth == SMTP_AUTH_OAUTHBEARER; }

static bool login_fits(const struct sender_relay *relay, struct err *err) {
    if (!*relay->username) return true;
    if (relay->access_token && relay->auth != SMTP_AUTH_AUTO && !wants_token(relay->auth))
        return err_set(err, ERR_INPUT, "SMTP_AUTH", "[%s] auth demande un mot de passe, et token_file ou token_command donne un jeton ; écrivez "
                       "auth = auto, ou remplacez le jeton par password_file", relay->section);
    if (!relay->access_token && wants_token(relay->auth))
        return err_set(err, ERR_INPUT, "SMTP_AUTH", "[%s] auth demande un jeton ; donnez token_file ou token_command, ou écrivez auth = auto", relay->section);
    return true;
}

bool relay_at_key(const struct sender_relay *relay, const char *key, struct err *err) {
    char setting[120];
    snprintf(setting, sizeof setting, "[%s] %s", relay->section, key);
    return err_setting(err, setting);
}

bool relay_options_fit(const struct sender_relay *relay, const struct relay_place *place, struct err *err) {
    if (!ehlo_name_fits(relay->ehlo_name))
        return err_set(err, ERR_INPUT, "SMTP_EHLO", "[%s] ehlo = « %s » n'est pas un nom de machine ; donnez par exemple courrier.exemple.fr",
                       relay->section, relay->ehlo_name);
    if (!place->implicit_tls && !strcmp(relay->starttls, "off") && !place->loopback)
        return err_set(err, ERR_INPUT, "SMTP_CLEAR", "[%s] starttls = off n'est permis que vers cette machine (127.0.0.1), pas vers %s ; "
                       "mettez required", relay->section, place->where);
    return login_fits(relay, err);
}

enum relay_tls relay_tls_wanted(const struct sender_relay *relay, const struct relay_place *place) {
    if (place->implicit_tls || !strcmp(relay->starttls, "required")) return RELAY_TLS_ALWAYS;
    if (!strcmp(relay->starttls, "off")) return RELAY_TLS_NEVER;
    return *relay->username && !place->loopback ? RELAY_TLS_ALWAYS : RELAY_TLS_IF_OFFERED;
}

bool relay_may_log_in(const struct sender_relay *relay, const struct relay_place *place) {
    return *relay->username && (place->loopback || relay_tls_wanted(relay, place) == RELAY_TLS_ALWAYS);
}
