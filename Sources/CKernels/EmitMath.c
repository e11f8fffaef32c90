// The steps of every operation on float32: the formulas of MathFloat.h, one step after the other.
#include "Emit.h"

#include <math.h>

typedef tw_vector_program *list;

static int32_t op3(list p, tw_vector_op op, int32_t a, int32_t b, int32_t c) {
  return tw_vector_add(p, (tw_vector_step){.op = (uint8_t)op, .a = a, .b = b, .c = c});
}
static int32_t op2(list p, tw_vector_op op, int32_t a, int32_t b) { return op3(p, op, a, b, -1); }
static int32_t op1(list p, tw_vector_op op, int32_t a, int immediate) {
  return tw_vector_add(p, (tw_vector_step){.op = (uint8_t)op, .immediate = (uint8_t)immediate, .a = a, .b = -1, .c = -1});
}
static int32_t bits(list p, uint32_t value) {
  return tw_vector_add(p, (tw_vector_step){.op = TW_V_CONSTANT, .a = -1, .b = -1, .c = -1, .bits = value});
}
static int32_t number(list p, float value) {
  uint32_t pattern;
  memcpy(&pattern, &value, sizeof pattern);
  return bits(p, pattern);
}

/// The processor's predicates; those of < and its kin are false for NaN, silently.
enum { EQUAL = 0x00, UNORDERED = 0x03, NOT_EQUAL = 0x04, LESS = 0x11, LESS_OR_EQUAL = 0x12, GREATER_OR_EQUAL = 0x1d,
       GREATER = 0x1e };

static int32_t compare(list p, int predicate, int32_t a, int32_t b) {
  return tw_vector_add(
      p, (tw_vector_step){.op = TW_V_COMPARE, .immediate = (uint8_t)predicate, .a = a, .b = b, .c = -1});
}
static int32_t absolute(list p, int32_t x) { return op2(p, TW_V_AND, x, bits(p, 0x7fffffff)); }
static int32_t negated(list p, int32_t x) { return op2(p, TW_V_XOR, x, bits(p, 0x80000000)); }
static int32_t fma_(list p, int32_t a, int32_t b, int32_t c) { return op3(p, TW_V_FMA, a, b, c); }

/// Coefficients from the highest power down.
static int32_t polynomial(list p, int32_t x, const float *coefficients, int count) {
  int32_t y = number(p, coefficients[0]);
  for (int i = 1; i < count; i++) y = fma_(p, y, x, number(p, coefficients[i]));
  return y;
}
#define POLYNOMIAL(p, x, ...)                                                                                         \
  polynomial(p, x, (const float[]){__VA_ARGS__}, (int)(sizeof((const float[]){__VA_ARGS__}) / sizeof(float)))

#define LN2_HIGH 0x1.62ep-1f
#define LN2_LOW 0x1.0bfbe8p-15f

/// A whole number, as the processor's scaling wants it and as an integer: one of them is computed.
typedef struct {
  int32_t number, integer;
} exponent;

/// exp(r) - 1 for the rest r of x by multiples of ln 2, whose number is `whole`.
static int32_t exp_rest(list p, int32_t x, exponent *whole, bool adds_one) {
  int32_t rounder = number(p, 0x1.8p23f);
  int32_t shifted = fma_(p, x, number(p, 0x1.715476p+0f), rounder);
  whole->number = op2(p, TW_V_SUB, shifted, rounder);
  whole->integer = p->can_scale ? -1 : op2(p, TW_V_SUB_INT, shifted, rounder);
  int32_t r = op3(p, TW_V_FNMA, whole->number, number(p, LN2_HIGH), x);
  r = op3(p, TW_V_FNMA, whole->number, number(p, LN2_LOW), r);
  int32_t tail = POLYNOMIAL(p, r, 0x1.a1a16ap-13f, 0x1.6d7474p-10f, 0x1.11109p-7f, 0x1.5554aep-5f, 0x1.555556p-3f, 0.5f);
  int32_t y = fma_(p, op2(p, TW_V_MUL, r, r), tail, r);
  return adds_one ? op2(p, TW_V_ADD, y, number(p, 1)) : y;
}

/// 2^n of an integer for -126 <= n <= 127.
static int32_t power_of_two(list p, int32_t n) {
  return op1(p, TW_V_SHIFT_LEFT, op2(p, TW_V_ADD_INT, n, bits(p, 127)), 23);
}

static int32_t exp_moderate(list p, int32_t x) {
  exponent whole;
  int32_t y = exp_rest(p, x, &whole, true);
  if (p->can_scale) return op2(p, TW_V_SCALE, y, whole.number);
  return op2(p, TW_V_MUL, y, power_of_two(p, whole.integer));
}

static int32_t exponential(list p, int32_t x) {
  x = op2(p, TW_V_MIN, number(p, 89), x);
  x = op2(p, TW_V_MAX, number(p, -104), x);
  exponent whole;
  int32_t y = exp_rest(p, x, &whole, true);
  if (p->can_scale) return op2(p, TW_V_SCALE, y, whole.number);
  int32_t half = op1(p, TW_V_SHIFT_RIGHT_SIGNED, whole.integer, 1);
  y = op2(p, TW_V_MUL, y, power_of_two(p, half));
  return op2(p, TW_V_MUL, y, power_of_two(p, op2(p, TW_V_SUB_INT, whole.integer, half)));
}

static int32_t exponential_minus_one(list p, int32_t x) {
  int32_t bounded = op2(p, TW_V_MIN, number(p, 89), x);
  bounded = op2(p, TW_V_MAX, number(p, -20), bounded);
  exponent whole;
  int32_t y = exp_rest(p, bounded, &whole, false);
  int32_t half = p->can_scale ? op2(p, TW_V_SCALE, number(p, 0.5f), whole.number)
                              : power_of_two(p, op2(p, TW_V_SUB_INT, whole.integer, bits(p, 1)));
  int32_t result = fma_(p, half, y, op2(p, TW_V_SUB, half, number(p, 0.5f)));
  result = op2(p, TW_V_MUL, result, number(p, 2));
  return op3(p, TW_V_SELECT, compare(p, LESS, absolute(p, x), number(p, 0x1p-25f)), x, result);
}

static int32_t log_assemble(list p, int32_t f, int32_t k) {
  int32_t z = op2(p, TW_V_MUL, f, f);
  int32_t q = POLYNOMIAL(p, f, 0x1.1b4864p-4f, -0x1.e2dff6p-4f, 0x1.e64872p-4f, -0x1.fb4478p-4f, 0x1.233378p-3f,
                         -0x1.5562dep-3f, 0x1.99a53ap-3f, -0x1.ffffeep-3f, 0x1.555546p-2f);
  int32_t tail = fma_(p, op2(p, TW_V_MUL, f, z), q, op2(p, TW_V_MUL, k, number(p, LN2_LOW)));
  tail = op3(p, TW_V_FNMA, z, number(p, 0.5f), tail);
  return fma_(p, k, number(p, LN2_HIGH), op2(p, TW_V_ADD, f, tail));
}

static int32_t log_split(list p, int32_t x, int32_t *biased) {
  int32_t moved = op2(p, TW_V_ADD_INT, x, bits(p, 0x3f800000u - 0x3f3504f3u));
  *biased = op1(p, TW_V_SHIFT_RIGHT, moved, 23);
  int32_t f = op2(p, TW_V_ADD_INT, op2(p, TW_V_AND, moved, bits(p, 0x007fffff)), bits(p, 0x3f3504f3));
  return op2(p, TW_V_SUB, f, number(p, 1));
}

static int32_t log_special(list p, int32_t x, int32_t result, float pole) {
  result = op3(p, TW_V_SELECT, compare(p, LESS, x, number(p, INFINITY)), result, x);
  result = op3(p, TW_V_SELECT, compare(p, LESS, x, number(p, pole)), bits(p, 0x7fc00000), result);
  return op3(p, TW_V_SELECT, compare(p, EQUAL, x, number(p, pole)), number(p, -INFINITY), result);
}

static int32_t logarithm(list p, int32_t x) {
  int32_t subnormal = compare(p, LESS, x, number(p, 0x1p-126f)), biased;
  int32_t lifted = op3(p, TW_V_SELECT, subnormal, op2(p, TW_V_MUL, x, number(p, 0x1p23f)), x);
  int32_t f = log_split(p, lifted, &biased);
  int32_t bias = op3(p, TW_V_SELECT, subnormal, bits(p, 150), bits(p, 127));
  int32_t k = op1(p, TW_V_FLOAT_OF_INT, op2(p, TW_V_SUB_INT, biased, bias), 0);
  return log_special(p, x, log_assemble(p, f, k), 0);
}

static int32_t logarithm_of_one_plus(list p, int32_t x) {
  int32_t one = number(p, 1), u = op2(p, TW_V_ADD, x, one), biased;
  int32_t small = op2(p, TW_V_SUB, x, op2(p, TW_V_SUB, u, one));
  int32_t large = op2(p, TW_V_SUB, one, op2(p, TW_V_SUB, u, x));
  int32_t lost = op3(p, TW_V_SELECT, compare(p, LESS, x, one), small, large);
  int32_t f = log_split(p, u, &biased);
  int32_t bounded = op2(p, TW_V_MIN_UNSIGNED, biased, bits(p, 254));
  int32_t unit = op1(p, TW_V_SHIFT_LEFT, op2(p, TW_V_SUB_INT, bits(p, 254), bounded), 23);
  f = fma_(p, lost, unit, f);
  int32_t k = op1(p, TW_V_FLOAT_OF_INT, op2(p, TW_V_SUB_INT, biased, bits(p, 127)), 0);
  int32_t result = log_assemble(p, f, k);
  result = op3(p, TW_V_SELECT, compare(p, LESS, absolute(p, x), number(p, 0x1p-25f)), x, result);
  return log_special(p, x, result, -1);
}

static int32_t sigmoid(list p, int32_t x) {
  int32_t e = exponential(p, op2(p, TW_V_OR, x, bits(p, 0x80000000))), one = number(p, 1);
  int32_t above = op3(p, TW_V_SELECT, compare(p, LESS, x, number(p, 0)), e, one);
  return op2(p, TW_V_DIV, above, op2(p, TW_V_ADD, e, one));
}

static int32_t with_sign_of(list p, int32_t x, int32_t magnitude) {
  return op2(p, TW_V_OR, magnitude, op2(p, TW_V_AND, x, bits(p, 0x80000000)));
}

static int32_t hyperbolic_tangent(list p, int32_t x) {
  int32_t a = absolute(p, x), z = op2(p, TW_V_MUL, x, x), one = number(p, 1);
  int32_t q = POLYNOMIAL(p, z, -0x1.76b3fap-8f, 0x1.5258d4p-6f, -0x1.b844a4p-5f, 0x1.11076cp-3f, -0x1.555534p-2f);
  int32_t near = fma_(p, x, op2(p, TW_V_MUL, z, q), x);
  int32_t bounded = op2(p, TW_V_MIN, number(p, 10), a);
  int32_t e = exp_moderate(p, op2(p, TW_V_ADD, bounded, bounded));
  int32_t far = op2(p, TW_V_SUB, one, op2(p, TW_V_DIV, number(p, 2), op2(p, TW_V_ADD, e, one)));
  return op3(p, TW_V_SELECT, compare(p, LESS, a, number(p, 0.625f)), near, with_sign_of(p, x, far));
}

static int32_t error_function(list p, int32_t x) {
  int32_t a = absolute(p, x), z = op2(p, TW_V_MUL, x, x);
  int32_t q = POLYNOMIAL(p, z, 0x1.58946ap-14f, -0x1.a8fc68p-11f, 0x1.54a49p-8f, -0x1.b80b0ep-6f, 0x1.ce2de2p-4f,
                         -0x1.812742p-2f, 0x1.06eba8p-3f);
  int32_t near = fma_(p, x, q, x);
  int32_t t = op2(p, TW_V_MIN, number(p, 4), a);
  int32_t r = POLYNOMIAL(p, t, 0x1.076fb2p-13f, -0x1.1ec0c2p-9f, 0x1.172c2ap-6f, -0x1.4313c6p-4f, 0x1.f335bap-3f,
                         -0x1.12c70cp-1f, 0x1.c1430cp-1f, -0x1.1630c4p+0f, 0x1.fcbbb8p-1f);
  int32_t far = op3(p, TW_V_FNMA, exponential(p, negated(p, z)), r, number(p, 1));
  return op3(p, TW_V_SELECT, compare(p, LESS, a, number(p, 0.93f)), near, with_sign_of(p, x, far));
}

/// a where it is NaN or beyond b by the predicate, else b.
static int32_t extreme(list p, int predicate, int32_t a, int32_t b) {
  tw_vector_op op = predicate == GREATER ? TW_V_MAX : TW_V_MIN;
  // The processor gives b for a NaN in a (or in b, as wanted).
  return op3(p, TW_V_SELECT, compare(p, UNORDERED, a, a), a, op2(p, op, a, b));
}

static int32_t lower_float(list p, uint8_t opcode, int32_t a, int32_t b, int32_t c) {
  switch ((tw_opcode)opcode) {
  case TW_COPY: return a;
  case TW_NEGATE: return negated(p, a);
  case TW_ABS: return absolute(p, a);
  case TW_SIGN: {
    int32_t zero = number(p, 0);
    int32_t rest = op3(p, TW_V_SELECT, compare(p, LESS, a, zero), number(p, -1), a);
    return op3(p, TW_V_SELECT, compare(p, GREATER, a, zero), number(p, 1), rest);
  }
  case TW_EXP: return exponential(p, a);
  case TW_EXPM1: return exponential_minus_one(p, a);
  case TW_LOG: return logarithm(p, a);
  case TW_LOG1P: return logarithm_of_one_plus(p, a);
  case TW_SQRT: return op1(p, TW_V_SQRT, a, 0);
  case TW_RSQRT: return op2(p, TW_V_DIV, number(p, 1), op1(p, TW_V_SQRT, a, 0));
  case TW_RECIPROCAL: return op2(p, TW_V_DIV, number(p, 1), a);
  case TW_SQUARE: return op2(p, TW_V_MUL, a, a);
  case TW_TANH: return hyperbolic_tangent(p, a);
  case TW_SIGMOID: return sigmoid(p, a);
  case TW_ERF: return error_function(p, a);
  case TW_ROUND: return op1(p, TW_V_ROUND, a, 0x08); // quietly: half to even, down, up
  case TW_FLOOR: return op1(p, TW_V_ROUND, a, 0x09);
  case TW_CEIL: return op1(p, TW_V_ROUND, a, 0x0a);
  case TW_ISNAN: return compare(p, UNORDERED, a, a);
  case TW_ISFINITE: return compare(p, EQUAL, op2(p, TW_V_SUB, a, a), number(p, 0));
  case TW_ADD: return op2(p, TW_V_ADD, a, b);
  case TW_SUB: return op2(p, TW_V_SUB, a, b);
  case TW_MUL: return op2(p, TW_V_MUL, a, b);
  case TW_DIV: return op2(p, TW_V_DIV, a, b);
  case TW_MAX: return extreme(p, GREATER, a, b);
  case TW_MIN: return extreme(p, LESS, a, b);
  case TW_EQ: return compare(p, EQUAL, a, b);
  case TW_NE: return compare(p, NOT_EQUAL, a, b);
  case TW_LT: return compare(p, LESS, a, b);
  case TW_LE: return compare(p, LESS_OR_EQUAL, a, b);
  case TW_GT: return compare(p, GREATER, a, b);
  case TW_GE: return compare(p, GREATER_OR_EQUAL, a, b);
  case TW_SELECT: return op3(p, TW_V_SELECT, a, b, c);
  case TW_FMA: return op3(p, TW_V_FMA, a, b, c);
  case TW_FMS: return op3(p, TW_V_FMS, a, b, c);
  case TW_FNMA: return op3(p, TW_V_FNMA, a, b, c);
  case TW_SIN: case TW_COS: case TW_TAN: case TW_ASIN: case TW_ACOS: case TW_ATAN: case TW_SINH: case TW_COSH:
  case TW_NOT: case TW_CAST: case TW_POW: case TW_REMAINDER: case TW_ATAN2: case TW_AND: case TW_OR: case TW_XOR:
  case TW_OPCODE_COUNT: return -1;
  }
  return -1;
}

static int32_t lower_truth(list p, uint8_t opcode, int32_t a, int32_t b, int32_t c) {
  switch (opcode) {
  case TW_COPY: return a;
  case TW_NOT: return op2(p, TW_V_XOR, a, bits(p, 0xffffffff));
  case TW_AND: return op2(p, TW_V_AND, a, b);
  case TW_OR: return op2(p, TW_V_OR, a, b);
  case TW_XOR: case TW_NE: return op2(p, TW_V_XOR, a, b);
  case TW_EQ: return op2(p, TW_V_XOR, op2(p, TW_V_XOR, a, b), bits(p, 0xffffffff));
  case TW_SELECT: return op3(p, TW_V_SELECT, a, b, c);
  default: return -1;
  }
}

int32_t tw_vector_lower(tw_vector_program *p, const tw_instruction *instruction, const int32_t *operands) {
  int32_t a = operands[0], b = operands[1], c = operands[2];
  if (instruction->opcode == TW_CAST) {
    switch (instruction->type << 8 | instruction->type2) {
    case TW_FLOAT32 << 8 | TW_FLOAT32: case TW_BOOL << 8 | TW_BOOL: return a;
    case TW_FLOAT32 << 8 | TW_BOOL: return compare(p, NOT_EQUAL, a, number(p, 0));
    case TW_BOOL << 8 | TW_FLOAT32: return op2(p, TW_V_AND, a, number(p, 1));
    case TW_UINT8 << 8 | TW_FLOAT32: return op1(p, TW_V_FLOAT_OF_INT, a, 0);
    default: return -1;
    }
  }
  if (instruction->type == TW_FLOAT32) return lower_float(p, instruction->opcode, a, b, c);
  return instruction->type == TW_BOOL ? lower_truth(p, instruction->opcode, a, b, c) : -1;
}
