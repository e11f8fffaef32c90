// Float32 functions on vectors. The common ones are computed in float32; the rare ones widen to float64, where a plain
// formula is exact enough. See MathDouble.h for the conventions.

#ifndef TW_ROUNDER_F32
#define TW_ROUNDER_F32 0x1.8p23f
#define TW_LN2_HIGH_F32 0x1.62ep-1f // 12 bits: products with exponents are exact
#define TW_LN2_LOW_F32 0x1.0bfbe8p-15f
#define TW_LOG2_E_F32 0x1.715476p+0f
#endif

/// 2^n for -126 <= n <= 127.
TW_INLINE f32v TW_NAME(power_of_two_f32)(i32v n) { return (f32v)((u32v)(n + 127) << 23); }

/// (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2.
TW_INLINE f32v TW_NAME(exp_tail_f32)(f32v r) {
  f32v p = F32(0x1.a1a16ap-13f);
  p = p * r + 0x1.6d7474p-10f;
  p = p * r + 0x1.11109p-7f;
  p = p * r + 0x1.5554aep-5f;
  p = p * r + 0x1.555556p-3f;
  return p * r + 0.5f;
}

TW_INLINE f32v TW_NAME(exp_reduce_f32)(f32v x, i32v *n) {
  f32v shifted = x * TW_LOG2_E_F32 + TW_ROUNDER_F32;
  f32v whole = shifted - TW_ROUNDER_F32;
  *n = (i32v)shifted - (i32v)F32(TW_ROUNDER_F32);
  return (x - whole * TW_LN2_HIGH_F32) - whole * TW_LN2_LOW_F32;
}

TW_INLINE f32v TW_NAME(exp_f32)(f32v x) {
  x = x > 89.0f ? F32(89) : x;
  x = x < -104.0f ? F32(-104) : x;
  i32v n;
  f32v r = TW_NAME(exp_reduce_f32)(x, &n);
  f32v y = 1.0f + (r + r * r * TW_NAME(exp_tail_f32)(r));
  i32v half = n >> 1; // two factors reach the subnormal results and overflow to infinity
  return y * TW_NAME(power_of_two_f32)(half) * TW_NAME(power_of_two_f32)(n - half);
}

/// For -87 <= x <= 88 or NaN: one factor is enough.
TW_INLINE f32v TW_NAME(exp_moderate_f32)(f32v x) {
  i32v n;
  f32v r = TW_NAME(exp_reduce_f32)(x, &n);
  f32v y = 1.0f + (r + r * r * TW_NAME(exp_tail_f32)(r));
  return y * TW_NAME(power_of_two_f32)(n);
}

TW_INLINE f32v TW_NAME(expm1_f32)(f32v x) {
  f32v bounded = x > 89.0f ? F32(89) : x;
  bounded = bounded < -20.0f ? F32(-20) : bounded;
  i32v n;
  f32v r = TW_NAME(exp_reduce_f32)(bounded, &n);
  f32v y = r + r * r * TW_NAME(exp_tail_f32)(r);
  f32v half = TW_NAME(power_of_two_f32)(n - 1); // 2^128 would overflow
  f32v result = 2.0f * (half * y + (half - 0.5f));
  return __builtin_elementwise_abs(x) < 0x1p-25f ? x : result;
}

// MARK: log

/// log(1 + f) + k ln 2 for sqrt(1/2) - 1 <= f <= sqrt(2) - 1.
TW_INLINE f32v TW_NAME(log_assemble_f32)(f32v f, f32v k) {
  f32v z = f * f, p = F32(0x1.1b4864p-4f);
  p = p * f - 0x1.e2dff6p-4f;
  p = p * f + 0x1.e64872p-4f;
  p = p * f - 0x1.fb4478p-4f;
  p = p * f + 0x1.233378p-3f;
  p = p * f - 0x1.5562dep-3f;
  p = p * f + 0x1.99a53ap-3f;
  p = p * f - 0x1.ffffeep-3f;
  p = p * f + 0x1.555546p-2f;
  f32v tail = f * z * p + k * TW_LN2_LOW_F32;
  return k * TW_LN2_HIGH_F32 + (f + (tail - 0.5f * z));
}

TW_INLINE f32v TW_NAME(log_split_f32)(f32v x, u32v *biased) {
  u32v bits = (u32v)x + (0x3f800000u - 0x3f3504f3u);
  *biased = bits >> 23;
  return (f32v)((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
}

TW_INLINE f32v TW_NAME(log_special_f32)(f32v x, f32v result, float pole) {
  result = x < (float)INFINITY ? result : x;
  result = x < pole ? F32(NAN) : result;
  return x == pole ? F32(-INFINITY) : result;
}

TW_INLINE f32v TW_NAME(log_f32)(f32v x) {
  i32v subnormal = x < 0x1p-126f;
  u32v biased;
  f32v f = TW_NAME(log_split_f32)(subnormal ? x * 0x1p23f : x, &biased);
  i32v k = (i32v)biased - (subnormal ? (i32v)150 : (i32v)127);
  return TW_NAME(log_special_f32)(x, TW_NAME(log_assemble_f32)(f, TW_CONVERT(k, f32v)), 0);
}

TW_INLINE f32v TW_NAME(log1p_f32)(f32v x) {
  f32v u = 1.0f + x;
  f32v lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
  u32v biased;
  f32v f = TW_NAME(log_split_f32)(u, &biased);
  f += lost * (f32v)((254 - __builtin_elementwise_min(biased, (u32v)254)) << 23); // what rounding 1 + x lost, in units of 2^k
  f32v result = TW_NAME(log_assemble_f32)(f, TW_CONVERT((i32v)biased - 127, f32v));
  result = __builtin_elementwise_abs(x) < 0x1p-25f ? x : result;
  return TW_NAME(log_special_f32)(x, result, -1);
}

// MARK: Activations

TW_INLINE f32v TW_NAME(sigmoid_f32)(f32v x) {
  f32v e = TW_NAME(exp_f32)(-__builtin_elementwise_abs(x));
  return (x < 0.0f ? e : F32(1)) / (1.0f + e);
}

TW_INLINE f32v TW_NAME(tanh_f32)(f32v x) {
  f32v a = __builtin_elementwise_abs(x), z = x * x;
  f32v p = F32(-0x1.76b3fap-8f);
  p = p * z + 0x1.5258d4p-6f;
  p = p * z - 0x1.b844a4p-5f;
  p = p * z + 0x1.11076cp-3f;
  p = p * z - 0x1.555534p-2f;
  f32v near = x + x * (z * p);
  f32v e = TW_NAME(exp_moderate_f32)(2.0f * (a > 10.0f ? F32(10) : a));
  f32v far = __builtin_elementwise_copysign(1.0f - 2.0f / (e + 1.0f), x);
  return a < 0.625f ? near : far;
}

TW_INLINE f32v TW_NAME(erf_f32)(f32v x) {
  f32v a = __builtin_elementwise_abs(x), z = x * x;
  f32v p = F32(0x1.58946ap-14f);
  p = p * z - 0x1.a8fc68p-11f;
  p = p * z + 0x1.54a49p-8f;
  p = p * z - 0x1.b80b0ep-6f;
  p = p * z + 0x1.ce2de2p-4f;
  p = p * z - 0x1.812742p-2f;
  p = p * z + 0x1.06eba8p-3f;
  f32v near = x + x * p;
  f32v t = a > 4.0f ? F32(4) : a; // exp(t^2) erfc(t)
  f32v q = F32(0x1.076fb2p-13f);
  q = q * t - 0x1.1ec0c2p-9f;
  q = q * t + 0x1.172c2ap-6f;
  q = q * t - 0x1.4313c6p-4f;
  q = q * t + 0x1.f335bap-3f;
  q = q * t - 0x1.12c70cp-1f;
  q = q * t + 0x1.c1430cp-1f;
  q = q * t - 0x1.1630c4p+0f;
  q = q * t + 0x1.fcbbb8p-1f;
  // The derivative needs the same exponential: loops with both compute it once.
  f32v far = __builtin_elementwise_copysign(1.0f - TW_NAME(exp_f32)(-z) * q, x);
  return a < 0.93f ? near : far;
}

// MARK: By way of float64

#define THROUGH_FLOAT64(name, wide)                                                                                   \
  TW_INLINE f32v TW_NAME(name##_f32)(f32v x) { return TW_CONVERT(TW_NAME(wide)(TW_CONVERT(x, f64v)), f32v); }

THROUGH_FLOAT64(sin, sin_f64)
THROUGH_FLOAT64(cos, cos_f64)
THROUGH_FLOAT64(tan, tan_f64)
THROUGH_FLOAT64(asin, asin_f64)
THROUGH_FLOAT64(acos, acos_f64)
THROUGH_FLOAT64(atan, atan_f64)
THROUGH_FLOAT64(sinh, sinh_finite_f64)
THROUGH_FLOAT64(cosh, cosh_finite_f64)

TW_INLINE f32v TW_NAME(atan2_f32)(f32v y, f32v x) {
  return TW_CONVERT(TW_NAME(atan2_moderate_f64)(TW_CONVERT(y, f64v), TW_CONVERT(x, f64v)), f32v);
}

/// exp(y log |x|) in float64, then C's rules for signs, zeros and infinities.
TW_INLINE f32v TW_NAME(pow_f32)(f32v x, f32v y) {
  f32v a = __builtin_elementwise_abs(x);
  f64v exponent = TW_CONVERT(y, f64v) * TW_NAME(log_f64)(TW_CONVERT(a, f64v));
  f32v result = TW_CONVERT(TW_NAME(exp_f64)(exponent), f32v);
  result = a == 1.0f ? F32(1) : result; // also for infinite y, where the product above is NaN
  f32v half = 0.5f * y;
  i32v whole = __builtin_elementwise_trunc(y) == y, odd = whole & (__builtin_elementwise_trunc(half) != half);
  i32v negative = (i32v)x < 0;
  result = (negative & odd) != 0 ? -result : result;
  result = ((negative & ~whole) & (a > 0.0f) & (a < (float)INFINITY)) != 0 ? F32(NAN) : result;
  result = ((x != x) | (y != y)) != 0 ? x + y : result;
  return ((y == 0.0f) | (x == 1.0f)) != 0 ? F32(1) : result;
}
