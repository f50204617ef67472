/* Connections to a relay, opened without waiting: TCP, TLS (STARTTLS or implicit) with chain and host name verified,
 * greeting, EHLO, AUTH. What comes out is a line to speak SMTP over. Only connection_curl.c knows libcurl. */
#ifndef MAILER_SEND_CONNECTION_H
#define MAILER_SEND_CONNECTION_H

#include <sys/types.h>

#include "mailer/send/sender.h"

struct connector; /* opens the connections of one relay */
/* Judges the relay's options, opens nothing. ERR_INPUT: a URL that is not smtp:// or smtps:// host and port, starttls off
 * to a host that is not loopback, an EHLO name that is none, a way to log in that does not go with what there is or that this
 * libcurl does not know, no list of authorities. relay is borrowed. */
struct connector *connector_open(const struct sender_relay *relay, struct err *err);
void connector_close(struct connector *connector); /* after its connections; NULL is fine */
AUTO_CLOSE(connector, connector_close)
/* Takes out of a reply what it repeats of what we log in with. */
void connector_hide_login(struct connector *connector, struct smtp_reply *reply);
/* Waits up to wait_ms for what is being opened, or for also_fd to be readable (-1 = none); then goes on opening. */
void connector_work(struct connector *connector, int also_fd, int wait_ms);

enum connection_state { CONNECTION_OPENING, CONNECTION_OPEN, CONNECTION_FAILED };
struct connection;
/* Credentials go over TLS that was verified (1.2 or newer), or to loopback, and nowhere else; an access token is asked for anew
 * for each connection, and once more when the server refuses it. May wait for that, or for another connection to show which
 * authorities are needed, at most connect_timeout_ms; then its own time to connect begins, and when it is connected that of the
 * greeting. */
struct connection *connection_open(struct connector *connector);
/* Never waits: what was sent still leaves, but no answer is awaited and nothing is said. NULL is fine. */
void connection_close(struct connection *connection);
AUTO_CLOSE(connection, connection_close)
enum connection_state connection_state(const struct connection *connection);
/* Of a FAILED one: what is wrong and the remedy (ERR_INPUT). */
const struct err *connection_err(const struct connection *connection);
/* The server's last reply while opening: of a FAILED one, what it refused with; code 0 when it said nothing. */
const struct smtp_reply *connection_reply(const struct connection *connection);

/* Of an OPEN one. */
/* The server's last answer to EHLO or HELO. */
const char *connection_offers(const struct connection *connection, size_t *length);
void connection_settle(struct connection *connection); /* … which nobody asks for again, nor its last reply: they are forgotten */
int connection_fd(const struct connection *connection); /* for epoll; its bytes only through the two below */
bool connection_encrypted(const struct connection *connection); /* more may be readable than the fd shows */
enum { CONNECTION_AGAIN = -1, CONNECTION_LOST = -2 };
ssize_t connection_send(struct connection *connection, const void *bytes, size_t length); /* bytes taken, or as above */
ssize_t connection_recv(struct connection *connection, void *bytes, size_t room); /* 0 = the server closed */
/* What the server's system has room for, as it last said: that much leaves at once when the server has read all there was. */
size_t connection_room(const struct connection *connection);
/* What was taken and has not left this machine. While there is any the fd is writable when the last of it has left. */
size_t connection_unsent(struct connection *connection);
/* What was received is acknowledged now. A server that answers pipelined commands in several writes sends the second one when the first is
 * acknowledged (RFC 896), and whoever has nothing to send meanwhile does that 40 ms late (RFC 1122 4.2.3.2). */
void connection_acknowledge(struct connection *connection);

#endif
