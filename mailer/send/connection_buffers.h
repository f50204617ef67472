/* What the systems on both ends of a line hold, or have room for, of what is written to it. */
#ifndef MAILER_SEND_CONNECTION_BUFFERS_H
#define MAILER_SEND_CONNECTION_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>

/* What the other side took at once when it last said so; SIZE_MAX where this system does not tell. */
size_t buffers_peer_room(int fd);
/* What this system holds that has not left yet; 0 where it does not tell. */
size_t buffers_unsent(int fd);
/* The fd becomes writable when less than that has not left. */
void buffers_unsent_most(int fd, size_t bytes);

#endif
