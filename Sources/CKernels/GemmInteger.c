#include "Internal.h"

/// Rows of C are built by adding multiples of rows of B', which vectorizes unless B is transposed.
#define INTEGER_PRODUCT(name, type)                                                                                   \
  static void product_##name(bool ta, bool tb, int64_t n, int64_t k, const type *a, int64_t lda, const type *b,       \
                             int64_t ldb, type *c, int64_t ldc, int64_t row_begin, int64_t row_end) {                 \
    for (int64_t i = row_begin; i < row_end; i++) {                                                                   \
      type *row = c + i * ldc;                                                                                        \
      for (int64_t j = 0; j < n; j++) row[j] = 0;                                                                     \
      for (int64_t p = 0; p < k; p++) {                                                                               \
        type factor = ta ? a[p * lda + i] : a[i * lda + p];                                                           \
        if (tb) {                                                                                                     \
          for (int64_t j = 0; j < n; j++) row[j] = (type)(row[j] + factor * b[j * ldb + p]);                          \
        } else {                                                                                                      \
          for (int64_t j = 0; j < n; j++) row[j] = (type)(row[j] + factor * b[p * ldb + j]);                          \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

INTEGER_PRODUCT(u8, uint8_t)
INTEGER_PRODUCT(u32, uint32_t)
INTEGER_PRODUCT(u64, uint64_t)

void tw_gemm_int(tw_type type, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const void *a, int64_t lda,
                 const void *b, int64_t ldb, void *c, int64_t ldc, int64_t row_begin, int64_t row_end) {
  (void)m;
  switch (type) {
  case TW_UINT8: product_u8(ta, tb, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end); return;
  case TW_INT32: product_u32(ta, tb, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end); return;
  case TW_INT64: product_u64(ta, tb, n, k, a, lda, b, ldb, c, ldc, row_begin, row_end); return;
  case TW_FLOAT32:
  case TW_FLOAT64:
  case TW_FLOAT16:
  case TW_BFLOAT16:
  case TW_BOOL: break;
  }
  tw_unsupported("tw_gemm_int", 0, type);
}
