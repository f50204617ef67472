/* An SMTP sink that can be slow and is exact about it: tool_sink [--dot-ms MS] [--stall-s S] [--refuse PERCENT] [--one-way-ms MS]
 * Prints "PORT n"; on SIGTERM "connections N, taken N". --stall-s: the first message of all waits so long for its answer.
 * --one-way-ms: every byte takes that long in each direction, as on a long line. One loop, time in nanoseconds: what a bench
 * calls slow must be the server's slowness and nothing else's. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

enum { LINES = 1024, CHUNK = 65536, PENDING = 1 << 20, EVENTS = 64 };

struct options { int64_t dot_ns, stall_ns, one_way_ns; int refuse; };
struct line {
    int fd;
    struct buf in, out; /* arrived and not read yet; said and not taken by the kernel yet */
    bool in_data, good, busy, closing;
};
/* Something that happens on a line at an instant: bytes arrive, bytes leave, or a dot is answered. */
enum due_kind { DUE_ARRIVES, DUE_LEAVES, DUE_ANSWERED };
struct due { int64_t at_ns; enum due_kind kind; struct line *line; char *bytes; size_t length; struct due *next; };
struct sink {
    struct options options;
    int epoll, listener;
    struct line lines[LINES];
    struct due *first, *last; /* by instant */
    int64_t connections, taken, recipients;
    bool stalled;
};

static volatile sig_atomic_t stopped;
static void on_term(int number) { (void)number, stopped = 1; }

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Delays are of few kinds, so that most belong at the end. */
static void later(struct sink *sink, int64_t at_ns, enum due_kind kind, struct line *line, const char *bytes, size_t length) {
    struct due *due = mem_new(1, sizeof *due);
    *due = (struct due){.at_ns = at_ns, .kind = kind, .line = line, .bytes = length ? mem_new(length, 1) : NULL, .length = length};
    if (length) memcpy(due->bytes, bytes, length);
    struct due **place = &sink->first;
    if (sink->last && sink->last->at_ns <= at_ns) place = &sink->last->next;
    while (*place && (*place)->at_ns <= at_ns) place = &(*place)->next;
    due->next = *place;
    *place = due;
    if (!due->next) sink->last = due;
}

/* -- a line ------------------------------------------------------------------------------------------------------- */
static void flush(struct line *line) {
    while (line->out.length) {
        ssize_t sent = send(line->fd, line->out.bytes, line->out.length, MSG_NOSIGNAL);
        if (sent <= 0) return; /* tried again with the next reply */
        buf_drop(&line->out, (size_t)sent);
    }
}

static void say(struct sink *sink, struct line *line, const char *text, size_t length) {
    if (!length || line->fd < 0) return;
    if (sink->options.one_way_ns) return later(sink, now_ns() + sink->options.one_way_ns, DUE_LEAVES, line, text, length);
    buf_add(&line->out, text, length);
    flush(line);
}

static void end_line(struct line *line) {
    if (line->fd >= 0) close(line->fd);
    buf_release(&line->in);
    buf_release(&line->out);
    line->fd = -1;
}

static void dot(struct sink *sink, struct line *line, struct buf *replies) {
    int64_t wait_ns = sink->options.dot_ns;
    sink->taken++;
    if (sink->options.stall_ns && !sink->stalled) sink->stalled = true, wait_ns = sink->options.stall_ns;
    if (!wait_ns) return buf_add_text(replies, "250 2.0.0 ok\r\n");
    line->busy = true;
    later(sink, now_ns() + wait_ns, DUE_ANSWERED, line, NULL, 0);
}

static void command(struct sink *sink, struct line *line, const char *verb, struct buf *replies) {
    if (!strncmp(verb, "EHLO", 4)) return buf_add_text(replies, "250-sink.test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n");
    if (!strncmp(verb, "RCPT", 4)) {
        int refuse = sink->options.refuse;
        line->good = !refuse || ++sink->recipients * refuse % 100 >= refuse;
        return buf_add_text(replies, line->good ? "250 2.1.5 ok\r\n" : "550 5.7.1 not this one\r\n");
    }
    if (!strncmp(verb, "DATA", 4)) {
        line->in_data = line->good;
        return buf_add_text(replies, line->good ? "354 go on\r\n" : "503 5.5.1 no recipient\r\n");
    }
    line->closing = !strncmp(verb, "QUIT", 4);
    buf_add_text(replies, line->closing ? "221 2.0.0 bye\r\n" : "250 2.0.0 ok\r\n");
}

/* One command or one body; false when it is not complete. */
static bool take_one(struct sink *sink, struct line *line, size_t *used, struct buf *replies) {
    const char *at = line->in.bytes + *used, *word = line->in_data ? "\r\n.\r\n" : "\r\n";
    const char *end = memmem(at, line->in.length - *used, word, strlen(word));
    if (!end) return false;
    if (line->in_data) line->in_data = false, dot(sink, line, replies);
    else command(sink, line, at, replies);
    *used += (size_t)(end - at) + strlen(word);
    return true;
}

static void go_on(struct sink *sink, struct line *line) {
    AUTO_BUF replies = BUF_INIT(PENDING);
    size_t used = 0;
    while (!line->busy && !line->closing && line->in.length - used >= 4 && take_one(sink, line, &used, &replies)) continue;
    buf_drop(&line->in, used);
    say(sink, line, buf_text(&replies), replies.length);
    if (line->closing && !sink->options.one_way_ns) end_line(line);
}

static void arrived(struct sink *sink, struct line *line, const char *bytes, size_t length) {
    buf_add(&line->in, bytes, length);
    if (!line->busy) go_on(sink, line);
}

static void readable(struct sink *sink, struct line *line) {
    char bytes[CHUNK];
    ssize_t got = recv(line->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end_line(line);
    if (sink->options.one_way_ns) later(sink, now_ns() + sink->options.one_way_ns, DUE_ARRIVES, line, bytes, (size_t)got);
    else arrived(sink, line, bytes, (size_t)got);
}

static void accept_lines(struct sink *sink) {
    static const char GREETING[] = "220 sink.test ESMTP\r\n";
    int fd, on = 1;
    while ((fd = accept4(sink->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (sink->connections == LINES) exit(1); /* a bench opens a few dozen; places are not used twice, for something may be due there */
        struct line *line = &sink->lines[sink->connections++];
        *line = (struct line){.fd = fd, .in = BUF_INIT(PENDING), .out = BUF_INIT(PENDING)};
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = line};
        if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) || epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &wanted)) exit(1);
        say(sink, line, GREETING, strlen(GREETING));
    }
}

/* -- the loop ----------------------------------------------------------------------------------------------------- */
static void happen(struct sink *sink, struct due *due) {
    struct line *line = due->line;
    if (line->fd < 0) return;
    switch (due->kind) {
    case DUE_ARRIVES: arrived(sink, line, due->bytes, due->length); break;
    case DUE_LEAVES:
        buf_add(&line->out, due->bytes, due->length);
        flush(line);
        if (line->closing) end_line(line);
        break;
    case DUE_ANSWERED:
        line->busy = false;
        say(sink, line, "250 2.0.0 ok\r\n", 14);
        go_on(sink, line);
    }
}

static void run(struct sink *sink) {
    while (!stopped) {
        for (struct due *due; (due = sink->first) && due->at_ns <= now_ns();) {
            if (!(sink->first = due->next)) sink->last = NULL;
            happen(sink, due);
            free(due->bytes);
            free(due);
        }
        struct epoll_event events[EVENTS];
        int64_t wait_ns = sink->first ? max_i64(0, sink->first->at_ns - now_ns()) : 1000000000;
        struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
        int count = epoll_pwait2(sink->epoll, events, EVENTS, &wait, NULL);
        for (int i = 0; i < count; i++) {
            if (!events[i].data.ptr) accept_lines(sink);
            else readable(sink, events[i].data.ptr);
        }
    }
}

static bool read_options(int argc, char **argv, struct options *options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        double value = strtod(argv[i + 1], NULL);
        if (!strcmp(argv[i], "--dot-ms")) options->dot_ns = (int64_t)(value * 1e6);
        else if (!strcmp(argv[i], "--stall-s")) options->stall_ns = (int64_t)(value * 1e9);
        else if (!strcmp(argv[i], "--one-way-ms")) options->one_way_ns = (int64_t)(value * 1e6);
        else if (!strcmp(argv[i], "--refuse")) options->refuse = (int)value;
        else return false;
    }
    return argc % 2 == 1;
}

int main(int argc, char **argv) {
    static struct sink sink;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    if (!read_options(argc, argv, &sink.options)) return fprintf(stderr, "usage: tool_sink [--dot-ms MS] [--stall-s S] [--refuse PERCENT] [--one-way-ms MS]\n"), 2;
    signal(SIGTERM, on_term);
    sink.epoll = epoll_create1(EPOLL_CLOEXEC);
    sink.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event wanted = {.events = EPOLLIN};
    if (sink.epoll < 0 || sink.listener < 0 || bind(sink.listener, (struct sockaddr *)&address, sizeof address) || listen(sink.listener, LINES) ||
        getsockname(sink.listener, (struct sockaddr *)&address, &length) || epoll_ctl(sink.epoll, EPOLL_CTL_ADD, sink.listener, &wanted))
        return perror("tool_sink"), 1;
    printf("PORT %d\n", ntohs(address.sin_port));
    fflush(stdout);
    run(&sink);
    printf("connections %lld, taken %lld\n", (long long)sink.connections, (long long)sink.taken);
    return 0;
}
