/* [log] level and format. */
#include "mailer/app_log.h"

#include "base/log.h"
#include "base/text.h"

bool app_log_begin(struct app *app, const char *role, struct err *err) {
    static const char *const LEVELS[] = {[LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
    enum log_level level = LOG_INFO;
    if (!app_settings(app, err)) return false;
    for (size_t i = 0; i < COUNT(LEVELS); i++)
        if (text_equal(LEVELS[i], settings_text(app->settings, "log", "level"))) level = (enum log_level)i;
    log_begin(role, level, settings_is(app->settings, "log", "format", "json"));
    return true;
}
