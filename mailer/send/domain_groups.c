/* A hash table from domains to groups. */
#include "mailer/send/domain_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { BUCKETS = 8192, DOMAIN_BYTES = 255 };

struct domain {
    struct domain *next; /* in its bucket */
    char *name;
    uint32_t hash;
    struct domain_group *group;
};

struct domain_groups {
    struct domain *buckets[BUCKETS];
    struct domain_group **all; /* configured ones first */
    size_t count, room, own;   /* own: groups of one domain among them */
    size_t domains;            /* of the configured ones */
    struct domain_group *others;
    uint64_t next_key;
};

static uint64_t hash_of_name(const char *name) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

/* -- building ----------------------------------------------------------------------------------------------------- */
static struct domain_group *add_group(struct domain_groups *groups, const char *name, struct pace_limits limits, int64_t steady_us) {
    struct domain_group *group = mem_new(1, sizeof *group);
    group->name = text_dup(name);
    group->key = ++groups->next_key;
    group->name_hash = hash_of_name(name);
    pacer_begin(&group->pace, limits, steady_us);
    if (groups->count == groups->room) {
        groups->room = groups->room ? 2 * groups->room : 64;
        groups->all = mem_grow(groups->all, groups->room, sizeof(struct domain_group *));
    }
    return groups->all[groups->count++] = group;
}

static void free_group(struct domain_group *group) {
    free(group->name);
    free(group->doors);
    free(group);
}

struct domain_groups *domain_groups_open(void) {
    struct domain_groups *groups = mem_new(1, sizeof *groups);
    groups->others = add_group(groups, "others", (struct pace_limits){0}, 0);
    groups->others->configured = true;
    return groups;
}

void domain_groups_close(struct domain_groups *groups) {
    if (!groups) return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct domain *domain = groups->buckets[i], *next; domain; domain = next) {
            next = domain->next;
            free(domain->name);
            free(domain);
        }
    for (size_t i = 0; i < groups->count; i++) free_group(groups->all[i]);
    free(groups->all);
    free(groups);
}

/* -- looking up --------------------------------------------------------------------------------------------------- */
static uint32_t hash_of(const char *domain) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *domain; domain++) hash = (hash ^ (unsigned char)*domain) * 16777619u;
    return hash;
}

static struct domain *find(const struct domain_groups *groups, const char *name, uint32_t hash) {
    struct domain *domain = groups->buckets[hash % BUCKETS];
    while (domain && (domain->hash != hash || strcmp(domain->name, name))) domain = domain->next;
    return domain;
}

static void add_domain(struct domain_groups *groups, const char *name, uint32_t hash, struct domain_group *group) {
    struct domain *domain = mem_new(1, sizeof *domain);
    *domain = (struct domain){.next = groups->buckets[hash % BUCKETS], .name = text_dup(name), .hash = hash, .group = group};
    groups->buckets[hash % BUCKETS] = domain;
}

static void forget_domain(struct domain_groups *groups, const char *name) {
    uint32_t hash = hash_of(name);
    for (struct domain **at = &groups->buckets[hash % BUCKETS]; *at; at = &(*at)->next) {
        struct domain *domain = *at;
        if (domain->hash != hash || strcmp(domain->name, name)) continue;
        *at = domain->next;
        free(domain->name);
        free(domain);
        return;
    }
}

bool domain_group_shut(const struct domain_group *group, size_t relay, int64_t clock_ms) {
    return group->doors && group->doors[relay].until_ms > clock_ms;
}

struct shut_door *domain_group_door(struct domain_group *group, size_t relay) {
    if (!group->doors) group->doors = mem_new(RELAYS_MOST, sizeof *group->doors);
    return &group->doors[relay];
}

static bool memorable(const struct domain_group *group, int64_t clock_ms, int64_t steady_us) {
    const struct pacer *pace = &group->pace;
    bool refused = false, shut = false;
    for (int i = 0; i < RELAYS_MOST; i++) refused |= group->runs[i].count > 1, shut |= domain_group_shut(group, (size_t)i, clock_ms);
    return group->configured || group->dirty || group->runs_dirty || pace->in_hand || pacer_slowed(pace) || pace->rest_until_ms > clock_ms || refused || shut ||
           pace->next_us > steady_us || group->booked_us > steady_us;
}

/* Groups of one domain about which nothing needs to be known any more. */
static void forget_idle(struct domain_groups *groups, int64_t clock_ms, int64_t steady_us) {
    size_t kept = 0;
    for (size_t i = 0; i < groups->count; i++) {
        struct domain_group *group = groups->all[i];
        if (memorable(group, clock_ms, steady_us)) {
            groups->all[kept++] = group;
            continue;
        }
        forget_domain(groups, group->name);
        free_group(group);
        groups->own--;
    }
    groups->count = kept;
}

struct domain_group *domain_group_of(struct domain_groups *groups, const char *domain, int64_t clock_ms, int64_t steady_us) {
    uint32_t hash = hash_of(domain);
    const struct domain *known = find(groups, domain, hash);
    if (known) return known->group;
    if (groups->own == DOMAIN_GROUPS_OWN) forget_idle(groups, clock_ms, steady_us);
    if (groups->own == DOMAIN_GROUPS_OWN) return groups->others;
    struct domain_group *group = add_group(groups, domain, groups->others->pace.most, steady_us);
    groups->own++;
    add_domain(groups, domain, hash, group);
    return group;
}

struct domain_group *domain_group_named(struct domain_groups *groups, const char *name, int64_t clock_ms, int64_t steady_us) {
    for (size_t i = 0; i < groups->count && groups->all[i]->configured; i++)
        if (!strcmp(groups->all[i]->name, name)) return groups->all[i];
    return strchr(name, '.') ? domain_group_of(groups, name, clock_ms, steady_us) : NULL;
}

struct domain_group *domain_group_at(struct domain_groups *groups, size_t index) {
    return index < groups->count ? groups->all[index] : NULL;
}

/* -- the table ---------------------------------------------------------------------------------------------------- */
static bool refuse(struct err *err, const char *name, const char *what, const char *why) {
    return err_set(err, ERR_INPUT, "DOMAINS", "[domains] %s : « %.100s » %s", name, what, why);
}

/* "connections 3": the number behind the word; -1 = it is not that word, -2 = no number from 0 to most. */
static int64_t limit_of(const char *item, const char *word, int64_t most) {
    size_t length = strlen(word);
    if (strncmp(item, word, length) || item[length] != ' ') return -1;
    char *end;
    long long number = strtoll(item + length, &end, 10);
    return *end || number < 0 || number > most ? -2 : number;
}

static bool is_domain(const char *text) {
    size_t length = strlen(text);
    if (length > DOMAIN_BYTES || !strchr(text, '.') || *text == '.' || text[length - 1] == '.' || strstr(text, "..")) return false;
    for (; *text; text++)
        if (!(*text >= 'a' && *text <= 'z') && !(*text >= '0' && *text <= '9') && *text != '-' && *text != '.') return false;
    return true;
}

static bool add_item(struct domain_groups *groups, struct domain_group *group, char *item, struct err *err) {
    int64_t in_hand = limit_of(item, "connections", 1000), a_minute = limit_of(item, "rate", 1000000);
    if (in_hand == -2) return refuse(err, group->name, item, "n'est pas compris : écrivez connections et un nombre de 0 (pas de limite) à 1000");
    if (a_minute == -2) return refuse(err, group->name, item, "n'est pas compris : écrivez rate et un nombre de 0 (pas de limite) à 1000000, par minute");
    if (in_hand >= 0) return group->pace.most.in_hand = (int)in_hand, true;
    if (a_minute >= 0) return group->pace.most.a_minute = a_minute, true;
    for (char *at = item; *at; at++) *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    if (!is_domain(item))
        return refuse(err, group->name, item, "n'est ni un domaine (orange.fr ; accents sous leur forme xn--), ni « connections 3 », ni « rate 60 »");
    if (group == groups->others) return refuse(err, group->name, item, "n'a pas sa place ici : others vaut pour les domaines d'aucun groupe");
    uint32_t hash = hash_of(item);
    const struct domain *known = find(groups, item, hash);
    if (known && known->group == group) return true;
    if (known) return refuse(err, group->name, item, "est déjà dans un autre groupe ; un domaine n'appartient qu'à un seul");
    if (groups->domains == DOMAINS_MOST) return refuse(err, group->name, item, "est de trop : 2000 domaines au plus");
    groups->domains++;
    add_domain(groups, item, hash, group);
    return true;
}

bool domain_groups_add(struct domain_groups *groups, const char *name, const char *line, struct err *err) {
    if (!line[strspn(line, " \t,")]) return true;
    if (strchr(name, '.')) return refuse(err, name, name, "ne peut être le nom d'un groupe : un nom sans point, les domaines derrière le signe =");
    if (groups->count == DOMAIN_GROUPS_MOST) return refuse(err, name, name, "est de trop : 200 groupes au plus");
    struct domain_group *group = strcmp(name, "others") ? add_group(groups, name, (struct pace_limits){0}, 0) : groups->others;
    AUTO_TEXT copy = text_dup(line);
    char *rest = copy;
    group->configured = true;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        item += strspn(item, " \t");
        size_t length = strlen(item);
        while (length && (item[length - 1] == ' ' || item[length - 1] == '\t')) item[--length] = '\0';
        if (length && !add_item(groups, group, item, err)) return false;
    }
    group->pace.now = group->pace.most;
    return true;
}
