/* The list is gone through one certificate at a time, so that a long one costs no memory; the short one lies in a memory
 * file, which libraries open by its name under /proc. */
#include "base/authorities.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum { SHORT_BYTES = 32768, LIST_BYTES = 16 << 20, CHAIN_MOST = 16, NAMES_MOST = 2 * CHAIN_MOST, FD_PATH = 40 };

static const char *const SYSTEM[] = {"/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch, Alpine */
                                     "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, Red Hat */
                                     "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
static const char BEGIN[] = "-----BEGIN CERTIFICATE-----", END[] = "-----END CERTIFICATE-----";

struct authorities {
    char *path;
    struct stat facts; /* of the list, when it was narrowed */
    int narrowed;      /* a memory file; -1 = none */
    char narrowed_path[FD_PATH];
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

void authorities_close(struct authorities *authorities) {
    if (!authorities) return;
    authorities_widen(authorities);
    free(authorities->path);
    free(authorities);
}

bool authorities_narrowed(const struct authorities *authorities) { return authorities->narrowed >= 0; }

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

const char *authorities_file(struct authorities *authorities) {
    if (authorities_narrowed(authorities) && changed(authorities)) authorities_widen(authorities);
    return authorities_narrowed(authorities) ? authorities->narrowed_path : authorities->path;
}

bool authorities_short(const struct authorities *authorities) {
    return authorities_narrowed(authorities) || authorities->facts.st_size <= SHORT_BYTES;
}

/* -- narrowing -------------------------------------------------------------------------------------------------- */
/* Distinguished names as they are encoded (DER). A chain names an authority as an issuer, or contains it. */
struct names {
    gnutls_datum_t all[NAMES_MOST];
    size_t count;
};

static void names_release(struct names *names) {
    for (size_t i = 0; i < names->count; i++) gnutls_free(names->all[i].data);
}

static bool names_have(const struct names *names, const gnutls_datum_t *name) {
    for (size_t i = 0; i < names->count; i++)
        if (names->all[i].size == name->size && !memcmp(names->all[i].data, name->data, name->size)) return true;
    return false;
}

static bool add_names(struct names *names, const gnutls_datum_t *certificate) {
    gnutls_x509_crt_t parsed;
    if (gnutls_x509_crt_init(&parsed) < 0) return false;
    bool good = gnutls_x509_crt_import(parsed, certificate, GNUTLS_X509_FMT_DER) >= 0;
    if (good && (good = gnutls_x509_crt_get_raw_issuer_dn(parsed, &names->all[names->count]) >= 0)) names->count++;
    if (good && (good = gnutls_x509_crt_get_raw_dn(parsed, &names->all[names->count]) >= 0)) names->count++;
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
    int fd = memfd_create("relais-authorities", MFD_CLOEXEC);
    if (fd < 0) return false;
    snprintf(authorities->narrowed_path, FD_PATH, "/proc/self/fd/%d", fd);
    if (write(fd, pem->bytes, pem->length) != (ssize_t)pem->length || access(authorities->narrowed_path, R_OK)) return close(fd), false;
    authorities->narrowed = fd;
    return true;
}

bool authorities_narrow(struct authorities *authorities, void *gnutls_session) {
    struct names names = {0};
    AUTO_BUF pem = BUF_INIT(SHORT_BYTES);
    authorities_widen(authorities);
    bool good = names_of_chain(&names, gnutls_session) && pick_from(authorities->path, &names, &authorities->facts, &pem) &&
                keep(authorities, &pem);
    names_release(&names);
    return good;
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
