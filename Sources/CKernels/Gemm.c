#include "Internal.h"

#define REAL double
#define REAL_SUFFIX f64
#define TW_BODY "GemmBody.h"
#include "EachInstructionSet.h"
#undef REAL
#undef REAL_SUFFIX

#define REAL float
#define REAL_SUFFIX f32
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
