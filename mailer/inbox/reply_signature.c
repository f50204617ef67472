/* Signatures by tables of words, letterheads by their lines. */
#include "mailer/inbox/reply_signature.h"

#include <string.h>

#include "base/text.h"

static const char *const DEVICE[] = {
    "sent from my", "sent from ", "envoyé de mon", "envoyé depuis", "envoyé à partir d", "envoyé avec la messagerie",
    "envoyé avec proton", "envoyé avec mail", "envoyé via", "télécharger outlook", "get outlook for", "obtenir outlook pour",
    "provenance : courrier", "von meinem", "gesendet von", "enviado desde", "inviato da", "sent via", "sent with",
    "cet e-mail a été vérifié", "l'absence de virus dans ce courrier", "sans virus", "garanti sans virus",
    "ce message a été envoyé depuis", "enviado do meu", "enviado a partir d", "verstuurd vanaf", "verzonden vanaf", "skickat från min",
    "sendt fra min", "отправлено с ", "wysłane z ", "iphoneから送信", "iphone から送信", "发自我的", "從我的", "iphone'umdan", "lähetetty iphone",
    "나의 iphone", "obtener outlook", "obtenga outlook", "descargar outlook", "outlook für ", "scarica outlook", "obter o outlook",
    "pobierz outlook",
    "\xE1\x90\xA7"}; /* a tracker's mark */
/* What a house puts under every mail; the line may be long. */
static const char *const LEGAL[] = {"ce message et toutes les pièces jointes",
                                    "ce message et ses pièces jointes",
                                    "ce message et ses éventuelles pièces jointes",
                                    "ce courriel et ses pièces jointes",
                                    "ce courriel et toutes les pièces jointes",
                                    "ce courrier électronique et ses pièces jointes",
                                    "ce mail et ses pièces jointes",
                                    "ce message est confidentiel",
                                    "ce message est établi à l'intention",
                                    "ce message (et ses pièces",
                                    "le contenu de ce message est confidentiel",
                                    "les informations contenues dans ce message",
                                    "les informations contenues dans ce courriel",
                                    "l'intégrité de ce message n'étant pas assurée",
                                    "avant d'imprimer",
                                    "n'imprimez ce",
                                    "pensez à l'environnement",
                                    "pensez environnement",
                                    "merci de n'imprimer",
                                    "afin de respecter l'environnement",
                                    "adoptez l'éco-attitude",
                                    "this e-mail and any attachments",
                                    "this email and any attachments",
                                    "this email and any files",
                                    "this message and any attachments",
                                    "please consider the environment",
                                    "si vous avez reçu ce message par erreur",
                                    "si vous avez reçu ce courriel par erreur",
                                    "si vous n'êtes pas le destinataire",
                                    "avertissement de confidentialité",
                                    "confidentiality notice"};
/* The same by its shape: what it speaks of, then how. "Ce mail m'est parvenu par erreur" and "conformément au RGPD, supprimez mes
 * données" are a person's. */
static const struct {
    const char *begin, *word;
} SHAPES[] = {{"ce message", "confidentiel"},      {"ce message", "exclusi"},          {"ce message", "pièces jointes)"},  {"ce courriel", "confidentiel"},
              {"ce courriel", "exclusi"},          {"ce mail", "confidentiel"},        {"ce mail", "exclusi"},            {"cet e-mail", "confidentiel"},
              {"cet e-mail", "exclusi"},           {"cet email", "confidentiel"},      {"le présent mes", "confidentiel"}, {"le présent cour", "confidentiel"},
              {"ce courrier él", "confidentiel"},  {"ce courrier él", "exclusi"},      {"vos données", "rgpd"},           {"vos données", "règlement général"},
              {"vos données", "exercer vos"},      {"les informations rec", "rgpd"},   {"les informations rec", "exercer vos"}};
enum { BULLET = 8 }; /* bytes of a drawn tree, or of the letter that draws one in another face, before the words */

static bool legal_notice(const char *line) {
    for (size_t i = 0; i < COUNT(SHAPES); i++)
        if (text_starts(line, SHAPES[i].begin) && strstr(line, SHAPES[i].word) && !strchr(line, '?')) return true;
    for (size_t i = 0; i < COUNT(LEGAL); i++) {
        const char *at = strstr(line, LEGAL[i]);
        if (at && at - line <= BULLET && (at == line || at[-1] == ' ')) return true;
    }
    return false;
}

/* Behind pictures and links: "[cid:logo] ", "<https://...> ". */
static const char *behind_pictures(const char *line) {
    for (;;) {
        line += strspn(line, " \t");
        bool link = text_starts(line, "<http"), picture = text_starts(line, "[cid:") || text_starts(line, "[image") || text_starts(line, "<image");
        const char *close = link || picture ? strchr(line, *line == '<' ? '>' : ']') : NULL;
        if (!close) return line;
        line = close + 1;
    }
}
bool is_signature(const struct row *row) {
    char line[ROW_WORDS];
    const char *at = row->start;
    size_t n = row->length;
    while (n && strchr(" \t", at[n - 1])) n--;
    if ((n == 2 && !memcmp(at, "--", 2)) ||
        (n == 3 && (!memcmp(at, "---", 3) || !memcmp(at, "\xE2\x80\x94", 3))))
        return true;
    size_t rule = 0;
    while (rule < n && at[rule] == '_') rule++;
    if (rule >= 5 && rule == n) return true;
    row_low(row, line);
    for (char *quote; (quote = strstr(line, "\xE2\x80\x99")) != NULL;) { /* ’ */
        *quote = '\'';
        memmove(quote + 1, quote + 3, strlen(quote + 3) + 1);
    }
    const char *words = behind_pictures(line);
    return (strlen(words) < 90 && starts_any(words, DEVICE, COUNT(DEVICE))) || legal_notice(words);
}

/* Nothing but pictures. */
bool is_pictures(const struct row *row) {
    char line[ROW_WORDS];
    row_low(row, line);
    return strchr("[<", *line) && *line && !*behind_pictures(line);
}

/* "59000 VALLON" begins a line, or ends one: "Hôtel de Ville - 59000 VALLON". */
static bool postal_code(const char *line) {
    static const char DIGITS[] = "0123456789";
    size_t length = 0;
    for (const char *at = line; (at = strpbrk(at + length, DIGITS)) != NULL;) {
        length = strspn(at, DIGITS);
        if (length == 5 && (at == line || (at - line > 2 && at[-1] == ' ' && strchr("-,", at[-2]))) && at[5] == ' ' && strlen(at) < 50) return true;
    }
    return false;
}

/* A line of a letterhead: telephone, web site, address, postal code before a town. */
static bool letterhead(const struct row *row) {
    static const char *const MARKS[] = {"tél",      "tel.",     "tel :",    "tel:",   "fax",     "www.",      "http",     "@",
                                        "standard", "portable :", "mobile :", "courriel", "e-mail", "horaires", "ouverture au public"};
    static const char *const PLACES[] = {"mairie de ", "mairie d'", "commune de ", "ville de ", "hôtel de ville", "communauté de communes", "place ", "rue ", "avenue ",
                                         "boulevard ", "route ", "chemin ", "impasse ", "secrétaire de mairie", "secrétariat de mairie"};
    char line[ROW_WORDS];
    row_low(row, line);
    size_t length = strlen(line), number = strspn(line, "0123456789");
    if (length > 90) return false;
    const char *street = line + number + strspn(line + number, " ,") + (text_starts(line + number, " bis") ? 4 : 0);
    bool place = length < 50 && !strchr("?!.:;", line[length ? length - 1 : 0]) && starts_any(street + strspn(street, " ,"), PLACES, COUNT(PLACES));
    return holds_any(line, MARKS, COUNT(MARKS)) || place || postal_code(line) || digits_in(line) >= 10;
}

/* The town hall's block under an answer, without "-- ": the last paragraph, when half its lines and two at least are of a
 * letterhead. */
size_t letterhead_at(const struct rows *rows, size_t from, size_t to) {
    while (to > from && row_empty(&rows->all[to - 1])) to--;
    size_t start = to, marks = 0;
    while (start > from && !row_empty(&rows->all[start - 1])) marks += letterhead(&rows->all[--start]);
    bool alone = true;
    for (size_t i = from; i < start; i++) alone &= row_empty(&rows->all[i]) || row_quoted(&rows->all[i]);
    return !alone && marks >= 2 && marks * 2 >= to - start ? start : to;
}
