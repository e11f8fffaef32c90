// Products with a side too small to fill a register block, for one real type and instruction set: no packing of the large
// operand, no partial vectors inside the loops. Part of GemmBody.h.

// Vectors of H elements are as short as the rows allow: long ones would be slower to store, since they cross lines of the cache.
#define LINE(H) G(line_##H)
#define LINES(H) typedef REAL LINE(H) __attribute__((ext_vector_type(H)));

/// The first `count` of H elements, zeros behind them.
#define HALF_FULL(H)                                                                                                  \
  TW_INLINE LINE(H) G(first_##H)(const REAL *from, int64_t count) {                                                   \
    LINE(H) value = (REAL)0;                                                                                          \
    memcpy(&value, from, (size_t)count * sizeof(REAL));                                                               \
    return value;                                                                                                     \
  }

/// Rows of C hold at most H elements, and B' lies in `depth` vectors padded with zeros: R rows at a time.
#define NARROW(R, H)                                                                                                  \
  TW_INLINE void G(narrow_##R##_##H)(int64_t depth, const REAL *a, int64_t lda, const LINE(H) *b, LINE(H) *sum) {     \
    _Pragma("unroll") for (int i = 0; i < R; i++) sum[i] = (REAL)0;                                                   \
    for (int64_t p = 0; p < depth; p++) {                                                                             \
      _Pragma("unroll") for (int i = 0; i < R; i++) sum[i] = (LINE(H))a[i * lda + p] * b[p] + sum[i];                 \
    }                                                                                                                 \
  }

/// Many short rows: C[rows, n] = A[rows, depth] B' with n at most H. Rows are stored as whole vectors from the
/// first to the last: what a row writes past its end is written again by the next.
#define NARROWS(H)                                                                                                    \
  NARROW(8, H)                                                                                                        \
  NARROW(1, H)                                                                                                        \
  static void G(narrows_##H)(bool tb, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b, int64_t ldb,   \
                             REAL *c, int64_t ldc, int64_t row_begin, int64_t row_end) {                              \
    LINE(H) line[NARROW_DEPTH];                                                                                       \
    for (int64_t p = 0; p < k; p++) {                                                                                 \
      REAL lanes[H] = {0};                                                                                            \
      for (int64_t j = 0; j < n; j++) lanes[j] = tb ? b[j * ldb + p] : b[p * ldb + j];                                \
      line[p] = G(first_##H)(lanes, H);                                                                               \
    }                                                                                                                 \
    int64_t i = row_begin;                                                                                            \
    for (; i + 8 <= row_end && (row_end - i - 8) * ldc + n >= H; i += 8) {                                            \
      LINE(H) sum[8];                                                                                                 \
      G(narrow_8_##H)(k, a + i * lda, lda, line, sum);                                                                \
      for (int r = 0; r < 8; r++) __builtin_memcpy(c + (i + r) * ldc, &sum[r], H * sizeof(REAL));                     \
    }                                                                                                                 \
    for (; i < row_end; i++) {                                                                                        \
      LINE(H) sum[1];                                                                                                 \
      G(narrow_1_##H)(k, a + i * lda, lda, line, sum);                                                                \
      memcpy(c + i * ldc, &sum[0], (size_t)n * sizeof(REAL));                                                         \
    }                                                                                                                 \
  }

/// A small C at the end of a long sum: R rows of at most H elements, in CHAINS chains of every CHAINS-th term each.
#define DEEP(R, CHAINS, H)                                                                                            \
  static void G(deep_##R##_##H)(int64_t n, int64_t k, const REAL *a, int64_t a_row, int64_t a_step, const REAL *b,    \
                                int64_t ldb, REAL *c, int64_t ldc) {                                                  \
    LINE(H) sum[CHAINS][R];                                                                                           \
    _Pragma("unroll") for (int q = 0; q < CHAINS; q++) {                                                              \
      _Pragma("unroll") for (int i = 0; i < R; i++) sum[q][i] = (REAL)0;                                              \
    }                                                                                                                 \
    /* Whole vectors are read while they stay inside B. */                                                            \
    int64_t p = 0, whole = k - (H - n + ldb - 1) / ldb;                                                               \
    for (; p + CHAINS <= whole; p += CHAINS) {                                                                        \
      _Pragma("unroll") for (int q = 0; q < CHAINS; q++) {                                                            \
        LINE(H) line = G(first_##H)(b + (p + q) * ldb, H);                                                            \
        _Pragma("unroll") for (int i = 0; i < R; i++) {                                                               \
          sum[q][i] = (LINE(H))a[i * a_row + (p + q) * a_step] * line + sum[q][i];                                    \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
    for (; p < k; p++) {                                                                                              \
      LINE(H) line = G(first_##H)(b + p * ldb, n);                                                                    \
      for (int i = 0; i < R; i++) sum[0][i] = (LINE(H))a[i * a_row + p * a_step] * line + sum[0][i];                  \
    }                                                                                                                 \
    for (int i = 0; i < R; i++) {                                                                                     \
      for (int q = 1; q < CHAINS; q++) sum[0][i] += sum[q][i];                                                        \
      memcpy(c + i * ldc, &sum[0][i], (size_t)n * sizeof(REAL));                                                      \
    }                                                                                                                 \
  }

#define DEEPS(H)                                                                                                      \
  DEEP(8, 2, H)                                                                                                       \
  DEEP(4, 2, H)                                                                                                       \
  DEEP(2, 4, H)                                                                                                       \
  DEEP(1, 8, H)                                                                                                       \
  static void G(deeps_##H)(bool ta, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b, int64_t ldb,     \
                           REAL *c, int64_t ldc, int64_t row_begin, int64_t row_end) {                                \
    int64_t a_row = ta ? 1 : lda, a_step = ta ? lda : 1, i = row_begin;                                               \
    for (; i + 8 <= row_end; i += 8) G(deep_8_##H)(n, k, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc);     \
    for (; i + 4 <= row_end; i += 4) G(deep_4_##H)(n, k, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc);     \
    for (; i + 2 <= row_end; i += 2) G(deep_2_##H)(n, k, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc);     \
    for (; i < row_end; i++) G(deep_1_##H)(n, k, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc);             \
  }

#define SMALL(H) LINES(H) HALF_FULL(H) NARROWS(H) DEEPS(H)
SMALL(1)
SMALL(2)
SMALL(4)
SMALL(8)
SMALL(16)

typedef void (*G(small_product))(bool transposed, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b,
                                 int64_t ldb, REAL *c, int64_t ldc, int64_t row_begin, int64_t row_end);
/// By the length of their vectors.
static const G(small_product) G(narrows)[] = {
    G(narrows_1), G(narrows_2), G(narrows_4), G(narrows_8), G(narrows_16)};
static const G(small_product) G(deeps)[] = {G(deeps_1), G(deeps_2), G(deeps_4), G(deeps_8), G(deeps_16)};

/// The place of the shortest vector for n elements.
TW_INLINE int G(length_for)(int64_t n) { return n <= 1 ? 0 : n <= 2 ? 1 : n <= 4 ? 2 : n <= 8 ? 3 : 4; }

/// Dot products of R rows of A with S rows of the stored B, all contiguous along the depth.
#define CROSS(SHAPE, R, S)                                                                                                   \
  static void G(cross_##SHAPE)(int64_t depth, const REAL *a, int64_t lda, const REAL *b, int64_t ldb, REAL *c,      \
                                 int64_t ldc, bool add) {                                                             \
    V sum[R][S];                                                                                                      \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int j = 0; j < S; j++) sum[i][j] = (V)0;                                                 \
    }                                                                                                                 \
    int64_t p = 0;                                                                                                    \
    for (; p + TW_W <= depth; p += TW_W) {                                                                            \
      V left[R];                                                                                                      \
      _Pragma("unroll") for (int i = 0; i < R; i++) __builtin_memcpy(&left[i], a + i * lda + p, sizeof(V));           \
      _Pragma("unroll") for (int j = 0; j < S; j++) {                                                                 \
        V right;                                                                                                      \
        __builtin_memcpy(&right, b + j * ldb + p, sizeof right);                                                      \
        _Pragma("unroll") for (int i = 0; i < R; i++) sum[i][j] = left[i] * right + sum[i][j];                        \
      }                                                                                                               \
    }                                                                                                                 \
    if (p < depth) {                                                                                                  \
      for (int i = 0; i < R; i++) {                                                                                   \
        V left = G(load)(a + i * lda + p, depth - p);                                                                 \
        for (int j = 0; j < S; j++) sum[i][j] = left * G(load)(b + j * ldb + p, depth - p) + sum[i][j];               \
      }                                                                                                               \
    }                                                                                                                 \
    for (int i = 0; i < R; i++) {                                                                                     \
      for (int j = 0; j < S; j++) {                                                                                   \
        REAL result = G(total)(sum[i][j]);                                                                            \
        c[i * ldc + j] = add ? c[i * ldc + j] + result : result;                                                      \
      }                                                                                                               \
    }                                                                                                                 \
  }
#if TW_ROWS == 8
#define CROSS_ROWS 4
#else
// 16 registers: 12 sums, three rows of A and one of B.
#define CROSS_ROWS 3
#endif
CROSS(block, CROSS_ROWS, 4)
CROSS(column, CROSS_ROWS, 1)
CROSS(row, 1, 4)
CROSS(one, 1, 1)

/// C[rows, n] = A[rows, k] B[n, k]ᵀ by dot products, a part of the depth at a time, so that the rows of B stay in the cache
/// for all rows of A.
static void G(crosses)(int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b, int64_t ldb, REAL *c,
                       int64_t ldc, int64_t row_begin, int64_t row_end) {
  for (int64_t p = 0; p < k; p += TW_CROSS_DEPTH) {
    int64_t depth = tw_min(TW_CROSS_DEPTH, k - p);
    int64_t i = row_begin;
    for (; i + CROSS_ROWS <= row_end; i += CROSS_ROWS) {
      int64_t j = 0;
      for (; j + 4 <= n; j += 4) {
        G(cross_block)(depth, a + i * lda + p, lda, b + j * ldb + p, ldb, c + i * ldc + j, ldc, p > 0);
      }
      for (; j < n; j++) G(cross_column)(depth, a + i * lda + p, lda, b + j * ldb + p, ldb, c + i * ldc + j, ldc, p > 0);
    }
    for (; i < row_end; i++) {
      int64_t j = 0;
      for (; j + 4 <= n; j += 4) {
        G(cross_row)(depth, a + i * lda + p, lda, b + j * ldb + p, ldb, c + i * ldc + j, ldc, p > 0);
      }
      for (; j < n; j++) G(cross_one)(depth, a + i * lda + p, lda, b + j * ldb + p, ldb, c + i * ldc + j, ldc, p > 0);
    }
  }
}

/// Takes the product if one of these ways fits.
static bool G(small)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const REAL *a, int64_t lda, const REAL *b,
                     int64_t ldb, REAL *c, int64_t ldc, int64_t row_begin, int64_t row_end) {
  switch (small_way_for(ta, tb, m, n, k, TW_W)) {
  case SMALL_NONE: return false;
  case SMALL_NARROW:
    if (ldc != n) return false; /* what lies between the rows is not to be written */
    G(narrows)[G(length_for)(n)](tb, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end);
    return true;
  case SMALL_DEEP: G(deeps)[G(length_for)(n)](ta, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end); return true;
  case SMALL_CROSS: G(crosses)(n, k, a, lda, b, ldb, c, ldc, row_begin, row_end); return true;
  }
}

#undef LINE
#undef LINES
#undef HALF_FULL
#undef NARROW
#undef NARROWS
#undef DEEP
#undef DEEPS
#undef SMALL
#undef CROSS
#undef CROSS_ROWS
