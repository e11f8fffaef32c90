#include "Internal.h"

#include <stdio.h>
#include <stdlib.h>

_Atomic int tw_level_chosen = TW_LEVEL_UNKNOWN;

static int best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt") &&
              __builtin_cpu_supports("popcnt");
  bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                __builtin_cpu_supports("avx512cd");
  if (avx2 && avx512) return TW_LEVEL_AVX512;
  if (avx2) return TW_LEVEL_AVX2;
#endif
  return TW_LEVEL_BASE;
}

static const char *name_of(int level) {
  if (level == TW_LEVEL_AVX512) return "avx512";
  if (level == TW_LEVEL_AVX2) return "avx2";
#if defined(__aarch64__)
  return "neon";
#else
  return "portable";
#endif
}

int tw_level_detect(void) {
  int level = best_level();
  atomic_store_explicit(&tw_level_chosen, level, memory_order_relaxed);
  return level;
}

const char *tw_instruction_set(void) { return name_of(tw_level()); }

bool tw_force_instruction_set(const char *name) {
  int best = best_level();
  if (name[0] == 0) {
    atomic_store_explicit(&tw_level_chosen, best, memory_order_relaxed);
    return true;
  }
  for (int level = TW_LEVEL_BASE; level <= best; level++) {
    if (strcmp(name, name_of(level)) == 0) {
      atomic_store_explicit(&tw_level_chosen, level, memory_order_relaxed);
      return true;
    }
  }
  return false;
}

void tw_unsupported(const char *what, int op, int type) {
  fprintf(stderr, "CKernels: %s does not support operation %d on type %d\n", what, op, type);
  abort();
}
