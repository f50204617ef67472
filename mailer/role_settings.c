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

/* -- relays --------------------------------------------------------------------------------------------------------- */
/* The index-th section that is a relay; NULL after the last. Where relays are named, an [smtp] without url is none: it holds
 * what they share. */
static const char *relay_section(const struct settings *settings, size_t index) {
    size_t named = 0;
    for (size_t i = 0; settings_section(settings, "smtp", i); i++) named += strcmp(settings_section(settings, "smtp", i), "smtp") != 0;
    bool first = !named || settings_line(settings, "smtp", "url");
    if (first && index-- == 0) return "smtp";
    for (size_t i = 0; settings_section(settings, "smtp", i); i++)
        if (strcmp(settings_section(settings, "smtp", i), "smtp") && index-- == 0) return settings_section(settings, "smtp", i);
    return NULL;
}

/* Time-outs, the name we give and the breaker are [smtp]'s where a named relay does not say otherwise; where it is, how it is
 * spoken to, who we are there and how much it bears, never. */
static const char *from(const struct settings *settings, const char *section, const char *key) {
    return settings_line(settings, section, key) ? section : "smtp";
}

static int64_t shared_ms(const struct settings *settings, const char *section, const char *key) {
    return settings_ms(settings, from(settings, section, key), key);
}

/* reply_timeout shortens all of them at once; 0 = it does not. */
static int64_t reply_timeout_ms(const struct settings *settings, const char *section, const char *key) {
    int64_t own_ms = shared_ms(settings, section, key), all_ms = shared_ms(settings, section, "reply_timeout");
    return all_ms ? min_i64(own_ms, all_ms) : own_ms;
}

static bool judge_named(const struct settings *settings, const char *section, struct err *err) {
    static const char *const OF_ALL[] = {"first_retry", "longest_retry", "give_up_after", "doubt_wait"};
    if (!settings_line(settings, section, "url"))
        return err_set(err, ERR_INPUT, "RELAY_URL", "[%s] url manque : écrivez l'adresse de ce serveur, smtp://hôte:port", section);
    for (size_t i = 0; i < COUNT(OF_ALL); i++)
        if (settings_line(settings, section, OF_ALL[i]))
            return err_set(err, ERR_INPUT, "RELAY_KEY", "[%s] %s : vaut pour tous les serveurs ; écrivez-le dans [smtp]", section, OF_ALL[i]);
    return strlen(section) < RELAY_NAME || err_set(err, ERR_INPUT, "RELAY_NAME", "[%s] : nom trop long, %d octets au plus", section, RELAY_NAME - 1);
}

static bool judge_url(const struct app *app, const char *section, const char *url, struct err *err) {
    char setting[120];
    snprintf(setting, sizeof setting, "[%s] url", section);
    if (strchr(url, '@')) { /* not shown: what stands before it may be a password, and this goes to the log */
        err_set(err, ERR_INPUT, "RELAY_URL", "l'adresse du serveur contient « @ » : écrivez smtp://serveur:port ; l'identifiant se met dans "
                "username, le mot de passe dans password_file");
        return err_setting(err, setting);
    }
    return !clock_artificial(&app->clock) || relay_is_loopback(url) ||
           err_set(err, ERR_INPUT, "CLOCK_REFUSED", "--clock est refusée pour envoyer : %s = %s n'est pas une adresse de cette machine (127.0.0.1)",
                   setting, url);
}

/* What a person mends first is told first. */
static bool judge_relays(const struct app *app, struct err *err) {
    const char *section;
    for (size_t i = 0; (section = relay_section(app->settings, i)) != NULL; i++) {
        if (i == RELAYS_MOST) return err_set(err, ERR_INPUT, "RELAYS", "[%s] est de trop : %d serveurs d'envoi au plus", section, RELAYS_MOST);
        if (strcmp(section, "smtp") && !judge_named(app->settings, section, err)) return false;
        if (!judge_url(app, section, settings_text(app->settings, section, "url"), err)) return false;
    }
    return true;
}

static bool read_relay(const struct settings *settings, const char *section, struct relay_settings *relay, struct login_settings *login, struct err *err) {
    static char host_name[256];
    const char *url = settings_text(settings, section, "url"), *ehlo = settings_text(settings, from(settings, section, "ehlo"), "ehlo");
    if (!login_settings_read(settings, section, login, err)) return false;
    if (gethostname(host_name, sizeof host_name - 1) || !*host_name) snprintf(host_name, sizeof host_name, "localhost");
    *relay = (struct relay_settings){.weight = (int)settings_int(settings, section, "weight"),
                                     .a_minute = settings_int(settings, section, "rate"),
                                     .a_day = settings_int(settings, section, "messages_a_day"),
                                     .breaker = (int)settings_int(settings, from(settings, section, "breaker"), "breaker"),
                                     .breaker_groups = (int)settings_int(settings, from(settings, section, "breaker_groups"), "breaker_groups")};
    snprintf(relay->name, sizeof relay->name, "%s", section);
    relay->relay = (struct sender_relay){
        .section = section, .url = url, .starttls = settings_text(settings, section, "starttls"),
        .username = login->username, .password = login->password,
        .access_token = login->access_token, .auth = login->auth,
        .ca_file = settings_path(settings, section, "ca_file"), .ehlo_name = *ehlo ? ehlo : host_name,
        .connections = (int)settings_int(settings, section, "connections"),
        .connect_timeout_ms = shared_ms(settings, section, "connect_timeout"),
        .greeting_timeout_ms = shared_ms(settings, section, "greeting_timeout"),
        .mail_timeout_ms = reply_timeout_ms(settings, section, "mail_timeout"),
        .rcpt_timeout_ms = reply_timeout_ms(settings, section, "rcpt_timeout"),
        .data_timeout_ms = reply_timeout_ms(settings, section, "data_timeout"),
        .block_timeout_ms = reply_timeout_ms(settings, section, "block_timeout"),
        .dot_timeout_ms = shared_ms(settings, section, "dot_timeout")};
    return true;
}

int64_t relays_rate(const struct settings *settings) {
    int64_t sum = 0;
    const char *section;
    for (size_t i = 0; (section = relay_section(settings, i)) != NULL; i++) {
        int64_t rate = settings_int(settings, section, "rate");
        if (!settings_int(settings, section, "weight") && i) continue; /* stands in for another one */
        if (!rate) return 0;
        sum += rate;
    }
    return sum;
}

struct domain_groups *domains_read(const struct settings *settings, struct err *err) {
    AUTO(domain_groups) groups = domain_groups_open();
    const char *key;
    for (size_t i = 0; (key = settings_key(settings, "domains", i)) != NULL; i++) {
        if (domain_groups_add(groups, key, settings_text(settings, "domains", key), err)) continue;
        err_at(err, settings_file(settings), settings_line(settings, "domains", key));
        return NULL;
    }
    struct domain_groups *done = groups;
    groups = NULL;
    return done;
}

bool sending_settings_read(const struct app *app, struct sending_settings *sending, struct err *err) {
    const struct settings *settings = app->settings;
    const char *section;
    *sending = (struct sending_settings){0};
    if (!judge_relays(app, err) || !sender_identity_read(settings, &sending->identity, err)) return false;
    if (!token_key_load(settings_path(settings, "sender", "key_file"), &sending->key, err)) return false;
    for (size_t i = 0; (section = relay_section(settings, i)) != NULL; i++) {
        sending->relay_count++;
        if (!read_relay(settings, section, &sending->relays[i], &sending->logins[i], err)) return false;
    }
    sending->limits = send_limits_read(settings);
    return (sending->domains = domains_read(settings, err)) != NULL;
}

void sending_settings_release(struct sending_settings *sending) {
    for (size_t i = 0; i < sending->relay_count; i++) login_settings_release(&sending->logins[i]);
    domain_groups_close(sending->domains);
    sending->domains = NULL;
}
