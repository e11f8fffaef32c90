// Bytes of x86-64 with AVX-512 (16 floats in a register) or AVX2 (8).
#ifndef THALWEG_CKERNELS_MACHINE_H
#define THALWEG_CKERNELS_MACHINE_H

#include "Emit.h"
#include "Kernels.h"

#include <stdlib.h>

#if defined(__x86_64__) && defined(__linux__)
#define TW_EMITS_CODE 1

typedef struct {
  uint8_t *bytes;
  int32_t count, capacity;
  bool is_wide; // AVX-512
} tw_text;

/// The pool of constants, then the code from `entry` on. Empty where there is no code. `is_wide`: for AVX-512, else for AVX2.
TW_HIDDEN tw_text tw_assemble(const tw_program *program, const bool *is_scalar, bool is_wide, int32_t *entry);

TW_INLINE void put(tw_text *t, const void *bytes, int32_t count) {
  if (t->count + count > t->capacity) {
    t->capacity = t->capacity * 2 + count + 1024;
    t->bytes = realloc(t->bytes, (size_t)t->capacity);
    if (t->bytes == NULL) tw_unsupported("tw_code_make (out of memory)", 0, 0);
  }
  memcpy(t->bytes + t->count, bytes, (size_t)count);
  t->count += count;
}
#define PUT(t, ...) put(t, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
TW_INLINE void put32(tw_text *t, int32_t value) { put(t, &value, 4); }

/// The operand that may be in memory.
typedef enum { IN_REGISTER, AT_CONSTANT, AT_SCALAR, AT_VECTOR, AT_BYTES, ON_STACK, AT_MASK } where;
typedef struct {
  where where;
  int32_t number;  // register, offset in the pool of constants or on the stack, half of a vector
  bool broadcasts; // one element to all lanes, on its way into arithmetic
} operand;

typedef struct {
  uint8_t map, prefix, opcode; // map 1: 0F, 2: 0F38, 3: 0F3A; prefix 0: none, 1: 66, 2: F3
  bool is_half;                // 128 bits under VEX
} code;

/// One instruction, W0: under EVEX 512 bits wide, under VEX 256. `to`: the register field; `first`: the register in the prefix.
/// mask: of k registers, 0 for none; zeroes: masked lanes become 0; both under EVEX only. immediate: -1 for none.
static inline TW_UNUSED void vector(tw_text *t, code c, int to, int first, operand second, int mask, bool zeroes, int immediate) {
  int rm = second.where == IN_REGISTER ? second.number : second.where == AT_MASK ? 9 : 0;
  if (t->is_wide) {
    PUT(t, 0x62,
        (uint8_t)((~to >> 3 & 1) << 7 | (~rm >> 4 & 1) << 6 | (~rm >> 3 & 1) << 5 | (~to >> 4 & 1) << 4 | c.map),
        (uint8_t)((~first & 15) << 3 | 1 << 2 | c.prefix),
        (uint8_t)(zeroes << 7 | 2 << 5 | second.broadcasts << 4 | (~first >> 4 & 1) << 3 | mask), c.opcode);
  } else {
    PUT(t, 0xc4, (uint8_t)((~to >> 3 & 1) << 7 | 1 << 6 | (~rm >> 3 & 1) << 5 | c.map),
        (uint8_t)((~first & 15) << 3 | !c.is_half << 2 | c.prefix), c.opcode);
  }
  uint8_t reg = (uint8_t)((to & 7) << 3);
  switch (second.where) {
  case IN_REGISTER: PUT(t, (uint8_t)(0xc0 | reg | (rm & 7))); break;
  case AT_CONSTANT: // from the end of the instruction; the pool comes first
    PUT(t, (uint8_t)(reg | 5));
    put32(t, second.number - (t->count + 4 + (immediate >= 0)));
    break;
  case AT_SCALAR: PUT(t, reg); break;                                   // [rax]
  case AT_VECTOR: case AT_BYTES: { // [rax + rcx * 4 or 1 + half], under EVEX in units of what is read
    int unit = t->is_wide ? 1 : second.where == AT_VECTOR ? 32 : 8;
    PUT(t, (uint8_t)(0x40 | reg | 4), second.where == AT_VECTOR ? 0x88 : 0x08, (uint8_t)(second.number * unit));
    break;
  }
  case AT_MASK: PUT(t, (uint8_t)(reg | 1)); break; // [r9]
  case ON_STACK: PUT(t, (uint8_t)(0x80 | reg | 4), 0x24); put32(t, second.number); break; // [rsp + n]
  }
  if (immediate >= 0) PUT(t, (uint8_t)immediate);
}

TW_UNUSED static const code LOAD = {1, 0, 0x10}, STORE = {1, 0, 0x11}, BROADCAST = {2, 1, 0x18}, MASK_TO_LANES = {2, 2, 0x38},
                  LANES_TO_MASK = {2, 2, 0x39}, WIDEN_BYTES = {2, 1, 0x31}, STORE_BYTES = {2, 2, 0x31},
                  SHIFT = {1, 1, 0x72}, BROADCAST_INT = {2, 1, 0x7c}, COMPARE = {1, 0, 0xc2}, BLEND = {2, 1, 0x65},
                  TEST = {2, 1, 0x27};
// Under VEX only.
TW_UNUSED static const code MASKED_LOAD = {2, 1, 0x2c}, MASKED_STORE = {2, 1, 0x2e}, GREATER_INT = {1, 1, 0x66},
                  SELECT_BY_SIGN = {3, 1, 0x4a}, BROADCAST_LOW = {2, 1, 0x58}, UPPER_HALF = {3, 1, 0x39},
                  PACK_INT = {2, 1, 0x2b, true}, PACK_SHORT = {1, 1, 0x67, true}, STORE_LOW = {1, 1, 0xd6, true},
                  FROM_GENERAL = {1, 1, 0x6e, true};

TW_INLINE operand in_register(int number) { return (operand){IN_REGISTER, number, false}; }

#else
#define TW_EMITS_CODE 0
#endif

#endif
