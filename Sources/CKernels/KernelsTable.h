#define LOOP(name) TW_NAME(name##_loop)
#define FLOATS(op) {LOOP(op##_f32), LOOP(op##_f64), NULL, NULL, NULL}
#define NUMBERS(op) {LOOP(op##_f32), LOOP(op##_f64), LOOP(op##_i32), LOOP(op##_i64), LOOP(op##_u8)}
/// Rounding an integer changes nothing.
#define ROUNDING(op) {LOOP(op##_f32), LOOP(op##_f64), LOOP(copy_32), LOOP(copy_64), LOOP(copy_8)}
#define BOOLS(op) {NULL, NULL, NULL, NULL, LOOP(op)}

/// By operation, then TW_ROW_...; NULL where the operation does not exist for the type.
static const tw_kernel TW_NAME(kernels)[TW_OPCODE_COUNT][TW_ROW_COUNT] = {
    [TW_NEGATE] = NUMBERS(negate),
    [TW_ABS] = {LOOP(abs_f32), LOOP(abs_f64), LOOP(abs_i32), LOOP(abs_i64), LOOP(copy_8)},
    [TW_SIGN] = NUMBERS(sign),
    [TW_EXP] = FLOATS(exp),
    [TW_EXPM1] = FLOATS(expm1),
    [TW_LOG] = FLOATS(log),
    [TW_LOG1P] = FLOATS(log1p),
    [TW_SQRT] = FLOATS(sqrt),
    [TW_RSQRT] = FLOATS(rsqrt),
    [TW_RECIPROCAL] = FLOATS(reciprocal),
    [TW_SQUARE] = NUMBERS(square),
    [TW_SIN] = FLOATS(sin),
    [TW_COS] = FLOATS(cos),
    [TW_TAN] = FLOATS(tan),
    [TW_ASIN] = FLOATS(asin),
    [TW_ACOS] = FLOATS(acos),
    [TW_ATAN] = FLOATS(atan),
    [TW_SINH] = FLOATS(sinh),
    [TW_COSH] = FLOATS(cosh),
    [TW_TANH] = FLOATS(tanh),
    [TW_SIGMOID] = FLOATS(sigmoid),
    [TW_ERF] = FLOATS(erf),
    [TW_FLOOR] = ROUNDING(floor),
    [TW_CEIL] = ROUNDING(ceil),
    [TW_ROUND] = ROUNDING(round),
    [TW_NOT] = BOOLS(not),
    [TW_ISNAN] = FLOATS(isnan),
    [TW_ISFINITE] = FLOATS(isfinite),
    [TW_ADD] = NUMBERS(add),
    [TW_SUB] = NUMBERS(sub),
    [TW_MUL] = NUMBERS(mul),
    [TW_DIV] = NUMBERS(div),
    [TW_POW] = NUMBERS(pow),
    [TW_MAX] = NUMBERS(max),
    [TW_MIN] = NUMBERS(min),
    [TW_REMAINDER] = NUMBERS(remainder),
    [TW_ATAN2] = FLOATS(atan2),
    [TW_AND] = BOOLS(and),
    [TW_OR] = BOOLS(or),
    [TW_XOR] = BOOLS(xor),
    [TW_EQ] = NUMBERS(eq),
    [TW_NE] = NUMBERS(ne),
    [TW_LT] = NUMBERS(lt),
    [TW_LE] = NUMBERS(le),
    [TW_GT] = NUMBERS(gt),
    [TW_GE] = NUMBERS(ge),
    [TW_FMA] = FLOATS(fma),
    [TW_FMS] = FLOATS(fms),
    [TW_FNMA] = FLOATS(fnma),
};

static tw_kernel TW_NAME(find)(const tw_instruction *instruction) {
  static const int8_t rows[8] = {TW_ROW_F32, TW_ROW_F64, -1, -1, TW_ROW_I32, TW_ROW_I64, TW_ROW_U8, TW_ROW_U8};
  int op = instruction->opcode, type = instruction->type;
  if (op == TW_CAST) return TW_NAME(casts)[type][instruction->type2];
  if (op == TW_COPY) {
    switch (tw_size_of((tw_type)type)) {
    case 1: return LOOP(copy_8);
    case 2: return LOOP(copy_16);
    case 4: return LOOP(copy_32);
    default: return LOOP(copy_64);
    }
  }
  if (op == TW_SELECT) {
    switch (tw_size_of((tw_type)type)) {
    case 1: return LOOP(select_8);
    case 2: return LOOP(select_16);
    case 4: return LOOP(select_32);
    default: return LOOP(select_64);
    }
  }
  return rows[type] < 0 ? NULL : TW_NAME(kernels)[op][rows[type]];
}
