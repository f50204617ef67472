/* libcurl opens (CURLOPT_CONNECT_ONLY), we speak. The one file that includes libcurl; facts in docs and
 * LIBRARIES.
 *
 * Learnt the hard way, for 7.88.1: an easy handle must stay in its multi for as long as its connection is
 * used; and each connection needs a multi of its own, because opening one makes libcurl clear the multi's connection
 * cache of what has been idle for 118 s or is readable, and to libcurl a line we speak over is idle; without CURLOPT_NOSIGNAL each send costs two sigaction calls; curl_easy_cleanup says QUIT and waits
 * for the answer unless the socket is shut down first; a proxy in the environment would carry our mail;
 * without CURLOPT_QUICK_EXIT closing waits for a name being resolved; CURLOPT_CAPATH must be NULL or every
 * handle parses the system's folder too, and then CURLOPT_CAINFO must name a file, for Debian's GnuTLS build has no list of its
 * own; left to choose, AUTH goes for Kerberos as soon as the user's name has an @ in it.
 *
 * A connection begins when there is what it needs: a token to log in with (access_token.h), and authorities to trust
 * (authority_scout.h). */
#include "mailer/send/connection.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/tls_once.h"
#include "mailer/send/access_token.h"
#include "mailer/send/authority_scout.h"
#include "mailer/send/connection_buffers.h"
#include "mailer/send/connection_trouble.h"
#include "mailer/send/opening_talk.h"
#include "mailer/send/relay_rules.h"
#include "mailer/send/reply_secret.h"

enum {
    SOCKETS_MOST = 8, URL_TEXT = 700, HOST_TEXT = 300, WAITS_MOST = 512, NOTHING_TO_WATCH_MS = 20,
    READ_BYTES = 2048, /* at once, while it opens: Debian's libcurl counts them again for each line in them, and takes 300 kB of that */
    UNSENT_BYTES = 32768, /* the system takes no more ahead of what the other side has room for: what is written behind a body leaves soon */
};

struct connector {
    const struct sender_relay *relay;
    struct relay_place place;
    char url[URL_TEXT]; /* with the EHLO name as its path, where libcurl takes it from */
    struct authority_scout scout;
    struct connection *opening; /* the first of those being opened */
    struct secret_words secrets;
    int64_t secrets_of; /* the access token's generation they are of; -1 = none yet */
};

struct connection {
    struct connector *connector;
    struct connection *next; /* of those being opened */
    int64_t asked_ms, begun_ms; /* monotonic: since when it has waited for what it needs; since when libcurl connects */
    bool reached;               /* TCP and implicit TLS are there: the rest is the server's to say */
    CURLM *multi;            /* NULL = not begun: it waits for a token or for the scout */
    CURL *easy;
    enum connection_state state;
    int sockets[SOCKETS_MOST]; /* open ones; -1 = none: more than one while IPv6 and IPv4 race */
    int fd;
    bool encrypted;
    bool awaited;              /* it is writable when all has left */
    struct authorities_use trusts; /* until it is opened */
    bool token_replaced;      /* has begun anew, for its first token was refused */
    int64_t token_generation; /* what it logs in with; 0 = none */
    struct opening_talk *talk; /* 10 kB; NULL when it has been settled */
    char detail[CURL_ERROR_SIZE];
    struct err err;
};

/* -- the relay's options -------------------------------------------------------------------------------------- */
static bool has_part(CURLU *url, CURLUPart part) {
    char *text = NULL;
    bool there = !curl_url_get(url, part, &text, 0) && text && *text && strcmp(text, "/");
    curl_free(text);
    return there;
}

/* Writes connector->url and place. */
static bool take_parts(struct connector *connector, CURLU *url, struct err *err) {
    const struct sender_relay *relay = connector->relay;
    struct relay_place *place = &connector->place;
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool good = !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) && !curl_url_get(url, CURLUPART_HOST, &host, 0) &&
                !curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) && (!strcmp(scheme, "smtp") || !strcmp(scheme, "smtps")) &&
                strlen(host) < HOST_TEXT;
    if (!good || has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD) || has_part(url, CURLUPART_PATH) ||
        has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        err_set(err, ERR_INPUT, "SMTP_URL",
                "[%s] url = %s : il faut smtp://serveur:port ou smtps://serveur:port, sans rien d'autre "
                "(l'identifiant se met dans username, le mot de passe dans password_file)",
                relay->section, relay->url);
        good = false;
    }
    if (good) {
        bool literal = *host == '[';
        char bare[HOST_TEXT];
        snprintf(bare, sizeof bare, "%.*s", (int)strlen(host) - 2 * literal, host + literal);
        place->implicit_tls = !strcmp(scheme, "smtps");
        place->loopback = host_is_loopback(bare);
        snprintf(place->where, sizeof place->where, "%s:%s", host, port);
        snprintf(connector->url, sizeof connector->url, "%s://%s:%s/%s", scheme, host, port, relay->ehlo_name);
    }
    curl_free(scheme), curl_free(host), curl_free(port);
    return good;
}

static bool judge_url(struct connector *connector, struct err *err) {
    CURLU *url = curl_url();
    bool good = url && !curl_url_set(url, CURLUPART_URL, connector->relay->url, 0)
                    ? take_parts(connector, url, err)
                    : err_set(err, ERR_INPUT, "SMTP_URL", "[%s] url = %s n'est pas une adresse de serveur ; écrivez smtp://serveur:port",
                              connector->relay->section, connector->relay->url);
    curl_url_cleanup(url);
    return good;
}

static bool knows_scram(void) { return curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_GSASL; }

static bool open_authorities(struct connector *connector, struct err *err) {
    if (relay_tls_wanted(connector->relay, &connector->place) == RELAY_TLS_NEVER) return true;
    connector->scout.list = authorities_open(connector->relay->ca_file, err);
    return connector->scout.list || relay_at_key(connector->relay, "ca_file", err);
}

static bool judge(struct connector *connector, struct err *err) {
    if (!judge_url(connector, err) || !relay_options_fit(connector->relay, &connector->place, err)) return false;
    if (connector->relay->auth == SMTP_AUTH_SCRAM_SHA_256 && !knows_scram())
        return err_set(err, ERR_INPUT, "SMTP_AUTH", "[%s] auth = scram-sha-256 : la bibliothèque libcurl de cette machine est construite sans "
                       "GSASL et ne connaît pas SCRAM ; écrivez auth = auto, la liaison étant chiffrée", connector->relay->section);
    return open_authorities(connector, err);
}

struct connector *connector_open(const struct sender_relay *relay, struct err *err) {
    struct connector *connector = mem_new(1, sizeof *connector);
    connector->relay = relay;
    connector->secrets_of = -1;
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        err_set(err, ERR_FATAL, "SMTP_LIBRARY", "libcurl ne démarre pas");
        return connector_close(connector), NULL;
    }
    if (!judge(connector, err)) return connector_close(connector), NULL;
    return connector;
}

void connector_close(struct connector *connector) {
    if (!connector) return;
    authorities_close(connector->scout.list);
    secret_words_release(&connector->secrets);
    free(connector);
}

static const struct secret_words *login_secrets(struct connector *connector) {
    const struct sender_relay *relay = connector->relay;
    int64_t now_of = relay->access_token ? access_token_generation(relay->access_token) : 0;
    if (now_of == connector->secrets_of || !*relay->username) return &connector->secrets;
    secret_words_make(&connector->secrets, relay->username, relay->access_token ? access_token_text(relay->access_token) : relay->password);
    connector->secrets_of = now_of;
    return &connector->secrets;
}

void connector_hide_login(struct connector *connector, struct smtp_reply *reply) {
    reply_hide_words(reply, login_secrets(connector));
}

/* -- what libcurl tells while it opens ------------------------------------------------------------------------- */
static curl_socket_t socket_opened(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct connection *connection = context;
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    for (size_t i = 0; i < SOCKETS_MOST && fd >= 0; i++)
        if (connection->sockets[i] < 0) return connection->sockets[i] = fd;
    if (fd >= 0) close(fd);
    return CURL_SOCKET_BAD;
}

static int socket_closed(void *context, curl_socket_t fd) {
    struct connection *connection = context;
    for (size_t i = 0; i < SOCKETS_MOST; i++)
        if (connection->sockets[i] == fd) connection->sockets[i] = -1;
    return close(fd);
}

/* GnuTLS's own handle; *any tells whether there is TLS at all. It can only be asked about while libcurl opens: once the connection
 * is ours, it has taken it off the handle. */
static void *gnutls_session(CURL *easy, bool *any) {
    struct curl_tlssessioninfo *session = NULL;
    *any = !curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) && session && session->internals;
    return *any && session->backend == CURLSSLBACKEND_GNUTLS ? session->internals : NULL;
}

/* The handshake is over and libcurl has verified the chain, else it would not let the server speak. */
static void encryption_began(struct connection *connection) {
    void *session = gnutls_session(connection->easy, &connection->encrypted);
    if (session) tls_once(session);
    if (connection->encrypted) authority_scout_encrypted(&connection->connector->scout, connection, session);
}

static size_t line_said(char *bytes, size_t size, size_t count, void *context) {
    struct connection *connection = context;
    if (connection->talk) opening_talk_line(connection->talk, bytes, size * count);
    if (!connection->encrypted) encryption_began(connection);
    return size * count;
}

/* Bodies there are none of; without this libcurl would print to standard output. */
static size_t nothing_written(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

/* -- opening ------------------------------------------------------------------------------------------------------ */
/* libcurl's login options: the mechanisms it may choose from. */
static const char *mechanisms(const struct sender_relay *relay) {
    static const char *const WORDS[] = {[SMTP_AUTH_PLAIN] = "AUTH=PLAIN", [SMTP_AUTH_LOGIN] = "AUTH=LOGIN",
                                        [SMTP_AUTH_CRAM_MD5] = "AUTH=CRAM-MD5", [SMTP_AUTH_SCRAM_SHA_256] = "AUTH=SCRAM-SHA-256",
                                        [SMTP_AUTH_XOAUTH2] = "AUTH=XOAUTH2", [SMTP_AUTH_OAUTHBEARER] = "AUTH=OAUTHBEARER"};
    if (relay->auth != SMTP_AUTH_AUTO) return WORDS[relay->auth];
    if (relay->access_token) return "AUTH=OAUTHBEARER;AUTH=XOAUTH2";
    return knows_scram() ? "AUTH=SCRAM-SHA-256;AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN" : "AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN";
}

#define SET(option, value) (good = good && curl_easy_setopt(easy, option, value) == CURLE_OK)
static bool set_login(struct connection *connection) {
    const struct sender_relay *relay = connection->connector->relay;
    CURL *easy = connection->easy;
    bool good = true;
    if (!relay_may_log_in(relay, &connection->connector->place)) return !*relay->username;
    SET(CURLOPT_USERNAME, relay->username);
    SET(CURLOPT_LOGIN_OPTIONS, mechanisms(relay));
    if (!relay->access_token) SET(CURLOPT_PASSWORD, relay->password);
    else SET(CURLOPT_XOAUTH2_BEARER, access_token_text(relay->access_token));
    return good;
}

static bool set_tls(struct connection *connection) {
    static const long LEVELS[] = {[RELAY_TLS_NEVER] = CURLUSESSL_NONE, [RELAY_TLS_IF_OFFERED] = CURLUSESSL_TRY, [RELAY_TLS_ALWAYS] = CURLUSESSL_ALL};
    struct connector *connector = connection->connector;
    CURL *easy = connection->easy;
    bool good = true;
    SET(CURLOPT_USE_SSL, LEVELS[relay_tls_wanted(connector->relay, &connector->place)]);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L); /* of one connection, and nobody else could use it */
    if (connector->scout.list) {
        authorities_use(connector->scout.list, &connection->trusts);
        SET(CURLOPT_CAINFO, connection->trusts.path);
    }
    SET(CURLOPT_CAPATH, NULL);
    return good;
}

/* libcurl counts the whole opening as connecting, and looks at these times whenever it is called. */
static bool set_times(struct connection *connection, int64_t connect_ms, int64_t all_ms) {
    CURL *easy = connection->easy;
    bool good = true;
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)all_ms);
    return good;
}

static bool set_options(struct connection *connection) {
    const struct sender_relay *relay = connection->connector->relay;
    CURL *easy = connection->easy;
    bool good = true;
    SET(CURLOPT_URL, connection->connector->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)READ_BYTES);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((relay->greeting_timeout_ms + 999) / 1000)); /* of each reply; else 120 s */
    SET(CURLOPT_OPENSOCKETFUNCTION, socket_opened);
    SET(CURLOPT_OPENSOCKETDATA, connection);
    SET(CURLOPT_CLOSESOCKETFUNCTION, socket_closed);
    SET(CURLOPT_CLOSESOCKETDATA, connection);
    SET(CURLOPT_HEADERFUNCTION, line_said);
    SET(CURLOPT_HEADERDATA, connection);
    SET(CURLOPT_WRITEFUNCTION, nothing_written);
    SET(CURLOPT_ERRORBUFFER, connection->detail);
    SET(CURLOPT_PRIVATE, connection);
    return good && set_times(connection, relay->connect_timeout_ms, relay->connect_timeout_ms + relay->greeting_timeout_ms) &&
           set_tls(connection) && set_login(connection);
}
#undef SET

/* It is not being opened any more; no harm when it was not. */
static void forget_opening(struct connection *connection) {
    struct connector *connector = connection->connector;
    struct connection **at = &connector->opening;
    while (*at && *at != connection) at = &(*at)->next;
    if (*at) *at = connection->next;
    authority_scout_gone(&connector->scout, connection);
    authorities_release(&connection->trusts);
}

static void fail_with(struct connection *connection, const struct err *err) {
    connection->err = *err;
    connection->state = CONNECTION_FAILED;
    forget_opening(connection);
}

static void fail(struct connection *connection, enum connection_trouble trouble, const char *detail) {
    struct err err = {0};
    const struct trouble_facts facts = {.where = connection->connector->place.where, .section = connection->connector->relay->section, .reply = &connection->talk->reply, .detail = detail,
                                        .offered = connection->talk->offered};
    connection_trouble_say(trouble, &facts, &err);
    fail_with(connection, &err);
}

static bool has_token(struct connection *connection) {
    struct access_token *token = connection->connector->relay->access_token;
    struct err err = {0};
    if (!token) return true;
    enum access_token_state state = access_token_ask(token, &err);
    if (state == ACCESS_TOKEN_NONE) fail_with(connection, &err);
    if (state == ACCESS_TOKEN_READY) connection->token_generation = access_token_generation(token);
    return state == ACCESS_TOKEN_READY;
}

/* Begins when there is what it needs, else does nothing. */
static void begin(struct connection *connection) {
    int64_t now_ms = monotonic_ms();
    if (now_ms - connection->asked_ms >= connection->connector->relay->connect_timeout_ms)
        return fail(connection, TROUBLE_TIMEOUT, "les connexions avant elle, ou token_command, ont pris tout son temps");
    if (!authority_scout_lets(&connection->connector->scout, connection, now_ms) || !has_token(connection)) return;
    connection->begun_ms = now_ms;
    connection->multi = curl_multi_init();
    connection->easy = curl_easy_init();
    if (!connection->multi || !connection->easy || !set_options(connection) ||
        curl_multi_add_handle(connection->multi, connection->easy))
        fail(connection, TROUBLE_OTHER, "libcurl ne prend pas ses options");
}

static void drop_handles(struct connection *connection) {
    for (size_t i = 0; i < SOCKETS_MOST; i++)
        if (connection->sockets[i] >= 0) shutdown(connection->sockets[i], SHUT_RDWR);
    if (connection->multi && connection->easy) curl_multi_remove_handle(connection->multi, connection->easy);
    curl_easy_cleanup(connection->easy);
    curl_multi_cleanup(connection->multi);
    connection->easy = NULL;
    connection->multi = NULL;
}

/* As if nothing had been opened yet. */
static void begin_anew(struct connection *connection) {
    drop_handles(connection);
    authorities_release(&connection->trusts);
    connection->asked_ms = monotonic_ms();
    connection->encrypted = connection->reached = false;
    *connection->talk = (struct opening_talk){0};
    *connection->detail = '\0';
}

struct connection *connection_open(struct connector *connector) {
    struct connection *connection = mem_new(1, sizeof *connection);
    connection->connector = connector;
    connection->talk = mem_new(1, sizeof *connection->talk);
    connection->fd = -1;
    connection->trusts = (struct authorities_use)AUTHORITIES_UNUSED;
    connection->asked_ms = monotonic_ms();
    for (size_t i = 0; i < SOCKETS_MOST; i++) connection->sockets[i] = -1;
    connection->next = connector->opening;
    connector->opening = connection;
    begin(connection);
    return connection;
}

/* -- opened, or not ----------------------------------------------------------------------------------------------- */
static enum connection_trouble trouble_of(const struct connection *connection, CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return TROUBLE_RESOLVE;
    case CURLE_COULDNT_CONNECT: return TROUBLE_CONNECT;
    case CURLE_OPERATION_TIMEDOUT: return TROUBLE_TIMEOUT;
    case CURLE_USE_SSL_FAILED: return connection->talk->tls_misspelt ? TROUBLE_TLS_SPELLING : TROUBLE_NO_TLS;
    case CURLE_PEER_FAILED_VERIFICATION: return TROUBLE_CERTIFICATE;
    case CURLE_SSL_CACERT_BADFILE: return TROUBLE_AUTHORITIES;
    case CURLE_SSL_CONNECT_ERROR: return TROUBLE_TLS;
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR: return connection_trouble_at_login(connection->talk, connection->connector->relay->access_token != NULL);
    /* A greeting that is none refuses; a 220 that libcurl will not have had more behind it. */
    case CURLE_WEIRD_SERVER_REPLY: return connection->talk->reply.code == 220 ? TROUBLE_INJECTED : TROUBLE_REFUSED;
    case CURLE_REMOTE_ACCESS_DENIED: return TROUBLE_EHLO;
    case CURLE_SEND_ERROR: return TROUBLE_LOST;
    case CURLE_RECV_ERROR: return text_starts(connection->detail, "Too large") ? TROUBLE_OTHER : TROUBLE_LOST;
    default: return TROUBLE_OTHER;
    }
}

/* Another token, or the whole list of authorities, may yet open it. */
static bool may_begin_anew(struct connection *connection, CURLcode code) {
    struct connector *connector = connection->connector;
    struct access_token *token = connector->relay->access_token;
    if (code == CURLE_PEER_FAILED_VERIFICATION && connection->trusts.narrowed) {
        authorities_widen(connector->scout.list); /* with the whole list it is not narrowed: this happens once */
        return true;
    }
    bool refused = token && code == CURLE_LOGIN_DENIED && trouble_of(connection, code) == TROUBLE_TOKEN;
    if (!refused || connection->token_replaced) return false;
    return connection->token_replaced = access_token_refused(token, connection->token_generation);
}

static void certificate_detail(struct connection *connection, char *out, size_t size) {
    long status = 0;
    bool judged = !curl_easy_getinfo(connection->easy, CURLINFO_SSL_VERIFYRESULT, &status) && status > 0; /* else an error, or fine but for the name */
    const char *fault = judged ? certificate_fault((unsigned)status) : "";
    if (*fault) snprintf(out, size, "%s", fault);
    else snprintf(out, size, "il n'est pas au nom de ce serveur (%s)", connection->detail);
}

static void not_opened(struct connection *connection, CURLcode code) {
    char detail[CURL_ERROR_SIZE + 80];
    if (may_begin_anew(connection, code)) return begin_anew(connection);
    enum connection_trouble trouble = trouble_of(connection, code);
    snprintf(detail, sizeof detail, "%s", *connection->detail ? connection->detail : curl_easy_strerror(code));
    if (trouble == TROUBLE_CERTIFICATE) certificate_detail(connection, detail, sizeof detail);
    (connection_trouble_names_login(trouble) ? reply_without_secret : reply_hide_words)(&connection->talk->reply, login_secrets(connection->connector));
    fail(connection, trouble, detail);
}

static void opened(struct connection *connection) {
    const struct connector *connector = connection->connector;
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(connection->easy, CURLINFO_ACTIVESOCKET, &fd) || fd == CURL_SOCKET_BAD)
        return not_opened(connection, CURLE_RECV_ERROR);
    enum relay_tls wanted = relay_tls_wanted(connector->relay, &connector->place);
    if (!connection->encrypted && (wanted == RELAY_TLS_ALWAYS || (wanted == RELAY_TLS_IF_OFFERED && connection->talk->tls_misspelt)))
        return not_opened(connection, CURLE_USE_SSL_FAILED);
    if (*connector->relay->username && !connection->talk->logged_in) /* libcurl goes on without where AUTH is not offered */
        return not_opened(connection, CURLE_LOGIN_DENIED);
    if (!connection->encrypted) authority_scout_plain(&connection->connector->scout, connection);
    buffers_unsent_most(fd, UNSENT_BYTES);
    connection->fd = fd;
    connection->state = CONNECTION_OPEN;
    forget_opening(connection);
}

/* What one connection waits for: added to fds; *wait_ms shortened to when libcurl wants to be called. */
static size_t add_waits(const struct connection *connection, struct pollfd *fds, size_t count, int *wait_ms) {
    if (!connection->multi) { /* for a token, or for the scout */
        if (*wait_ms > NOTHING_TO_WATCH_MS) *wait_ms = NOTHING_TO_WATCH_MS;
        return count;
    }
    fd_set readable, writable, failed;
    int highest = -1;
    long timeout_ms = -1;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    curl_multi_fdset(connection->multi, &readable, &writable, &failed, &highest);
    curl_multi_timeout(connection->multi, &timeout_ms);
    if (highest < 0 && timeout_ms < 0) timeout_ms = NOTHING_TO_WATCH_MS; /* a name being resolved */
    if (timeout_ms >= 0 && timeout_ms < *wait_ms) *wait_ms = (int)timeout_ms;
    for (size_t i = 0; i < SOCKETS_MOST; i++) {
        int fd = connection->sockets[i];
        if (fd < 0 || fd >= FD_SETSIZE) continue;
        short events = (short)((FD_ISSET(fd, &readable) ? POLLIN : 0) | (FD_ISSET(fd, &writable) ? POLLOUT : 0));
        if (events && count < WAITS_MOST) fds[count++] = (struct pollfd){.fd = fd, .events = events};
    }
    return count;
}

/* From here on greeting_timeout holds. */
static void look_whether_reached(struct connection *connection) {
    const struct connector *connector = connection->connector;
    curl_off_t took_us = 0;
    CURLINFO when = connector->place.implicit_tls ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T;
    if (connection->reached || curl_easy_getinfo(connection->easy, when, &took_us) || took_us <= 0) return;
    int64_t all_ms = monotonic_ms() - connection->begun_ms + connector->relay->greeting_timeout_ms;
    connection->reached = set_times(connection, all_ms, all_ms);
}

static void go_on(struct connection *connection) {
    int running, left;
    if (!connection->multi) begin(connection);
    if (!connection->multi || connection->state == CONNECTION_FAILED) return;
    curl_multi_perform(connection->multi, &running);
    look_whether_reached(connection);
    for (CURLMsg *message; (message = curl_multi_info_read(connection->multi, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        if (message->data.result)
            not_opened(connection, message->data.result);
        else
            opened(connection);
        return;
    }
}

void connector_work(struct connector *connector, int also_fd, int wait_ms) {
    struct pollfd fds[WAITS_MOST];
    size_t count = 0;
    if (also_fd >= 0) fds[count++] = (struct pollfd){.fd = also_fd, .events = POLLIN};
    if (!connector->opening) wait_ms = 0;
    for (const struct connection *at = connector->opening; at; at = at->next) {
        count = add_waits(at, fds, count, &wait_ms);
        if (count == WAITS_MOST && wait_ms > NOTHING_TO_WATCH_MS) wait_ms = NOTHING_TO_WATCH_MS;
    }
    poll(fds, count, wait_ms); /* interrupted or not, there may be something to do */
    for (struct connection *at = connector->opening, *next; at; at = next) {
        next = at->next;
        go_on(at);
    }
}

void connection_settle(struct connection *connection) {
    free(connection->talk);
    connection->talk = NULL;
}

void connection_close(struct connection *connection) {
    if (!connection) return;
    forget_opening(connection);
    drop_handles(connection);
    connection_settle(connection);
    free(connection);
}

enum connection_state connection_state(const struct connection *connection) { return connection->state; }
const struct err *connection_err(const struct connection *connection) { return &connection->err; }
const struct smtp_reply *connection_reply(const struct connection *connection) { return &connection->talk->reply; }
const char *connection_offers(const struct connection *connection, size_t *length) {
    *length = connection->talk->ehlo_length;
    return connection->talk->ehlo;
}
int connection_fd(const struct connection *connection) { return connection->fd; }
bool connection_encrypted(const struct connection *connection) { return connection->encrypted; }

/* -- the line ----------------------------------------------------------------------------------------------------- */
static ssize_t moved(CURLcode code, size_t length) {
    if (code == CURLE_AGAIN) return CONNECTION_AGAIN;
    return code ? CONNECTION_LOST : (ssize_t)length;
}

static ssize_t moved_plain(ssize_t length) {
    if (length >= 0) return length;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? CONNECTION_AGAIN : CONNECTION_LOST;
}

/* Without TLS libcurl would only pass the bytes on, at a thousand instructions a call. */
ssize_t connection_send(struct connection *connection, const void *bytes, size_t length) {
    size_t sent = 0;
    if (!connection->encrypted)
        return moved_plain(send(connection->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT));
    CURLcode code = curl_easy_send(connection->easy, bytes, length, &sent);
    return moved(code, sent);
}

size_t connection_room(const struct connection *connection) { return buffers_peer_room(connection->fd); }

size_t connection_unsent(struct connection *connection) {
    size_t unsent = buffers_unsent(connection->fd);
    if (connection->awaited != !!unsent) buffers_unsent_most(connection->fd, unsent ? 1 : UNSENT_BYTES);
    connection->awaited = unsent;
    return unsent;
}

void connection_acknowledge(struct connection *connection) {
    int yes = 1; /* for this once: the system goes back to its ways by itself */
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes); /* refused: it is acknowledged later */
}

ssize_t connection_recv(struct connection *connection, void *bytes, size_t room) {
    size_t got = 0;
    if (!connection->encrypted) return moved_plain(recv(connection->fd, bytes, room, MSG_DONTWAIT));
    CURLcode code = curl_easy_recv(connection->easy, bytes, room, &got);
    return moved(code, got);
}
