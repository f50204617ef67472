/* The throw-away child: whatever the work does, the owner learns how it ended and lives on; and there is nothing to be had in it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sandbox.h"
#include "tests/tap.h"

#if defined(__SANITIZE_ADDRESS__)
enum { INSTRUMENTED = 1 };
#else
enum { INSTRUMENTED = 0 };
#endif

/* -- what a child may try: the input says which ------------------------------------------------------------------------- */
static int value, opened_before = -1;
static char secret[64]; /* filled in when the sandbox is there */

static void echo(struct buf *out) { buf_add_text(out, "input"); }
static void nothing(struct buf *out) { (void)out; }
static void die(struct buf *out) {
    (void)out;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}
static void read_nowhere(struct buf *out) { buf_add_format(out, "%d", *(volatile int *)(uintptr_t)value); }
static void give_up(struct buf *out) { (void)out, abort(); }
static void spin(struct buf *out) {
    (void)out;
    for (volatile uint64_t i = 0;; i++) continue;
}
static void wait_for_more(struct buf *out) { /* its own line: the one call that can sleep */
    char byte;
    if (read(3, &byte, 1) <= 0) buf_add_text(out, "closed");
}
static void swell(struct buf *out) {
    for (int i = 0; i < 4096; i++) {
        char *piece = mem_new(1 << 20, 1); /* ends the child when there is no more */
        memset(piece, i, 1 << 20);
    }
    buf_add_text(out, "never");
}
static void sixty_megabytes(struct buf *out) {
    char *piece = mem_new(60 << 20, 1);
    memset(piece, 1, 60 << 20);
    buf_add_text(out, piece[59 << 20] ? "held" : "");
}
static void recurse(struct buf *out) {
    volatile char frame[4096];
    frame[0] = 1;
    if (out->length) return; /* never */
    recurse(out);
    frame[1] = frame[0];
}
static void chatter(struct buf *out) {
    for (int i = 0; i < 100000; i++) buf_add_text(out, "0123456789");
}
static void chatter_on(struct buf *out) {
    static char much[65536] = {0, 0, 1}; /* announces 65,536 bytes */
    (void)out;
    for (int i = 0; i < 100; i++)
        if (write(3, much, sizeof much) < 0) _exit(0);
}
static void half_an_answer(struct buf *out) {
    (void)out;
    static const struct { uint64_t length; char text[4]; } half = {8, "half"};
    if (write(3, &half, 12) == 12) abort();
}
static void too_much_announced(struct buf *out) {
    static const uint64_t lengths[] = {UINT64_MAX, 0};
    (void)out;
    if (write(3, lengths, sizeof lengths) > 0) _exit(0);
}
static void leave(struct buf *out) { (void)out, _exit(0); }
static void see_memory(struct buf *out) { buf_add_text(out, secret); }
static void remember(struct buf *out) {
    buf_add_format(out, "%d", value);
    value = 7;
}

static void said(struct buf *out, bool done) { buf_add_text(out, done ? "done" : "refused"); }
static void open_file(struct buf *out) { said(out, open("/etc/passwd", O_RDONLY) >= 0); }
static void call_home(struct buf *out) { said(out, socket(AF_INET, SOCK_STREAM, 0) >= 0); }
static void pair_up(struct buf *out) {
    int ends[2];
    said(out, !socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}
static void breed(struct buf *out) { said(out, fork() >= 0); }
static void become(struct buf *out) { said(out, execl("/bin/true", "true", (char *)NULL) == 0); }
static void trace(struct buf *out) { said(out, ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0); }
static void trace_me(struct buf *out) { said(out, ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0); }
static void read_others(struct buf *out) {
    struct iovec piece = {secret, 1};
    said(out, process_vm_readv(1, &piece, 1, &piece, 1, 0) >= 0);
}
static void shoot(struct buf *out) { said(out, kill(1, 0) == 0); }
static void ignore_the_alarm(struct buf *out) { said(out, signal(SIGALRM, SIG_IGN) != SIG_ERR); }
static void stop_the_timer(struct buf *out) { said(out, !setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL)); }
static void more_memory(struct buf *out) { said(out, !setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY})); }
static void write_elsewhere(struct buf *out) { said(out, write(2, "", 0) >= 0); }
static void read_elsewhere(struct buf *out) { said(out, read(0, secret, 1) >= 0); }
static void make_code(struct buf *out) {
    said(out, mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}
static void turn_into_code(struct buf *out) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    said(out, page != MAP_FAILED && !mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
static void ring(struct buf *out) { said(out, syscall(425 /* io_uring_setup */, 1, NULL) >= 0); }
static void older_way(struct buf *out) { /* int 0x80: another table of numbers, 5 is open */
#if defined(__x86_64__)
    static const char path[] = "/etc/passwd";
    long got;
    __asm__ volatile("int $0x80" : "=a"(got) : "a"(5L), "b"((uint32_t)(uintptr_t)path), "c"(0L) : "memory");
    said(out, got >= 0);
#else
    abort(), (void)out;
#endif
}

/* Descriptors in the sandbox when a child is about to be made: three times nothing, its line and the child's own. */
static void descriptors(uint64_t wishes, void *ctx) {
    int *count = ctx;
    *count = 0;
    for (int fd = 0; wishes && fd < 1000; fd++) *count += fcntl(fd, F_GETFD) >= 0;
}
static int seen_descriptors;
static void tell_descriptors(struct buf *out) { buf_add_format(out, "%d", seen_descriptors); }

enum need { NOTHING, DOORS /* seccomp and rlimits: absent under a sanitiser */ };
static const struct {
    const char *label;
    void (*work)(struct buf *out);
    enum sandbox_end end;
    const char *answer;
    enum need need;
} CASES[] = {
    {"work is done", echo, SANDBOX_DONE, "input", NOTHING},
    {"no answer is an answer", nothing, SANDBOX_DONE, "", NOTHING},
    {"a crash", die, SANDBOX_CRASHED, "", NOTHING},
    {"a null pointer", read_nowhere, SANDBOX_CRASHED, "", NOTHING},
    {"an abort", give_up, SANDBOX_CRASHED, "", NOTHING},
    {"an endless recursion", recurse, SANDBOX_CRASHED, "", NOTHING},
    {"an endless loop", spin, SANDBOX_TOO_LONG, "", NOTHING},
    {"an endless wait", wait_for_more, SANDBOX_TOO_LONG, "", NOTHING},
    {"memory within the limit", sixty_megabytes, SANDBOX_DONE, "held", NOTHING},
    {"too much memory", swell, SANDBOX_CRASHED, "", DOORS},
    {"too long an answer", chatter, SANDBOX_TOO_LARGE, "", NOTHING},
    {"what is said behind the answer is not heard", chatter_on, SANDBOX_DONE, "", NOTHING},
    {"more announced than there is room for", too_much_announced, SANDBOX_TOO_LARGE, "", NOTHING},
    {"ending without a word", leave, SANDBOX_CRASHED, "", NOTHING},
    {"half an answer is none", half_an_answer, SANDBOX_CRASHED, "", NOTHING},
    {"nothing learnt later by its owner", see_memory, SANDBOX_DONE, "", NOTHING},
    {"nothing left of the last child", remember, SANDBOX_DONE, "0", NOTHING},
    {"  nor of this one", remember, SANDBOX_DONE, "0", NOTHING},
    {"no descriptors but its own", tell_descriptors, SANDBOX_DONE, "5", NOTHING},
    {"no files", open_file, SANDBOX_CRASHED, "", DOORS},
    {"no network", call_home, SANDBOX_CRASHED, "", DOORS},
    {"no sockets at all", pair_up, SANDBOX_CRASHED, "", DOORS},
    {"no children", breed, SANDBOX_CRASHED, "", DOORS},
    {"no other program", become, SANDBOX_CRASHED, "", DOORS},
    {"no looking into others", trace, SANDBOX_CRASHED, "", DOORS},
    {"  nor letting others look", trace_me, SANDBOX_CRASHED, "", DOORS},
    {"no reading their memory", read_others, SANDBOX_CRASHED, "", DOORS},
    {"no signals", shoot, SANDBOX_CRASHED, "", DOORS},
    {"no ignoring the alarm", ignore_the_alarm, SANDBOX_CRASHED, "", DOORS},
    {"no stopping the timer", stop_the_timer, SANDBOX_CRASHED, "", DOORS},
    {"no raising of limits", more_memory, SANDBOX_CRASHED, "", DOORS},
    {"no writing but the answer", write_elsewhere, SANDBOX_CRASHED, "", DOORS},
    {"no reading but the input", read_elsewhere, SANDBOX_CRASHED, "", DOORS},
    {"no new code", make_code, SANDBOX_CRASHED, "", DOORS},
    {"  nor data made code", turn_into_code, SANDBOX_CRASHED, "", DOORS},
    {"no io_uring", ring, SANDBOX_CRASHED, "", DOORS},
    {"no system calls of another kind", older_way, SANDBOX_CRASHED, "", DOORS},
    {"and the next one works", echo, SANDBOX_DONE, "input", NOTHING}};

static void work(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)length, (void)ctx;
    CASES[*(const uint8_t *)input].work(out);
}

static const struct sandbox_limits LIMITS = {
    .memory_bytes = 64 << 20, .cpu_ms = 1000, .wall_ms = 2000, .input_bytes = 3 << 20, .output_bytes = 65536, .inputs = 1};

static void every_case(struct sandbox *sandbox) {
    struct err err = {0};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(65536);
        uint8_t which = (uint8_t)i;
        if (CASES[i].need == DOORS && INSTRUMENTED) {
            printf("ok %d - %s # skip instrumented\n", ++tap_count, CASES[i].label);
            continue;
        }
        int64_t before_ms = monotonic_ms();
        enum sandbox_end end = sandbox_run(sandbox, 1, &which, 1, &out, &err);
        CHECK_INT(CASES[i].label, end, CASES[i].end);
        CHECK_TEXT("  its answer", buf_text(&out), CASES[i].answer);
        CHECK("  in time", monotonic_ms() - before_ms < 4000);
    }
}

/* -- large inputs, killed children, signals, a sandbox that is gone ------------------------------------------------------- */
static void digest(const void *input, size_t length, struct buf *out, void *ctx) {
    uint64_t sum = 0;
    (void)ctx;
    for (size_t i = 0; i < length; i++) sum = sum * 31 + ((const uint8_t *)input)[i];
    buf_add_format(out, "%zu %llx", length, (unsigned long long)sum);
}

static void sizes(void) {
    static const size_t SIZES[] = {0, 1, 65536, 1 << 20, (3 << 20) - 1, 3 << 20};
    struct err err = {0};
    AUTO(sandbox) sandbox = sandbox_open(&LIMITS, NULL, digest, NULL, &err);
    AUTO_MEM uint8_t *bytes = mem_new((3 << 20) + 1, 1);
    for (size_t i = 0; i < 3 << 20; i++) bytes[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t i = 0; sandbox && i < COUNT(SIZES); i++) {
        AUTO_BUF out = BUF_INIT(65536);
        AUTO_BUF expected = BUF_INIT(65536);
        digest(bytes, SIZES[i], &expected, NULL);
        CHECK_INT("an input of any size", sandbox_run(sandbox, 0, bytes, SIZES[i], &out, &err), SANDBOX_DONE);
        CHECK_TEXT("  arrives whole", buf_text(&out), buf_text(&expected));
    }
    AUTO_BUF out = BUF_INIT(65536);
    CHECK_INT("more than the limit", sandbox_run(sandbox, 0, bytes, (3 << 20) + 1, &out, &err), SANDBOX_TOO_LARGE);
}

/* -- many inputs, one child ------------------------------------------------------------------------------------------------ */
static void add_up(const void *input, size_t length, struct buf *out, void *ctx) {
    static int seen; /* what a child keeps from one input to the next */
    (void)length, (void)ctx;
    switch (*(const char *)input) {
    case 'c':
        abort();
    case 's': /* only what came before makes this one fail */
        if (seen) abort();
        break;
    case 'l':
        spin(out);
        break;
    case 'g': /* each is well within the limit, all together are not */
        if (!calloc(1, 30 << 20)) abort();
    }
    buf_add_format(out, "%d", ++seen);
}

static void many(void) {
    static const struct {
        const char *label, *input;
        enum sandbox_end end;
        const char *answer;
    } STEPS[] = {{"a child serves several", "a", SANDBOX_DONE, "1"},
                 {"  the second", "a", SANDBOX_DONE, "2"},
                 {"what the others have spoilt is tried alone", "s", SANDBOX_DONE, "1"},
                 {"  and its child goes on", "a", SANDBOX_DONE, "2"},
                 {"who crashes crashes", "c", SANDBOX_CRASHED, ""},
                 {"  the next has another child", "a", SANDBOX_DONE, "1"},
                 {"  and the one after it", "a", SANDBOX_DONE, "2"},
                 {"who takes too long takes too long", "l", SANDBOX_TOO_LONG, ""},
                 {"  not the next", "a", SANDBOX_DONE, "1"},
                 {"nobody serves more than the limit", "a", SANDBOX_DONE, "2"},
                 {"  three", "a", SANDBOX_DONE, "3"},
                 {"  four", "a", SANDBOX_DONE, "4"},
                 {"  and the next", "a", SANDBOX_DONE, "1"}};
    struct sandbox_limits limits = LIMITS;
    limits.inputs = 4;
    limits.cpu_ms = limits.wall_ms = 500;
    struct err err = {0};
    AUTO(sandbox) sandbox = sandbox_open(&limits, NULL, add_up, NULL, &err);
    for (size_t i = 0; sandbox && i < COUNT(STEPS); i++) {
        AUTO_BUF out = BUF_INIT(65536);
        CHECK_INT(STEPS[i].label, sandbox_run(sandbox, 0, STEPS[i].input, 1, &out, &err), STEPS[i].end);
        CHECK_TEXT("  its answer", buf_text(&out), STEPS[i].answer);
    }
    for (int i = 0; sandbox && !INSTRUMENTED && i < 3; i++) {
        AUTO_BUF out = BUF_INIT(65536);
        static const char *const ANSWERS[] = {"2", "3", "1"};
        CHECK_INT("a child that fills up", sandbox_run(sandbox, 0, "g", 1, &out, &err), SANDBOX_DONE);
        CHECK_TEXT("  is replaced in time", buf_text(&out), ANSWERS[i]);
    }
    AUTO_BUF out = BUF_INIT(65536);
    sleep_ms(700);
    CHECK_INT("a child that waited too long is replaced", sandbox ? sandbox_run(sandbox, 0, "a", 1, &out, &err) : 5, SANDBOX_DONE);
    CHECK_TEXT("  by a new one", buf_text(&out), "1");
    CHECK_INT("one that is not there yet gets what it wishes", sandbox ? sandbox_run(sandbox, 4, "a", 1, &out, &err) : 5, SANDBOX_DONE);
    CHECK_TEXT("  so it is a new one", buf_text(&out), "1");
    CHECK_INT("what has been granted stays granted", sandbox ? sandbox_run(sandbox, 4, "a", 1, &out, &err) : 5, SANDBOX_DONE);
    CHECK_TEXT("  to the same child", buf_text(&out), "2");
}

/* The processes whose parent is pid, the newest first. */
static pid_t child_of(pid_t pid) {
    char path[64];
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%d", &found) != 1) found = 0;
    if (file) fclose(file);
    return found;
}

/* A helper that sends number to what the sandbox has at work, or to the sandbox, a little later. */
static pid_t sender(int number, bool to_child) {
    pid_t owner = getpid(), helper = fork();
    if (helper) return helper;
    sleep_ms(30); /* the child before it is gone by then */
    for (int tries = 0; tries < 1000; tries++, sleep_ms(2)) {
        char path[64];
        int pids[8], count = 0;
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", owner, owner);
        FILE *file = fopen(path, "re");
        while (file && count < 8 && fscanf(file, "%d", &pids[count]) == 1) count++;
        if (file) fclose(file);
        for (int i = 0; i < count; i++) {
            pid_t at_work = pids[i] == getpid() ? 0 : child_of(pids[i]);
            if (at_work) _exit(kill(to_child ? at_work : pids[i], number));
        }
    }
    _exit(1);
}

static void busy_a_moment(const void *input, size_t length, struct buf *out, void *ctx) {
    (void)input, (void)length, (void)ctx;
    for (volatile uint64_t i = 0; i < 400000000; i++) continue;
    buf_add_text(out, "done");
}

static void signals(void) {
    static const struct {
        const char *label;
        int number;
        bool to_child;
        enum sandbox_end end;
    } CASES_OF[] = {{"a child told to stop finishes", SIGTERM, true, SANDBOX_DONE},
                    {"  so it does at a Ctrl-C", SIGINT, true, SANDBOX_DONE},
                    {"a sandbox told to stop finishes", SIGTERM, false, SANDBOX_DONE},
                    {"a child killed by somebody is no crash of its own", SIGKILL, true, SANDBOX_KILLED},
                    {"the next one is whole", 0, true, SANDBOX_DONE},
                    {"a sandbox killed is said", SIGKILL, false, SANDBOX_FAILED},
                    {"  for good", 0, false, SANDBOX_FAILED}};
    struct sandbox_limits limits = LIMITS;
    limits.cpu_ms = limits.wall_ms = 20000;
    struct err err = {0};
    AUTO(sandbox) sandbox = sandbox_open(&limits, NULL, busy_a_moment, NULL, &err);
    for (size_t i = 0; sandbox && i < COUNT(CASES_OF); i++) {
        AUTO_BUF out = BUF_INIT(65536);
        pid_t helper = CASES_OF[i].number ? sender(CASES_OF[i].number, CASES_OF[i].to_child) : 0;
        CHECK_INT(CASES_OF[i].label, sandbox_run(sandbox, 0, "x", 1, &out, &err), CASES_OF[i].end);
        CHECK_TEXT("  its answer", buf_text(&out), CASES_OF[i].end == SANDBOX_DONE ? "done" : "");
        if (helper > 0) waitpid(helper, NULL, 0);
    }
    CHECK_TEXT("  and why", err.code, "SANDBOX");
    CHECK_INT("  that no other try mends it", err.kind, ERR_FATAL);
}

/* An owner that is killed while a child is at work leaves nobody behind. */
static void orphans(void) {
    int ends[2];
    if (!CHECK("a pipe", !pipe(ends))) return;
    pid_t owner = fork();
    if (owner == 0) {
        struct err err = {0};
        struct sandbox *sandbox = sandbox_open(&LIMITS, NULL, busy_a_moment, NULL, &err);
        pid_t own = child_of(getpid());
        if (!sandbox || write(ends[1], &own, sizeof own) != sizeof own) _exit(1);
        AUTO_BUF out = BUF_INIT(65536);
        for (;;) sandbox_run(sandbox, 0, "x", 1, &out, &err);
    }
    pid_t sandbox = 0;
    CHECK("the sandbox is at work", read(ends[0], &sandbox, sizeof sandbox) == sizeof sandbox && sandbox > 0);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    int64_t until_ms = monotonic_ms() + 8000;
    while (!kill(sandbox, 0) && monotonic_ms() < until_ms) sleep_ms(5);
    CHECK("an owner killed takes it along", kill(sandbox, 0) && errno == ESRCH);
}

int main(void) {
    struct err err = {0};
    int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC: inherited by a fork, closed in the sandbox */
    opened_before = fd >= 0 ? dup2(fd, 200) : -1;
    struct sandbox *sandbox = sandbox_open(&LIMITS, descriptors, work, &seen_descriptors, &err);
    if (!CHECK("the sandbox opens", sandbox != NULL)) return printf("# %s\n", err.text), tap_end();
    snprintf(secret, sizeof secret, "learnt after the sandbox was there");
    CHECK("its owner has descriptors", opened_before == 200);
    every_case(sandbox);
    sandbox_close(sandbox);
    sizes();
    many();
    signals();
    orphans();
    return tap_end();
}
