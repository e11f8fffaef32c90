// The table of elementwise loops, one for each operation, type and instruction set.
#ifndef THALWEG_CKERNELS_KERNELS_H
#define THALWEG_CKERNELS_KERNELS_H

#include "Internal.h"

/// to[i] = op(a[i], b[i], c[i]) for i < n; `to` may be one of the operands.
typedef void (*tw_kernel)(int64_t n, void *to, const void *a, const void *b, const void *c);

TW_HIDDEN tw_kernel tw_kernel_for(const tw_instruction *instruction);

/// Operands of an operation.
TW_INLINE int tw_operand_count(uint8_t opcode) { return opcode < TW_ADD ? 1 : opcode < TW_SELECT ? 2 : 3; }

enum { TW_ROW_F32 = 0, TW_ROW_F64, TW_ROW_I32, TW_ROW_I64, TW_ROW_U8, TW_ROW_COUNT };

#endif
