// Every elementwise loop of one instruction set, and the table that finds it.
#include "Vector.h"

#include "MathDouble.h"

#include "MathFloat.h"

#define TW_TRUTH(mask) (TW_CONVERT(mask, u8v) & (u8v)1)

// MARK: Floating

TW_EACH_2(remainder_f32, f32v, tw_remainder_f32)
TW_EACH_2(remainder_f64, f64v, tw_remainder_f64)

#define FLOATING(S, V)                                                                                                \
  TW_UNARY(negate_##S##_loop, V, V, TW_LANES, -a)                                                                     \
  TW_UNARY(abs_##S##_loop, V, V, TW_LANES, __builtin_elementwise_abs(a))                                              \
  TW_UNARY(sign_##S##_loop, V, V, TW_LANES, a > 0 ? (V)1 : a < 0 ? (V)-1 : a)                                         \
  TW_UNARY(exp_##S##_loop, V, V, TW_LANES, TW_NAME(exp_##S)(a))                                                       \
  TW_UNARY(expm1_##S##_loop, V, V, TW_LANES, TW_NAME(expm1_##S)(a))                                                   \
  TW_UNARY(log_##S##_loop, V, V, TW_LANES, TW_NAME(log_##S)(a))                                                       \
  TW_UNARY(log1p_##S##_loop, V, V, TW_LANES, TW_NAME(log1p_##S)(a))                                                   \
  TW_UNARY(sqrt_##S##_loop, V, V, TW_LANES, __builtin_elementwise_sqrt(a))                                            \
  TW_UNARY(rsqrt_##S##_loop, V, V, TW_LANES, 1 / __builtin_elementwise_sqrt(a))                                       \
  TW_UNARY(reciprocal_##S##_loop, V, V, TW_LANES, 1 / a)                                                              \
  TW_UNARY(square_##S##_loop, V, V, TW_LANES, a *a)                                                                   \
  TW_UNARY(sin_##S##_loop, V, V, TW_LANES, TW_NAME(sin_##S)(a))                                                       \
  TW_UNARY(cos_##S##_loop, V, V, TW_LANES, TW_NAME(cos_##S)(a))                                                       \
  TW_UNARY(tan_##S##_loop, V, V, TW_LANES, TW_NAME(tan_##S)(a))                                                       \
  TW_UNARY(asin_##S##_loop, V, V, TW_LANES, TW_NAME(asin_##S)(a))                                                     \
  TW_UNARY(acos_##S##_loop, V, V, TW_LANES, TW_NAME(acos_##S)(a))                                                     \
  TW_UNARY(atan_##S##_loop, V, V, TW_LANES, TW_NAME(atan_##S)(a))                                                     \
  TW_UNARY(sinh_##S##_loop, V, V, TW_LANES, TW_NAME(sinh_##S)(a))                                                     \
  TW_UNARY(cosh_##S##_loop, V, V, TW_LANES, TW_NAME(cosh_##S)(a))                                                     \
  TW_UNARY(tanh_##S##_loop, V, V, TW_LANES, TW_NAME(tanh_##S)(a))                                                     \
  TW_UNARY(sigmoid_##S##_loop, V, V, TW_LANES, TW_NAME(sigmoid_##S)(a))                                               \
  TW_UNARY(erf_##S##_loop, V, V, TW_LANES, TW_NAME(erf_##S)(a))                                                       \
  TW_UNARY(floor_##S##_loop, V, V, TW_LANES, __builtin_elementwise_floor(a))                                          \
  TW_UNARY(ceil_##S##_loop, V, V, TW_LANES, __builtin_elementwise_ceil(a))                                            \
  TW_UNARY(round_##S##_loop, V, V, TW_LANES, __builtin_elementwise_roundeven(a))                                      \
  TW_UNARY(isnan_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a != a))                                                      \
  TW_UNARY(isfinite_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a - a == 0))                                               \
  TW_BINARY(div_##S##_loop, V, V, TW_LANES, a / b)                                                                    \
  TW_BINARY(pow_##S##_loop, V, V, TW_LANES, TW_NAME(pow_##S)(a, b))                                                   \
  TW_BINARY(max_##S##_loop, V, V, TW_LANES, ((a > b) | (a != a)) ? a : b)                                             \
  TW_BINARY(min_##S##_loop, V, V, TW_LANES, ((a < b) | (a != a)) ? a : b)                                             \
  TW_BINARY(remainder_##S##_loop, V, V, TW_LANES, TW_NAME(remainder_##S)(a, b))                                       \
  TW_BINARY(atan2_##S##_loop, V, V, TW_LANES, TW_NAME(atan2_##S)(a, b))                                               \
  TW_TERNARY(fma_##S##_loop, V, V, V, TW_LANES, a *b + c)                                                            \
  TW_TERNARY(fms_##S##_loop, V, V, V, TW_LANES, a *b - c)                                                            \
  TW_TERNARY(fnma_##S##_loop, V, V, V, TW_LANES, c - a * b)

FLOATING(f32, f32v)
FLOATING(f64, f64v)

// MARK: Every type; integers add and multiply as unsigned, which wraps

#define ARITHMETIC(S, V)                                                                                              \
  TW_BINARY(add_##S##_loop, V, V, TW_LANES, a + b)                                                                    \
  TW_BINARY(sub_##S##_loop, V, V, TW_LANES, a - b)                                                                    \
  TW_BINARY(mul_##S##_loop, V, V, TW_LANES, a *b)

ARITHMETIC(f32, f32v)
ARITHMETIC(f64, f64v)
ARITHMETIC(i32, u32v)
ARITHMETIC(i64, u64v)
TW_BINARY(add_u8_loop, u8w, u8w, TW_BYTES, a + b)
TW_BINARY(sub_u8_loop, u8w, u8w, TW_BYTES, a - b)
TW_BINARY(mul_u8_loop, u8w, u8w, TW_BYTES, a *b)

#define COMPARISONS(S, V)                                                                                             \
  TW_BINARY(eq_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a == b))                                                        \
  TW_BINARY(ne_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a != b))                                                        \
  TW_BINARY(lt_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a < b))                                                         \
  TW_BINARY(le_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a <= b))                                                        \
  TW_BINARY(gt_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a > b))                                                         \
  TW_BINARY(ge_##S##_loop, V, u8v, TW_LANES, TW_TRUTH(a >= b))

COMPARISONS(f32, f32v)
COMPARISONS(f64, f64v)
COMPARISONS(i32, i32v)
COMPARISONS(i64, i64v)
TW_BINARY(eq_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a == b) & (u8w)1)
TW_BINARY(ne_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a != b) & (u8w)1)
TW_BINARY(lt_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a < b) & (u8w)1)
TW_BINARY(le_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a <= b) & (u8w)1)
TW_BINARY(gt_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a > b) & (u8w)1)
TW_BINARY(ge_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a >= b) & (u8w)1)

// MARK: Integers and bool

#define INTEGER(S, V, U)                                                                                              \
  TW_UNARY(negate_##S##_loop, U, U, TW_LANES, -a)                                                                     \
  TW_UNARY(abs_##S##_loop, V, U, TW_LANES, a < 0 ? -(U)a : (U)a)                                                      \
  TW_UNARY(sign_##S##_loop, V, V, TW_LANES, (a < 0) - (a > 0))                                                        \
  TW_UNARY(square_##S##_loop, U, U, TW_LANES, a *a)                                                                   \
  TW_BINARY(max_##S##_loop, V, V, TW_LANES, __builtin_elementwise_max(a, b))                                          \
  TW_BINARY(min_##S##_loop, V, V, TW_LANES, __builtin_elementwise_min(a, b))

INTEGER(i32, i32v, u32v)
INTEGER(i64, i64v, u64v)
TW_UNARY(negate_u8_loop, u8w, u8w, TW_BYTES, -a)
TW_UNARY(sign_u8_loop, u8w, u8w, TW_BYTES, (u8w)(a != 0) & (u8w)1)
TW_UNARY(square_u8_loop, u8w, u8w, TW_BYTES, a *a)
TW_BINARY(max_u8_loop, u8w, u8w, TW_BYTES, __builtin_elementwise_max(a, b))
TW_BINARY(min_u8_loop, u8w, u8w, TW_BYTES, __builtin_elementwise_min(a, b))

/// Loops over scalars: integer division has no vector instruction.
#define SCALAR_LOOP(name, type, function)                                                                             \
  TW_KERNEL(name) {                                                                                                   \
    (void)pc;                                                                                                         \
    type *target = to;                                                                                                \
    const type *a = pa, *b = pb;                                                                                      \
    for (int64_t i = 0; i < n; i++) target[i] = function(a[i], b[i]);                                                 \
  }

SCALAR_LOOP(div_i32_loop, int32_t, tw_divide_i32)
SCALAR_LOOP(div_i64_loop, int64_t, tw_divide_i64)
SCALAR_LOOP(div_u8_loop, uint8_t, tw_divide_u8)
SCALAR_LOOP(remainder_i32_loop, int32_t, tw_remainder_i32)
SCALAR_LOOP(remainder_i64_loop, int64_t, tw_remainder_i64)
SCALAR_LOOP(remainder_u8_loop, uint8_t, tw_remainder_u8)
SCALAR_LOOP(pow_i32_loop, int32_t, tw_power_i32)
SCALAR_LOOP(pow_i64_loop, int64_t, tw_power_i64)
SCALAR_LOOP(pow_u8_loop, uint8_t, tw_power_u8)

TW_UNARY(not_loop, u8w, u8w, TW_BYTES, (u8w)(a == 0) & (u8w)1)
TW_BINARY(and_loop, u8w, u8w, TW_BYTES, a &b)
TW_BINARY(or_loop, u8w, u8w, TW_BYTES, a | b)
TW_BINARY(xor_loop, u8w, u8w, TW_BYTES, a ^ b)

TW_TERNARY(select_8_loop, u8w, u8w, u8w, TW_BYTES, a != 0 ? b : c)
TW_TERNARY(select_16_loop, u8v, u16v, u16v, TW_LANES, TW_CONVERT(a, u16v) != 0 ? b : c)
TW_TERNARY(select_32_loop, u8v, u32v, u32v, TW_LANES, TW_CONVERT(a, i32v) != 0 ? b : c)
TW_TERNARY(select_64_loop, u8v, u64v, u64v, TW_LANES, TW_CONVERT(a, i64v) != 0 ? b : c)

#define COPY_LOOP(bits)                                                                                               \
  TW_KERNEL(copy_##bits##_loop) {                                                                                     \
    (void)pb, (void)pc;                                                                                               \
    memmove(to, pa, (size_t)n * (bits / 8));                                                                          \
  }
COPY_LOOP(8)
COPY_LOOP(16)
COPY_LOOP(32)
COPY_LOOP(64)

#include "KernelsCast.h"

#include "KernelsTable.h"
