// Vector types of the instruction set being included, all with TW_LANES elements whatever their element type, so that
// conversions are one builtin; and loops over them. The last part of a loop runs the same vector code on a padded copy:
// no element's value depends on where a range of work begins or ends.
#ifndef THALWEG_CKERNELS_VECTOR_H
#define THALWEG_CKERNELS_VECTOR_H

#define TW_LANES (TW_BYTES / 4)
#define TW_VECTOR(type, count) type __attribute__((ext_vector_type(count)))

#define f32v TW_NAME(f32v)
#define f64v TW_NAME(f64v)
#define i8v TW_NAME(i8v)
#define u8v TW_NAME(u8v)
#define u16v TW_NAME(u16v)
#define i32v TW_NAME(i32v)
#define u32v TW_NAME(u32v)
#define i64v TW_NAME(i64v)
#define u64v TW_NAME(u64v)
#define u8w TW_NAME(u8w)
#define i8w TW_NAME(i8w)

/// A constant in all lanes: a scalar converts to an extended vector by itself only in arithmetic.
#define F32(x) ((f32v)(float)(x))
#define F64(x) ((f64v)(double)(x))

#define TW_CONVERT(value, type) __builtin_convertvector(value, type)

/// Loads `lanes` elements into `value`, or the last ones before n with zeros behind them.
#define TW_LOAD(value, pointer, lanes)                                                                                \
  do {                                                                                                                \
    const char *from_ = (const char *)(pointer) + i * (int64_t)(sizeof(value) / (lanes));                             \
    if (TW_LIKELY(n - i >= (lanes))) {                                                                                \
      __builtin_memcpy(&value, from_, sizeof value);                                                                  \
    } else {                                                                                                          \
      memset(&value, 0, sizeof value);                                                                                \
      memcpy(&value, from_, (size_t)(n - i) * (sizeof(value) / (lanes)));                                             \
    }                                                                                                                 \
  } while (0)

#define TW_STORE(pointer, value, lanes)                                                                               \
  do {                                                                                                                \
    char *to_ = (char *)(pointer) + i * (int64_t)(sizeof(value) / (lanes));                                           \
    if (TW_LIKELY(n - i >= (lanes))) {                                                                                \
      __builtin_memcpy(to_, &value, sizeof value);                                                                    \
    } else {                                                                                                          \
      memcpy(to_, &value, (size_t)(n - i) * (sizeof(value) / (lanes)));                                               \
    }                                                                                                                 \
  } while (0)

#define TW_KERNEL(name)                                                                                               \
  static void TW_NAME(name)(int64_t n, void *to, const void *pa, const void *pb, const void *pc)

#define TW_UNARY(name, in, out, lanes, expression)                                                                    \
  TW_KERNEL(name) {                                                                                                   \
    (void)pb, (void)pc;                                                                                               \
    for (int64_t i = 0; i < n; i += (lanes)) {                                                                        \
      in a;                                                                                                           \
      TW_LOAD(a, pa, lanes);                                                                                          \
      out result = expression;                                                                                        \
      TW_STORE(to, result, lanes);                                                                                    \
    }                                                                                                                 \
  }

#define TW_BINARY(name, in, out, lanes, expression)                                                                   \
  TW_KERNEL(name) {                                                                                                   \
    (void)pc;                                                                                                         \
    for (int64_t i = 0; i < n; i += (lanes)) {                                                                        \
      in a, b;                                                                                                        \
      TW_LOAD(a, pa, lanes);                                                                                          \
      TW_LOAD(b, pb, lanes);                                                                                          \
      out result = expression;                                                                                        \
      TW_STORE(to, result, lanes);                                                                                    \
    }                                                                                                                 \
  }

#define TW_TERNARY(name, first, in, out, lanes, expression)                                                           \
  TW_KERNEL(name) {                                                                                                   \
    for (int64_t i = 0; i < n; i += (lanes)) {                                                                        \
      first a;                                                                                                        \
      in b, c;                                                                                                        \
      TW_LOAD(a, pa, lanes);                                                                                          \
      TW_LOAD(b, pb, lanes);                                                                                          \
      TW_LOAD(c, pc, lanes);                                                                                          \
      out result = expression;                                                                                        \
      TW_STORE(to, result, lanes);                                                                                    \
    }                                                                                                                 \
  }

/// A function of scalars on each lane.
#define TW_EACH_1(name, vector, function)                                                                             \
  TW_INLINE vector TW_NAME(name)(vector a) {                                                                      \
    for (int lane = 0; lane < TW_LANES; lane++) a[lane] = function(a[lane]);                                          \
    return a;                                                                                                         \
  }

#define TW_EACH_2(name, vector, function)                                                                             \
  TW_INLINE vector TW_NAME(name)(vector a, vector b) {                                                            \
    for (int lane = 0; lane < TW_LANES; lane++) a[lane] = function(a[lane], b[lane]);                                 \
    return a;                                                                                                         \
  }

#endif

typedef TW_VECTOR(float, TW_LANES) f32v;
typedef TW_VECTOR(double, TW_LANES) f64v;
typedef TW_VECTOR(int8_t, TW_LANES) i8v;
typedef TW_VECTOR(uint8_t, TW_LANES) u8v;
typedef TW_VECTOR(uint16_t, TW_LANES) u16v;
typedef TW_VECTOR(int32_t, TW_LANES) i32v;
typedef TW_VECTOR(uint32_t, TW_LANES) u32v;
// Not int64_t, which is long long on some systems: comparisons of 64-bit lanes give vectors of long.
typedef TW_VECTOR(long, TW_LANES) i64v;
typedef TW_VECTOR(unsigned long, TW_LANES) u64v;
// Whole registers of bytes.
typedef TW_VECTOR(uint8_t, TW_BYTES) u8w;
typedef TW_VECTOR(int8_t, TW_BYTES) i8w;
