/* « de » and « à » before names: a list checked by hand, with the reason of each (tests/names/articles.csv); then every name
 * of the reference, its h held against what Insee says of it (tests/names/h-aspire.csv: the communes whose h is aspirated). */
#include <stdlib.h>

#include "base/embedded.h"
#include "base/text.h"
#include "templates/fields.h"
#include "templates/french_elision.h"
#include "tests/tap.h"

/* -- files of a few columns ---------------------------------------------------------------------------- */
static char *file_text(const char *path) {
    AUTO_BUF bytes = BUF_INIT(1 << 20);
    FILE *file = fopen(path, "rb");
    bool good = file && buf_add_file(&bytes, file);
    if (file) fclose(file);
    CHECK(path, good);
    return buf_take(&bytes);
}

/* The next line's cells, or false; a cell that is quoted loses its quotes. */
static bool next_row(char **state, char *cells[], size_t count) {
    char *line = strsep(state, "\n");
    if (!line || !*line) return false;
    for (size_t i = 0; i < count; i++) {
        cells[i] = strsep(&line, ";");
        if (!cells[i]) cells[i] = "";
    }
    return true;
}

/* -- by hand ------------------------------------------------------------------------------------------- */
enum { BY_HAND = 200 };

static void check_one(const char *name, bool is_grouping, const char *want_de, const char *want_a) {
    AUTO_BUF de = BUF_INIT(300), a = BUF_INIT(300);
    name_with_de(name, is_grouping, &de);
    name_with_a(name, is_grouping, &a);
    CHECK_TEXT(want_de, buf_text(&de), want_de);
    CHECK_TEXT(want_a, buf_text(&a), want_a);
}

static void check_by_hand(void) {
    AUTO_TEXT all = file_text("tests/names/articles.csv");
    char *state = all, *cells[5];
    long names = 0, without_reason = 0;
    next_row(&state, cells, COUNT(cells));
    for (; next_row(&state, cells, COUNT(cells)); names++) {
        check_one(cells[1], !strcmp(cells[0], "groupement"), cells[2], cells[3]);
        without_reason += !*cells[4];
    }
    CHECK("two hundred and more", names >= BY_HAND);
    CHECK_INT("without a reason", without_reason, 0);
    check_one("", false, "de ", "à ");
}

/* -- every name of the reference ----------------------------------------------------------------------- */
/* What holds for each of 36,224 names: an article behind « de » or « à » never stays unmerged, and nothing of
 * the name is lost. */
static bool sound(const char *name, bool is_grouping) {
    AUTO_BUF de = BUF_INIT(300), a = BUF_INIT(300);
    name_with_de(name, is_grouping, &de);
    name_with_a(name, is_grouping, &a);
    const char *with_de = buf_text(&de), *with_a = buf_text(&a);
    const char *rest = text_starts(name, "Le ")                                    ? name + 3
                       : text_starts(name, "Les ") || text_starts(name, "Aux ")     ? name + 4
                       : is_grouping && name[0] == 'C' && strchr("CAU", name[1]) ? name + 2
                                                                                     : name;
    size_t rest_length = strlen(rest);
    return !text_starts(with_de, "de Le ") && !text_starts(with_de, "de Les ") &&
           !text_starts(with_a, "à Le ") && !text_starts(with_a, "à Les ") &&
           !strcmp(with_de + de.length - rest_length, rest) &&
           !strcmp(with_a + a.length - rest_length, rest) &&
           (with_de[0] == 'd' && (with_de[1] == '\'' || with_de[1] == 'e' || with_de[1] == 'u'));
}

/* Where we do not follow Insee, and why. */
static const struct {
    const char *why, *names;
} OTHERWISE[] = {
    {"a name of Moselle, Germanic as those of Alsace", "|Haboudange|Hagen|Hagondange|Hallering|Halstroff|Hargarten-aux-Mines|Harprich|Harreberg|"
     "Hartzviller|Haselbourg|Haspelschiedt|Havange|Hayange|Hazembourg|Heining-lès-Bouzonville|"
     "Hellering-lès-Fénétrange|Hellimer|Helstroff|Héming|Henridorff|Hérange|Hermelange|Hertzing|Hesse|"
     "Hestroff|Hettange-Grande|Hilbesheim|Hilsprich|Hinckange|Holling|Holving|Hultehouse|Hundling|"
     "Hunting|"},
    {"the word haut", "|Haut-Mauco|Haut-Clocher|Haut-de-Bosdarros|Haute-Isle|"},
    {"the town writes so; a common noun; Saint-Martin-de-Hinx", "|Houilles|Harnes|Hautefort|Houx|Hayes|Hinx|"},
    {"two communes of one name, of which Insee says one thing and the other", "|Hauteville|Haraucourt|Hargnies|Hauteville|Homps|Hauteroche|Houssay|Halloy|Hauterive|Heuqueville|Herly|"},
    {"no vowel to the ear", "|Ouistreham|Ouangani|Ouanary|Yenne|Yutz|"},
    {"overseas, of which Insee says nothing", "|Hao|Hikueru|Hitiaa O Te Ra|Hiva-Oa|Huahine|Hienghène|Houaïlou|Ouégoa|Ua-Huka|Ua-Pou|Yaté|"}};

static bool told_otherwise(const char *name) {
    AUTO_BUF framed = BUF_INIT(200);
    buf_add_format(&framed, "|%s|", name);
    for (size_t i = 0; i < COUNT(OTHERWISE); i++)
        if (strstr(OTHERWISE[i].names, buf_text(&framed))) return true;
    return false;
}

/* Insee: a vowel and y elide; h unless the list has the commune. */
static bool elides_by_insee(const char *name, const char *code, const char *aspirated) {
    AUTO_BUF letters = BUF_INIT(200), row = BUF_INIT(200);
    text_normalise(&letters, name, strlen(name));
    char first = buf_text(&letters)[0];
    buf_add_format(&row, ";%s\n", code);
    return first == 'h' ? !strstr(aspirated, buf_text(&row)) : strchr("aeiouy", first) != NULL;
}

static void check_reference(void) {
    AUTO_TEXT all = text_dup(embedded_find("lists/reference/collectivites-2026.csv")->bytes);
    AUTO_TEXT aspirated = file_text("tests/names/h-aspire.csv");
    char *state = all, *cells[5];
    long names = 0, unsound = 0, unlike = 0, needless = 0;
    next_row(&state, cells, COUNT(cells));
    for (; next_row(&state, cells, COUNT(cells)); names++) {
        bool commune = !strcmp(cells[1], "commune");
        if (!sound(cells[4], !commune)) printf("# %s\n", cells[4]), unsound++;
        if (!commune || text_starts(cells[4], "Aux ")) continue;
        bool same = french_elides(cells[4]) == elides_by_insee(cells[4], cells[0], aspirated);
        if (!same && !told_otherwise(cells[4])) printf("# unlike Insee: %s %s\n", cells[0], cells[4]), unlike++;
        needless += same && told_otherwise(cells[4]) && !strstr(OTHERWISE[3].names, cells[4]);
    }
    CHECK_INT("names of the reference", names, 36224);
    CHECK_INT("unsound among them", unsound, 0);
    CHECK_INT("elided otherwise than Insee does, without a reason", unlike, 0);
    CHECK_INT("reasons that are not needed", needless, 0);
}

int main(void) {
    check_by_hand();
    check_reference();
    CHECK_INT("a text field", field_of("nom_de", 6), FIELD_nom_de);
    CHECK_INT("a truth", field_of("epci", 4), FIELD_epci);
    CHECK_INT("unknown", field_of("nom_d", 5), -1);
    CHECK("kinds", field_is_truth(FIELD_commune) && !field_is_truth(FIELD_nom));
    return tap_end();
}
