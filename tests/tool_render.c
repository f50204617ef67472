/* Renders messages of the nine French templates from fields to final bytes, for callgrind (tests/bench.sh): the names are
 * those of the reference, one after the other. usage: tool_render COUNT [TEMPLATE]    prints their mean length
 * TEMPLATE - : only the fields, which are to be subtracted */
#include <stdio.h>
#include <stdlib.h>

#include "tests/render_all.h"

int main(int argc, char **argv) {
    struct render_all all;
    bool fields_only = argc > 2 && !strcmp(argv[2], "-");
    if (argc < 2 || !render_all_open(&all, argc > 2 && !fields_only ? argv[2] : "")) return 2;
    int64_t bytes = 0, count = atoll(argv[1]);
    for (int64_t i = 0; i < count; i++) {
        render_all_fields(&all);
        if (!fields_only && !render_all_message(&all)) return 2;
        bytes += (int64_t)all.out.length;
    }
    printf("%lld\n", (long long)(count ? bytes / count : 0));
    render_all_close(&all);
    return 0;
}
