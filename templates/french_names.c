/* « de » and « à » before the name of a commune or grouping: article, contraction, elision.
 *
 * Official usage (Code officiel géographique): Le and Les contract (du Havre, aux Abymes), La and L' stay as
 * part of the name (de La Rochelle, à L'Haÿ-les-Roses), a vowel or a mute h elides « de ». Whether an h is
 * mute is a matter of usage; the rule here: mute, unless the name is built on « haut », has a Germanic
 * ending, or stands in a table. */
#include <string.h>

#include "base/text.h"
#include "templates/fields.h"

/* -- h: words in comparison form (no accents, lower case) ---------------------------------------------- */
/* First words whose h forbids elision. */
static const char *const ASPIRATED[] = {
    "haegen",   "hagen",     "ham",        "hamel",     "hamelet",   "hampont",  "han",         "hangviller",
    "hans",     "hanviller", "hao",        "hargarten", "harnes",    "harprich", "hartzviller", "haux",
    "haye",     "hayes",     "hede",       "hegeney",   "heiltz",    "hellimer", "hem",         "herny",
    "hesingue", "hesse",     "hienghene",  "hikueru",   "hilsprich", "hinx",     "hirel",       "hirsingue",
    "his",      "hitiaa",    "hiva",       "hoerdt",    "hoffen",    "hohrod",   "hommert",     "honfleur",
    "hosta",    "hoste",     "hottviller", "houailou",  "houdan",    "houilles", "houlgate",    "hours",
    "houx",     "huahine",   "huningue",   "hunspach",  "huos",      "hure",     "hures"};
/* Elided by usage, whatever the rules below say. */
static const char *const MUTE[] = {"hautmont", "hautot", "herserange", "heuland", "horbourg", "hornaing"};
/* Endings of Alsace, Moselle and their neighbours. */
static const char *const GERMANIC[] = {"ange",    "atten", "bach",  "berg",    "bieten", "bourg", "brunn",
                                       "dorf",    "dorff", "ecken", "enau",    "eren",   "feld",  "felden",
                                       "gauen",   "goeft", "heim",  "house",   "ing",    "ingen", "kirch",
                                       "kirchen", "land",  "matt",  "schiedt", "schlag", "sen",   "stadt",
                                       "statt",   "stein", "stett", "thal",    "troff",  "wihr",  "willer"};
/* A vowel spoken like a consonant. */
static const char *const HARD_VOWEL[] = {"ouistreham", "ouangani", "ouanary", "ouarville", "ouegoa"};

static bool among(const char *const words[], size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(words[i], word)) return true;
    return false;
}
#define AMONG(words, word) among(words, COUNT(words), word)

static bool aspirated(const char *word) {
    size_t length = strlen(word);
    if (AMONG(MUTE, word)) return false;
    if (AMONG(ASPIRATED, word) || !strncmp(word, "haut", 4)) return true;
    for (size_t i = 0; i < COUNT(GERMANIC); i++) {
        size_t ending = strlen(GERMANIC[i]);
        if (length > ending && !strcmp(word + length - ending, GERMANIC[i])) return true;
    }
    return false;
}

/* Whether « de » loses its e before the name. y is a vowel before a consonant (d'Yvetot) and alone (d'Y), and
 * a consonant before a vowel (de Yenne). */
static bool elides(const char *name) {
    AUTO_BUF words = BUF_INIT(1024);
    text_normalise(&words, name, strlen(name));
    const char *word = buf_text(&words);
    buf_cut(&words, strcspn(word, " "));
    switch (*word) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
        return !AMONG(HARD_VOWEL, word);
    case 'y':
        return !word[1] || !strchr("aeiou", word[1]);
    case 'h':
        return !aspirated(word);
    default:
        return false;
    }
}

/* -- groupings: the first word is a common noun, and takes its own article ----------------------------- */
static const struct {
    const char *noun;
    bool feminine;
} NOUNS[] = {{"CC", true},
             {"CA", true},
             {"CU", true},
             {"Communauté", true},
             {"Métropole", true},
             {"Eurométropole", true},
             {"Agglomération", true},
             {"Association", true},
             {"Union", true},
             {"Fédération", true},
             {"AMF", true},
             {"AMRF", true},
             {"SIVU", false},
             {"SIVOM", false},
             {"SIVOS", false},
             {"Syndicat", false},
             {"SMICTOM", false},
             {"SICTOM", false},
             {"PETR", false},
             {"Pays", false},
             {"Pôle", false},
             {"Établissement", false},
             {"EPT", false},
             {"Département", false},
             {"Conseil", false},
             {"Centre", false},
             {"SAN", false}};

/* -1 none, else the row of NOUNS the name begins with. */
static int noun_of(const char *name) {
    size_t length = strcspn(name, " ");
    for (size_t i = 0; i < COUNT(NOUNS); i++)
        if (strlen(NOUNS[i].noun) == length && !memcmp(NOUNS[i].noun, name, length)) return (int)i;
    return -1;
}

/* -- both prepositions --------------------------------------------------------------------------------- */
struct preposition {
    const char *plain, *elided, *le, *les, *la, *l;
};
static const struct preposition DE = {"de ", "d'", "du ", "des ", "de la ", "de l'"};
static const struct preposition A = {"à ", "à ", "au ", "aux ", "à la ", "à l'"};

static void add(const struct preposition *with, const char *name, bool is_grouping, struct buf *out) {
    int noun = is_grouping ? noun_of(name) : -1;
    const char *article;
    if (noun >= 0)
        article = elides(name) ? with->l : NOUNS[noun].feminine ? with->la : with->le;
    else if (text_starts(name, "Le "))
        article = with->le, name += strlen("Le ");
    else if (text_starts(name, "Les "))
        article = with->les, name += strlen("Les ");
    else
        article = elides(name) ? with->elided : with->plain;
    buf_add_text(out, article);
    buf_add_text(out, name);
}

void name_with_de(const char *name, bool is_grouping, struct buf *out) {
    add(&DE, name, is_grouping, out);
}
void name_with_a(const char *name, bool is_grouping, struct buf *out) {
    add(&A, name, is_grouping, out);
}
