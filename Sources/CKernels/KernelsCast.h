// Conversions between all pairs of types. Half formats go through float32, which holds their values exactly; converting
// to them rounds to even. Floats go to integers truncated and saturated, NaN to 0.

TW_INLINE f32v TW_NAME(f32_of_bf16)(u16v a) { return (f32v)(TW_CONVERT(a, u32v) << 16); }

TW_INLINE u16v TW_NAME(bf16_of_f32)(f32v a) {
  u32v bits = (u32v)a;
  u32v rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  u32v quiet = (bits >> 16) | 0x40;
  return TW_CONVERT((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded, u16v);
}

TW_INLINE f32v TW_NAME(f32_of_f16)(u16v a) {
  u32v bits = TW_CONVERT(a, u32v);
  u32v magnitude = bits & 0x7fff, sign = (bits & 0x8000) << 16;
  // Normal numbers move the exponent's bias by 112; subnormal ones are magnitude * 2^-24; 31 stays the top exponent.
  u32v normal = (magnitude << 13) + ((u32v)112 << 23);
  u32v special = normal + ((u32v)112 << 23);
  u32v small = (u32v)(TW_CONVERT((i32v)magnitude, f32v) * 0x1p-24f);
  u32v result = magnitude < 0x400 ? small : magnitude >= 0x7c00 ? special : normal;
  u32v quiet = magnitude > 0x7c00 ? (u32v)0x400000 : (u32v)0;
  return (f32v)(result | sign | quiet);
}

TW_INLINE u16v TW_NAME(f16_of_f32)(f32v a) {
  u32v bits = (u32v)a, sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  u32v normal = (magnitude - ((u32v)112 << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // Adding 0.5 aligns the last bit of a subnormal half (2^-24) with the last bit of the sum, rounded by the adder.
  u32v small = (u32v)((f32v)magnitude + F32(0.5)) - 0x3f000000;
  u32v result = magnitude < 0x38800000 ? small : magnitude >= 0x477ff000 ? (u32v)0x7c00 : normal;
  u32v nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  return TW_CONVERT((magnitude > 0x7f800000 ? nan : result) | sign, u16v);
}

/// Outside [least, limit) lanes are replaced before the conversion, whose result would be undefined there.
#define SATURATE(name, V, I, low, limit, least, greatest)                                                             \
  TW_INLINE I TW_NAME(name)(V a) {                                                                                \
    V inside = ((a >= (V)(low)) & (a < (V)(limit))) ? a : (V)0;                                                       \
    I result = TW_CONVERT(inside, I);                                                                                 \
    I high = TW_CONVERT(a >= (V)(limit), I), under = TW_CONVERT(a < (V)(low), I);                                     \
    result = high != 0 ? (I)(greatest) : result;                                                                      \
    return under != 0 ? (I)(least) : result;                                                                          \
  }

SATURATE(i32_of_f32, f32v, i32v, -0x1p31f, 0x1p31f, INT32_MIN, INT32_MAX)
SATURATE(i64_of_f32, f32v, i64v, -0x1p63f, 0x1p63f, INT64_MIN, INT64_MAX)
SATURATE(i32_of_f64, f64v, i32v, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX)
SATURATE(i64_of_f64, f64v, i64v, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)
SATURATE(byte_of_f32, f32v, i32v, 0.0f, 256.0f, 0, 255)
SATURATE(byte_of_f64, f64v, i32v, 0.0, 256.0, 0, 255)

#define F32_FROM_F16(a) TW_NAME(f32_of_f16)(a)
#define F32_FROM_BF16(a) TW_NAME(f32_of_bf16)(a)
#define F16_FROM(x) TW_NAME(f16_of_f32)(x)
#define BF16_FROM(x) TW_NAME(bf16_of_f32)(x)

/// From a floating type whose value as a float32 or float64 vector is `x`.
#define CASTS_FROM_FLOATING(S, in, x, P)                                                                              \
  TW_UNARY(cast_##S##_f32, in, f32v, TW_LANES, TW_CONVERT(x, f32v))                                                   \
  TW_UNARY(cast_##S##_f64, in, f64v, TW_LANES, TW_CONVERT(x, f64v))                                                   \
  TW_UNARY(cast_##S##_f16, in, u16v, TW_LANES, F16_FROM(TW_CONVERT(x, f32v)))                                         \
  TW_UNARY(cast_##S##_bf16, in, u16v, TW_LANES, BF16_FROM(TW_CONVERT(x, f32v)))                                       \
  TW_UNARY(cast_##S##_i32, in, i32v, TW_LANES, TW_NAME(i32_of_##P)(x))                                                \
  TW_UNARY(cast_##S##_i64, in, i64v, TW_LANES, TW_NAME(i64_of_##P)(x))                                                \
  TW_UNARY(cast_##S##_u8, in, u8v, TW_LANES, TW_CONVERT(TW_NAME(byte_of_##P)(x), u8v))                                \
  TW_UNARY(cast_##S##_bool, in, u8v, TW_LANES, TW_TRUTH((x) != 0))

CASTS_FROM_FLOATING(f32, f32v, a, f32)
CASTS_FROM_FLOATING(f64, f64v, a, f64)
CASTS_FROM_FLOATING(f16, u16v, F32_FROM_F16(a), f32)
CASTS_FROM_FLOATING(bf16, u16v, F32_FROM_BF16(a), f32)

#define CASTS_FROM_INTEGER(S, in)                                                                                     \
  TW_UNARY(cast_##S##_f32, in, f32v, TW_LANES, TW_CONVERT(a, f32v))                                                   \
  TW_UNARY(cast_##S##_f64, in, f64v, TW_LANES, TW_CONVERT(a, f64v))                                                   \
  TW_UNARY(cast_##S##_f16, in, u16v, TW_LANES, F16_FROM(TW_CONVERT(a, f32v)))                                         \
  TW_UNARY(cast_##S##_bf16, in, u16v, TW_LANES, BF16_FROM(TW_CONVERT(a, f32v)))                                       \
  TW_UNARY(cast_##S##_i32, in, i32v, TW_LANES, TW_CONVERT(a, i32v))                                                   \
  TW_UNARY(cast_##S##_i64, in, i64v, TW_LANES, TW_CONVERT(a, i64v))                                                   \
  TW_UNARY(cast_##S##_u8, in, u8v, TW_LANES, TW_CONVERT(a, u8v))                                                      \
  TW_UNARY(cast_##S##_bool, in, u8v, TW_LANES, TW_TRUTH(a != 0))

CASTS_FROM_INTEGER(i32, i32v)
CASTS_FROM_INTEGER(i64, i64v)
CASTS_FROM_INTEGER(u8, u8v)

#define CAST_ROW(S)                                                                                                   \
  {TW_NAME(cast_##S##_f32),  TW_NAME(cast_##S##_f64), TW_NAME(cast_##S##_f16), TW_NAME(cast_##S##_bf16),              \
   TW_NAME(cast_##S##_i32), TW_NAME(cast_##S##_i64), TW_NAME(cast_##S##_u8),  TW_NAME(cast_##S##_bool)}

/// By the type of the operand, then of the result; bool reads as uint8.
static const tw_kernel TW_NAME(casts)[8][8] = {
    CAST_ROW(f32), CAST_ROW(f64), CAST_ROW(f16), CAST_ROW(bf16), CAST_ROW(i32), CAST_ROW(i64), CAST_ROW(u8), CAST_ROW(u8),
};
