/* What tables of words rest on: phrases in a text, text as words, addresses in running text. */
#include <stdio.h>

#include "mailer/inbox/address_scan.h"
#include "mailer/inbox/findings.h"
#include "mailer/inbox/said.h"
#include "tests/tap.h"

static void check_phrases(void) {
    static const struct {
        const char *text, *phrase;
        bool said;
    } CASES[] = {{"550 user unknown", "user unknown", true},
                 {"550 user unknow", "user unknown", false},
                 {"user unknown", "user unknown", true},
                 {"ser unknown", "user unknown", false},
                 {"", "user unknown", false},
                 {"usr", "user", false},
                 {"user", "user", true},
                 {"the mailbox of a@b.test is full", "mailbox*is full", true},
                 {"is full: the mailbox", "mailbox*is full", false},
                 {"mailbox mailbox is full", "mailbox*is full", true},
                 {"mailbox over its limit", "mailbox*over*limit", true},
                 {"mailbox over and over its quota", "mailbox*over*limit", false},
                 {"mailbox aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is full", "mailbox*is full", false},
                 {"mailbox x, mailbox aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa y, mailbox is full", "mailbox*is full", true},
                 {"la boîte aux lettres est pleine", "boîte*pleine", true},
                 {"user unnown user unkown user uknown", "user unknown", false}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct said said;
        said_open(&said, CASES[i].text);
        CHECK_INT(CASES[i].text, said_is(&said, CASES[i].phrase), CASES[i].said);
    }
    struct said speaker;
    said_open(&speaker, "host mx.a.test said: 550 user jean not found");
    CHECK("a star does not reach from who speaks into what is said", !said_is(&speaker, "host*not found"));
    static const char *const THREE[] = {"user", "unknown", "mailbox", "full"};
    struct said said;
    said_open(&said, "user unknown, mailbox full");
    CHECK_INT("counted", said_count(&said, THREE, COUNT(THREE), 10), 4);
    CHECK_INT("counted up to two", said_count(&said, THREE, COUNT(THREE), 2), 2);
}

static void check_pairs(void) {
    static const char *const FIRST[] = {"adresse", "user", "person ", NULL}, *const SECOND[] = {"inconnu", "n'existe", "not found", NULL};
    static const struct said_pair PAIRS[] = {{FIRST, SECOND}};
    static const struct {
        const char *text;
        bool said;
    } CASES[] = {{"adresse inconnue", true},
                 {"550 l'adresse e-mail indiquee est inconnue", true},
                 {"cette adresse n'existe pas", true},
                 {"user not found", true},
                 {"users not found", true},
                 {"user", false},
                 {"adresse", false},
                 {"", false},
                 {"personal not found", false},
                 {"person not found", true},
                 {"superuser not found", false},
                 {"superuser: no user not found", true},
                 {"adresse ip inconnue", false},
                 {"user jean not found", false},
                 {"a l'adresse: inconnue", false},
                 {"adresse a@b.test: erreur inconnue", false},
                 {"inconnue adresse", false}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct said said;
        said_open(&said, CASES[i].text);
        CHECK_INT(CASES[i].text, said_pairs(&said, PAIRS, COUNT(PAIRS)), CASES[i].said);
    }
}

static void check_words(void) {
    static const struct {
        const char *text, *words;
    } CASES[] = {{"  User\r\n\tUNKNOWN ", "user unknown "},
                 {"N\xE2\x80\x99"
                  "EST PLUS \xC3\x80 L\xE2\x80\x98"
                  "\xC3\x89"
                  "COLE",
                  "n'est plus a l'ecole"},
                 {"e\xCC\x81t\xC3\xA9 E\xCC\x81T\xC3\x89", "ete ete"}, /* combining marks go as the others do */
                 {"a\xC2\xA0:\xC2\xA0 b", "a : b"},
                 {"\xC2\xA0x", "x"},
                 {"\xC5\x92UVRE \xC3\x97 \xC3\x9F \xC3\xBF", "oeuvre ss y"},
                 {"\xD0\x9F\xD0\x98\xD0\xA1\xD0\xAC\xD0\x9C\xD0\x9E", "письмо"},
                 {"", ""}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF words = BUF_INIT(1000);
        words_of(&words, CASES[i].text, strlen(CASES[i].text));
        CHECK_TEXT(CASES[i].words, buf_text(&words), CASES[i].words);
    }
}

static void check_addresses(void) {
    static const struct {
        const char *text, *address;
    } CASES[] = {{"to <a.b+c@d-e.test>.", "a.b+c@d-e.test"},
                 {"'a@b.test':", "a@b.test"},
                 {"[SMTP:a@b.test]", "a@b.test"},
                 {"SMTP=a@b.test", "a@b.test"},
                 {"a@b.test\xE6\x82\xA8\xE5\xA5\xBD\xEF\xBC\x8C", "a@b.test"}, /* the sentence goes on in Chinese */
                 {"a@b.test\xD8\x8C", "a@b.test"},                             /* an Arabic comma */
                 {"mairie@\xC3\xA9vry.test", "mairie@évry.test"},
                 {"mairie@saint-\xC3\xA9tienne.test!", "mairie@saint-étienne.test"},
                 {"x@\xE4\xBE\x8B\xE3\x81\x88.test", "x@例え.test"},
                 {"\xE6\x94\xB6\xE4\xBB\xB6\xE4\xBA\xBA\xEF\xBC\x9A" "a@b.test", "a@b.test"}, /* a full-width colon before it */
                 {"\xE7\x94\xA8\xE6\x88\xB7@b.test", "用户@b.test"},
                 {"andr\xC3\xA9@b.test", "andré@b.test"},
                 {"a@b, @c.test", ""},
                 {"nobody at all", ""}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct found_address found;
        char address[200] = "";
        address_scan(CASES[i].text, CASES[i].text + strlen(CASES[i].text), &found);
        if (found.start) snprintf(address, sizeof address, "%.*s", (int)found.length, found.start);
        CHECK_TEXT(CASES[i].text, address, CASES[i].address);
    }
}

int main(void) {
    check_phrases();
    check_pairs();
    check_words();
    check_addresses();
    return tap_end();
}
