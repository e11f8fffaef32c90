#include "Internal.h"

#include <math.h>

void tw_philox(uint64_t key, uint64_t stream, uint64_t counter, uint32_t out[4]) {
  uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = (uint32_t)stream,
           c3 = (uint32_t)(stream >> 32), k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

static float uniform_f32(uint64_t key, uint64_t stream, int64_t i) {
  uint32_t words[4];
  tw_philox(key, stream, (uint64_t)i / 4, words);
  return (float)(words[i % 4] >> 8) * 0x1p-24f;
}

static uint64_t bits_64(uint64_t key, uint64_t stream, int64_t i) {
  uint32_t words[4];
  tw_philox(key, stream, (uint64_t)i / 2, words);
  return (uint64_t)words[i % 2 * 2] << 32 | words[i % 2 * 2 + 1];
}

static double uniform_f64(uint64_t key, uint64_t stream, int64_t i) {
  return (double)(bits_64(key, stream, i) >> 11) * 0x1p-53;
}

void tw_random_uniform(tw_type type, uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end) {
  if (type != TW_FLOAT32 && type != TW_FLOAT64) tw_unsupported("tw_random_uniform", 0, type);
  for (int64_t i = begin; i < end; i++) {
    if (type == TW_FLOAT32) {
      ((float *)out)[i - begin] = uniform_f32(key, stream, i);
    } else {
      ((double *)out)[i - begin] = uniform_f64(key, stream, i);
    }
  }
}

void tw_random_normal(tw_type type, uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end) {
  if (type != TW_FLOAT32 && type != TW_FLOAT64) tw_unsupported("tw_random_normal", 0, type);
  for (int64_t i = begin; i < end; i++) {
    int64_t j = i & ~(int64_t)1;
    if (type == TW_FLOAT32) {
      float u0 = uniform_f32(key, stream, j), u1 = uniform_f32(key, stream, j + 1);
      float r = sqrtf(-2 * logf(1 - u0)), angle = 6.2831853f * u1;
      ((float *)out)[i - begin] = r * (i & 1 ? sinf(angle) : cosf(angle));
    } else {
      double u0 = uniform_f64(key, stream, j), u1 = uniform_f64(key, stream, j + 1);
      double r = sqrt(-2 * log(1 - u0)), angle = 6.283185307179586 * u1;
      ((double *)out)[i - begin] = r * (i & 1 ? sin(angle) : cos(angle));
    }
  }
}

void tw_random_bits(uint64_t key, uint64_t stream, int64_t *out, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) out[i - begin] = (int64_t)bits_64(key, stream, i);
}
