/* What all rows say together: final lines, the strongest status, oppositions by address, warnings (RULES 10,
 * 18, 21). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "lists/list_reading.h"

/* As bytes of "id;email;status" compare: the end of a field counts as its ";". */
static int compare_fields(const char *a, const char *b) {
    for (;; a++, b++) {
        unsigned char left = *a ? (unsigned char)*a : ';', right = *b ? (unsigned char)*b : ';';
        if (left != right) return left < right ? -1 : 1;
        if (!*a || !*b) return (*a != '\0') - (*b != '\0');
    }
}

static int by_id_email_order(const void *left, const void *right) {
    const struct said *a = left, *b = right;
    int order = compare_fields(a->id, b->id);
    if (!order) order = compare_fields(a->email, b->email);
    return order ? order : (a->order > b->order) - (a->order < b->order);
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

/* -- the final lines ----------------------------------------------------------------------------------- */
struct merge {
    struct reading *reading;
    struct list_result *result;
    struct texts opposed, conflicts, spread, shared;
};

struct group { /* everything said about one id: said[from..to) */
    size_t from, to;
    enum list_status status; /* the strongest that is no opposition */
    bool has_address;
};

static void add_line(struct merge *merge, const struct said *first, enum list_status status) {
    struct list_result *result = merge->result;
    struct row_read *row = &merge->reading->rows[first->row];
    row->gives = true;
    ROOM_FOR_ONE(result->lines, result->line_count);
    result->lines[result->line_count++] =
        (struct list_line){.id = (char *)(uintptr_t)first->id,
                           .email = (char *)(uintptr_t)first->email,
                           .status = status,
                           .line = row->line,
                           .rank = (int)first->order}; /* until rank_lines */
}

static struct group survey(struct merge *merge, size_t from) {
    const struct said *said = merge->reading->said;
    struct group group = {.from = from, .to = from, .status = LIST_INFORMED};
    int one_status = -1;
    bool conflict = false;
    for (; group.to < merge->reading->said_count && !strcmp(said[group.to].id, said[from].id); group.to++) {
        const struct said *at = &said[group.to];
        if (*at->email) group.has_address = true;
        if (at->status == LIST_OPPOSITION) continue;
        conflict |= one_status >= 0 && one_status != (int)at->status;
        one_status = (int)at->status;
        if (at->status > group.status) group.status = at->status;
    }
    if (conflict) add_text(&merge->conflicts, said[from].id);
    return group;
}

/* One address of an id (or "" = none): said[from..to), in the order of the rows. */
static void merge_address(struct merge *merge, const struct group *group, size_t from, size_t to) {
    const struct said *said = merge->reading->said, *objecting = NULL;
    for (size_t i = from; i < to && !objecting; i++)
        if (said[i].status == LIST_OPPOSITION) objecting = &said[i];
    if (!*said[from].email) {
        if (objecting)
            add_line(merge, objecting, LIST_OPPOSITION);
        else if (!group->has_address)
            add_line(merge, &said[from], group->status);
        return;
    }
    bool opposed = has_text(&merge->opposed, said[from].email);
    if (opposed && !objecting) add_text(&merge->spread, said[from].id);
    add_line(merge, &said[from], opposed ? LIST_OPPOSITION : group->status);
}

static void merge_lines(struct merge *merge) {
    struct reading *reading = merge->reading;
    for (size_t i = 0; i < reading->said_count; i++)
        if (reading->said[i].status == LIST_OPPOSITION && *reading->said[i].email)
            add_text(&merge->opposed, reading->said[i].email);
    sort_unique(&merge->opposed);
    if (reading->said_count)
        qsort(reading->said, reading->said_count, sizeof *reading->said, by_id_email_order);
    for (size_t from = 0; from < reading->said_count;) {
        struct group group = survey(merge, from);
        for (size_t at = from, to; at < group.to; at = to) {
            for (to = at + 1; to < group.to && !strcmp(reading->said[to].email, reading->said[at].email);
                 to++)
                continue;
            merge_address(merge, &group, at, to);
        }
        from = group.to;
    }
}

/* -- ranks, shared mailboxes, dates -------------------------------------------------------------------- */
static int by_id_order(const void *left, const void *right) {
    const struct list_line *a = *(struct list_line *const *)left, *b = *(struct list_line *const *)right;
    int order = strcmp(a->id, b->id);
    return order ? order : a->rank - b->rank;
}

static int by_email(const void *left, const void *right) {
    return strcmp((*(struct list_line *const *)left)->email, (*(struct list_line *const *)right)->email);
}

/* rank holds the order in which addresses were first said; it becomes 1, 2 … among those of one id. */
static void rank_lines(struct list_result *result, struct list_line **sorted) {
    qsort(sorted, result->line_count, sizeof *sorted, by_id_order);
    for (size_t i = 0; i < result->line_count; i++) {
        bool same = i && !strcmp(sorted[i]->id, sorted[i - 1]->id);
        bool counts = *sorted[i]->email != '\0';
        sorted[i]->rank = (same ? sorted[i - 1]->rank : 0) + counts;
    }
}

static void find_shared(struct merge *merge, struct list_line **sorted) {
    size_t count = merge->result->line_count;
    qsort(sorted, count, sizeof *sorted, by_email);
    for (size_t i = 1; i < count; i++)
        if (*sorted[i]->email && !strcmp(sorted[i]->email, sorted[i - 1]->email))
            add_text(&merge->shared, sorted[i]->email);
}

static int by_id_day(const void *left, const void *right) {
    const struct day_said *a = left, *b = right;
    int order = strcmp(a->id, b->id);
    return order ? order : (a->day > b->day) - (a->day < b->day);
}

static void keep_earliest_days(struct reading *reading) {
    struct list_result *result = reading->result;
    if (reading->day_count) qsort(reading->days, reading->day_count, sizeof *reading->days, by_id_day);
    for (size_t i = 0; i < reading->day_count; i++) {
        if (i && !strcmp(reading->days[i].id, reading->days[i - 1].id)) continue;
        char instant[INSTANT_TEXT];
        instant_format(reading->days[i].day * DAY_MS, 0, instant);
        ROOM_FOR_ONE(result->dates, result->date_count);
        struct list_date *date = &result->dates[result->date_count++];
        date->id = (char *)(uintptr_t)reading->days[i].id;
        memcpy(date->day, instant, sizeof date->day - 1); /* the date of an RFC 3339 instant */
        date->day[sizeof date->day - 1] = '\0';
    }
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
        default:
            warn_lines(merge->reading, code);
        }
    }
}

/* -- all of it ----------------------------------------------------------------------------------------- */
static void digest(struct list_result *result) {
    struct sha256_stream *stream = sha256_begin();
    AUTO_BUF line = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < result->line_count; i++) {
        buf_clear(&line);
        list_line_write(&result->lines[i], &line);
        buf_add_char(&line, '\n');
        sha256_add(stream, line.bytes, line.length);
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

void list_merge(struct reading *reading) {
    struct list_result *result = reading->result;
    struct merge merge = {.reading = reading, .result = result};
    merge_lines(&merge);
    struct list_line **sorted = mem_new(result->line_count + 1, sizeof *sorted);
    for (size_t i = 0; i < result->line_count; i++) sorted[i] = &result->lines[i];
    rank_lines(result, sorted);
    find_shared(&merge, sorted);
    free(sorted);
    keep_earliest_days(reading);
    count_rows(reading);
    collect_warnings(&merge);
    sort_unique(&merge.spread);
    result->spread = merge.spread.all;
    result->spread_count = merge.spread.count;
    free(merge.opposed.all);
    free(merge.conflicts.all);
    free(merge.shared.all);
    digest(result);
}
