// Convolutions of few channels, float32, channels last, for one instruction set. Part of Direct.c.
//
// In a padded line of an image all that a window sees of it lies one behind the other, `span` elements, and what it sees from
// the next pixel begins `step` elements on. Sums stay in registers over all rows of a window: those of R pixels by the
// output channels of a vector; of R pixels by the span; or of the window's places by the output channels.

#include "Vector.h"

#define D(name) TW_NAME(direct_##name)
#define LINE TW_NAME(direct_line)

/// Registers for sums, and how many of them hold one line of channels.
#if TW_BYTES == 64 || defined(__aarch64__)
#define TW_DIRECT_SUMS 26
#else
#define TW_DIRECT_SUMS 12
#endif
#define TW_DIRECT_REGISTERS (TW_DIRECT_LANES * 4 > TW_BYTES ? TW_DIRECT_LANES * 4 / TW_BYTES : 1)

typedef float LINE __attribute__((ext_vector_type(TW_DIRECT_LANES)));

// MARK: y

/// sum[i] = the window at pixel i by the weights, which lie [rows, span, lanes].
#define ACROSS(R)                                                                                                     \
  static void D(across_##R)(const tw_direct *d, const float *x, const float *w, LINE *to) {                           \
    LINE sum[R];                                                                                                      \
    int64_t step = d->step;                                                                                           \
    _Pragma("unroll") for (int i = 0; i < R; i++) sum[i] = 0;                                                         \
    for (int64_t row = 0; row < d->rows; row++) {                                                                     \
      const float *line[(R + 3) / 4];                                                                                 \
      _Pragma("unroll") for (int i = 0; i < R; i += 4) line[i / 4] = x + row * d->apart * d->line + i * step;         \
      for (int64_t p = 0; p < d->span; p++, w += TW_DIRECT_LANES) {                                                   \
        LINE weight;                                                                                                  \
        __builtin_memcpy(&weight, w, sizeof weight);                                                                  \
        _Pragma("unroll") for (int i = 0; i < R; i++) {                                                               \
          sum[i] = (LINE)line[i / 4][i % 4 * step + p] * weight + sum[i];                                             \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
    _Pragma("unroll") for (int i = 0; i < R; i++) to[i] = sum[i];                                                     \
  }

ACROSS(1) ACROSS(2) ACROSS(4) ACROSS(6) ACROSS(8) ACROSS(10) ACROSS(12) ACROSS(14)

static void D(forward)(const tw_direct *d, const float *x, const float *w, float *y, int64_t lines) {
#define WAY(R) {R, D(across_##R)}
  static const struct {
    int64_t pixels;
    void (*run)(const tw_direct *d, const float *x, const float *w, LINE *to);
  } ways[] = {WAY(1), WAY(2), WAY(4), WAY(6), WAY(8), WAY(10), WAY(12), WAY(14)};
#undef WAY
  // Blocks of pixels; the last begins earlier, so that all are full.
  int way = 0;
  int64_t least = INT64_MAX;
  for (int i = 0; i < 8; i++) {
    int64_t pixels = ways[i].pixels, cost = (d->pixels + pixels - 1) / pixels * (pixels + 2);
    if (pixels > TW_DIRECT_SUMS / TW_DIRECT_REGISTERS || pixels > d->pixels || cost > least) continue;
    way = i, least = cost;
  }
  int64_t pixels = ways[way].pixels;
  const float *end = y + lines * d->pixels * d->outputs;
  for (int64_t line = 0; line < lines; line++) {
    for (int64_t begin = 0; begin < d->pixels; begin += pixels) {
      int64_t pixel = tw_min(begin, d->pixels - pixels);
      LINE sum[14];
      ways[way].run(d, x + line * d->down * d->line + pixel * d->step, w, sum);
      float *to = y + (line * d->pixels + pixel) * d->outputs;
      for (int64_t i = 0; i < pixels; i++, to += d->outputs) {
        // What is written past a pixel's channels is written again by the next.
        if (TW_LIKELY(end - to >= TW_DIRECT_LANES)) {
          __builtin_memcpy(to, &sum[i], sizeof sum[i]);
        } else {
          memcpy(to, &sum[i], (size_t)d->outputs * sizeof(float));
        }
      }
    }
  }
}

// MARK: The gradient of x

/// What R pixels of some lines above give to the spans they saw: sum[i][N vectors] over `count` lines and the channels.
#define BACK(R, N)                                                                                                    \
  static void D(back_##R##_##N)(const tw_direct *d, int64_t count, const float *const *up, const float *const *w,     \
                                int64_t pixel, float *to, int64_t copies, int64_t copy) {                             \
    f32v sum[R][N];                                                                                                   \
    int64_t outputs = d->outputs;                                                                                     \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      _Pragma("unroll") for (int n = 0; n < N; n++) sum[i][n] = 0;                                                    \
    }                                                                                                                 \
    for (int64_t row = 0; row < count; row++) {                                                                       \
      const float *from[(R + 3) / 4], *weights = w[row];                                                              \
      _Pragma("unroll") for (int i = 0; i < R; i += 4) from[i / 4] = up[row] + (pixel + i) * outputs;                 \
      for (int64_t o = 0; o < outputs; o++, weights += N * TW_LANES) {                                                \
        f32v weight[N];                                                                                               \
        __builtin_memcpy(weight, weights, sizeof weight);                                                             \
        _Pragma("unroll") for (int i = 0; i < R; i++) {                                                               \
          f32v factor = (f32v)from[i / 4][i % 4 * outputs + o];                                                       \
          _Pragma("unroll") for (int n = 0; n < N; n++) sum[i][n] = factor * weight[n] + sum[i][n];                   \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
    _Pragma("unroll") for (int i = 0; i < R; i++) {                                                                   \
      __builtin_memcpy(to + (pixel + i) % copies * copy + (pixel + i) * d->step, sum[i], sizeof sum[i]);              \
    }                                                                                                                 \
  }

BACK(1, 1) BACK(2, 1) BACK(4, 1) BACK(6, 1) BACK(8, 1) BACK(10, 1) BACK(12, 1) BACK(14, 1)
BACK(1, 2) BACK(2, 2) BACK(3, 2) BACK(4, 2) BACK(5, 2) BACK(6, 2) BACK(8, 2) BACK(10, 2) BACK(12, 2)
BACK(1, 3) BACK(2, 3) BACK(3, 3) BACK(4, 3) BACK(5, 3) BACK(6, 3) BACK(7, 3) BACK(8, 3)
BACK(1, 4) BACK(2, 4) BACK(3, 4) BACK(4, 4) BACK(5, 4) BACK(6, 4)

typedef struct {
  int64_t pixels, vectors;
  void (*run)(const tw_direct *d, int64_t count, const float *const *up, const float *const *w, int64_t pixel, float *to,
              int64_t copies, int64_t copy);
} D(back_way);
#define WAY(R, N) {R, N, D(back_##R##_##N)}
static const D(back_way) D(back_ways)[] = {
    WAY(14, 1), WAY(12, 1), WAY(10, 1), WAY(8, 1), WAY(6, 1), WAY(4, 1), WAY(2, 1), WAY(1, 1),
    WAY(12, 2), WAY(10, 2), WAY(8, 2), WAY(6, 2), WAY(5, 2), WAY(4, 2), WAY(3, 2), WAY(2, 2), WAY(1, 2),
    WAY(8, 3), WAY(7, 3), WAY(6, 3), WAY(5, 3), WAY(4, 3), WAY(3, 3), WAY(2, 3), WAY(1, 3),
    WAY(6, 4), WAY(5, 4), WAY(4, 4), WAY(3, 4), WAY(2, 4), WAY(1, 4)};
#undef WAY

static int64_t D(width)(void) { return TW_LANES; }
static int64_t D(vectors)(const tw_direct *d) { return (d->span + TW_LANES - 1) / TW_LANES; }

/// Pixels whose spans overlap write to different copies of the line, whose sum is the gradient.
static void D(input_gradient)(const tw_direct *d, const float *upstream, int64_t upstream_lines, const float *w, float *x,
                              int64_t skip, int64_t width, int64_t begin, int64_t end, float *room) {
  int64_t vectors = D(vectors)(d), copies = (d->span + d->step - 1) / d->step;
  int64_t copy = tw_direct_copy(d), row_weights = d->outputs * vectors * TW_LANES;
  const D(back_way) *way = NULL;
  int64_t least = INT64_MAX;
  for (size_t i = 0; i < sizeof D(back_ways) / sizeof *D(back_ways); i++) {
    const D(back_way) *other = &D(back_ways)[i];
    int64_t cost = (d->pixels + other->pixels - 1) / other->pixels * (other->pixels * vectors + 4);
    if (other->vectors != vectors || other->pixels > d->pixels || cost >= least) continue;
    if (other->pixels > 1 && other->pixels * vectors > TW_DIRECT_SUMS) continue;
    way = other, least = cost;
  }
  memset(room, 0, (size_t)(copies * copy) * sizeof(float));
  for (int64_t line = begin; line < end; line++, x += width) {
    const float *up[TW_DIRECT_ROWS], *weights[TW_DIRECT_ROWS];
    int64_t count = 0;
    for (int64_t row = 0; row < d->rows; row++) {
      int64_t above = line - row * d->apart;
      if (above < 0 || above % d->down || above / d->down >= upstream_lines) continue;
      up[count] = upstream + above / d->down * d->pixels * d->outputs;
      weights[count++] = w + row * row_weights;
    }
    if (count == 0) {
      memset(x, 0, (size_t)width * sizeof(float));
      continue;
    }
    for (int64_t pixel = 0; pixel < d->pixels; pixel += way->pixels) {
      way->run(d, count, up, weights, tw_min(pixel, d->pixels - way->pixels), room, copies, copy);
    }
    /* What the last vectors of a copy hold past their span is nothing, even if it is not a number. */
    for (int64_t pixel = tw_max(0, d->pixels - copies); pixel < d->pixels; pixel++) {
      memset(room + pixel % copies * copy + pixel * d->step + d->span, 0, TW_LANES * sizeof(float));
    }
    for (int64_t i = 0; i < width; i += TW_LANES) {
      f32v sum;
      __builtin_memcpy(&sum, room + skip + i, sizeof sum);
      for (int64_t number = 1; number < copies; number++) {
        f32v next;
        __builtin_memcpy(&next, room + number * copy + skip + i, sizeof next);
        sum += next;
      }
      if (i + TW_LANES <= width) {
        __builtin_memcpy(x + i, &sum, sizeof sum);
      } else {
        memcpy(x + i, &sum, (size_t)(width - i) * sizeof(float));
      }
    }
  }
}

// MARK: The gradient of the weights

/// sums[row, place] of R rows and T places of a span by H output channels.
#define PLACES(R, T)                                                                                                  \
  static void D(places_##R##_##T)(const tw_direct *d, const float *x, const float *upstream, int64_t lines,     \
                                        float *sums) {                                                                \
    LINE sum[R][T];                                                                                                \
    int64_t step = d->step, outputs = d->outputs;                                                                     \
    _Pragma("unroll") for (int r = 0; r < R; r++) {                                                                   \
      _Pragma("unroll") for (int t = 0; t < T; t++) sum[r][t] = 0;                                                    \
    }                                                                                                                 \
    for (int64_t line = 0; line < lines; line++) {                                                                    \
      const float *from[R], *up = upstream + line * d->pixels * outputs;                                              \
      _Pragma("unroll") for (int r = 0; r < R; r++) from[r] = x + (line * d->down + r * d->apart) * d->line;          \
      for (int64_t pixel = 0; pixel < d->pixels; pixel++, up += outputs) {                                            \
        LINE slope;                                                                                                \
        __builtin_memcpy(&slope, up, sizeof slope);                                                                   \
        _Pragma("unroll") for (int r = 0; r < R; r++) {                                                               \
          _Pragma("unroll") for (int t = 0; t < T; t++) sum[r][t] = (LINE)from[r][t] * slope + sum[r][t];          \
          from[r] += step;                                                                                            \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
    _Pragma("unroll") for (int r = 0; r < R; r++) {                                                                   \
      _Pragma("unroll") for (int t = 0; t < T; t++) {                                                                 \
        float *to = sums + (r * d->span + t) * TW_DIRECT_LANES;                                                                     \
        __builtin_memcpy(to, &sum[r][t], sizeof(LINE));                                                               \
      }                                                                                                               \
    }                                                                                                                 \
  }

#define EACH_PLACES(X)                                                                                                \
  X(1, 1) X(1, 3) X(1, 4) X(1, 6) X(1, 8) X(1, 10) X(1, 12) X(1, 16) X(1, 24) X(2, 3) X(2, 5) X(2, 6) X(2, 7)         \
  X(2, 10) X(2, 12) X(3, 3) X(3, 4) X(3, 6) X(3, 7) X(3, 8) X(5, 3) X(5, 5)
EACH_PLACES(PLACES)

static void D(weight_gradient)(const tw_direct *d, const float *x, const float *upstream, int64_t lines, float *sums) {
  typedef struct {
    int64_t rows, places;
    void (*run)(const tw_direct *d, const float *x, const float *upstream, int64_t lines, float *sums);
  } places_way;
#define WAY(R, T) {R, T, D(places_##R##_##T)},
  static const places_way ways[] = {EACH_PLACES(WAY)};
#undef WAY
  // Blocks of the window's places; the last begin earlier, so that all are full, and what two compute is set twice.
  const places_way *way = ways;
  int64_t least = INT64_MAX;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    int64_t rows = ways[i].rows, places = ways[i].places, held = rows * places;
    if (held > TW_DIRECT_SUMS / TW_DIRECT_REGISTERS || rows > d->rows || places > d->span) continue;
    // Fewer than eight sums wait for each other.
    int64_t cost = (d->rows + rows - 1) / rows * ((d->span + places - 1) / places) * (tw_max(held, 8) + 2);
    if (cost < least) way = &ways[i], least = cost;
  }
  for (int64_t row = 0; row < d->rows; row += way->rows) {
    int64_t r = tw_min(row, d->rows - way->rows);
    for (int64_t place = 0; place < d->span; place += way->places) {
      int64_t p = tw_min(place, d->span - way->places);
      way->run(d, x + r * d->apart * d->line + p, upstream, lines, sums + (r * d->span + p) * TW_DIRECT_LANES);
    }
  }
}

#undef D
#undef LINE
#undef ACROSS
#undef BACK
#undef PLACES
#undef EACH_PLACES
#undef TW_DIRECT_SUMS
#undef TW_DIRECT_REGISTERS
