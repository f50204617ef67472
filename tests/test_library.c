/* Libraries that are opened when they are needed: what was opened stays, what is missing is named and leaves nothing half filled. */
#include "base/library.h"

#include <math.h>

#include "base/common.h"
#include "tests/tap.h"

#define MATH(F) F(cos) F(sin)
static struct { LIBRARY_FUNCTIONS(MATH) } math, wrong, absent;

int main(void) {
    static const char *const NAMES[] = {LIBRARY_NAMES(MATH)}, *const MISSPELT[] = {"cos", "relais_has_no_such_function"};
    struct err err = {0};
    CHECK("a library is opened", library_open("libm.so.6", NAMES, COUNT(NAMES), &math, &err) && math.cos(0) == 1 && math.sin(0) == 0);
    CHECK("what was opened is not opened again", library_open("gone.so.0", NAMES, COUNT(NAMES), &math, &err) && math.cos(0) == 1);

    CHECK("a function it has not", !library_open("libm.so.6", MISSPELT, COUNT(MISSPELT), &wrong, &err) && err.kind == ERR_FATAL);
    CHECK_TEXT("its code", err.code, "LIBRARY");
    CHECK("library and function are named", strstr(err.text, "libm.so.6") && strstr(err.text, "relais_has_no_such_function"));
    CHECK("nothing is half filled", !wrong.cos && !wrong.sin);

    err = (struct err){0};
    CHECK("a library that is not there", !library_open("librelais-absent.so.0", NAMES, COUNT(NAMES), &absent, &err) && err.kind == ERR_FATAL);
    CHECK("named, with what to do", strstr(err.text, "librelais-absent.so.0") && strstr(err.text, "paquet Debian"));
    CHECK("nothing of it is filled", !absent.cos);
    return tap_end();
}
