/* What is asked of a selected mailbox. Never ENVELOPE or BODYSTRUCTURE: what the server has parsed of hostile mail is no better than the mail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/inbox/etpan.h"
#include "mailer/inbox/imap_parts.h"

enum { FETCH_LINE_BYTES = 4096 };

unsigned imap_can(const struct imap *imap) { return imap->can; }
uint32_t imap_uidvalidity(const struct imap *imap) { return imap->uidvalidity; }
uint32_t imap_exists(const struct imap *imap) { return imap->session->imap_selection_info ? imap->session->imap_selection_info->sel_exists : 0; }
int imap_fd(const struct imap *imap) { return net_stream_fd(imap->stream); }
bool imap_pending(const struct imap *imap) {
    return net_stream_pending(imap->stream) || (imap->session->imap_stream && imap->session->imap_stream->read_buffer_len);
}

/* A server that renumbers the folder under our feet (RFC 3501 forbids it) has made every UID we hold worthless. */
static bool same_numbers(struct imap *imap, struct err *err) {
    const struct mailimap_selection_info *selected = imap->session->imap_selection_info;
    if (selected && selected->sel_uidvalidity == imap->uidvalidity) return true;
    imap->broken = true;
    return err_set(err, ERR_RETRY, "IMAP_UIDVALIDITY", "%s : le serveur a renuméroté le dossier ; on recommence", imap->where);
}

static struct mailimap_set *set_of(const uint32_t *uids, int count) {
    struct mailimap_set *set = etpan.mailimap_set_new_empty();
    for (int i = 0; set && i < count; i++) {
        int last = i;
        while (last + 1 < count && uids[last + 1] == uids[last] + 1) last++; /* short lines: some servers take 8000 bytes at most */
        if (last > i ? etpan.mailimap_set_add_interval(set, uids[i], uids[last]) : etpan.mailimap_set_add_single(set, uids[i])) return etpan.mailimap_set_free(set), NULL;
        i = last;
    }
    return set;
}

static bool no_memory(struct err *err) { return err_set(err, ERR_FATAL, "IMAP", "mémoire épuisée"); }

/* -- fetching ---------------------------------------------------------------------------------------------------------- */
static bool asks(struct mailimap_fetch_type *type, struct mailimap_fetch_att *what) {
    if (what && etpan.mailimap_fetch_type_new_fetch_att_list_add(type, what) == MAILIMAP_NO_ERROR) return true;
    if (what) etpan.mailimap_fetch_att_free(what);
    return false;
}

static uint32_t uid_of(const struct mailimap_msg_att *answer) {
    for (clistiter *at = clist_begin(answer->att_list); at; at = clist_next(at)) {
        const struct mailimap_msg_att_item *item = clist_content(at);
        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC && item->att_data.att_static->att_type == MAILIMAP_MSG_ATT_UID)
            return item->att_data.att_static->att_data.att_uid;
    }
    return 0;
}

static bool has_deleted(const struct mailimap_msg_att_dynamic *flags) {
    for (clistiter *at = flags->att_list ? clist_begin(flags->att_list) : NULL; at; at = clist_next(at)) {
        const struct mailimap_flag_fetch *one = clist_content(at);
        if (one->fl_flag && one->fl_flag->fl_type == MAILIMAP_FLAG_DELETED) return true;
    }
    return false;
}

/* An answer without a size is about something else: a flag that somebody has just changed. */
static bool read_listed(const struct mailimap_msg_att *answer, struct imap_listed *out) {
    bool sized = false;
    *out = (struct imap_listed){.uid = uid_of(answer)};
    for (clistiter *at = clist_begin(answer->att_list); at; at = clist_next(at)) {
        const struct mailimap_msg_att_item *item = clist_content(at);
        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC) out->deleted |= has_deleted(item->att_data.att_dyn);
        if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || item->att_data.att_static->att_type != MAILIMAP_MSG_ATT_RFC822_SIZE) continue;
        out->size_bytes = item->att_data.att_static->att_data.att_rfc822_size;
        sized = true;
    }
    return sized && out->uid;
}

static int by_uid(const void *a, const void *b) {
    uint32_t x = ((const struct imap_listed *)a)->uid, y = ((const struct imap_listed *)b)->uid;
    return (x > y) - (x < y);
}

int imap_list(struct imap *imap, uint32_t first, uint32_t last, struct imap_listed *out, int room, struct err *err) {
    clist *answers = NULL;
    int count = 0, got = MAILIMAP_ERROR_MEMORY;
    struct mailimap_set *set = etpan.mailimap_set_new_interval(first, last);
    struct mailimap_fetch_type *type = etpan.mailimap_fetch_type_new_fetch_att_list_empty();
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    if (set && type && asks(type, etpan.mailimap_fetch_att_new_uid()) && asks(type, etpan.mailimap_fetch_att_new_flags()) && asks(type, etpan.mailimap_fetch_att_new_rfc822_size()))
        got = etpan.mailimap_fetch(imap->session, set, type, &answers);
    if (set) etpan.mailimap_set_free(set);
    if (type) etpan.mailimap_fetch_type_free(type);
    for (clistiter *at = got == MAILIMAP_NO_ERROR && answers ? clist_begin(answers) : NULL; at && count < room; at = clist_next(at))
        count += read_listed(clist_content(at), &out[count]);
    if (got == MAILIMAP_NO_ERROR && answers) etpan.mailimap_fetch_list_free(answers);
    if (got == MAILIMAP_ERROR_MEMORY) return no_memory(err), -1;
    if (got != MAILIMAP_NO_ERROR) return imap_failed(imap, ERR_RETRY, "IMAP", "la liste des messages n'est pas comprise", err), -1;
    if (!same_numbers(imap, err)) return -1;
    qsort(out, (size_t)count, sizeof *out, by_uid);
    return count;
}

static void tell(const struct mailimap_msg_att *answer, imap_told *told, void *ctx) {
    uint32_t uid = uid_of(answer);
    for (clistiter *at = clist_begin(answer->att_list); at && uid; at = clist_next(at)) {
        const struct mailimap_msg_att_item *item = clist_content(at);
        if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || item->att_data.att_static->att_type != MAILIMAP_MSG_ATT_BODY_SECTION) continue;
        const struct mailimap_msg_att_body_section *body = item->att_data.att_static->att_data.att_body_section;
        if (body->sec_body_part) told(ctx, uid, body->sec_body_part, body->sec_length);
    }
}

bool imap_fetch(struct imap *imap, const uint32_t *uids, int count, uint32_t limit_bytes, size_t most_bytes, imap_told *told, void *ctx, struct err *err) {
    clist *answers = NULL;
    int got = MAILIMAP_ERROR_MEMORY;
    struct mailimap_set *set = set_of(uids, count);
    struct mailimap_section *section = etpan.mailimap_section_new(NULL);
    struct mailimap_fetch_att *body = !section ? NULL : limit_bytes ? etpan.mailimap_fetch_att_new_body_peek_section_partial(section, 0, limit_bytes)
                                                                    : etpan.mailimap_fetch_att_new_body_peek_section(section);
    if (section && !body) etpan.mailimap_section_free(section);
    struct mailimap_fetch_type *type = etpan.mailimap_fetch_type_new_fetch_att_list_empty();
    imap_command(imap, most_bytes + (size_t)count * FETCH_LINE_BYTES + IMAP_LINE_BYTES, most_bytes);
    net_stream_within(imap->stream, imap->account->reply_ms + (int64_t)(most_bytes / IMAP_SLOWEST) * 1000);
    if (set && type && asks(type, etpan.mailimap_fetch_att_new_uid()) && asks(type, body)) got = etpan.mailimap_uid_fetch(imap->session, set, type, &answers);
    else if (!type && body) etpan.mailimap_fetch_att_free(body);
    if (set) etpan.mailimap_set_free(set);
    if (type) etpan.mailimap_fetch_type_free(type);
    for (clistiter *at = got == MAILIMAP_NO_ERROR && answers ? clist_begin(answers) : NULL; at; at = clist_next(at)) tell(clist_content(at), told, ctx);
    if (got == MAILIMAP_NO_ERROR && answers) etpan.mailimap_fetch_list_free(answers);
    if (got == MAILIMAP_ERROR_MEMORY) return no_memory(err);
    if (got != MAILIMAP_NO_ERROR) return imap_failed(imap, ERR_RETRY, "IMAP", "les messages demandés ne viennent pas", err);
    return same_numbers(imap, err);
}

/* -- moving -------------------------------------------------------------------------------------------------------------- */
/* Servers that keep all folders below INBOX refuse « Relais » and take « INBOX.Relais ». */
static bool below_inbox(struct imap *imap, const char *folder, char *out, size_t size) {
    clist *found = NULL;
    char delimiter = 0;
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    if (etpan.mailimap_list(imap->session, "", "INBOX", &found) != MAILIMAP_NO_ERROR) return false;
    for (clistiter *at = found ? clist_begin(found) : NULL; at; at = clist_next(at)) delimiter = ((struct mailimap_mailbox_list *)clist_content(at))->mb_delimiter;
    if (found) etpan.mailimap_list_result_free(found);
    if (delimiter <= ' ' || delimiter > '~') return false;
    snprintf(out, size, "INBOX%c%s", delimiter, folder);
    return true;
}

/* libetpan's LIST tells whether it is there; nothing is created that is. */
static bool is_there(struct imap *imap, const char *folder) {
    clist *found = NULL;
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    bool there = etpan.mailimap_list(imap->session, "", folder, &found) == MAILIMAP_NO_ERROR && found && clist_begin(found);
    if (found) etpan.mailimap_list_result_free(found);
    return there;
}

static bool create(struct imap *imap, const char *folder) {
    imap_command(imap, IMAP_REPLY_BYTES, 0);
    return etpan.mailimap_create(imap->session, folder) == MAILIMAP_NO_ERROR;
}

static bool make_folder(struct imap *imap, const char *folder, struct err *err) {
    char below[600];
    if (*imap->folder_made) return true;
    if (is_there(imap, folder) || (!imap->broken && create(imap, folder))) snprintf(imap->folder_made, sizeof imap->folder_made, "%s", folder);
    else if (!imap->broken && below_inbox(imap, folder, below, sizeof below) && (is_there(imap, below) || (!imap->broken && create(imap, below))))
        snprintf(imap->folder_made, sizeof imap->folder_made, "%s", below);
    else return imap_failed(imap, ERR_INPUT, "IMAP_DONE_FOLDER", "le dossier done_folder ne peut être créé ; créez-le, ou nommez-en un autre", err);
    return true;
}

static int mark_deleted(struct imap *imap, struct mailimap_set *set) {
    struct mailimap_flag_list *flags = etpan.mailimap_flag_list_new_empty();
    struct mailimap_flag *deleted = etpan.mailimap_flag_new_deleted();
    struct mailimap_store_att_flags *store = NULL;
    if (flags && deleted && etpan.mailimap_flag_list_add(flags, deleted) == MAILIMAP_NO_ERROR) {
        deleted = NULL;
        store = etpan.mailimap_store_att_flags_new_add_flags_silent(flags);
    }
    if (deleted) etpan.mailimap_flag_free(deleted);
    if (flags && !store) etpan.mailimap_flag_list_free(flags);
    int got = store ? etpan.mailimap_uid_store(imap->session, set, store) : MAILIMAP_ERROR_MEMORY;
    if (store) etpan.mailimap_store_att_flags_free(store);
    return got;
}

/* RFC 6851 section 3.3, by hand. A plain EXPUNGE would take what others have marked, too. */
static int copy_and_delete(struct imap *imap, struct mailimap_set *set) {
    int got = etpan.mailimap_uid_copy(imap->session, set, imap->folder_made);
    if (got == MAILIMAP_NO_ERROR) imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES), got = mark_deleted(imap, set);
    if (got != MAILIMAP_NO_ERROR || !(imap->can & IMAP_UIDPLUS)) return got;
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    return etpan.mailimap_uid_expunge(imap->session, set);
}

bool imap_move(struct imap *imap, const uint32_t *uids, int count, const char *folder, struct err *err) {
    if (!make_folder(imap, folder, err)) return false;
    struct mailimap_set *set = set_of(uids, count);
    if (!set) return no_memory(err);
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    int got = imap->can & IMAP_MOVE ? etpan.mailimap_uid_move(imap->session, set, imap->folder_made) : copy_and_delete(imap, set);
    etpan.mailimap_set_free(set);
    if (got != MAILIMAP_NO_ERROR) {
        *imap->folder_made = '\0'; /* somebody may have taken it away */
        return imap_failed(imap, ERR_INPUT, "IMAP_DONE_FOLDER", "les messages lus ne peuvent être rangés dans done_folder ; vérifiez les droits et la place", err);
    }
    return same_numbers(imap, err);
}

/* -- waiting --------------------------------------------------------------------------------------------------------------- */
bool imap_noop(struct imap *imap, struct err *err) {
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    return etpan.mailimap_noop(imap->session) == MAILIMAP_NO_ERROR ? same_numbers(imap, err) : imap_failed(imap, ERR_RETRY, "IMAP", "NOOP est refusé", err);
}

bool imap_idle(struct imap *imap, struct err *err) {
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    imap->idling = true;
    return etpan.mailimap_idle(imap->session) == MAILIMAP_NO_ERROR || imap_failed(imap, ERR_RETRY, "IMAP", "IDLE est refusé", err);
}

bool imap_idle_was_told(const struct imap *imap) { return imap->guard.lines > 1; }

bool imap_idle_done(struct imap *imap, struct err *err) {
    imap_command(imap, IMAP_REPLY_BYTES, FETCH_LINE_BYTES);
    imap->idling = false;
    return etpan.mailimap_idle_done(imap->session) == MAILIMAP_NO_ERROR ? same_numbers(imap, err) : imap_failed(imap, ERR_RETRY, "IMAP", "IDLE ne finit pas", err);
}
