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

#define SCAN_LOOP(name, type, wide, operation, start)                                                                 \
  static void scan_##name(const void *in, void *out, int64_t n, int64_t stride, bool exclusive) {                     \
    const type *from = in;                                                                                            \
    type *to = out;                                                                                                   \
    wide state = start;                                                                                               \
    if (exclusive) {                                                                                                  \
      for (int64_t k = 0; k < n; k++, from += stride, to += stride) {                                                 \
        wide value = (wide)*from;                                                                                     \
        *to = (type)state;                                                                                            \
        state = (wide)operation(state, value);                                                                        \
      }                                                                                                               \
    } else {                                                                                                          \
      for (int64_t k = 0; k < n; k++, from += stride, to += stride) {                                                 \
        state = (wide)operation(state, (wide)*from);                                                                  \
        *to = (type)state;                                                                                            \
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

typedef void (*scan_line)(const void *in, void *out, int64_t n, int64_t stride, bool exclusive);

#define SCAN_ROW(S) {scan_sum_##S, scan_product_##S, scan_max_##S, scan_min_##S}

void tw_cumulative(tw_scan op, tw_type type, const void *in, void *out, int64_t outer, int64_t n, int64_t inner,
                   bool reverse, bool exclusive) {
  static const scan_line lines[8][4] = {
      [TW_FLOAT32] = SCAN_ROW(f32), [TW_FLOAT64] = SCAN_ROW(f64), [TW_INT32] = SCAN_ROW(i32),
      [TW_INT64] = SCAN_ROW(i64),   [TW_UINT8] = SCAN_ROW(u8),    [TW_BOOL] = SCAN_ROW(u8),
  };
  scan_line line = lines[type][op];
  if (line == NULL) tw_unsupported("tw_cumulative", op, type);
  if (n == 0) return;
  int64_t size = (int64_t)tw_size_of(type), stride = reverse ? -inner : inner;
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < inner; i++) {
      int64_t first = (o * n + (reverse ? n - 1 : 0)) * inner + i;
      line((const char *)in + first * size, (char *)out + first * size, n, stride, exclusive);
    }
  }
}
