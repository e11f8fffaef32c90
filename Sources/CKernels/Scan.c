// Cumulative sums, products, greatest and least values along an axis. Floating sums run in float64, so that a long scan
// keeps its precision; the greatest and least propagate NaN, as the reductions do.
#include "Internal.h"

#include <math.h>

#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define GREATER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))
#define LESS(a, b) ((b) < (a) || (b) != (b) ? (b) : (a))
/// A NaN once met stays.
#define GREATEST(a, b) ((a) != (a) ? (a) : GREATER(a, b))
#define LEAST(a, b) ((a) != (a) ? (a) : LESS(a, b))

/// Columns scanned side by side, so that a walk along a far axis uses the whole of each cache line.
#define STRIP 64

#define SCAN_LOOP(name, type, wide, operation, start)                                                                 \
  static void scan_##name(const void *in, void *out, int64_t n, int64_t stride, int64_t columns, bool exclusive) {    \
    const type *from = in;                                                                                            \
    type *to = out;                                                                                                   \
    wide state[STRIP];                                                                                                \
    for (int64_t c = 0; c < STRIP; c++) state[c] = start;                                                             \
    if (columns == 1) {                                                                                               \
      wide only = start;                                                                                              \
      for (int64_t k = 0; k < n; k++, from += stride, to += stride) {                                                 \
        wide next = (wide)operation(only, (wide)*from);                                                               \
        *to = (type)(exclusive ? only : next);                                                                        \
        only = next;                                                                                                  \
      }                                                                                                               \
      return;                                                                                                         \
    }                                                                                                                 \
    for (int64_t k = 0; k < n; k++, from += stride, to += stride) {                                                   \
      for (int64_t c = 0; c < columns; c++) {                                                                         \
        wide next = (wide)operation(state[c], (wide)from[c]);                                                         \
        to[c] = (type)(exclusive ? state[c] : next);                                                                  \
        state[c] = next;                                                                                              \
      }                                                                                                               \
    }                                                                                                                 \
  }

/// `sum` is the type that adds without undefined overflow, `type` the one that compares.
#define SCANS(S, type, sum, accumulator, lowest, greatest)                                                            \
  SCAN_LOOP(sum_##S, sum, accumulator, PLUS, 0)                                                                       \
  SCAN_LOOP(product_##S, sum, accumulator, TIMES, 1)                                                                  \
  SCAN_LOOP(max_##S, type, type, GREATEST, lowest)                                                                    \
  SCAN_LOOP(min_##S, type, type, LEAST, greatest)

SCANS(f32, float, float, double, -INFINITY, INFINITY)
SCANS(f64, double, double, double, -INFINITY, INFINITY)
SCANS(i32, int32_t, uint32_t, uint32_t, INT32_MIN, INT32_MAX)
SCANS(i64, int64_t, uint64_t, uint64_t, INT64_MIN, INT64_MAX)
SCANS(u8, uint8_t, uint8_t, uint8_t, 0, UINT8_MAX)

typedef void (*scan_strip)(const void *in, void *out, int64_t n, int64_t stride, int64_t columns, bool exclusive);

#define SCAN_ROW(S) {scan_sum_##S, scan_product_##S, scan_max_##S, scan_min_##S}

void tw_cumulative(tw_scan op, tw_type type, const void *in, void *out, int64_t outer, int64_t n, int64_t inner,
                   bool reverse, bool exclusive) {
  static const scan_strip strips[8][4] = {
      [TW_FLOAT32] = SCAN_ROW(f32), [TW_FLOAT64] = SCAN_ROW(f64), [TW_INT32] = SCAN_ROW(i32),
      [TW_INT64] = SCAN_ROW(i64),   [TW_UINT8] = SCAN_ROW(u8),    [TW_BOOL] = SCAN_ROW(u8),
  };
  scan_strip strip = strips[type][op];
  if (strip == NULL) tw_unsupported("tw_cumulative", op, type);
  if (n == 0) return;
  int64_t size = (int64_t)tw_size_of(type), stride = reverse ? -inner : inner;
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < inner; i += STRIP) {
      int64_t first = (o * n + (reverse ? n - 1 : 0)) * inner + i;
      strip((const char *)in + first * size, (char *)out + first * size, n, stride, tw_min(STRIP, inner - i),
            exclusive);
    }
  }
}
