// Philox in vectors: one block a lane, each word in the low half of a 64-bit lane, so that a round is two widening
// multiplications. Elements come out in groups of whole vectors of blocks; groups at the ends of a range are computed
// whole and cut.
#include "Vector.h"

#include "MathDouble.h"

#include "MathFloat.h"

#ifndef TW_LOW_WORD
#define TW_LOW_WORD 0xffffffffu
#endif

#define u64w TW_NAME(u64w)
typedef TW_VECTOR(unsigned long, 2 * TW_LANES) u64w;

/// a[0], b[0], a[1], b[1], ...
TW_INLINE u64w TW_NAME(zip)(u64v a, u64v b) {
#if TW_BYTES == 64
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11,
                                 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif TW_BYTES == 32
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
#else
  return __builtin_shufflevector(a, b, 0, 4, 1, 5, 2, 6, 3, 7);
#endif
}

/// The words of blocks [block, block + TW_LANES); the high halves of the lanes hold garbage.
TW_INLINE void TW_NAME(philox)(uint64_t key, uint64_t stream, uint64_t block, u64v words[4]) {
  u64v counter;
  for (int lane = 0; lane < TW_LANES; lane++) counter[lane] = block + (uint64_t)lane;
  u64v c0 = counter, c1 = counter >> 32, c2 = (u64v)stream, c3 = (u64v)(stream >> 32);
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  _Pragma("unroll") for (int round = 0; round < 10; round++) {
    u64v p0 = (c0 & TW_LOW_WORD) * TW_PHILOX_M0, p1 = (c2 & TW_LOW_WORD) * TW_PHILOX_M1;
    c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
    c1 = p1;
    c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
    c3 = p0;
    k0 += TW_PHILOX_W0;
    k1 += TW_PHILOX_W1;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/// 0 <= value < 1 from the high 24 bits of a word.
TW_INLINE f32v TW_NAME(unit_f32)(u64v word) {
  return TW_CONVERT(TW_CONVERT((word & TW_LOW_WORD) >> 8, i32v), f32v) * 0x1p-24f;
}

TW_INLINE f64v TW_NAME(unit_f64)(u64v bits) { return TW_CONVERT((i64v)(bits >> 11), f64v) * 0x1p-53; }

TW_INLINE u64v TW_NAME(join_words)(u64v high, u64v low) { return high << 32 | (low & TW_LOW_WORD); }

/// Four elements a block, in the order of memory.
TW_INLINE u64w TW_NAME(weave_f32)(f32v e0, f32v e1, f32v e2, f32v e3) {
  u64v low = TW_CONVERT((u32v)e0, u64v) | TW_CONVERT((u32v)e1, u64v) << 32;
  u64v high = TW_CONVERT((u32v)e2, u64v) | TW_CONVERT((u32v)e3, u64v) << 32;
  return TW_NAME(zip)(low, high);
}

/// Box-Muller; the angle is reduced in turns, which is exact.
TW_INLINE void TW_NAME(normal_pair_f32)(f32v u0, f32v u1, f32v *even, f32v *odd) {
  f32v r = __builtin_elementwise_sqrt(-2.0f * TW_NAME(log_f32)(1.0f - u0));
  f32v shifted = u1 * 4.0f + TW_ROUNDER_F32, quarter = shifted - TW_ROUNDER_F32;
  i32v turn = (i32v)shifted;
  f32v angle = (u1 - quarter * 0.25f) * 0x1.921fb6p+2f, z = angle * angle;
  f32v s = F32(-0x1.9aca0ep-13f);
  s = s * z + 0x1.110c2ap-7f;
  s = s * z - 0x1.555552p-3f;
  s = angle + angle * (z * s);
  f32v c = F32(0x1.9bd8dp-16f);
  c = c * z - 0x1.6c12d4p-10f;
  c = c * z + 0x1.555554p-5f;
  c = (1.0f - 0.5f * z) + z * z * c;
  i32v swap = (turn & 1) != 0;
  f32v cosine = swap ? s : c, sine = swap ? c : s;
  *even = r * (f32v)((u32v)cosine ^ ((u32v)(turn + 1) & 2) << 30);
  *odd = r * (f32v)((u32v)sine ^ ((u32v)turn & 2) << 30);
}

TW_INLINE void TW_NAME(normal_pair_f64)(f64v u0, f64v u1, f64v *even, f64v *odd) {
  f64v r = __builtin_elementwise_sqrt(-2.0 * TW_NAME(log_f64)(1.0 - u0));
  f64v shifted = u1 * 4.0 + TW_ROUNDER, quarter = shifted - TW_ROUNDER;
  u64v turn = (u64v)shifted;
  f64v angle = (u1 - quarter * 0.25) * (4 * TW_HALF_PI);
  f64v s = TW_NAME(sin_near_f64)(angle), c = TW_NAME(cos_near_f64)(angle);
  i64v swap = (i64v)(turn & 1) != 0;
  f64v cosine = swap ? s : c, sine = swap ? c : s;
  *even = r * (f64v)((u64v)cosine ^ ((turn + 1) & 2) << 62);
  *odd = r * (f64v)((u64v)sine ^ (turn & 2) << 62);
}

TW_INLINE u64w TW_NAME(make_uniform_f32)(u64v w[4]) {
  return TW_NAME(weave_f32)(TW_NAME(unit_f32)(w[0]), TW_NAME(unit_f32)(w[1]), TW_NAME(unit_f32)(w[2]),
                            TW_NAME(unit_f32)(w[3]));
}

TW_INLINE u64w TW_NAME(make_normal_f32)(u64v w[4]) {
  f32v e0, e1, e2, e3;
  TW_NAME(normal_pair_f32)(TW_NAME(unit_f32)(w[0]), TW_NAME(unit_f32)(w[1]), &e0, &e1);
  TW_NAME(normal_pair_f32)(TW_NAME(unit_f32)(w[2]), TW_NAME(unit_f32)(w[3]), &e2, &e3);
  return TW_NAME(weave_f32)(e0, e1, e2, e3);
}

TW_INLINE u64w TW_NAME(make_bits)(u64v w[4]) {
  return TW_NAME(zip)(TW_NAME(join_words)(w[0], w[1]), TW_NAME(join_words)(w[2], w[3]));
}

TW_INLINE u64w TW_NAME(make_uniform_f64)(u64v w[4]) {
  return TW_NAME(zip)((u64v)TW_NAME(unit_f64)(TW_NAME(join_words)(w[0], w[1])),
                      (u64v)TW_NAME(unit_f64)(TW_NAME(join_words)(w[2], w[3])));
}

TW_INLINE u64w TW_NAME(make_normal_f64)(u64v w[4]) {
  f64v even, odd;
  TW_NAME(normal_pair_f64)(TW_NAME(unit_f64)(TW_NAME(join_words)(w[0], w[1])),
                           TW_NAME(unit_f64)(TW_NAME(join_words)(w[2], w[3])), &even, &odd);
  return TW_NAME(zip)((u64v)even, (u64v)odd);
}

/// Elements [begin, end), `per_block` of `size` bytes to a block.
#define GENERATOR(name, size, per_block)                                                                              \
  static void TW_NAME(random_##name)(uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end) {          \
    const int64_t group = (int64_t)TW_LANES * (per_block);                                                            \
    for (int64_t at = begin - begin % (per_block); at < end; at += group) {                                           \
      u64v words[4];                                                                                                  \
      TW_NAME(philox)(key, stream, (uint64_t)at / (per_block), words);                                                \
      u64w values = TW_NAME(make_##name)(words);                                                                      \
      char *to = (char *)out + (at - begin) * (size);                                                                 \
      if (TW_LIKELY(at >= begin && at + group <= end)) {                                                              \
        __builtin_memcpy(to, &values, sizeof values);                                                                 \
      } else {                                                                                                        \
        int64_t first = tw_max(begin - at, 0), last = tw_min(end - at, group);                                        \
        memcpy(to + first * (size), (char *)&values + first * (size), (size_t)((last - first) * (size)));             \
      }                                                                                                               \
    }                                                                                                                 \
  }

GENERATOR(uniform_f32, 4, 4)
GENERATOR(normal_f32, 4, 4)
GENERATOR(bits, 8, 2)
GENERATOR(uniform_f64, 8, 2)
GENERATOR(normal_f64, 8, 2)

#undef GENERATOR
