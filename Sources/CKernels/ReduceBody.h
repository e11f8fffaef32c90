// Reductions for one instruction set. Three shapes of loop: rows (the reduced axis is contiguous) in four vectors,
// columns (the axis walks with a stride) in a block of registers over 64 rows at a time, and narrow columns, which are
// laid side by side until whole vectors cover them and folded at the end. All sums run in blocks, and float32 sums in
// float64, in an order that depends on the shape alone.
#include "Vector.h"

#ifndef TW_SHORT_ROW
#define TW_SHORT_ROW 16      // rows below this are reduced one element at a time
#define TW_CHUNK 4096        // elements of a row between additions to its total
#define TW_ROW_BLOCK 64      // rows of a column between additions to its total
#define TW_COLUMN_BUFFER 2048
#define TW_FOLD_LIMIT 128    // columns at most for folding

#define SAME(v) (v)
#define TO_F64(v) TW_CONVERT(v, f64v)
#endif

/// `V` holds `lanes` elements of type `elem`, `W` as many of `wide`, in which the work is done.
#define REDUCTION(name, elem, V, wide, W, lanes, WIDEN, VECTOR_OP, SCALAR_OP, identity)                               \
  static wide TW_NAME(row_##name)(const elem *in, int64_t n) {                                                        \
    if (n < TW_SHORT_ROW) {                                                                                           \
      wide state = identity;                                                                                          \
      for (int64_t p = 0; p < n; p++) state = (wide)SCALAR_OP(state, (wide)in[p]);                                    \
      return state;                                                                                                   \
    }                                                                                                                 \
    W total = (W)(wide)(identity);                                                                                    \
    for (int64_t chunk = 0; chunk < n; chunk += TW_CHUNK) {                                                           \
      int64_t end = tw_min(n, chunk + TW_CHUNK), p = chunk;                                                           \
      W s0 = (W)(wide)(identity), s1 = s0, s2 = s0, s3 = s0;                                                          \
      for (; p + 4 * (lanes) <= end; p += 4 * (lanes)) {                                                              \
        V v0, v1, v2, v3;                                                                                             \
        __builtin_memcpy(&v0, in + p, sizeof(V));                                                                     \
        __builtin_memcpy(&v1, in + p + (lanes), sizeof(V));                                                           \
        __builtin_memcpy(&v2, in + p + 2 * (lanes), sizeof(V));                                                       \
        __builtin_memcpy(&v3, in + p + 3 * (lanes), sizeof(V));                                                       \
        s0 = VECTOR_OP(s0, WIDEN(v0), W);                                                                             \
        s1 = VECTOR_OP(s1, WIDEN(v1), W);                                                                             \
        s2 = VECTOR_OP(s2, WIDEN(v2), W);                                                                             \
        s3 = VECTOR_OP(s3, WIDEN(v3), W);                                                                             \
      }                                                                                                               \
      for (; p < end; p += (lanes)) {                                                                                 \
        V v0 = (V)(elem)(identity);                                                                                   \
        if (TW_LIKELY(end - p >= (lanes))) {                                                                          \
          __builtin_memcpy(&v0, in + p, sizeof(V));                                                                   \
        } else {                                                                                                      \
          memcpy(&v0, in + p, (size_t)(end - p) * sizeof(elem));                                                      \
        }                                                                                                             \
        s0 = VECTOR_OP(s0, WIDEN(v0), W);                                                                             \
      }                                                                                                               \
      s0 = VECTOR_OP(s0, s1, W);                                                                                      \
      s2 = VECTOR_OP(s2, s3, W);                                                                                      \
      s0 = VECTOR_OP(s0, s2, W);                                                                                      \
      total = VECTOR_OP(total, s0, W);                                                                                \
    }                                                                                                                 \
    wide lane[lanes];                                                                                                 \
    __builtin_memcpy(lane, &total, sizeof lane);                                                                      \
    for (int half = (lanes) / 2; half > 0; half /= 2) {                                                               \
      for (int i = 0; i < half; i++) lane[i] = (wide)SCALAR_OP(lane[i], lane[i + half]);                              \
    }                                                                                                                 \
    return lane[0];                                                                                                   \
  }                                                                                                                   \
                                                                                                                      \
  /* state[c] = op(state[c], in[0, c], in[1, c], ...) for c < columns, at least `lanes` of them. */                   \
  static void TW_NAME(columns_##name)(const elem *in, int64_t n, int64_t stride, int64_t columns, wide *state) {      \
    for (int64_t row = 0; row < n; row += TW_ROW_BLOCK) {                                                             \
      int64_t rows = tw_min(TW_ROW_BLOCK, n - row);                                                                   \
      const elem *block = in + row * stride;                                                                          \
      int64_t c = 0;                                                                                                  \
      for (; c + 4 * (lanes) <= columns; c += 4 * (lanes)) {                                                          \
        W s[4];                                                                                                       \
        _Pragma("unroll") for (int j = 0; j < 4; j++) s[j] = (W)(wide)(identity);                                     \
        const elem *from = block + c;                                                                                 \
        for (int64_t r = 0; r < rows; r++, from += stride) {                                                          \
          _Pragma("unroll") for (int j = 0; j < 4; j++) {                                                             \
            V v;                                                                                                      \
            __builtin_memcpy(&v, from + j * (lanes), sizeof(V));                                                      \
            s[j] = VECTOR_OP(s[j], WIDEN(v), W);                                                                      \
          }                                                                                                           \
        }                                                                                                             \
        _Pragma("unroll") for (int j = 0; j < 4; j++) {                                                               \
          W before;                                                                                                   \
          __builtin_memcpy(&before, state + c + j * (lanes), sizeof(W));                                              \
          before = VECTOR_OP(before, s[j], W);                                                                        \
          __builtin_memcpy(state + c + j * (lanes), &before, sizeof(W));                                              \
        }                                                                                                             \
      }                                                                                                               \
      while (c < columns) {                                                                                           \
        /* The last vector may begin before c; only its lanes from c on count. */                                     \
        int64_t at = tw_min(c, columns - (lanes));                                                                    \
        W s = (W)(wide)(identity);                                                                                    \
        const elem *from = block + at;                                                                                \
        for (int64_t r = 0; r < rows; r++, from += stride) {                                                          \
          V v;                                                                                                        \
          __builtin_memcpy(&v, from, sizeof(V));                                                                      \
          s = VECTOR_OP(s, WIDEN(v), W);                                                                              \
        }                                                                                                             \
        wide lane[lanes];                                                                                             \
        __builtin_memcpy(lane, &s, sizeof lane);                                                                      \
        for (; c < at + (lanes); c++) state[c] = (wide)SCALAR_OP(state[c], lane[c - at]);                             \
      }                                                                                                               \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void TW_NAME(plane_##name)(const elem *in, elem *out, int64_t n, int64_t inner) {                            \
    wide state[TW_COLUMN_BUFFER];                                                                                     \
    int64_t fold = (lanes) >> __builtin_ctzll((uint64_t)inner | (uint64_t)(lanes));                                   \
    int64_t width = fold * inner;                                                                                     \
    if (fold > 1 && inner <= TW_FOLD_LIMIT && width <= TW_COLUMN_BUFFER && n >= 2 * fold) {                           \
      for (int64_t c = 0; c < width; c++) state[c] = identity;                                                        \
      int64_t whole = n / fold;                                                                                       \
      TW_NAME(columns_##name)(in, whole, width, width, state);                                                        \
      const elem *rest = in + whole * width;                                                                          \
      for (int64_t f = 0; f < (n - whole * fold) * inner; f++) state[f] = (wide)SCALAR_OP(state[f], (wide)rest[f]);   \
      for (int64_t c = 0; c < inner; c++) {                                                                           \
        wide result = state[c];                                                                                       \
        for (int64_t j = 1; j < fold; j++) result = (wide)SCALAR_OP(result, state[c + j * inner]);                    \
        out[c] = (elem)result;                                                                                        \
      }                                                                                                               \
      return;                                                                                                         \
    }                                                                                                                 \
    if (inner < (lanes)) {                                                                                            \
      for (int64_t c = 0; c < inner; c++) {                                                                           \
        wide result = identity;                                                                                       \
        for (int64_t k = 0; k < n; k++) result = (wide)SCALAR_OP(result, (wide)in[k * inner + c]);                    \
        out[c] = (elem)result;                                                                                        \
      }                                                                                                               \
      return;                                                                                                         \
    }                                                                                                                 \
    for (int64_t first = 0; first < inner;) {                                                                         \
      int64_t columns = inner - first;                                                                                \
      if (columns > TW_COLUMN_BUFFER) columns = TW_COLUMN_BUFFER / 2; /* leaves more than a vector for the last */    \
      for (int64_t c = 0; c < columns; c++) state[c] = identity;                                                      \
      TW_NAME(columns_##name)(in + first, n, inner, columns, state);                                                  \
      for (int64_t c = 0; c < columns; c++) out[first + c] = (elem)state[c];                                          \
      first += columns;                                                                                               \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void TW_NAME(reduce_##name)(const void *from, void *to, int64_t outer, int64_t n, int64_t inner) {           \
    const elem *in = from;                                                                                            \
    elem *out = to;                                                                                                   \
    if (inner == 1) {                                                                                                 \
      for (int64_t o = 0; o < outer; o++) out[o] = (elem)TW_NAME(row_##name)(in + o * n, n);                          \
    } else if (inner > 1) {                                                                                           \
      for (int64_t o = 0; o < outer; o++) TW_NAME(plane_##name)(in + o * n * inner, out + o * inner, n, inner);       \
    }                                                                                                                 \
  }

#ifndef VECTOR_PLUS
#define VECTOR_PLUS(a, b, W) ((a) + (b))
#define VECTOR_TIMES(a, b, W) ((a) * (b))
/// A NaN in either operand stays; for integers the second comparison folds away.
#define VECTOR_GREATEST(a, b, W) ((((b) > (a)) | ((b) != (b))) ? (b) : (a))
#define VECTOR_LEAST(a, b, W) ((((b) < (a)) | ((b) != (b))) ? (b) : (a))
#define VECTOR_EITHER(a, b, W) ((a) | ((W)((b) != 0) & (W)1))
#define VECTOR_BOTH(a, b, W) ((a) & ((W)((b) != 0) & (W)1))
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define GREATEST(a, b) ((((b) > (a)) | ((b) != (b))) ? (b) : (a))
#define LEAST(a, b) ((((b) < (a)) | ((b) != (b))) ? (b) : (a))
#define EITHER(a, b) ((a) | ((b) != 0))
#define BOTH(a, b) ((a) & ((b) != 0))
#endif

REDUCTION(sum_f32, float, f32v, double, f64v, TW_LANES, TO_F64, VECTOR_PLUS, PLUS, 0)
REDUCTION(product_f32, float, f32v, double, f64v, TW_LANES, TO_F64, VECTOR_TIMES, TIMES, 1)
REDUCTION(max_f32, float, f32v, float, f32v, TW_LANES, SAME, VECTOR_GREATEST, GREATEST, -INFINITY)
REDUCTION(min_f32, float, f32v, float, f32v, TW_LANES, SAME, VECTOR_LEAST, LEAST, INFINITY)
REDUCTION(sum_f64, double, f64v, double, f64v, TW_LANES, SAME, VECTOR_PLUS, PLUS, 0)
REDUCTION(product_f64, double, f64v, double, f64v, TW_LANES, SAME, VECTOR_TIMES, TIMES, 1)
REDUCTION(max_f64, double, f64v, double, f64v, TW_LANES, SAME, VECTOR_GREATEST, GREATEST, -INFINITY)
REDUCTION(min_f64, double, f64v, double, f64v, TW_LANES, SAME, VECTOR_LEAST, LEAST, INFINITY)
REDUCTION(sum_i32, uint32_t, u32v, uint32_t, u32v, TW_LANES, SAME, VECTOR_PLUS, PLUS, 0)
REDUCTION(product_i32, uint32_t, u32v, uint32_t, u32v, TW_LANES, SAME, VECTOR_TIMES, TIMES, 1)
REDUCTION(max_i32, int32_t, i32v, int32_t, i32v, TW_LANES, SAME, VECTOR_GREATEST, GREATEST, INT32_MIN)
REDUCTION(min_i32, int32_t, i32v, int32_t, i32v, TW_LANES, SAME, VECTOR_LEAST, LEAST, INT32_MAX)
REDUCTION(sum_i64, uint64_t, u64v, uint64_t, u64v, TW_LANES, SAME, VECTOR_PLUS, PLUS, 0)
REDUCTION(product_i64, uint64_t, u64v, uint64_t, u64v, TW_LANES, SAME, VECTOR_TIMES, TIMES, 1)
REDUCTION(max_i64, int64_t, i64v, int64_t, i64v, TW_LANES, SAME, VECTOR_GREATEST, GREATEST, INT64_MIN)
REDUCTION(min_i64, int64_t, i64v, int64_t, i64v, TW_LANES, SAME, VECTOR_LEAST, LEAST, INT64_MAX)
REDUCTION(sum_u8, uint8_t, u8w, uint8_t, u8w, TW_BYTES, SAME, VECTOR_PLUS, PLUS, 0)
REDUCTION(product_u8, uint8_t, u8w, uint8_t, u8w, TW_BYTES, SAME, VECTOR_TIMES, TIMES, 1)
REDUCTION(max_u8, uint8_t, u8w, uint8_t, u8w, TW_BYTES, SAME, VECTOR_GREATEST, GREATEST, 0)
REDUCTION(min_u8, uint8_t, u8w, uint8_t, u8w, TW_BYTES, SAME, VECTOR_LEAST, LEAST, UINT8_MAX)
REDUCTION(any, uint8_t, u8w, uint8_t, u8w, TW_BYTES, SAME, VECTOR_EITHER, EITHER, 0)
REDUCTION(all, uint8_t, u8w, uint8_t, u8w, TW_BYTES, SAME, VECTOR_BOTH, BOTH, 1)

#define REDUCE_ROW(S)                                                                                                 \
  {TW_NAME(reduce_sum_##S), TW_NAME(reduce_product_##S), TW_NAME(reduce_max_##S), TW_NAME(reduce_min_##S), NULL, NULL}

/// By type, then operation.
static const tw_reducer TW_NAME(reducers)[8][6] = {
    [TW_FLOAT32] = REDUCE_ROW(f32),
    [TW_FLOAT64] = REDUCE_ROW(f64),
    [TW_INT32] = REDUCE_ROW(i32),
    [TW_INT64] = REDUCE_ROW(i64),
    [TW_UINT8] = REDUCE_ROW(u8),
    [TW_BOOL] = {TW_NAME(reduce_sum_u8), TW_NAME(reduce_product_u8), TW_NAME(reduce_max_u8), TW_NAME(reduce_min_u8),
                 TW_NAME(reduce_any), TW_NAME(reduce_all)},
};

#include "ArgReduceBody.h"

#undef REDUCTION
