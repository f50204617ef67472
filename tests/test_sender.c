/* The sender against servers that misbehave at random, in one process (fixed seeds; SEEDS=n for more of them). Owner and server
 * both keep books, and what must hold is asked at every byte:
 *   - no final dot on the wire that was not let go, and no byte behind DATA before its 354;
 *   - never more dots unanswered than there are connections;
 *   - every delivery ends once, or is dropped or taken back, and then says nothing more;
 *   - none is taken twice by the server; sent means taken; refused, or lost before the dot, means not taken. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "mailer/send/sender.h"
#include "mailer/send/verdict.h"
#include "tests/tap.h"

enum { DELIVERIES = 80, PEERS = 64, LINES_MOST = 4, EVENTS = 64, WORLDS = 12, WORLD_MS = 20000 };

static uint64_t state;
static uint32_t chance(uint32_t below) { /* xorshift64* */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

struct peer {
    int fd;
    struct buf in, out;
    bool content, body_asked; /* reading a body; a 354 is not out yet */
    bool mail, recipient, closing, mute;
    int hold, dots; /* ticks before it goes on; messages taken or refused */
};

/* What is known of a delivery. */
struct book { bool given, wants, dotted, over, dropped, taken_back, armed_now; int accepted; struct smtp_result result; };

static struct world {
    int listener, port;
    bool pipelining, extensions, stops;
    uint32_t one_fault_in;
    int connections, dots_most, peers_most; /* 0 = no limit */
    struct peer peers[PEERS];
    struct book books[DELIVERIES];
    int64_t given;
    struct sender *sender;
    char wrong[200];
} world;

static struct { int sent, doubt, other, dropped, taken_back, behind, unfinished; } seen;

static void wrong(const char *what, int64_t id) {
    if (!*world.wrong) snprintf(world.wrong, sizeof world.wrong, "%s (%" PRId64 ")", what, id);
}

/* -- the server ----------------------------------------------------------------------------------------------- */
static void peer_close(struct peer *peer) {
    struct linger at_once = {.l_onoff = 1};
    if (chance(2)) setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer->fd);
    buf_release(&peer->in);
    buf_release(&peer->out);
    *peer = (struct peer){.fd = -1};
}

/* A fault in place of a good reply; what it means is the caller's. */
enum fault { NONE, LATER, NEVER, BYE, GARBAGE, CUT, MUTE };
static enum fault fault(void) {
    return chance(world.one_fault_in) ? NONE : (enum fault)(1 + chance(6));
}

static enum fault say(struct peer *peer, const char *good) {
    static const char *const SAID[] = {[LATER] = "451 4.3.0 later\r\n", [NEVER] = "550-5.7.1 no\r\n550 5.7.1 never\r\n",
                                       [BYE] = "421 4.3.2 bye\r\n", [GARBAGE] = "250-half\r\n\001\377 nonsense\r\n"};
    enum fault now = fault();
    if (now == NONE || now <= GARBAGE) buf_add_text(&peer->out, now == NONE ? good : SAID[now]);
    peer->closing |= now == BYE || now == CUT;
    peer->mute |= now == MUTE;
    if (!chance(6)) peer->hold = 1 + (int)chance(8);
    return now;
}

static void take_content(struct peer *peer, size_t length) {
    const char *mark = strstr(peer->in.bytes, "X-Id: ");
    int64_t id = mark ? atoll(mark + 6) : -1;
    buf_drop(&peer->in, length);
    peer->content = peer->mail = peer->recipient = false;
    if (id < 0 || id >= DELIVERIES) return wrong("a body of nobody's", id);
    if (!world.books[id].dotted) wrong("a dot that was not let go", id);
    enum fault how = say(peer, "250 2.0.0 taken\r\n");
    bool taken = how == NONE || how == GARBAGE || how == MUTE || how == CUT;
    world.books[id].accepted += taken;
    if (world.books[id].accepted > 1) wrong("taken twice", id);
    if (world.dots_most && ++peer->dots >= world.dots_most) peer->closing = true;
}

static void command(struct peer *peer, const char *line) {
    if (!strncmp(line, "HELO", 4))
        say(peer, "250 mx.test\r\n");
    else if (!strncmp(line, "EHLO", 4))
        say(peer, !world.extensions  ? "250 mx.test\r\n"
                  : world.pipelining ? "250-mx.test\r\n250-PIPELINING\r\n250 DSN\r\n" : "250-mx.test\r\n250 SIZE 100000\r\n");
    else if (!strncmp(line, "MAIL", 4))
        peer->mail |= say(peer, "250 ok\r\n") == NONE;
    else if (!strncmp(line, "RCPT", 4) && peer->mail)
        peer->recipient |= say(peer, "250 ok\r\n") == NONE;
    else if (!strncmp(line, "DATA", 4) && peer->recipient) {
        if (peer->in.length) wrong("bytes behind DATA, ahead of the 354", 0);
        peer->content = peer->body_asked = say(peer, "354 go\r\n") == NONE;
    } else if (!strncmp(line, "RSET", 4)) {
        peer->mail = peer->recipient = false;
        say(peer, "250 ok\r\n");
    } else if (!strncmp(line, "QUIT", 4)) {
        buf_add_text(&peer->out, "221 bye\r\n");
        peer->closing = true;
    } else if (!strncmp(line, "RCPT", 4) || !strncmp(line, "DATA", 4))
        buf_add_text(&peer->out, "503 5.5.1 sequence\r\n");
    else wrong("a command nobody knows", 0);
}

static void peer_work(struct peer *peer) {
    while (!peer->closing && !peer->mute && !peer->hold) {
        const char *text = buf_text(&peer->in), *end = strstr(text, peer->content ? "\r\n.\r\n" : "\r\n");
        if (!end) return;
        if (peer->content) {
            take_content(peer, (size_t)(end - text) + 5);
            continue;
        }
        char line[600];
        snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
        buf_drop(&peer->in, (size_t)(end - text) + 2);
        command(peer, line);
    }
}

static void peer_write(struct peer *peer) {
    size_t length = chance(4) ? peer->out.length : chance((uint32_t)peer->out.length + 1);
    if (!length) return;
    ssize_t sent = send(peer->fd, peer->out.bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) buf_drop(&peer->out, (size_t)sent);
    if (!peer->out.length) peer->body_asked = false;
}

/* True when something came. */
static bool peer_step(struct peer *peer) {
    char bytes[4096];
    ssize_t got = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return peer_close(peer), true;
    if (got > 0 && peer->body_asked && peer->out.length) wrong("body ahead of the 354", 0);
    if (got > 0) buf_add(&peer->in, bytes, (size_t)got);
    if (peer->hold) {
        peer->hold--;
        return true;
    }
    peer_write(peer);
    peer_work(peer);
    if (!peer->hold) peer_write(peer);
    if (peer->closing && !peer->out.length) peer_close(peer);
    return got > 0;
}

static bool server_step(void) {
    int open = 0, fd;
    bool busy = false;
    struct peer *unused = NULL;
    for (struct peer *peer = world.peers; peer < world.peers + PEERS; peer++) {
        if (peer->fd >= 0) busy |= peer_step(peer);
        open += peer->fd >= 0;
        if (peer->fd < 0) unused = peer;
    }
    if (!unused || (fd = accept4(world.listener, NULL, NULL, SOCK_CLOEXEC)) < 0) return busy;
    *unused = (struct peer){.fd = fd, .in.ceiling = 1 << 20, .out.ceiling = 1 << 20};
    bool full = world.peers_most && open >= world.peers_most;
    buf_add_text(&unused->out, full ? "421 4.7.0 too many connections\r\n" : "220 mx.test ESMTP\r\n");
    unused->closing = full;
    return true;
}

static void server_open(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    world.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (world.listener < 0 || bind(world.listener, (struct sockaddr *)&address, sizeof address) || listen(world.listener, PEERS) ||
        getsockname(world.listener, (struct sockaddr *)&address, &length))
        exit(2);
    world.port = ntohs(address.sin_port);
    for (size_t i = 0; i < PEERS; i++) world.peers[i].fd = -1;
}

/* -- the owner ------------------------------------------------------------------------------------------------ */
static bool in_hand(const struct book *book) {
    return book->given && !book->over && !book->dropped && !book->taken_back;
}

static void give(void) {
    while (world.given < DELIVERIES && sender_free_slots(world.sender) && chance(8)) {
        AUTO_BUF message = BUF_INIT(1 << 20);
        char recipient[60];
        int64_t id = world.given;
        buf_add_format(&message, "Subject: x\r\nX-Id: %" PRId64 "\r\n\r\n.dot\r\n", id);
        if (!chance(10)) /* larger than what leaves together with its dot, and than a socket's buffer */
            while (message.length < 300000) buf_add_text(&message, "A line of a large message, one of very many that are all alike.\r\n");
        snprintf(recipient, sizeof recipient, "u%" PRId64 "@clients.test", id);
        struct err err = {0};
        if (!sender_submit(world.sender, id, &(struct smtp_envelope){"r@amf.example", recipient, "id", message.bytes, message.length}, &err))
            return wrong("a slot was free", id);
        world.books[id].given = true;
        world.given++;
    }
}

static void on_event(const struct sender_event *event) {
    struct book *book = &world.books[event->delivery_id];
    if (!in_hand(book)) return wrong("an event of what is over", event->delivery_id);
    if (event->kind == SENDER_WANTS_DOT) {
        if (book->wants || book->dotted) wrong("its dot is asked for twice", event->delivery_id);
        book->wants = true;
        return;
    }
    book->over = true;
    book->wants = book->armed_now = false;
    book->result = event->result;
}

static void count_armed(void) {
    int armed = 0;
    for (int64_t id = 0; id < world.given; id++) armed += world.books[id].armed_now;
    if (armed > world.connections) wrong("more dots unanswered than connections", armed);
}

static void answer(int64_t id) {
    struct book *book = &world.books[id];
    book->wants = false;
    if (!chance(12)) {
        sender_drop(world.sender, id);
        book->dropped = true;
        return;
    }
    book->dotted = book->armed_now = true;
    count_armed();
    sender_dot(world.sender, id);
}

/* Whatever state it is in, except that its dot is out: what then becomes of it is a doubt, not a drop. */
static void drop_any(void) {
    int64_t id = chance(DELIVERIES);
    struct book *book = &world.books[id];
    if (!in_hand(book) || book->dotted) return;
    bool back = chance(2);
    if (back && !sender_take_back(world.sender, id)) return;
    if (back && book->wants) wrong("taken back though its body was out", id);
    if (!back) sender_drop(world.sender, id);
    *(back ? &book->taken_back : &book->dropped) = true;
    book->wants = false;
}

static void owner_step(int wait_ms) {
    struct sender_event events[EVENTS];
    size_t room = chance(3) ? EVENTS : 1 + chance(3), count = sender_step(world.sender, wait_ms, events, room);
    if (count > room) wrong("more events than room", (int64_t)count);
    for (size_t i = 0; i < count; i++) on_event(&events[i]);
    give();
    for (int64_t id = 0; id < world.given; id++)
        if (world.books[id].wants && chance(3)) answer(id);
    if (!chance(10)) drop_any();
}

/* -- the books are compared ----------------------------------------------------------------------------------- */
static void judge(int64_t id) {
    const struct book *book = &world.books[id];
    enum verdict verdict = verdict_of(&book->result);
    seen.dropped += book->dropped;
    seen.taken_back += book->taken_back;
    if (!book->dotted && book->accepted) wrong("taken without its dot", id);
    if (book->dropped || book->taken_back) return;
    if (!book->over) return wrong("never ended", id);
    if (verdict == VERDICT_SENT && book->accepted != 1) wrong("sent, but nobody took it", id);
    if (verdict != VERDICT_SENT && verdict != VERDICT_DOUBT && book->accepted) wrong("taken, but neither sent nor in doubt", id);
    if (verdict == VERDICT_DOUBT && !book->dotted) wrong("in doubt without its dot", id);
    seen.sent += verdict == VERDICT_SENT;
    seen.doubt += verdict == VERDICT_DOUBT;
    seen.other += verdict != VERDICT_SENT && verdict != VERDICT_DOUBT;
}

static void world_run(uint64_t seed) {
    char url[60], label[200];
    world = (struct world){0};
    state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < 8; i++) chance(2);
    world.extensions = chance(5) != 0;
    world.pipelining = chance(4) != 0;
    world.connections = 1 + (int)chance(LINES_MOST);
    world.one_fault_in = (uint32_t[]){15, 40, 200, 1000000}[chance(4)];
    world.dots_most = chance(3) ? 0 : 1 + (int)chance(4);
    world.peers_most = chance(3) ? 0 : 1 + (int)chance(2);
    world.stops = !chance(4);
    server_open();
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", world.port);
    struct sender_relay relay = {.url = url, .starttls = "off", .username = "", .password = "", .ca_file = "", .ehlo_name = "essai.example",
                                 .connections = world.connections, .connect_timeout_ms = 2000, .greeting_timeout_ms = 300,
                                 .mail_timeout_ms = 150, .rcpt_timeout_ms = 150, .data_timeout_ms = 150, .block_timeout_ms = 150,
                                 .dot_timeout_ms = 150};
    struct err err = {0};
    world.sender = sender_open(&relay, &err);
    if (!world.sender) exit(2);
    if (sender_free_slots(world.sender) != 2 * world.connections) wrong("two a connection are taken", 0);
    bool busy = true;
    int64_t until_ms = monotonic_ms() + WORLD_MS;
    while ((world.given < DELIVERIES || sender_in_flight(world.sender)) && monotonic_ms() < until_ms && !*world.wrong) {
        owner_step(busy ? 0 : 1);
        busy = server_step();
        if (!world.stops || world.given < DELIVERIES / 2) continue;
        sender_stop(world.sender);
        if (sender_free_slots(world.sender)) wrong("slots are free though it stops", 0);
        if (sender_in_flight(world.sender) == 0) break;
    }
    if (!*world.wrong && sender_in_flight(world.sender)) wrong("not finished in time", sender_in_flight(world.sender));
    for (int64_t id = 0; id < world.given; id++) judge(id);
    sender_close(world.sender);
    for (size_t i = 0; i < PEERS; i++)
        if (world.peers[i].fd >= 0) peer_close(&world.peers[i]);
    close(world.listener);
    snprintf(label, sizeof label, "seed %" PRIu64 ": %d connections, %s, a fault in %u, %d messages and %d connections at most%s", seed,
             world.connections, world.extensions && world.pipelining ? "pipelined" : "one by one", world.one_fault_in, world.dots_most,
             world.peers_most, world.stops ? ", stopped half-way" : "");
    if (!CHECK(label, !*world.wrong)) printf("# %s\n", world.wrong);

}

int main(void) {
    const char *more = getenv("SEEDS");
    uint64_t worlds = more ? strtoull(more, NULL, 10) : WORLDS;
    for (uint64_t seed = 1; seed <= worlds; seed++) world_run(seed);
    CHECK("many were sent", seen.sent > DELIVERIES * (int)worlds / 8);
    CHECK("some ended otherwise", seen.doubt && seen.other && seen.dropped && seen.taken_back);
    printf("# %d sent, %d in doubt, %d otherwise, %d dropped, %d taken back\n", seen.sent, seen.doubt, seen.other, seen.dropped, seen.taken_back);
    return tap_end();
}
