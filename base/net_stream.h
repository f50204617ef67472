/* Bytes to and from one server over TCP, in clear or over TLS (GnuTLS) whose certificate was verified in the handshake: chain, host
 * name, purpose. Every call has a deadline; SIGTERM and SIGINT end a wait. */
#ifndef BASE_NET_STREAM_H
#define BASE_NET_STREAM_H

#include <sys/types.h>

#include "base/err.h"

struct net_stream;
/* Tries each address of host until one answers, wait_ms in all (resolving the name is the system's time, resolv.conf(5)).
 * ERR_RETRY NET. The deadline of what follows is that of opening until it is moved. */
struct net_stream *net_stream_open(const char *host, const char *port, int64_t wait_ms, struct err *err);
void net_stream_close(struct net_stream *stream); /* never waits; NULL is fine */
AUTO_CLOSE(net_stream, net_stream_close)

/* Everything from now on is to be over wait_ms from now; what is not, fails (ERR_RETRY NET_TIMEOUT). */
void net_stream_within(struct net_stream *stream, int64_t wait_ms);
/* TLS 1.2 or newer from the next byte on, with SNI. ca_list: a PEM file. Nothing but the handshake has been sent when this fails:
 * ERR_INPUT CERTIFICATE says what is wrong with the certificate, ERR_RETRY TLS whatever else. */
bool net_stream_encrypt(struct net_stream *stream, const char *ca_list, struct err *err);
bool net_stream_encrypted(const struct net_stream *stream);

/* At least one byte, or 0 when the server closed, or -1: net_stream_err says why. */
ssize_t net_stream_read(struct net_stream *stream, void *bytes, size_t room);
ssize_t net_stream_write(struct net_stream *stream, const void *bytes, size_t length); /* all of them, or -1 */
const struct err *net_stream_err(const struct net_stream *stream);
int net_stream_fd(const struct net_stream *stream); /* for poll: readable when the server has said something … */
bool net_stream_pending(const struct net_stream *stream); /* … unless that has been read from the socket already */

#endif
