/* Throw-away children for code that reads hostile bytes: no files, no network, nobody's memory, bounded memory and time.
 *
 * A sandbox is a small process, forked once and early: before its owner opens a database or reads a secret. It forks the children,
 * which close themselves in (rlimits, timers, seccomp), get input over a socket of their own, answer and end.
 *
 * - inputs = 1: one input, one child. A child that has been taken over knows its own input and the program, nothing of its owner's and
 *   nothing of the inputs before and after it; it can lie about its own input only. For answers that have consequences.
 * - inputs > 1: a child serves so many, one after the other, and is several times faster. What kills it is tried again alone in a
 *   child of its own, so that only the input that is at fault fails; but a child that has been taken over could speak for those that
 *   follow. For answers that nobody acts on.
 * - The fork is cheap because the process has few pages; the one that holds a database's cache is never copied.
 * - The kernel ends a child that takes too long: its timers are set before the doors close, and behind them nothing can touch them.
 * - SIGTERM, SIGINT and SIGHUP sent to the whole group are the owner's to answer: a child that is reading finishes.
 * - The owner dies: the sandbox sees its end of the line close, and follows. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "base/buf.h"
#include "base/err.h"

struct sandbox;
struct sandbox_limits {
    int64_t memory_bytes; /* address space a child may add to what it has */
    int64_t cpu_ms, wall_ms; /* of a child, whatever it serves */
    size_t input_bytes, output_bytes;
    int inputs; /* a child serves at most */
};

/* The work: input in, answer out. Runs in the child, after the doors have closed. Not called when preparation is lacking. */
typedef void sandbox_work(const void *input, size_t length, struct buf *out, void *ctx);
/* Run in the sandbox's own process, where files can still be opened, when sandbox_run has wishes: bits whose meaning is the caller's.
 * What it opens stays, for this input's child and those of later ones. It must not look at input. */
typedef void sandbox_prepare(uint64_t wishes, void *ctx);

/* Forks the sandbox. prepare may be NULL; ctx is copied with the process: changes made later are not seen there. NULL with ERR_FATAL
 * when the machine has no seccomp, ERR_RETRY when it has no process to spare. */
struct sandbox *sandbox_open(const struct sandbox_limits *limits, sandbox_prepare *prepare, sandbox_work *work, void *ctx,
                             struct err *err);
void sandbox_close(struct sandbox *sandbox); /* NULL is fine; waits for its end */
AUTO_CLOSE(sandbox, sandbox_close)

/* DONE: out has the answer. CRASHED, TOO_LONG, TOO_LARGE: about the input, out then holds nothing. KILLED: by somebody else (the
 * kernel, short of memory): worth another try. FAILED fills err: ERR_RETRY, no child could be made; ERR_FATAL, the sandbox is gone. */
enum sandbox_end { SANDBOX_DONE, SANDBOX_CRASHED, SANDBOX_TOO_LONG, SANDBOX_TOO_LARGE, SANDBOX_KILLED, SANDBOX_FAILED };

/* Has a child work on input (limits->input_bytes at most) and waits. out begins empty; its ceiling should be limits->output_bytes or more. */
enum sandbox_end sandbox_run(struct sandbox *sandbox, uint64_t wishes, const void *input, size_t length, struct buf *out,
                             struct err *err);

#endif
