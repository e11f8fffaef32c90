// What the families share: the choice of instruction set, the fork-safe scratch, small integer helpers.
#ifndef THALWEG_CKERNELS_INTERNAL_H
#define THALWEG_CKERNELS_INTERNAL_H

#include "CKernels.h"

#include <stdatomic.h>
#include <string.h>

#define TW_HIDDEN __attribute__((visibility("hidden")))
#define TW_INLINE static inline __attribute__((always_inline, unused))
#define TW_UNUSED __attribute__((unused))
#define TW_LIKELY(x) __builtin_expect(!!(x), 1)
#define TW_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define TW_JOIN_(a, b) a##_##b
#define TW_JOIN(a, b) TW_JOIN_(a, b)
/// The name of a function, type or table of the instruction set whose body is being included.
#define TW_NAME(name) TW_JOIN(name, TW_SUFFIX)

enum { TW_LEVEL_UNKNOWN = 0, TW_LEVEL_BASE, TW_LEVEL_AVX2, TW_LEVEL_AVX512 };

TW_HIDDEN extern _Atomic int tw_level_chosen;
TW_HIDDEN int tw_level_detect(void);

TW_INLINE int tw_level(void) {
  int level = atomic_load_explicit(&tw_level_chosen, memory_order_relaxed);
  return TW_LIKELY(level != TW_LEVEL_UNKNOWN) ? level : tw_level_detect();
}

/// The variant of `name` for the instruction set in force; every body defines all the names it dispatches.
#if defined(__x86_64__)
#define TW_BASE portable
#define TW_CHOOSE(name)                                                                                               \
  (tw_level() == TW_LEVEL_AVX512 ? name##_avx512 : tw_level() == TW_LEVEL_AVX2 ? name##_avx2 : name##_portable)
#elif defined(__aarch64__)
#define TW_BASE neon
#define TW_CHOOSE(name) name##_neon
#else
#define TW_BASE portable
#define TW_CHOOSE(name) name##_portable
#endif

/// Memory that the calling thread keeps until it ends, for packing inside one kernel call. NULL if there is none.
/// A second call on the same thread invalidates the first.
TW_HIDDEN void *tw_workspace(size_t bytes);

/// For combinations the header does not define: a mistake of the caller that must not go on with garbage.
TW_HIDDEN _Noreturn void tw_unsupported(const char *what, int op, int type);

TW_INLINE size_t tw_size_of(tw_type type) {
  static const uint8_t sizes[] = {4, 8, 2, 2, 4, 8, 1, 1};
  return sizes[type];
}

TW_INLINE int64_t tw_min(int64_t a, int64_t b) { return a < b ? a : b; }
TW_INLINE int64_t tw_max(int64_t a, int64_t b) { return a > b ? a : b; }

/// The element at `index` of int32 or int64 `indices`, made non-negative for an axis of n; -1 if out of range.
TW_INLINE int64_t tw_resolve_index(const void *indices, tw_type type, int64_t index, int64_t n) {
  int64_t value = type == TW_INT32 ? ((const int32_t *)indices)[index] : ((const int64_t *)indices)[index];
  if (value < 0) value += n;
  return value >= 0 && value < n ? value : -1;
}

#endif
