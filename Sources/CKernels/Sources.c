#include "Sources.h"

/// Elements of the smallest suffix of the iteration space that the source repeats; 1 if it never varies.
static int64_t period_of(const tw_program *program, const tw_source *source, bool *contiguous) {
  int64_t period = 1, varying = 1;
  *contiguous = true;
  for (int32_t d = program->rank - 1; d >= 0; d--) {
    varying *= program->dims[d];
    if (program->dims[d] > 1 && source->strides[d] != 0) period = varying;
  }
  int64_t expected = 1;
  for (int32_t d = program->rank - 1; d >= 0 && expected < period; d--) {
    if (program->dims[d] > 1 && source->strides[d] != expected) *contiguous = false;
    expected *= program->dims[d];
  }
  return period;
}

tw_filler tw_make_filler(const tw_program *program, const tw_source *source) {
  tw_filler filler = {.size = (uint8_t)tw_size_of((tw_type)source->type)};
  switch ((tw_source_kind)source->kind) {
  case TW_SOURCE_CONTIGUOUS: filler.mode = TW_FILL_ALIAS; break;
  case TW_SOURCE_SCALAR: filler.mode = TW_FILL_SCALAR; break;
  case TW_SOURCE_CONSTANT: filler.mode = TW_FILL_ONCE; break;
  case TW_SOURCE_INDEX: filler.mode = TW_FILL_INDEX; break;
  case TW_SOURCE_STRIDED: {
    bool contiguous;
    filler.period = period_of(program, source, &contiguous);
    if (filler.period == 1) {
      filler.mode = TW_FILL_SCALAR;
    } else if (filler.period <= TW_TILE) {
      filler.mode = TW_FILL_PATTERN;
    } else {
      filler.mode = contiguous ? TW_FILL_PERIOD : TW_FILL_STRIDED;
    }
    break;
  }
  }
  return filler;
}

int64_t tw_filler_bytes(const tw_filler *filler) {
  return (TW_TILE + (filler->mode == TW_FILL_PATTERN ? filler->period : 0)) * filler->size;
}

/// A few bytes without a call: overlapping moves of the two ends.
TW_INLINE void copy_short(char *to, const char *from, int64_t bytes) {
  if (bytes >= 64) {
    memcpy(to, from, (size_t)bytes);
  } else if (bytes >= 32) {
    __builtin_memcpy(to, from, 32);
    __builtin_memcpy(to + bytes - 32, from + bytes - 32, 32);
  } else if (bytes >= 16) {
    __builtin_memcpy(to, from, 16);
    __builtin_memcpy(to + bytes - 16, from + bytes - 16, 16);
  } else if (bytes >= 8) {
    __builtin_memcpy(to, from, 8);
    __builtin_memcpy(to + bytes - 8, from + bytes - 8, 8);
  } else if (bytes >= 4) {
    __builtin_memcpy(to, from, 4);
    __builtin_memcpy(to + bytes - 4, from + bytes - 4, 4);
  } else {
    for (int64_t i = 0; i < bytes; i++) to[i] = from[i];
  }
}

/// Elements stored at a time where a short run may write past its end, because what follows is written next.
#define BURST 16

#define SOURCE_LOOPS(unit)                                                                                            \
  static void splat_##unit(unit *to, int64_t n, uint64_t bits) {                                                      \
    unit value = (unit)bits;                                                                                          \
    for (int64_t i = 0; i < n; i++) to[i] = value;                                                                    \
  }                                                                                                                   \
  /* `rows` runs of `length` elements; `room` elements may be written at `to`. */                                     \
  static void rows_##unit(unit *to, int64_t room, const unit *from, int64_t rows, int64_t row_stride, int64_t length, \
                          int64_t stride) {                                                                           \
    if (stride == 1) {                                                                                                \
      for (int64_t r = 0; r < rows; r++, to += length, from += row_stride) {                                          \
        copy_short((char *)to, (const char *)from, length * (int64_t)sizeof(unit));                                   \
      }                                                                                                               \
    } else if (stride == 0) {                                                                                         \
      for (int64_t r = 0; r < rows; r++, to += length, room -= length, from += row_stride) {                          \
        unit value = *from;                                                                                           \
        int64_t x = 0;                                                                                                \
        for (; x < length && room - x >= BURST; x += BURST) {                                                         \
          for (int64_t y = 0; y < BURST; y++) to[x + y] = value;                                                      \
        }                                                                                                             \
        for (; x < length; x++) to[x] = value;                                                                        \
      }                                                                                                               \
    } else {                                                                                                          \
      for (int64_t r = 0; r < rows; r++, to += length, from += row_stride) {                                          \
        for (int64_t x = 0; x < length; x++) to[x] = from[x * stride];                                                \
      }                                                                                                               \
    }                                                                                                                 \
  }                                                                                                                   \
  static void walk_##unit(const tw_program *program, const int64_t *strides, const unit *from, int64_t begin,         \
                          int64_t n, unit *to) {                                                                      \
    int64_t at[TW_MAX_RANK] = {0};                                                                                    \
    int32_t last = program->rank - 1;                                                                                 \
    const int64_t *dims = program->dims;                                                                              \
    int64_t rest = begin;                                                                                             \
    for (int32_t d = last; d >= 0; d--) {                                                                             \
      at[d] = rest % dims[d];                                                                                         \
      rest /= dims[d];                                                                                                \
      from += at[d] * strides[d];                                                                                     \
    }                                                                                                                 \
    while (n > 0) {                                                                                                   \
      /* Either the rest of one innermost run, or as many whole runs as fit before the next dimension turns. */       \
      int64_t rows = 1, length = tw_min(dims[last] - at[last], n), row_stride = 0;                                    \
      if (at[last] == 0 && last > 0 && n >= dims[last]) {                                                             \
        rows = tw_min(dims[last - 1] - at[last - 1], n / dims[last]);                                                 \
        row_stride = strides[last - 1];                                                                               \
      }                                                                                                               \
      rows_##unit(to, n, from, rows, row_stride, length, strides[last]);                                              \
      to += rows * length;                                                                                            \
      n -= rows * length;                                                                                             \
      if (n == 0) return;                                                                                             \
      /* The innermost run is complete: count rows in the dimension above and carry. */                               \
      from -= at[last] * strides[last];                                                                               \
      at[last] = 0;                                                                                                   \
      int32_t d = last - 1;                                                                                           \
      if (d < 0) return;                                                                                              \
      at[d] += rows;                                                                                                  \
      from += rows * strides[d];                                                                                      \
      while (at[d] == dims[d] && d > 0) {                                                                             \
        from -= at[d] * strides[d];                                                                                   \
        at[d] = 0;                                                                                                    \
        d--;                                                                                                          \
        at[d]++;                                                                                                      \
        from += strides[d];                                                                                           \
      }                                                                                                               \
    }                                                                                                                 \
  }

SOURCE_LOOPS(uint8_t)
SOURCE_LOOPS(uint16_t)
SOURCE_LOOPS(uint32_t)
SOURCE_LOOPS(uint64_t)

#define BY_SIZE(size, function, ...)                                                                                  \
  switch (size) {                                                                                                     \
  case 1: function##_uint8_t(__VA_ARGS__); break;                                                                     \
  case 2: function##_uint16_t(__VA_ARGS__); break;                                                                    \
  case 4: function##_uint32_t(__VA_ARGS__); break;                                                                    \
  default: function##_uint64_t(__VA_ARGS__); break;                                                                   \
  }

void tw_prepare_filler(const tw_program *program, const tw_source *source, const tw_filler *filler, const void *input,
                       int64_t n, void *slot) {
  if (filler->mode == TW_FILL_ONCE) {
    BY_SIZE(filler->size, splat, slot, n, source->constant);
  } else if (filler->mode == TW_FILL_SCALAR) {
    uint64_t bits = 0;
    memcpy(&bits, input, filler->size);
    BY_SIZE(filler->size, splat, slot, n, bits);
  } else if (filler->mode == TW_FILL_PATTERN) {
    BY_SIZE(filler->size, walk, program, source->strides, input, 0, filler->period, slot);
    // Doubling: what is laid out is a whole number of periods until the last step.
    char *bytes = slot;
    int64_t done = filler->period * filler->size, wanted = (filler->period + n) * filler->size;
    while (done < wanted) {
      int64_t step = tw_min(done, wanted - done);
      memcpy(bytes + done, bytes, (size_t)step);
      done += step;
    }
  }
}

static void fill_index(const tw_source *source, int64_t begin, int64_t n, int64_t *to) {
  int64_t inner = source->index_inner, size = source->index_size;
  int64_t within = begin % inner, coordinate = begin / inner % size;
  int64_t i = 0;
  while (i < n) {
    if (inner == 1) {
      int64_t run = tw_min(n - i, size - coordinate);
      for (int64_t x = 0; x < run; x++) to[i + x] = coordinate + x;
      i += run;
      coordinate = 0;
    } else {
      int64_t run = tw_min(n - i, inner - within);
      for (int64_t x = 0; x < run; x++) to[i + x] = coordinate;
      i += run;
      within = 0;
      coordinate = coordinate + 1 == size ? 0 : coordinate + 1;
    }
  }
}

const void *tw_fill_tile(const tw_program *program, const tw_source *source, const tw_filler *filler,
                         const void *from, int64_t begin, int64_t n, void *slot) {
  int64_t size = filler->size;
  const char *input = from;
  switch (filler->mode) {
  case TW_FILL_ALIAS: return input + begin * size;
  case TW_FILL_SCALAR:
  case TW_FILL_ONCE: return slot;
  case TW_FILL_PATTERN: return (const char *)slot + begin % filler->period * size;
  case TW_FILL_PERIOD: {
    int64_t phase = begin % filler->period;
    if (phase + n <= filler->period) return input + phase * size;
    char *to = slot;
    for (int64_t done = 0; done < n;) {
      int64_t run = tw_min(n - done, filler->period - phase);
      memcpy(to + done * size, input + phase * size, (size_t)(run * size));
      done += run;
      phase = 0;
    }
    return slot;
  }
  case TW_FILL_STRIDED: BY_SIZE(size, walk, program, source->strides, from, begin, n, slot); return slot;
  case TW_FILL_INDEX: fill_index(source, begin, n, slot); return slot;
  }
  return slot;
}
