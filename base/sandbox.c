/* The sandbox process, its children, and the owner's side: a control line of fixed records, a socket an input. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(SANDBOX_UNSEALED) /* the latter for counting under valgrind, which knows no seccomp */
#define INSTRUMENTED 1 /* AddressSanitizer reserves terabytes and opens files when it reports */
#else
#define INSTRUMENTED 0
#endif

enum {
    LINE = 3,         /* in the sandbox: the control line; in a child: the socket of its input and answer */
    GRACE_MS = 10000, /* behind a child's own limit: if nothing has come by then, it is not the child that hangs */
    FILTER_STEPS = 256,
};
enum exit_code { EXIT_CUT_OFF = 97, EXIT_LARGE = 98, EXIT_UNSEALED = 99 };

/* What the owner asks for, with the new child's socket beside it, and what it is told when that child has ended. Over the socket go
 * input and answer, each behind its length (a uint64_t). */
struct order {
    uint64_t wishes;
};
struct outcome {
    int status; /* as waitpid says, or -1: no child could be made */
    int error;
};

struct sandbox {
    struct sandbox_limits limits;
    pid_t pid;
    int line;         /* to the sandbox; -1: broken, for good */
    int child;        /* to the child that is there; -1: none */
    int served;       /* by that child */
    bool outcome_due; /* the last child's end has not been told yet */
    uint64_t granted, child_granted; /* wishes: ever, and before that child was made */
};

/* -- the child --------------------------------------------------------------------------------------------------------- */
struct zygote {
    const struct sandbox_limits *limits;
    sandbox_prepare *prepare;
    sandbox_work *work;
    void *ctx;
    rlim_t mapped; /* address space in use: a child's limit counts from there */
    struct sock_filter steps[FILTER_STEPS];
    struct sock_fprog filter;
};

/* What is left: memory that is never code, reading the input, writing the answer, ending. Anything else kills. Worked out once,
 * for every child. */
static bool make_filter(struct zygote *zygote) {
    static const int ALLOWED[] = {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(exit_group),
                                  SCMP_SYS(rt_sigreturn)};
    static const int ON_LINE[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int file = memfd_create("filter", MFD_CLOEXEC);
    bool good = filter && file >= 0;
    for (size_t i = 0; good && i < COUNT(ALLOWED); i++) good = !seccomp_rule_add(filter, SCMP_ACT_ALLOW, ALLOWED[i], 0);
    for (size_t i = 0; good && i < COUNT(ON_LINE); i++)
        good = !seccomp_rule_add(filter, SCMP_ACT_ALLOW, ON_LINE[i], 1, SCMP_A0(SCMP_CMP_EQ, LINE));
    good = good && !seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
           !seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
           !seccomp_export_bpf(filter, file);
    ssize_t got = good ? pread(file, zygote->steps, sizeof zygote->steps, 0) : -1;
    zygote->filter = (struct sock_fprog){.len = (unsigned short)(got > 0 ? (size_t)got / sizeof *zygote->steps : 0),
                                         .filter = zygote->steps};
    if (filter) seccomp_release(filter);
    if (file >= 0) close(file);
    return got > 0 && (size_t)got < sizeof zygote->steps; /* a full array: there was more */
}

static bool limit(int resource, rlim_t most) {
    return !setrlimit(resource, &(struct rlimit){most, most});
}

static bool set_timer(int which, int64_t ms) {
    return !setitimer(which, &(struct itimerval){.it_value = {ms / 1000, ms % 1000 * 1000}}, NULL);
}

static bool close_in(const struct zygote *zygote) {
    const struct sandbox_limits *limits = zygote->limits;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || !set_timer(ITIMER_REAL, limits->wall_ms) || !set_timer(ITIMER_PROF, limits->cpu_ms))
        return false;
    return INSTRUMENTED ||
           (limit(RLIMIT_AS, zygote->mapped + (rlim_t)limits->memory_bytes) && limit(RLIMIT_NOFILE, 0) &&
            !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &zygote->filter));
}

static bool read_whole(void *to, size_t length) {
    char *bytes = to;
    for (ssize_t got; length; bytes += got, length -= (size_t)got)
        if ((got = read(LINE, bytes, length)) <= 0) return false;
    return true;
}

static void answer(const struct buf *out) {
    uint64_t head = out->length;
    struct iovec both[] = {{&head, sizeof head}, {out->bytes, out->length}};
    ssize_t wrote = writev(LINE, both, 2);
    if (wrote < (ssize_t)sizeof head) _exit(EXIT_CUT_OFF);
    for (size_t done = (size_t)wrote - sizeof head; done < out->length; done += (size_t)wrote)
        if ((wrote = write(LINE, out->bytes + done, out->length - done)) <= 0) _exit(EXIT_CUT_OFF);
}

/* Until the owner closes its end. */
_Noreturn static void child(const struct zygote *zygote) {
    uint64_t length;
    if (!close_in(zygote)) _exit(EXIT_UNSEALED);
    while (read_whole(&length, sizeof length)) {
        AUTO_MEM char *input = mem_new(length + 1, 1);
        AUTO_BUF out = BUF_INIT(zygote->limits->output_bytes);
        if (!read_whole(input, length)) break;
        zygote->work(input, length, &out, zygote->ctx);
        if (out.overflow) _exit(EXIT_LARGE);
        answer(&out);
    }
    _exit(0);
}

/* -- the sandbox's process ----------------------------------------------------------------------------------------------- */
static rlim_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file) {
        if (fscanf(file, "%lu", &pages) != 1) pages = 0;
        fclose(file);
    }
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* The next order and its socket; false when the owner is gone. */
static bool next_order(struct order *order, int *input) {
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } beside;
    struct iovec bytes = {order, sizeof *order};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &beside, .msg_controllen = sizeof beside};
    ssize_t got = recvmsg(LINE, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *head = got == sizeof *order ? CMSG_FIRSTHDR(&message) : NULL;
    if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof *input)) return false;
    memcpy(input, CMSG_DATA(head), sizeof *input);
    return true;
}

static struct outcome carry_out(struct zygote *zygote, const struct order *order, int input) {
    struct outcome outcome = {.status = -1};
    if (order->wishes && zygote->prepare) {
        zygote->prepare(order->wishes, zygote->ctx);
        zygote->mapped = mapped_bytes();
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(input, LINE) != LINE || close(input)) _exit(EXIT_UNSEALED);
        child(zygote);
    }
    outcome.error = errno;
    close(input);
    if (pid > 0 && waitpid(pid, &outcome.status, 0) != pid) outcome = (struct outcome){-1, errno};
    return outcome;
}

/* Nothing of the owner's is left but its code: no descriptors, no handlers, no terminal. */
static bool become_sandbox(int line, pid_t owner) {
    static const int ABOVE_US[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP};
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    for (size_t i = 0; i < COUNT(ABOVE_US); i++) signal(ABOVE_US[i], SIG_IGN);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), moved = fcntl(line, F_DUPFD_CLOEXEC, LINE + 1);
    if (nothing < 0 || moved < 0 || sigprocmask(SIG_SETMASK, &none, NULL)) return false;
    int last = INSTRUMENTED ? STDOUT_FILENO : STDERR_FILENO; /* a sanitiser's report should be seen */
    for (int fd = STDIN_FILENO; fd <= last; fd++)
        if (dup2(nothing, fd) != fd) return false;
    if (dup2(moved, LINE) != LINE) return false;
    closefrom(LINE + 1);
    return chdir("/") == 0 && !prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == owner && limit(RLIMIT_CORE, 0) &&
           !prctl(PR_SET_DUMPABLE, 0) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

_Noreturn static void serve(struct zygote *zygote, int line, pid_t owner) {
    struct order order;
    int input;
    struct outcome outcome = {.status = -1};
    bool good = become_sandbox(line, owner) && (INSTRUMENTED || make_filter(zygote));
    outcome.error = good ? 0 : errno;
    zygote->mapped = mapped_bytes();
    /* The first word is whether there will be others. */
    if (write(LINE, &outcome, sizeof outcome) != sizeof outcome || !good) _exit(EXIT_UNSEALED);
    while (next_order(&order, &input)) {
        outcome = carry_out(zygote, &order, input);
        if (write(LINE, &outcome, sizeof outcome) != sizeof outcome) break;
    }
    _exit(0);
}

/* -- the owner's side ------------------------------------------------------------------------------------------------------ */
static bool wait_for(int fd, short what, int64_t until_ms) {
    for (;;) {
        int64_t left_ms = until_ms - monotonic_ms();
        struct pollfd ready = {.fd = fd, .events = what};
        int count = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
        if (count > 0) return true;
        if (count == 0 || errno != EINTR) return false;
    }
}

static bool gone(struct err *err) {
    return err_set(err, ERR_FATAL, "SANDBOX", "le processus qui lit les messages a disparu ; relancez la commande");
}

/* What it may still say would be taken for the next input's. */
static void break_off(struct sandbox *sandbox) {
    if (sandbox->line >= 0) close(sandbox->line);
    sandbox->line = -1;
}

static bool read_outcome(const struct sandbox *sandbox, struct outcome *outcome, int64_t until_ms, struct err *err) {
    if (!wait_for(sandbox->line, POLLIN, until_ms) || recv(sandbox->line, outcome, sizeof *outcome, 0) != sizeof *outcome)
        return gone(err);
    return true;
}

struct sandbox *sandbox_open(const struct sandbox_limits *limits, sandbox_prepare *prepare, sandbox_work *work, void *ctx,
                             struct err *err) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) return err_errno(err, ERR_RETRY, "SANDBOX", "socketpair"), NULL;
    AUTO(sandbox) sandbox = mem_new(1, sizeof *sandbox);
    pid_t owner = getpid();
    *sandbox = (struct sandbox){.limits = *limits, .line = ends[0], .child = -1, .pid = fork()};
    if (sandbox->pid == 0) {
        static struct zygote zygote;
        zygote = (struct zygote){.limits = &sandbox->limits, .prepare = prepare, .work = work, .ctx = ctx};
        serve(&zygote, ends[1], owner);
    }
    close(ends[1]);
    if (sandbox->pid < 0) return err_errno(err, ERR_RETRY, "SANDBOX", "fork"), NULL;
    struct outcome ready;
    if (!read_outcome(sandbox, &ready, monotonic_ms() + GRACE_MS, err)) return break_off(sandbox), NULL;
    if (ready.error) {
        errno = ready.error;
        return err_errno(err, ERR_FATAL, "SANDBOX", "le bac à sable ne peut être fermé (seccomp)"), NULL;
    }
    struct sandbox *opened = sandbox;
    sandbox = NULL;
    return opened;
}

void sandbox_close(struct sandbox *sandbox) {
    if (!sandbox) return;
    if (sandbox->child >= 0) close(sandbox->child); /* it ends, and the sandbox after it */
    if (sandbox->line >= 0) close(sandbox->line);
    else if (sandbox->pid > 0) kill(sandbox->pid, SIGKILL);
    while (sandbox->pid > 0 && waitpid(sandbox->pid, NULL, 0) < 0 && errno == EINTR) continue;
    free(sandbox);
}

/* -- a child, from the owner's side ------------------------------------------------------------------------------------------ */
static bool give_order(const struct sandbox *sandbox, const struct order *order, int input) {
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } beside = {.room = {0}};
    struct iovec bytes = {(void *)(uintptr_t)order, sizeof *order};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &beside, .msg_controllen = sizeof beside};
    beside.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof input)};
    memcpy(CMSG_DATA(&beside.head), &input, sizeof input);
    return sendmsg(sandbox->line, &message, MSG_NOSIGNAL) == sizeof *order;
}

static int64_t deadline_ms(const struct sandbox *sandbox) {
    return monotonic_ms() + sandbox->limits.wall_ms + GRACE_MS;
}

static bool let_go(struct sandbox *sandbox, struct outcome *outcome, struct err *err) {
    if (sandbox->child >= 0) close(sandbox->child);
    sandbox->child = -1;
    if (!sandbox->outcome_due) return true;
    sandbox->outcome_due = false;
    if (read_outcome(sandbox, outcome, deadline_ms(sandbox), err)) return true;
    return break_off(sandbox), false;
}

static bool begin_child(struct sandbox *sandbox, uint64_t wishes, struct err *err) {
    int ends[2];
    struct outcome last;
    if (!let_go(sandbox, &last, err)) return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return err_errno(err, ERR_RETRY, "SANDBOX", "socketpair");
    bool good = give_order(sandbox, &(struct order){wishes & ~sandbox->granted}, ends[1]);
    close(ends[1]);
    sandbox->child = ends[0];
    sandbox->served = 0;
    sandbox->outcome_due = good;
    sandbox->child_granted = sandbox->granted |= wishes;
    return good || (break_off(sandbox), gone(err));
}

/* The input in, as fast as it is taken, and the answer out. DONE: whole. FAILED: nothing has come in time. CRASHED: the child's end
 * has closed; its outcome says why. TOO_LARGE: it announces more than it may. */
static enum sandbox_end converse(struct sandbox *sandbox, const char *input, size_t length, struct buf *out) {
    int64_t until_ms = deadline_ms(sandbox);
    uint64_t head = length, announced = 0;
    size_t head_got = 0;
    struct iovec both[] = {{&head, sizeof head}, {(void *)(uintptr_t)input, length}};
    ssize_t sent = sendmsg(sandbox->child, &(struct msghdr){.msg_iov = both, .msg_iovlen = 2}, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < (ssize_t)sizeof head) return SANDBOX_CRASHED; /* an empty socket has room for it, unless nobody is there */
    for (sent -= (ssize_t)sizeof head;; sent = length ? send(sandbox->child, input, length, MSG_NOSIGNAL | MSG_DONTWAIT) : 0) {
        char piece[16384];
        if (sent < 0 && errno != EAGAIN && errno != EINTR) length = 0;
        if (sent > 0) input += sent, length -= (size_t)sent;
        if (!wait_for(sandbox->child, (short)(length ? POLLIN | POLLOUT : POLLIN), until_ms)) return SANDBOX_FAILED;
        ssize_t got = recv(sandbox->child, piece, sizeof piece, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return SANDBOX_CRASHED;
        if (got < 0) continue;
        size_t of_head = (size_t)min_i64(got, (int64_t)(sizeof announced - head_got));
        memcpy((char *)&announced + head_got, piece, of_head);
        head_got += of_head;
        buf_add(out, piece + of_head, (size_t)got - of_head);
        if (head_got < sizeof announced) continue;
        if (announced > sandbox->limits.output_bytes || (out->overflow && out->length < announced)) return SANDBOX_TOO_LARGE;
        if (out->length < announced) continue;
        if (out->length > announced) sandbox->served = sandbox->limits.inputs; /* who says more than was asked serves no other */
        buf_cut(out, announced);
        out->overflow = false; /* that was the surplus */
        return SANDBOX_DONE;
    }
}

static enum sandbox_end end_of(const struct outcome *outcome, struct err *err) {
    int status = outcome->status;
    if (status == -1) {
        errno = outcome->error;
        return err_errno(err, ERR_RETRY, "SANDBOX", "aucun processus pour lire le message"), SANDBOX_FAILED;
    }
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        return number == SIGALRM || number == SIGPROF ? SANDBOX_TOO_LONG : number == SIGKILL ? SANDBOX_KILLED : SANDBOX_CRASHED;
    }
    if (WEXITSTATUS(status) == EXIT_LARGE) return SANDBOX_TOO_LARGE;
    if (WEXITSTATUS(status) != EXIT_UNSEALED) return SANDBOX_CRASHED; /* it had an answer to give */
    err_set(err, ERR_FATAL, "SANDBOX", "le bac à sable ne peut être fermé (seccomp)");
    return SANDBOX_FAILED;
}

/* One try with the child that is there. */
static enum sandbox_end serve_one(struct sandbox *sandbox, const void *input, size_t length, struct buf *out, struct err *err) {
    struct outcome outcome = {.status = -1};
    enum sandbox_end end = converse(sandbox, input, length, out);
    if (end == SANDBOX_DONE) {
        if (++sandbox->served < sandbox->limits.inputs) return end;
        close(sandbox->child); /* it ends while its owner goes on */
        sandbox->child = -1;
        return end;
    }
    buf_clear(out);
    if (end == SANDBOX_FAILED) return break_off(sandbox), gone(err), end;
    if (!let_go(sandbox, &outcome, err)) return SANDBOX_FAILED;
    return end == SANDBOX_TOO_LARGE ? end : end_of(&outcome, err);
}

enum sandbox_end sandbox_run(struct sandbox *sandbox, uint64_t wishes, const void *input, size_t length, struct buf *out,
                             struct err *err) {
    if (length > sandbox->limits.input_bytes) return buf_clear(out), SANDBOX_TOO_LARGE;
    for (;;) { /* what ends a child that had served others may be their doing: then once more, alone */
        bool needed = sandbox->child < 0 || (wishes & ~sandbox->child_granted);
        if (needed && !begin_child(sandbox, wishes, err)) return SANDBOX_FAILED;
        bool fresh = sandbox->served == 0;
        buf_clear(out);
        enum sandbox_end end = serve_one(sandbox, input, length, out, err);
        if (end == SANDBOX_DONE || end == SANDBOX_FAILED || fresh) return end;
    }
}
