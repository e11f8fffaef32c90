// From steps to machine code: each step's instructions and the loop around them.
#include "Registers.h"

#if TW_EMITS_CODE

// MARK: Steps

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

/// The k register of a half's comparisons and selections.
static int mask_register(int half) { return 4 + half; }

/// Whether the mask of comparison `i` is still in its register when the only selection by it comes.
static bool is_next_mask_of_selection(const emitter *e, int32_t i) {
  for (int32_t j = i + 1; j < e->count; j++) {
    const value *v = &e->values[j];
    if (v->last < 0 || v->step->half != e->values[i].step->half || (v->step->op != TW_V_COMPARE && v->step->op != TW_V_SELECT)) continue;
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
  case TW_V_SHIFT_LEFT: case TW_V_SHIFT_RIGHT: case TW_V_SHIFT_RIGHT_SIGNED: {
    int from = reg_of(e, s->a);
    int to = result_register(e, i);
    int way = s->op == TW_V_SHIFT_LEFT ? 6 : s->op == TW_V_SHIFT_RIGHT ? 2 : 4;
    vector(t, SHIFT, way, to, in_register(from), 0, false, s->immediate);
    hold(e, i, to);
    break;
  }
  case TW_V_COMPARE: {
    int first = reg_of(e, s->a);
    operand second = operand_of(e, s->b);
    if (!t->is_wide) {
      int to = result_register(e, i);
      vector(t, COMPARE, to, first, second, 0, false, s->immediate);
      hold(e, i, to);
      break;
    }
    vector(t, COMPARE, mask_register(s->half), first, second, 0, false, s->immediate);
    if (v->uses == 1 && is_next_mask_of_selection(e, i)) {
      e->pending_mask[s->half] = i;
    } else {
      int to = result_register(e, i);
      vector(t, MASK_TO_LANES, to, 0, in_register(mask_register(s->half)), 0, false, -1);
      hold(e, i, to);
    }
    break;
  }
  case TW_V_SELECT: {
    if (!t->is_wide) {
      int lanes = reg_of(e, s->a), otherwise = reg_of(e, s->c);
      operand then = operand_of(e, s->b);
      int to = result_register(e, i);
      vector(t, SELECT_BY_SIGN, to, otherwise, then, 0, false, lanes << 4);
      hold(e, i, to);
      break;
    }
    int mask = mask_register(s->half);
    if (e->pending_mask[s->half] != s->a) {
      vector(t, LANES_TO_MASK, mask, 0, in_register(reg_of(e, s->a)), 0, false, -1);
    }
    e->pending_mask[s->half] = NOWHERE;
    int otherwise = reg_of(e, s->c);
    operand then = operand_of(e, s->b);
    int to = result_register(e, i);
    vector(t, BLEND, to, otherwise, then, mask, false, -1);
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

/// The truth values in a register as bytes.
static void store_truth(emitter *e, int reg, int half) {
  tw_text *t = &e->text;
  int bit = take_register(e);
  vector(t, SHIFT, 2, bit, in_register(reg), 0, false, 31);
  if (t->is_wide) {
    vector(t, STORE_BYTES, bit, 0, (operand){AT_BYTES, half, false}, e->is_rest ? 1 : 0, false, -1);
    return;
  }
  e->is_pinned[bit] = true;
  int upper = take_register(e);
  vector(t, UPPER_HALF, bit, 0, in_register(upper), 0, false, 1);
  vector(t, PACK_INT, bit, bit, in_register(upper), 0, false, -1);
  vector(t, PACK_SHORT, bit, bit, in_register(bit), 0, false, -1);
  if (e->is_rest) {
    vector(t, STORE_LOW, bit, 0, (operand){ON_STACK, 0, false}, 0, false, -1);
    skip_done(t);
    copy_bytes(t, false);
  } else {
    vector(t, STORE_LOW, bit, 0, (operand){AT_BYTES, half, false}, 0, false, -1);
  }
}

static void emit_sinks(emitter *e, const int32_t *stored, int halves) {
  tw_text *t = &e->text;
  for (int32_t k = 0; k < e->program->sink_count * halves; k++) {
    int32_t sink = k / halves, half = k % halves;
    int reg = reg_of(e, stored[2 * sink + half]);
    load_pointer(e, true, sink);
    operand to = {AT_VECTOR, half, false};
    if (e->program->sinks[sink].type == TW_BOOL) {
      store_truth(e, reg, half);
    } else if (t->is_wide || !e->is_rest) {
      vector(t, STORE, reg, 0, to, e->is_rest ? 1 : 0, false, -1);
    } else {
      int mask = take_register(e);
      vector(t, LOAD, mask, 0, (operand){AT_MASK, 0, false}, 0, false, -1);
      vector(t, MASKED_STORE, reg, mask, to, 0, false, -1);
    }
    memset(e->is_pinned, 0, sizeof e->is_pinned);
  }
}

/// The steps for a register of elements, or for two with `halves` of 2; for the last few where `is_rest`.
static void emit_body(emitter *e, const int32_t *stored, int halves, bool is_rest) {
  e->is_rest = is_rest;
  e->pending_mask[0] = e->pending_mask[1] = NOWHERE;
  e->stack = e->text.is_wide ? 0 : 64; // the first bytes are for `copy_bytes`
  for (int r = 0; r < e->registers; r++) {
    if (e->held[r] != NOWHERE && !e->values[e->held[r]].is_hoisted) e->held[r] = NOWHERE;
  }
  for (int32_t i = 0; i < e->count; i++) {
    if (!e->values[i].is_hoisted) e->values[i].place = NOWHERE;
    e->values[i].slot = NOWHERE;
  }
  for (int32_t i = 0; i < e->count; i++) {
    if (e->values[i].last >= 0 && e->values[i].step->half < halves) emit_step(e, i);
  }
  emit_sinks(e, stored, halves);
}

// MARK: Lives of values

static void find_uses(emitter *e, const int32_t *stored) {
  for (int32_t k = 0; k < 2 * e->program->sink_count; k++) {
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

/// Values that are in registers at the same time, at most, by steps of the first `halves`.
static int32_t most_alive(const emitter *e, int halves) {
  int32_t live = 0, most = 0;
  for (int32_t i = 0; i < e->count; i++) {
    const value *v = &e->values[i];
    if (v->last < 0 || tw_vector_is_remade(v->step) || v->step->half >= halves) continue;
    live++;
    if (live > most) most = live;
    const int32_t operands[] = {v->step->a, v->step->b, v->step->c};
    for (int o = 0; o < 3; o++) {
      bool counted = operands[o] < 0 || (o > 0 && operands[o] == operands[0]) || (o > 1 && operands[o] == operands[1]);
      if (!counted && e->values[operands[o]].last == i && !tw_vector_is_remade(e->values[operands[o]].step)) live--;
    }
  }
  return most;
}

/// Loads constants and scalars once, before the loop, into `count` registers; those used most come first.
static void hoist(emitter *e, int32_t count) {
  for (; count > 0; count--) {
    int32_t best = NOWHERE;
    for (int32_t i = 0; i < e->count; i++) {
      const value *v = &e->values[i];
      if (v->last < 0 || !tw_vector_is_remade(v->step) || v->is_hoisted) continue;
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

/// `while (rcx < n & -width) { body; rcx += width }`
static void emit_loop(emitter *e, const int32_t *stored, int halves) {
  tw_text *t = &e->text;
  uint8_t width = (uint8_t)(e->lanes * halves);
  PUT(t, 0x49, 0x89, 0xf8, 0x49, 0x83, 0xe0, (uint8_t)-width); // mov r8, rdi; and r8, -width
  PUT(t, 0x4c, 0x39, 0xc1, 0x0f, 0x83);                        // cmp rcx, r8; jae end
  int32_t to_end = t->count;
  put32(t, 0);
  int32_t loop = t->count;
  emit_body(e, stored, halves, false);
  PUT(t, 0x48, 0x83, 0xc1, width, 0x4c, 0x39, 0xc1, 0x0f, 0x82); // add rcx, width; cmp rcx, r8; jb loop
  put32(t, loop - (t->count + 4));
  patch(t, to_end);
}

/// Constants; with AVX2 one for each lane, since no instruction broadcasts on the way.
static void emit_pool(emitter *e) {
  tw_text *t = &e->text;
  e->ones = t->count;
  if (!t->is_wide) {
    for (int i = 0; i < 16; i++) put32(t, i < 8 ? -1 : 0);
  }
  for (int32_t i = 0; i < e->count; i++) {
    if (e->values[i].step->op != TW_V_CONSTANT) continue;
    e->values[i].pool = t->count;
    for (int32_t lane = 0; lane < (t->is_wide ? 1 : e->lanes); lane++) put(t, &e->values[i].step->bits, 4);
  }
  while (t->count % 16 != 0) PUT(t, 0xcc);
}

/// With AVX2: r8 becomes the number of the last few elements, r9 points to that many ones before zeros.
static void count_rest(emitter *e) {
  tw_text *t = &e->text;
  PUT(t, 0x49, 0x89, 0xf8, 0x49, 0x29, 0xc8, 0x4c, 0x8d, 0x0d);             // mov r8, rdi; sub r8, rcx; lea r9, [zeros]
  put32(t, e->ones + 32 - (t->count + 4));
  PUT(t, 0x4c, 0x89, 0xc0, 0x48, 0xc1, 0xe0, 0x02, 0x49, 0x29, 0xc1); // mov rax, r8; shl rax, 2; sub r9, rax
}

static void emit(emitter *e, const int32_t *stored, int32_t *entry) {
  tw_text *t = &e->text;
  emit_pool(e);
  *entry = t->count;
  PUT(t, 0x55, 0x48, 0x89, 0xe5, 0x48, 0x81, 0xec); // push rbp; mov rbp, rsp; sub rsp, stack
  int32_t frame = t->count;
  put32(t, 0);
  PUT(t, 0x48, 0x83, 0xe4, 0xc0);               // and rsp, -64
  if (t->is_wide) PUT(t, 0xc5, 0xf8, 0x92, 0xc9); // kmovw k1, ecx
  PUT(t, 0x31, 0xc9);                           // xor ecx, ecx
  // What one step needs beside the values that live on.
  const int32_t spare = 4;
  int32_t alive = most_alive(e, 2);
  bool pairs = alive <= e->registers - spare;
  if (!pairs) alive = most_alive(e, 1);
  hoist(e, e->registers - spare - alive);
  if (pairs) emit_loop(e, stored, 2);
  emit_loop(e, stored, 1);
  PUT(t, 0x48, 0x39, 0xf9, 0x0f, 0x84); // cmp rcx, rdi; je end
  int32_t to_end = t->count;
  put32(t, 0);
  if (!t->is_wide) count_rest(e);
  emit_body(e, stored, 1, true);
  patch(t, to_end);
  PUT(t, 0xc5, 0xf8, 0x77, 0x48, 0x89, 0xec, 0x5d, 0xc3); // vzeroupper; mov rsp, rbp; pop rbp; ret
  int32_t stack = e->deepest + 64;
  memcpy(t->bytes + frame, &stack, 4);
}

tw_text tw_assemble(const tw_program *program, const bool *is_scalar, bool is_wide, int32_t *entry) {
  int32_t stored[2 * program->sink_count + 1];
  tw_vector_program steps = {.can_scale = is_wide};
  emitter e = {.program = program, .text = {.is_wide = is_wide}, .registers = is_wide ? 32 : 16,
               .lanes = is_wide ? 16 : 8, .deepest = is_wide ? 0 : 64};
  if (tw_vector_program_make(&steps, program, is_scalar, stored)) {
    e.count = steps.count;
    e.values = calloc((size_t)steps.count + 1, sizeof *e.values);
    if (e.values == NULL) tw_unsupported("tw_code_make (out of memory)", 0, 0);
    for (int r = 0; r < REGISTERS; r++) e.held[r] = NOWHERE;
    for (int32_t i = 0; i < e.count; i++) {
      e.values[i] = (value){.step = &steps.steps[i], .last = NOWHERE, .place = NOWHERE, .slot = NOWHERE};
    }
    find_uses(&e, stored);
    emit(&e, stored, entry);
    free(e.values);
  }
  tw_vector_program_free(&steps);
  return e.text;
}

#endif
