/* A thread that waits for a job, does it and says so. */
#include "base/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct worker {
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t given, done;
    worker_job *job; /* NULL = none under way */
    void *ctx;
    bool closing;
};

static void *work(void *arg) {
    struct worker *worker = arg;
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (!worker->job && !worker->closing) pthread_cond_wait(&worker->given, &worker->lock);
        if (!worker->job) break;
        worker_job *job = worker->job;
        void *ctx = worker->ctx;
        pthread_mutex_unlock(&worker->lock);
        job(ctx);
        pthread_mutex_lock(&worker->lock);
        worker->job = NULL;
        pthread_cond_signal(&worker->done);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

struct worker *worker_open(struct err *err) {
    struct worker *worker = mem_new(1, sizeof *worker);
    /* None of these three can fail with default attributes on Linux. */
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->given, NULL);
    pthread_cond_init(&worker->done, NULL);
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
    pthread_mutex_lock(&worker->lock);
    worker->closing = true;
    pthread_cond_signal(&worker->given);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    pthread_mutex_destroy(&worker->lock);
    pthread_cond_destroy(&worker->given);
    pthread_cond_destroy(&worker->done);
    free(worker);
}

void worker_give(struct worker *worker, worker_job *job, void *ctx) {
    pthread_mutex_lock(&worker->lock);
    worker->job = job;
    worker->ctx = ctx;
    pthread_cond_signal(&worker->given);
    pthread_mutex_unlock(&worker->lock);
}

void worker_await(struct worker *worker) {
    pthread_mutex_lock(&worker->lock);
    while (worker->job) pthread_cond_wait(&worker->done, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
}

bool worker_busy(struct worker *worker) {
    pthread_mutex_lock(&worker->lock);
    bool busy = worker->job;
    pthread_mutex_unlock(&worker->lock);
    return busy;
}
