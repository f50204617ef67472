/* What is about to go out, shown. */
#include "mailer/cmd_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/plan_view.h"
#include "mailer/reports/french_numbers.h"
#include "templates/mail_template.h"

enum { COLUMNS = 100, INDENT = 6, DEPARTMENTS_MOST = 200, SAMPLES = 5, SAMPLE_LINES = 4 };

/* -- publics, by department ------------------------------------------------------------------------------------------ */
struct department_count { char code[8]; int64_t count; };
struct public_counts { struct department_count all[DEPARTMENTS_MOST]; size_t count; int64_t total; };

static struct department_count *department_of(struct public_counts *counts, const char *code) {
    for (size_t i = counts->count; i-- > 0;)
        if (!strcmp(counts->all[i].code, code)) return &counts->all[i];
    if (counts->count == DEPARTMENTS_MOST) return &counts->all[DEPARTMENTS_MOST - 1];
    struct department_count *one = &counts->all[counts->count++];
    *one = (struct department_count){0};
    snprintf(one->code, sizeof one->code, "%s", code);
    return one;
}

static int by_code(const void *a, const void *b) {
    return strcmp(((const struct department_count *)a)->code, ((const struct department_count *)b)->code);
}

static void count_public(const struct recipients *recipients, enum audience audience, struct public_counts *counts) {
    *counts = (struct public_counts){0};
    for (size_t i = 0; i < recipients->count; i++) {
        if (!recipient_in(&recipients->all[i], audience)) continue;
        department_of(counts, recipients->all[i].department)->count++;
        counts->total++;
    }
    qsort(counts->all, counts->count, sizeof *counts->all, by_code);
}

static bool is_addressed(const struct start *start, enum audience audience) {
    for (size_t i = 0; i < start->waves.count; i++)
        if (wave_to_come(&start->waves.all[i]) && start->waves.all[i].audience == audience) return true;
    return false;
}

/* "01 393 · 02 797 · …", folded. */
static void show_public(enum audience audience, const struct public_counts *counts) {
    char total[FRENCH_NUMBER];
    size_t column = INDENT;
    french_integer(counts->total, total);
    printf("  %s : %s\n", audience_text(audience), total);
    for (size_t i = 0; i < counts->count; i++) {
        char one[80];
        int length = snprintf(one, sizeof one, "%s\u00A0%" PRId64, counts->all[i].code, counts->all[i].count) - 1;
        bool first = !i, fold = !first && column + (size_t)length + 3 > COLUMNS;
        printf("%s%s", first ? "      " : fold ? "\n      " : " · ", one);
        column = (fold ? INDENT : column + (first ? 0 : 3)) + (size_t)length;
    }
    if (counts->count) putchar('\n');
}

/* Whose mailbox is left in peace now, of all that some wave to come is for: their messages wait, or go to the next contact. */
struct quiet_counts { int64_t resting, away; };
static struct quiet_counts count_quiet(const struct start *start) {
    struct quiet_counts counts = {0};
    int64_t today = local_day(PARIS, app_now_ms(start->app));
    for (size_t i = 0; i < start->recipients.count; i++) {
        const struct recipient *one = &start->recipients.all[i];
        const struct quiet_mailbox *mailbox = one->address ? quiet_find(&start->quiet, one->address) : NULL;
        bool meant = false;
        for (int audience = 0; mailbox && audience < AUDIENCE_COUNT; audience++)
            meant |= is_addressed(start, (enum audience)audience) && recipient_in(one, (enum audience)audience);
        if (!meant) continue;
        if (mailbox->rest_until_ms >= 0) counts.resting++;
        else counts.away += mailbox->back_day >= today;
    }
    return counts;
}

static void show_quiet(const struct start *start) {
    const struct quiet_counts counts = count_quiet(start);
    if (counts.resting) printf("  boîtes au repos aujourd'hui, après des échecs répétés : %" PRId64 " ; on écrit à l'adresse suivante, sinon le message attend\n", counts.resting);
    if (counts.away) printf("  lecteurs absents aujourd'hui, à les en croire : %" PRId64 " ; leur message attend leur retour, sans dépasser le dernier jour utile\n", counts.away);
}

static void show_publics(const struct start *start) {
    static struct public_counts counts;
    printf("\nPublics, et leur nombre par département\n");
    for (int audience = 0; audience < AUDIENCE_COUNT; audience++) {
        if (!is_addressed(start, (enum audience)audience)) continue;
        count_public(&start->recipients, (enum audience)audience, &counts);
        show_public((enum audience)audience, &counts);
    }
    if (start->review.without_address)
        printf("  sans adresse utilisable, donc sans message : %" PRId64 "\n", start->review.without_address);
    show_quiet(start);
}

static void add_publics(const struct start *start, struct js *answer) {
    static struct public_counts counts;
    struct js *all = js_array();
    for (int audience = 0; audience < AUDIENCE_COUNT; audience++) {
        if (!is_addressed(start, (enum audience)audience)) continue;
        count_public(&start->recipients, (enum audience)audience, &counts);
        struct js *one = js_object(), *departments = js_object();
        js_set_text(one, "audience", AUDIENCE[audience]);
        js_set_int(one, "total", counts.total);
        for (size_t i = 0; i < counts.count; i++) js_set_int(departments, counts.all[i].code, counts.all[i].count);
        js_set(one, "departments", departments);
        js_add(all, one);
    }
    js_set(answer, "audiences", all);
}

/* -- samples ---------------------------------------------------------------------------------------------------------- */
static bool overseas(const struct recipient *who) { return !who->relay && who->department[0] == '9' && who->department[1] >= '7'; }
static bool with_article(const struct recipient *who) {
    static const char *const ARTICLES[] = {"Le ", "Les ", "L'", "La "};
    for (size_t i = 0; i < COUNT(ARTICLES); i++)
        if (who->commune && text_starts(who->name, ARTICLES[i])) return true;
    return false;
}
static bool metropolitan(const struct recipient *who) { return who->commune && !overseas(who); }
static bool grouping(const struct recipient *who) { return !who->relay && !who->commune; }
static bool anybody(const struct recipient *who) { return who->id[0] != '\0'; }

/* As different from each other as can be: what is wrong with a template shows in one of them. by: +1 the most populous,
 * -1 the least, 0 any, the middle of those there are. */
static const struct {
    const char *kind, *text;
    bool (*fits)(const struct recipient *who);
    int by;
} KINDS[] = {{"small", "une petite commune", metropolitan, -1},     {"large", "une grande commune", metropolitan, 1},
             {"grouping", "une intercommunalité", grouping, 0},     {"overseas", "outre-mer", overseas, 0},
             {"article", "un nom à article", with_article, 0},      {"other", "une autre", anybody, 0},
             {"other", "une autre", anybody, -1},                   {"other", "une autre", anybody, 1},
             {"other", "une autre", anybody, 0}};
struct sample { const struct recipient *who; const struct wave *wave; const char *kind, *text; };

/* The first message this one would get. */
static const struct wave *next_wave(const struct start *start, const struct recipient *who) {
    for (size_t i = 0; i < start->waves.count && who->address; i++)
        if (wave_to_come(&start->waves.all[i]) && recipient_in(who, start->waves.all[i].audience)) return &start->waves.all[i];
    return NULL;
}

static bool taken(const struct sample *samples, size_t count, const struct recipient *who) {
    for (size_t i = 0; i < count; i++)
        if (samples[i].who == who) return true;
    return false;
}

static bool better(const struct recipient *one, const struct recipient *best, int by) {
    return !best || (by > 0 ? one->population > best->population : one->population && one->population < best->population);
}

static const struct recipient *pick(const struct start *start, size_t kind, const struct sample *samples, size_t count) {
    const struct recipient *best = NULL;
    size_t fitting = 0, middle = 0;
    for (int pass = KINDS[kind].by ? 1 : 0; pass < 2; pass++) {
        for (size_t i = 0; i < start->recipients.count; i++) {
            const struct recipient *one = &start->recipients.all[i];
            if (!KINDS[kind].fits(one) || taken(samples, count, one) || !next_wave(start, one)) continue;
            if (!pass) fitting++;
            else if (KINDS[kind].by ? better(one, best, KINDS[kind].by) : middle++ == fitting / 2) best = one;
        }
    }
    return best;
}

static size_t choose(const struct start *start, struct sample samples[SAMPLES]) {
    size_t count = 0;
    for (size_t kind = 0; kind < COUNT(KINDS) && count < SAMPLES; kind++) {
        const struct recipient *who = pick(start, kind, samples, count);
        if (who) samples[count++] = (struct sample){who, next_wave(start, who), KINDS[kind].kind, KINDS[kind].text};
    }
    return count;
}

static bool render(struct start *start, struct composer *composer, const struct sample *sample, struct mail_parts *parts, struct err *err) {
    int64_t at_ms = wave_at_ms(start->app->db, sample->wave->id, sample->who->department, err);
    mail_parts_clear(parts);
    return composer_parts(composer, &start->campaign, sample->wave->template, sample->who->id, max_i64(at_ms, app_now_ms(start->app)), parts, err);
}

static void show_sample(const struct start *start, const struct sample *sample, const struct mail_parts *parts) {
    const char *at = buf_text(&parts->text);
    printf("  %s — %s, %s %s, %s\n      Objet : %s\n", sample->text, sample->wave->name, sample->who->id, sample->who->name, sample->who->address,
           buf_text(&parts->subject));
    for (int lines = 0; *at && lines < SAMPLE_LINES; at += strcspn(at, "\n"), at += *at == '\n') {
        int length = (int)strcspn(at, "\n");
        bool words = length && strspn(at, "-=") < (size_t)length; /* not the line under a heading */
        if (words) printf("      | %.*s\n", length, at);
        lines += words;
    }
    printf("      (la suite : relais preview %s %s %s)\n", start->campaign.name, sample->wave->name, sample->who->id);
}

static struct js *sample_json(const struct sample *sample, const struct mail_parts *parts) {
    struct js *one = js_object();
    js_set_text(one, "kind", sample->who->relay ? "relay" : sample->kind);
    js_set_text(one, "id", sample->who->id);
    js_set_text(one, "name", sample->who->name);
    js_set_text(one, "wave", sample->wave->name);
    js_set_text(one, "address", sample->who->address);
    js_set_text(one, "subject", buf_text(&parts->subject));
    js_set_text(one, "text", buf_text(&parts->text));
    return one;
}

/* Shown when list is NULL, else added to it. */
static bool give_samples(struct start *start, struct js *list, struct err *err) {
    struct sample samples[SAMPLES];
    struct mail_parts parts = MAIL_PARTS_INIT;
    size_t count = choose(start, samples);
    bool good = true;
    AUTO(composer) composer = composer_open(start->app->db, &start->identity);
    for (size_t i = 0; i < count && good; i++) {
        good = render(start, composer, &samples[i], &parts, err);
        if (good && list) js_add(list, sample_json(&samples[i], &parts));
        else if (good) show_sample(start, &samples[i], &parts);
    }
    mail_parts_release(&parts);
    return good;
}

/* -- the last wave -------------------------------------------------------------------------------------------------- */
static void show_difference(const struct difference *difference) {
    char last[FRENCH_NUMBER], next[FRENCH_NUMBER];
    if (!difference->last) {
        printf("\nAucune vague n'est encore partie : rien à comparer.\n");
        return;
    }
    if (!difference->next) return;
    french_integer(difference->last_total, last);
    french_integer(difference->next_total, next);
    printf("\nDepuis la dernière vague : %s en avait %s, %s en aura %s\n", difference->last->name, last, difference->next->name, next);
    printf("  en moins : %" PRId64, difference->gone);
    for (size_t i = 0; i < difference->reason_count; i++)
        printf("%s%" PRId64 " %s", i ? ", " : " ; ", difference->reasons[i].count, skip_reason_text(difference->reasons[i].reason));
    printf("\n  en plus : %" PRId64 "\n", difference->added);
}

static void add_difference(const struct difference *difference, struct js *answer) {
    if (!difference->last || !difference->next) {
        js_set_null(answer, "since");
        return;
    }
    struct js *since = js_object(), *gone = js_object();
    js_set_text(since, "last", difference->last->name);
    js_set_int(since, "last_total", difference->last_total);
    js_set_text(since, "next", difference->next->name);
    js_set_int(since, "next_total", difference->next_total);
    js_set_int(since, "added", difference->added);
    for (size_t i = 0; i < difference->reason_count; i++) js_set_int(gone, difference->reasons[i].reason, difference->reasons[i].count);
    js_set(since, "gone", gone);
    js_set(answer, "since", since);
}

/* -- all of it -------------------------------------------------------------------------------------------------------- */
bool start_show(struct start *start, struct err *err) {
    char messages[FRENCH_NUMBER];
    french_integer(start->review.messages, messages);
    show_publics(start);
    printf("\nCinq exemples\n");
    if (!give_samples(start, NULL, err)) return false;
    show_difference(&start->difference);
    printf("\nMessages composés et vérifiés : %s, aucun défaut ; le plus grand a %zu ko.\n", messages, (start->review.largest_bytes + 999) / 1000);
    return true;
}

bool start_add_json(struct start *start, struct js *answer, struct err *err) {
    struct js *samples = js_array();
    add_publics(start, answer);
    bool good = give_samples(start, samples, err);
    js_set(answer, "samples", samples);
    add_difference(&start->difference, answer);
    js_set_int(answer, "messages_checked", start->review.messages);
    js_set_int(answer, "without_address", start->review.without_address);
    const struct quiet_counts quiet = count_quiet(start);
    js_set_int(answer, "resting", quiet.resting);
    js_set_int(answer, "away", quiet.away);
    return good;
}
