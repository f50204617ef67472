/* Hostile bytes for the list readers: whatever comes in, they end, and what they let through is canonical.
 * Built with -DFUZZER and -fsanitize=fuzzer this is a libFuzzer target; otherwise it mutates its seeds, always alike. */
#include <stdint.h>
#include <stdlib.h>

#include "lists/address.h"
#include "lists/list_import.h"
#include "tests/small_reference.h"
#include "tests/tap.h"

static struct reference *REFERENCE;

static bool canonical_is_stable(const char *address) {
    char again[ADDRESS_TEXT];
    return address_canonical(address, strlen(address), again) && !strcmp(again, address) && !strpbrk(address, " \r\n<>\"\t;,");
}

/* True when all that must hold did. */
static bool try_bytes(const char *bytes, size_t length) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .columns = 50, .cell_chars = 300};
    struct list_result result;
    struct err err;
    const struct source source = SOURCE_OF(bytes, length);
    bool good = true;
    for (enum list_kind kind = LIST_AS_FOUND; kind <= LIST_AS_RELAYS; kind++) {
        list_read(&result, &source, kind, REFERENCE, &LIMITS, 20000, NULL, NULL, &err);
        for (size_t i = 0; i < result.line_count; i++)
            if (*result.lines[i].email) good &= canonical_is_stable(result.lines[i].email);
        list_result_free(&result);
    }
    return good;
}

#ifdef FUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (!REFERENCE) REFERENCE = small_reference();
    if (!try_bytes((const char *)bytes, length)) abort();
    return 0;
}
#else
static const char *const SEEDS[] = {
    "code insee;commune;courriel;statut;répondu le\r\n29001;Argol;mairie@argol.example;oui;12/01/2026\r\n\"29019\";\"Br\"\"est\";\"a@a.example; b@b.example\";non;\r\n",
    "sep=,\nSIREN,Raison sociale,Mél\n200 067 627,CC Billom Communauté,\"Mairie <a@allériot.example>\"\n2,00E+08,x,=1+1\n",
    "\"Mairie de Brest (29)\" <a@a.example>; 29001 - Argol <b@b.example>;\nSaint-Denis [974] <mailto:c@c.example?x>\n",
    "id\tnom\tstatut\n01262\tMontluel\tRépondu le 1er décembre 2025\nTotal\t\t3\n",
    "departement;sigle;courriel\n29;AMF 29;x@xn--allriot-dya.example / y@y.example\n",
    "\xFF\xFEi\0n\0s\0e\0e\0;\0m\0a\0i\0l\0\n\0" "2\0" "9\0",
    "D\xE9partement;Nom;Courriel\nFinist\xE8re;Argol;\"a@a.example\nBcc: x@y.example\"\n",
};
static const char *const PIECES[] = {"\"", "\"\"", ";", ",", "\n", "\r", "\r\n", "@", "<", ">", "(", ")", "\xC3", "\xE9", "Ã©", "\xEF\xBB\xBF",
                                     "=\"", "'", " et ", "mailto:", "2,00E+04", "xn--", "..", "\xE2\x80\xAE", "\xF0\x9F\x92\xA9", "#N/A", "/", "|", "sep="};

static uint64_t random_state = 20260116; /* always the same run */
static size_t random_below(size_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static void mutate(struct buf *out) {
    size_t at = random_below(out->length + 1), cut = random_below(8);
    AUTO_BUF tail = BUF_INIT(1 << 16);
    const char *piece = PIECES[random_below(COUNT(PIECES))];
    if (cut > out->length - at) cut = out->length - at;
    buf_add(&tail, buf_text(out) + at + cut, out->length - at - cut);
    buf_cut(out, at);
    switch (random_below(4)) {
    case 0: break;
    case 1: buf_add_char(out, (char)random_below(256)); break;
    case 2: buf_add(out, buf_text(&tail), tail.length / 2); break;
    default: buf_add_text(out, piece);
    }
    buf_add(out, buf_text(&tail), tail.length);
}

int main(void) {
    enum { ROUNDS = 1500, MUTATIONS = 6 };
    REFERENCE = small_reference();
    for (size_t seed = 0; seed < COUNT(SEEDS); seed++) {
        bool good = true;
        size_t length = seed == 5 ? 26 : strlen(SEEDS[seed]);
        for (int round = 0; round < ROUNDS; round++) {
            AUTO_BUF bytes = BUF_INIT(1 << 16);
            buf_add(&bytes, SEEDS[seed], length);
            for (size_t i = random_below(MUTATIONS); i > 0; i--) mutate(&bytes);
            good &= try_bytes(buf_text(&bytes), bytes.length);
        }
        CHECK("seed and its mutations", good);
    }
    reference_free(REFERENCE);
    return tap_end();
}
#endif
