/* A socket that never blocks, waited for with poll; GnuTLS reads and writes it through its own functions. */
#include "base/net_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/authorities.h"
#include "base/clock.h"
#include "base/process.h"

/* SLICE_MS: a signal that comes just before poll is seen after so long. ALIVE_S: a peer that is gone without a word (a gateway that
 * forgot us) is noticed within some three times that, also while nothing is to be said. */
enum { SLICE_MS = 250, ALIVE_S = 60, ALIVE_TRIES = 3 };
static const char PRIORITY[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct net_stream {
    char *host, *where; /* where: host:port, for people */
    int fd;
    int64_t until_ms; /* monotonic */
    gnutls_session_t tls; /* NULL = in clear */
    gnutls_certificate_credentials_t credentials;
    struct err err;
};

/* -- waiting ------------------------------------------------------------------------------------------------------- */
static bool wait_for(struct net_stream *stream, int fd, short events) {
    for (;;) {
        int64_t left_ms = stream->until_ms - monotonic_ms();
        if (stop_requested()) return err_set(&stream->err, ERR_RETRY, "STOPPED", "%s : arrêt demandé", stream->where);
        if (left_ms <= 0)
            return err_set(&stream->err, ERR_RETRY, "NET_TIMEOUT", "%s ne répond pas dans le délai ; vérifiez le serveur et le réseau", stream->where);
        struct pollfd one = {.fd = fd, .events = events};
        int got = poll(&one, 1, (int)min_i64(left_ms, SLICE_MS));
        if (got > 0) return true;
        if (got < 0 && errno != EINTR) return err_errno(&stream->err, ERR_RETRY, "NET", "%s : attente impossible", stream->where);
    }
}

/* -- opening --------------------------------------------------------------------------------------------------------- */
static void keep_alive(int fd) {
    int yes = 1, alive_s = ALIVE_S, tries = ALIVE_TRIES; /* where an option is not to be had, things go on without it */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &alive_s, sizeof alive_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &alive_s, sizeof alive_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static bool connect_one(struct net_stream *stream, const struct addrinfo *address) {
    int failed = 0;
    socklen_t size = sizeof failed;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
    if (fd < 0) return err_errno(&stream->err, ERR_RETRY, "NET", "%s ne peut être joint", stream->where);
    bool under_way = !connect(fd, address->ai_addr, address->ai_addrlen) || errno == EINPROGRESS;
    if (!under_way) failed = errno;
    bool good = under_way && wait_for(stream, fd, POLLOUT) && !getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) && !failed;
    if (failed) {
        errno = failed;
        err_errno(&stream->err, ERR_RETRY, "NET", "%s ne peut être joint ; vérifiez l'adresse, le port et le réseau", stream->where);
    }
    if (!good) return close(fd), false;
    keep_alive(fd);
    stream->fd = fd;
    return true;
}

static bool connect_any(struct net_stream *stream, const char *port) {
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *all = NULL;
    int64_t until_ms = stream->until_ms;
    int failed = getaddrinfo(stream->host, port, &wanted, &all);
    if (failed)
        return err_set(&stream->err, ERR_RETRY, "NET", "%s : ce nom n'est pas trouvé (%s) ; vérifiez l'adresse du serveur et le DNS", stream->where, gai_strerror(failed));
    bool good = false;
    size_t left = 0;
    for (const struct addrinfo *one = all; one; one = one->ai_next) left++;
    for (const struct addrinfo *one = all; one && !good && !stop_requested(); one = one->ai_next, left--) { /* a silent address leaves time for the others */
        stream->until_ms = monotonic_ms() + max_i64(0, until_ms - monotonic_ms()) / (int64_t)left;
        good = connect_one(stream, one);
    }
    stream->until_ms = until_ms;
    freeaddrinfo(all);
    return good;
}

struct net_stream *net_stream_open(const char *host, const char *port, int64_t wait_ms, struct err *err) {
    struct net_stream *stream = mem_new(1, sizeof *stream);
    char where[320];
    snprintf(where, sizeof where, "%.300s:%.10s", host, port);
    *stream = (struct net_stream){.host = text_dup(host), .where = text_dup(where), .fd = -1};
    net_stream_within(stream, wait_ms);
    if (connect_any(stream, port)) return stream;
    *err = stream->err;
    net_stream_close(stream);
    return NULL;
}

void net_stream_close(struct net_stream *stream) {
    if (!stream) return;
    if (stream->tls) gnutls_bye(stream->tls, GNUTLS_SHUT_WR), gnutls_deinit(stream->tls); /* the socket never blocks: nor does the good-bye */
    if (stream->credentials) gnutls_certificate_free_credentials(stream->credentials);
    if (stream->fd >= 0) close(stream->fd);
    free(stream->host);
    free(stream->where);
    free(stream);
}

void net_stream_within(struct net_stream *stream, int64_t wait_ms) { stream->until_ms = monotonic_ms() + wait_ms; }
bool net_stream_encrypted(const struct net_stream *stream) { return stream->tls != NULL; }
const struct err *net_stream_err(const struct net_stream *stream) { return &stream->err; }
int net_stream_fd(const struct net_stream *stream) { return stream->fd; }
bool net_stream_pending(const struct net_stream *stream) { return stream->tls && gnutls_record_check_pending(stream->tls) > 0; }

/* -- TLS ---------------------------------------------------------------------------------------------------------------- */
static bool is_address(const char *host) {
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool tls_failed(struct net_stream *stream, int code) {
    return err_set(&stream->err, ERR_RETRY, "TLS", "%s : la liaison chiffrée échoue (%s) ; vérifiez le port et imaps:// ou imap://", stream->where, gnutls_strerror(code));
}

/* What is wrong with it, and the remedy. */
static bool certificate_refused(struct net_stream *stream, const char *ca_list) {
    unsigned status = gnutls_session_get_verify_cert_status(stream->tls);
    const char *fault = certificate_fault(status);
    if (!*fault && (status & GNUTLS_CERT_UNEXPECTED_OWNER))
        return err_set(&stream->err, ERR_INPUT, "CERTIFICATE", "le certificat de %s est celui d'un autre nom ; écrivez le nom qu'il porte, ou faites-le refaire", stream->where);
    return err_set(&stream->err, ERR_INPUT, "CERTIFICATE", "le certificat de %s n'est pas digne de confiance : %s ; si votre serveur a sa propre autorité, "
                   "donnez-la par ca_file (lu : %s)", stream->where, *fault ? fault : "il est refusé", ca_list);
}

static bool prepare(struct net_stream *stream, const char *ca_list) {
    int got = gnutls_certificate_allocate_credentials(&stream->credentials);
    if (got >= 0) got = gnutls_certificate_set_x509_trust_file(stream->credentials, ca_list, GNUTLS_X509_FMT_PEM);
    if (got == 0 || got == GNUTLS_E_FILE_ERROR || got == GNUTLS_E_BASE64_DECODING_ERROR || got == GNUTLS_E_NO_CERTIFICATE_FOUND)
        return err_set(&stream->err, ERR_INPUT, "AUTHORITIES", "« %s » ne contient aucune autorité de certification (fichier PEM attendu)", ca_list);
    if (got >= 0) got = gnutls_init(&stream->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (got >= 0) got = gnutls_priority_set_direct(stream->tls, PRIORITY, NULL);
    if (got >= 0) got = gnutls_credentials_set(stream->tls, GNUTLS_CRD_CERTIFICATE, stream->credentials);
    if (got >= 0 && !is_address(stream->host)) got = gnutls_server_name_set(stream->tls, GNUTLS_NAME_DNS, stream->host, strlen(stream->host));
    return got >= 0 || tls_failed(stream, got);
}

/* The verification is part of the handshake: where it fails, so does that. data must outlive it. */
static bool shake_hands(struct net_stream *stream, gnutls_typed_vdata_st data[2], const char *ca_list) {
    int got;
    gnutls_session_set_verify_cert2(stream->tls, data, 2, 0);
    gnutls_transport_set_int(stream->tls, stream->fd);
    while ((got = gnutls_handshake(stream->tls)) < 0 && !gnutls_error_is_fatal(got))
        if ((got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED) && !wait_for(stream, stream->fd, gnutls_record_get_direction(stream->tls) ? POLLOUT : POLLIN))
            return false;
    if (got == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) return certificate_refused(stream, ca_list);
    return got >= 0 || tls_failed(stream, got);
}

bool net_stream_encrypt(struct net_stream *stream, const char *ca_list, struct err *err) {
    char purpose[] = GNUTLS_KP_TLS_WWW_SERVER;
    gnutls_typed_vdata_st data[2] = {{.type = GNUTLS_DT_DNS_HOSTNAME, .data = (unsigned char *)stream->host},
                                     {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)purpose}};
    bool good = prepare(stream, ca_list) && shake_hands(stream, data, ca_list);
    if (good) gnutls_session_set_verify_cert2(stream->tls, NULL, 0, 0); /* data ends here; TLS 1.3 has no second handshake, and 1.2's is not answered */
    else *err = stream->err;
    return good;
}

/* -- bytes -------------------------------------------------------------------------------------------------------------- */
static ssize_t read_tls(struct net_stream *stream, void *bytes, size_t room) {
    for (;;) {
        ssize_t got = gnutls_record_recv(stream->tls, bytes, room);
        if (got >= 0) return got;
        if (got == GNUTLS_E_PREMATURE_TERMINATION) return 0;
        if (gnutls_error_is_fatal((int)got) || got == GNUTLS_E_REHANDSHAKE) return tls_failed(stream, (int)got), -1;
        if (!wait_for(stream, stream->fd, POLLIN)) return -1;
    }
}

static ssize_t read_clear(struct net_stream *stream, void *bytes, size_t room) {
    for (;;) {
        ssize_t got = recv(stream->fd, bytes, room, 0);
        if (got >= 0) return got;
        if (errno != EAGAIN && errno != EINTR) return err_errno(&stream->err, ERR_RETRY, "NET", "%s : la liaison est perdue", stream->where), -1;
        if (!wait_for(stream, stream->fd, POLLIN)) return -1;
    }
}

ssize_t net_stream_read(struct net_stream *stream, void *bytes, size_t room) {
    return stream->tls ? read_tls(stream, bytes, room) : read_clear(stream, bytes, room);
}

/* Bytes taken; 0 = none now, the socket is to be waited for; -1. */
static ssize_t write_some(struct net_stream *stream, const char *bytes, size_t length) {
    if (!stream->tls) {
        ssize_t sent = send(stream->fd, bytes, length, MSG_NOSIGNAL);
        if (sent >= 0 || errno == EAGAIN || errno == EINTR) return max_i64(sent, 0);
        return err_errno(&stream->err, ERR_RETRY, "NET", "%s : la liaison est perdue", stream->where), -1;
    }
    ssize_t sent = gnutls_record_send(stream->tls, bytes, length);
    if (sent >= 0 || sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED) return max_i64(sent, 0);
    return tls_failed(stream, (int)sent), -1;
}

ssize_t net_stream_write(struct net_stream *stream, const void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t sent = write_some(stream, (const char *)bytes + done, length - done);
        if (sent < 0 || (!sent && !wait_for(stream, stream->fd, POLLOUT))) return -1;
        done += (size_t)sent;
    }
    return (ssize_t)length;
}
