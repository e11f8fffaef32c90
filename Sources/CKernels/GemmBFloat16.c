// Float32 products whose operands are rounded to bfloat16 and whose sums are float32, on processors with AVX512-BF16: twice
// the products of float32 an instruction.
//
// Both operands are laid out in pairs along the depth: two bfloat16 numbers in 32 bits, the earlier one low. B' lies in
// panels of up to 48 columns, a block of depth at a time, as in GemmBody.h. Subnormal numbers count as zero, in rounding as in
// the products.
#include "Internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// Depth taken at a time, in pairs; rows a panel serves while it is in the cache.
#define PAIRS ((int64_t)256)
#define RUN ((int64_t)64)
#define LANES ((int64_t)16)
#define PANEL (3 * LANES)
/// How many pairs of rows of B before its turn a pair is fetched.
#define AHEAD 4
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))

/// Pairs of each two numbers, rounded to nearest, ties to even.
TARGET TW_INLINE __m512i pairs_of(__m512 low, __m512 high) {
  __m512i first = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
  __m512i second = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high));
  return _mm512_or_si512(first, _mm512_slli_epi32(second, 16));
}

/// The first of 16 elements, `count` of them if there are not as many.
TW_INLINE __mmask16 first_of(int64_t count) {
  return count >= LANES ? 0xFFFF : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

/// 16 pairs of numbers that lie side by side, the first `count` of them; zeros behind.
TARGET TW_INLINE __m512i pairs_along(const float *from, int64_t count) {
  __m512 first = _mm512_maskz_loadu_ps(first_of(count), from);
  return (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(first_of(count - LANES), from + LANES), first);
}

typedef uint32_t line __attribute__((ext_vector_type(16), aligned(4)));

/// 16 lines become their transpose: each pass deals the upper half between the lower half's, like a shuffle of cards.
TARGET TW_INLINE void transpose(line lines[LANES]) {
  _Pragma("unroll") for (int pass = 0; pass < 4; pass++) {
    line dealt[LANES];
    _Pragma("unroll") for (int i = 0; i < 8; i++) {
      dealt[2 * i] = __builtin_shufflevector(
          lines[i], lines[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      dealt[2 * i + 1] = __builtin_shufflevector(
          lines[i], lines[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    _Pragma("unroll") for (int i = 0; i < LANES; i++) lines[i] = dealt[i];
  }
}

static int64_t padded(int64_t columns) { return (columns + LANES - 1) / LANES * LANES; }

/// The panels of one block of depth, which begins at the pair `first`.
static uint32_t *block_of(uint32_t *packed, int64_t n, int64_t first) { return packed + first * padded(n); }

int64_t tw_gemm_bf16_packed_bytes(int64_t n, int64_t k) { return (k + 1) / 2 * padded(n) * 4; }

int64_t tw_gemm_bf16_pack_parts(int64_t n, int64_t k) {
  (void)n;
  return ((k + 1) / 2 + PAIRS - 1) / PAIRS;
}

TARGET void tw_gemm_bf16_pack(bool tb, int64_t n, int64_t k, const float *b, int64_t ldb, void *packed, int64_t part) {
  int64_t first = part * PAIRS, pairs = tw_min(PAIRS, (k + 1) / 2 - first);
  uint32_t *to = block_of(packed, n, first);
  if (tb) {
    for (int64_t j = 0; j < n; j += LANES) {
      int64_t panel = j / PANEL * PANEL, stride = padded(tw_min(PANEL, n - panel));
      for (int64_t p = 0; p < pairs; p += LANES) {
        line lines[LANES];
        for (int64_t i = 0; i < LANES; i++) {
          const float *from = b + (j + i) * ldb + 2 * (first + p);
          lines[i] = j + i < n ? (line)pairs_along(from, k - 2 * (first + p)) : (line)0;
        }
        transpose(lines);
        uint32_t *place = to + panel * pairs + p * stride + j - panel;
        for (int64_t i = 0; i < tw_min(LANES, pairs - p); i++) *(line *)(place + i * stride) = lines[i];
      }
    }
    return;
  }
  // Along the rows of B, over all panels: short pieces of many rows would each wait for the memory.
  for (int64_t p = 0; p < pairs; p++) {
    const float *low = b + 2 * (first + p) * ldb, *high = low + ldb;
    bool has_high = 2 * (first + p) + 1 < k;
    for (int64_t j = 0; j < n; j += LANES) {
      int64_t panel = j / PANEL * PANEL, stride = padded(tw_min(PANEL, n - panel));
      if (p + AHEAD < pairs) {
        __builtin_prefetch(low + 2 * AHEAD * ldb + j);
        __builtin_prefetch(high + 2 * AHEAD * ldb + j);
      }
      __mmask16 mask = first_of(n - j);
      __m512 second = has_high ? _mm512_maskz_loadu_ps(mask, high + j) : _mm512_setzero_ps();
      _mm512_storeu_si512(
          to + panel * pairs + p * stride + j - panel, pairs_of(_mm512_maskz_loadu_ps(mask, low + j), second));
    }
  }
}

/// A in pairs: rows PAIRS apart, or, of a transposed A, 16 rows side by side for each pair.
TARGET static void pack_a(bool ta, int64_t rows, int64_t pairs, int64_t depth, const float *a, int64_t lda,
                          uint32_t *to) {
  if (ta) {
    for (int64_t p = 0; p < pairs; p++) {
      const float *low = a + 2 * p * lda, *high = low + lda;
      bool has_high = 2 * p + 1 < depth;
      for (int64_t i = 0; i < rows; i += LANES) {
        __mmask16 mask = first_of(rows - i);
        __m512 second = has_high ? _mm512_maskz_loadu_ps(mask, high + i) : _mm512_setzero_ps();
        _mm512_storeu_si512(to + i * PAIRS + p * LANES, pairs_of(_mm512_maskz_loadu_ps(mask, low + i), second));
      }
    }
  } else {
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t p = 0; p < pairs; p += LANES) {
        _mm512_storeu_si512(to + i * PAIRS + p, pairs_along(a + i * lda + 2 * p, depth - 2 * p));
      }
    }
  }
}

/// C[R, width] (+)= A B over `pairs`, in R * N registers; A as pack_a lays it out.
#define TILE(R, N)                                                                                                    \
  TARGET TW_INLINE void terms_##R##_##N(__m512 sum[R][N], int64_t pairs, const uint32_t *a, int64_t a_row,            \
                                        int64_t a_step, const uint32_t *b) {                                          \
    for (int64_t p = 0; p < pairs; p++, a += a_step, b += N * LANES) {                                                \
      __m512bh lines[N];                                                                                              \
      _Pragma("unroll") for (int j = 0; j < N; j++) lines[j] = (__m512bh)_mm512_loadu_si512(b + j * LANES);           \
      _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                 \
        __m512bh factor = (__m512bh)_mm512_set1_epi32((int)a[i * a_row]);                                             \
        _Pragma("unroll") for (int j = 0; j < N; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], factor, lines[j]);      \
      }                                                                                                               \
    }                                                                                                                 \
  }                                                                                                                   \
  TARGET static void tile_##R##_##N(bool ta, int64_t pairs, const uint32_t *a, const uint32_t *b, float *c,           \
                                    int64_t ldc, int64_t width, bool add) {                                           \
    __m512 sum[R][N];                                                                                                 \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int j = 0; j < N; j++) sum[i][j] = _mm512_setzero_ps();                                  \
    }                                                                                                                 \
    if (ta) {                                                                                                         \
      terms_##R##_##N(sum, pairs, a, 1, LANES, b);                                                                    \
    } else {                                                                                                          \
      terms_##R##_##N(sum, pairs, a, PAIRS, 1, b);                                                                    \
    }                                                                                                                 \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int j = 0; j < N; j++) {                                                                 \
        __mmask16 mask = first_of(width - j * LANES);                                                                 \
        float *to = c + i * ldc + j * LANES;                                                                          \
        __m512 before = add ? _mm512_maskz_loadu_ps(mask, to) : _mm512_setzero_ps();                                  \
        _mm512_mask_storeu_ps(to, mask, _mm512_add_ps(before, sum[i][j]));                                            \
      }                                                                                                               \
    }                                                                                                                 \
  }
#define TILES(R) TILE(R, 1) TILE(R, 2) TILE(R, 3)
TILES(1)
TILES(2)
TILES(4)
TILES(8)

typedef void (*tile)(bool ta, int64_t pairs, const uint32_t *a, const uint32_t *b, float *c, int64_t ldc, int64_t width, bool add);

/// By log2 of the rows, then by the vectors in a row less one.
static const tile tiles[4][3] = {
    {tile_1_1, tile_1_2, tile_1_3},
    {tile_2_1, tile_2_2, tile_2_3},
    {tile_4_1, tile_4_2, tile_4_3},
    {tile_8_1, tile_8_2, tile_8_3},
};

/// The greatest power of two up to 8 rows that still fits.
static int shift_for(int64_t rows) { return rows >= 8 ? 3 : rows >= 4 ? 2 : rows >= 2 ? 1 : 0; }

void tw_gemm_bf16_packed(bool ta, int64_t n, int64_t k, const float *a, int64_t lda, const void *packed, float *c,
                         int64_t ldc, int64_t row_begin, int64_t row_end, int64_t column_begin, int64_t column_end) {
  uint32_t *packed_a = tw_workspace((size_t)(PAIRS * RUN) * sizeof(uint32_t));
  if (packed_a == NULL) tw_unsupported("tw_gemm_bf16_packed (out of memory)", 0, 0);
  int64_t all = (k + 1) / 2;
  for (int64_t begin = row_begin; begin < row_end; begin += RUN) {
    int64_t end = tw_min(begin + RUN, row_end);
    for (int64_t first = 0; first < all; first += PAIRS) {
      int64_t pairs = tw_min(PAIRS, all - first), depth = k - 2 * first;
      pack_a(ta, end - begin, pairs, depth, a + (ta ? 2 * first * lda + begin : begin * lda + 2 * first), lda, packed_a);
      const uint32_t *panel = block_of((uint32_t *)packed, n, first) + column_begin * pairs;
      for (int64_t j = column_begin; j < column_end; j += PANEL) {
        int64_t width = tw_min(PANEL, column_end - j), vectors = padded(width) / LANES;
        for (int64_t i = begin, rows; i < end; i += rows) {
          int shift = shift_for(end - i);
          rows = (int64_t)1 << shift;
          int64_t x = i - begin;
          const uint32_t *from = packed_a + (ta ? x / LANES * LANES * PAIRS + x % LANES : x * PAIRS);
          tiles[shift][vectors - 1](ta, pairs, from, panel, c + i * ldc + j, ldc, width, first > 0);
        }
        panel += pairs * vectors * LANES;
      }
    }
  }
}

bool tw_has_bf16(void) {
  __builtin_cpu_init();
  return tw_level() == TW_LEVEL_AVX512 && __builtin_cpu_supports("avx512bf16");
}

#else

int64_t tw_gemm_bf16_packed_bytes(int64_t n, int64_t k) { return n * k * 2; }
int64_t tw_gemm_bf16_pack_parts(int64_t n, int64_t k) { return n > 0 && k > 0; }
void tw_gemm_bf16_pack(bool tb, int64_t n, int64_t k, const float *b, int64_t ldb, void *packed, int64_t part) {
  (void)tb, (void)n, (void)k, (void)b, (void)ldb, (void)packed, (void)part;
  tw_unsupported("tw_gemm_bf16_pack", 0, 0);
}
void tw_gemm_bf16_packed(bool ta, int64_t n, int64_t k, const float *a, int64_t lda, const void *packed, float *c,
                         int64_t ldc, int64_t row_begin, int64_t row_end, int64_t column_begin, int64_t column_end) {
  (void)ta, (void)n, (void)k, (void)a, (void)lda, (void)packed, (void)c, (void)ldc;
  (void)row_begin, (void)row_end, (void)column_begin, (void)column_end;
  tw_unsupported("tw_gemm_bf16_packed", 0, 0);
}
bool tw_has_bf16(void) { return false; }

#endif
