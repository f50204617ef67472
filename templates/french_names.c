/* « de » and « à » before the name of a commune or grouping: article, contraction, elision.
 *
 * Official usage (Code officiel géographique): Le and Les contract (du Havre, aux Abymes), La and L' stay as part of
 * the name (de La Rochelle, à L'Haÿ-les-Roses), a vowel or a mute h elides « de ». Whether an h is mute is a matter of
 * usage; the rule here: mute, unless the name is built on « haut », has a Germanic ending, or stands in a table. */
#include <string.h>

#include "base/text.h"
#include "templates/fields.h"

/* -- h ------------------------------------------------------------------------------------------------------ */
/* First words, in comparison form (no accents, lower case), whose h forbids elision. */
static const char *const ASPIRATED[] = {
    "hagen", "ham",     "hamel", "hamelet",  "hampont", "han",     "hans",    "hao",      "harnes",   "haux",
    "haye",  "hayes",   "heche", "hede",     "heiltz",  "hem",     "herny",   "hesse",    "hienghene", "hikueru",
    "hinx",  "hirel",   "his",   "hitiaa",   "hitte",   "hiva",    "honfleur", "hosta",   "hoste",    "houailou",
    "houdan", "houilles", "houlgate", "hours", "houx",  "huahine", "huningue", "huos",    "hure",     "hures",
    "hesingue", "hirsingue", "hommert", "hœrdt", "hoerdt", "hohrod", "hoffen", "haroue"};
/* Built on « haut » and elided all the same by usage. */
static const char *const MUTE[] = {"hautmont", "hautot", "haroue", "herserange", "hombourg"};
/* Endings of Alsace, Moselle and their neighbours. */
static const char *const GERMANIC[] = {"heim",  "bach",  "berg",   "bourg", "feld", "felden", "feldt", "dorf",    "dorff",
                                       "ing",   "ingen", "ange",   "willer", "willer", "statt", "stadt", "stett", "troff",
                                       "wihr",  "enau",  "kirch",  "kirchen", "thal", "matt",  "gauen", "bieten", "hausen",
                                       "house", "eren",  "ecken",  "atten", "sen",  "schiedt", "brunn", "stein",  "land",
                                       "schlag", "goeft"};
/* Words whose vowel is spoken like a consonant: no elision. */
static const char *const HARD_VOWEL[] = {"ouistreham", "ouangani", "ouanary", "ouegoa", "ouarville", "onze", "oui", "uhlan"};
