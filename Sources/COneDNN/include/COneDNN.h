// The only place that sees oneDNN's types. Covers API v2 (Debian 12) and v3.
#ifndef THALWEG_CONEDNN_H
#define THALWEG_CONEDNN_H

#include <stdbool.h>
#include <stdint.h>

/// "2.6.3": the version of the library that was loaded.
const char *tw_dnnl_version(void);
/// False if the loaded library's major version is not the one this was compiled against.
bool tw_dnnl_compatible(void);

/// Row-major C[m,n] = op(A)[m,k] op(B)[k,n] + beta * C, on the calling thread alone (OpenMP is held to one thread and its
/// setting restored). Returns 0 or a dnnl_status_t.
int32_t tw_dnnl_sgemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                      int64_t ldb, float beta, float *c, int64_t ldc);

#endif
