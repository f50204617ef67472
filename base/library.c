/* dlopen, once a library. */
#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/common.h"

static bool missing(const char *file, struct err *err) {
    const char *why = dlerror();
    return err_set(err, ERR_FATAL, "LIBRARY", "la bibliothèque « %s » ne s'ouvre pas (%s) ; installez le paquet Debian qui la contient, "
                   "ou recompilez Relais contre la version installée", file, why ? why : "?");
}

static bool resolve(const char *file, const char *const *names, size_t count, void **found, struct err *err) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library) return missing(file, err);
    for (size_t i = 0; i < count; i++)
        if (!(found[i] = dlsym(library, names[i]))) return missing(file, err);
    return true;
}

bool library_open(const char *file, const char *const *names, size_t count, void *functions, struct err *err) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    void *last;
    char *at_last = (char *)functions + (count - 1) * sizeof last;
    pthread_mutex_lock(&one_at_a_time);
    memcpy(&last, at_last, sizeof last); /* a struct of function pointers and an array of void * are laid out alike: POSIX dlsym */
    bool good = last;
    if (!good) {
        AUTO_MEM void **found = mem_new(count, sizeof *found);
        good = resolve(file, names, count, found, err);
        if (good) memcpy(functions, found, count * sizeof *found);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return good;
}
