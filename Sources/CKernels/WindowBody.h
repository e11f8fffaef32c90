// Pooling of one real type for one instruction set: a row of windows at a time, tap by tap, in lines of all their channels.
//
// What one tap of the windows sees lies `stride` pixels apart; `take` puts it side by side, so that the loops run over whole
// lines however few channels there are, and `give` is the way back.
#define G(name) TW_NAME(TW_JOIN(name, REAL_SUFFIX))

/// A part of a row of windows: `count` of them, in one image.
typedef struct {
  const tw_window *window;
  tw_span rows[2];
  int64_t first, count;
} G(part);

/// Elements [begin, end) of the part's lines are windows whose tap lies inside the image, the first at element `at`.
typedef struct {
  int64_t begin, end, at;
} G(reach);

static G(reach) G(reach_of)(const G(part) *part, int64_t row, int64_t t2) {
  const tw_window *w = part->window;
  int64_t shift = t2 * w->dilation[2] - w->low[2], stride = w->stride[2], last = w->in[2] - 1 - shift;
  int64_t begin = shift < 0 ? (-shift + stride - 1) / stride : 0, end = last < 0 ? 0 : last / stride + 1;
  begin = tw_max(begin, part->first);
  end = tw_max(tw_min(end, part->first + part->count), begin);
  return (G(reach)){(begin - part->first) * w->channels, (end - part->first) * w->channels,
                    (row * w->in[2] + begin * stride + shift) * w->channels};
}

/// Runs the statement for each tap of the part that any of its windows has inside the image, with its number and reach.
#define EACH_TAP(part, tap, reach, statement)                                                                         \
  do {                                                                                                                \
    const tw_window *w_ = (part)->window;                                                                             \
    const tw_span *s_ = (part)->rows;                                                                                 \
    for (int64_t t0 = s_[0].first, p0 = s_[0].at; t0 < s_[0].end; t0++, p0 += w_->dilation[0]) {                      \
      for (int64_t t1 = s_[1].first, p1 = s_[1].at; t1 < s_[1].end; t1++, p1 += w_->dilation[1]) {                    \
        for (int64_t t2 = 0; t2 < w_->size[2]; t2++) {                                                                \
          G(reach) reach = G(reach_of)(part, p0 * w_->in[1] + p1, t2);                                                \
          const WHOLE tap = (WHOLE)((t0 * w_->size[1] + t1) * w_->size[2] + t2);                                      \
          (void)tap;                                                                                                  \
          if (reach.begin < reach.end) statement                                                                      \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  } while (0)

// Runs of at least H channels, `step` apart in the image and side by side in the line, in vectors of H. The last vector
// of a run overlaps the one before, so that no element beyond the run is touched.
#define RUNS(H)                                                                                                       \
  typedef REAL G(run_##H) __attribute__((ext_vector_type(H), aligned(sizeof(REAL))));                                 \
  static void G(take_##H)(int64_t count, int64_t channels, int64_t step, const REAL *from, REAL *line) {              \
    for (; count > 0; count -= channels, from += step, line += channels) {                                            \
      G(run_##H) last = *(const G(run_##H) *)(from + channels - H);                                                   \
      for (int64_t c = 0; c + H <= channels; c += H) *(G(run_##H) *)(line + c) = *(const G(run_##H) *)(from + c);     \
      *(G(run_##H) *)(line + channels - H) = last;                                                                    \
    }                                                                                                                 \
  }                                                                                                                   \
  static void G(give_##H)(int64_t count, int64_t channels, int64_t step, const REAL *line, REAL *to) {                \
    for (; count > 0; count -= channels, to += step, line += channels) {                                              \
      G(run_##H) last = *(const G(run_##H) *)(to + channels - H) + *(const G(run_##H) *)(line + channels - H);        \
      for (int64_t c = 0; c + H <= channels; c += H) *(G(run_##H) *)(to + c) += *(const G(run_##H) *)(line + c);      \
      *(G(run_##H) *)(to + channels - H) = last;                                                                      \
    }                                                                                                                 \
  }
RUNS(1)
RUNS(2)
RUNS(4)
RUNS(8)
RUNS(16)

#define EACH_RUN(way, ...)                                                                                            \
  (channels >= 16  ? G(way##_16)(__VA_ARGS__)                                                                         \
   : channels >= 8 ? G(way##_8)(__VA_ARGS__)                                                                          \
   : channels >= 4 ? G(way##_4)(__VA_ARGS__)                                                                          \
   : channels >= 2 ? G(way##_2)(__VA_ARGS__)                                                                          \
                   : G(way##_1)(__VA_ARGS__))

/// What a tap sees, side by side: the image itself where it is so there, or a copy in `line`.
static const REAL *G(take)(const tw_window *w, G(reach) reach, const REAL *image, REAL *line) {
  int64_t channels = w->channels, count = reach.end - reach.begin;
  if (w->stride[2] == 1 || count == channels) return image + reach.at;
  EACH_RUN(take, count, channels, w->stride[2] * channels, image + reach.at, line);
  return line;
}

/// Adds a line to what the tap sees.
static void G(give)(const tw_window *w, G(reach) reach, const REAL *line, REAL *image) {
  int64_t channels = w->channels, count = reach.end - reach.begin;
  if (w->stride[2] == 1) channels = count;
  EACH_RUN(give, count, channels, w->stride[2] * channels, line, image + reach.at);
}

static void G(fill_line)(REAL *line, int64_t count, REAL value) {
  for (int64_t e = 0; e < count; e++) line[e] = value;
}

/// The tap that holds each element's maximum: the first of equal ones, and any NaN; -1 without a pixel.
static void G(search)(const G(part) *part, int64_t elements, const REAL *image, REAL *best, REAL *line, WHOLE *found) {
  for (int64_t e = 0; e < elements; e++) found[e] = -1;
  EACH_TAP(part, tap, reach, {
    const REAL *restrict x = G(take)(part->window, reach, image, line);
    REAL *restrict greatest = best + reach.begin;
    WHOLE *restrict at = found + reach.begin;
    for (int64_t e = 0; e < reach.end - reach.begin; e++) {
      bool beats = (x[e] > greatest[e]) | (x[e] != x[e]) | (at[e] < 0);
      greatest[e] = beats ? x[e] : greatest[e];
      at[e] = beats ? tap : at[e];
    }
  });
}

/// What averages divide by: the pixels in the window, or 1 where there is none.
static void G(divisors)(const G(part) *part, REAL *counts) {
  const tw_window *w = part->window;
  int64_t rows = (part->rows[0].end - part->rows[0].first) * (part->rows[1].end - part->rows[1].first);
  for (int64_t position = 0; position < part->count; position++, counts += w->channels) {
    tw_span span = tw_span_of(w, 2, part->first + position);
    int64_t inside = w->counts_padding ? w->size[0] * w->size[1] * w->size[2] : rows * (span.end - span.first);
    G(fill_line)(counts, w->channels, (REAL)tw_max(inside, 1));
  }
}

/// `a`, `b` and `out` as the kind says: an image, or the part's windows.
static void G(pool)(const G(part) *part, const REAL *a, const REAL *b, REAL *out, REAL *lines, int64_t line_length) {
  const tw_window *w = part->window;
  int64_t elements = part->count * w->channels;
  REAL *line = lines, *held = lines + line_length;
  WHOLE *found = (WHOLE *)(lines + 2 * line_length);
  switch (w->kind) {
  case TW_WINDOW_MAX:
    G(fill_line)(out, elements, (REAL)-INFINITY);
    EACH_TAP(part, tap, reach, {
      const REAL *restrict x = G(take)(w, reach, a, line);
      REAL *restrict best = out + reach.begin;
      for (int64_t e = 0; e < reach.end - reach.begin; e++) {
        best[e] = ((x[e] > best[e]) | (x[e] != x[e])) ? x[e] : best[e];
      }
    });
    break;
  case TW_WINDOW_MAX_GRADIENT:
    G(search)(part, elements, a, held, line, found);
    EACH_TAP(part, tap, reach, {
      for (int64_t e = reach.begin; e < reach.end; e++) line[e - reach.begin] = found[e] == tap ? b[e] : 0;
      G(give)(w, reach, line, out);
    });
    break;
  case TW_WINDOW_MAX_PICK:
    G(search)(part, elements, a, held, line, found);
    G(fill_line)(out, elements, 0);
    EACH_TAP(part, tap, reach, {
      const REAL *restrict x = G(take)(w, reach, b, line);
      for (int64_t e = reach.begin; e < reach.end; e++) out[e] = found[e] == tap ? x[e - reach.begin] : out[e];
    });
    break;
  case TW_WINDOW_AVERAGE:
    G(fill_line)(out, elements, 0);
    EACH_TAP(part, tap, reach, {
      const REAL *restrict x = G(take)(w, reach, a, line);
      for (int64_t e = reach.begin; e < reach.end; e++) out[e] += x[e - reach.begin];
    });
    G(divisors)(part, held);
    for (int64_t e = 0; e < elements; e++) out[e] /= held[e];
    break;
  case TW_WINDOW_AVERAGE_GRADIENT:
    G(divisors)(part, held);
    for (int64_t e = 0; e < elements; e++) held[e] = a[e] / held[e];
    EACH_TAP(part, tap, reach, G(give)(w, reach, held + reach.begin, out););
    break;
  }
}

static void G(window)(const tw_window *w, const REAL *a, const REAL *b, REAL *out, int64_t row_begin,
                      int64_t row_end) {
  int64_t rows = w->out[0] * w->out[1], channels = w->channels;
  int64_t image = w->in[0] * w->in[1] * w->in[2] * channels;
  bool reads_windows = w->kind == TW_WINDOW_AVERAGE_GRADIENT, picks = w->kind == TW_WINDOW_MAX_PICK;
  bool writes_images = reads_windows || w->kind == TW_WINDOW_MAX_GRADIENT;
  // Lines of a part stay in the first-level cache.
  int64_t step = tw_max(1, tw_min(1024 / tw_max(channels, 1), w->out[2])), line = step * channels;
  REAL *lines = tw_workspace((size_t)(3 * line) * sizeof(REAL));
  if (lines == NULL) tw_unsupported("tw_window_run (out of memory)", 0, 0);
  for (int64_t row = row_begin; row < row_end; row++) {
    int64_t in = row / rows * image;
    for (int64_t first = 0; first < w->out[2]; first += step) {
      G(part) part = {w, {tw_span_of(w, 0, row % rows / w->out[1]), tw_span_of(w, 1, row % w->out[1])}, first,
                      tw_min(step, w->out[2] - first)};
      int64_t at = (row * w->out[2] + first) * channels;
      G(pool)(&part, a + (reads_windows ? at : in), b + (picks ? in : at), out + (writes_images ? in : at), lines, line);
    }
  }
}

#undef EACH_TAP
#undef EACH_RUN
#undef RUNS
#undef G
