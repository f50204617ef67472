/* Going over all messages. Collectivity by collectivity, all its waves in turn. */
#include "mailer/message_review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES = 4 << 20, PROGRESS_EVERY = 500 };
static const char SAMPLE_TOKEN[] = "aaaaaaaaaaaaaaaaaaaaaaaaaa"; /* as long as a real one; no token_check accepts it */

struct reviewing {
    struct db *db;
    const struct campaign *campaign;
    const struct waves *waves;
    bool everybody[SCHEDULE_WAVES]; /* nobody is in this wave's audience yet */
    struct composer *composer;
    struct buf message;
    char message_id[CAMPAIGN_NAME + 300], first[CAMPAIGN_NAME + 300];
    int64_t now_ms;
    struct review *review;
};

bool wave_to_come(const struct wave *wave) { return wave->state == WAVE_WAITING || wave->state == WAVE_RUNNING; }

static bool gets(const struct reviewing *reviewing, const struct recipient *who, size_t wave) {
    const struct wave *one = &reviewing->waves->all[wave];
    if (!wave_to_come(one)) return false;
    return recipient_in(who, reviewing->everybody[wave] && one->audience != AUDIENCE_RELAYS ? AUDIENCE_INFORMED : one->audience);
}

static int64_t count(struct reviewing *reviewing, const struct recipients *recipients) {
    int64_t total = 0;
    for (size_t wave = 0; wave < reviewing->waves->count && wave < SCHEDULE_WAVES; wave++) {
        reviewing->everybody[wave] = true;
        for (size_t i = 0; i < recipients->count && reviewing->everybody[wave]; i++)
            reviewing->everybody[wave] = !recipient_in(&recipients->all[i], reviewing->waves->all[wave].audience);
        for (size_t i = 0; i < recipients->count; i++) total += gets(reviewing, &recipients->all[i], wave) && recipients->all[i].address;
    }
    return total;
}

static bool refuse(struct reviewing *reviewing, const struct recipient *who, const struct wave *wave, struct err *err) {
    char origin[200];
    struct err why = *err;
    if (why.kind == ERR_FATAL || !recipient_origin(reviewing->db, who, origin, err)) return false;
    *err = (struct err){0};
    err_set(err, ERR_INPUT, "MESSAGE_REFUSED", "vague %s, %.100s (%s), adresse « %.120s »%s%s : %.300s", wave->name, who->name, who->id,
            who->address, *origin ? " de " : "", origin, why.text);
    return err_at(err, why.file, why.line);
}

static bool review_one(struct reviewing *reviewing, const struct recipient *who, const struct wave *wave, struct err *err) {
    int64_t at_ms = wave_at_ms(reviewing->db, wave->id, who->department, err);
    const struct compose_dispatch dispatch = {.party_id = who->id, .address = who->address, .message_id = reviewing->message_id,
                                              .token = SAMPLE_TOKEN, .in_reply_to = reviewing->first,
                                              .date_ms = max_i64(at_ms, reviewing->now_ms)};
    buf_clear(&reviewing->message);
    if (!composer_message(reviewing->composer, reviewing->campaign, wave->template, &dispatch, &reviewing->message, err))
        return refuse(reviewing, who, wave, err);
    reviewing->review->messages++;
    if (reviewing->message.length > reviewing->review->largest_bytes) reviewing->review->largest_bytes = reviewing->message.length;
    return true;
}

static bool review_all(struct reviewing *reviewing, const struct recipients *recipients, int64_t total, review_progress *progress, void *ctx,
                       struct err *err) {
    for (size_t i = 0; i < recipients->count; i++) {
        const struct recipient *who = &recipients->all[i];
        bool any = false;
        for (size_t wave = 0; wave < reviewing->waves->count && wave < SCHEDULE_WAVES; wave++) {
            if (!gets(reviewing, who, wave)) continue;
            any = true;
            if (who->address && !review_one(reviewing, who, &reviewing->waves->all[wave], err)) return false;
        }
        reviewing->review->without_address += any && !who->address;
        if (progress && i % PROGRESS_EVERY == 0) progress(reviewing->review->messages, total, ctx);
    }
    return true;
}

bool message_review(struct db *db, const struct campaign *campaign, const struct waves *waves, const struct recipients *recipients,
                    const struct sender_identity *identity, int64_t now_ms, review_progress *progress, void *ctx, struct review *review,
                    struct err *err) {
    const char *domain = strchr(identity->from_address, '@') + 1;
    AUTO(composer) composer = composer_open(db, identity);
    struct reviewing reviewing = {.db = db, .campaign = campaign, .waves = waves, .composer = composer, .now_ms = now_ms, .review = review,
                                  .message = BUF_INIT(MESSAGE_BYTES)};
    *review = (struct review){0};
    composer_sign(composer, false);
    snprintf(reviewing.message_id, sizeof reviewing.message_id, "<%s.%s@%s>", campaign->name, SAMPLE_TOKEN, domain);
    snprintf(reviewing.first, sizeof reviewing.first, "<%s.%s.b@%s>", campaign->name, SAMPLE_TOKEN, domain);
    int64_t total = count(&reviewing, recipients);
    bool good = review_all(&reviewing, recipients, total, progress, ctx, err);
    buf_release(&reviewing.message);
    return good;
}
