/* libcurl makes libssh2 ready whatever it is asked for, and libssh2 all of OpenSSL: 1.4 MB of every sender. Nothing here speaks SSH, so libssh2 is
 * told to leave OpenSSL alone (LIBSSH2_INIT_NO_CRYPTO, libssh2_init(3)): this function stands before the library's of the same name. A libcurl
 * without libssh2 never calls it. */
#include <dlfcn.h>

enum { NO_CRYPTO = 1 };

int libssh2_init(int flags);

int libssh2_init(int flags) {
    int (*library)(int);
    *(void **)&library = dlsym(RTLD_NEXT, "libssh2_init");
    return library ? library(flags | NO_CRYPTO) : -1;
}
