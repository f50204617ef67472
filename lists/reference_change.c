/* Chains of codes walked to their end, and two years laid side by side. */
#include "lists/reference_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { LONGEST_CHAIN = 100 };

/* -- where a code leads -------------------------------------------------------------------------------- */
struct link {
    const char *code, *next;
    size_t order; /* the first one said wins: this year's file before what was known */
};
struct chains {
    const struct reference *read;
    struct link *all;
    size_t count;
};

static void add_link(struct chains *chains, const char *code, const char *next) {
    if (!strcmp(code, next)) return;
    ROOM_FOR_ONE(chains->all, chains->count);
    chains->all[chains->count] = (struct link){code, next, chains->count};
    chains->count++;
}

static int by_code(const void *left, const void *right) {
    const struct link *a = left, *b = right;
    int order = strcmp(a->code, b->code);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void sort_links(struct chains *chains) {
    size_t kept = 0;
    if (chains->count) qsort(chains->all, chains->count, sizeof *chains->all, by_code);
    for (size_t i = 0; i < chains->count; i++)
        if (!kept || strcmp(chains->all[kept - 1].code, chains->all[i].code)) chains->all[kept++] = chains->all[i];
    chains->count = kept;
}

static int link_is(const void *code, const void *link) { return strcmp(code, ((const struct link *)link)->code); }

static const char *next_of(const struct chains *chains, const char *code) {
    const struct link *found =
        chains->count ? bsearch(code, chains->all, chains->count, sizeof *chains->all, link_is) : NULL;
    return found ? found->next : NULL;
}

/* The collectivity of this year, or the last code known on the way. */
static const char *end_of(const struct chains *chains, const char *code) {
    for (int steps = 0; steps < LONGEST_CHAIN && !reference_by_id(chains->read, code); steps++) {
        const char *next = next_of(chains, code);
        if (!next) break;
        code = next;
    }
    return code;
}

/* -- groupings: the files say nothing of their successors, their members do ---------------------------- */
struct members_now { const char *grouping; size_t count; };

static const struct collectivity *grouping_now(const struct chains *chains, const struct collectivity *member) {
    const struct collectivity *commune = reference_by_id(chains->read, end_of(chains, member->id));
    return commune ? reference_by_id(chains->read, commune->epci_siren) : NULL;
}

static const char *say_members(const struct members_now *now, size_t count, struct arena *memory) {
    AUTO_BUF text = BUF_INIT(2000);
    for (size_t i = 0; i < count; i++) buf_add_format(&text, "%s%s ×%zu", i ? ", " : "", now[i].grouping, now[i].count);
    return arena_text(memory, buf_text(&text), text.length);
}

/* The one grouping all its members are in now; NULL with where they are when they are in several, or in none. */
static const struct collectivity *grouping_successor(const struct chains *chains, const struct reference *before,
                                                     const struct collectivity *gone, const char **members, struct arena *memory) {
    size_t count, now_count = 0;
    const struct collectivity *all = reference_all(before, &count);
    AUTO_MEM struct members_now *now = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!*all[i].insee || strcmp(all[i].epci_siren, gone->id)) continue;
        const struct collectivity *grouping = grouping_now(chains, &all[i]);
        const char *id = grouping ? grouping->id : "—";
        size_t k = 0;
        while (k < now_count && strcmp(now[k].grouping, id)) k++;
        if (k == now_count) {
            ROOM_FOR_ONE(now, now_count);
            now[now_count++] = (struct members_now){id, 0};
        }
        now[k].count++;
    }
    const struct collectivity *only = now_count == 1 ? reference_by_id(chains->read, now[0].grouping) : NULL;
    *members = only ? "" : say_members(now, now_count, memory);
    return only;
}

/* -- who came, who changed, who went ------------------------------------------------------------------- */
static bool same(const struct collectivity *a, const struct collectivity *b) {
    return a->population == b->population && !strcmp(a->type, b->type) && !strcmp(a->insee, b->insee) && !strcmp(a->siren, b->siren) &&
           !strcmp(a->name, b->name) && !strcmp(a->department, b->department) && !strcmp(a->epci_siren, b->epci_siren) &&
           !strcmp(a->postcodes, b->postcodes);
}

bool reference_renamed(const struct reference_altered *altered) { return strcmp(altered->was->name, altered->now->name) != 0; }

static void add_arrival(struct reference_change *change, const struct reference *before, const struct collectivity *who) {
    const struct former_commune *former = before ? reference_former(before, who->id) : NULL;
    ROOM_FOR_ONE(change->added, change->added_count);
    change->added[change->added_count++] = (struct reference_added){
        who, former && strcmp(former->current_id, who->id) ? former->current_id : NULL};
}

static void find_arrivals(const struct reference *before, const struct reference *read, struct reference_change *change) {
    size_t count;
    const struct collectivity *all = reference_all(read, &count);
    for (size_t i = 0; i < count; i++) {
        const struct collectivity *was = before ? reference_by_id(before, all[i].id) : NULL;
        if (!was) add_arrival(change, before, &all[i]);
        else if (!same(was, &all[i])) {
            ROOM_FOR_ONE(change->altered, change->altered_count);
            struct reference_altered *one = &change->altered[change->altered_count++];
            *one = (struct reference_altered){was, &all[i]};
            change->renamed_count += reference_renamed(one);
            change->regrouped_count += *was->insee && strcmp(was->epci_siren, all[i].epci_siren);
        }
    }
}

static void find_departures(const struct chains *chains, const struct reference *before, struct reference_change *change) {
    size_t count = 0;
    const struct collectivity *all = before ? reference_all(before, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (reference_by_id(chains->read, all[i].id)) continue;
        struct reference_vanished gone = {.who = &all[i], .members_now = ""};
        gone.into = reference_by_id(chains->read, end_of(chains, all[i].id));
        if (!gone.into && !*all[i].insee)
            gone.into = grouping_successor(chains, before, &all[i], &gone.members_now, &change->memory);
        ROOM_FOR_ONE(change->vanished, change->vanished_count);
        change->vanished[change->vanished_count++] = gone;
    }
}

static const char *keep(struct arena *memory, const char *text) { return arena_text(memory, text, strlen(text)); }

/* Who went in an earlier year, nobody knew into what, and this year's file tells. */
static void find_late_successors(const struct chains *chains, const struct reference *waiting, struct reference_change *change) {
    size_t count = 0;
    const struct collectivity *all = waiting ? reference_all(waiting, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const struct collectivity *into = reference_by_id(chains->read, end_of(chains, all[i].id));
        if (!into || !strcmp(into->id, all[i].id)) continue;
        struct collectivity *who = arena_new(&change->memory, 1, sizeof *who);
        *who = (struct collectivity){.id = keep(&change->memory, all[i].id), .insee = keep(&change->memory, all[i].insee),
                                     .siren = keep(&change->memory, all[i].siren), .name = keep(&change->memory, all[i].name),
                                     .name_key = keep(&change->memory, all[i].name_key), .type = keep(&change->memory, all[i].type),
                                     .department = keep(&change->memory, all[i].department), .epci_siren = "", .postcodes = ""};
        ROOM_FOR_ONE(change->vanished, change->vanished_count);
        change->vanished[change->vanished_count++] = (struct reference_vanished){.who = who, .into = into, .members_now = ""};
    }
}

/* -- former codes and names from now on ---------------------------------------------------------------- */
static void add_former(struct reference_change *change, const struct former_commune *one, const char *current_id) {
    ROOM_FOR_ONE(change->former, change->former_count);
    change->former[change->former_count] = *one;
    change->former[change->former_count++].current_id = current_id;
}

/* `known` rows that this year's file does not repeat, but those of codes in use again. */
static void add_known(const struct chains *chains, const struct former_commune *known, struct reference_change *change) {
    bool in_use = reference_by_id(chains->read, known->code) != NULL;
    if (in_use && strcmp(known->code, known->current_id)) return;
    add_former(change, known, end_of(chains, known->code));
}

/* The code and name of who is gone; its SIREN has no name, so that the name is there once. */
static void add_gone(const struct reference_vanished *gone, struct reference_change *change) {
    const struct collectivity *who = gone->who;
    const char *into = gone->into ? gone->into->id : who->id;
    add_former(change, &(struct former_commune){who->id, who->name, who->name_key, *who->insee ? "commune-disparue" : "groupement-disparu", ""}, into);
    if (*who->insee && *who->siren) add_former(change, &(struct former_commune){who->siren, "", "", "ancien-siren", ""}, into);
}

static int by_code_name(const void *left, const void *right) {
    const struct former_commune *a = left, *b = right;
    int order = strcmp(a->code, b->code);
    return order ? order : strcmp(a->name, b->name);
}

/* Rows of one code and name are one: the first added stays (arrays are short, and sorted by insertion order first). */
static void drop_repeated(struct reference_change *change) {
    size_t kept = 0;
    for (size_t i = 0; i < change->former_count; i++)
        if (!kept || by_code_name(&change->former[kept - 1], &change->former[i])) change->former[kept++] = change->former[i];
    change->former_count = kept;
}

/* qsort is not stable: the order of arrival decides between equals. */
struct arrived { struct former_commune one; size_t order; };
static int by_code_name_order(const void *left, const void *right) {
    const struct arrived *a = left, *b = right;
    int order = by_code_name(&a->one, &b->one);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void sort_former(struct reference_change *change) {
    struct arrived *rows = mem_new(change->former_count + 1, sizeof *rows);
    for (size_t i = 0; i < change->former_count; i++) rows[i] = (struct arrived){change->former[i], i};
    if (change->former_count) qsort(rows, change->former_count, sizeof *rows, by_code_name_order);
    for (size_t i = 0; i < change->former_count; i++) change->former[i] = rows[i].one;
    free(rows);
    drop_repeated(change);
}

static bool same_former(const struct reference *before, const struct reference_change *change) {
    size_t count = 0;
    const struct former_commune *known = before ? reference_all_former(before, &count) : NULL;
    if (count != change->former_count) return false;
    for (size_t i = 0; i < count; i++)
        if (by_code_name(&known[i], &change->former[i]) || strcmp(known[i].nature, change->former[i].nature) ||
            strcmp(known[i].current_id, change->former[i].current_id))
            return false;
    return true;
}

static void collect_former(const struct chains *chains, const struct reference *before, const struct reference *read,
                           struct reference_change *change) {
    size_t count = 0;
    const struct former_commune *rows = reference_all_former(read, &count);
    for (size_t i = 0; i < count; i++) add_former(change, &rows[i], end_of(chains, rows[i].current_id));
    rows = before ? reference_all_former(before, &count) : NULL;
    for (size_t i = 0; rows && i < count; i++) add_known(chains, &rows[i], change);
    for (size_t i = 0; i < change->vanished_count; i++) add_gone(&change->vanished[i], change);
    for (size_t i = 0; i < change->altered_count; i++) {
        const struct collectivity *was = change->altered[i].was;
        if (reference_renamed(&change->altered[i]))
            add_former(change, &(struct former_commune){was->id, was->name, was->name_key, "ancien-nom", ""}, was->id);
    }
    sort_former(change);
    change->former_changed = !same_former(before, change);
}

/* -- all of it ----------------------------------------------------------------------------------------- */
static void link_former(struct chains *chains, const struct reference *reference) {
    size_t count = 0;
    const struct former_commune *rows = reference ? reference_all_former(reference, &count) : NULL;
    for (size_t i = 0; i < count; i++) add_link(chains, rows[i].code, rows[i].current_id);
}

void reference_compare(const struct reference *before, const struct reference *waiting, const struct reference *read,
                       struct reference_change *change) {
    struct chains chains = {.read = read};
    *change = (struct reference_change){0};
    link_former(&chains, read);
    link_former(&chains, before);
    sort_links(&chains);
    find_arrivals(before, read, change);
    find_departures(&chains, before, change);
    find_late_successors(&chains, waiting, change);
    for (size_t i = 0; i < change->vanished_count; i++) /* groupings too lead on from here */
        if (change->vanished[i].into) add_link(&chains, change->vanished[i].who->id, change->vanished[i].into->id);
    sort_links(&chains);
    collect_former(&chains, before, read, change);
    free(chains.all);
}

void reference_change_release(struct reference_change *change) {
    free(change->added);
    free(change->altered);
    free(change->vanished);
    free(change->former);
    arena_release(&change->memory);
    *change = (struct reference_change){0};
}

bool reference_change_none(const struct reference_change *change) {
    return !change->added_count && !change->altered_count && !change->vanished_count && !change->former_changed;
}

/* -- is it whole --------------------------------------------------------------------------------------- */
enum { COMMUNES_LEFT = 95, GROUPINGS_LEFT = 50, PER_CENT = 100, ENOUGH_TO_TELL = 100 };
/* In no year since 2010 have more than 3 % of the communes gone at once; of groupings, 39 % went in 2017. */

static size_t count_of(const struct reference *reference, bool communes) {
    size_t count, found = 0;
    const struct collectivity *all = reference_all(reference, &count);
    for (size_t i = 0; i < count; i++) found += (*all[i].insee != '\0') == communes;
    return found;
}

static size_t communes_in(const struct reference *reference, const char *department) {
    size_t count, found = 0;
    const struct collectivity *all = reference_all(reference, &count);
    for (size_t i = 0; i < count; i++) found += *all[i].insee && !strcmp(all[i].department, department);
    return found;
}

static bool enough(const struct reference *before, const struct reference *read, bool communes, size_t least, struct err *err) {
    size_t were = count_of(before, communes), are = count_of(read, communes);
    if (were < ENOUGH_TO_TELL || are * PER_CENT >= were * least) return true;
    return err_set(err, ERR_INPUT, "REFERENCE_TRUNCATED",
                   "%zu %s au lieu de %zu : le fichier est sans doute coupé ; s'il est complet, ajoutez --force", are,
                   communes ? "communes" : "groupements", were);
}

bool reference_plausible(const struct reference *before, const struct reference *read, struct err *err) {
    if (!enough(before, read, true, COMMUNES_LEFT, err) || !enough(before, read, false, GROUPINGS_LEFT, err)) return false;
    size_t count;
    const struct department *all = reference_all_departments(before, &count);
    for (size_t i = 0; i < count; i++) {
        size_t were = communes_in(before, all[i].code);
        if (!were || communes_in(read, all[i].code)) continue;
        return err_set(err, ERR_INPUT, "REFERENCE_TRUNCATED",
                       "%s (%s) n'aurait plus aucune commune, sur %zu : le fichier est sans doute coupé ; s'il est complet, "
                       "ajoutez --force", all[i].name, all[i].code, were);
    }
    return true;
}
