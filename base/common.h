/* The few words every file may use: counting an array, closing what was opened, memory that never fails. */
#ifndef BASE_COMMON_H
#define BASE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* AUTO(tx) tx = tx_begin(...): closed when the variable goes out of scope, on every path.
 * A type joins in by writing AUTO_CLOSE(type, close_function) once, after its prototypes. */
#define AUTO(type) __attribute__((cleanup(type##_auto))) struct type *
#define AUTO_CLOSE(type, close)                                                                              \
    static inline void type##_auto(struct type **it) { close(*it); }

#define AUTO_TEXT __attribute__((cleanup(mem_free_text))) char *
#define AUTO_MEM  __attribute__((cleanup(mem_free_any))) /* AUTO_MEM struct x *all = NULL; freed at the end of scope */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define MUST_USE __attribute__((warn_unused_result))

/* Memory: zeroed, owned by the caller, released with free(). Out of memory ends the process, here and only
 * here: every state that matters is in the database, so a restart loses nothing. */
void *mem_new(size_t count, size_t size_bytes) MUST_USE;
void *mem_grow(void *old, size_t count, size_t size_bytes) MUST_USE; /* added part is not zeroed */
void *mem_copy(const void *from, size_t size_bytes) MUST_USE;
char *text_dup(const char *text) MUST_USE; /* NULL gives NULL */
char *text_dup_n(const char *text, size_t length) MUST_USE;
void mem_free_text(char **text);
void mem_free_any(void *pointer_to_pointer); /* for __attribute__((cleanup)) on any pointer */

static inline int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }

#endif
