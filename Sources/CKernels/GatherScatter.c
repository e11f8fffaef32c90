#include "Internal.h"

/// Bytes of a line that varies from a few (one element) to megabytes; the small sizes must not call a function.
TW_INLINE void copy_line(void *to, const void *from, size_t bytes) {
  switch (bytes) {
  case 1: memcpy(to, from, 1); return;
  case 2: memcpy(to, from, 2); return;
  case 4: memcpy(to, from, 4); return;
  case 8: memcpy(to, from, 8); return;
  default: memcpy(to, from, bytes); return;
  }
}

int64_t tw_gather(size_t element_size, const void *in, const void *indices, tw_type index_type, void *out,
                  int64_t outer, int64_t n, int64_t inner, int64_t count) {
  if (outer == 0) return -1;
  size_t line = (size_t)inner * element_size;
  const char *source = in;
  char *target = out;
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t k = 0; k < count; k++) {
      int64_t index = tw_resolve_index(indices, index_type, k, n);
      if (TW_UNLIKELY(index < 0)) return k;
      copy_line(target, source + (size_t)index * line, line);
      target += line;
    }
    source += (size_t)n * line;
  }
  return -1;
}

#define ADD_LINE(name, type)                                                                                          \
  static void add_##name(void *to, const void *from, int64_t n) {                                                     \
    type *target = to;                                                                                                \
    const type *source = from;                                                                                        \
    for (int64_t i = 0; i < n; i++) target[i] = (type)(target[i] + source[i]);                                        \
  }

ADD_LINE(float, float)
ADD_LINE(double, double)
ADD_LINE(uint32, uint32_t)
ADD_LINE(uint64, uint64_t)
ADD_LINE(uint8, uint8_t)

static void (*adder(tw_type type))(void *, const void *, int64_t) {
  switch (type) {
  case TW_FLOAT32: return add_float;
  case TW_FLOAT64: return add_double;
  case TW_INT32: return add_uint32;
  case TW_INT64: return add_uint64;
  case TW_UINT8: return add_uint8;
  case TW_FLOAT16:
  case TW_BFLOAT16:
  case TW_BOOL: break;
  }
  tw_unsupported("tw_scatter", TW_SCATTER_ADD, type);
}

int64_t tw_scatter(tw_scatter_mode mode, tw_type type, void *out, const void *indices, tw_type index_type,
                   const void *updates, int64_t outer, int64_t n, int64_t inner, int64_t count) {
  if (outer == 0) return -1;
  size_t line = (size_t)inner * tw_size_of(type);
  void (*add)(void *, const void *, int64_t) = mode == TW_SCATTER_ADD ? adder(type) : NULL;
  char *target = out;
  const char *source = updates;
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t k = 0; k < count; k++) {
      int64_t index = tw_resolve_index(indices, index_type, k, n);
      if (TW_UNLIKELY(index < 0)) return k;
      if (add == NULL) {
        copy_line(target + (size_t)index * line, source, line);
      } else {
        add(target + (size_t)index * line, source, inner);
      }
      source += line;
    }
    target += (size_t)n * line;
  }
  return -1;
}
