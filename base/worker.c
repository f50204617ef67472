/* A thread that waits for a job, does it and says so. Two semaphores: each is the kernel's business only when somebody sleeps, once a way. */
#include "base/worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

struct worker {
    pthread_t thread;
    sem_t given, done;
    worker_job *job; /* the thread's from `given` to `done`; NULL = end */
    void *ctx;
    bool awaited;    /* the caller's: nothing was given since it last waited */
    atomic_bool busy;
};

static void wait_for(sem_t *semaphore) {
    while (sem_wait(semaphore) && errno == EINTR) continue;
}

static void *work(void *arg) {
    struct worker *worker = arg;
    for (;;) {
        wait_for(&worker->given);
        if (!worker->job) return NULL;
        worker->job(worker->ctx);
        atomic_store_explicit(&worker->busy, false, memory_order_release);
        sem_post(&worker->done);
    }
}

struct worker *worker_open(struct err *err) {
    struct worker *worker = mem_new(1, sizeof *worker);
    /* Neither can fail, within one process and from 0. */
    sem_init(&worker->given, 0, 0);
    sem_init(&worker->done, 0, 0);
    worker->awaited = true;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a thread begins with its maker's mask */
    int failed = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed) return worker;
    err_set(err, ERR_RETRY, "THREAD", "le système n'accorde pas de fil d'exécution de plus ; vérifiez les limites de processus (ulimit -u)");
    free(worker);
    return NULL;
}

void worker_close(struct worker *worker) {
    if (!worker) return;
    worker_await(worker);
    worker->job = NULL;
    sem_post(&worker->given);
    pthread_join(worker->thread, NULL);
    sem_destroy(&worker->given);
    sem_destroy(&worker->done);
    free(worker);
}

void worker_give(struct worker *worker, worker_job *job, void *ctx) {
    worker_await(worker);
    worker->job = job;
    worker->ctx = ctx;
    worker->awaited = false;
    atomic_store_explicit(&worker->busy, true, memory_order_relaxed);
    sem_post(&worker->given);
}

void worker_await(struct worker *worker) {
    if (worker->awaited) return;
    wait_for(&worker->done);
    worker->awaited = true;
}

bool worker_busy(struct worker *worker) { return atomic_load_explicit(&worker->busy, memory_order_acquire); }
