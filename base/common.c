/* Memory that never fails: the one place where running out ends the process. */
#include "base/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory) {
    if (memory) return memory;
    fputs("relais: mémoire épuisée ; rien n'est perdu, relancez la commande\n", stderr);
    abort();
}

void *mem_new(size_t count, size_t size_bytes) { return or_die(calloc(count ? count : 1, size_bytes)); }

void *mem_grow(void *old, size_t count, size_t size_bytes) {
    return or_die(reallocarray(old, count ? count : 1, size_bytes));
}

void *mem_copy(const void *from, size_t size_bytes) {
    void *copy = or_die(malloc(size_bytes ? size_bytes : 1));
    if (size_bytes) memcpy(copy, from, size_bytes);
    return copy;
}

char *text_dup(const char *text) { return text ? mem_copy(text, strlen(text) + 1) : NULL; }

char *text_dup_n(const char *text, size_t length) {
    char *copy = or_die(malloc(length + 1));
    if (length) memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void mem_free_text(char **text) { free(*text); }

void mem_free_any(void *pointer_to_pointer) {
    void *memory; /* copied: the pointer behind it is of any type */
    memcpy(&memory, pointer_to_pointer, sizeof memory);
    free(memory);
}
