#include "CArchive.h"

#include <stdio.h>
#include <stdlib.h>
#include <zip.h>

struct tw_zip {
    zip_t *archive;
};
struct tw_zip_entry {
    zip_file_t *file;
};

static void say(char *message, size_t size, const char *text) {
    if (size > 0) snprintf(message, size, "%s", text ? text : "unknown error");
}

tw_zip *tw_zip_open(const char *path, char *message, size_t message_size) {
    say(message, message_size, "");
    tw_zip *wrapper = calloc(1, sizeof *wrapper);
    if (wrapper == NULL) {
        say(message, message_size, "out of memory");
        return NULL;
    }
    int code = 0;
    wrapper->archive = zip_open(path, ZIP_RDONLY, &code);
    if (wrapper->archive == NULL) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        say(message, message_size, zip_error_strerror(&error));
        zip_error_fini(&error);
        free(wrapper);
        return NULL;
    }
    return wrapper;
}

int64_t tw_zip_count(tw_zip *archive) { return zip_get_num_entries(archive->archive, 0); }

const char *tw_zip_name(tw_zip *archive, int64_t index) {
    return zip_get_name(archive->archive, (zip_uint64_t)index, ZIP_FL_ENC_GUESS);
}

int tw_zip_describe(tw_zip *archive, int64_t index, tw_zip_stat *stat) {
    zip_stat_t raw;
    zip_stat_init(&raw);
    if (zip_stat_index(archive->archive, (zip_uint64_t)index, 0, &raw) != 0) return -1;
    stat->size = (raw.valid & ZIP_STAT_SIZE) ? raw.size : 0;
    stat->compressed_size = (raw.valid & ZIP_STAT_COMP_SIZE) ? raw.comp_size : 0;
    stat->has_sizes = (raw.valid & ZIP_STAT_SIZE) != 0 && (raw.valid & ZIP_STAT_COMP_SIZE) != 0;
    stat->encrypted = (raw.valid & ZIP_STAT_ENCRYPTION_METHOD) && raw.encryption_method != ZIP_EM_NONE;
    return 0;
}

tw_zip_entry *tw_zip_entry_open(tw_zip *archive, int64_t index, char *message, size_t message_size) {
    say(message, message_size, "");
    zip_file_t *file = zip_fopen_index(archive->archive, (zip_uint64_t)index, 0);
    if (file == NULL) {
        say(message, message_size, zip_strerror(archive->archive));
        return NULL;
    }
    tw_zip_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        zip_fclose(file);
        say(message, message_size, "out of memory");
        return NULL;
    }
    entry->file = file;
    return entry;
}

int64_t tw_zip_entry_read(tw_zip_entry *entry, void *into, size_t count, char *message, size_t message_size) {
    size_t produced = 0;
    while (produced < count) {
        zip_int64_t n = zip_fread(entry->file, (char *)into + produced, count - produced);
        if (n < 0) {
            zip_error_t *error = zip_file_get_error(entry->file);
            say(message, message_size, error ? zip_error_strerror(error) : NULL);
            return -1;
        }
        if (n == 0) break;
        produced += (size_t)n;
    }
    return (int64_t)produced;
}

void tw_zip_entry_close(tw_zip_entry *entry) {
    if (entry == NULL) return;
    zip_fclose(entry->file);
    free(entry);
}

void tw_zip_close(tw_zip *archive) {
    if (archive == NULL) return;
    zip_discard(archive->archive);
    free(archive);
}
