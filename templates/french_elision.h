/* Elision of « de » before a name. */
#ifndef TEMPLATES_FRENCH_ELISION_H
#define TEMPLATES_FRENCH_ELISION_H

#include "base/common.h"

bool french_elides(const char *name); /* d'Argol, d'Hyères; not: de Brest, de Haguenau */

#endif
