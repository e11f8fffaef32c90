// Machine code for a tile program: one loop that keeps every intermediate value in a vector register.
#ifndef THALWEG_CKERNELS_EMIT_H
#define THALWEG_CKERNELS_EMIT_H

#include "Internal.h"

/// Computes elements [0, n) from one pointer a source (to its first element, or to its only one where it is a scalar) into
/// one pointer a sink. `rest`: n % 16 low bits set. An output may be the memory of a source that is no scalar.
typedef void (*tw_code_function)(int64_t n, const void *const *sources, void *const *sinks, uint32_t rest);

/// Code that programs of the same structure share.
typedef struct tw_code tw_code;

/// Code for the program on this processor, or NULL where there is none: other operations than those on float32 and bool,
/// other processors than x86-64 with AVX-512 or AVX2, no executable memory. `is_scalar`: by source, one value for all elements.
TW_HIDDEN tw_code *tw_code_make(const tw_program *program, const bool *is_scalar);
TW_HIDDEN void tw_code_free(tw_code *code);
TW_HIDDEN tw_code_function tw_code_entry(const tw_code *code);

// MARK: Between the files that make code

/// What one instruction of the processor (or a few) does on all lanes of a register. Truth values are lanes of all ones or all zeros.
typedef enum {
  TW_V_LOAD,         // float32 of a source
  TW_V_LOAD_BYTES,   // bytes of a source, widened to int32
  TW_V_LOAD_TRUTH,   // bool of a source
  TW_V_SCALAR,       // float32 of a scalar source in all lanes
  TW_V_SCALAR_TRUTH, // bool of a scalar source in all lanes
  TW_V_CONSTANT,
  TW_V_ADD, TW_V_SUB, TW_V_MUL, TW_V_DIV,
  TW_V_MIN, TW_V_MAX, // of a and b; b where one of them is NaN
  TW_V_AND, TW_V_OR, TW_V_XOR,
  TW_V_ADD_INT, TW_V_SUB_INT, TW_V_MIN_UNSIGNED,
  TW_V_SCALE,    // a * 2^floor(b); AVX-512 only
  TW_V_SQRT, TW_V_ROUND /* by `immediate` */, TW_V_FLOAT_OF_INT,
  TW_V_SHIFT_LEFT, TW_V_SHIFT_RIGHT, TW_V_SHIFT_RIGHT_SIGNED, // by `immediate`
  TW_V_COMPARE,  // a and b by the predicate in `immediate`
  TW_V_SELECT,   // a ? b : c
  TW_V_FMA, TW_V_FMS, TW_V_FNMA, // a * b + c, a * b - c, c - a * b
} tw_vector_op;

typedef struct {
  uint8_t op, immediate;
  uint8_t half;    // 1: of the register behind that of the other steps
  int32_t a, b, c; // values: the number of the operation that makes them; -1 for none
  uint32_t bits;   // of TW_V_CONSTANT; the source's number of loads and scalars
} tw_vector_step;

/// A list of operations in static single assignment: the number of a step names its value.
typedef struct {
  tw_vector_step *steps;
  int32_t *places; // by hash: a step's number + 1, or 0
  int32_t count, capacity;
  bool can_scale; // whether there is a TW_V_SCALE
} tw_vector_program;

/// Adds a step and gives its value; what is there already is not added again.
TW_HIDDEN int32_t tw_vector_add(tw_vector_program *program, tw_vector_step step);
/// Whether it costs less to make the step's value again than to keep it.
TW_HIDDEN bool tw_vector_is_remade(const tw_vector_step *step);
TW_HIDDEN void tw_vector_program_free(tw_vector_program *program);
/// The steps of the whole program, for one register of elements and for the one behind it; `stored`: two values for each sink. False where
/// an operation or a type has no code; the program is to be freed all the same.
TW_HIDDEN bool tw_vector_program_make(tw_vector_program *steps, const tw_program *program, const bool *is_scalar,
                                      int32_t *stored);
/// The steps of one instruction on float32 or bool; the value, or -1 where the operation has no code.
TW_HIDDEN int32_t tw_vector_lower(tw_vector_program *program, const tw_instruction *instruction, const int32_t *operands);

#endif
