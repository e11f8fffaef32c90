// How products lay out their operands, for one real type and instruction set. Part of GemmBody.h.

// Two vectors' elements in turn, beginning with the first of each or in the middle.
#if TW_BYTES == 16 * REAL_BYTES
#define LANES_LOG 4
#define TAKE_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define TAKE_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif TW_BYTES == 8 * REAL_BYTES
#define LANES_LOG 3
#define TAKE_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define TAKE_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#elif TW_BYTES == 4 * REAL_BYTES
#define LANES_LOG 2
#define TAKE_LOW 0, 4, 1, 5
#define TAKE_HIGH 2, 6, 3, 7
#else
#define LANES_LOG 1
#define TAKE_LOW 0, 2
#define TAKE_HIGH 1, 3
#endif
#define LANES (1 << LANES_LOG)
/// How many rows of B before its turn a row is fetched.
#define PACK_AHEAD 8

/// As many vectors as they have elements become their transpose.
TW_INLINE void G(transpose)(V lines[LANES]) {
  // Each pass deals the upper half of the lines between the lower half's, like a shuffle of cards.
  _Pragma("unroll") for (int pass = 0; pass < LANES_LOG; pass++) {
    V dealt[LANES];
    _Pragma("unroll") for (int i = 0; i < LANES / 2; i++) {
      dealt[2 * i] = __builtin_shufflevector(lines[i], lines[i + LANES / 2], TAKE_LOW);
      dealt[2 * i + 1] = __builtin_shufflevector(lines[i], lines[i + LANES / 2], TAKE_HIGH);
    }
    _Pragma("unroll") for (int i = 0; i < LANES; i++) lines[i] = dealt[i];
  }
}

/// to[p, x] = from[x, p] for x < columns, p < depth, with zeros up to a whole vector of columns.
TW_INLINE void G(pack_square)(int64_t depth, int64_t columns, const REAL *from, int64_t ld, REAL *to, int64_t to_row) {
  V lines[LANES];
  if (TW_LIKELY(depth >= TW_W && columns >= TW_W)) {
    _Pragma("unroll") for (int i = 0; i < LANES; i++) lines[i] = G(load)(from + i * ld, TW_W);
    G(transpose)(lines);
    _Pragma("unroll") for (int i = 0; i < LANES; i++) G(store)(to + i * to_row, lines[i], TW_W);
  } else {
    for (int i = 0; i < LANES; i++) lines[i] = i < columns ? G(load)(from + i * ld, depth) : (V)0;
    G(transpose)(lines);
    for (int i = 0; i < tw_min(LANES, depth); i++) G(store)(to + i * to_row, lines[i], TW_W);
  }
}

/// Lays out B'[depth, columns] in panels of TW_WIDE vectors, the last one padded with zeros to whole vectors.
static void G(pack_b)(bool tb, int64_t depth, int64_t columns, const REAL *b, int64_t ldb, REAL *to) {
  const int64_t panel = TW_WIDE * TW_W;
  if (!tb) {
    // Along the rows of B, over all panels: short pieces of many rows would each wait for the memory.
    for (int64_t p = 0; p < depth; p++) {
      const REAL *from = b + p * ldb;
      for (int64_t x = 0; p + PACK_AHEAD < depth && x < columns; x += 64 / (int64_t)sizeof(REAL)) {
        __builtin_prefetch(from + PACK_AHEAD * ldb + x);
      }
      for (int64_t j = 0; j < columns; j += panel) {
        int64_t width = tw_min(panel, columns - j), padded = (width + TW_W - 1) / TW_W * TW_W;
        REAL *line = to + j * depth + p * padded;
        for (int64_t x = 0; x < padded; x += TW_W) G(store)(line + x, G(load)(from + j + x, width - x), TW_W);
      }
    }
    return;
  }
  for (int64_t j = 0; j < columns; j += panel) {
    int64_t width = tw_min(panel, columns - j), padded = (width + TW_W - 1) / TW_W * TW_W;
    // Along few lines of B at a time: the processor fetches ahead.
    for (int64_t x = 0; x < padded; x += TW_W) {
      for (int64_t p = 0; p < depth; p += TW_W) {
        G(pack_square)(depth - p, width - x, b + (j + x) * ldb + p, ldb, to + p * padded + x, padded);
      }
    }
    to += depth * padded;
  }
}

/// Rows of a transposed A in blocks as rows_of makes them, laid out for the walk down the depth: in a block of `rows`, element
/// (i, p) is at [p * rows + i].
static void G(pack_a)(int64_t count, int64_t depth, const REAL *a, int64_t lda, REAL *to) {
  int64_t whole = 0;
  while (whole < count && G(rows_of)(count - whole) == TW_ROWS) whole += TW_ROWS;
  // Along what lies together in memory: short pieces of many lines would each wait for it.
  for (int64_t p = 0; p < depth; p++, a += lda) {
    for (int64_t x = 0; p + PACK_AHEAD < depth && x < count; x += 64 / (int64_t)sizeof(REAL)) {
      __builtin_prefetch(a + PACK_AHEAD * lda + x);
    }
    int64_t i = 0;
    for (; i < whole; i += TW_ROWS) __builtin_memcpy(to + i * depth + p * TW_ROWS, a + i, TW_ROWS * sizeof(REAL));
    for (int64_t rows; i < count; i += rows) {
      rows = G(rows_of)(count - i);
      for (int64_t r = 0; r < rows; r++) to[i * depth + p * rows + r] = a[i + r];
    }
  }
}

/// The part of B' that is packed together: columns from j on, depth from p on.
static const REAL *G(packed_part)(const REAL *packed, int64_t n, int64_t k, int64_t j, int64_t p) {
  int64_t columns = tw_min(TW_PANELS * TW_WIDE * TW_W, n - j), padded = (columns + TW_W - 1) / TW_W * TW_W;
  return packed + j * k + p * padded;
}

TW_UNUSED static int64_t G(parts)(int64_t n, int64_t k) {
  const int64_t width = TW_PANELS * TW_WIDE * TW_W;
  return (n + width - 1) / width * ((k + TW_DEPTH - 1) / TW_DEPTH);
}

TW_UNUSED static void G(pack)(bool tb, int64_t n, int64_t k, const REAL *b, int64_t ldb, REAL *to, int64_t part) {
  int64_t depths = (k + TW_DEPTH - 1) / TW_DEPTH;
  int64_t j = part / depths * TW_PANELS * TW_WIDE * TW_W, p = part % depths * TW_DEPTH;
  G(pack_b)(tb, tw_min(TW_DEPTH, k - p), tw_min(TW_PANELS * TW_WIDE * TW_W, n - j), b + (tb ? j * ldb + p : p * ldb + j),
            ldb, (REAL *)G(packed_part)(to, n, k, j, p));
}

#undef LANES
#undef PACK_AHEAD
#undef LANES_LOG
#undef TAKE_LOW
#undef TAKE_HIGH
