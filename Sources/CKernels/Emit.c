// From steps to machine code: registers and the loop around them.
#include "Machine.h"

#if TW_EMITS_CODE

// MARK: Registers

enum { REGISTERS = 32, NOWHERE = -1, FOREVER = INT32_MAX };

typedef struct {
  const tw_vector_step *step; // of the program
  int32_t last;               // the last step that reads it; FOREVER where it is stored
  int32_t uses;
  int32_t place; // the register, or NOWHERE
  int32_t slot;  // offset on the stack, or NOWHERE
  int32_t pool;  // of constants
  bool is_hoisted;
} value;

typedef struct {
  tw_text text;
  const tw_program *program;
  value *values;
  int32_t count;
  int32_t held[REGISTERS]; // the value in each register, or NOWHERE
  bool is_pinned[REGISTERS];
  int32_t stack, deepest; // bytes
  int32_t pending_mask; // the comparison whose result is only in k2, or NOWHERE
  bool is_rest;   // masked by k1
} emitter;

static bool is_remade(const value *v) {
  return v->step->op == TW_V_CONSTANT || v->step->op == TW_V_SCALAR || v->step->op == TW_V_SCALAR_TRUTH;
}

static void load_pointer(emitter *e, bool of_sink, int32_t number) { // mov rax, [rsi or rdx + 8 * number]
  PUT(&e->text, 0x48, 0x8b, of_sink ? 0x82 : 0x86);
  put32(&e->text, 8 * number);
}

static void make_in(emitter *e, const value *v, int reg) {
  tw_text *t = &e->text;
  int mask = e->is_rest ? 1 : 0;
  switch ((tw_vector_op)v->step->op) {
  case TW_V_CONSTANT:
    vector(t, BROADCAST, reg, 0, (operand){AT_CONSTANT, v->pool, false}, 0, false, -1);
    break;
  case TW_V_SCALAR:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, BROADCAST, reg, 0, (operand){AT_SCALAR, 0, false}, 0, false, -1);
    break;
  case TW_V_SCALAR_TRUTH:
    load_pointer(e, false, (int32_t)v->step->bits);
    PUT(t, 0x0f, 0xb6, 0x00, 0xf7, 0xd8); // movzx eax, byte [rax]; neg eax
    vector(t, BROADCAST_INT, reg, 0, in_register(0), 0, false, -1);
    break;
  case TW_V_LOAD:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, LOAD, reg, 0, (operand){AT_VECTOR, 0, false}, mask, mask != 0, -1);
    break;
  case TW_V_LOAD_BYTES:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, WIDEN_BYTES, reg, 0, (operand){AT_BYTES, 0, false}, mask, mask != 0, -1);
    break;
  case TW_V_LOAD_TRUTH:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, WIDEN_BYTES, reg, 0, (operand){AT_BYTES, 0, false}, mask, mask != 0, -1);
    vector(t, TEST, 3, reg, in_register(reg), 0, false, -1);
    vector(t, MASK_TO_LANES, reg, 0, in_register(3), 0, false, -1);
    break;
  default: break;
  }
}

static int take_register(emitter *e) {
  int32_t victim = NOWHERE;
  for (int r = 0; r < REGISTERS; r++) {
    if (e->held[r] == NOWHERE && !e->is_pinned[r]) return r;
    if (e->held[r] == NOWHERE || e->is_pinned[r] || e->values[e->held[r]].is_hoisted) continue;
    if (victim == NOWHERE || e->values[e->held[r]].last > e->values[e->held[victim]].last) victim = r;
  }
  value *v = &e->values[e->held[victim]];
  if (!is_remade(v) && v->slot == NOWHERE) {
    v->slot = e->stack;
    e->stack += 64;
    e->deepest = e->stack > e->deepest ? e->stack : e->deepest;
    vector(&e->text, STORE, victim, 0, (operand){ON_STACK, v->slot, false}, 0, false, -1);
  }
  v->place = NOWHERE;
  e->held[victim] = NOWHERE;
  return victim;
}

static void hold(emitter *e, int32_t number, int reg) {
  e->held[reg] = number;
  e->values[number].place = reg;
}

static void drop(emitter *e, int32_t number) {
  value *v = &e->values[number];
  if (v->place == NOWHERE || v->is_hoisted) return;
  e->held[v->place] = NOWHERE;
  v->place = NOWHERE;
}

/// The register with the value, pinned until the step is done.
static int reg_of(emitter *e, int32_t number) {
  value *v = &e->values[number];
  if (v->place == NOWHERE) {
    int reg = take_register(e);
    if (is_remade(v)) {
      make_in(e, v, reg);
    } else {
      vector(&e->text, LOAD, reg, 0, (operand){ON_STACK, v->slot, false}, 0, false, -1);
    }
    hold(e, number, reg);
  }
  e->is_pinned[v->place] = true;
  return v->place;
}

/// The value as the last operand: constants and scalars may stay in memory. Call it after the other operands.
static operand operand_of(emitter *e, int32_t number) {
  value *v = &e->values[number];
  if (v->place == NOWHERE && v->step->op == TW_V_CONSTANT) return (operand){AT_CONSTANT, v->pool, true};
  if (v->place == NOWHERE && v->step->op == TW_V_SCALAR) {
    load_pointer(e, false, (int32_t)v->step->bits);
    return (operand){AT_SCALAR, 0, true};
  }
  return in_register(reg_of(e, number));
}

static bool stays_in_memory(const emitter *e, int32_t number) {
  const value *v = &e->values[number];
  return v->place == NOWHERE && (v->step->op == TW_V_CONSTANT || v->step->op == TW_V_SCALAR);
}

/// A register for the result of step `i`: that of an operand nobody reads any more, if there is one.
static int result_register(emitter *e, int32_t i) {
  const tw_vector_step *s = e->values[i].step;
  const int32_t operands[] = {s->a, s->b, s->c};
  int reg = NOWHERE;
  for (int o = 0; o < 3; o++) {
    if (operands[o] < 0) continue;
    value *v = &e->values[operands[o]];
    if (v->last > i || v->place == NOWHERE || v->is_hoisted) continue;
    reg = v->place;
    drop(e, operands[o]);
  }
  return reg == NOWHERE ? take_register(e) : reg;
}

static bool dies(const emitter *e, int32_t number, int32_t i) {
  const value *v = &e->values[number];
  return v->last <= i && v->place != NOWHERE && !v->is_hoisted;
}

static void fused(emitter *e, int32_t i) {
  static const uint8_t base[] = {[TW_V_FMA - TW_V_FMA] = 0xa8, [TW_V_FMS - TW_V_FMA] = 0xaa, [TW_V_FNMA - TW_V_FMA] = 0xac};
  const tw_vector_step *s = e->values[i].step;
  int32_t a = s->a, b = s->b, c = s->c;
  if (stays_in_memory(e, a)) (void)(a = s->b, b = s->a);
  int ra = reg_of(e, a);
  code by213 = {2, 1, base[s->op - TW_V_FMA]}, by231 = {2, 1, (uint8_t)(by213.opcode + 0x10)};
  int to;
  if (!stays_in_memory(e, c) && (reg_of(e, c), dies(e, c, i))) {
    to = reg_of(e, c);
    vector(&e->text, by231, to, ra, operand_of(e, b), 0, false, -1);
  } else if (dies(e, a, i)) {
    to = ra;
    int rb = reg_of(e, b);
    vector(&e->text, by213, to, rb, operand_of(e, c), 0, false, -1);
  } else if (!stays_in_memory(e, b) && (reg_of(e, b), dies(e, b, i))) {
    to = reg_of(e, b);
    vector(&e->text, by213, to, ra, operand_of(e, c), 0, false, -1);
  } else {
    to = take_register(e);
    e->is_pinned[to] = true;
    if (stays_in_memory(e, c)) {
      make_in(e, &e->values[c], to);
    } else {
      vector(&e->text, LOAD, to, 0, in_register(reg_of(e, c)), 0, false, -1);
    }
    vector(&e->text, by231, to, ra, operand_of(e, b), 0, false, -1);
  }
  for (int32_t o = 0; o < 3; o++) {
    int32_t number = o == 0 ? a : o == 1 ? b : c;
    if (e->values[number].last <= i) drop(e, number);
  }
  hold(e, i, to);
}

/// Whether the mask of comparison `i` is still in its register when the only selection by it comes.
static bool is_next_mask_of_selection(const emitter *e, int32_t i) {
  for (int32_t j = i + 1; j < e->count; j++) {
    const value *v = &e->values[j];
    if (v->last < 0 || (v->step->op != TW_V_COMPARE && v->step->op != TW_V_SELECT)) continue;
    return v->step->op == TW_V_SELECT && v->step->a == i;
  }
  return false;
}

static void emit_step(emitter *e, int32_t i) {
  static const code codes[] = {
      [TW_V_ADD] = {1, 0, 0x58},    [TW_V_SUB] = {1, 0, 0x5c},          [TW_V_MUL] = {1, 0, 0x59},
      [TW_V_DIV] = {1, 0, 0x5e},    [TW_V_MIN] = {1, 0, 0x5d},          [TW_V_MAX] = {1, 0, 0x5f},
      [TW_V_AND] = {1, 0, 0x54},    [TW_V_OR] = {1, 0, 0x56},           [TW_V_XOR] = {1, 0, 0x57},
      [TW_V_ADD_INT] = {1, 1, 0xfe}, [TW_V_SUB_INT] = {1, 1, 0xfa},     [TW_V_MIN_UNSIGNED] = {2, 1, 0x3b},
      [TW_V_SCALE] = {2, 1, 0x2c},  [TW_V_SQRT] = {1, 0, 0x51},         [TW_V_ROUND] = {3, 1, 0x08},
      [TW_V_FLOAT_OF_INT] = {1, 0, 0x5b},
  };
  value *v = &e->values[i];
  const tw_vector_step *s = v->step;
  tw_text *t = &e->text;
  switch ((tw_vector_op)s->op) {
  case TW_V_CONSTANT: case TW_V_SCALAR: case TW_V_SCALAR_TRUTH: return; // made where they are used
  case TW_V_LOAD: case TW_V_LOAD_BYTES: case TW_V_LOAD_TRUTH: {
    int reg = take_register(e);
    make_in(e, v, reg);
    hold(e, i, reg);
    break;
  }
  case TW_V_ADD: case TW_V_MUL: case TW_V_AND: case TW_V_OR: case TW_V_XOR: case TW_V_ADD_INT:
  case TW_V_MIN_UNSIGNED: case TW_V_SUB: case TW_V_DIV: case TW_V_MIN: case TW_V_MAX: case TW_V_SUB_INT:
  case TW_V_SCALE: {
    bool commutes = s->op == TW_V_ADD || s->op == TW_V_MUL || s->op == TW_V_AND || s->op == TW_V_OR ||
                    s->op == TW_V_XOR || s->op == TW_V_ADD_INT || s->op == TW_V_MIN_UNSIGNED;
    int32_t a = s->a, b = s->b;
    if (commutes && stays_in_memory(e, a)) (void)(a = s->b, b = s->a);
    int first = reg_of(e, a);
    operand second = operand_of(e, b);
    int to = result_register(e, i);
    vector(t, codes[s->op], to, first, second, 0, false, -1);
    hold(e, i, to);
    break;
  }
  case TW_V_SQRT: case TW_V_ROUND: case TW_V_FLOAT_OF_INT: {
    operand only = operand_of(e, s->a);
    int to = result_register(e, i);
    vector(t, codes[s->op], to, 0, only, 0, false, s->op == TW_V_ROUND ? s->immediate : -1);
    hold(e, i, to);
    break;
  }
  case TW_V_SHIFT_LEFT: case TW_V_SHIFT_RIGHT: {
    int from = reg_of(e, s->a);
    int to = result_register(e, i);
    vector(t, SHIFT, s->op == TW_V_SHIFT_LEFT ? 6 : 2, to, in_register(from), 0, false, s->immediate);
    hold(e, i, to);
    break;
  }
  case TW_V_COMPARE: {
    int first = reg_of(e, s->a);
    operand second = operand_of(e, s->b);
    vector(t, COMPARE, 2, first, second, 0, false, s->immediate);
    if (v->uses == 1 && is_next_mask_of_selection(e, i)) {
      e->pending_mask = i;
    } else {
      int to = result_register(e, i);
      vector(t, MASK_TO_LANES, to, 0, in_register(2), 0, false, -1);
      hold(e, i, to);
    }
    break;
  }
  case TW_V_SELECT: {
    if (e->pending_mask != s->a) vector(t, LANES_TO_MASK, 2, 0, in_register(reg_of(e, s->a)), 0, false, -1);
    e->pending_mask = NOWHERE;
    int otherwise = reg_of(e, s->c);
    operand then = operand_of(e, s->b);
    int to = result_register(e, i);
    vector(t, BLEND, to, otherwise, then, 2, false, -1);
    hold(e, i, to);
    break;
  }
  case TW_V_FMA: case TW_V_FMS: case TW_V_FNMA: fused(e, i); break;
  }
  // Operands nobody reads any more that were brought into registers of their own.
  const int32_t operands[] = {s->a, s->b, s->c};
  for (int o = 0; o < 3; o++) {
    if (operands[o] >= 0 && e->values[operands[o]].last <= i) drop(e, operands[o]);
  }
  memset(e->is_pinned, 0, sizeof e->is_pinned);
}

static void emit_sinks(emitter *e, const int32_t *stored) {
  tw_text *t = &e->text;
  int mask = e->is_rest ? 1 : 0;
  for (int32_t k = 0; k < e->program->sink_count; k++) {
    int reg = reg_of(e, stored[k]);
    load_pointer(e, true, k);
    if (e->program->sinks[k].type == TW_BOOL) {
      int bit = take_register(e);
      vector(t, SHIFT, 2, bit, in_register(reg), 0, false, 31);
      vector(t, STORE_BYTES, bit, 0, (operand){AT_BYTES, 0, false}, mask, false, -1);
    } else {
      vector(t, STORE, reg, 0, (operand){AT_VECTOR, 0, false}, mask, false, -1);
    }
    memset(e->is_pinned, 0, sizeof e->is_pinned);
  }
}

static void emit_body(emitter *e, const int32_t *stored, bool is_rest) {
  e->is_rest = is_rest;
  e->pending_mask = NOWHERE;
  e->stack = 0;
  for (int r = 0; r < REGISTERS; r++) {
    if (e->held[r] != NOWHERE && !e->values[e->held[r]].is_hoisted) e->held[r] = NOWHERE;
  }
  for (int32_t i = 0; i < e->count; i++) {
    if (!e->values[i].is_hoisted) e->values[i].place = NOWHERE;
    e->values[i].slot = NOWHERE;
  }
  for (int32_t i = 0; i < e->count; i++) {
    if (e->values[i].last >= 0) emit_step(e, i);
  }
  emit_sinks(e, stored);
}

// MARK: Programs

/// Steps of the whole program; `stored`: the value of each sink. False where an operation has no code.
static bool lower(tw_vector_program *steps, const tw_program *program, const bool *is_scalar, int32_t *stored) {
  int32_t value_of[program->register_count > 0 ? program->register_count : 1];
  for (int32_t r = 0; r < program->register_count; r++) value_of[r] = -1;
  for (int32_t s = 0; s < program->source_count; s++) {
    const tw_source *source = &program->sources[s];
    bool truth = source->type == TW_BOOL, byte = source->type == TW_UINT8 && !is_scalar[s];
    if (source->type != TW_FLOAT32 && !truth && !byte) return false;
    tw_vector_op op = is_scalar[s] ? (truth ? TW_V_SCALAR_TRUTH : TW_V_SCALAR)
                                   : (truth ? TW_V_LOAD_TRUTH : byte ? TW_V_LOAD_BYTES : TW_V_LOAD);
    value_of[source->reg] = tw_vector_add(
        steps, (tw_vector_step){.op = (uint8_t)op, .a = -1, .b = -1, .c = -1, .bits = (uint32_t)s});
  }
  for (int32_t i = 0; i < program->instruction_count; i++) {
    const tw_instruction *instruction = &program->instructions[i];
    int count = tw_operand_count(instruction->opcode);
    int32_t operands[3] = {value_of[instruction->a], count > 1 ? value_of[instruction->b] : -1,
                           count > 2 ? value_of[instruction->c] : -1};
    value_of[instruction->dst] = tw_vector_lower(steps, instruction, operands);
    if (value_of[instruction->dst] < 0) return false;
  }
  for (int32_t k = 0; k < program->sink_count; k++) {
    if (program->sinks[k].type != TW_FLOAT32 && program->sinks[k].type != TW_BOOL) return false;
    stored[k] = value_of[program->sinks[k].reg];
  }
  return true;
}

static void find_uses(emitter *e, const int32_t *stored) {
  for (int32_t k = 0; k < e->program->sink_count; k++) {
    e->values[stored[k]].last = FOREVER;
    e->values[stored[k]].uses++;
  }
  for (int32_t i = e->count - 1; i >= 0; i--) {
    if (e->values[i].last < 0) continue; // nobody needs it
    const int32_t operands[] = {e->values[i].step->a, e->values[i].step->b, e->values[i].step->c};
    for (int o = 0; o < 3; o++) {
      if (operands[o] < 0) continue;
      value *v = &e->values[operands[o]];
      v->last = v->last > i ? v->last : i;
      v->uses++;
    }
  }
}

/// Loads constants and scalars once, before the loop, as far as registers are left; those used most come first.
static void hoist(emitter *e) {
  int32_t live = 0, most = 0;
  for (int32_t i = 0; i < e->count; i++) {
    const value *v = &e->values[i];
    if (v->last < 0 || is_remade(v)) continue;
    live++;
    if (live > most) most = live;
    for (int32_t j = 0; j < i; j++) {
      if (e->values[j].last == i && !is_remade(&e->values[j])) live--;
    }
  }
  // What one step needs beside the values that live on.
  for (int32_t left = REGISTERS - most - 4; left > 0; left--) {
    int32_t best = NOWHERE;
    for (int32_t i = 0; i < e->count; i++) {
      const value *v = &e->values[i];
      if (v->last < 0 || !is_remade(v) || v->is_hoisted) continue;
      if (best == NOWHERE || v->uses > e->values[best].uses) best = i;
    }
    if (best == NOWHERE) return;
    int reg = take_register(e);
    make_in(e, &e->values[best], reg);
    hold(e, best, reg);
    e->values[best].is_hoisted = true;
  }
}

static void patch(tw_text *t, int32_t at) {
  int32_t distance = t->count - (at + 4);
  memcpy(t->bytes + at, &distance, 4);
}

tw_text tw_assemble(const tw_program *program, const bool *is_scalar, int32_t *entry) {
  int32_t stored[program->sink_count > 0 ? program->sink_count : 1];
  tw_vector_program steps = {0};
  emitter e = {.program = program};
  if (lower(&steps, program, is_scalar, stored)) {
    e.count = steps.count;
    e.values = calloc((size_t)steps.count + 1, sizeof *e.values);
    if (e.values == NULL) tw_unsupported("tw_code_make (out of memory)", 0, 0);
    for (int r = 0; r < REGISTERS; r++) e.held[r] = NOWHERE;
    for (int32_t i = 0; i < e.count; i++) {
      const tw_vector_step *step = &steps.steps[i];
      e.values[i] = (value){.step = step, .last = NOWHERE, .place = NOWHERE, .slot = NOWHERE};
      if (step->op != TW_V_CONSTANT) continue;
      e.values[i].pool = e.text.count;
      put(&e.text, &step->bits, 4);
    }
    find_uses(&e, stored);
    tw_text *t = &e.text;
    while (t->count % 16 != 0) PUT(t, 0xcc);
    *entry = t->count;
    PUT(t, 0x55, 0x48, 0x89, 0xe5, 0x48, 0x81, 0xec); // push rbp; mov rbp, rsp; sub rsp, stack
    int32_t frame = t->count;
    put32(t, 0);
    PUT(t, 0x48, 0x83, 0xe4, 0xc0);       // and rsp, -64
    PUT(t, 0xc5, 0xf8, 0x92, 0xc9);       // kmovw k1, ecx
    PUT(t, 0x31, 0xc9, 0x49, 0x89, 0xf8); // xor ecx, ecx; mov r8, rdi
    hoist(&e);
    PUT(t, 0x49, 0x83, 0xe0, 0xf0, 0x0f, 0x84); // and r8, -16; jz rest
    int32_t to_rest = t->count;
    put32(t, 0);
    int32_t loop = t->count;
    emit_body(&e, stored, false);
    PUT(t, 0x48, 0x83, 0xc1, 0x10, 0x4c, 0x39, 0xc1, 0x0f, 0x82); // add rcx, 16; cmp rcx, r8; jb loop
    put32(t, loop - (t->count + 4));
    patch(t, to_rest);
    PUT(t, 0x48, 0x39, 0xf9, 0x0f, 0x84); // cmp rcx, rdi; je end
    int32_t to_end = t->count;
    put32(t, 0);
    emit_body(&e, stored, true);
    patch(t, to_end);
    PUT(t, 0xc5, 0xf8, 0x77, 0x48, 0x89, 0xec, 0x5d, 0xc3); // vzeroupper; mov rsp, rbp; pop rbp; ret
    int32_t stack = e.deepest + 64;
    memcpy(t->bytes + frame, &stack, 4);
    free(e.values);
  }
  free(steps.steps);
  return e.text;
}

#endif
