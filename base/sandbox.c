/* fork, rlimits, seccomp; the answer comes back through a pipe. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1 /* AddressSanitizer reserves terabytes and opens files when it reports */
#else
#define INSTRUMENTED 0
#endif

/* Pages the process has mapped now: the child inherits them, its limit counts from there. */
static rlim_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file) {
        if (fscanf(file, "%lu", &pages) != 1) pages = 0;
        fclose(file);
    }
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static bool limit(const struct sandbox_limits *limits) {
    struct rlimit memory = {.rlim_cur = mapped_bytes() + (rlim_t)limits->memory_bytes};
    memory.rlim_max = memory.rlim_cur;
    struct rlimit cpu = {(rlim_t)limits->cpu_seconds, (rlim_t)limits->cpu_seconds + 1};
    struct rlimit none = {0, 0};
    return (INSTRUMENTED || !setrlimit(RLIMIT_AS, &memory)) && !setrlimit(RLIMIT_CPU, &cpu) &&
           !setrlimit(RLIMIT_CORE, &none);
}

/* What is left: memory, writing the answer to its one pipe, ending. Anything else kills the process. */
static bool close_doors(int answer) {
    static const int ALLOWED[] = {SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
                                  SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(exit), SCMP_SYS(exit_group),
                                  SCMP_SYS(rt_sigreturn), SCMP_SYS(futex), SCMP_SYS(getrandom),
                                  SCMP_SYS(clock_gettime)};
    if (INSTRUMENTED) return true;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter) return false;
    bool good = true;
    for (size_t i = 0; i < COUNT(ALLOWED); i++) good &= !seccomp_rule_add(filter, SCMP_ACT_ALLOW, ALLOWED[i], 0);
    good &= !seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)answer));
    good &= !seccomp_load(filter);
    seccomp_release(filter);
    return good;
}

static void child(int answer, const struct sandbox_limits *limits, sandbox_prepare *prepare, sandbox_work *work,
                  void *ctx, const void *input, size_t length) {
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_IGN); /* a Ctrl-C is for the parent, which waits for us */
    if (prepare) prepare(ctx);
    if (!limit(limits) || !close_doors(answer)) _exit(99);
    struct buf out = BUF_INIT(limits->output_bytes);
    work(input, length, &out, ctx);
    if (out.overflow) _exit(98);
    for (size_t done = 0; done < out.length;) {
        ssize_t wrote = write(answer, out.bytes + done, out.length - done);
        if (wrote <= 0) _exit(97);
        done += (size_t)wrote;
    }
    _exit(0);
}

/* True when the child closed its end in time. */
static bool read_answer(int fd, struct buf *out, int64_t wall_ms) {
    for (int64_t until = monotonic_ms() + wall_ms;;) {
        int64_t left = until - monotonic_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int count = left > 0 ? poll(&ready, 1, (int)left) : 0;
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        char piece[65536];
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        buf_add(out, piece, (size_t)got);
    }
}

static enum sandbox_end end_of(int status, bool in_time) {
    if (!in_time || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) return SANDBOX_TOO_LONG;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return SANDBOX_DONE;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 98) return SANDBOX_TOO_LARGE;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99) return SANDBOX_FAILED;
    return SANDBOX_CRASHED;
}

enum sandbox_end sandbox_run(const struct sandbox_limits *limits, sandbox_prepare *prepare, sandbox_work *work,
                             void *ctx, const void *input, size_t length, struct buf *out, struct err *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_RETRY, "SANDBOX", "pipe"), SANDBOX_FAILED;
    pid_t pid = fork();
    if (pid < 0) {
        err_errno(err, ERR_RETRY, "SANDBOX", "fork");
        close(ends[0]);
        close(ends[1]);
        return SANDBOX_FAILED;
    }
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], limits, prepare, work, ctx, input, length);
    }
    close(ends[1]);
    bool in_time = read_answer(ends[0], out, limits->wall_ms);
    if (!in_time) kill(pid, SIGKILL);
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    enum sandbox_end end = end_of(status, in_time);
    if (end == SANDBOX_DONE && out->overflow) end = SANDBOX_TOO_LARGE;
    if (end == SANDBOX_FAILED) err_set(err, ERR_FATAL, "SANDBOX", "le bac à sable ne peut être fermé (seccomp)");
    if (end != SANDBOX_DONE) buf_clear(out);
    return end;
}
