/* The list is gone through one certificate at a time, so that a long one costs no memory; the short one lies in a memory
 * file, which libraries open by its name under /proc. */
#include "base/authorities.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum { SHORT_BYTES = 32768, LIST_BYTES = 16 << 20, CHAIN_MOST = 16, NAMES_MOST = 64, FD_PATH = 40 };

static const char *const SYSTEM[] = {"/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch, Alpine */
                                     "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, Red Hat */
                                     "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
static const char BEGIN[] = "-----BEGIN CERTIFICATE-----", END[] = "-----END CERTIFICATE-----";

/* Distinguished names as they are encoded (DER). A chain names an authority as an issuer, or contains it. */
struct names {
    gnutls_datum_t all[NAMES_MOST];
    size_t count;
};

struct authorities {
    char *path;
    struct stat facts;  /* of the list, when it was opened or narrowed */
    struct names needed; /* by every chain seen: one name may stand for several servers */
    int narrowed;       /* a memory file; -1 = none */
};

static const char *system_list(void) {
    const char *named = getenv("SSL_CERT_FILE");
    if (named && *named) return named;
    for (size_t i = 0; i < COUNT(SYSTEM); i++)
        if (!access(SYSTEM[i], R_OK)) return SYSTEM[i];
    return NULL;
}

struct authorities *authorities_open(const char *path, struct err *err) {
    struct stat facts;
    const char *list = *path ? path : system_list();
    if (!list) {
        err_set(err, ERR_INPUT, "AUTHORITIES", "cette machine n'a pas de liste d'autorités de certification ; installez le paquet ca-certificates");
        return NULL;
    }
    if (access(list, R_OK) || stat(list, &facts)) {
        err_errno(err, ERR_INPUT, "AUTHORITIES", "les autorités de certification « %s » ne peuvent être lues", list);
        return NULL;
    }
    struct authorities *authorities = mem_new(1, sizeof *authorities);
    *authorities = (struct authorities){.path = text_dup(list), .facts = facts, .narrowed = -1};
    return authorities;
}

static void names_release(struct names *names) {
    for (size_t i = 0; i < names->count; i++) gnutls_free(names->all[i].data);
    names->count = 0;
}

void authorities_close(struct authorities *authorities) {
    if (!authorities) return;
    authorities_widen(authorities);
    names_release(&authorities->needed);
    free(authorities->path);
    free(authorities);
}

void authorities_widen(struct authorities *authorities) {
    if (authorities->narrowed >= 0) close(authorities->narrowed);
    authorities->narrowed = -1;
}

static bool changed(const struct authorities *authorities) {
    struct stat now;
    const struct stat *then = &authorities->facts;
    return stat(authorities->path, &now) || now.st_ino != then->st_ino || now.st_dev != then->st_dev || now.st_size != then->st_size ||
           now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

static void path_of(int fd, char out[FD_PATH]) { snprintf(out, FD_PATH, "/proc/self/fd/%d", fd); }

bool authorities_short(struct authorities *authorities) {
    if (authorities->narrowed >= 0 && changed(authorities)) authorities_widen(authorities);
    return authorities->narrowed >= 0 || authorities->facts.st_size <= SHORT_BYTES;
}

void authorities_use(struct authorities *authorities, struct authorities_use *out) {
    *out = (struct authorities_use){.path = authorities->path, .fd = -1};
    authorities_short(authorities);
    if (authorities->narrowed >= 0) out->fd = fcntl(authorities->narrowed, F_DUPFD_CLOEXEC, 0);
    if (out->fd < 0) return;
    path_of(out->fd, out->fd_path);
    out->path = out->fd_path;
    out->narrowed = true;
}

void authorities_release(struct authorities_use *use) {
    if (use->fd >= 0) close(use->fd);
    use->fd = -1;
    use->path = NULL;
}

/* -- narrowing -------------------------------------------------------------------------------------------------- */
static bool names_have(const struct names *names, const gnutls_datum_t *name) {
    for (size_t i = 0; i < names->count; i++)
        if (names->all[i].size == name->size && !memcmp(names->all[i].data, name->data, name->size)) return true;
    return false;
}

/* Takes name over. */
static bool names_add(struct names *names, gnutls_datum_t name) {
    bool known = names_have(names, &name), room = names->count < NAMES_MOST;
    if (known || !room) gnutls_free(name.data);
    else names->all[names->count++] = name;
    return known || room;
}

static bool add_names(struct names *names, const gnutls_datum_t *certificate) {
    gnutls_x509_crt_t parsed;
    gnutls_datum_t issuer, subject;
    if (gnutls_x509_crt_init(&parsed) < 0) return false;
    bool good = gnutls_x509_crt_import(parsed, certificate, GNUTLS_X509_FMT_DER) >= 0 &&
                gnutls_x509_crt_get_raw_issuer_dn(parsed, &issuer) >= 0 && names_add(names, issuer) &&
                gnutls_x509_crt_get_raw_dn(parsed, &subject) >= 0 && names_add(names, subject);
    gnutls_x509_crt_deinit(parsed);
    return good;
}

static bool names_of_chain(struct names *names, gnutls_session_t session) {
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (!chain || !count || count > CHAIN_MOST) return false;
    for (unsigned i = 0; i < count; i++)
        if (!add_names(names, &chain[i])) return false;
    return true;
}

/* Is the certificate in pem one of them? What cannot be read is none: the library passes it over too. */
static bool is_needed(const struct names *names, const char *pem, size_t length) {
    const gnutls_datum_t bytes = {.data = (unsigned char *)(uintptr_t)pem, .size = (unsigned)length};
    gnutls_datum_t name = {0};
    gnutls_x509_crt_t parsed;
    if (gnutls_x509_crt_init(&parsed) < 0) return false;
    bool needed = gnutls_x509_crt_import(parsed, &bytes, GNUTLS_X509_FMT_PEM) >= 0 && gnutls_x509_crt_get_raw_dn(parsed, &name) >= 0 &&
                  names_have(names, &name);
    gnutls_free(name.data);
    gnutls_x509_crt_deinit(parsed);
    return needed;
}

static void pick(const struct names *names, const char *list, size_t length, struct buf *out) {
    const char *end = list + length;
    for (const char *at = list; (at = memmem(at, (size_t)(end - at), BEGIN, sizeof BEGIN - 1));) {
        const char *last = memmem(at, (size_t)(end - at), END, sizeof END - 1);
        if (!last) return;
        last += sizeof END - 1;
        if (is_needed(names, at, (size_t)(last - at))) buf_add(out, at, (size_t)(last - at)), buf_add_char(out, '\n');
        at = last;
    }
}

/* facts are those of what is read. */
static bool pick_from(const char *path, const struct names *names, struct stat *facts, struct buf *out) {
    AUTO_BUF list = BUF_INIT(LIST_BYTES);
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool good = !fstat(fileno(file), facts) && S_ISREG(facts->st_mode) && buf_add_file(&list, file);
    fclose(file);
    if (good && list.length) pick(names, list.bytes, list.length, out);
    return good && out->length && !out->overflow;
}

static bool keep(struct authorities *authorities, const struct buf *pem) {
    char path[FD_PATH];
    int fd = memfd_create("relais-authorities", MFD_CLOEXEC);
    if (fd < 0) return false;
    path_of(fd, path);
    if (write(fd, pem->bytes, pem->length) != (ssize_t)pem->length || access(path, R_OK)) return close(fd), false;
    authorities->narrowed = fd;
    return true;
}

bool authorities_narrow(struct authorities *authorities, void *gnutls_session) {
    AUTO_BUF pem = BUF_INIT(SHORT_BYTES);
    authorities_widen(authorities);
    if (names_of_chain(&authorities->needed, gnutls_session))
        return pick_from(authorities->path, &authorities->needed, &authorities->facts, &pem) && keep(authorities, &pem);
    names_release(&authorities->needed); /* too many in all: begin afresh the next time */
    return false;
}

/* -- why not ---------------------------------------------------------------------------------------------------------- */
const char *certificate_fault(unsigned status) {
    static const struct { unsigned bit; const char *text; } FAULTS[] = {
        {GNUTLS_CERT_REVOKED, "il est révoqué"},
        {GNUTLS_CERT_SIGNER_NOT_FOUND, "aucune autorité connue de cette machine ne l'a signé"},
        {GNUTLS_CERT_SIGNER_NOT_CA, "qui l'a signé n'est pas une autorité"},
        {GNUTLS_CERT_EXPIRED, "il a expiré"},
        {GNUTLS_CERT_NOT_ACTIVATED, "il n'est pas encore valable"},
        {GNUTLS_CERT_INSECURE_ALGORITHM, "sa signature est d'une sorte qui n'est plus sûre"},
        {GNUTLS_CERT_SIGNATURE_FAILURE, "sa signature est fausse"},
        {GNUTLS_CERT_PURPOSE_MISMATCH, "il n'est pas fait pour un serveur"}};
    for (size_t i = 0; i < COUNT(FAULTS); i++)
        if (status & FAULTS[i].bit) return FAULTS[i].text;
    return "";
}
