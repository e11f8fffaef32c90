#include "Internal.h"

#include <math.h>

/// The elements of a window along one axis that fall into the input: taps [first, end), the first at `at`.
typedef struct {
  int64_t first, end, at;
} tw_span;

TW_INLINE tw_span tw_span_of(const tw_window *w, int axis, int64_t position) {
  int64_t start = position * w->stride[axis] - w->low[axis], step = w->dilation[axis];
  tw_span span = {0, w->size[axis], 0};
  if (start < 0) span.first = (-start + step - 1) / step;
  if (start + (span.end - 1) * step >= w->in[axis]) span.end = (w->in[axis] - start + step - 1) / step;
  if (span.end < span.first) span.end = span.first;
  span.at = start + span.first * step;
  return span;
}

#define REAL float
#define REAL_SUFFIX f32
#define WHOLE int32_t
#define TW_BODY "WindowBody.h"
#include "EachInstructionSet.h"
#undef REAL
#undef REAL_SUFFIX
#undef WHOLE

#define REAL double
#define REAL_SUFFIX f64
// What comparisons of doubles give: not int64_t on every system.
#define WHOLE long
#define TW_BODY "WindowBody.h"
#include "EachInstructionSet.h"

void tw_window_run(const tw_window *w, tw_type type, const void *a, const void *b, void *out, int64_t row_begin,
                   int64_t row_end) {
  if (type == TW_FLOAT32) {
    TW_CHOOSE(window_f32)(w, a, b, out, row_begin, row_end);
  } else if (type == TW_FLOAT64) {
    TW_CHOOSE(window_f64)(w, a, b, out, row_begin, row_end);
  } else {
    tw_unsupported("tw_window_run", w->kind, (int)type);
  }
}

// MARK: Columns

/// Runs the statement for each run of neighbors that lie side by side in the image and in the columns: `pixel` and `tap`
/// are the first one's, `length` elements long. All channels of taps in a row are one run.
#define TW_EACH_RUN(w, s, pixel, tap, length, statement)                                                              \
  for (int64_t t0 = s[0].first, p0 = s[0].at; t0 < s[0].end; t0++, p0 += w->dilation[0]) {                            \
    for (int64_t t1 = s[1].first, p1 = s[1].at; t1 < s[1].end; t1++, p1 += w->dilation[1]) {                          \
      bool is_whole = count == w->channels && w->dilation[2] == 1;                                                    \
      int64_t step = is_whole ? s[2].end - s[2].first : 1, length = step * count;                                     \
      int64_t pixel = (p0 * w->in[1] + p1) * w->in[2] + s[2].at;                                                      \
      for (int64_t t2 = s[2].first; t2 < s[2].end; t2 += step, pixel += w->dilation[2]) {                             \
        int64_t tap = (t0 * w->size[1] + t1) * w->size[2] + t2;                                                       \
        statement                                                                                                     \
      }                                                                                                               \
    }                                                                                                                 \
  }

#define COLUMNS(suffix, REAL)                                                                                         \
  static void to_columns_##suffix(const tw_window *w, const REAL *image, int64_t first, int64_t count, REAL *columns, \
                                  int64_t begin, int64_t end) {                                                       \
    int64_t taps = w->size[0] * w->size[1] * w->size[2];                                                              \
    for (int64_t position = begin; position < end; position++, columns += taps * count) {                             \
      tw_span s[3] = {tw_span_of(w, 0, position / (w->out[1] * w->out[2])),                                           \
                      tw_span_of(w, 1, position / w->out[2] % w->out[1]), tw_span_of(w, 2, position % w->out[2])};    \
      int64_t inside = (s[0].end - s[0].first) * (s[1].end - s[1].first) * (s[2].end - s[2].first);                   \
      if (inside < taps) memset(columns, 0, (size_t)(taps * count) * sizeof(REAL));                                   \
      TW_EACH_RUN(w, s, pixel, tap, length, {                                                                         \
        const REAL *from = image + pixel * w->channels + first;                                                       \
        REAL *to = columns + tap * count;                                                                             \
        for (int64_t i = 0; i < length; i++) to[i] = from[i];                                                         \
      })                                                                                                              \
    }                                                                                                                 \
  }                                                                                                                   \
  static void from_columns_##suffix(const tw_window *w, REAL *image, int64_t first, int64_t count,                    \
                                    const REAL *columns, int64_t begin, int64_t end) {                                \
    int64_t taps = w->size[0] * w->size[1] * w->size[2];                                                              \
    for (int64_t position = begin; position < end; position++, columns += taps * count) {                             \
      tw_span s[3] = {tw_span_of(w, 0, position / (w->out[1] * w->out[2])),                                           \
                      tw_span_of(w, 1, position / w->out[2] % w->out[1]), tw_span_of(w, 2, position % w->out[2])};    \
      TW_EACH_RUN(w, s, pixel, tap, length, {                                                                         \
        const REAL *from = columns + tap * count;                                                                     \
        REAL *to = image + pixel * w->channels + first;                                                               \
        for (int64_t i = 0; i < length; i++) to[i] += from[i];                                                        \
      })                                                                                                              \
    }                                                                                                                 \
  }
COLUMNS(f32, float)
COLUMNS(f64, double)

void tw_to_columns(const tw_window *w, tw_type type, const void *image, int64_t first, int64_t count, void *columns,
                   int64_t begin, int64_t end) {
  if (type == TW_FLOAT32) {
    to_columns_f32(w, image, first, count, columns, begin, end);
  } else if (type == TW_FLOAT64) {
    to_columns_f64(w, image, first, count, columns, begin, end);
  } else {
    tw_unsupported("tw_to_columns", 0, (int)type);
  }
}

void tw_from_columns(const tw_window *w, tw_type type, void *image, int64_t first, int64_t count, const void *columns,
                     int64_t begin, int64_t end) {
  if (type == TW_FLOAT32) {
    from_columns_f32(w, image, first, count, columns, begin, end);
  } else if (type == TW_FLOAT64) {
    from_columns_f64(w, image, first, count, columns, begin, end);
  } else {
    tw_unsupported("tw_from_columns", 0, (int)type);
  }
}
