/* A throw-away child for code that reads hostile bytes: no files, no network, bounded memory and time. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "base/buf.h"
#include "base/err.h"

struct sandbox_limits {
    int64_t memory_bytes; /* address space the child may add to what it has */
    int cpu_seconds;
    int64_t wall_ms;
    size_t output_bytes;
};

/* The work: input in, answer out. Runs in the child, after the sandbox has closed. */
typedef void sandbox_work(const void *input, size_t length, struct buf *out, void *ctx);
/* Run in the child before the sandbox closes: open what needs files (charset converters). May be NULL. */
typedef void sandbox_prepare(void *ctx);

enum sandbox_end { SANDBOX_DONE, SANDBOX_CRASHED, SANDBOX_TOO_LONG, SANDBOX_TOO_LARGE, SANDBOX_FAILED };

/* Forks, works, waits. SANDBOX_FAILED fills err (the machine is in trouble); the other ends are about the
 * input, and out then holds nothing. out's ceiling should be limits->output_bytes or more. */
enum sandbox_end sandbox_run(const struct sandbox_limits *limits, sandbox_prepare *prepare, sandbox_work *work,
                             void *ctx, const void *input, size_t length, struct buf *out, struct err *err);

#endif
