/* Departments as bits; the school zones as the ministry has drawn them since 2016 (arrêté du 16 avril 2015). */
#include "schedules/places.h"

#include <string.h>
#include <strings.h>

enum { CORSE_DU_SUD = 96, HAUTE_CORSE = 97, OVERSEAS = 100, OVERSEAS_FIRST = 971, OVERSEAS_LAST = 989 };

/* Académies, zone by zone. */
static const char *const ZONES[] = {
    ['A' - 'A'] = "25 39 70 90 " /* Besançon */ "24 33 40 47 64 " /* Bordeaux */ "03 15 43 63 " /* Clermont-Ferrand */
                  "21 58 71 89 " /* Dijon */ "07 26 38 73 74 " /* Grenoble */ "19 23 87 " /* Limoges */
                  "01 42 69 " /* Lyon */ "16 17 79 86" /* Poitiers */,
    ['B' - 'A'] = "04 05 13 84 " /* Aix-Marseille */ "02 60 80 " /* Amiens */ "59 62 " /* Lille */
                  "54 55 57 88 " /* Nancy-Metz */ "44 49 53 72 85 " /* Nantes */ "06 83 " /* Nice */
                  "14 27 50 61 76 " /* Normandie */ "18 28 36 37 41 45 " /* Orléans-Tours */
                  "08 10 51 52 " /* Reims */ "22 29 35 56 " /* Rennes */ "67 68" /* Strasbourg */,
    ['C' - 'A'] = "77 93 94 " /* Créteil */ "11 30 34 48 66 " /* Montpellier */ "75 " /* Paris */
                  "09 12 31 32 46 65 81 82 " /* Toulouse */ "78 91 92 95" /* Versailles */,
};

static const struct {
    const char *name, *codes;
} TERRITORIES[] = {
    {"Corse", "2A 2B"},           {"Guadeloupe", "971"},         {"Martinique", "972"},
    {"Guyane", "973"},            {"Réunion", "974"},            {"La Réunion", "974"},
    {"Mayotte", "976"},           {"Saint Pierre et Miquelon", "975"}, {"Saint-Pierre-et-Miquelon", "975"},
    {"Saint-Barthélemy", "977"},  {"Saint-Martin", "978"},       {"Wallis et Futuna", "986"},
    {"Wallis-et-Futuna", "986"},  {"Polynésie", "987"},          {"Polynésie française", "987"},
    {"Nouvelle Calédonie", "988"}, {"Nouvelle-Calédonie", "988"},
};

bool places_empty(const struct places *places) { return !places->bits[0] && !places->bits[1]; }

static bool digits(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9') return false;
    return true;
}

/* The bit of a code, -1 when there is no such department. */
static int bit_of(const char *code, size_t length) {
    if (length == 2 && code[0] == '2' && strchr("AaBb", code[1]) && code[1])
        return strchr("Aa", code[1]) ? CORSE_DU_SUD : HAUTE_CORSE;
    if ((length != 2 && length != 3) || !digits(code, length)) return -1;
    int number = (code[0] - '0') * 10 + code[1] - '0';
    if (length == 2) return number >= 1 && number <= 95 && number != 20 ? number : -1;
    number = number * 10 + code[2] - '0';
    return number >= OVERSEAS_FIRST && number <= OVERSEAS_LAST ? OVERSEAS + number - OVERSEAS_FIRST : -1;
}

bool places_have(const struct places *places, const char *department) {
    int bit = bit_of(department, strlen(department));
    return bit >= 0 && places->bits[bit / 64] >> (bit % 64) & 1;
}

static bool add_code(struct places *places, const char *code, size_t length) {
    int bit = bit_of(code, length);
    if (bit >= 0) places->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
    return bit >= 0;
}

static void add_codes(struct places *places, const char *codes) {
    for (size_t length; *codes; codes += length + (codes[length] == ' ')) {
        length = strcspn(codes, " ");
        add_code(places, codes, length);
    }
}

static bool letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (unsigned char)byte >= 0x80;
}

/* Behind "zone": letters A to C, one by one, with what may stand between them. Returns where they end. */
static const char *add_zone_letters(struct places *places, const char *at, bool *any) {
    static const char *const BETWEEN[] = {" ", "/", ",", "-", "&", "et "};
    *any = false;
    while (*at) {
        if (strchr("ABC", *at) && !letter(at[1])) {
            add_codes(places, ZONES[*at++ - 'A']);
            *any = true;
            continue;
        }
        if (!strncasecmp(at, "Corse", 5) && !letter(at[5])) {
            add_codes(places, "2A 2B");
            at += 5;
            *any = true;
            continue;
        }
        size_t skipped = 0;
        for (size_t i = 0; i < COUNT(BETWEEN) && !skipped; i++)
            if (!strncmp(at, BETWEEN[i], strlen(BETWEEN[i]))) skipped = strlen(BETWEEN[i]);
        if (!skipped) break;
        at += skipped;
    }
    return at;
}

void places_add_zones(struct places *places, const char *text) {
    for (const char *at = text; (at = strcasestr(at, "zone"));) {
        bool word = at == text || !letter(at[-1]), any;
        at += 4;
        if (*at == 's' || *at == 'S') at++;
        if (word && strchr(" -", *at) && *at) at = add_zone_letters(places, at, &any);
    }
}

bool places_add(struct places *places, const char *name, size_t length) {
    char text[64];
    bool any;
    while (length && *name == ' ') name++, length--;
    while (length && name[length - 1] == ' ') length--;
    if (add_code(places, name, length)) return true;
    if (!length || length >= sizeof text) return false;
    memcpy(text, name, length);
    text[length] = '\0';
    for (size_t i = 0; i < COUNT(TERRITORIES); i++)
        if (!strcasecmp(TERRITORIES[i].name, text)) return add_codes(places, TERRITORIES[i].codes), true;
    const char *at = text;
    if (!strncasecmp(text, "zone", 4)) at = text + 4 + (text[4] == 's' || text[4] == 'S');
    struct places found = {{0}};
    if (*add_zone_letters(&found, at, &any) || !any) return false;
    places->bits[0] |= found.bits[0];
    places->bits[1] |= found.bits[1];
    return true;
}
