/* Whether « de » loses its e before a name: d'Argol, d'Hyères, de Haguenau, de Yenne.
 *
 * A vowel elides. Whether an h does is no rule but usage: what the Code officiel géographique of Insee says of each
 * commune (TNCC, « type de nom en clair ») is followed, with four exceptions of ours: the word haut, whose h no dictionary
 * elides; Germanic names, which the Code treats one way in Alsace and the other in Moselle; the few towns that write
 * their own name otherwise; and Polynesia and New Caledonia, of which the Code says nothing. */
#include "templates/french_elision.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { WORD_BYTES = 40 };

/* -- first words in comparison form (no accents, lower case), sorted ------------------------------------ */
static const char *const ASPIRATED[] = {
    "hachan", "hadancourt", "haegen", "hagedet", "hagen", "haget", "hagnicourt", "hailles", "haimps",
    "haims", "halles", "ham", "hambers", "hambye", "hamelet", "hames", "hammeville", "hamonville",
    "hampigny", "hampont", "han", "hangard", "hangviller", "hannapes", "hannappes", "hannogne",
    "hannonville", "hans", "hanvec", "hanviller", "hanvoile", "hao", "happencourt", "harcy", "hardanges",
    "hardinvast", "hargarten", "harnes", "harprich", "harricourt", "hartzviller", "harville", "hary",
    "hauban", "haudivillers", "haulies", "haulme", "hautbos", "hautecloque", "hautefontaine", "hautefort",
    "haution", "hautteville", "hauville", "hauvine", "haybes", "hayes", "heches", "hecmanville", "hede",
    "hegeney", "heilles", "helleville", "hellimer", "hem", "hemevez", "henansal", "henon", "henvic",
    "herce", "heres", "hermes", "hermival", "herpont", "herran", "hescamps", "hesingue", "hesse",
    "heugueville", "hibarette", "hienghene", "hierges", "hiermont", "hiesville", "hiis", "hikueru",
    "hilsprich", "hinacourt", "hinx", "hirsingue", "hitiaa", "hitte", "hiva", "hocquigny", "hodenc",
    "hodeng", "hoedic", "hoerdt", "hoffen", "hohrod", "holnon", "holque", "hommert", "hon", "hondainville",
    "hondouville", "honfleur", "honguemare", "horgues", "hornoy", "hoste", "hotot", "hottot", "hottviller",
    "houailou", "houdan", "houdilcourt", "houetteville", "houeydets", "houilles", "houldizy", "houlette",
    "houlgate", "houlle", "houppeville", "houquetot", "hourc", "hourges", "houry", "housset", "houx",
    "hoymille", "huahine", "huanne", "huelgoat", "huest", "hugleville", "huille", "huiron", "huisnes",
    "humes", "huningue", "hunspach", "hyemondans", "hyet"};
/* Of these words the h is mute in other names. */
static const char *const ASPIRATED_NAMES[] = {"Hautefage",
                                              "Hauteville-la-Guichard",
                                              "Hauteville-sur-Mer",
                                              "Hautot-le-Vatois",
                                              "Hautot-sur-Seine",
                                              "Heudicourt-sous-les-Côtes",
                                              "Houville-en-Vexin"};
static const char *const HAUT[] = {"haut", "haute", "hautes", "hauts"};
/* Endings of Alsace, Moselle and their neighbours; and names that end like them in Lorraine, the Nord and Normandy, where
 * the h is mute. */
static const char *const GERMANIC[] = {"ange",    "atten", "bach",  "berg",    "bieten", "bourg", "brunn",
                                       "dorf",    "dorff", "ecken", "enau",    "eren",   "feld",  "felden",
                                       "gauen",   "goeft", "heim",  "house",   "ing",    "ingen", "kirch",
                                       "kirchen", "land",  "matt",  "schiedt", "schlag", "sen",   "stadt",
                                       "statt",   "stein", "stett", "thal",    "troff",  "wihr",  "willer"};
static const char *const NOT_GERMANIC[] = {"herserange", "heuland", "hornaing"};
/* A vowel spoken like a consonant: Ouistreham, Ouangani, Ua-Pou, Yutz. */
static const char *const HARD_VOWEL[] = {"ouanary", "ouangani", "ouegoa", "ouistreham", "ua", "yate", "yenne", "yutz"};

static int compare_words(const void *word, const void *entry) { return strcmp(word, *(const char *const *)entry); }

#define AMONG(word, words) (bsearch(word, words, COUNT(words), sizeof *(words), compare_words) != NULL)

static bool germanic(const char *word) {
    size_t length = strlen(word);
    if (AMONG(word, NOT_GERMANIC)) return false;
    for (size_t i = 0; i < COUNT(GERMANIC); i++) {
        size_t ending = strlen(GERMANIC[i]);
        if (length > ending && !strcmp(word + length - ending, GERMANIC[i])) return true;
    }
    return false;
}

static bool aspirated(const char *name, const char *word) {
    for (size_t i = 0; i < COUNT(ASPIRATED_NAMES); i++)
        if (!strcmp(ASPIRATED_NAMES[i], name)) return true;
    return AMONG(word, ASPIRATED) || AMONG(word, HAUT) || germanic(word);
}

/* -- the first word ------------------------------------------------------------------------------------ */
/* The base letters of U+00C0 to U+00FF; a space where there is none. */
static const char LATIN_1[] = "aaaaaaaceeeeiiii nooooo ouuuuy  aaaaaaaceeeeiiii nooooo ouuuuy y";

static void first_word(const char *name, char word[WORD_BYTES]) {
    const char *end = name + strlen(name);
    size_t length = 0;
    while (name < end && length + 2 < WORD_BYTES) {
        uint32_t c = utf8_next(&name, end);
        if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
        if (c >= 0xC0 && c <= 0xFF) c = (uint32_t)LATIN_1[c - 0xC0];
        if (c == 0x152 || c == 0x153) word[length++] = 'o', c = 'e'; /* Œ */
        if (c == 0x178) c = 'y';
        if (c < 'a' || c > 'z') break;
        word[length++] = (char)c;
    }
    word[length] = '\0';
}

bool french_elides(const char *name) {
    char word[WORD_BYTES];
    if (*name == 'A' || *name == 'E' || *name == 'I') return true; /* most names are quickly told */
    if (*name > 'A' && *name <= 'Z' && *name != 'H' && *name != 'O' && *name != 'U' && *name != 'Y') return false;
    first_word(name, word);
    switch (*word) {
    case 'a':
    case 'e':
    case 'i':
        return true;
    case 'o':
    case 'u':
    case 'y':
        return !AMONG(word, HARD_VOWEL);
    case 'h':
        return !aspirated(name, word);
    default:
        return false;
    }
}
