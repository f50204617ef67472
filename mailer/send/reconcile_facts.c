/* The journal's last word on every dispatch, out of the turns the database does not know. */
#include <stdlib.h>
#include <string.h>

#include "mailer/send/reconcile_store.h"

static size_t slot_of(const struct journal_facts *facts, int64_t dispatch_id) {
    size_t at = (size_t)((uint64_t)dispatch_id * 0x9e3779b97f4a7c15u) & (facts->slot_count - 1);
    while (facts->slots[at] && facts->all[facts->slots[at] - 1].dispatch_id != dispatch_id) at = (at + 1) & (facts->slot_count - 1);
    return at;
}

static void grow(struct journal_facts *facts) {
    if (facts->slot_count > 2 * facts->count) return;
    facts->slot_count = facts->slot_count ? facts->slot_count * 2 : 1024;
    free(facts->slots);
    facts->slots = mem_new(facts->slot_count, sizeof *facts->slots);
    facts->all = mem_grow(facts->all, facts->slot_count / 2 + 1, sizeof *facts->all);
    for (size_t i = 0; i < facts->count; i++) facts->slots[slot_of(facts, facts->all[i].dispatch_id)] = (uint32_t)i + 1;
}

static struct journal_fact *fact_of(struct journal_facts *facts, int64_t dispatch_id) {
    grow(facts);
    uint32_t *slot = &facts->slots[slot_of(facts, dispatch_id)];
    if (!*slot) {
        facts->all[facts->count] = (struct journal_fact){.dispatch_id = dispatch_id, .wave = JOURNAL_NO_WAVE, .armed_ms = -1, .first_armed_ms = -1};
        *slot = (uint32_t)++facts->count;
    }
    return &facts->all[*slot - 1];
}

/* A number is given to another name only in another database; the last one counts. */
static void learn_wave(struct journal_facts *facts, const struct journal_line *line) {
    size_t at = 0;
    while (at < facts->wave_count && (strcmp(facts->waves[at].campaign, line->campaign) || strcmp(facts->waves[at].wave, line->wave))) at++;
    if (at == facts->wave_count) {
        facts->waves = mem_grow(facts->waves, ++facts->wave_count, sizeof *facts->waves);
        memcpy(facts->waves[at].campaign, line->campaign, sizeof line->campaign);
        memcpy(facts->waves[at].wave, line->wave, sizeof line->wave);
    }
    for (size_t i = 0; i < facts->wave_count; i++)
        if (facts->waves[i].id == line->wave_id) facts->waves[i].id = -1;
    facts->waves[at].id = line->wave_id;
}

static size_t wave_of(const struct journal_facts *facts, int64_t id) {
    for (size_t i = 0; i < facts->wave_count; i++)
        if (facts->waves[i].id == id) return i;
    return JOURNAL_NO_WAVE;
}

static void learn_armed(struct journal_facts *facts, const struct journal_line *line) {
    struct journal_fact *fact = fact_of(facts, line->dispatch_id);
    bool doubted = fact->armed_ms >= 0 && (!fact->ended || fact->state == DELIVERY_IN_DOUBT);
    /* Said again by a sender that caught up, it is the same arming. */
    fact->resends += doubted && fact->armed_ms != line->armed_ms;
    if (fact->first_armed_ms < 0) {
        fact->first_armed_ms = line->armed_ms;
        fact->first_after_end = fact->ended && fact->state != DELIVERY_IN_DOUBT;
    }
    fact->wave = wave_of(facts, line->wave_id);
    fact->date_ms = line->date_ms;
    fact->armed_ms = line->armed_ms;
    fact->ended = false;
    memcpy(fact->party_id, line->party_id, sizeof fact->party_id);
    memcpy(fact->sha256, line->sha256, sizeof fact->sha256);
}

static void learn_ended(struct journal_facts *facts, const struct journal_line *line) {
    struct journal_fact *fact = fact_of(facts, line->dispatch_id);
    fact->ended = true;
    fact->code = line->code;
    fact->state = DELIVERY_IN_DOUBT; /* a word of a later version */
    for (int state = 0; state < DELIVERY_STATES; state++)
        if (!strcmp(DELIVERY[state].name, line->state)) fact->state = (enum delivery_state)state;
}

static bool learn(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct journal_facts *facts = ctx;
    if (line->kind == JOURNAL_HEADER) {
        memcpy(facts->store_id, line->store_id, sizeof facts->store_id);
        facts->first_turn = facts->last_turn = line->turn;
    }
    if (line->kind == JOURNAL_WAVE) learn_wave(facts, line);
    if (line->kind == JOURNAL_TURN) facts->last_turn = line->turn;
    if (line->turn <= facts->after_turn) return true;
    if (line->kind == JOURNAL_TURN) {
        if (facts->first_ms < 0) facts->first_ms = line->at_ms;
        facts->last_ms = line->at_ms;
    }
    if (line->kind == JOURNAL_ARMED) learn_armed(facts, line);
    if (line->kind == JOURNAL_ENDED) learn_ended(facts, line);
    return true;
}

bool journal_facts_read(const char *path, int64_t after_turn, struct journal_facts *facts, struct err *err) {
    struct journal_summary summary;
    *facts = (struct journal_facts){.after_turn = after_turn, .first_ms = -1, .last_ms = -1};
    bool good = journal_read(path, learn, facts, &summary, err);
    facts->damaged_bytes = summary.damaged_bytes;
    return good;
}

void journal_facts_release(struct journal_facts *facts) {
    free(facts->all);
    free(facts->waves);
    free(facts->slots);
    *facts = (struct journal_facts){0};
}
