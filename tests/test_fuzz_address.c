/* Hostile e-mail cells: whatever is in one, what comes out is canonical and harmless wherever an address goes. */
#include "base/text.h"
#include "lists/address.h"
#include "tests/mutate.h"

/* In lower-case letters, digits and the signs of rule 8, short enough, one "@", and its own canonical form. */
static bool harmless(const char *address) {
    char again[ADDRESS_TEXT];
    const char *at = strchr(address, '@');
    size_t length = strlen(address);
    MUST_HOLD("one @", at && at > address && !strchr(at + 1, '@'));
    MUST_HOLD("lengths of RFC 5321, in octets", length <= ADDRESS_MAX && at - address <= 64);
    MUST_HOLD("the domain is in A-labels", strspn(at + 1, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(at + 1));
    MUST_HOLD("two labels at least", strchr(at + 1, '.') && address[length - 1] != '.');
    MUST_HOLD("valid UTF-8", utf8_valid(address, length));
    for (const char *c = address; *c; c++)
        MUST_HOLD("no control, blank, quote, bracket, separator or stroke",
                  (unsigned char)*c > ' ' && *c != 0x7F && !strchr("\"<>()[];:,\\/|`%!?{}^", *c));
    AUTO_BUF shown = BUF_INIT(4 * ADDRESS_MAX);
    text_printable(&shown, address, length);
    MUST_HOLD("safe to show", text_equal(buf_text(&shown), address));
    MUST_HOLD("canonical again", address_canonical(address, length, again) && text_equal(again, address));
    return true;
}

/* A cell that holds just this address gives just this address. */
static bool alone_in_a_cell(const char *address) {
    AUTO_BUF out = BUF_INIT(MUTATE_LONGEST);
    size_t count = 0;
    enum address_cell kind = address_cell_read(address, strlen(address), &out, &count);
    if (*address == '=') return kind == ADDRESS_CELL_FORMULA; /* good inside a cell, never as a whole one */
    if (*address == '\'') return true;                        /* a spreadsheet's sign of text */
    MUST_HOLD("an address alone is itself",
              kind == ADDRESS_CELL_GOOD && count == 1 && text_equal(buf_text(&out), address));
    return true;
}

static bool holds(const char *bytes, size_t length) {
    char address[ADDRESS_TEXT];
    AUTO_BUF out = BUF_INIT(SIZE_MAX / 2);
    size_t count = 0, seen = 0;
    enum address_cell kind = address_cell_read(bytes, length, &out, &count);
    bool gives = kind == ADDRESS_CELL_GOOD || kind == ADDRESS_CELL_SOME_DROPPED;
    for (size_t at = 0; at < out.length; at += strlen(out.bytes + at) + 1, seen++)
        if (!harmless(out.bytes + at) || !alone_in_a_cell(out.bytes + at)) return false;
    MUST_HOLD("count counts", seen == count);
    MUST_HOLD("the kind says whether there is one", gives == (count > 0));
    MUST_HOLD("nothing longer than what came in", out.length <= 8 * length + 8);
    return !address_canonical(bytes, length, address) || harmless(address);
}

static const struct fuzz_seed SEEDS[] = {
    SEED("mairie@argol.example; \"Argol, mairie\" <MAIRIE@Argol.EXAMPLE> / b@b.example"),
    SEED("mailto:mairie@allériot.example?subject=x et Courriel : c@c.example."),
    SEED("'o''neil&fils@a.example' (accueil)\r\nsecrétariat@b.example - d@d.example"),
    SEED("[a@b.example](mailto:a@b.example) | <a href=\"mailto:c@d.example\">c@d.example</a>"),
    SEED("=\"mairie@xn--allriot-dya.example\" , m@stra\xC3\x9F" "e.example"),
    SEED("n\xC3\xA9" "ant"),
    SEED("Bcc: a@a.example"),
    SEED("\xD0\xBC@\xD0\xBC.example m@\xCF\x83\xCE\xBF\xCF\x82.example\xE2\x80\x8B"),
};
static const char *const PIECES[] = {
    "@", "..", ".", "-", "<", ">", "\"", "'", "(", ")", "[", "]", ";", ",", "/", "|", " et ", " ou ", " - ", "\n", "\r\n", " ",
    "mailto:", "?subject=", "%40", "%0A", "bcc:", "Mél : ", "courriel:", "xn--", "xn--zca", "=", "=\"", "#", "\\", "\xC3\xA9",
    "e\xCC\x81", "\xC3\x9F", "\xCF\x82", "\xE2\x80\xAE", "\xE2\x80\x8B", "\xE2\x80\x8D", "\xEF\xBB\xBF", "\xC2\xAD", "\xC2\xA0",
    "\xEF\xBC\xA0", "\xEF\xBC\x8E", "\xE3\x80\x82", "\xEF\xBD\xA1", "\xD0\xB0", "\xC4\xB0", "\xEF\xAC\x81", "\xF0\x9F\x92\xA9", "\xFF", "\xED\xA0\x80",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b.example", "a@b.example", "&amp;", "&#64;", "\x01", "\x7F", "\xC2\x85", "\xE2\x80\xA8"};

static const struct fuzz FUZZ = {"address", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 4000, holds};
FUZZ_MAIN(FUZZ)
