#include "Internal.h"

#define PRODUCT(name, type)                                                                                           \
  void name(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const type *a, int64_t lda, const type *b,             \
            int64_t ldb, type *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate) {                 \
    (void)m;                                                                                                          \
    for (int64_t i = row_begin; i < row_end; i++) {                                                                   \
      type *row = c + i * ldc;                                                                                        \
      if (!accumulate) {                                                                                              \
        for (int64_t j = 0; j < n; j++) row[j] = 0;                                                                   \
      }                                                                                                               \
      for (int64_t p = 0; p < k; p++) {                                                                               \
        type factor = ta ? a[p * lda + i] : a[i * lda + p];                                                           \
        if (tb) {                                                                                                     \
          for (int64_t j = 0; j < n; j++) row[j] += factor * b[j * ldb + p];                                          \
        } else {                                                                                                      \
          for (int64_t j = 0; j < n; j++) row[j] += factor * b[p * ldb + j];                                          \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

PRODUCT(tw_gemm_f64, double)
PRODUCT(tw_gemm_f32, float)
