/* Checking the names a template uses. */
#include "templates/field_check.h"

#include <stdio.h>
#include <string.h>

enum { NEAR = 3, LONGEST = 40 };

/* Levenshtein's distance; both at most LONGEST bytes. */
static int distance(const char *a, const char *b) {
    int row[LONGEST + 1];
    int a_length = (int)strlen(a), b_length = (int)strlen(b);
    if (a_length > LONGEST || b_length > LONGEST) return LONGEST;
    for (int k = 0; k <= b_length; k++) row[k] = k;
    for (int i = 1; i <= a_length; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int k = 1; k <= b_length; k++) {
            int change = diagonal + (a[i - 1] != b[k - 1]);
            diagonal = row[k];
            int shorter = (row[k] < row[k - 1] ? row[k] : row[k - 1]) + 1;
            row[k] = change < shorter ? change : shorter;
        }
    }
    return row[b_length];
}

/* The nearest names, best first: "« nom_de », « nom »". */
static void add_near(const char *name, struct buf *out) {
    bool told[FIELD_COUNT] = {false};
    for (int count = 0; count < NEAR; count++) {
        int best = -1, best_distance = LONGEST + 1;
        for (int i = 0; i < FIELD_COUNT; i++) {
            int far = distance(name, FIELD_NAME[i]);
            if (!told[i] && far < best_distance) best = i, best_distance = far;
        }
        told[best] = true;
        buf_add_format(out, "%s« %s »", count ? ", " : "", FIELD_NAME[best]);
    }
}

static bool fault(const struct field_check *check, long line, long column) {
    if (!check->err) return false;
    err_printable(check->err);
    check->err->line = line + check->line_offset;
    check->err->column = column + (line == 1 ? check->column_offset : 0);
    return err_at(check->err, check->file, check->err->line);
}

static bool seen(void *ctx, char sigil, const char *name, long line, long column) {
    struct field_check *check = ctx;
    int field = field_of(name, strlen(name));
    if (sigil == '>')
        err_set(check->err, ERR_INPUT, "TEMPLATE",
                "un modèle de message n'en inclut pas d'autre : recopiez ici le texte de « %.60s »", name);
    else if (field < 0) {
        AUTO_BUF near = BUF_INIT(400);
        add_near(name, &near);
        err_set(check->err, ERR_INPUT, "UNKNOWN_FIELD",
                "le champ « %.60s » n'existe pas ; les plus proches : %s", name, buf_text(&near));
    } else if (field_is_truth((enum field)field) && sigil != '#' && sigil != '^')
        err_set(check->err, ERR_INPUT, "TEMPLATE", "« %s » est une condition : écrivez {{#%s}}…{{/%s}}", name,
                name, name);
    else {
        if (sigil == '#' || sigil == '^')
            check->sections |= 1u << field;
        else
            check->texts |= 1u << field;
        return true;
    }
    return fault(check, line, column);
}

bool field_check(struct field_check *check, const struct mustache *mustache) {
    return mustache_names(mustache, seen, check);
}
