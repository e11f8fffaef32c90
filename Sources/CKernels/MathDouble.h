// Float64 functions on vectors, without branches: range reduction, a polynomial fitted for it (Remez exchange), assembly.
// The rare functions of float32 use them too. erf and pow call libm lane by lane.
// docs/kernels.md tables the greatest errors; thalweg-bench --accuracy measures them.
//
// Rounding to an integer adds and subtracts TW_ROUNDER, whose lowest bits then hold the integer; comparisons are written
// so that NaN passes through.

#ifndef TW_ROUNDER
#define TW_ROUNDER 0x1.8p52
#define TW_LN2_HIGH 0x1.62e42feep-1 // 32 bits: products with exponents are exact
#define TW_LN2_LOW 0x1.a39ef35793c76p-33
#define TW_LOG2_E 0x1.71547652b82fep+0
#define TW_HALF_PI 0x1.921fb54442d18p+0
#define TW_HALF_PI_LOW 0x1.1a62633145c07p-54
#endif

/// Recomputes by libm the lanes where `mask` is set: arguments too rare and costly to reduce in vectors.
#define TW_LANES_BY_LIBM(result, argument, mask, function)                                                            \
  if (TW_UNLIKELY(__builtin_reduce_or(mask) != 0)) {                                                                  \
    for (int lane = 0; lane < TW_LANES; lane++) {                                                                     \
      if ((mask)[lane]) result[lane] = function(argument[lane]);                                                      \
    }                                                                                                                 \
  }

// MARK: exp

/// 2^n for -1022 <= n <= 1023.
TW_INLINE f64v TW_NAME(power_of_two_f64)(i64v n) { return (f64v)((u64v)(n + 1023) << 52); }

/// p = (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2.
TW_INLINE f64v TW_NAME(exp_tail_f64)(f64v r) {
  f64v p = F64(0x1.1f956df7f002dp-29);
  p = p * r + 0x1.af5ec86522aafp-26;
  p = p * r + 0x1.27e4c59a58e4ap-22;
  p = p * r + 0x1.71ddf850de03cp-19;
  p = p * r + 0x1.a01a01b0b9b22p-16;
  p = p * r + 0x1.a01a01afe5070p-13;
  p = p * r + 0x1.6c16c16c1444bp-10;
  p = p * r + 0x1.111111110f6b3p-7;
  p = p * r + 0x1.555555555555ap-5;
  p = p * r + 0x1.5555555555559p-3;
  return p * r + 0.5;
}

/// x = n ln 2 + r.
TW_INLINE f64v TW_NAME(exp_reduce_f64)(f64v x, i64v *n) {
  f64v shifted = x * TW_LOG2_E + TW_ROUNDER;
  f64v whole = shifted - TW_ROUNDER;
  *n = (i64v)shifted - (i64v)F64(TW_ROUNDER);
  return (x - whole * TW_LN2_HIGH) - whole * TW_LN2_LOW;
}

TW_INLINE f64v TW_NAME(exp_f64)(f64v x) {
  x = x > 710.0 ? F64(710) : x;
  x = x < -746.0 ? F64(-746) : x;
  i64v n;
  f64v r = TW_NAME(exp_reduce_f64)(x, &n);
  f64v y = 1.0 + (r + r * r * TW_NAME(exp_tail_f64)(r));
  // Two factors reach the subnormal results and overflow to infinity; halving is done without an arithmetic shift,
  // which AVX2 lacks.
  i64v half = (i64v)((u64v)(n + 2048) >> 1) - 1024;
  return y * TW_NAME(power_of_two_f64)(half) * TW_NAME(power_of_two_f64)(n - half);
}

TW_INLINE f64v TW_NAME(expm1_f64)(f64v x) {
  f64v bounded = x > 710.0 ? F64(710) : x;
  bounded = bounded < -40.0 ? F64(-40) : bounded;
  i64v n;
  f64v r = TW_NAME(exp_reduce_f64)(bounded, &n);
  f64v y = r + r * r * TW_NAME(exp_tail_f64)(r);
  f64v half = TW_NAME(power_of_two_f64)(n - 1); // 2^1024 would overflow
  f64v result = 2.0 * (half * y + (half - 0.5));
  // r cannot be halved and doubled exactly where it is subnormal.
  return __builtin_elementwise_abs(x) < 0x1p-54 ? x : result;
}

// MARK: log

/// log(1 + f) + k ln 2 for sqrt(1/2) - 1 <= f <= sqrt(2) - 1, by the series in s = f / (2 + f).
TW_INLINE f64v TW_NAME(log_assemble_f64)(f64v f, f64v k) {
  f64v s = f / (2.0 + f), z = s * s, half_square = 0.5 * f * f;
  f64v p = F64(0x1.2b662d2190623p-3);
  p = p * z + 0x1.39fd33c506623p-3;
  p = p * z + 0x1.7462be2f45cc0p-3;
  p = p * z + 0x1.c71c62c208ed6p-3;
  p = p * z + 0x1.2492492e0f16ap-2;
  p = p * z + 0x1.99999999951bep-2;
  p = p * z + 0x1.5555555555558p-1;
  p = p * z;
  return k * TW_LN2_HIGH - ((half_square - (s * (half_square + p) + k * TW_LN2_LOW)) - f);
}

/// Splits a positive normal x into 2^k (1 + f); `biased` is k + 1023.
TW_INLINE f64v TW_NAME(log_split_f64)(f64v x, u64v *biased) {
  u64v bits = (u64v)x + (0x3ff0000000000000u - 0x3fe6a09e00000000u);
  *biased = bits >> 52;
  return (f64v)((bits & 0x000fffffffffffffu) + 0x3fe6a09e00000000u) - 1.0;
}

/// A small integer kept in the low bits, as a number.
TW_INLINE f64v TW_NAME(unbias_f64)(u64v biased) {
  return (f64v)(biased | 0x4330000000000000u) - (0x1p52 + 1023);
}

TW_INLINE f64v TW_NAME(log_special_f64)(f64v x, f64v result, double pole) {
  result = x < (double)INFINITY ? result : x;
  result = x < pole ? F64(NAN) : result;
  return x == pole ? F64(-INFINITY) : result;
}

TW_INLINE f64v TW_NAME(log_f64)(f64v x) {
  i64v subnormal = x < 0x1p-1022;
  u64v biased;
  f64v f = TW_NAME(log_split_f64)(subnormal ? x * 0x1p54 : x, &biased);
  f64v k = TW_NAME(unbias_f64)(biased) - (subnormal ? F64(54) : F64(0));
  return TW_NAME(log_special_f64)(x, TW_NAME(log_assemble_f64)(f, k), 0);
}

TW_INLINE f64v TW_NAME(log1p_f64)(f64v x) {
  f64v u = 1.0 + x;
  f64v lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
  u64v biased;
  f64v f = TW_NAME(log_split_f64)(u, &biased);
  f += lost * (f64v)((2046 - __builtin_elementwise_min(biased, (u64v)2046)) << 52); // what rounding 1 + x lost, in units of 2^k
  f64v result = TW_NAME(log_assemble_f64)(f, TW_NAME(unbias_f64)(biased));
  result = __builtin_elementwise_abs(x) < 0x1p-54 ? x : result;
  return TW_NAME(log_special_f64)(x, result, -1);
}

// MARK: Sigmoid and hyperbolic functions

TW_INLINE f64v TW_NAME(sigmoid_f64)(f64v x) {
  f64v e = TW_NAME(exp_f64)(-__builtin_elementwise_abs(x));
  return (x < 0.0 ? e : F64(1)) / (1.0 + e);
}

TW_INLINE f64v TW_NAME(tanh_f64)(f64v x) {
  f64v a = __builtin_elementwise_abs(x);
  f64v e = TW_NAME(expm1_f64)(2.0 * (a > 20.0 ? F64(20) : a));
  i64v small = a < 0.55;
  f64v quotient = (small ? e : F64(-2)) / (e + 2.0);
  return __builtin_elementwise_copysign(small ? quotient : 1.0 + quotient, x);
}

/// Correct while exp(|x|) is finite.
TW_INLINE f64v TW_NAME(sinh_finite_f64)(f64v x) {
  f64v a = __builtin_elementwise_abs(x), e = TW_NAME(expm1_f64)(a > 709.0 ? F64(709) : a);
  f64v result = 0.5 * (e + e / (e + 1.0));
  result = a < 0x1p-28 ? a : result;
  return __builtin_elementwise_copysign(result, x);
}

TW_INLINE f64v TW_NAME(cosh_finite_f64)(f64v x) {
  f64v a = __builtin_elementwise_abs(x), e = TW_NAME(exp_f64)(a > 709.0 ? F64(709) : a);
  return 0.5 * e + 0.5 / e;
}

TW_INLINE f64v TW_NAME(sinh_f64)(f64v x) {
  f64v result = TW_NAME(sinh_finite_f64)(x);
  i64v large = __builtin_elementwise_abs(x) > 709.0;
  TW_LANES_BY_LIBM(result, x, large, sinh)
  return result;
}

TW_INLINE f64v TW_NAME(cosh_f64)(f64v x) {
  f64v result = TW_NAME(cosh_finite_f64)(x);
  i64v large = __builtin_elementwise_abs(x) > 709.0;
  TW_LANES_BY_LIBM(result, x, large, cosh)
  return result;
}

// MARK: Circular functions

/// sin(r) and cos(r) for |r| <= pi / 4.
TW_INLINE f64v TW_NAME(sin_near_f64)(f64v r) {
  f64v z = r * r, p = F64(0x1.5e0b04aa2548ep-33);
  p = p * z - 0x1.ae600acd6c995p-26;
  p = p * z + 0x1.71de37965df24p-19;
  p = p * z - 0x1.a01a019e838fdp-13;
  p = p * z + 0x1.1111111110bb2p-7;
  p = p * z - 0x1.5555555555555p-3;
  return r + r * (z * p);
}

TW_INLINE f64v TW_NAME(cos_near_f64)(f64v r) {
  f64v z = r * r, p = F64(-0x1.907d8bf20ddc5p-37);
  p = p * z + 0x1.1eeb68cb46d21p-29;
  p = p * z - 0x1.27e4fa17c06a1p-22;
  p = p * z + 0x1.a01a019f4e9f6p-16;
  p = p * z - 0x1.6c16c16c16967p-10;
  p = p * z + 0x1.5555555555555p-5;
  f64v half = 0.5 * z, head = 1.0 - half;
  return head + (((1.0 - head) - half) + z * z * p);
}

/// x = n pi / 2 + r for |x| <= 2^19, in three parts of pi / 2 with 33 bits each; returns r.
TW_INLINE f64v TW_NAME(quadrant_f64)(f64v x, u64v *n) {
  f64v shifted = x * 0x1.45f306dc9c883p-1 + TW_ROUNDER;
  f64v whole = shifted - TW_ROUNDER;
  *n = (u64v)shifted;
  f64v head = x - whole * 0x1.921fb544p+0;
  f64v middle = whole * 0x1.0b4611a6p-34;
  f64v r = head - middle;
  return r + (((head - r) - middle) - whole * 0x1.3198a2e037073p-69);
}

TW_INLINE f64v TW_NAME(sin_or_cos_f64)(f64v x, uint64_t turn) {
  u64v n;
  f64v r = TW_NAME(quadrant_f64)(x, &n);
  n += turn;
  f64v result = (i64v)(n & 1) != 0 ? TW_NAME(cos_near_f64)(r) : TW_NAME(sin_near_f64)(r);
  return (f64v)((u64v)result ^ (n & 2) << 62);
}

#define TW_FAR(x) ((__builtin_elementwise_abs(x) > 0x1p19) & (__builtin_elementwise_abs(x) < (double)INFINITY))

TW_INLINE f64v TW_NAME(sin_f64)(f64v x) {
  f64v result = TW_NAME(sin_or_cos_f64)(x, 0);
  i64v far = TW_FAR(x);
  TW_LANES_BY_LIBM(result, x, far, sin)
  return x == 0.0 ? x : result;
}

TW_INLINE f64v TW_NAME(cos_f64)(f64v x) {
  f64v result = TW_NAME(sin_or_cos_f64)(x, 1);
  i64v far = TW_FAR(x);
  TW_LANES_BY_LIBM(result, x, far, cos)
  return result;
}

TW_INLINE f64v TW_NAME(tan_f64)(f64v x) {
  u64v n;
  f64v r = TW_NAME(quadrant_f64)(x, &n), s = TW_NAME(sin_near_f64)(r), c = TW_NAME(cos_near_f64)(r);
  i64v odd = (i64v)(n & 1) != 0;
  f64v result = (odd ? -c : s) / (odd ? s : c);
  i64v far = TW_FAR(x);
  TW_LANES_BY_LIBM(result, x, far, tan)
  return x == 0.0 ? x : result;
}

// MARK: Inverse circular functions

/// atan(t) for |t| <= tan(pi / 8).
TW_INLINE f64v TW_NAME(atan_near_f64)(f64v t) {
  f64v z = t * t, p = F64(-0x1.3afc92b71fbf8p-6);
  p = p * z + 0x1.41ba2169dcaabp-5;
  p = p * z - 0x1.a0b99a81044f1p-5;
  p = p * z + 0x1.dfecc5dd462ecp-5;
  p = p * z - 0x1.10fadd69dbeefp-4;
  p = p * z + 0x1.3b126abd55a22p-4;
  p = p * z - 0x1.745d0b83dda08p-4;
  p = p * z + 0x1.c71c7187a8fe7p-4;
  p = p * z - 0x1.249249243a4cap-3;
  p = p * z + 0x1.99999999993a5p-3;
  p = p * z - 0x1.5555555555555p-2;
  return t + t * (z * p);
}

/// The angle in [0, pi / 2] of the point (x, y), both >= 0 and finite.
TW_INLINE f64v TW_NAME(angle_f64)(f64v y, f64v x) {
  i64v steep = y > x;
  f64v least = steep ? x : y, most = steep ? y : x;
  i64v wide = least > 0x1.a827999fcef32p-2 * most;
  f64v numerator = wide ? least - most : least, denominator = wide ? least + most : most;
  denominator = denominator == 0.0 ? F64(1) : denominator;
  f64v a = TW_NAME(atan_near_f64)(numerator / denominator);
  a = wide ? 0.5 * TW_HALF_PI + (a + 0.5 * TW_HALF_PI_LOW) : a;
  return steep ? TW_HALF_PI - (a - TW_HALF_PI_LOW) : a;
}

TW_INLINE f64v TW_NAME(atan_f64)(f64v x) {
  f64v a = __builtin_elementwise_abs(x);
  a = a > 0x1p60 ? F64(0x1p60) : a;
  f64v result = a < 0x1p-28 ? a : TW_NAME(angle_f64)(a, F64(1));
  return __builtin_elementwise_copysign(result, x);
}

/// Exact enough for float32 arguments; float64 goes to libm, whose extremes this would overflow.
TW_INLINE f64v TW_NAME(atan2_moderate_f64)(f64v y, f64v x) {
  f64v ay = __builtin_elementwise_abs(y), ax = __builtin_elementwise_abs(x);
  f64v a = TW_NAME(angle_f64)(ay > 0x1p500 ? F64(0x1p500) : ay, ax > 0x1p500 ? F64(0x1p500) : ax);
  a = (i64v)x < 0 ? 2 * TW_HALF_PI - (a - 2 * TW_HALF_PI_LOW) : a;
  a = ((x != x) | (y != y)) ? x + y : a;
  return __builtin_elementwise_copysign(a, y);
}

/// (asin(s) - s) / s for 0 <= s^2 = z <= 1/4.
TW_INLINE f64v TW_NAME(asin_tail_f64)(f64v z) {
  f64v p = F64(0x1.d1a5b6824139cp-6);
  p = p * z - 0x1.6b82d21daa9a9p-7;
  p = p * z + 0x1.0a0f854f0c69ap-6;
  p = p * z + 0x1.faeba173e7b44p-8;
  p = p * z + 0x1.8599064f4ae31p-7;
  p = p * z + 0x1.c862ab8f4e8fcp-7;
  p = p * z + 0x1.1c59e88290719p-6;
  p = p * z + 0x1.6e8b2211e2090p-6;
  p = p * z + 0x1.f1c71fddf8badp-6;
  p = p * z + 0x1.6db6db67b70f9p-5;
  p = p * z + 0x1.3333333337502p-4;
  p = p * z + 0x1.555555555554ep-3;
  return p * z;
}

TW_INLINE f64v TW_NAME(asin_f64)(f64v x) {
  f64v a = __builtin_elementwise_abs(x);
  i64v large = a > 0.5;
  f64v z = large ? 0.5 * (1.0 - a) : a * a;
  f64v s = large ? __builtin_elementwise_sqrt(z) : a;
  f64v angle = s + s * TW_NAME(asin_tail_f64)(z);
  f64v result = large ? TW_HALF_PI - (2.0 * angle - TW_HALF_PI_LOW) : angle;
  return __builtin_elementwise_copysign(result, x);
}

TW_INLINE f64v TW_NAME(acos_f64)(f64v x) {
  f64v a = __builtin_elementwise_abs(x);
  i64v large = a > 0.5;
  f64v z = large ? 0.5 * (1.0 - a) : a * a;
  f64v s = large ? __builtin_elementwise_sqrt(z) : x;
  f64v angle = s + s * TW_NAME(asin_tail_f64)(z);
  f64v outer = x < 0.0 ? 2 * TW_HALF_PI - (2.0 * angle - 2 * TW_HALF_PI_LOW) : 2.0 * angle;
  return large ? outer : TW_HALF_PI - (angle - TW_HALF_PI_LOW);
}

TW_EACH_1(erf_f64, f64v, erf)
TW_EACH_2(pow_f64, f64v, pow)
TW_EACH_2(atan2_f64, f64v, atan2)
