/* libetpan as the reader of returned mail calls it: opened when mail is read (base/library.h). The one header of ours that includes a foreign
 * library, for several files speak this one. */
#ifndef MAILER_INBOX_ETPAN_H
#define MAILER_INBOX_ETPAN_H

#include <libetpan/libetpan.h>

#include "base/library.h"

#define ETPAN(F) \
    F(extended_charconv) F(mailimap_capability) F(mailimap_capability_data_free) F(mailimap_connect) F(mailimap_create) F(mailimap_fetch) \
    F(mailimap_fetch_att_free) F(mailimap_fetch_att_new_body_peek_section) F(mailimap_fetch_att_new_body_peek_section_partial) \
    F(mailimap_fetch_att_new_flags) F(mailimap_fetch_att_new_rfc822_size) F(mailimap_fetch_att_new_uid) F(mailimap_fetch_list_free) \
    F(mailimap_fetch_type_free) F(mailimap_fetch_type_new_fetch_att_list_add) F(mailimap_fetch_type_new_fetch_att_list_empty) F(mailimap_flag_free) \
    F(mailimap_flag_list_add) F(mailimap_flag_list_free) F(mailimap_flag_list_new_empty) F(mailimap_flag_new_deleted) F(mailimap_free) \
    F(mailimap_idle) F(mailimap_idle_done) F(mailimap_list) F(mailimap_list_result_free) F(mailimap_login) F(mailimap_new) F(mailimap_noop) \
    F(mailimap_oauth2_authenticate) F(mailimap_parse_response) F(mailimap_read_line) F(mailimap_response_free) F(mailimap_section_free) \
    F(mailimap_section_new) F(mailimap_select) F(mailimap_send_current_tag) F(mailimap_set_add_interval) F(mailimap_set_add_single) \
    F(mailimap_set_free) F(mailimap_set_new_empty) F(mailimap_set_new_interval) F(mailimap_starttls) F(mailimap_store_att_flags_free) \
    F(mailimap_store_att_flags_new_add_flags_silent) F(mailimap_uid_copy) F(mailimap_uid_expunge) F(mailimap_uid_fetch) F(mailimap_uid_move) \
    F(mailimap_uid_store) F(mailmime_content_charset_get) F(mailmime_decoded_part_free) F(mailmime_free) F(mailmime_parse) F(mailmime_part_parse) \
    F(mailstream_flush) F(mailstream_low_new) F(mailstream_new) F(mailstream_write) F(mmap_string_set_ceil)

extern struct etpan { LIBRARY_FUNCTIONS(ETPAN) } etpan;

/* Before anything of etpan is called, and before a process is sealed that will. ERR_FATAL LIBRARY. */
bool etpan_ready(struct err *err);

#endif
