#ifndef CARCHIVE_H
#define CARCHIVE_H

// A thin shim over zlib and libzip: the only place that sees their types. Every function is safe to call with hostile
// file contents; sizes come back as the file declares them and must be checked by the caller.

#include <stddef.h>
#include <stdint.h>

// --- inflate (gzip or zlib), streaming ---------------------------------------------------------------------------

typedef struct tw_inflater tw_inflater;

// NULL when memory is exhausted. `bytes` must outlive the inflater. Concatenated gzip members read as one stream.
tw_inflater *tw_inflater_open(const void *bytes, size_t count);
// Bytes produced (fewer than `count` only at the end of the stream), or -1 for a broken or truncated stream.
int64_t tw_inflater_read(tw_inflater *inflater, void *into, size_t count);
// What went wrong, one clause; never NULL.
const char *tw_inflater_message(const tw_inflater *inflater);
void tw_inflater_close(tw_inflater *inflater);

// The CRC-32 of `count` bytes, continuing from `crc` (0 at the start).
uint32_t tw_crc32(uint32_t crc, const void *bytes, size_t count);

// A gzip file in memory: allocated with malloc, its size in `*out_count`; NULL when memory is exhausted.
void *tw_gzip(const void *bytes, size_t count, size_t *out_count);

// --- zip archives, reading ---------------------------------------------------------------------------------------

typedef struct tw_zip tw_zip;
typedef struct tw_zip_entry tw_zip_entry;

typedef struct tw_zip_stat {
    uint64_t size;             // bytes after inflating, as declared
    uint64_t compressed_size;  // bytes in the file, as declared
    int encrypted;
    int has_sizes;
} tw_zip_stat;

// NULL on failure, with a clause in `message` (always terminated).
tw_zip *tw_zip_open(const char *path, char *message, size_t message_size);
int64_t tw_zip_count(tw_zip *archive);
// The entry's name in UTF-8, or NULL. Valid until the archive closes.
const char *tw_zip_name(tw_zip *archive, int64_t index);
// 0, or -1 when the entry cannot be described.
int tw_zip_describe(tw_zip *archive, int64_t index, tw_zip_stat *stat);
tw_zip_entry *tw_zip_entry_open(tw_zip *archive, int64_t index, char *message, size_t message_size);
// As `tw_inflater_read`; a wrong checksum at the end of the entry is a failure too.
int64_t tw_zip_entry_read(tw_zip_entry *entry, void *into, size_t count, char *message, size_t message_size);
void tw_zip_entry_close(tw_zip_entry *entry);
void tw_zip_close(tw_zip *archive);

#endif
