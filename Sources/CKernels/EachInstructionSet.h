// Includes the file TW_BODY once for each instruction set of the architecture, with TW_SUFFIX for its names and TW_BYTES
// for the width of its vectors. No include guard: a family includes it once for each of its bodies.
//
// The target string spells out the AVX-512 parts because "arch=x86-64-v4" makes the compiler stop at 256 bits.
// Helpers may pass vectors wider than a register of the instruction set: harmless inside one file, hence no warning.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)

#define TW_SUFFIX avx512
#define TW_BYTES 64
#define TW_HAS_FMA 1
#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))),       \
    apply_to = function)
#include TW_BODY
#pragma clang attribute pop
#undef TW_SUFFIX
#undef TW_BYTES

#define TW_SUFFIX avx2
#define TW_BYTES 32
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#include TW_BODY
#pragma clang attribute pop
#undef TW_SUFFIX
#undef TW_BYTES
#undef TW_HAS_FMA

#endif

#define TW_SUFFIX TW_BASE
#define TW_BYTES 16
#if defined(__aarch64__)
#define TW_HAS_FMA 1
#else
#define TW_HAS_FMA 0
#endif
#include TW_BODY
#undef TW_SUFFIX
#undef TW_BYTES
#undef TW_HAS_FMA
#undef TW_BODY
#pragma clang diagnostic pop
