/* The connection libetpan's IMAP client reads and writes: our own stream, with a deadline for each command, and the guard between. libetpan's own
 * TLS verifies nothing, and its time-out is one for the whole process; neither is used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailer/inbox/etpan.h"
#include "mailer/inbox/imap_parts.h"

enum { READ_BYTES = 16384, MEMORY_BYTES = 1 << 30 };

/* libetpan forgets to free a greeting of BYE: it does not get to see it. (A piece that ends within these six bytes it does.) */
static bool says_bye(struct imap *imap, const char *bytes, size_t length) {
    bool first = !imap->greeted;
    imap->greeted = true;
    if (!first || length < 6 || strncasecmp(bytes, "* BYE ", 6)) return false;
    const char *end = memchr(bytes, '\r', length);
    snprintf(imap->bye, sizeof imap->bye, "%.*s", (int)((end ? end : bytes + length) - (bytes + 6)), bytes + 6);
    return true;
}

static ssize_t low_read(mailstream_low *low, void *bytes, size_t room) {
    struct imap *imap = low->data;
    ssize_t got = imap->broken ? -1 : net_stream_read(imap->stream, bytes, room);
    if (got > 0) imap->too_much = imap_guard_take(&imap->guard, bytes, (size_t)got);
    if (got > 0 && !*imap->too_much && !says_bye(imap, bytes, (size_t)got)) return got;
    imap->broken = true; /* its end too is an error: whoever reads is in the middle of an answer */
    return -1;
}

static ssize_t low_write(mailstream_low *low, const void *bytes, size_t length) {
    struct imap *imap = low->data;
    ssize_t sent = imap->broken ? -1 : net_stream_write(imap->stream, bytes, length);
    imap->broken |= sent < 0;
    return sent;
}

static int low_close(mailstream_low *low) { return (void)low, 0; }
static int low_fd(mailstream_low *low) { return net_stream_fd(((struct imap *)low->data)->stream); }
static void low_free(mailstream_low *low) { free(low); }
static void low_cancel(mailstream_low *low) { (void)low; }
static struct mailstream_cancel *low_get_cancel(mailstream_low *low) { return (void)low, NULL; }
static carray *low_chain(mailstream_low *low) { return (void)low, NULL; }
static int low_no_idle(mailstream_low *low) { return (void)low, -1; }

static mailstream_low_driver DRIVER = {.mailstream_read = low_read, .mailstream_write = low_write, .mailstream_close = low_close, .mailstream_get_fd = low_fd,
                                       .mailstream_free = low_free, .mailstream_cancel = low_cancel, .mailstream_get_cancel = low_get_cancel,
                                       .mailstream_get_certificate_chain = low_chain, .mailstream_setup_idle = low_no_idle,
                                       .mailstream_unsetup_idle = low_no_idle, .mailstream_interrupt_idle = low_no_idle};

int imap_stream_connect(struct imap *imap) {
    etpan.mmap_string_set_ceil(MEMORY_BYTES); /* above its ceiling libetpan keeps texts in files under /tmp */
    mailstream_low *low = etpan.mailstream_low_new(imap, &DRIVER);
    mailstream *stream = low ? etpan.mailstream_new(low, READ_BYTES) : NULL;
    if (low && !stream) free(low);
    return stream ? etpan.mailimap_connect(imap->session, stream) : MAILIMAP_ERROR_MEMORY;
}

void imap_command(struct imap *imap, size_t most_bytes, size_t literal_most) {
    imap_guard_begin(&imap->guard, most_bytes, literal_most);
    net_stream_within(imap->stream, imap->account->reply_ms);
}

bool imap_failed(struct imap *imap, enum err_kind kind, const char *code, const char *what, struct err *err) {
    const char *said = imap->session && imap->session->imap_response ? imap->session->imap_response : "";
    if (*imap->too_much)
        return err_set(err, ERR_RETRY, "IMAP_GUARD", "%s : le serveur envoie %s ; la liaison est coupée", imap->where, imap->too_much);
    if (*imap->bye) {
        err_set(err, ERR_RETRY, "IMAP", "%s ne veut pas de nous maintenant : « %s »", imap->where, imap->bye);
        return err_printable(err), false;
    }
    if (imap->broken && net_stream_err(imap->stream)->kind != ERR_NONE) return *err = *net_stream_err(imap->stream), false;
    if (imap->broken) return err_set(err, ERR_RETRY, "NET", "%s : le serveur a fermé la liaison (%s)", imap->where, what);
    err_set(err, kind, code, "%s : %s ; le serveur a répondu : « %.300s »", imap->where, what, said);
    err_printable(err);
    return false;
}
