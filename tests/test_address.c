/* Addresses: canonical forms, and cells the way people fill them. */
#include "lists/address.h"
#include "tests/tap.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10

static const struct { const char *text, *want; } ONE[] = { /* want NULL: not valid */
    {"mairie@argol.example", "mairie@argol.example"},
    {"MAIRIE@Argol.EXAMPLE", "mairie@argol.example"},
    {"mairie.d-argol+liste_2@argol.example", "mairie.d-argol+liste_2@argol.example"},
    {"o'neil&fils=1~#$*@a.example", "o'neil&fils=1~#$*@a.example"},
    {"m@a.b.c.d.example", "m@a.b.c.d.example"},
    {"mairie@allériot.example", "mairie@xn--allriot-dya.example"},
    {"mairie@ALLÉRIOT.example", "mairie@xn--allriot-dya.example"},
    {"mairie@alle\xCC\x81riot.example", "mairie@xn--allriot-dya.example"},
    {"mairie@xn--allriot-dya.example", "mairie@xn--allriot-dya.example"},
    {"mairie@stra\xC3\x9F""e.example", "mairie@xn--strae-oqa.example"},
    {"secrétariat@argol.example", "secrétariat@argol.example"},
    {"SECRÉTARIAT@argol.example", "secrétariat@argol.example"},
    {A60 "aaaa@a.example", A60 "aaaa@a.example"},
    {A60 "aaaaa@a.example", NULL},
    {"m@" A60 "aaa.example", "m@" A60 "aaa.example"},
    {"m@" A60 "aaaa.example", NULL},
    {"m@" A60 "." A60 "." A60 "." A60 ".example", "m@" A60 "." A60 "." A60 "." A60 ".example"},
    {"ma@" A60 "." A60 "." A60 "." A60 ".example", "ma@" A60 "." A60 "." A60 "." A60 ".example"},
    {"mai@" A60 "." A60 "." A60 "." A60 ".example", NULL}, /* 255 octets */
    {"", NULL}, {"@", NULL}, {"mairie", NULL}, {"mairie@", NULL}, {"@argol.example", NULL},
    {"mairie@argol", NULL}, {"mairie@@argol.example", NULL}, {"mairie@a@b.example", NULL},
    {".mairie@argol.example", NULL}, {"mairie.@argol.example", NULL}, {"mai..rie@argol.example", NULL},
    {"-mairie@argol.example", NULL}, {"mairie@.argol.example", NULL}, {"mairie@argol..example", NULL},
    {"mairie@argol.example.", NULL}, {"mairie@-argol.example", NULL}, {"mairie@argol-.example", NULL},
    {"mairie@ar_gol.example", NULL}, {"mairie@argol.1234", NULL}, {"mairie@127.0.0.1", NULL},
    {"mairie@[127.0.0.1]", NULL}, {"mai rie@argol.example", NULL}, {"mairie@ar gol.example", NULL},
    {"\"mai rie\"@argol.example", NULL}, {"mairie\\@argol.example", NULL}, {"mai!rie@argol.example", NULL},
    {"mai%rie@argol.example", NULL}, {"mai/rie@argol.example", NULL}, {"mai|rie@argol.example", NULL},
    {"`id`@argol.example", NULL}, {"mai<rie@argol.example", NULL}, {"mai\nrie@argol.example", NULL},
    {"mairie@argol.example\r\nBcc: x@y.example", NULL}, {"mairie@argol.example%0d%0a", NULL},
    {"mairie@argol.example\xE2\x80\xAE", NULL},          /* right-to-left override */
    {"m\xD0\xB0irie@argol.example", NULL},                /* Cyrillic а in the local part */
    {"mairie@\xD0\xB0rgol.example", NULL},                /* and in a Latin label */
    {"mairie@\xD0\xB0\xD1\x80.example", "mairie@xn--80a6a.example"}, /* a label all Cyrillic */
    {"mairie@xn--rgol-43d.example", NULL},                /* the mixed label in disguise */
    {"mairie@xn--a.example", NULL}, {"mairie@xn--.example", NULL},
    {"mairie@argol.exa\xEF\xBC\x8Emple", NULL},           /* full-width dot */
    {"mairie\xE2\x80\x8B@argol.example", NULL},           /* zero width: cells drop it, addresses refuse it */
    {"mairie@argol.example\xFF", NULL},
    {"mairie@a1.2b.example", "mairie@a1.2b.example"},
    {"1@2.example", "1@2.example"},
};

enum { G = ADDRESS_CELL_GOOD, D = ADDRESS_CELL_SOME_DROPPED, I = ADDRESS_CELL_INVALID, E = ADDRESS_CELL_EMPTY,
       F = ADDRESS_CELL_FORMULA, J = ADDRESS_CELL_INJECTION };
static const struct { const char *cell; int kind; const char *want; } CELLS[] = { /* want: addresses, a space apart */
    {"mairie@a.example", G, "mairie@a.example"},
    {"  mairie@a.example \xC2\xA0", G, "mairie@a.example"},
    {"a@a.example;b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example , b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example\r\nb@b.example", G, "a@a.example b@b.example"},
    {"a@a.example / b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example|b@b.example|c@c.example", G, "a@a.example b@b.example c@c.example"},
    {"a@a.example b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example   b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example et b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example OU b@b.example", G, "a@a.example b@b.example"},
    {"a@a.example - b@b.example", G, "a@a.example b@b.example"},
    {"b@b.example;a@a.example;b@b.example", G, "b@b.example a@a.example b@b.example"},
    {"<mairie@a.example>", G, "mairie@a.example"},
    {"Mairie d'Argol <mairie@a.example>", G, "mairie@a.example"},
    {"\"Argol, mairie; annexe\" <mairie@a.example>", G, "mairie@a.example"},
    {"mailto:mairie@a.example?subject=x", G, "mairie@a.example"},
    {"<mailto:mairie@a.example>", G, "mairie@a.example"},
    {"Courriel : mairie@a.example", G, "mairie@a.example"},
    {"Mél: mairie@a.example", G, "mairie@a.example"},
    {"E-mail : mairie@a.example.", G, "mairie@a.example"},
    {"mairie@a.example (accueil)", G, "mairie@a.example"},
    {"'mairie@a.example'", G, "mairie@a.example"},
    {"\"mairie@a.example\"", G, "mairie@a.example"},
    {"'mairie@a.example", G, "mairie@a.example"},
    {"mairie@a.example...", G, "mairie@a.example"},
    {"mairie@a.example;", G, "mairie@a.example"},
    {"mai\xC2\xADrie@a.example", G, "mairie@a.example"},
    {"\xE2\x80\x8Bmairie@a.example\xEF\xBB\xBF", G, "mairie@a.example"},
    {"=\"mairie@a.example\"", G, "mairie@a.example"},
    {"mairie@a.example; secretariat", D, "mairie@a.example"},
    {"mairie@a.example / néant", I, ""},
    {"mairie@a.example ; néant", D, "mairie@a.example"},
    {"mairie@a,example", I, ""},
    {"voir le site", I, ""}, {"http://www.a.example/contact", I, ""}, {"mairie(at)a.example", I, ""},
    {"mairie\xE2\x80\xAE@a.example", I, ""}, {"(mairie)", I, ""}, {"javascript:alert(1)", I, ""},
    {"", E, ""}, {"   ", E, ""}, {"néant", E, ""}, {"N/A", E, ""}, {"-", E, ""}, {"?", E, ""}, {"Pas d'adresse", E, ""},
    {"=1+1", F, ""}, {"=HYPERLINK(\"mailto:a@a.example\")", F, ""}, {"'=1+1", F, ""}, {"=\"=1+1\"", F, ""},
    {"Bcc: a@a.example", J, ""}, {"a@a.example\nBcc: b@b.example", J, ""}, {"a@a.example\r\nsubject : x", J, ""},
    {"Content-Type: text/html", J, ""}, {"to:a@a.example", J, ""}, {"toto@a.example", G, "toto@a.example"},
    {"fromage@a.example", G, "fromage@a.example"},
};

int main(void) {
    char address[ADDRESS_TEXT];
    for (size_t i = 0; i < COUNT(ONE); i++) {
        bool valid = address_canonical(ONE[i].text, strlen(ONE[i].text), address);
        if (ONE[i].want && valid) CHECK_TEXT(ONE[i].text, address, ONE[i].want);
        else CHECK_INT(*ONE[i].text && !strpbrk(ONE[i].text, "\r\n") ? ONE[i].text : "(odd)", valid, ONE[i].want != NULL);
    }
    CHECK("a NUL inside", !address_canonical("mai\0rie@a.example", 17, address));
    for (size_t i = 0; i < COUNT(CELLS); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        size_t count = 0, n = 0;
        const char *label = strpbrk(CELLS[i].cell, "\r\n") ? "(several lines)" : *CELLS[i].cell ? CELLS[i].cell : "(empty)";
        enum address_cell kind = address_cell_read(CELLS[i].cell, strlen(CELLS[i].cell), &out, &count);
        CHECK_INT(label, kind, CELLS[i].kind);
        for (size_t k = 0; k < out.length; k++)
            if (!out.bytes[k]) out.bytes[k] = ++n < count ? ' ' : '\0';
        CHECK_TEXT(label, buf_text(&out), CELLS[i].want);
        CHECK_INT(label, (int)n, (int)count);
    }
    return tap_end();
}
