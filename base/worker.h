/* One thread beside the caller's, for one job at a time: what takes long and can be had meanwhile. Whatever the job touches is the
 * thread's from worker_give to worker_await, and the caller's otherwise; there are no other locks. */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include "base/err.h"

struct worker;
/* The thread takes no signals: they are for whoever opened it. ERR_RETRY when the system has no thread to give. */
struct worker *worker_open(struct err *err);
void worker_close(struct worker *worker); /* waits for what it is doing; NULL is fine */
AUTO_CLOSE(worker, worker_close)

typedef void worker_job(void *ctx);
/* Waits for the job before, should nobody have. */
void worker_give(struct worker *worker, worker_job *job, void *ctx);
void worker_await(struct worker *worker); /* at once when nothing was given */
bool worker_busy(struct worker *worker);  /* false: awaiting would not wait */

#endif
