/* Nearest words, by a distance that gives up early. */
#include "lists/near.h"

#include <string.h>

#include "base/text.h"

enum { LONGEST_WORD = 80, SHORTEST_BEGINNING = 5, SHORTEST_WORD = 3 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t near_distance(const char *a, const char *b, size_t most) {
    size_t width = strlen(b), height = strlen(a), row[LONGEST_WORD + 1];
    if (width > LONGEST_WORD || height > LONGEST_WORD) return most + 1;
    if ((width > height ? width - height : height - width) > most) return most + 1;
    for (size_t i = 0; i <= width; i++) row[i] = i;
    for (size_t y = 1; y <= height; y++) {
        size_t diagonal = row[0], best = row[0] = y;
        for (size_t x = 1; x <= width; x++) {
            size_t kept = diagonal + (a[y - 1] != b[x - 1]);
            diagonal = row[x];
            row[x] = least(kept, least(row[x], row[x - 1]) + 1);
            best = least(best, row[x]);
        }
        if (best > most) return most + 1; /* it never falls again */
    }
    return least(row[width], most + 1);
}

/* Short words have many neighbours. */
static size_t most_of(size_t length) {
    return length <= 4 ? 1 : length <= 10 ? 2 : 3;
}

/* -- names --------------------------------------------------------------------------------------------- */
/* "Plougastel" for Plougastel-Daoulas comes behind every misspelling. */
static size_t name_distance(const char *form, const char *key) {
    size_t length = strlen(form), most = most_of(length);
    size_t distance = length < SHORTEST_WORD ? most + 1 : near_distance(form, key, most);
    if (distance <= most) return distance;
    bool begins = length >= SHORTEST_BEGINNING && !strncmp(form, key, length) && key[length] == ' ';
    return begins ? most_of(SIZE_MAX) + 1 : SIZE_MAX;
}

struct found {
    const struct collectivity **out;
    size_t distances[NEAR_NAMES], count;
};

static void keep_nearest(struct found *found, const struct collectivity *one, size_t distance) {
    size_t at = found->count;
    while (at && found->distances[at - 1] > distance) at--;
    if (at == NEAR_NAMES) return;
    if (found->count < NEAR_NAMES) found->count++;
    for (size_t i = found->count - 1; i > at; i--) {
        found->out[i] = found->out[i - 1];
        found->distances[i] = found->distances[i - 1];
    }
    found->out[at] = one;
    found->distances[at] = distance;
}

size_t near_names(const struct reference *reference, const char *forms, size_t count, const char *department,
                  const struct collectivity *out[NEAR_NAMES]) {
    struct found found = {.out = out};
    size_t all;
    const struct collectivity *first = reference_all(reference, &all);
    for (const struct collectivity *at = first; at < first + all; at++) {
        if (!*at->insee || (department && strcmp(at->department, department))) continue;
        size_t nearest = SIZE_MAX;
        const char *form = forms;
        for (size_t i = 0; i < count; i++, form += strlen(form) + 1)
            nearest = least(nearest, name_distance(form, at->name_key));
        if (nearest != SIZE_MAX) keep_nearest(&found, at, nearest);
    }
    return found.count;
}

/* -- headers ------------------------------------------------------------------------------------------- */
const char *const COLUMN_TITLE[COLUMN_ROLES] = {
    [COLUMN_ID] = "identifiant",
    [COLUMN_INSEE] = "Code INSEE",
    [COLUMN_SIREN] = "SIREN",
    [COLUMN_NAME] = "Commune",
    [COLUMN_DEPARTMENT] = "Département",
    [COLUMN_POSTAL] = "Code postal",
    [COLUMN_EMAIL] = "Courriel",
    [COLUMN_SELECTION] = "Sélectionnée",
    [COLUMN_STATUS] = "Statut",
    [COLUMN_ANSWERED] = "Répondu",
    [COLUMN_ANSWER_DATE] = "Date de réponse",
    [COLUMN_OPPOSED] = "Opposition",
    [COLUMN_PIVOT] = "pivot",
    [COLUMN_RELAY] = "Relais",
    [COLUMN_REPLY_TO] = "Courriel de réponse",
    [COLUMN_FUNCTION] = "Fonction",
    [COLUMN_REGION] = "Région",
};

/* Words that leave no doubt wherever they stand: "Mail 1 bis", "Courriel du secrétariat". */
static enum column_role telling_word(const char *key) {
    static const struct {
        const char *word;
        enum column_role role;
    } WORDS[] = {{"mail", COLUMN_EMAIL},   {"mails", COLUMN_EMAIL}, {"courriel", COLUMN_EMAIL}, {"email", COLUMN_EMAIL},
                 {"mel", COLUMN_EMAIL},    {"courriels", COLUMN_EMAIL}, {"insee", COLUMN_INSEE}, {"siren", COLUMN_SIREN},
                 {"siret", COLUMN_SIREN}};
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        size_t length = strlen(WORDS[i].word);
        for (const char *at = key; (at = strstr(at, WORDS[i].word)); at++)
            if ((at == key || at[-1] == ' ') && (!at[length] || at[length] == ' ')) return WORDS[i].role;
    }
    return COLUMN_NONE;
}

enum column_role near_header(const char *key, bool of_relays) {
    size_t length = strlen(key), nearest = length <= 4 ? 2 : most_of(length);
    enum column_role role = telling_word(key);
    if (role || length < SHORTEST_WORD) return role;
    const char *word;
    enum column_role meant;
    for (size_t i = 0; (word = vocabulary_header_at(i, of_relays, &meant)); i++) {
        if (strlen(word) < SHORTEST_WORD) continue;
        size_t distance = near_distance(key, word, nearest - 1);
        if (distance >= nearest) continue;
        nearest = distance;
        role = meant;
    }
    return role;
}
