/* What all rows say together: final lines, the strongest status, oppositions by address, warnings (RULES 10,
 * 18, 21). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "lists/list_reading.h"

enum { DIGEST_BYTES = 1 << 16 };

/* As bytes of "id;email;status" compare: the end of a field counts as its ";". */
static int compare_fields(const char *a, const char *b) {
    for (;; a++, b++) {
        unsigned char left = *a ? (unsigned char)*a : ';', right = *b ? (unsigned char)*b : ';';
        if (left != right) return left < right ? -1 : 1;
        if (!*a || !*b) return (*a != '\0') - (*b != '\0');
    }
}

static int by_text(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* -- oppositions --------------------------------------------------------------------------------------- */
struct texts {
    char **all;
    size_t count;
};

static void add_text(struct texts *texts, const char *text) {
    ROOM_FOR_ONE(texts->all, texts->count);
    texts->all[texts->count++] = (char *)(uintptr_t)text;
}

static void sort_unique(struct texts *texts) {
    size_t kept = 0;
    if (texts->count) qsort(texts->all, texts->count, sizeof *texts->all, by_text);
    for (size_t i = 0; i < texts->count; i++)
        if (!kept || strcmp(texts->all[kept - 1], texts->all[i])) texts->all[kept++] = texts->all[i];
    texts->count = kept;
}

static bool has_text(const struct texts *sorted, const char *text) {
    return sorted->count && bsearch(&text, sorted->all, sorted->count, sizeof *sorted->all, by_text);
}

/* -- everything said, party by party ------------------------------------------------------------------- */
struct merge {
    struct reading *reading;
    struct list_result *result;
    uint32_t *group_of;      /* of each party: parties of one id are one group, groups ascend as their ids */
    const char **ids;        /* of each group */
    uint32_t *order, *start; /* said[order[start[g]]] … are what is said of group g, in the order of the rows */
    size_t group_count;
    struct first *firsts; /* of the lines of one group */
    size_t first_room;
    struct texts opposed, conflicts, spread, shared;
};
struct first { uint32_t said, line; }; /* where a line was first said */

static int by_party_id(const void *left, const void *right, void *ctx) {
    const char *const *parties = ctx;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = compare_fields(parties[a], parties[b]);
    return order ? order : (a > b) - (a < b);
}

static void group_parties(struct merge *merge) {
    struct reading *reading = merge->reading;
    size_t count = reading->party_count;
    AUTO_MEM uint32_t *sorted = mem_new(count + 1, sizeof *sorted);
    merge->group_of = mem_new(count + 1, sizeof *merge->group_of);
    merge->ids = mem_new(count + 1, sizeof *merge->ids);
    for (size_t i = 0; i < count; i++) sorted[i] = (uint32_t)i;
    if (count) qsort_r(sorted, count, sizeof *sorted, by_party_id, reading->parties);
    for (size_t i = 0; i < count; i++) {
        const char *id = reading->parties[sorted[i]];
        if (!merge->group_count || strcmp(merge->ids[merge->group_count - 1], id)) merge->ids[merge->group_count++] = id;
        merge->group_of[sorted[i]] = (uint32_t)merge->group_count - 1;
    }
}

/* A counting sort: a million things said fall to their parties in two walks. */
static void group_said(struct merge *merge) {
    const struct reading *reading = merge->reading;
    merge->start = mem_new(merge->group_count + 2, sizeof *merge->start);
    merge->order = mem_new(reading->said_count + 1, sizeof *merge->order);
    uint32_t *next = merge->start + 1; /* start[g + 1] is where the next one of g goes, and in the end where g + 1 starts */
    for (size_t i = 0; i < reading->said_count; i++) next[merge->group_of[reading->said[i].party] + 1]++;
    for (size_t g = 1; g <= merge->group_count; g++) next[g] += next[g - 1];
    for (size_t i = 0; i < reading->said_count; i++) merge->order[next[merge->group_of[reading->said[i].party]]++] = (uint32_t)i;
}

static const char *email_of(const struct merge *merge, uint32_t said) {
    uint32_t place = merge->reading->said[said].email;
    return place ? merge->result->emails.bytes + place : "";
}

static int by_email_order(const void *left, const void *right, void *ctx) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = compare_fields(email_of(ctx, a), email_of(ctx, b));
    return order ? order : (a > b) - (a < b);
}

/* -- the final lines ----------------------------------------------------------------------------------- */
struct group { /* everything said about one id: order[from..to) */
    const char *id;
    size_t from, to;
    enum list_status status; /* the strongest that is no opposition */
    bool has_address;
    size_t first_count;
};

static void add_line(struct merge *merge, struct group *group, uint32_t said, enum list_status status) {
    struct list_result *result = merge->result;
    struct row_read *row = &merge->reading->rows[merge->reading->said[said].row];
    row->gives = true;
    if (group->first_count == merge->first_room) {
        merge->first_room = merge->first_room ? merge->first_room * 2 : 16;
        merge->firsts = mem_grow(merge->firsts, merge->first_room, sizeof *merge->firsts);
    }
    merge->firsts[group->first_count++] = (struct first){said, (uint32_t)result->line_count};
    result->lines[result->line_count++] =
        (struct list_line){.id = group->id, .email = email_of(merge, said), .status = status, .beside = group->status,
                           .line = row->line};
}

static void survey(struct merge *merge, struct group *group) {
    int one_status = -1;
    bool conflict = false;
    for (size_t i = group->from; i < group->to; i++) {
        const struct said *at = &merge->reading->said[merge->order[i]];
        if (at->email) group->has_address = true;
        if (at->beside > group->status) group->status = at->beside;
        if (at->status == LIST_OPPOSITION) continue; /* of the address, and no contradiction */
        conflict |= one_status >= 0 && one_status != (int)at->status;
        one_status = (int)at->status;
    }
    if (conflict) add_text(&merge->conflicts, group->id);
}

/* One address of an id (or "" = none): order[from..to), in the order of the rows. */
static void merge_address(struct merge *merge, struct group *group, size_t from, size_t to) {
    const uint32_t *order = merge->order, *objecting = NULL;
    for (size_t i = from; i < to && !objecting; i++)
        if (merge->reading->said[order[i]].status == LIST_OPPOSITION) objecting = &order[i];
    const char *email = email_of(merge, order[from]);
    if (!*email) {
        if (objecting)
            add_line(merge, group, group->has_address ? *objecting : order[from], LIST_OPPOSITION);
        else if (!group->has_address)
            add_line(merge, group, order[from], group->status);
        return;
    }
    bool opposed = has_text(&merge->opposed, email);
    if (opposed && !objecting) add_text(&merge->spread, group->id);
    add_line(merge, group, order[from], opposed ? LIST_OPPOSITION : group->status);
}

static int by_said(const void *left, const void *right) {
    const struct first *a = left, *b = right;
    return (a->said > b->said) - (a->said < b->said);
}

/* rank 1, 2 … in the order in which the addresses were first said. */
static void rank_lines(struct merge *merge, const struct group *group) {
    uint32_t rank = 0;
    if (group->first_count > 1) qsort(merge->firsts, group->first_count, sizeof *merge->firsts, by_said);
    for (size_t i = 0; i < group->first_count; i++) {
        struct list_line *line = &merge->result->lines[merge->firsts[i].line];
        rank += *line->email != '\0';
        line->rank = rank;
    }
}

static void merge_group(struct merge *merge, size_t g) {
    struct group group = {.id = merge->ids[g], .from = merge->start[g], .to = merge->start[g + 1], .status = LIST_INFORMED};
    if (group.from == group.to) return;
    survey(merge, &group);
    if (group.to - group.from > 1)
        qsort_r(merge->order + group.from, group.to - group.from, sizeof *merge->order, by_email_order, merge);
    for (size_t at = group.from, to; at < group.to; at = to) {
        for (to = at + 1; to < group.to && !strcmp(email_of(merge, merge->order[to]), email_of(merge, merge->order[at])); to++)
            continue;
        merge_address(merge, &group, at, to);
    }
    rank_lines(merge, &group);
}

static void merge_lines(struct merge *merge) {
    struct reading *reading = merge->reading;
    for (size_t i = 0; i < reading->said_count; i++)
        if (reading->said[i].status == LIST_OPPOSITION && reading->said[i].email)
            add_text(&merge->opposed, email_of(merge, (uint32_t)i));
    sort_unique(&merge->opposed);
    merge->result->lines = mem_new(reading->said_count + 1, sizeof *merge->result->lines);
    for (size_t g = 0; g < merge->group_count; g++) merge_group(merge, g);
}

/* -- shared mailboxes, dates --------------------------------------------------------------------------- */
static uint32_t hash_of(const char *text) { /* FNV-1a */
    uint32_t hash = 2166136261u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash ^ hash >> 15;
}

/* An open hash of all addresses: the same one again, under another id, is a shared mailbox. */
static void find_shared(struct merge *merge) {
    const struct list_result *result = merge->result;
    size_t buckets = 16;
    while (buckets < result->line_count * 2) buckets *= 2;
    AUTO_MEM uint32_t *seen = mem_new(buckets, sizeof *seen); /* line + 1 */
    for (size_t i = 0; i < result->line_count; i++) {
        const struct list_line *line = &result->lines[i];
        if (!*line->email) continue;
        size_t at = hash_of(line->email) & (buckets - 1);
        while (seen[at] && strcmp(result->lines[seen[at] - 1].email, line->email)) at = (at + 1) & (buckets - 1);
        if (seen[at]) add_text(&merge->shared, line->email);
        else seen[at] = (uint32_t)i + 1;
    }
}

static int by_party_day(const void *left, const void *right) {
    const struct day_said *a = left, *b = right;
    if (a->party != b->party) return a->party < b->party ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

static int by_date_id(const void *left, const void *right) {
    return strcmp(((const struct list_date *)left)->id, ((const struct list_date *)right)->id);
}

static void keep_earliest_days(struct merge *merge) {
    struct reading *reading = merge->reading;
    struct list_result *result = merge->result;
    for (size_t i = 0; i < reading->day_count; i++) reading->days[i].party = merge->group_of[reading->days[i].party];
    if (reading->day_count) qsort(reading->days, reading->day_count, sizeof *reading->days, by_party_day);
    for (size_t i = 0; i < reading->day_count; i++) {
        if (i && reading->days[i].party == reading->days[i - 1].party) continue;
        char instant[INSTANT_TEXT];
        instant_format((int64_t)reading->days[i].day * DAY_MS, 0, instant);
        ROOM_FOR_ONE(result->dates, result->date_count);
        struct list_date *date = &result->dates[result->date_count++];
        date->id = merge->ids[reading->days[i].party];
        memcpy(date->day, instant, sizeof date->day - 1); /* the date of an RFC 3339 instant */
        date->day[sizeof date->day - 1] = '\0';
    }
    if (result->date_count) qsort(result->dates, result->date_count, sizeof *result->dates, by_date_id);
}

/* -- warnings ------------------------------------------------------------------------------------------ */
static struct list_warning *new_warning(struct list_result *result, enum list_code code) {
    ROOM_FOR_ONE(result->warnings, result->warning_count);
    struct list_warning *warning = &result->warnings[result->warning_count++];
    *warning = (struct list_warning){.code = WARNING_CODE[code]};
    return warning;
}

static void warn_words(struct list_result *result, enum list_code code, struct texts *texts,
                       const char *key) {
    sort_unique(texts);
    if (!texts->count) return;
    struct list_warning *warning = new_warning(result, code);
    warning->words = texts->all;
    warning->word_count = texts->count;
    warning->words_key = key;
    *texts = (struct texts){0};
}

static void warn_lines(const struct reading *reading, enum list_code code) {
    struct list_warning *warning = NULL;
    for (size_t i = 0; i < reading->row_count; i++) {
        if (!(reading->rows[i].warnings & 1u << code)) continue;
        if (!warning) warning = new_warning(reading->result, code);
        ROOM_FOR_ONE(warning->lines, warning->line_count);
        warning->lines[warning->line_count++] = reading->rows[i].line;
    }
}

/* Somebody marked rows by colours, and no column says what they stand for. */
static bool status_by_colour(const struct reading *reading) {
    const bool *has = reading->columns.has;
    return reading->kind == LIST_AS_FOUND && reading->two_fills && !has[COLUMN_SELECTION] && !has[COLUMN_STATUS];
}

static void collect_warnings(struct merge *merge) {
    for (enum list_code code = 0; code < WARN_CODES; code++) {
        switch (code) {
        case WARN_STATUS_CONFLICT:
            warn_words(merge->result, code, &merge->conflicts, "ids");
            break;
        case WARN_SHARED_MAILBOX:
            warn_words(merge->result, code, &merge->shared, "emails");
            break;
        case WARN_NO_STATUS_COLUMN:
            if (!merge->result->has_status && merge->reading->kind == LIST_AS_FOUND)
                new_warning(merge->result, code);
            break;
        case WARN_HIDDEN_ROWS:
            if (merge->reading->hidden_rows) new_warning(merge->result, code);
            break;
        case WARN_STATUS_BY_COLOUR:
            if (status_by_colour(merge->reading)) new_warning(merge->result, code);
            break;
        default:
            warn_lines(merge->reading, code);
        }
    }
}

/* -- which row a merged one repeats ---------------------------------------------------------------------- */
/* The line of the file that says the same first: this address of this id; or, of a row without one, the first that gives
 * the id one. 0 = none. */
static uint32_t repeated_line(const struct merge *merge, const struct said *said) {
    const struct list_result *result = merge->result;
    const char *id = merge->ids[merge->group_of[said->party]], *email = said->email ? result->emails.bytes + said->email : "";
    size_t low = 0, high = result->line_count;
    while (low < high) { /* the first line of the id: they are in the order of ids */
        size_t middle = low + (high - low) / 2;
        if (compare_fields(result->lines[middle].id, id) < 0) low = middle + 1;
        else high = middle;
    }
    uint32_t earliest = 0;
    for (; low < result->line_count && !strcmp(result->lines[low].id, id); low++) {
        const struct list_line *line = &result->lines[low];
        if (!strcmp(line->email, email)) return line->line;
        if (!earliest || line->line < earliest) earliest = line->line;
    }
    return earliest;
}

static void note_repeats(const struct merge *merge) {
    struct reading *reading = merge->reading;
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < reading->said_count && list_note_wanted(reading, WARN_DUPLICATE); i++) {
        const struct said *said = &reading->said[i];
        const struct row_read *row = &reading->rows[said->row];
        uint32_t line = row->gives || said->row == last ? 0 : repeated_line(merge, said);
        if (!line) continue;
        last = said->row;
        char hint[64];
        snprintf(hint, sizeof hint, "comme la ligne %u", line);
        list_note(reading, &(struct row){.line = row->line}, WARN_DUPLICATE, NO_CELL, hint);
    }
}

/* -- all of it ----------------------------------------------------------------------------------------- */
static void digest(struct list_result *result) {
    struct sha256_stream *stream = sha256_begin();
    AUTO_BUF text = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < result->line_count; i++) {
        list_line_write(&result->lines[i], &text);
        buf_add_char(&text, '\n');
        if (text.length < DIGEST_BYTES && i + 1 < result->line_count) continue;
        sha256_add(stream, text.bytes, text.length);
        buf_clear(&text);
    }
    sha256_end(stream, result->sha256);
}

static void count_rows(struct reading *reading) {
    for (size_t i = 0; i < reading->row_count; i++) {
        struct row_read *row = &reading->rows[i];
        if (row->gives)
            reading->result->accepted++;
        else {
            reading->result->merged++;
            row->warnings |= 1u << WARN_DUPLICATE;
        }
    }
}

static void merge_release(struct merge *merge) {
    free(merge->group_of);
    free(merge->ids);
    free(merge->order);
    free(merge->start);
    free(merge->firsts);
    free(merge->opposed.all);
    free(merge->conflicts.all);
    free(merge->shared.all);
}

void list_merge(struct reading *reading) {
    struct list_result *result = reading->result;
    struct merge merge = {.reading = reading, .result = result};
    group_parties(&merge);
    group_said(&merge);
    merge_lines(&merge);
    find_shared(&merge);
    keep_earliest_days(&merge);
    count_rows(reading);
    note_repeats(&merge);
    collect_warnings(&merge);
    sort_unique(&merge.spread);
    result->spread = merge.spread.all;
    result->spread_count = merge.spread.count;
    merge_release(&merge);
    digest(result);
}
