/* The throw-away child: whatever the work does, the parent learns how it ended and lives on. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sandbox.h"
#include "tests/tap.h"

#if defined(__SANITIZE_ADDRESS__)
enum { INSTRUMENTED = 1 };
#else
enum { INSTRUMENTED = 0 };
#endif

static void echo(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)ctx, buf_add(out, input, length);
}
static void nothing(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)out, (void)ctx;
}
static void die(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)out, (void)ctx;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}
static void give_up(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)out, (void)ctx;
    abort();
}
static void spin(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)out, (void)ctx;
    for (volatile uint64_t i = 0;; i++) continue;
}
static void swell(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    for (int i = 0; i < 4096; i++) {
        char *piece = mem_new(1 << 20, 1); /* ends the child when there is no more */
        memset(piece, i, 1 << 20);
    }
    buf_add_text(out, "never");
}
static void chatter(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    for (int i = 0; i < 100000; i++) buf_add_text(out, "0123456789");
}
static void open_file(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    if (open("/etc/passwd", O_RDONLY) >= 0) buf_add_text(out, "read");
}
static void call_home(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) buf_add_text(out, "connected");
}
static void breed(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    if (fork() >= 0) buf_add_text(out, "forked");
}
static void write_elsewhere(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    if (write(2, "", 0) >= 0) buf_add_text(out, "written");
}
static void prepared(void *ctx) {
    *(int *)ctx = 42;
}
static void tell(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length;
    buf_add_format(out, "%d", *(int *)ctx);
}

static const struct {
    const char *label;
    sandbox_work *work;
    enum sandbox_end end;
    const char *answer;
    bool needs_seccomp;
} CASES[] = {{"work is done", echo, SANDBOX_DONE, "input", false},
             {"no answer is an answer", nothing, SANDBOX_DONE, "", false},
             {"a crash", die, SANDBOX_CRASHED, "", false},
             {"an abort", give_up, SANDBOX_CRASHED, "", false},
             {"an endless loop", spin, SANDBOX_TOO_LONG, "", false},
             {"too much memory", swell, SANDBOX_CRASHED, "", true},
             {"too long an answer", chatter, SANDBOX_TOO_LARGE, "", false},
             {"no files", open_file, SANDBOX_CRASHED, "", true},
             {"no network", call_home, SANDBOX_CRASHED, "", true},
             {"no children", breed, SANDBOX_CRASHED, "", true},
             {"no writing but the answer", write_elsewhere, SANDBOX_CRASHED, "", true},
             {"and the next one works", echo, SANDBOX_DONE, "input", false}};

int main(void) {
    const struct sandbox_limits limits = {
        .memory_bytes = 64 << 20, .cpu_seconds = 1, .wall_ms = 3000, .output_bytes = 65536};
    struct err err;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(65536);
        if (CASES[i].needs_seccomp && INSTRUMENTED) {
            printf("ok %d - %s # skip instrumented\n", ++tap_count, CASES[i].label);
            continue;
        }
        int64_t before_ms = monotonic_ms();
        enum sandbox_end end = sandbox_run(&limits, NULL, CASES[i].work, NULL, "input", 5, &out, &err);
        CHECK_INT(CASES[i].label, end, CASES[i].end);
        CHECK_TEXT("  its answer", buf_text(&out), CASES[i].answer);
        CHECK("  in time", monotonic_ms() - before_ms < 4000);
    }
    int value = 0;
    AUTO_BUF out = BUF_INIT(64);
    CHECK_INT("preparation runs in the child",
              sandbox_run(&limits, prepared, tell, &value, "", 0, &out, &err), SANDBOX_DONE);
    CHECK_TEXT("  before the work", buf_text(&out), "42");
    CHECK_INT("  and nowhere else", value, 0);
    return tap_end();
}
