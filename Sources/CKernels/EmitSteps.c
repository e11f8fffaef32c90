// From the instructions of a tile program to steps on vectors.
#include "Emit.h"
#include "Kernels.h"

#include <stdlib.h>

/// Where a step like this one is noted in `places`, or is to be.
static int32_t *place_of(const tw_vector_program *program, const tw_vector_step *step) {
  const uint32_t parts[] = {(uint32_t)step->op << 16 | (uint32_t)step->immediate << 8 | step->half, (uint32_t)step->a,
                            (uint32_t)step->b, (uint32_t)step->c, step->bits};
  uint64_t hash = 0xcbf29ce484222325u;
  for (int i = 0; i < 5; i++) hash = (hash ^ parts[i]) * 0x100000001b3u, hash ^= hash >> 29;
  uint32_t mask = 2 * (uint32_t)program->capacity - 1;
  for (uint32_t at = (uint32_t)hash & mask;; at = (at + 1) & mask) {
    int32_t *place = &program->places[at];
    if (*place == 0) return place;
    const tw_vector_step *s = &program->steps[*place - 1];
    if (s->op == step->op && s->immediate == step->immediate && s->half == step->half && s->a == step->a &&
        s->b == step->b && s->c == step->c && s->bits == step->bits) {
      return place;
    }
  }
}

/// Room for twice the steps; a power of two of them.
static void grow(tw_vector_program *program) {
  program->capacity = program->capacity == 0 ? 64 : 2 * program->capacity;
  program->steps = realloc(program->steps, (size_t)program->capacity * sizeof *program->steps);
  free(program->places);
  program->places = calloc(2 * (size_t)program->capacity, sizeof *program->places);
  if (program->steps == NULL || program->places == NULL) tw_unsupported("tw_vector_add (out of memory)", 0, 0);
  for (int32_t i = 0; i < program->count; i++) *place_of(program, &program->steps[i]) = i + 1;
}

int32_t tw_vector_add(tw_vector_program *program, tw_vector_step step) {
  if (program->count == program->capacity) grow(program);
  int32_t *place = place_of(program, &step);
  if (*place == 0) {
    program->steps[program->count] = step;
    *place = ++program->count;
  }
  return *place - 1;
}

void tw_vector_program_free(tw_vector_program *program) {
  free(program->steps);
  free(program->places);
}

bool tw_vector_is_remade(const tw_vector_step *step) {
  return step->op == TW_V_CONSTANT || step->op == TW_V_SCALAR || step->op == TW_V_SCALAR_TRUTH;
}

/// The step that brings a source into a register, or -1 where its type has no code.
static int32_t lower_source(tw_vector_program *steps, const tw_program *program, int32_t number, bool is_scalar) {
  uint8_t type = program->sources[number].type;
  tw_vector_op op;
  if (type == TW_FLOAT32) {
    op = is_scalar ? TW_V_SCALAR : TW_V_LOAD;
  } else if (type == TW_BOOL) {
    op = is_scalar ? TW_V_SCALAR_TRUTH : TW_V_LOAD_TRUTH;
  } else if (type == TW_UINT8 && !is_scalar) {
    op = TW_V_LOAD_BYTES;
  } else {
    return -1;
  }
  return tw_vector_add(
      steps, (tw_vector_step){.op = (uint8_t)op, .a = -1, .b = -1, .c = -1, .bits = (uint32_t)number});
}

/// Steps of the whole program; `stored`: the value of each sink. False where an operation has no code.
static bool lower(tw_vector_program *steps, const tw_program *program, const bool *is_scalar, int32_t *stored) {
  int32_t registers = program->register_count > 0 ? program->register_count : 1;
  int32_t value_of[registers], source_of[registers];
  for (int32_t r = 0; r < registers; r++) value_of[r] = source_of[r] = -1;
  for (int32_t s = 0; s < program->source_count; s++) source_of[program->sources[s].reg] = s;
  for (int32_t i = 0; i < program->instruction_count; i++) {
    const tw_instruction *instruction = &program->instructions[i];
    const uint16_t read[3] = {instruction->a, instruction->b, instruction->c};
    int32_t operands[3] = {-1, -1, -1};
    for (int o = 0; o < tw_operand_count(instruction->opcode); o++) {
      int32_t *value = &value_of[read[o]], source = source_of[read[o]];
      // Sources are loaded where they are first read: early loads would only take registers.
      if (*value < 0 && source >= 0) *value = lower_source(steps, program, source, is_scalar[source]);
      if (*value < 0) return false;
      operands[o] = *value;
    }
    value_of[instruction->dst] = tw_vector_lower(steps, instruction, operands);
    if (value_of[instruction->dst] < 0) return false;
  }
  for (int32_t k = 0; k < program->sink_count; k++) {
    if (program->sinks[k].type != TW_FLOAT32 && program->sinks[k].type != TW_BOOL) return false;
    stored[k] = value_of[program->sinks[k].reg];
  }
  return true;
}

/// Every step twice, for one register of elements and for the one behind it: two chains of operations that do not wait for each other.
/// `stored` becomes two values for each sink.
static void twice(tw_vector_program *steps, int32_t sinks, int32_t *stored) {
  tw_vector_program result = {0};
  int32_t *moved = malloc(((size_t)steps->count + 1) * 2 * sizeof *moved);
  if (moved == NULL) tw_unsupported("tw_code_make (out of memory)", 0, 0);
  for (int32_t i = 0; i < steps->count; i++) {
    for (int half = 0; half < 2; half++) {
      tw_vector_step step = steps->steps[i];
      if (half == 1 && tw_vector_is_remade(&step)) {
        moved[2 * i + 1] = moved[2 * i];
        continue;
      }
      step.half = (uint8_t)half;
      if (step.a >= 0) step.a = moved[2 * step.a + half];
      if (step.b >= 0) step.b = moved[2 * step.b + half];
      if (step.c >= 0) step.c = moved[2 * step.c + half];
      moved[2 * i + half] = tw_vector_add(&result, step);
    }
  }
  for (int32_t k = sinks - 1; k >= 0; k--) {
    int32_t value = stored[k];
    stored[2 * k] = moved[2 * value];
    stored[2 * k + 1] = moved[2 * value + 1];
  }
  free(moved);
  tw_vector_program_free(steps);
  *steps = result;
}

bool tw_vector_program_make(tw_vector_program *steps, const tw_program *program, const bool *is_scalar,
                            int32_t *stored) {
  if (!lower(steps, program, is_scalar, stored)) return false;
  twice(steps, program->sink_count, stored);
  return true;
}
