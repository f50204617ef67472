/* The second thread: one job at a time, what it wrote seen by whoever awaited it, and no signal of its maker's. */
#include "base/worker.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "tests/tap.h"

enum { JOBS = 10000 };

struct job { int64_t sum, number; pthread_t by; int until; bool masked; };

static void add(void *ctx) {
    struct job *job = ctx;
    char go;
    if (job->until && read(job->until, &go, 1) != 1) return;
    sigset_t mask;
    job->masked = !pthread_sigmask(SIG_SETMASK, NULL, &mask) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGINT);
    job->by = pthread_self();
    job->sum += job->number;
}

int main(void) {
    struct err err;
    struct job job = {0};
    struct worker *worker = worker_open(&err);
    if (!CHECK("it opens", worker != NULL)) return tap_end();
    worker_await(worker);
    CHECK("nothing given: nothing to wait for", job.sum == 0);
    for (int i = 1; i <= JOBS; i++) {
        job.number = i; /* ours again since the last await */
        worker_give(worker, add, &job);
        worker_await(worker);
    }
    CHECK_INT("every job once, what it wrote seen", job.sum, (int64_t)JOBS * (JOBS + 1) / 2);
    CHECK("by another thread", !pthread_equal(job.by, pthread_self()));
    CHECK("which takes no signals", job.masked);
    sigset_t mask;
    CHECK("its maker still does", !pthread_sigmask(SIG_SETMASK, NULL, &mask) && !sigismember(&mask, SIGTERM));

    int line[2];
    if (!CHECK("a pipe", !pipe(line))) return tap_end();
    job = (struct job){.number = 1, .until = line[0]};
    worker_give(worker, add, &job);
    CHECK("it is busy", worker_busy(worker));
    CHECK_INT("giving does not wait, or nobody would come as far as this", write(line[1], "g", 1), 1);
    worker_await(worker);
    CHECK_INT("awaiting does", job.sum, 1);
    CHECK("it is not busy then", !worker_busy(worker));
    job.until = 0;
    worker_give(worker, add, &job);
    worker_close(worker);
    CHECK_INT("closing lets it finish", job.sum, 2);
    worker_close(NULL);
    return tap_end();
}
