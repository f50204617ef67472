/* libcurl opens (CURLOPT_CONNECT_ONLY), we speak. The one file that includes libcurl; facts in docs and
 * LIBRARIES.
 *
 * Learnt the hard way, for 7.88.1: an easy handle must stay in its multi for as long as its connection is
 * used; and each connection needs a multi of its own, because opening one makes libcurl clear the multi's connection
 * cache of what has been idle for 118 s or is readable, and to libcurl a line we speak over is idle; without CURLOPT_NOSIGNAL each send costs two sigaction calls; curl_easy_cleanup says QUIT and waits
 * for the answer unless the socket is shut down first; a proxy in the environment would carry our mail;
 * without CURLOPT_QUICK_EXIT closing waits for a name being resolved; CURLOPT_CAPATH must be NULL or every
 * handle parses the system's folder too. */
#include "mailer/send/connection.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

enum { SOCKETS_MOST = 8, URL_TEXT = 700, HOST_TEXT = 300, GREETING_BYTES = 4096, WAITS_MOST = 512, NOTHING_TO_WATCH_MS = 20 };

struct connector {
    const struct sender_relay *relay;
    char url[URL_TEXT];        /* with the EHLO name as its path, where libcurl takes it from */
    char where[HOST_TEXT + 8]; /* host:port, for people */
    bool implicit_tls, loopback;
    struct connection *opening; /* the first of those being opened */
};

struct connection {
    struct connector *connector;
    struct connection *next; /* of those being opened */
    CURLM *multi;
    CURL *easy;
    enum connection_state state;
    int sockets[SOCKETS_MOST]; /* open ones; -1 = none: more than one while IPv6 and IPv4 race */
    int fd;
    bool encrypted, logged_in;
    char said[GREETING_BYTES]; /* the reply being read while opening */
    size_t said_length;
    struct smtp_reply reply;
    char detail[CURL_ERROR_SIZE];
    struct err err;
};

/* -- the relay's options
 * ------------------------------------------------------------------------------------- */
static bool loopback_host(const char *host) {
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

static bool has_part(CURLU *url, CURLUPart part) {
    char *text = NULL;
    bool there = !curl_url_get(url, part, &text, 0) && text && *text && strcmp(text, "/");
    curl_free(text);
    return there;
}

/* Writes connector->url, where and what the host is. */
static bool take_parts(struct connector *connector, CURLU *url, struct err *err) {
    const struct sender_relay *relay = connector->relay;
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool good = !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) &&
                !curl_url_get(url, CURLUPART_HOST, &host, 0) &&
                !curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) &&
                (!strcmp(scheme, "smtp") || !strcmp(scheme, "smtps")) && strlen(host) < HOST_TEXT;
    if (!good || has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD) ||
        has_part(url, CURLUPART_PATH) || has_part(url, CURLUPART_QUERY) ||
        has_part(url, CURLUPART_FRAGMENT)) {
        err_set(err, ERR_INPUT, "SMTP_URL",
                "[smtp] url = %s : il faut smtp://serveur:port ou smtps://serveur:port, sans rien d'autre "
                "(l'identifiant se met dans username, le mot de passe dans password_file)",
                relay->url);
        good = false;
    }
    if (good) {
        connector->implicit_tls = !strcmp(scheme, "smtps");
        bool literal = *host == '[';
        char bare[HOST_TEXT];
        snprintf(bare, sizeof bare, "%.*s", (int)strlen(host) - 2 * literal, host + literal);
        connector->loopback = loopback_host(bare);
        snprintf(connector->where, sizeof connector->where, "%s:%s", host, port);
        snprintf(connector->url, sizeof connector->url, "%s://%s:%s/%s", scheme, host, port,
                 relay->ehlo_name);
    }
    curl_free(scheme), curl_free(host), curl_free(port);
    return good;
}

static bool judge(struct connector *connector, struct err *err) {
    const struct sender_relay *relay = connector->relay;
    if (!ehlo_name_fits(relay->ehlo_name))
        return err_set(
            err, ERR_INPUT, "SMTP_EHLO",
            "[smtp] ehlo = « %s » n'est pas un nom de machine ; donnez par exemple courrier.exemple.fr",
            relay->ehlo_name);
    CURLU *url = curl_url();
    bool good =
        url && !curl_url_set(url, CURLUPART_URL, relay->url, 0)
            ? take_parts(connector, url, err)
            : err_set(err, ERR_INPUT, "SMTP_URL",
                      "[smtp] url = %s n'est pas une adresse de serveur ; écrivez smtp://serveur:port",
                      relay->url);
    curl_url_cleanup(url);
    if (!good) return false;
    if (!connector->implicit_tls && !strcmp(relay->starttls, "off") && !connector->loopback)
        return err_set(err, ERR_INPUT, "SMTP_CLEAR",
                       "[smtp] starttls = off n'est permis que vers cette machine (127.0.0.1), pas vers %s ; "
                       "mettez required",
                       connector->where);
    if (*relay->ca_file && access(relay->ca_file, R_OK))
        return err_errno(err, ERR_INPUT, "SMTP_CA_FILE", "[smtp] ca_file = %s ne peut être lu",
                         relay->ca_file);
    return true;
}

struct connector *connector_open(const struct sender_relay *relay, struct err *err) {
    struct connector *connector = mem_new(1, sizeof *connector);
    connector->relay = relay;
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        err_set(err, ERR_FATAL, "SMTP_LIBRARY", "libcurl ne démarre pas");
        return connector_close(connector), NULL;
    }
    if (!judge(connector, err)) return connector_close(connector), NULL;
    return connector;
}

void connector_close(struct connector *connector) {
    free(connector);
}

/* -- what libcurl tells while it opens
 * ------------------------------------------------------------------------ */
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

static bool over_tls(CURL *easy) {
    struct curl_tlssessioninfo *session = NULL;
    return !curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) && session && session->internals;
}

/* Every line the server says while libcurl greets it, logs in and so on. TLS can only be asked about here:
 * once the connection is ours, libcurl has taken it off the handle. */
static size_t line_said(char *bytes, size_t size, size_t count, void *context) {
    struct connection *connection = context;
    size_t length = size * count, used;
    if (connection->said_length + length >= sizeof connection->said) connection->said_length = 0;
    if (length < sizeof connection->said) {
        memcpy(connection->said + connection->said_length, bytes, length);
        connection->said_length += length;
        enum smtp_reply_status status =
            smtp_reply_parse(connection->said, connection->said_length, &connection->reply, &used);
        if (status != SMTP_REPLY_MORE) connection->said_length = 0;
        if (status == SMTP_REPLY_DONE && connection->reply.code == 235) connection->logged_in = true;
    }
    if (!connection->encrypted) connection->encrypted = over_tls(connection->easy);
    return length;
}

/* Bodies there are none of; without this libcurl would print to standard output. */
static size_t nothing_written(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

/* -- opening
 * -------------------------------------------------------------------------------------------------- */
static long tls_level(const struct connector *connector) {
    const struct sender_relay *relay = connector->relay;
    if (connector->implicit_tls || !strcmp(relay->starttls, "required")) return CURLUSESSL_ALL;
    if (!strcmp(relay->starttls, "off")) return CURLUSESSL_NONE;
    /* "opportunistic" is enough for mail, never for a password: a man in the middle strips STARTTLS at will.
     */
    return *relay->username && !connector->loopback ? CURLUSESSL_ALL : CURLUSESSL_TRY;
}

#define SET(option, value) (good = good && curl_easy_setopt(easy, option, value) == CURLE_OK)
static bool set_options(struct connection *connection) {
    const struct connector *connector = connection->connector;
    const struct sender_relay *relay = connector->relay;
    CURL *easy = connection->easy;
    bool good = true;
    SET(CURLOPT_URL, connector->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)(relay->connect_timeout_ms + relay->greeting_timeout_ms));
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((relay->greeting_timeout_ms + 999) / 1000)); /* of each reply; else 120 s */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)relay->connect_timeout_ms);
    SET(CURLOPT_USE_SSL, tls_level(connector));
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (*relay->ca_file) SET(CURLOPT_CAINFO, relay->ca_file);
    SET(CURLOPT_CAPATH, NULL);
    if (*relay->username) {
        SET(CURLOPT_USERNAME, relay->username);
        SET(CURLOPT_PASSWORD, relay->password);
    }
    SET(CURLOPT_OPENSOCKETFUNCTION, socket_opened);
    SET(CURLOPT_OPENSOCKETDATA, connection);
    SET(CURLOPT_CLOSESOCKETFUNCTION, socket_closed);
    SET(CURLOPT_CLOSESOCKETDATA, connection);
    SET(CURLOPT_HEADERFUNCTION, line_said);
    SET(CURLOPT_HEADERDATA, connection);
    SET(CURLOPT_WRITEFUNCTION, nothing_written);
    SET(CURLOPT_ERRORBUFFER, connection->detail);
    SET(CURLOPT_PRIVATE, connection);
    return good;
}
#undef SET

static void fail(struct connection *connection, CURLcode code);

/* It is not being opened any more; no harm when it was not. */
static void forget_opening(struct connection *connection) {
    struct connection **at = &connection->connector->opening;
    while (*at && *at != connection) at = &(*at)->next;
    if (*at) *at = connection->next;
}

struct connection *connection_open(struct connector *connector) {
    struct connection *connection = mem_new(1, sizeof *connection);
    connection->connector = connector;
    connection->fd = -1;
    for (size_t i = 0; i < SOCKETS_MOST; i++) connection->sockets[i] = -1;
    connection->next = connector->opening;
    connector->opening = connection;
    connection->multi = curl_multi_init();
    connection->easy = curl_easy_init();
    if (!connection->multi || !connection->easy || !set_options(connection))
        fail(connection, CURLE_FAILED_INIT);
    else if (curl_multi_add_handle(connection->multi, connection->easy))
        fail(connection, CURLE_FAILED_INIT);
    return connection;
}

/* -- why it did not open
 * ---------------------------------------------------------------------------------------- */
/* The server's words, quoted, "" when it has said nothing. */
static const char *quoted(const struct connection *connection, char out[SMTP_REPLY_TEXT + 64]) {
    const struct smtp_reply *reply = &connection->reply;
    *out = '\0';
    if (reply->code)
        snprintf(out, SMTP_REPLY_TEXT + 64, " (« %d %s%s%s »)", reply->code, reply->enhanced,
                 *reply->enhanced ? " " : "", reply->text);
    return out;
}

/* %W host:port, %Q the server's words, %D libcurl's. */
static const struct trouble {
    CURLcode curl;
    const char *code, *text;
} TROUBLES[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "SMTP_RESOLVE",
     "le nom du serveur %W est introuvable ; vérifiez [smtp] url et que cette machine résout les noms"},
    {CURLE_COULDNT_CONNECT, "SMTP_CONNECT",
     "%W ne prend pas la connexion (%D) ; vérifiez [smtp] url, que le serveur tourne et que le pare-feu "
     "laisse passer"},
    {CURLE_OPERATION_TIMEDOUT, "SMTP_TIMEOUT",
     "%W n'a pas ouvert la connexion à temps (%D) ; vérifiez l'adresse, le port (smtps:// pour 465) et "
     "[smtp] connect_timeout"},
    {CURLE_USE_SSL_FAILED, "SMTP_NO_TLS",
     "%W n'offre pas STARTTLS ; rien n'a été envoyé ; utilisez smtps:// ou un serveur qui chiffre, ou "
     "vérifiez que personne ne "
     "s'interpose"},
    {CURLE_PEER_FAILED_VERIFICATION, "SMTP_CERTIFICATE",
     "le certificat de %W n'est pas digne de confiance (%D) ; rien n'a été envoyé ; vérifiez le nom dans "
     "[smtp] url, la date de la "
     "machine, ou donnez l'autorité dans [smtp] ca_file"},
    {CURLE_SSL_CACERT_BADFILE, "SMTP_CA_FILE",
     "les autorités de certification ne peuvent être lues (%D) ; vérifiez [smtp] ca_file"},
    {CURLE_SSL_CONNECT_ERROR, "SMTP_TLS",
     "la liaison chiffrée avec %W échoue (%D) ; vérifiez le port : smtps:// pour 465, smtp:// pour 587"},
    {CURLE_LOGIN_DENIED, "SMTP_LOGIN",
     "%W refuse l'identifiant ou le mot de passe%Q ; vérifiez [smtp] username et password_file"},
    {CURLE_AUTH_ERROR, "SMTP_LOGIN",
     "l'authentification auprès de %W échoue%Q (%D) ; vérifiez [smtp] username et password_file"},
    {CURLE_WEIRD_SERVER_REPLY, "SMTP_REFUSED",
     "%W refuse la connexion%Q ; vérifiez auprès de son administrateur que cette machine est admise"},
    {CURLE_REMOTE_ACCESS_DENIED, "SMTP_REFUSED",
     "%W refuse notre nom%Q ; vérifiez [smtp] ehlo, et auprès de son administrateur que cette machine est "
     "admise"},
    {CURLE_SEND_ERROR, "SMTP_LOST",
     "%W a coupé la liaison pendant l'ouverture%Q ; vérifiez [smtp] url, ou réessayez plus tard"},
    {CURLE_RECV_ERROR, "SMTP_LOST",
     "%W a coupé la liaison pendant l'ouverture%Q ; vérifiez [smtp] url, ou réessayez plus tard"},
    {CURLE_OK, "SMTP_OPEN",
     "la connexion à %W ne s'ouvre pas (%D)%Q ; vérifiez la section [smtp]"}, /* any other */
};

static void fail(struct connection *connection, CURLcode code) {
    const struct trouble *trouble = TROUBLES;
    while (trouble->curl != CURLE_OK && trouble->curl != code) trouble++;
    char words[SMTP_REPLY_TEXT + 64];
    AUTO_BUF text = BUF_INIT(sizeof connection->err.text);
    for (const char *at = trouble->text; *at; at++) {
        bool percent = *at == '%';
        if (!percent)
            buf_add_char(&text, *at);
        else if (*++at == 'W')
            buf_add_text(&text, connection->connector->where);
        else if (*at == 'Q')
            buf_add_text(&text, quoted(connection, words));
        else
            buf_add_text(&text, *connection->detail ? connection->detail : curl_easy_strerror(code));
    }
    err_set(&connection->err, ERR_INPUT, trouble->code, "%s", buf_text(&text));
    connection->state = CONNECTION_FAILED;
    forget_opening(connection);
}

static void opened(struct connection *connection) {
    const struct connector *connector = connection->connector;
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(connection->easy, CURLINFO_ACTIVESOCKET, &fd) || fd == CURL_SOCKET_BAD)
        return fail(connection, CURLE_RECV_ERROR);
    if (*connector->relay->username &&
        !connection->logged_in) { /* libcurl goes on without where AUTH is not offered */
        snprintf(connection->detail, sizeof connection->detail,
                 "le serveur n'offre pas d'authentification commune");
        connection->reply = (struct smtp_reply){0};
        return fail(connection, CURLE_AUTH_ERROR);
    }
    if (tls_level(connector) == CURLUSESSL_ALL && !connection->encrypted)
        return fail(connection, CURLE_USE_SSL_FAILED);
    connection->fd = fd;
    connection->state = CONNECTION_OPEN;
    forget_opening(connection);
}

/* What one connection waits for: added to fds; *wait_ms shortened to when libcurl wants to be called. */
static size_t add_waits(const struct connection *connection, struct pollfd *fds, size_t count, int *wait_ms) {
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

static void go_on(struct connection *connection) {
    int running, left;
    curl_multi_perform(connection->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(connection->multi, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        if (message->data.result)
            fail(connection, message->data.result);
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

void connection_close(struct connection *connection) {
    if (!connection) return;
    forget_opening(connection);
    for (size_t i = 0; i < SOCKETS_MOST; i++)
        if (connection->sockets[i] >= 0) shutdown(connection->sockets[i], SHUT_RDWR);
    if (connection->multi && connection->easy) curl_multi_remove_handle(connection->multi, connection->easy);
    curl_easy_cleanup(connection->easy);
    curl_multi_cleanup(connection->multi);
    free(connection);
}

enum connection_state connection_state(const struct connection *connection) {
    return connection->state;
}
const struct err *connection_err(const struct connection *connection) {
    return &connection->err;
}
const struct smtp_reply *connection_reply(const struct connection *connection) {
    return &connection->reply;
}
int connection_fd(const struct connection *connection) {
    return connection->fd;
}
bool connection_encrypted(const struct connection *connection) {
    return connection->encrypted;
}

/* -- the line
 * --------------------------------------------------------------------------------------------------- */
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

ssize_t connection_recv(struct connection *connection, void *bytes, size_t room) {
    size_t got = 0;
    if (!connection->encrypted) return moved_plain(recv(connection->fd, bytes, room, MSG_DONTWAIT));
    CURLcode code = curl_easy_recv(connection->easy, bytes, room, &got);
    return moved(code, got);
}
