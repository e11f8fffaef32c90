#include "Internal.h"

/// Ways to take a product with a small side.
typedef enum { SMALL_NONE = 0, SMALL_NARROW, SMALL_DEEP, SMALL_CROSS } small_way;

/// The longest sum of a narrow product, which is computed in one go.
#define NARROW_DEPTH 32

/// The choice depends on the whole product alone, never on the part that is computed. `width`: elements of a vector.
static small_way small_way_for(bool ta, bool tb, int64_t m, int64_t n, int64_t k, int64_t width) {
  if (!ta && n <= width && k <= NARROW_DEPTH && m >= 8) return SMALL_NARROW;
  if (!tb && n > 1 && n <= width && k >= width && m <= 64) return SMALL_DEEP;
  // Dot products need no packing, but a sum over lanes for each result, and long sums to make up for it.
  int64_t few = tw_min(m, n);
  if (!ta && tb && few > 1 && few <= 24 && k >= 32 * few) return SMALL_CROSS;
  return SMALL_NONE;
}

#define REAL double
#define REAL_SUFFIX f64
#define REAL_BYTES 8
#define TW_BODY "GemmBody.h"
#include "EachInstructionSet.h"
#undef REAL
#undef REAL_SUFFIX
#undef REAL_BYTES

#define REAL float
#define REAL_SUFFIX f32
#define REAL_BYTES 4
#define TW_BODY "GemmBody.h"
#include "EachInstructionSet.h"

void tw_gemm_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a, int64_t lda, const double *b,
                 int64_t ldb, double *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate) {
  TW_CHOOSE(gemm_f64)(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end, accumulate);
}

void tw_gemm_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                 int64_t ldb, float *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate) {
  TW_CHOOSE(gemm_f32)(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end, accumulate);
}

bool tw_gemm_f32_pays(bool ta, bool tb, int64_t m, int64_t n, int64_t k) {
  if (m == 1 || n == 1 || k == 1 || m * n * k < 16384) return true;
  return small_way_for(ta, tb, m, n, k, 16) != SMALL_NONE;
}

int64_t tw_gemm_f32_packed_count(int64_t n, int64_t k) { return (n + 15) / 16 * 16 * k; }

int64_t tw_gemm_f32_pack_parts(int64_t n, int64_t k) { return TW_CHOOSE(parts_f32)(n, k); }

void tw_gemm_f32_pack(bool tb, int64_t n, int64_t k, const float *b, int64_t ldb, float *to, int64_t part) {
  TW_CHOOSE(pack_f32)(tb, n, k, b, ldb, to, part);
}

void tw_gemm_f32_packed(bool ta, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed, float *c,
                        int64_t ldc, int64_t row_begin, int64_t row_end, int64_t column_begin, int64_t column_end) {
  if (row_begin >= row_end || column_begin >= column_end) return;
  TW_CHOOSE(panels_f32)(ta, n, k, a, lda, packed, c, ldc, row_begin, row_end, column_begin, column_end);
}

void tw_gemm_f32_lines(int64_t n, int64_t k, const float *a, int64_t line_step, int64_t pixel_step, const float *packed,
                       float *c, int64_t lines, int64_t pixels, int64_t column_begin, int64_t column_end,
                       bool accumulate) {
  TW_CHOOSE(lines_f32)(n, k, a, line_step, pixel_step, packed, c, lines, pixels, column_begin, column_end, accumulate);
}

// MARK: Winograd

int64_t tw_winograd_tiles(const tw_winograd *w) { return (w->out[0] + 1) / 2 * ((w->out[1] + 1) / 2); }

int64_t tw_winograd_room(const tw_winograd *w, int64_t tiles) {
  int64_t inputs = (w->in_channels + 15) / 16 * 16, outputs = (w->out_channels + 15) / 16 * 16;
  return tw_max(inputs, outputs) + 16 * (tiles * (inputs + outputs) + 2 * 16);
}

int64_t tw_winograd_count(const tw_winograd *w) {
  return 16 * (w->in_channels * ((w->out_channels + 15) / 16 * 16) + 16);
}

void tw_winograd_weights(const tw_winograd *w, const float *from, bool turned, float *to, int64_t begin, int64_t end) {
  TW_CHOOSE(winograd_weights_f32)(w, from, turned, to, begin, end);
}

void tw_winograd_run(const tw_winograd *w, const float *x, const float *weights, float *y, int64_t begin, int64_t end,
                     int64_t first, int64_t last, float *room) {
  TW_CHOOSE(winograd_f32)(w, x, weights, y, begin, end, first, last, room);
}

void tw_winograd_gradient(const tw_winograd *w, const float *x, const float *upstream, float *sum, bool add,
                          int64_t begin, int64_t end, float *room) {
  TW_CHOOSE(winograd_gradient_f32)(w, x, upstream, sum, add, begin, end, room);
}

void tw_winograd_windows(const tw_winograd *w, const float *sums, int64_t parts, float *to, int64_t begin, int64_t end) {
  TW_CHOOSE(winograd_windows_f32)(w, sums, parts, to, begin, end);
}
