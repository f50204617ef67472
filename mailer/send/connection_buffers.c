/* Asked of Linux. Its own header, for the C library's tcp_info ends before the window. */
#include "mailer/send/connection_buffers.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

size_t buffers_peer_room(int fd) {
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    bool told = !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) && size >= offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof info.tcpi_snd_wnd;
    return told ? info.tcpi_snd_wnd : SIZE_MAX; /* Linux 5.4 */
}

size_t buffers_unsent(int fd) {
    int unsent = 0;
    return ioctl(fd, SIOCOUTQNSD, &unsent) || unsent < 0 ? 0 : (size_t)unsent;
}

void buffers_unsent_most(int fd, size_t bytes) {
    const int most = (int)bytes;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most); /* refused: as much as it likes */
}
