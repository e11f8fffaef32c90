// The CPU kernels Thalweg owns: tiles of elementwise work, reductions, copies, products that oneDNN does not cover,
// counter-based random numbers, memory and the thread pool. Every function is deterministic and single-threaded unless
// it takes a pool; the caller splits work into chunks that depend on the problem only, never on the thread count.
#ifndef THALWEG_CKERNELS_H
#define THALWEG_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TW_MAX_RANK 12

/// Element types, in the order of Swift's `DataType`.
typedef enum {
  TW_FLOAT32 = 0,
  TW_FLOAT64,
  TW_FLOAT16,
  TW_BFLOAT16,
  TW_INT32,
  TW_INT64,
  TW_UINT8,
  TW_BOOL,
} tw_type;

// MARK: Elementwise tile programs

/// One instruction works on a tile of up to TW_TILE elements. Arithmetic is defined for float32, float64, int32, int64
/// and uint8 (wrapping); float16 and bfloat16 exist for TW_CAST and loads only. Integer division and remainder floor
/// (Python's rule); by zero they give 0. Comparisons and logic give TW_BOOL (bytes 0 or 1).
typedef enum {
  // unary: dst = op(a), `type` is the type of a (and of dst, unless said)
  TW_COPY = 0,
  TW_NEGATE, TW_ABS, TW_SIGN,
  TW_EXP, TW_EXPM1, TW_LOG, TW_LOG1P, TW_SQRT, TW_RSQRT, TW_RECIPROCAL, TW_SQUARE,
  TW_SIN, TW_COS, TW_TAN, TW_ASIN, TW_ACOS, TW_ATAN, TW_SINH, TW_COSH, TW_TANH, TW_SIGMOID, TW_ERF,
  TW_FLOOR, TW_CEIL, TW_ROUND /* half to even */,
  TW_NOT /* bool */, TW_ISNAN /* -> bool */, TW_ISFINITE /* -> bool */,
  TW_CAST /* from `type` to `type2`; float -> integer truncates and saturates, NaN gives 0; to bool: != 0 */,
  // binary: dst = op(a, b)
  TW_ADD, TW_SUB, TW_MUL, TW_DIV, TW_POW, TW_MAX /* NaN wins */, TW_MIN /* NaN wins */, TW_REMAINDER, TW_ATAN2,
  TW_AND, TW_OR, TW_XOR, // bool
  TW_EQ, TW_NE, TW_LT, TW_LE, TW_GT, TW_GE, // -> bool
  // ternary
  TW_SELECT, // dst = a ? b : c; `type` is the type of b and c, a is bool
  // floating types; may round once or twice, the same everywhere in one build
  TW_FMA,  // dst = a * b + c
  TW_FMS,  // dst = a * b - c
  TW_FNMA, // dst = c - a * b
  TW_OPCODE_COUNT
} tw_opcode;

/// Elements in a tile.
#define TW_TILE 256

typedef struct {
  uint8_t opcode; // tw_opcode
  uint8_t type;   // tw_type of the operands
  uint8_t type2;  // tw_type of the result of TW_CAST
  uint8_t pad;
  uint16_t dst, a, b, c; // register numbers
} tw_instruction;

/// How a register gets its first value for a tile.
typedef enum {
  TW_SOURCE_CONTIGUOUS = 0, // element i of the output's order is element i of the input
  TW_SOURCE_SCALAR,         // one element for all (an input with one element)
  TW_SOURCE_STRIDED,        // broadcasts and permutations: strides over the iteration space
  TW_SOURCE_CONSTANT,       // the `constant` field: its first sizeof(type) bytes
  TW_SOURCE_INDEX,          // int64: the coordinate along an axis: (i / index_inner) % index_size
} tw_source_kind;

typedef struct {
  uint8_t kind;         // tw_source_kind
  uint8_t type;         // tw_type
  uint16_t reg;         // register it fills
  int32_t input;        // index into the array of input pointers
  uint64_t constant;    // bits, little-endian
  int64_t index_inner, index_size;
  int64_t strides[TW_MAX_RANK]; // in elements; 0 where broadcast; for TW_SOURCE_STRIDED
} tw_source;

typedef struct {
  uint16_t reg;
  uint8_t type;
  uint8_t pad;
  int32_t output; // index into the array of output pointers; outputs are contiguous over the iteration space
} tw_sink;

/// A program over an iteration space of `rank` dimensions (already collapsed by the caller; dims[rank-1] is fastest).
typedef struct {
  int32_t rank, source_count, instruction_count, sink_count, register_count;
  int64_t dims[TW_MAX_RANK];
  const tw_source *sources;
  const tw_instruction *instructions;
  const tw_sink *sinks;
} tw_program;

/// A program made ready to run. The program is copied. No instruction writes a source's register, and every sink's
/// register is written by an instruction.
typedef struct tw_loop tw_loop;
tw_loop *tw_loop_make(const tw_program *program);
void tw_loop_free(tw_loop *loop);
/// For tests: from now on the loop is interpreted. Whether machine code had been made for it.
bool tw_loop_forget_code(tw_loop *loop);
int64_t tw_loop_scratch_bytes(const tw_loop *loop);
/// Computes elements [begin, end) of the iteration space in linear order. An output may be the same memory as a
/// contiguous input (in place), not overlap it otherwise.
/// `scratch` holds tw_loop_scratch_bytes, 64-byte aligned, one per thread.
void tw_loop_run(const tw_loop *loop, const void *const *inputs, void *const *outputs, int64_t begin, int64_t end,
                 void *scratch);

// MARK: Reductions over [outer, n, inner] -> [outer, inner]

typedef enum { TW_SUM = 0, TW_PRODUCT, TW_REDUCE_MAX, TW_REDUCE_MIN, TW_ANY, TW_ALL } tw_reduction;

/// Floating sums accumulate in blocks (error grows with log n or in float64); max and min propagate NaN.
/// An empty n gives the identity (0, 1, -inf/lowest, +inf/greatest, false, true).
void tw_reduce(tw_reduction op, tw_type type, const void *in, void *out, int64_t outer, int64_t n, int64_t inner);
/// Index of the first greatest (least) element as int64; a NaN counts as the greatest (least).
void tw_arg_reduce(bool greatest, tw_type type, const void *in, int64_t *out, int64_t outer, int64_t n, int64_t inner);
typedef enum { TW_CUMULATIVE_SUM = 0, TW_CUMULATIVE_PRODUCT, TW_CUMULATIVE_MAX, TW_CUMULATIVE_MIN } tw_scan;
void tw_cumulative(tw_scan op, tw_type type, const void *in, void *out, int64_t outer, int64_t n, int64_t inner,
                   bool reverse, bool exclusive);
/// Stable ascending or descending order along n, as int64 indices; NaN sorts after every number in both directions.
/// Returns 0, or ENOMEM.
int tw_argsort(tw_type type, const void *in, int64_t *out, int64_t outer, int64_t n, int64_t inner, bool descending);

// MARK: Copies

/// dst[i...] = src[i...] over dims with element strides on both sides (0 allowed in src, negative allowed in src).
void tw_copy_strided(size_t element_size, int32_t rank, const int64_t *dims, const void *src,
                     const int64_t *src_strides, void *dst, const int64_t *dst_strides);
void tw_fill(size_t element_size, void *dst, int64_t count, const void *value);

/// out[o, k, i] = in[o, indices[k], i] for in [outer, n, inner], indices [count] of int32 or int64. Negative indices count
/// from the end. Returns -1, or the position k of the first index out of range (nothing is promised of out then).
int64_t tw_gather(size_t element_size, const void *in, const void *indices, tw_type index_type, void *out,
                  int64_t outer, int64_t n, int64_t inner, int64_t count);
/// out[o, indices[k], i] (+)= updates[o, k, i], in the order of k. Returns as tw_gather.
typedef enum { TW_SCATTER_SET = 0, TW_SCATTER_ADD } tw_scatter_mode;
int64_t tw_scatter(tw_scatter_mode mode, tw_type type, void *out, const void *indices, tw_type index_type,
                   const void *updates, int64_t outer, int64_t n, int64_t inner, int64_t count);

// MARK: Matrix products, row-major: C[m,n] = A'[m,k] B'[k,n] (+ C if accumulate), A' = A or its transpose

/// The part of C in rows [row_begin, row_end). float64 and integers by blocked loops; float32 too (used where oneDNN
/// does not pay: matrix times vector, tiny products). lda etc. are row strides of the stored matrices.
void tw_gemm_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a, int64_t lda, const double *b,
                 int64_t ldb, double *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate);
void tw_gemm_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                 int64_t ldb, float *c, int64_t ldc, int64_t row_begin, int64_t row_end, bool accumulate);
/// Whether tw_gemm_f32 beats a general library that packs its operands: thin, tiny and very long products.
bool tw_gemm_f32_pays(bool ta, bool tb, int64_t m, int64_t n, int64_t k);
/// B' laid out once for many calls of tw_gemm_f32_packed, part by part (parts are independent). `to` has room for
/// packed_count elements.
int64_t tw_gemm_f32_packed_count(int64_t n, int64_t k);
int64_t tw_gemm_f32_pack_parts(int64_t n, int64_t k);
void tw_gemm_f32_pack(bool tb, int64_t n, int64_t k, const float *b, int64_t ldb, float *to, int64_t part);
/// Multiples of it are whole panels for every instruction set.
#define TW_GEMM_COLUMNS 48
/// Rows and columns of a product as tw_gemm_f32 without accumulation, k > 0. `column_begin` is a multiple of
/// TW_GEMM_COLUMNS, and so is `column_end` if it is not n.
void tw_gemm_f32_packed(bool ta, int64_t n, int64_t k, const float *a, int64_t lda, const float *packed, float *c,
                        int64_t ldc, int64_t row_begin, int64_t row_end, int64_t column_begin, int64_t column_end);
/// The same for the rows of A that a window sees on its way over lines of pixels: `lines` times `pixels` rows, `pixel_step` and
/// `line_step` elements apart, which may overlap. C is [lines * pixels, n].
void tw_gemm_f32_lines(int64_t n, int64_t k, const float *a, int64_t line_step, int64_t pixel_step, const float *packed,
                       float *c, int64_t lines, int64_t pixels, int64_t column_begin, int64_t column_end,
                       bool accumulate);
/// The same with operands rounded to bfloat16 and float32 sums, where tw_has_bf16.
bool tw_has_bf16(void);
int64_t tw_gemm_bf16_packed_bytes(int64_t n, int64_t k);
int64_t tw_gemm_bf16_pack_parts(int64_t n, int64_t k);
void tw_gemm_bf16_pack(bool tb, int64_t n, int64_t k, const float *b, int64_t ldb, void *packed, int64_t part);
void tw_gemm_bf16_packed(bool ta, int64_t n, int64_t k, const float *a, int64_t lda, const void *packed, float *c,
                         int64_t ldc, int64_t row_begin, int64_t row_end, int64_t column_begin, int64_t column_end);
/// Any of int32, int64, uint8 (wrapping); plain loops.
void tw_gemm_int(tw_type type, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const void *a, int64_t lda,
                 const void *b, int64_t ldb, void *c, int64_t ldc, int64_t row_begin, int64_t row_end);

// MARK: Windows over images [spatial 0, 1, 2, channels] (leading axes of 1 where there are fewer)

typedef enum {
  TW_WINDOW_MAX = 0,          // a: images; out: by window
  TW_WINDOW_MAX_GRADIENT,     // a: images, b: by window; out: images, added to
  TW_WINDOW_MAX_PICK,         // a: images, b: images; out: by window
  TW_WINDOW_AVERAGE,          // a: images; out: by window
  TW_WINDOW_AVERAGE_GRADIENT, // a: by window; out: images, added to
} tw_window_kind;

typedef struct {
  tw_window_kind kind;
  bool counts_padding; // averages divide by the window's size, not by the number of elements inside the image
  int64_t in[3], out[3], size[3], stride[3], dilation[3], low[3];
  int64_t channels;
} tw_window;

/// Pooling of float32 or float64: the windows of rows [row_begin, row_end) of [batch * out 0 * out 1]. The first greatest
/// element wins, NaN above all. Rows of one image must not be split where images are added to.
void tw_window_run(const tw_window *window, tw_type type, const void *a, const void *b, void *out, int64_t row_begin,
                   int64_t row_end);

/// float32 or float64: columns[position - begin, tap, channel - first] = the element of one image under each tap of the
/// window at a position (of [out 0, out 1, out 2]), zero in the padding, for `count` channels from `first` on.
void tw_to_columns(const tw_window *window, tw_type type, const void *image, int64_t first, int64_t count,
                   void *columns, int64_t begin, int64_t end);
/// The way back: adds the columns to the image.
void tw_from_columns(const tw_window *window, tw_type type, void *image, int64_t first, int64_t count,
                     const void *columns, int64_t begin, int64_t end);

// MARK: Convolutions of 3 by 3 pixels, stride 1, by Winograd's F(2x2, 3x3), float32, channels last

/// What lies outside the input (in, from -low on) is zero.
typedef struct {
  int64_t in[2], out[2], low[2], in_channels, out_channels;
} tw_winograd;

/// Tiles of 2 by 2 outputs of an image.
int64_t tw_winograd_tiles(const tw_winograd *w);
/// Elements of memory that `tiles` tiles at a time need.
int64_t tw_winograd_room(const tw_winograd *w, int64_t tiles);
/// Elements of the transformed windows, and of a sum of a gradient.
int64_t tw_winograd_count(const tw_winograd *w);
/// Transforms the windows [out, in, 3, 3] of input channels [begin, end); `turned`: from those [in, out, 3, 3] of the
/// convolution whose input gradient this is.
void tw_winograd_weights(const tw_winograd *w, const float *from, bool turned, float *to, int64_t begin, int64_t end);
/// y of tiles [begin, end), counted through all images, and output channels [first, last): multiples of TW_GEMM_COLUMNS, or
/// all there are.
void tw_winograd_run(const tw_winograd *w, const float *x, const float *weights, float *y, int64_t begin, int64_t end,
                     int64_t first, int64_t last, float *room);
/// Sets, or adds to, a sum of the windows' gradient what tiles [begin, end) give.
void tw_winograd_gradient(const tw_winograd *w, const float *x, const float *upstream, float *sum, bool add,
                          int64_t begin, int64_t end, float *room);
/// The gradient of the windows [out, in, 3, 3] of input channels [begin, end) from `parts` sums, taken in order.
void tw_winograd_windows(const tw_winograd *w, const float *sums, int64_t parts, float *to, int64_t begin, int64_t end);

// MARK: Convolutions of few channels, float32, channels last

enum {
  TW_DIRECT_LANES = 8,   // output channels of a line of weights
  TW_DIRECT_VECTORS = 4, // registers that what a window sees of a line may fill
};

typedef enum { TW_DIRECT_FORWARD = 0, TW_DIRECT_INPUT_GRADIENT, TW_DIRECT_WEIGHT_GRADIENT } tw_direct_kind;

/// Lines are rows of an image with the zeros that stand beside them.
typedef struct {
  int64_t rows, span;  // of a window: lines it sees, and elements of each (pixels by input channels)
  int64_t pixels;      // of an output line
  int64_t step;        // elements from what a pixel sees to what the next sees: stride by input channels
  int64_t line;        // elements of a line
  int64_t down, apart; // lines from what an output line sees to what the next sees, and from one row of a window to the next
  int64_t channels, outputs;
} tw_direct;

/// Whether there are kernels for it that are quicker than oneDNN's, which fill registers with channels.
bool tw_direct_fits(const tw_direct *d, tw_direct_kind kind);
/// Elements of laid out weights, and of their gradient.
int64_t tw_direct_weight_count(const tw_direct *d, tw_direct_kind kind);
/// Lays out weights [outputs, channels, rows, span / channels].
void tw_direct_weights(const tw_direct *d, tw_direct_kind kind, const float *from, float *to);
/// Output lines from the lines x.
void tw_direct_forward(const tw_direct *d, const float *x, const float *weights, float *y, int64_t lines);
/// Elements of memory that an input gradient needs.
int64_t tw_direct_room(const tw_direct *d);
/// Lines [begin, end) of the gradient of x, of which `width` elements are written each, the first `skip` left out.
void tw_direct_input_gradient(const tw_direct *d, const float *upstream, int64_t upstream_lines, const float *weights,
                              float *x, int64_t skip, int64_t width, int64_t begin, int64_t end, float *room);
/// Sets [rows, span, lanes] to what output lines give. `upstream` is read by whole vectors: up to TW_DIRECT_LANES - 1
/// elements past its last pixel.
void tw_direct_weight_gradient(const tw_direct *d, const float *x, const float *upstream, int64_t lines, float *sums);

// MARK: Random numbers: Philox4x32-10 (Salmon et al. 2011)

/// Block `counter` of stream `stream` under `key`: key words (lo, hi of key), counter words (lo, hi of counter, lo, hi of
/// stream).
void tw_philox(uint64_t key, uint64_t stream, uint64_t counter, uint32_t out[4]);
/// Elements [begin, end) of the infinite sequence of (key, stream); element values do not depend on begin.
/// uniform: [0, 1): float32 element i from word i % 4 of block i / 4 as (w >> 8) * 2^-24; float64 element i from words
/// (2 * (i % 2), 2 * (i % 2) + 1) of block i / 2 as ((w0 << 32 | w1) >> 11) * 2^-53.
void tw_random_uniform(tw_type type, uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end);
/// standard normal by Box-Muller on the uniform pair (2j, 2j+1) of the sequence: r = sqrt(-2 log(1 - u0)),
/// element 2j = r cos(2 pi u1), 2j+1 = r sin(2 pi u1), computed in float64 for float64 and in float32 for float32.
void tw_random_normal(tw_type type, uint64_t key, uint64_t stream, void *out, int64_t begin, int64_t end);
/// 64 random bits an element (int64): words (2 * (i % 2), 2 * (i % 2) + 1) of block i / 2 as w0 << 32 | w1.
void tw_random_bits(uint64_t key, uint64_t stream, int64_t *out, int64_t begin, int64_t end);

// MARK: Memory

/// 64-byte aligned; 2 MiB and more are aligned to 2 MiB with huge pages advised. NULL if there is none.
void *tw_allocate(size_t bytes);
void tw_free(void *memory);

// MARK: Threads

typedef struct tw_pool tw_pool;
/// The process-wide pool, made on first use with tw_processor_count() - 1 workers; never freed.
tw_pool *tw_shared_pool(void);
int32_t tw_processor_count(void); // of this process's affinity mask
int64_t tw_last_level_cache_bytes(void); // 32 MiB where the system does not say
typedef void (*tw_chunk_function)(void *context, int64_t chunk, int32_t slot);
/// Calls function(context, chunk, slot) for each chunk in [0, chunks), on at most `threads` threads including the
/// caller, and returns when all are done. slot < threads tells threads apart (for scratch memory). Each thread takes its
/// share of the chunks in order, then what is left of the others'. With one chunk, one thread, or when the pool is busy with another caller, all runs inline in slot 0.
/// Workers spin about 30 microseconds for new work, then sleep on a futex.
void tw_parallel(tw_pool *pool, int32_t threads, int64_t chunks, tw_chunk_function function, void *context);

/// "avx512", "avx2", "neon" or "portable": what the run-time dispatch chose.
const char *tw_instruction_set(void);
/// For tests: forces one of those names that the processor has ("" for the best); false if it has not.
bool tw_force_instruction_set(const char *name);

#endif
