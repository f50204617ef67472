/* Refusals in a row, and those not believed yet. */
#include "mailer/send/breaker.h"

/* -- words -------------------------------------------------------------------------------------------------------- */
static uint64_t add_byte(uint64_t hash, unsigned char byte) { return (hash ^ byte) * 1099511628211u; } /* FNV-1a */

static bool blank(char byte) { return byte == ' ' || byte == '\t'; }

/* A word that names somebody or something: an address, a host, a queue id, a date. What is left of "smtp; 550" is words. */
static bool particular(const char *word, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool inner = i && i + 1 < length;
        if (word[i] == '@' || (word[i] >= '0' && word[i] <= '9')) return true;
        if (inner && (word[i] == '.' || word[i] == '/' || word[i] == '=')) return true;
    }
    return false;
}

uint64_t refusal_words(const struct smtp_reply *reply) {
    uint64_t hash = 14695981039346656037u;
    for (int code = reply->code; code; code /= 10) hash = add_byte(hash, (unsigned char)('0' + code % 10));
    for (const char *at = reply->enhanced; *at; at++) hash = add_byte(hash, (unsigned char)*at);
    for (const char *at = reply->text; *at;) {
        size_t length = 0;
        while (at[length] && !blank(at[length])) length++;
        if (length && !particular(at, length)) {
            hash = add_byte(hash, ' ');
            for (size_t i = 0; i < length; i++)
                hash = add_byte(hash, (unsigned char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] + ('a' - 'A') : at[i]));
        }
        at += length;
        while (blank(*at)) at++;
    }
    return hash ? hash : 1;
}

/* -- runs --------------------------------------------------------------------------------------------------------- */
int breaker_refused(struct breaker_run *run, uint64_t words) {
    if (run->words != words) *run = (struct breaker_run){.words = words};
    return run->count < INT32_MAX ? ++run->count : run->count;
}

int breaker_refused_group(struct breaker *breaker, uint64_t words, uint64_t group) {
    int count = breaker_refused(&breaker->run, words);
    if (count == 1) breaker->group_count = 0;
    for (int i = 0; i < breaker->group_count; i++)
        if (breaker->groups[i] == group) return count;
    if (breaker->group_count < BREAKER_GROUPS) breaker->groups[breaker->group_count++] = group;
    return count;
}

/* -- held --------------------------------------------------------------------------------------------------------- */
bool held_add(struct held_refusals *held, const struct held_refusal *refusal) {
    if (held->count == HELD_MOST) return false;
    held->all[held->count++] = *refusal;
    return true;
}

static bool picked(const struct held_refusal *one, enum held_pick pick, const struct held_refusal *like) {
    switch (pick) {
    case HELD_ACCEPTED:
        return one->relay == like->relay && (one->group == like->group || like->at_us - one->at_us >= HELD_DOUBT_US);
    case HELD_RELAY: return one->relay == like->relay && one->words == like->words;
    case HELD_GROUP: return one->group == like->group;
    case HELD_ALL: break;
    }
    return true;
}

bool held_take(struct held_refusals *held, enum held_pick pick, const struct held_refusal *like, struct held_refusal *out) {
    for (int i = 0; i < held->count; i++) {
        if (!picked(&held->all[i], pick, like)) continue;
        *out = held->all[i];
        held->all[i] = held->all[--held->count];
        return true;
    }
    return false;
}
