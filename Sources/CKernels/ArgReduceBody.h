// Positions of greatest and least values. A long row is first reduced to the value, then searched for it; columns carry
// value and position together.

#define ARG_REDUCTION(S, elem)                                                                                        \
  static int64_t TW_NAME(arg_row_##S)(bool greatest, const elem *in, int64_t n) {                                     \
    if (n >= TW_SHORT_ROW) {                                                                                          \
      elem value = greatest ? TW_NAME(row_max_##S)(in, n) : TW_NAME(row_min_##S)(in, n);                              \
      bool nan = value != value;                                                                                      \
      int64_t p = 0;                                                                                                  \
      for (; p + 64 <= n; p += 64) {                                                                                  \
        int found = 0;                                                                                                \
        for (int i = 0; i < 64; i++) found |= (in[p + i] == value) | (nan & (in[p + i] != in[p + i]));                \
        if (found) break;                                                                                             \
      }                                                                                                               \
      for (; p < n; p++) {                                                                                            \
        if (in[p] == value || (nan && in[p] != in[p])) return p;                                                      \
      }                                                                                                               \
    }                                                                                                                 \
    int64_t best = 0;                                                                                                 \
    for (int64_t p = 1; p < n; p++) {                                                                                 \
      bool better = greatest ? in[p] > in[best] : in[p] < in[best];                                                   \
      better |= in[p] != in[p];                                                                                       \
      if (better & (in[best] == in[best])) best = p;                                                                  \
    }                                                                                                                 \
    return best;                                                                                                      \
  }                                                                                                                   \
  static void TW_NAME(arg_##S)(bool greatest, const void *from, int64_t *out, int64_t outer, int64_t n,               \
                               int64_t inner) {                                                                       \
    const elem *in = from;                                                                                            \
    if (inner == 1) {                                                                                                 \
      for (int64_t o = 0; o < outer; o++) out[o] = TW_NAME(arg_row_##S)(greatest, in + o * n, n);                     \
      return;                                                                                                         \
    }                                                                                                                 \
    elem value[TW_COLUMN_BUFFER / 2];                                                                                 \
    for (int64_t o = 0; o < outer; o++, in += n * inner, out += inner) {                                              \
      for (int64_t first = 0; first < inner; first += TW_COLUMN_BUFFER / 2) {                                         \
        int64_t columns = tw_min(TW_COLUMN_BUFFER / 2, inner - first);                                                \
        int64_t *at = out + first;                                                                                    \
        memset(at, 0, (size_t)columns * sizeof *at);                                                                  \
        if (n > 0) memcpy(value, in + first, (size_t)columns * sizeof(elem));                                         \
        for (int64_t k = 1; k < n; k++) {                                                                             \
          const elem *row = in + k * inner + first;                                                                   \
          if (greatest) {                                                                                             \
            for (int64_t c = 0; c < columns; c++) {                                                                   \
              bool better = ((row[c] > value[c]) | (row[c] != row[c])) & (value[c] == value[c]);                      \
              value[c] = better ? row[c] : value[c];                                                                  \
              at[c] = better ? k : at[c];                                                                             \
            }                                                                                                         \
          } else {                                                                                                    \
            for (int64_t c = 0; c < columns; c++) {                                                                   \
              bool better = ((row[c] < value[c]) | (row[c] != row[c])) & (value[c] == value[c]);                      \
              value[c] = better ? row[c] : value[c];                                                                  \
              at[c] = better ? k : at[c];                                                                             \
            }                                                                                                         \
          }                                                                                                           \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

ARG_REDUCTION(f32, float)
ARG_REDUCTION(f64, double)
ARG_REDUCTION(i32, int32_t)
ARG_REDUCTION(i64, int64_t)
ARG_REDUCTION(u8, uint8_t)

static const tw_arg_reducer TW_NAME(arg_reducers)[8] = {
    [TW_FLOAT32] = TW_NAME(arg_f32), [TW_FLOAT64] = TW_NAME(arg_f64), [TW_INT32] = TW_NAME(arg_i32),
    [TW_INT64] = TW_NAME(arg_i64),   [TW_UINT8] = TW_NAME(arg_u8),    [TW_BOOL] = TW_NAME(arg_u8),
};

#undef ARG_REDUCTION
