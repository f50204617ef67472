/* Three tables and their hash indexes: by code, by name. */
#include "lists/reference.h"

#include <stdlib.h>
#include <string.h>

#include "lists/arena.h"

/* Items of an array found by a text: buckets of chains, equal keys in the order of the array. */
struct index {
    uint32_t *first, *next;
    size_t mask;
};
enum { NO_ITEM = UINT32_MAX, LEAST_BUCKETS = 16 };

struct reference {
    struct arena texts;
    struct collectivity *collectivities;
    struct former_commune *former;
    struct department *departments;
    size_t collectivity_count, former_count, department_count;
    struct index by_insee, by_siren, by_id, by_name, former_by_code, former_by_name, department_by_code,
        department_by_name;
};

/* Where the key of an item lies: every record is a struct of `const char *` members. */
static const char *key_of(const void *items, size_t size_bytes, size_t offset, size_t i) {
    return *(const char *const *)((const char *)items + i * size_bytes + offset);
}

static uint64_t hash_of(const char *key) { /* FNV-1a */
    uint64_t hash = 14695981039346656037u;
    for (; *key; key++) hash = (hash ^ (unsigned char)*key) * 1099511628211u;
    return hash ^ hash >> 29;
}

static void index_build(struct index *index, const void *items, size_t count, size_t size_bytes,
                        size_t offset) {
    size_t buckets = LEAST_BUCKETS;
    while (buckets < count) buckets *= 2;
    index->mask = buckets - 1;
    index->first = mem_new(buckets, sizeof *index->first);
    index->next = mem_new(count + 1, sizeof *index->next);
    memset(index->first, 0xFF, buckets * sizeof *index->first);
    for (size_t i = count; i-- > 0;) { /* from the end, so that chains run forwards */
        const char *key = key_of(items, size_bytes, offset, i);
        if (!*key) continue;
        uint32_t *bucket = &index->first[hash_of(key) & index->mask];
        index->next[i] = *bucket;
        *bucket = (uint32_t)i;
    }
}

/* The next item with that key behind `from` (NO_ITEM: the first one). */
static uint32_t index_find(const struct index *index, const void *items, size_t size_bytes, size_t offset,
                           const char *key, uint32_t from) {
    if (!*key || !index->first) return NO_ITEM;
    uint32_t at = from == NO_ITEM ? index->first[hash_of(key) & index->mask] : index->next[from];
    while (at != NO_ITEM && strcmp(key_of(items, size_bytes, offset, at), key)) at = index->next[at];
    return at;
}

static void index_release(struct index *index) {
    free(index->first);
    free(index->next);
}

struct reference *reference_new(void) {
    return mem_new(1, sizeof(struct reference));
}

void reference_free(struct reference *reference) {
    if (!reference) return;
    struct index *indexes[] = {&reference->by_insee,
                               &reference->by_siren,
                               &reference->by_id,
                               &reference->by_name,
                               &reference->former_by_code,
                               &reference->former_by_name,
                               &reference->department_by_code,
                               &reference->department_by_name};
    for (size_t i = 0; i < COUNT(indexes); i++) index_release(indexes[i]);
    free(reference->collectivities);
    free(reference->former);
    free(reference->departments);
    arena_release(&reference->texts);
    free(reference);
}

static const char *keep(struct reference *reference, const char *text) {
    return *text ? arena_text(&reference->texts, text, strlen(text)) : "";
}

void reference_add(struct reference *reference, const struct collectivity *one) {
    ROOM_FOR_ONE(reference->collectivities, reference->collectivity_count);
    reference->collectivities[reference->collectivity_count++] =
        (struct collectivity){.id = keep(reference, one->id),
                              .type = keep(reference, one->type),
                              .insee = keep(reference, one->insee),
                              .siren = keep(reference, one->siren),
                              .name = keep(reference, one->name),
                              .name_key = keep(reference, one->name_key),
                              .department = keep(reference, one->department),
                              .epci_siren = keep(reference, one->epci_siren),
                              .postcodes = keep(reference, one->postcodes),
                              .population = one->population};
}

void reference_add_former(struct reference *reference, const struct former_commune *one) {
    ROOM_FOR_ONE(reference->former, reference->former_count);
    reference->former[reference->former_count++] =
        (struct former_commune){.code = keep(reference, one->code),
                                .name = keep(reference, one->name),
                                .name_key = keep(reference, one->name_key),
                                .nature = keep(reference, one->nature),
                                .current_id = keep(reference, one->current_id)};
}

void reference_add_department(struct reference *reference, const struct department *one) {
    ROOM_FOR_ONE(reference->departments, reference->department_count);
    reference->departments[reference->department_count++] =
        (struct department){.code = keep(reference, one->code),
                            .name = keep(reference, one->name),
                            .name_key = keep(reference, one->name_key),
                            .region = keep(reference, one->region),
                            .region_name = keep(reference, one->region_name),
                            .zone = keep(reference, one->zone)};
}

bool reference_ready(struct reference *reference, struct err *err) {
    static const struct {
        size_t index, key;
    } COLLECTIVITY_INDEXES[] = {
        {offsetof(struct reference, by_insee), offsetof(struct collectivity, insee)},
        {offsetof(struct reference, by_siren), offsetof(struct collectivity, siren)},
        {offsetof(struct reference, by_id), offsetof(struct collectivity, id)},
        {offsetof(struct reference, by_name), offsetof(struct collectivity, name_key)},
    };
    if (!reference->collectivity_count)
        return err_set(err, ERR_INPUT, "REFERENCE_EMPTY",
                       "le référentiel des collectivités est vide ; créez la base par « relais init »");
    for (size_t i = 0; i < COUNT(COLLECTIVITY_INDEXES); i++)
        index_build((struct index *)((char *)reference + COLLECTIVITY_INDEXES[i].index),
                    reference->collectivities, reference->collectivity_count,
                    sizeof *reference->collectivities, COLLECTIVITY_INDEXES[i].key);
    index_build(&reference->former_by_code, reference->former, reference->former_count,
                sizeof *reference->former, offsetof(struct former_commune, code));
    index_build(&reference->former_by_name, reference->former, reference->former_count,
                sizeof *reference->former, offsetof(struct former_commune, name_key));
    index_build(&reference->department_by_code, reference->departments, reference->department_count,
                sizeof *reference->departments, offsetof(struct department, code));
    index_build(&reference->department_by_name, reference->departments, reference->department_count,
                sizeof *reference->departments, offsetof(struct department, name_key));
    return true;
}

size_t reference_count(const struct reference *reference) { return reference->collectivity_count; }

size_t reference_place(const struct reference *reference, const struct collectivity *one) {
    return (size_t)(one - reference->collectivities);
}

const struct collectivity *reference_all(const struct reference *reference, size_t *count) {
    *count = reference->collectivity_count;
    return reference->collectivities;
}

const struct former_commune *reference_all_former(const struct reference *reference, size_t *count) {
    *count = reference->former_count;
    return reference->former;
}

const struct department *reference_all_departments(const struct reference *reference, size_t *count) {
    *count = reference->department_count;
    return reference->departments;
}

/* One look-up: which index, of which array, by which member. */
#define FIND(index, array, record, member, key, after)                                                       \
    found_at(index_find(&reference->index, reference->array, sizeof(struct record),                          \
                        offsetof(struct record, member), (key),                                              \
                        (after) ? (uint32_t)((after)-reference->array) : NO_ITEM),                           \
             reference->array, sizeof(struct record))
static const void *found_at(uint32_t at, const void *items, size_t size_bytes) {
    return at == NO_ITEM ? NULL : (const char *)items + at * size_bytes;
}

const struct collectivity *reference_by_insee(const struct reference *reference, const char *code) {
    return FIND(by_insee, collectivities, collectivity, insee, code, (struct collectivity *)NULL);
}

const struct collectivity *reference_by_siren(const struct reference *reference, const char *siren) {
    return FIND(by_siren, collectivities, collectivity, siren, siren, (struct collectivity *)NULL);
}

const struct collectivity *reference_by_id(const struct reference *reference, const char *id) {
    return FIND(by_id, collectivities, collectivity, id, id, (struct collectivity *)NULL);
}

const struct former_commune *reference_former(const struct reference *reference, const char *code) {
    return FIND(former_by_code, former, former_commune, code, code, (struct former_commune *)NULL);
}

const struct department *reference_department(const struct reference *reference, const char *code) {
    return FIND(department_by_code, departments, department, code, code, (struct department *)NULL);
}

const struct collectivity *reference_named(const struct reference *reference, const char *name_key,
                                           const struct collectivity *after) {
    return FIND(by_name, collectivities, collectivity, name_key, name_key, after);
}

const struct former_commune *reference_formerly(const struct reference *reference, const char *name_key,
                                                const struct former_commune *after) {
    return FIND(former_by_name, former, former_commune, name_key, name_key, after);
}

const struct department *reference_department_named(const struct reference *reference, const char *name_key) {
    return FIND(department_by_name, departments, department, name_key, name_key, (struct department *)NULL);
}
