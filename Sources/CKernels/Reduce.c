#include "Internal.h"

#include <math.h>

#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define GREATEST(a, b) ((a) != (a) ? (a) : (b) > (a) || (b) != (b) ? (b) : (a))
#define LEAST(a, b) ((a) != (a) ? (a) : (b) < (a) || (b) != (b) ? (b) : (a))
#define EITHER(a, b) ((a) | ((b) != 0))
#define BOTH(a, b) ((a) & ((b) != 0))

#define REDUCE_LOOP(name, type, wide, operation, start)                                                               \
  static void reduce_##name(const void *in, void *out, int64_t outer, int64_t n, int64_t inner) {                     \
    const type *from = in;                                                                                            \
    type *to = out;                                                                                                   \
    for (int64_t o = 0; o < outer; o++) {                                                                             \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        wide state = start;                                                                                           \
        for (int64_t k = 0; k < n; k++) state = (wide)operation(state, (wide)from[(o * n + k) * inner + i]);          \
        to[o * inner + i] = (type)state;                                                                              \
      }                                                                                                               \
    }                                                                                                                 \
  }

#define REDUCTIONS(S, type, sum, accumulator, lowest, greatest)                                                       \
  REDUCE_LOOP(sum_##S, sum, accumulator, PLUS, 0)                                                                     \
  REDUCE_LOOP(product_##S, sum, accumulator, TIMES, 1)                                                                \
  REDUCE_LOOP(max_##S, type, type, GREATEST, lowest)                                                                  \
  REDUCE_LOOP(min_##S, type, type, LEAST, greatest)

REDUCTIONS(f32, float, float, double, -INFINITY, INFINITY)
REDUCTIONS(f64, double, double, double, -INFINITY, INFINITY)
REDUCTIONS(i32, int32_t, uint32_t, uint32_t, INT32_MIN, INT32_MAX)
REDUCTIONS(i64, int64_t, uint64_t, uint64_t, INT64_MIN, INT64_MAX)
REDUCTIONS(u8, uint8_t, uint8_t, uint8_t, 0, UINT8_MAX)
REDUCE_LOOP(any, uint8_t, uint8_t, EITHER, 0)
REDUCE_LOOP(all, uint8_t, uint8_t, BOTH, 1)

typedef void (*reduction)(const void *in, void *out, int64_t outer, int64_t n, int64_t inner);

#define REDUCE_ROW(S) {reduce_sum_##S, reduce_product_##S, reduce_max_##S, reduce_min_##S}

void tw_reduce(tw_reduction op, tw_type type, const void *in, void *out, int64_t outer, int64_t n, int64_t inner) {
  static const reduction table[8][6] = {
      [TW_FLOAT32] = REDUCE_ROW(f32),
      [TW_FLOAT64] = REDUCE_ROW(f64),
      [TW_INT32] = REDUCE_ROW(i32),
      [TW_INT64] = REDUCE_ROW(i64),
      [TW_UINT8] = REDUCE_ROW(u8),
      [TW_BOOL] = {reduce_sum_u8, reduce_product_u8, reduce_max_u8, reduce_min_u8, reduce_any, reduce_all},
  };
  reduction reduce = table[type][op];
  if (reduce == NULL) tw_unsupported("tw_reduce", op, type);
  reduce(in, out, outer, n, inner);
}

#define ARG_LOOP(S, type)                                                                                             \
  static void arg_##S(bool greatest, const void *in, int64_t *out, int64_t outer, int64_t n, int64_t inner) {         \
    for (int64_t o = 0; o < outer; o++) {                                                                             \
      for (int64_t i = 0; i < inner; i++) {                                                                           \
        const type *from = (const type *)in + o * n * inner + i;                                                      \
        int64_t best = 0;                                                                                             \
        type value = n > 0 ? from[0] : 0;                                                                             \
        for (int64_t k = 1; k < n && value == value; k++) {                                                           \
          type next = from[k * inner];                                                                                \
          if (next != next || (greatest ? next > value : next < value)) {                                             \
            best = k;                                                                                                 \
            value = next;                                                                                             \
          }                                                                                                           \
        }                                                                                                             \
        out[o * inner + i] = best;                                                                                    \
      }                                                                                                               \
    }                                                                                                                 \
  }

ARG_LOOP(f32, float)
ARG_LOOP(f64, double)
ARG_LOOP(i32, int32_t)
ARG_LOOP(i64, int64_t)
ARG_LOOP(u8, uint8_t)

void tw_arg_reduce(bool greatest, tw_type type, const void *in, int64_t *out, int64_t outer, int64_t n,
                   int64_t inner) {
  switch (type) {
  case TW_FLOAT32: arg_f32(greatest, in, out, outer, n, inner); return;
  case TW_FLOAT64: arg_f64(greatest, in, out, outer, n, inner); return;
  case TW_INT32: arg_i32(greatest, in, out, outer, n, inner); return;
  case TW_INT64: arg_i64(greatest, in, out, outer, n, inner); return;
  case TW_UINT8:
  case TW_BOOL: arg_u8(greatest, in, out, outer, n, inner); return;
  case TW_FLOAT16:
  case TW_BFLOAT16: break;
  }
  tw_unsupported("tw_arg_reduce", greatest, type);
}
