#include "Kernels.h"

#include <math.h>

// MARK: Scalar rules that the loops of every instruction set share

#define FLOATING_REMAINDER(name, type, modulo, sign_of)                                                               \
  TW_INLINE type name(type a, type b) {                                                                               \
    type r = modulo(a, b);                                                                                            \
    if (r == 0) return sign_of(r, b);                                                                                 \
    return (r < 0) != (b < 0) ? r + b : r;                                                                            \
  }
FLOATING_REMAINDER(tw_remainder_f32, float, fmodf, copysignf)
FLOATING_REMAINDER(tw_remainder_f64, double, fmod, copysign)

/// The least value divided by -1 wraps to itself instead of trapping.
#define SIGNED_DIVISION(bits)                                                                                         \
  TW_INLINE int##bits##_t tw_divide_i##bits(int##bits##_t a, int##bits##_t b) {                                       \
    if (b == 0) return 0;                                                                                             \
    if (b == -1) return (int##bits##_t)(0 - (uint##bits##_t)a);                                                       \
    int##bits##_t quotient = a / b;                                                                                   \
    return quotient - ((a % b != 0) & ((a < 0) != (b < 0)));                                                          \
  }                                                                                                                   \
  TW_INLINE int##bits##_t tw_remainder_i##bits(int##bits##_t a, int##bits##_t b) {                                    \
    if (b == 0 || b == -1) return 0;                                                                                  \
    int##bits##_t rest = a % b;                                                                                       \
    return rest + (((rest != 0) & ((rest < 0) != (b < 0))) ? b : 0);                                                  \
  }
SIGNED_DIVISION(32)
SIGNED_DIVISION(64)
TW_INLINE uint8_t tw_divide_u8(uint8_t a, uint8_t b) { return b == 0 ? 0 : a / b; }
TW_INLINE uint8_t tw_remainder_u8(uint8_t a, uint8_t b) { return b == 0 ? 0 : a % b; }

/// Wrapping power; a negative exponent gives the truncated reciprocal (0 unless the base is 1 or -1).
TW_INLINE uint64_t power(uint64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == UINT64_MAX ? (exponent & 1 ? UINT64_MAX : 1) : 0;
  uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base) {
    if (exponent & 1) result *= base;
  }
  return result;
}
TW_INLINE int32_t tw_power_i32(int32_t a, int32_t b) { return (int32_t)(uint32_t)power((uint64_t)(int64_t)a, b); }
TW_INLINE int64_t tw_power_i64(int64_t a, int64_t b) { return (int64_t)power((uint64_t)a, b); }
TW_INLINE uint8_t tw_power_u8(uint8_t a, uint8_t b) { return (uint8_t)power(a, b); }

#define TW_BODY "KernelsBody.h"
#include "EachInstructionSet.h"

tw_kernel tw_kernel_for(const tw_instruction *instruction) {
  tw_kernel kernel = TW_CHOOSE(find)(instruction);
  if (TW_UNLIKELY(kernel == NULL)) tw_unsupported("tw_elementwise", instruction->opcode, instruction->type);
  return kernel;
}
