#include "Internal.h"

#include <math.h>

#define TW_PHILOX_M0 0xD2511F53u
#define TW_PHILOX_M1 0xCD9E8D57u
#define TW_PHILOX_W0 0x9E3779B9u
#define TW_PHILOX_W1 0xBB67AE85u

void tw_philox(uint64_t key, uint64_t stream, uint64_t counter, uint32_t out[4]) {
  uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = (uint32_t)stream,
           c3 = (uint32_t)(stream >> 32), k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)TW_PHILOX_M0 * c0, p1 = (uint64_t)TW_PHILOX_M1 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += TW_PHILOX_W0;
    k1 += TW_PHILOX_W1;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

#define TW_BODY "RandomBody.h"
#include "EachInstructionSet.h"

void tw_random_uniform(tw_type type, uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end) {
  if (type == TW_FLOAT32) {
    TW_CHOOSE(random_uniform_f32)(key, stream, out, begin, end);
  } else if (type == TW_FLOAT64) {
    TW_CHOOSE(random_uniform_f64)(key, stream, out, begin, end);
  } else {
    tw_unsupported("tw_random_uniform", 0, type);
  }
}

void tw_random_normal(tw_type type, uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end) {
  if (type == TW_FLOAT32) {
    TW_CHOOSE(random_normal_f32)(key, stream, out, begin, end);
  } else if (type == TW_FLOAT64) {
    TW_CHOOSE(random_normal_f64)(key, stream, out, begin, end);
  } else {
    tw_unsupported("tw_random_normal", 0, type);
  }
}

void tw_random_bits(uint64_t key, uint64_t stream, int64_t *out, int64_t begin, int64_t end) {
  TW_CHOOSE(random_bits)(key, stream, out, begin, end);
}
