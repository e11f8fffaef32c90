// Matrix products of one real type for one instruction set.
//
// B' is packed into panels as wide as the register block, a block of TW_DEPTH rows at a time, and stays in L2; rows of A
// are read where they lie, or packed when A is transposed and panels are narrow. Every element of C is one chain of
// multiply-adds over each block of depth, whatever the block of rows or columns it falls in, so a row's value does not
// depend on how the rows are split. Thin products have paths of their own, chosen by m, n and the transposes alone.

#define G(name) TW_NAME(TW_JOIN(name, REAL_SUFFIX))
#define V G(vector)

#ifndef TW_DEPTH
#define TW_DEPTH 256
#define TW_W ((int64_t)(TW_BYTES / sizeof(REAL)))
/// Panels of B' packed at a time.
#define TW_PANELS 10
/// Rows that a panel of B' serves while it is in the cache.
#define TW_RUN 64
/// Columns of a matrix that the row-by-row path walks at a time: its part of the result stays in L1.
#define TW_STRIP 2048
/// Terms of dot products taken at a time.
#define TW_CROSS_DEPTH 2048
#endif

#if TW_BYTES == 64 || defined(__aarch64__)
#define TW_ROWS 8
#define TW_WIDE 3
#else
// 16 registers: 12 sums, a line of B and one factor. 4 by 3 would fit exactly, and the compiler fails to fit it.
#define TW_ROWS 6
#define TW_WIDE 2
#endif
/// A transposed A is read where it lies: so wide a panel needs a line of it seldom enough for the cache to keep up.
#define TW_READS_A (TW_BYTES == 64)

typedef REAL V __attribute__((ext_vector_type(TW_BYTES / sizeof(REAL))));

/// The first `count` of a vector's elements, zeros behind them.
TW_INLINE V G(load)(const REAL *from, int64_t count) {
  V value = 0;
  if (TW_LIKELY(count >= TW_W)) {
    __builtin_memcpy(&value, from, sizeof value);
  } else if (count > 0) {
    memcpy(&value, from, (size_t)count * sizeof(REAL));
  }
  return value;
}

TW_INLINE void G(store)(REAL *to, V value, int64_t count) {
  if (TW_LIKELY(count >= TW_W)) {
    __builtin_memcpy(to, &value, sizeof value);
  } else if (count > 0) {
    memcpy(to, &value, (size_t)count * sizeof(REAL));
  }
}

/// The next term of R * N vectors of sums. One pointer serves three rows of A, so that no address is reckoned in the loop.
#define TERM(R, N, P)                                                                                                 \
  {                                                                                                                   \
    V line[N];                                                                                                        \
    __builtin_prefetch((const char *)ahead + 64 * (P));                                                               \
    if (TW_READS_A && a_is_across) __builtin_prefetch(three[0] + (16 + (P)) * a_step + 64 / sizeof(REAL));            \
    _Pragma("unroll") for (int j = 0; j < N; j++) __builtin_memcpy(&line[j], b + j * TW_W, sizeof(V));                \
    b += b_step;                                                                                                      \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      V factor = (V)three[i / 3][i % 3 * a_row + (P) * a_step];                                                       \
      _Pragma("unroll") for (int j = 0; j < N; j++) sum[i][j] = factor * line[j] + sum[i][j];                         \
    }                                                                                                                 \
  }

/// C[R, width] (+)= A[R, depth] B[depth, width] in R * N vector registers. A cache line of `ahead` is fetched at each step.
/// Rows or steps of A lie next to each other.
#define TILE(R, N)                                                                                                    \
  TW_INLINE void G(terms_##R##_##N)(V sum[R][N], int64_t depth, const REAL *a, int64_t a_row, int64_t a_step,         \
                                    bool a_is_across, const REAL *b, int64_t b_step, const REAL *ahead) {             \
    const REAL *three[(R + 2) / 3];                                                                                   \
    _Pragma("unroll") for (int i = 0; i < (R + 2) / 3; i++) {                                                         \
      three[i] = a + 3 * i * a_row;                                                                                   \
      if (!a_is_across) __asm__("" : "+r"(three[i])); /* or the compiler adds row to row in every step */               \
    }                                                                                                                 \
    int64_t p = 0;                                                                                                    \
    for (; p + 4 <= depth; p += 4) {                                                                                  \
      _Pragma("unroll") for (int q = 0; q < 4; q++) TERM(R, N, q)                                                     \
      ahead += 4 * 64 / sizeof(REAL);                                                                                 \
      _Pragma("unroll") for (int i = 0; i < (R + 2) / 3; i++) three[i] += 4 * a_step;                                 \
    }                                                                                                                 \
    for (int q = 0; p < depth; p++, q++) TERM(R, N, q)                                                                \
  }                                                                                                                   \
  static void G(tile_##R##_##N)(int64_t depth, const REAL *a, int64_t a_row, int64_t a_step, const REAL *b,           \
                                int64_t b_step, REAL *c, int64_t ldc, int64_t width, bool add, const REAL *ahead) {   \
    V sum[R][N];                                                                                                      \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int j = 0; j < N; j++) sum[i][j] = (V)0;                                                 \
    }                                                                                                                 \
    if (a_step == 1) {                                                                                                \
      G(terms_##R##_##N)(sum, depth, a, a_row, 1, false, b, b_step, ahead);                                           \
    } else {                                                                                                          \
      G(terms_##R##_##N)(sum, depth, a, 1, a_step, true, b, b_step, ahead);                                           \
    }                                                                                                                 \
    if (TW_LIKELY(width == N * TW_W)) {                                                                               \
      _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                 \
        _Pragma("unroll") for (int j = 0; j < N; j++) {                                                               \
          REAL *to = c + i * ldc + j * TW_W;                                                                          \
          V before = 0;                                                                                               \
          if (add) __builtin_memcpy(&before, to, sizeof(V));                                                          \
          sum[i][j] = add ? before + sum[i][j] : sum[i][j];                                                           \
          __builtin_memcpy(to, &sum[i][j], sizeof(V));                                                                \
        }                                                                                                             \
      }                                                                                                               \
    } else {                                                                                                          \
      REAL spill[R][N * (TW_BYTES / sizeof(REAL))];                                                                   \
      memcpy(spill, sum, sizeof spill);                                                                               \
      for (int i = 0; i < R; i++) {                                                                                   \
        REAL *to = c + i * ldc;                                                                                       \
        if (add) {                                                                                                    \
          for (int64_t j = 0; j < width; j++) to[j] += spill[i][j];                                                   \
        } else {                                                                                                      \
          for (int64_t j = 0; j < width; j++) to[j] = spill[i][j];                                                    \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

#define TILES(R) TILE(R, 1) TILE(R, 2) TILE(R, 3)
#define ROW(R) {G(tile_##R##_1), G(tile_##R##_2), G(tile_##R##_3)}
TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)
#if TW_ROWS == 8
TILES(7)
TILES(8)
#endif

typedef void (*G(tile))(int64_t depth, const REAL *a, int64_t a_row, int64_t a_step, const REAL *b, int64_t b_step,
                        REAL *c, int64_t ldc, int64_t width, bool add, const REAL *ahead);

/// By the rows less one, then by the vectors in a row less one.
static const G(tile) G(tiles)[TW_ROWS][3] = {
    ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6),
#if TW_ROWS == 8
    ROW(7), ROW(8),
#endif
};

/// How many of the rows that are left make the next block: the last two share them, since blocks of few rows wait for their own sums.
TW_INLINE int64_t G(rows_of)(int64_t left) {
  return left <= TW_ROWS ? left : left < 2 * TW_ROWS ? (left + 1) / 2 : TW_ROWS;
}

/// A block of up to TW_ROWS rows over one panel of B.
static void G(block)(int64_t rows, int64_t depth, const REAL *a, int64_t a_row, int64_t a_step, const REAL *b,
                     int64_t b_step, REAL *c, int64_t ldc, int64_t width, bool add, const REAL *ahead) {
  int64_t vectors = (width + TW_W - 1) / TW_W;
  G(tiles)[rows - 1][vectors - 1](depth, a, a_row, a_step, b, b_step, c, ldc, width, add, ahead);
}

#include "GemmPackBody.h"

/// With B' laid out before: a panel of it serves TW_RUN rows before the next is fetched. Columns begin at a panel.
TW_UNUSED static void G(panels)(bool ta, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *packed, REAL *c,
                                int64_t ldc, int64_t row_begin, int64_t row_end, int64_t column_begin,
                                int64_t column_end) {
  const int64_t panel = TW_WIDE * TW_W, part = TW_PANELS * panel;
  const bool packs = ta && !TW_READS_A;
  REAL *packed_a = packs ? tw_workspace((size_t)(TW_DEPTH * TW_RUN) * sizeof(REAL)) : NULL;
  if (packs && packed_a == NULL) tw_unsupported("tw_gemm (out of memory)", 0, 0);
  for (int64_t first = row_begin; first < row_end; first += TW_RUN) {
    int64_t last = tw_min(first + TW_RUN, row_end);
    for (int64_t p = 0; p < k; p += TW_DEPTH) {
      int64_t depth = tw_min(TW_DEPTH, k - p);
      if (packs) G(pack_a)(last - first, depth, a + p * lda + first, lda, packed_a);
      for (int64_t j = column_begin / part * part; j < column_end; j += part) {
        int64_t columns = tw_min(part, column_end - j), begin = tw_max(column_begin - j, 0);
        const REAL *from = G(packed_part)(packed, n, k, j, p) + begin * depth;
        for (int64_t x = begin; x < columns; x += panel) {
          int64_t width = tw_min(panel, columns - x), padded = (width + TW_W - 1) / TW_W * TW_W;
          for (int64_t i = first, rows; i < last; i += rows) {
            rows = G(rows_of)(last - i);
            const REAL *block = packs ? packed_a + (i - first) * depth : ta ? a + p * lda + i : a + i * lda + p;
            // The first rows fetch a third of the next panel each.
            int64_t turn = (i - first) / TW_ROWS;
            const REAL *ahead = turn < 3 ? from + depth * (padded + turn * (64 / (int64_t)sizeof(REAL))) : from;
            G(block)(rows, depth, block, ta ? 1 : lda, packs ? rows : ta ? lda : 1, from, padded, c + i * ldc + j + x,
                     ldc, width, p > 0, ahead);
          }
          from += depth * padded;
        }
      }
    }
  }
}

/// The same over `lines` of `pixels` rows of A each: rows begin `pixel_step` apart, and lines `line_step`. C is dense.
TW_UNUSED static void G(lines)(int64_t n, int64_t k, const REAL *a, int64_t line_step, int64_t pixel_step,
                               const REAL *packed, REAL *c, int64_t lines, int64_t pixels, int64_t column_begin,
                               int64_t column_end, bool accumulate) {
  const int64_t panel = TW_WIDE * TW_W, part = TW_PANELS * panel;
  for (int64_t p = 0; p < k; p += TW_DEPTH) {
    int64_t depth = tw_min(TW_DEPTH, k - p);
    for (int64_t j = column_begin / part * part; j < column_end; j += part) {
      int64_t columns = tw_min(part, column_end - j), begin = tw_max(column_begin - j, 0);
      const REAL *from = G(packed_part)(packed, n, k, j, p) + begin * depth;
      for (int64_t x = begin; x < columns; x += panel) {
        int64_t width = tw_min(panel, columns - x), padded = (width + TW_W - 1) / TW_W * TW_W;
        for (int64_t line = 0; line < lines; line++) {
          for (int64_t i = 0, rows; i < pixels; i += rows) {
            rows = G(rows_of)(pixels - i);
            G(block)(rows, depth, a + line * line_step + i * pixel_step + p, pixel_step, 1, from, padded,
                     c + (line * pixels + i) * n + j + x, n, width, accumulate || p > 0,
                     line + i == 0 ? from + depth * padded : from);
          }
        }
        from += depth * padded;
      }
    }
  }
}

static void G(blocked)(bool ta, bool tb, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b, int64_t ldb,
                       REAL *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate) {
  const int64_t panel = TW_WIDE * TW_W;
  const bool packs = ta && !TW_READS_A;
  // Panels read by few blocks of rows are not worth packing; the ragged one always is, for its padding.
  bool few = !tb && row_end - row_begin <= 4 * TW_ROWS;
  REAL *packed_a = tw_workspace((size_t)(TW_DEPTH * (TW_ROWS + TW_PANELS * panel)) * sizeof(REAL));
  if (packed_a == NULL) tw_unsupported("tw_gemm (out of memory)", 0, 0);
  REAL *packed_b = packed_a + TW_DEPTH * TW_ROWS;
  for (int64_t j = 0; j < n; j += TW_PANELS * panel) {
    int64_t columns = tw_min(TW_PANELS * panel, n - j), whole = few ? columns / panel * panel : 0;
    for (int64_t p = 0; p < k; p += TW_DEPTH) {
      int64_t depth = tw_min(TW_DEPTH, k - p);
      bool add = accumulate || p > 0;
      G(pack_b)(tb, depth, columns - whole, b + (tb ? (j + whole) * ldb + p : p * ldb + j + whole), ldb, packed_b);
      for (int64_t i = row_begin, rows; i < row_end; i += rows) {
        rows = G(rows_of)(row_end - i);
        const REAL *block = packs ? packed_a : ta ? a + p * lda + i : a + i * lda + p;
        if (packs) G(pack_a)(rows, depth, a + p * lda + i, lda, packed_a);
        int64_t a_row = ta ? 1 : lda, a_step = packs ? rows : ta ? lda : 1;
        const REAL *from = packed_b;
        for (int64_t x = 0; x < columns; x += panel) {
          int64_t width = tw_min(panel, columns - x), padded = (width + TW_W - 1) / TW_W * TW_W;
          REAL *to = c + i * ldc + j + x;
          if (x < whole) {
            G(block)(rows, depth, block, a_row, a_step, b + p * ldb + j + x, ldb, to, ldc, width, add, from);
          } else {
            G(block)(rows, depth, block, a_row, a_step, from, padded, to, ldc, width, add, from);
            from += depth * padded;
          }
        }
      }
    }
  }
}

// MARK: Thin products

/// The sum of a vector's lanes, by halves.
TW_INLINE REAL G(total)(V value) {
  REAL lanes[TW_BYTES / sizeof(REAL)];
  __builtin_memcpy(lanes, &value, sizeof value);
  for (int64_t half = TW_W / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

/// Dot products of R lines with one: out[i] (+)= lines[i] . x, both contiguous.
#define DOTS(R)                                                                                                       \
  static void G(dots_##R)(int64_t k, const REAL *lines, int64_t line_step, const REAL *x, REAL *out, int64_t out_step, \
                          bool add) {                                                                                 \
    V sum[R][2];                                                                                                      \
    _Pragma("unroll") for (int i = 0; i < R; i++) sum[i][0] = sum[i][1] = (V)0;                                       \
    int64_t p = 0;                                                                                                    \
    for (; p + 2 * TW_W <= k; p += 2 * TW_W) {                                                                        \
      V first = G(load)(x + p, TW_W), second = G(load)(x + p + TW_W, TW_W);                                           \
      _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                 \
        const REAL *line = lines + i * line_step + p;                                                                 \
        sum[i][0] = G(load)(line, TW_W) * first + sum[i][0];                                                          \
        sum[i][1] = G(load)(line + TW_W, TW_W) * second + sum[i][1];                                                  \
      }                                                                                                               \
    }                                                                                                                 \
    V first = G(load)(x + p, k - p), second = G(load)(x + p + TW_W, k - p - TW_W);                                    \
    for (int i = 0; i < R; i++) {                                                                                     \
      const REAL *line = lines + i * line_step + p;                                                                   \
      sum[i][0] = G(load)(line, k - p) * first + sum[i][0];                                                           \
      sum[i][1] = G(load)(line + TW_W, k - p - TW_W) * second + sum[i][1];                                            \
      REAL result = G(total)(sum[i][0] + sum[i][1]);                                                                  \
      out[i * out_step] = add ? out[i * out_step] + result : result;                                                  \
    }                                                                                                                 \
  }
DOTS(4)
DOTS(1)

static void G(dots)(int64_t count, int64_t k, const REAL *lines, int64_t line_step, const REAL *x, REAL *out,
                    int64_t out_step, bool add) {
  // In parts, so that rounding errors of long sums stay small and a part of x stays in the cache for all lines.
  for (int64_t p = 0; p < k; p += TW_STRIP) {
    int64_t part = tw_min(TW_STRIP, k - p), i = 0;
    bool more = add || p > 0;
    const REAL *from = lines + p;
    for (; i + 4 <= count; i += 4) {
      G(dots_4)(part, from + i * line_step, line_step, x + p, out + i * out_step, out_step, more);
    }
    for (; i < count; i++) G(dots_1)(part, from + i * line_step, line_step, x + p, out + i * out_step, out_step, more);
  }
}

/// out[j] (+)= sum over p of x[p] matrix[p, j] for j < n, taking R rows of the matrix in one pass over `out`.
#define SWEEP(R)                                                                                                      \
  static void G(sweep_##R)(int64_t n, const REAL *x, int64_t x_step, const REAL *matrix, int64_t ld, REAL *out,       \
                           bool add) {                                                                                \
    REAL factor[R];                                                                                                   \
    for (int r = 0; r < R; r++) factor[r] = x[r * x_step];                                                            \
    for (int64_t j = 0; j < n; j += TW_W) {                                                                           \
      V sum = add ? G(load)(out + j, n - j) : (V)0;                                                                   \
      _Pragma("unroll") for (int r = 0; r < R; r++) sum = (V)factor[r] * G(load)(matrix + r * ld + j, n - j) + sum;   \
      G(store)(out + j, sum, n - j);                                                                                  \
    }                                                                                                                 \
  }
SWEEP(8)
SWEEP(1)

static void G(sweep)(int64_t n, int64_t k, const REAL *x, int64_t x_step, const REAL *matrix, int64_t ld, REAL *out,
                     bool add) {
  for (int64_t j = 0; j < n; j += TW_STRIP) {
    int64_t width = tw_min(TW_STRIP, n - j), p = 0;
    for (; p + 8 <= k; p += 8) {
      G(sweep_8)(width, x + p * x_step, x_step, matrix + p * ld + j, ld, out + j, add || p > 0);
    }
    for (; p < k; p++) {
      G(sweep_1)(width, x + p * x_step, x_step, matrix + p * ld + j, ld, out + j, add || p > 0);
    }
  }
}

/// A strided vector made contiguous in the workspace; the vector itself if it is so already.
static const REAL *G(straight)(const REAL *from, int64_t count, int64_t step) {
  if (step == 1) return from;
  REAL *to = tw_workspace((size_t)count * sizeof(REAL));
  if (to == NULL) tw_unsupported("tw_gemm (out of memory)", 0, 0);
  for (int64_t i = 0; i < count; i++) to[i] = from[i * step];
  return to;
}

#include "GemmSmallBody.h"

static void G(gemm)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b,
                    int64_t ldb, REAL *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate) {
  if (row_begin >= row_end || n == 0) return;
  if (!accumulate && k > 0 && G(small)(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end)) return;
  if (k == 0) {
    for (int64_t i = row_begin; i < row_end && !accumulate; i++) memset(c + i * ldc, 0, (size_t)n * sizeof(REAL));
  } else if (n == 1 && !ta) {
    const REAL *x = G(straight)(b, k, tb ? 1 : ldb);
    G(dots)(row_end - row_begin, k, a + row_begin * lda, lda, x, c + row_begin * ldc, ldc, accumulate);
  } else if (n == 1 && ldc == 1) {
    G(sweep)(row_end - row_begin, k, b, tb ? 1 : ldb, a + row_begin, lda, c + row_begin, accumulate);
  } else if (m == 1 && !tb) {
    G(sweep)(n, k, a, ta ? lda : 1, b, ldb, c, accumulate);
  } else if (m == 1) {
    G(dots)(n, k, b, ldb, G(straight)(a, k, ta ? lda : 1), c, 1, accumulate);
  } else {
    G(blocked)(ta, tb, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end, accumulate);
  }
}

#if REAL_BYTES == 4
#include "WinogradBody.h"
#endif

#undef TERM
#undef TILE
#undef TILES
#undef ROW
#undef DOTS
#undef SWEEP
#undef TW_ROWS
#undef TW_WIDE
#undef TW_READS_A
#undef G
#undef V
