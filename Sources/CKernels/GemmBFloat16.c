// Float32 products whose operands are rounded to bfloat16 and whose sums are float32, on processors with AVX512-BF16: twice
// the products of float32 an instruction.
//
// Both operands are laid out in pairs along the depth: two bfloat16 numbers in 32 bits, the earlier one low. B' lies in
// panels of up to 48 columns, a block of depth at a time, as in GemmBody.h.
#include "Internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// Depth taken at a time, in pairs; rows a panel serves while it is in the cache.
#define PAIRS ((int64_t)256)
#define RUN ((int64_t)64)
#define LANES ((int64_t)16)
#define PANEL (3 * LANES)
#define ROWS 8
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))

/// Two numbers rounded to nearest, ties to even; a NaN stays one.
TW_INLINE uint32_t pair_of(float low, float high) {
  uint32_t bits[2];
  memcpy(&bits[0], &low, 4);
  memcpy(&bits[1], &high, 4);
  for (int i = 0; i < 2; i++) {
    uint32_t rounded = (bits[i] + 0x7FFF + (bits[i] >> 16 & 1)) >> 16;
    bits[i] = (bits[i] & 0x7FFFFFFF) > 0x7F800000 ? bits[i] >> 16 | 0x40 : rounded;
  }
  return bits[0] | bits[1] << 16;
}

/// As pair_of for 16 pairs; AVX512-BF16 rounds the same way, but takes subnormal numbers as zero.
TARGET TW_INLINE __m512i pairs_of(__m512 low, __m512 high) {
  __m512i first = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
  __m512i second = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high));
  return _mm512_or_si512(first, _mm512_slli_epi32(second, 16));
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
  for (int64_t j = 0; j < n; j += PANEL) {
    int64_t width = tw_min(PANEL, n - j), stride = padded(width);
    if (tb) {
      if (width < stride) memset(to, 0, (size_t)(pairs * stride) * 4);
      for (int64_t x = 0; x < width; x++) {
        const float *from = b + (j + x) * ldb + 2 * first;
        int64_t whole = tw_min(pairs, (k - 2 * first) / 2);
        for (int64_t p = 0; p < whole; p++) to[p * stride + x] = pair_of(from[2 * p], from[2 * p + 1]);
        if (whole < pairs) to[whole * stride + x] = pair_of(from[2 * whole], 0);
      }
    } else {
      for (int64_t p = 0; p < pairs; p++) {
        const float *low = b + 2 * (first + p) * ldb + j, *high = low + ldb;
        bool has_high = 2 * (first + p) + 1 < k;
        for (int64_t x = 0; x < stride; x += LANES) {
          __mmask16 mask = width - x >= LANES ? 0xFFFF : (__mmask16)((1u << (width - x)) - 1);
          __m512 second = has_high ? _mm512_maskz_loadu_ps(mask, high + x) : _mm512_setzero_ps();
          _mm512_storeu_si512(to + p * stride + x, pairs_of(_mm512_maskz_loadu_ps(mask, low + x), second));
        }
      }
    }
    to += pairs * stride;
  }
}

/// Rows of A' in pairs: pair p of row i at [p * rows + i].
static void pack_a(bool ta, int64_t rows, int64_t pairs, int64_t depth, const float *a, int64_t lda, uint32_t *to) {
  int64_t row = ta ? 1 : lda, step = ta ? lda : 1;
  for (int64_t p = 0; p < pairs; p++) {
    bool has_high = 2 * p + 1 < depth;
    for (int64_t i = 0; i < rows; i++) {
      const float *from = a + i * row + 2 * p * step;
      to[p * rows + i] = pair_of(from[0], has_high ? from[step] : 0);
    }
  }
}

#define TILE(R, N)                                                                                                    \
  TARGET static void tile_##R##_##N(int64_t pairs, const uint32_t *a, const uint32_t *b, float *c, int64_t ldc,       \
                                    int64_t width, bool add) {                                                        \
    __m512 sum[R][N];                                                                                                 \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int j = 0; j < N; j++) sum[i][j] = _mm512_setzero_ps();                                  \
    }                                                                                                                 \
    for (int64_t p = 0; p < pairs; p++, a += R, b += N * LANES) {                                                     \
      __m512bh line[N];                                                                                               \
      _Pragma("unroll") for (int j = 0; j < N; j++) line[j] = (__m512bh)_mm512_loadu_si512(b + j * LANES);            \
      _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                 \
        __m512bh factor = (__m512bh)_mm512_set1_epi32((int)a[i]);                                                     \
        _Pragma("unroll") for (int j = 0; j < N; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], factor, line[j]);       \
      }                                                                                                               \
    }                                                                                                                 \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int j = 0; j < N; j++) {                                                                 \
        int64_t rest = width - j * LANES;                                                                             \
        __mmask16 mask = rest >= LANES ? 0xFFFF : (__mmask16)((1u << rest) - 1);                                      \
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

typedef void (*tile)(int64_t pairs, const uint32_t *a, const uint32_t *b, float *c, int64_t ldc, int64_t width, bool add);

/// By log2 of the rows, then by the vectors in a row less one.
static const tile tiles[4][3] = {
    {tile_1_1, tile_1_2, tile_1_3},
    {tile_2_1, tile_2_2, tile_2_3},
    {tile_4_1, tile_4_2, tile_4_3},
    {tile_8_1, tile_8_2, tile_8_3},
};

/// The greatest power of two up to ROWS that still fits.
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
      for (int64_t i = begin, rows; i < end; i += rows) {
        rows = (int64_t)1 << shift_for(end - i);
        pack_a(ta, rows, pairs, depth, a + (ta ? 2 * first * lda + i : i * lda + 2 * first), lda,
               packed_a + (i - begin) * PAIRS);
      }
      const uint32_t *panel = block_of((uint32_t *)packed, n, first) + column_begin * pairs;
      for (int64_t j = column_begin; j < column_end; j += PANEL) {
        int64_t width = tw_min(PANEL, column_end - j), vectors = padded(width) / LANES;
        for (int64_t i = begin, rows; i < end; i += rows) {
          int shift = shift_for(end - i);
          rows = (int64_t)1 << shift;
          tiles[shift][vectors - 1](pairs, packed_a + (i - begin) * PAIRS, panel, c + i * ldc + j, ldc, width, first > 0);
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
