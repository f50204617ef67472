/* How far the sender is: a line that moves on a terminal, a line a minute in the log of a machine. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "mailer/role_send_turn.h"

enum { SHOW_EVERY_MS = 250, LOG_EVERY_MS = 60000, WINDOW_MS = 5000 };

/* Messages a minute over the last seconds, from samples a window apart. */
static int64_t rate_a_minute(struct send_progress *progress, int64_t sent, int64_t now_ms) {
    if (!progress->since_ms || now_ms - progress->since_ms >= 2 * WINDOW_MS) {
        progress->before_ms = progress->since_ms ? progress->since_ms : now_ms;
        progress->before_sent = progress->since_ms ? progress->since_sent : sent;
        progress->since_ms = now_ms;
        progress->since_sent = sent;
    }
    int64_t took_ms = now_ms - progress->before_ms;
    return took_ms < SHOW_EVERY_MS ? 0 : (sent - progress->before_sent) * MINUTE_MS / took_ms;
}

static void show(struct sending *sending, int64_t rate, bool last) {
    const struct send_counts *counts = &sending->counts;
    fprintf(stderr, "\r\033[K%" PRId64 " envoyés", counts->sent);
    if (rate && !last) fprintf(stderr, " (%" PRId64 " par minute)", rate);
    fprintf(stderr, ", %" PRId64 " différés, %" PRId64 " échecs, %" PRId64 " en doute%s", counts->deferred, counts->failed, counts->in_doubt,
            last ? "\n" : "\r"); /* what is logged then begins its line */
}

void send_show_progress(struct sending *sending, bool last) {
    struct send_progress *progress = &sending->progress;
    const struct send_counts *counts = &sending->counts;
    int64_t now_ms = monotonic_ms();
    if (!last && now_ms < progress->again_ms) return;
    progress->again_ms = now_ms + SHOW_EVERY_MS;
    if (isatty(STDERR_FILENO) && !log_is_json()) return show(sending, rate_a_minute(progress, counts->sent, now_ms), last);
    if (!progress->log_ms) progress->log_ms = now_ms;
    bool news = counts->sent != progress->logged_sent;
    if (!news || (!last && now_ms - progress->log_ms < LOG_EVERY_MS)) return;
    log_write(LOG_INFO, "%" PRId64 " sent (%" PRId64 " more in %" PRId64 " s), %" PRId64 " deferred, %" PRId64 " failed, %" PRId64
              " skipped, %" PRId64 " in doubt; %d in hand", counts->sent, counts->sent - progress->logged_sent,
              (now_ms - progress->log_ms) / 1000, counts->deferred, counts->failed, counts->skipped, counts->in_doubt, sending->slots_used);
    progress->logged_sent = counts->sent;
    progress->log_ms = now_ms;
}
