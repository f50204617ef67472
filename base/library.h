/* Libraries that few commands need are opened when one does: ICU behind libical, Berkeley DB and SASL behind libetpan and what spreadsheets
 * take are 4 MB of every process and half of the instructions a command begins with. The one file that speaks such a library lists the functions it
 * calls, and calls them by the struct this list makes:
 *
 *     #define EXPAT(F) F(XML_ParserFree) F(XML_Parse)
 *     static struct { LIBRARY_FUNCTIONS(EXPAT) } expat;
 *     static const char *const EXPAT_NAMES[] = {LIBRARY_NAMES(EXPAT)};
 *     ...
 *     if (!library_open(EXPAT_FILE, EXPAT_NAMES, COUNT(EXPAT_NAMES), &expat, err)) return false;
 *     expat.XML_ParserFree(parser);
 *
 * EXPAT_FILE is the library's DT_SONAME ("libexpat.so.1"), taken by the Makefile from the one whose header was compiled against. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include "base/err.h"

#define LIBRARY_FUNCTIONS(list) list(LIBRARY_FUNCTION_)
#define LIBRARY_FUNCTION_(name) __typeof__(name) *name;
#define LIBRARY_NAMES(list) list(LIBRARY_NAME_)
#define LIBRARY_NAME_(name) #name,

/* Fills functions, count pointers in the order of names. Does nothing when it was done before; from any thread; never closed again. ERR_FATAL
 * LIBRARY when the library or one of the names is missing. A process that will be sealed (base/sandbox.h) opens before it is. */
bool library_open(const char *file, const char *const *names, size_t count, void *functions, struct err *err);

#endif
