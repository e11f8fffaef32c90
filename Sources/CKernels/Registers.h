// Which value of a program lies in which register, on the stack or nowhere, and how it comes into one. Part of Emit.c.
#ifndef THALWEG_CKERNELS_REGISTERS_H
#define THALWEG_CKERNELS_REGISTERS_H

#include "Machine.h"

#if TW_EMITS_CODE

enum { REGISTERS = 32 /* with AVX2 the first half */, NOWHERE = -1, FOREVER = INT32_MAX };

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
  int32_t registers;       // of the processor
  int32_t lanes;           // of a register
  int32_t ones;            // AVX2: offset in the pool of a register full of ones and, behind it, one full of zeros
  int32_t held[REGISTERS]; // the value in each register, or NOWHERE
  bool is_pinned[REGISTERS];
  int32_t stack, deepest; // bytes
  int32_t pending_mask[2]; // by half: the comparison whose result is only in its mask register, or NOWHERE
  bool is_rest;   // masked by k1, or with AVX2 by what r9 points to; then r8 counts the elements
} emitter;

static TW_UNUSED void load_pointer(emitter *e, bool of_sink, int32_t number) { // mov rax, [rsi or rdx + 8 * number]
  PUT(&e->text, 0x48, 0x8b, of_sink ? 0x82 : 0x86);
  put32(&e->text, 8 * number);
}

/// The last few bytes of an array, one by one: between [rax] and [rsp], since no byte beyond them is to be touched.
static TW_UNUSED void copy_bytes(tw_text *t, bool to_stack) {
  PUT(t, 0x45, 0x31, 0xd2); // xor r10d, r10d
  int32_t loop = t->count;
  PUT(t, 0x46, 0x0f, 0xb6, 0x1c, to_stack ? 0x10 : 0x14); // movzx r11d, byte [rax or rsp + r10]
  PUT(t, 0x46, 0x88, 0x1c, to_stack ? 0x14 : 0x10);       // mov [rsp or rax + r10], r11b
  PUT(t, 0x49, 0xff, 0xc2, 0x4d, 0x39, 0xc2, 0x72);       // inc r10; cmp r10, r8; jb loop
  PUT(t, (uint8_t)(loop - (t->count + 1)));
}
static TW_UNUSED void skip_done(tw_text *t) { PUT(t, 0x48, 0x01, 0xc8); } // add rax, rcx

/// Reads of a source, with AVX2.
static TW_UNUSED void load_narrow(emitter *e, const value *v, int reg) {
  tw_text *t = &e->text;
  load_pointer(e, false, (int32_t)v->step->bits);
  if (v->step->op == TW_V_LOAD) {
    operand from = {AT_VECTOR, v->step->half, false};
    if (e->is_rest) vector(t, LOAD, reg, 0, (operand){AT_MASK, 0, false}, 0, false, -1);
    vector(t, e->is_rest ? MASKED_LOAD : LOAD, reg, e->is_rest ? reg : 0, from, 0, false, -1);
    return;
  }
  operand from = {AT_BYTES, v->step->half, false};
  if (e->is_rest) {
    skip_done(t);
    copy_bytes(t, true);
    from = (operand){ON_STACK, 0, false};
  }
  vector(t, WIDEN_BYTES, reg, 0, from, 0, false, -1);
  if (v->step->op == TW_V_LOAD_TRUTH) {
    vector(t, GREATER_INT, reg, reg, (operand){AT_CONSTANT, e->ones + 32, false}, 0, false, -1);
  }
}

static TW_UNUSED void make_in(emitter *e, const value *v, int reg) {
  tw_text *t = &e->text;
  int mask = e->is_rest ? 1 : 0;
  bool is_load = v->step->op == TW_V_LOAD || v->step->op == TW_V_LOAD_BYTES || v->step->op == TW_V_LOAD_TRUTH;
  if (is_load && !t->is_wide) {
    load_narrow(e, v, reg);
    return;
  }
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
    if (t->is_wide) {
      vector(t, BROADCAST_INT, reg, 0, in_register(0), 0, false, -1);
    } else {
      vector(t, FROM_GENERAL, reg, 0, in_register(0), 0, false, -1);
      vector(t, BROADCAST_LOW, reg, 0, in_register(reg), 0, false, -1);
    }
    break;
  case TW_V_LOAD:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, LOAD, reg, 0, (operand){AT_VECTOR, v->step->half, false}, mask, mask != 0, -1);
    break;
  case TW_V_LOAD_BYTES:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, WIDEN_BYTES, reg, 0, (operand){AT_BYTES, v->step->half, false}, mask, mask != 0, -1);
    break;
  case TW_V_LOAD_TRUTH:
    load_pointer(e, false, (int32_t)v->step->bits);
    vector(t, WIDEN_BYTES, reg, 0, (operand){AT_BYTES, v->step->half, false}, mask, mask != 0, -1);
    vector(t, TEST, 3, reg, in_register(reg), 0, false, -1);
    vector(t, MASK_TO_LANES, reg, 0, in_register(3), 0, false, -1);
    break;
  default: break;
  }
}

static TW_UNUSED int take_register(emitter *e) {
  int32_t victim = NOWHERE;
  for (int r = 0; r < e->registers; r++) {
    if (e->held[r] == NOWHERE && !e->is_pinned[r]) return r;
    if (e->held[r] == NOWHERE || e->is_pinned[r] || e->values[e->held[r]].is_hoisted) continue;
    if (victim == NOWHERE || e->values[e->held[r]].last > e->values[e->held[victim]].last) victim = r;
  }
  value *v = &e->values[e->held[victim]];
  if (!tw_vector_is_remade(v->step) && v->slot == NOWHERE) {
    v->slot = e->stack;
    e->stack += 4 * e->lanes;
    e->deepest = e->stack > e->deepest ? e->stack : e->deepest;
    vector(&e->text, STORE, victim, 0, (operand){ON_STACK, v->slot, false}, 0, false, -1);
  }
  v->place = NOWHERE;
  e->held[victim] = NOWHERE;
  return victim;
}

static TW_UNUSED void hold(emitter *e, int32_t number, int reg) {
  e->held[reg] = number;
  e->values[number].place = reg;
}

static TW_UNUSED void drop(emitter *e, int32_t number) {
  value *v = &e->values[number];
  if (v->place == NOWHERE || v->is_hoisted) return;
  e->held[v->place] = NOWHERE;
  v->place = NOWHERE;
}

/// The register with the value, pinned until the step is done.
static TW_UNUSED int reg_of(emitter *e, int32_t number) {
  value *v = &e->values[number];
  if (v->place == NOWHERE) {
    int reg = take_register(e);
    if (tw_vector_is_remade(v->step)) {
      make_in(e, v, reg);
    } else {
      vector(&e->text, LOAD, reg, 0, (operand){ON_STACK, v->slot, false}, 0, false, -1);
    }
    hold(e, number, reg);
  }
  e->is_pinned[v->place] = true;
  return v->place;
}

/// Constants and, where the processor broadcasts on the way, scalars.
static TW_UNUSED bool stays_in_memory(const emitter *e, int32_t number) {
  const value *v = &e->values[number];
  return v->place == NOWHERE && (v->step->op == TW_V_CONSTANT || (v->step->op == TW_V_SCALAR && e->text.is_wide));
}

/// The value as the last operand: constants and scalars may stay in memory. Call it after the other operands.
static TW_UNUSED operand operand_of(emitter *e, int32_t number) {
  value *v = &e->values[number];
  if (!stays_in_memory(e, number)) return in_register(reg_of(e, number));
  if (v->step->op == TW_V_CONSTANT) return (operand){AT_CONSTANT, v->pool, e->text.is_wide};
  load_pointer(e, false, (int32_t)v->step->bits);
  return (operand){AT_SCALAR, 0, true};
}

/// A register for the result of step `i`: that of an operand nobody reads any more, if there is one.
static TW_UNUSED int result_register(emitter *e, int32_t i) {
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

static TW_UNUSED bool dies(const emitter *e, int32_t number, int32_t i) {
  const value *v = &e->values[number];
  return v->last <= i && v->place != NOWHERE && !v->is_hoisted;
}

#endif

#endif
