#include "CArchive.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct tw_inflater {
    z_stream stream;
    const unsigned char *next;
    size_t left;
    int finished;
    const char *message;
};

tw_inflater *tw_inflater_open(const void *bytes, size_t count) {
    tw_inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater == NULL) return NULL;
    inflater->next = bytes;
    inflater->left = count;
    inflater->message = "no error";
    // 15 window bits, +32: gzip or zlib by its header.
    if (inflateInit2(&inflater->stream, 15 + 32) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

// After a member ends, gzip allows another; anything else (zero padding, appended bytes) ends the stream.
static int next_member(tw_inflater *inflater) {
    const unsigned char *rest = inflater->next - inflater->stream.avail_in;  // the input is one piece of memory
    size_t left = inflater->stream.avail_in + inflater->left;
    if (left >= 2 && rest[0] == 0x1f && rest[1] == 0x8b) return inflateReset(&inflater->stream) == Z_OK;
    return 0;
}

int64_t tw_inflater_read(tw_inflater *inflater, void *into, size_t count) {
    unsigned char *out = into;
    size_t produced = 0;
    z_stream *stream = &inflater->stream;
    while (produced < count && !inflater->finished) {
        if (stream->avail_in == 0 && inflater->left > 0) {
            uInt piece = inflater->left > INT_MAX ? INT_MAX : (uInt)inflater->left;
            stream->next_in = (unsigned char *)inflater->next;
            stream->avail_in = piece;
            inflater->next += piece;
            inflater->left -= piece;
        }
        size_t room = count - produced;
        uInt piece = room > INT_MAX ? INT_MAX : (uInt)room;
        stream->next_out = out + produced;
        stream->avail_out = piece;
        int status = inflate(stream, Z_NO_FLUSH);
        produced += piece - stream->avail_out;
        if (status == Z_STREAM_END) {
            if (!next_member(inflater)) inflater->finished = 1;
        } else if (status == Z_BUF_ERROR && stream->avail_in == 0 && inflater->left == 0) {
            inflater->message = "the compressed stream ends too early";
            return -1;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            inflater->message = stream->msg ? stream->msg : "the compressed stream is broken";
            return -1;
        }
    }
    return (int64_t)produced;
}

const char *tw_inflater_message(const tw_inflater *inflater) { return inflater->message; }

void tw_inflater_close(tw_inflater *inflater) {
    if (inflater == NULL) return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

uint32_t tw_crc32(uint32_t crc, const void *bytes, size_t count) { return (uint32_t)crc32_z(crc, bytes, count); }

void *tw_gzip(const void *bytes, size_t count, size_t *out_count) {
    z_stream stream = {0};
    if (count > UINT_MAX / 2 || deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return NULL;
    size_t bound = deflateBound(&stream, count);
    void *out = malloc(bound);
    if (out != NULL) {
        stream.next_in = (unsigned char *)bytes;
        stream.avail_in = (uInt)count;
        stream.next_out = out;
        stream.avail_out = (uInt)bound;
        if (deflate(&stream, Z_FINISH) == Z_STREAM_END) {
            *out_count = bound - stream.avail_out;
        } else {
            free(out);
            out = NULL;
        }
    }
    deflateEnd(&stream);
    return out;
}
