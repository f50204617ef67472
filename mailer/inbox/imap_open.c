/* From an address to a selected mailbox. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/authorities.h"
#include "base/text.h"
#include "mailer/inbox/etpan.h"
#include "mailer/inbox/imap_parts.h"
#include "mailer/send/relay_rules.h"

enum { SETTLE_MS = 1000, FOLDER_BYTES = 65536 };

bool imap_account_fits(const struct imap_account *account, struct err *err) {
    if (!account->url.implicit_tls && account->tls == IMAP_TLS_OFF && !host_is_loopback(account->url.host))
        return err_set(err, ERR_INPUT, "IMAP_CLEAR", "starttls = off n'est permis que vers cette machine (127.0.0.1), pas vers %s ; mettez required", account->url.host);
    if (!*account->username) return err_set(err, ERR_INPUT, "LOGIN", "username est vide : écrivez l'identifiant de la boîte IMAP");
    int given = (*account->password_file != '\0') + (*account->token_file != '\0') + (*account->token_command != '\0');
    if (given != 1) return err_set(err, ERR_INPUT, "LOGIN", "donnez l'un de password_file, token_file et token_command, et un seul");
    bool token = !*account->password_file;
    if (account->auth != IMAP_AUTH_AUTO && token != (account->auth == IMAP_AUTH_XOAUTH2))
        return err_set(err, ERR_INPUT, "LOGIN", "auth = xoauth2 va avec token_file ou token_command, plain et login avec password_file ; ou écrivez auth = auto");
    return true;
}

/* -- TLS -------------------------------------------------------------------------------------------------------------- */
static bool encrypt(struct imap *imap, struct err *err) {
    AUTO(authorities) authorities = authorities_open(imap->account->ca_file, err);
    struct authorities_use list = AUTHORITIES_UNUSED;
    if (!authorities) return false;
    authorities_use(authorities, &list);
    bool good = net_stream_encrypt(imap->stream, list.path, err);
    authorities_release(&list);
    imap->broken |= !good;
    return good;
}

static bool must_encrypt(const struct imap_account *account) {
    return account->tls == IMAP_TLS_REQUIRED || (account->tls == IMAP_TLS_IF_OFFERED && !host_is_loopback(account->url.host));
}

/* RFC 9051 section 11.1: whatever was said in clear is forgotten, and more of it behind the OK is an attack (CVE-2020-15953). */
static bool start_tls(struct imap *imap, struct err *err) {
    if (imap->account->tls == IMAP_TLS_OFF || (!(imap->can & IMAP_STARTTLS) && !must_encrypt(imap->account))) return true;
    if (!(imap->can & IMAP_STARTTLS))
        return err_set(err, ERR_INPUT, "IMAP_STARTTLS", "%s n'offre pas STARTTLS : rien ne lui est dit en clair ; écrivez imaps:// s'il a un port chiffré (993)", imap->where);
    imap_command(imap, IMAP_REPLY_BYTES, 0);
    int got = etpan.mailimap_starttls(imap->session);
    bool injected = got == MAILIMAP_NO_ERROR && imap->session->imap_stream->read_buffer_len;
    if (injected || imap->broken || got != MAILIMAP_NO_ERROR) {
        if (!injected) return imap_failed(imap, ERR_RETRY, "IMAP_STARTTLS", "STARTTLS est refusé", err);
        imap->broken = true;
        return err_set(err, ERR_RETRY, "IMAP_STARTTLS", "%s : le serveur, ou quelqu'un en chemin, parle en clair derrière STARTTLS ; la liaison est coupée", imap->where);
    }
    memset(&imap->guard, 0, sizeof imap->guard);
    return encrypt(imap, err) && imap_ask_capabilities(imap, err);
}

/* -- greeting and capabilities ------------------------------------------------------------------------------------------ */
static unsigned capability(const char *name) {
    static const struct { const char *name; unsigned bit; } WORDS[] = {{"IDLE", IMAP_IDLE}, {"MOVE", IMAP_MOVE}, {"UIDPLUS", IMAP_UIDPLUS}, {"SASL-IR", IMAP_SASL_IR},
                                                                      {"STARTTLS", IMAP_STARTTLS}, {"LOGINDISABLED", IMAP_LOGIN_DISABLED}};
    for (size_t i = 0; i < COUNT(WORDS); i++)
        if (text_equal_nocase(name, WORDS[i].name)) return WORDS[i].bit;
    return 0;
}

bool imap_ask_capabilities(struct imap *imap, struct err *err) {
    struct mailimap_capability_data *data = NULL;
    imap_command(imap, IMAP_REPLY_BYTES, 0);
    if (etpan.mailimap_capability(imap->session, &data) != MAILIMAP_NO_ERROR || !data) return imap_failed(imap, ERR_RETRY, "IMAP", "CAPABILITY est refusé", err);
    imap->can = 0;
    for (clistiter *at = clist_begin(data->cap_list); at; at = clist_next(at)) {
        const struct mailimap_capability *one = clist_content(at);
        const char *name = one->cap_data.cap_name ? one->cap_data.cap_name : "";
        if (one->cap_type == MAILIMAP_CAPABILITY_NAME) imap->can |= capability(name);
        else imap->can |= text_equal_nocase(name, "PLAIN") ? IMAP_PLAIN : text_equal_nocase(name, "XOAUTH2") ? IMAP_XOAUTH2 : 0;
    }
    etpan.mailimap_capability_data_free(data);
    return true;
}

static bool greet(struct imap *imap, struct err *err) {
    imap_command(imap, IMAP_REPLY_BYTES, 0);
    int got = imap_stream_connect(imap);
    if (got == MAILIMAP_NO_ERROR_NON_AUTHENTICATED) return imap_ask_capabilities(imap, err) && (net_stream_encrypted(imap->stream) || start_tls(imap, err));
    if (got == MAILIMAP_NO_ERROR_AUTHENTICATED) { /* RFC 9051 section 11.1: PREAUTH in clear would make STARTTLS impossible */
        imap->broken = true;
        return err_set(err, ERR_RETRY, "IMAP", "%s : le serveur prétend que nous sommes déjà identifiés (PREAUTH) ; la liaison est coupée", imap->where);
    }
    return imap_failed(imap, ERR_RETRY, "IMAP", "ce n'est pas un serveur IMAP, ou il ne veut pas de nous maintenant", err);
}

static bool select_folder(struct imap *imap, struct err *err) {
    imap_command(imap, IMAP_REPLY_BYTES, 4096);
    if (etpan.mailimap_select(imap->session, imap->account->url.folder) != MAILIMAP_NO_ERROR)
        return imap_failed(imap, ERR_INPUT, "IMAP_FOLDER", "le dossier ne peut être ouvert ; vérifiez la fin de imap_url", err);
    const struct mailimap_selection_info *selected = imap->session->imap_selection_info;
    if (!selected || !selected->sel_uidvalidity || selected->sel_perm == MAILIMAP_MAILBOX_READONLY) {
        imap->broken = true;
        return err_set(err, ERR_INPUT, "IMAP_FOLDER", "%s : le dossier est en lecture seule, ou sans identifiants durables (UIDVALIDITY) ; on ne peut en retirer les messages lus", imap->where);
    }
    imap->uidvalidity = selected->sel_uidvalidity;
    return true;
}

struct imap *imap_open(const struct imap_account *account, struct err *err) {
    const struct imap_url *url = &account->url;
    if (!etpan_ready(err)) return NULL;
    AUTO(imap) imap = mem_new(1, sizeof *imap);
    imap->account = account;
    imap->too_much = "";
    snprintf(imap->where, sizeof imap->where, strchr(url->host, ':') ? "[%s]:%s" : "%s:%s", url->host, url->port);
    imap->stream = net_stream_open(url->host, url->port, account->connect_ms, err);
    if (!imap->stream || (url->implicit_tls && !encrypt(imap, err))) return NULL;
    imap->session = etpan.mailimap_new(0, NULL);
    if (!imap->session) return err_set(err, ERR_FATAL, "IMAP", "libetpan ne démarre pas"), NULL;
    if (!greet(imap, err) || !imap_log_in(imap, err) || !imap_ask_capabilities(imap, err) || !select_folder(imap, err)) return NULL;
    struct imap *opened = imap;
    imap = NULL;
    return opened;
}

void imap_close(struct imap *imap) {
    if (!imap) return;
    imap->broken |= imap->idling; /* nothing can be said but DONE, and its answer is not worth waiting for */
    if (imap->stream) imap_command(imap, IMAP_REPLY_BYTES, 0), net_stream_within(imap->stream, SETTLE_MS);
    if (imap->session) etpan.mailimap_free(imap->session); /* says LOGOUT first */
    net_stream_close(imap->stream);
    free(imap);
}
