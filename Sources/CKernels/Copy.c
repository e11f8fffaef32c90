#include "Internal.h"

/// Elements of both sides, one a line of work: merges neighboring dimensions that walk memory as one.
typedef struct {
  int32_t rank;
  int64_t dims[TW_MAX_RANK], from[TW_MAX_RANK], to[TW_MAX_RANK];
} walk;

static bool collapse(walk *w, int32_t rank, const int64_t *dims, const int64_t *from, const int64_t *to) {
  w->rank = 0;
  for (int32_t d = 0; d < rank; d++) {
    if (dims[d] == 0) return false;
    if (dims[d] == 1) continue;
    int32_t last = w->rank - 1;
    if (last >= 0 && w->from[last] == from[d] * dims[d] && w->to[last] == to[d] * dims[d]) {
      w->dims[last] *= dims[d];
      w->from[last] = from[d];
      w->to[last] = to[d];
    } else {
      w->dims[w->rank] = dims[d];
      w->from[w->rank] = from[d];
      w->to[w->rank] = to[d];
      w->rank++;
    }
  }
  return true;
}

#define BLOCK 16

/// One family of loops for each element size; `unit` is an unsigned integer of that size.
#define COPY_LOOPS(unit)                                                                                              \
  static void line_##unit(int64_t n, const unit *from, int64_t from_stride, unit *to, int64_t to_stride) {            \
    if (to_stride == 1 && from_stride == 1) {                                                                         \
      memcpy(to, from, (size_t)n * sizeof(unit));                                                                     \
    } else if (to_stride == 1 && from_stride == 0) {                                                                  \
      unit value = *from;                                                                                             \
      for (int64_t i = 0; i < n; i++) to[i] = value;                                                                  \
    } else if (to_stride == 1) {                                                                                      \
      for (int64_t i = 0; i < n; i++) to[i] = from[i * from_stride];                                                  \
    } else {                                                                                                          \
      for (int64_t i = 0; i < n; i++) to[i * to_stride] = from[i * from_stride];                                      \
    }                                                                                                                 \
  }                                                                                                                   \
  /* Square blocks keep both sides' cache lines alive while a transpose crosses them. */                              \
  static void plane_##unit(int64_t rows, int64_t columns, const unit *from, int64_t from_row, int64_t from_column,    \
                           unit *to, int64_t to_row, int64_t to_column) {                                             \
    if (columns < BLOCK && rows >= BLOCK) {                                                                           \
      /* Short lines, such as channels of an image: the long side is the inner loop, in pieces that stay in L1. */    \
      for (int64_t r = 0; r < rows; r += 256) {                                                                       \
        for (int64_t c = 0; c < columns; c++) {                                                                       \
          line_##unit(tw_min(256, rows - r), from + r * from_row + c * from_column, from_row,                         \
                      to + r * to_row + c * to_column, to_row);                                                       \
        }                                                                                                             \
      }                                                                                                               \
      return;                                                                                                         \
    }                                                                                                                 \
    if (from_column == 1 || from_column == 0 || rows < BLOCK) {                                                       \
      for (int64_t r = 0; r < rows; r++) {                                                                            \
        line_##unit(columns, from + r * from_row, from_column, to + r * to_row, to_column);                           \
      }                                                                                                               \
      return;                                                                                                         \
    }                                                                                                                 \
    for (int64_t c = 0; c < columns; c += BLOCK) {                                                                    \
      int64_t width = tw_min(BLOCK, columns - c);                                                                     \
      for (int64_t r = 0; r < rows; r++) {                                                                            \
        const unit *source = from + r * from_row + c * from_column;                                                   \
        unit *target = to + r * to_row + c * to_column;                                                               \
        for (int64_t i = 0; i < width; i++) target[i * to_column] = source[i * from_column];                          \
      }                                                                                                               \
    }                                                                                                                 \
  }                                                                                                                   \
  static void copy_##unit(const walk *w, const unit *from, unit *to) {                                                \
    int32_t outer = w->rank > 2 ? w->rank - 2 : 0;                                                                    \
    int64_t at[TW_MAX_RANK] = {0};                                                                                    \
    for (;;) {                                                                                                        \
      if (w->rank == 0) {                                                                                             \
        *to = *from;                                                                                                  \
      } else if (w->rank == 1) {                                                                                      \
        line_##unit(w->dims[0], from, w->from[0], to, w->to[0]);                                                      \
      } else {                                                                                                        \
        plane_##unit(w->dims[outer], w->dims[outer + 1], from, w->from[outer], w->from[outer + 1], to, w->to[outer],  \
                     w->to[outer + 1]);                                                                               \
      }                                                                                                               \
      int32_t d = outer - 1;                                                                                          \
      for (; d >= 0; d--) {                                                                                           \
        from += w->from[d];                                                                                           \
        to += w->to[d];                                                                                               \
        if (++at[d] < w->dims[d]) break;                                                                              \
        from -= w->from[d] * w->dims[d];                                                                              \
        to -= w->to[d] * w->dims[d];                                                                                  \
        at[d] = 0;                                                                                                    \
      }                                                                                                               \
      if (d < 0) return;                                                                                              \
    }                                                                                                                 \
  }                                                                                                                   \
  static void fill_##unit(unit *to, int64_t count, const void *bits) {                                                \
    unit value;                                                                                                       \
    memcpy(&value, bits, sizeof value);                                                                               \
    for (int64_t i = 0; i < count; i++) to[i] = value;                                                                \
  }

COPY_LOOPS(uint8_t)
COPY_LOOPS(uint16_t)
COPY_LOOPS(uint32_t)
COPY_LOOPS(uint64_t)

void tw_copy_strided(size_t element_size, int32_t rank, const int64_t *dims, const void *src,
                     const int64_t *src_strides, void *dst, const int64_t *dst_strides) {
  walk w;
  if (!collapse(&w, rank, dims, src_strides, dst_strides)) return;
  switch (element_size) {
  case 1: copy_uint8_t(&w, src, dst); return;
  case 2: copy_uint16_t(&w, src, dst); return;
  case 4: copy_uint32_t(&w, src, dst); return;
  case 8: copy_uint64_t(&w, src, dst); return;
  default: tw_unsupported("tw_copy_strided", 0, (int)element_size);
  }
}

void tw_fill(size_t element_size, void *dst, int64_t count, const void *value) {
  switch (element_size) {
  case 1: fill_uint8_t(dst, count, value); return;
  case 2: fill_uint16_t(dst, count, value); return;
  case 4: fill_uint32_t(dst, count, value); return;
  case 8: fill_uint64_t(dst, count, value); return;
  default: tw_unsupported("tw_fill", 0, (int)element_size);
  }
}
