// Pooling of one real type for one instruction set, a row of windows at a time: window by window, with channels in registers
// from tap to tap; or, of few channels and windows that move by a pixel, tap by tap over the whole line, since what a tap of all
// of them sees lies side by side.
#define G(name) TW_NAME(TW_JOIN(name, REAL_SUFFIX))

/// A part of a row of windows: `count` of them, in one image.
typedef struct {
  const tw_window *window;
  tw_span rows[2];
  int64_t first, count;
} G(part);

/// Of windows that move by a pixel: elements [begin, end) of the part's lines have the tap inside the image, the first at `at`.
typedef struct {
  int64_t begin, end, at;
} G(reach);

static G(reach) G(reach_of)(const G(part) *part, int64_t row, int64_t t2) {
  const tw_window *w = part->window;
  int64_t shift = t2 * w->dilation[2] - w->low[2], begin = tw_max(-shift, part->first);
  int64_t end = tw_max(tw_min(w->in[2] - shift, part->first + part->count), begin);
  return (G(reach)){(begin - part->first) * w->channels, (end - part->first) * w->channels,
                    (row * w->in[2] + begin + shift) * w->channels};
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

/// A window whose `taps` inside the image begin `offsets` behind `image`.
typedef struct {
  int64_t channels, taps;
  const int64_t *offsets;
  const REAL *image;
  REAL *windows;  /* its part of what has a value by window */
  REAL *gradient; /* of the image, or what is picked from, as `image` */
  REAL divisor;   /* of averages */
  bool adds;      /* to the gradient, or else no other window has a part in its pixels */
} G(view);

static const WHOLE G(lanes)[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// H channels from c on, of which the first `count` are the window's.
#define SEE(H)                                                                                                        \
  typedef REAL G(run_##H) __attribute__((ext_vector_type(H), aligned(sizeof(REAL))));                                 \
  typedef WHOLE G(spots_##H) __attribute__((ext_vector_type(H)));                                                     \
  /* The greatest value and its tap: the first of equal ones, and any NaN. */                                         \
  TW_INLINE G(run_##H) G(seek_##H)(const G(view) *v, int64_t c, G(spots_##H) *spots) {                                \
    G(run_##H) best = *(const G(run_##H) *)(v->image + v->offsets[0] + c);                                            \
    G(spots_##H) found = (WHOLE)0;                                                                                    \
    for (int64_t tap = 1; tap < v->taps; tap++) {                                                                     \
      G(run_##H) x = *(const G(run_##H) *)(v->image + v->offsets[tap] + c);                                           \
      G(spots_##H) beats = (x > best) | (x != x);                                                                     \
      best = beats ? x : best;                                                                                        \
      found = beats ? (G(spots_##H))(WHOLE)tap : found;                                                               \
    }                                                                                                                 \
    *spots = found;                                                                                                   \
    return best;                                                                                                      \
  }                                                                                                                   \
  TW_INLINE void G(see_##H)(tw_window_kind kind, const G(view) *v, int64_t c, int64_t count) {                        \
    G(run_##H) *at = (G(run_##H) *)(v->windows + c), value = 0;                                                       \
    G(spots_##H) spots;                                                                                               \
    if (kind == TW_WINDOW_MAX) {                                                                                      \
      *at = G(seek_##H)(v, c, &spots);                                                                                \
    } else if (kind == TW_WINDOW_MAX_PICK) {                                                                          \
      (void)G(seek_##H)(v, c, &spots);                                                                                \
      for (int64_t tap = 0; tap < v->taps; tap++) {                                                                   \
        value = spots == (G(spots_##H))(WHOLE)tap ? *(G(run_##H) *)(v->gradient + v->offsets[tap] + c) : value;       \
      }                                                                                                               \
      *at = value;                                                                                                    \
    } else if (kind == TW_WINDOW_AVERAGE) {                                                                           \
      for (int64_t tap = 0; tap < v->taps; tap++) value += *(const G(run_##H) *)(v->image + v->offsets[tap] + c);     \
      *at = value / v->divisor;                                                                                       \
    } else {                                                                                                          \
      value = *at;                                                                                                    \
      if (count < H) {                                                                                                \
        __builtin_memcpy(&spots, G(lanes), sizeof spots);                                                             \
        value = spots < (G(spots_##H))(WHOLE)count ? value : (G(run_##H))(REAL)0;                                     \
      }                                                                                                               \
      if (kind == TW_WINDOW_MAX_GRADIENT) {                                                                           \
        (void)G(seek_##H)(v, c, &spots);                                                                              \
      } else {                                                                                                        \
        value /= v->divisor;                                                                                          \
      }                                                                                                               \
      for (int64_t tap = 0; tap < v->taps; tap++) {                                                                   \
        G(run_##H) *to = (G(run_##H) *)(v->gradient + v->offsets[tap] + c), part = value;                             \
        if (kind == TW_WINDOW_MAX_GRADIENT) {                                                                         \
          part = spots == (G(spots_##H))(WHOLE)tap ? value : (G(run_##H))(REAL)0;                                     \
        }                                                                                                             \
        *to = v->adds ? *to + part : part;                                                                            \
      }                                                                                                               \
    }                                                                                                                 \
  }
SEE(1)
SEE(2)
SEE(4)
SEE(8)
SEE(16)

/// All channels: whole vectors, and what is left in one vector if that may reach beyond, or in ever shorter ones.
TW_INLINE void G(see)(tw_window_kind kind, const G(view) *v, bool may_reach) {
  int64_t c = 0;
  for (; c + 16 <= v->channels; c += 16) G(see_16)(kind, v, c, 16);
  int64_t left = v->channels - c;
  if (left == 0) return;
  if (may_reach) {
    if (left > 8) {
      G(see_16)(kind, v, c, left);
    } else if (left > 4) {
      G(see_8)(kind, v, c, left);
    } else if (left > 2) {
      G(see_4)(kind, v, c, left);
    } else {
      G(see_2)(kind, v, c, left);
    }
    return;
  }
  if (left & 8) G(see_8)(kind, v, c, 8), c += 8;
  if (left & 4) G(see_4)(kind, v, c, 4), c += 4;
  if (left & 2) G(see_2)(kind, v, c, 2), c += 2;
  if (left & 1) G(see_1)(kind, v, c, 1);
}

/// `count` windows, `step` elements apart in the image. What reaches beyond is written again by the next window or, of a gradient,
/// by the next pixel, unless that has more than one vector; sums would wait for each other. The last window does if `is_followed`.
TW_INLINE void G(see_all)(tw_window_kind kind, const G(view) *first, int64_t count, int64_t step, bool is_followed) {
  G(view) v = *first;
  bool is_gradient = kind == TW_WINDOW_MAX_GRADIENT || kind == TW_WINDOW_AVERAGE_GRADIENT;
  bool may_reach = !is_gradient || (!v.adds && v.channels < 16);
  for (; count > 1; count--) {
    G(see)(kind, &v, may_reach);
    v.image += step, v.gradient += step, v.windows += v.channels;
  }
  G(see)(kind, &v, may_reach && is_followed);
}

#define WAY(kind)                                                                                                     \
  static void TW_JOIN(G(see), kind)(const G(view) *v, int64_t count, int64_t step, bool is_followed) {                \
    G(see_all)(kind, v, count, step, is_followed);                                                                    \
  }
WAY(TW_WINDOW_MAX)
WAY(TW_WINDOW_MAX_GRADIENT)
WAY(TW_WINDOW_MAX_PICK)
WAY(TW_WINDOW_AVERAGE)
WAY(TW_WINDOW_AVERAGE_GRADIENT)
/// By kind.
static void (*const G(ways)[])(const G(view) *, int64_t, int64_t, bool) = {
    [TW_WINDOW_MAX] = TW_JOIN(G(see), TW_WINDOW_MAX),
    [TW_WINDOW_MAX_GRADIENT] = TW_JOIN(G(see), TW_WINDOW_MAX_GRADIENT),
    [TW_WINDOW_MAX_PICK] = TW_JOIN(G(see), TW_WINDOW_MAX_PICK),
    [TW_WINDOW_AVERAGE] = TW_JOIN(G(see), TW_WINDOW_AVERAGE),
    [TW_WINDOW_AVERAGE_GRADIENT] = TW_JOIN(G(see), TW_WINDOW_AVERAGE_GRADIENT),
};

static void G(fill_line)(REAL *line, int64_t count, REAL value) {
  for (int64_t e = 0; e < count; e++) line[e] = value;
}

/// The tap that holds each element's maximum: the first of equal ones, and any NaN; -1 without a pixel.
static void G(search)(const G(part) *part, int64_t elements, const REAL *image, REAL *best, WHOLE *found) {
  for (int64_t e = 0; e < elements; e++) found[e] = -1;
  EACH_TAP(part, tap, reach, {
    const REAL *restrict x = image + reach.at;
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
static REAL G(divisor)(const G(part) *part, tw_span across) {
  const tw_window *w = part->window;
  int64_t rows = (part->rows[0].end - part->rows[0].first) * (part->rows[1].end - part->rows[1].first);
  int64_t inside = w->counts_padding ? w->size[0] * w->size[1] * w->size[2] : rows * (across.end - across.first);
  return (REAL)tw_max(inside, 1);
}

static void G(divisors)(const G(part) *part, REAL *counts) {
  int64_t channels = part->window->channels;
  for (int64_t i = 0; i < part->count; i++, counts += channels) {
    G(fill_line)(counts, channels, G(divisor)(part, tw_span_of(part->window, 2, part->first + i)));
  }
}

/// Windows one after the other. Arguments as for `tap_by_tap`; `offsets` has room for a window's taps.
static void G(one_by_one)(const G(part) *part, const REAL *a, const REAL *b, REAL *out, int64_t *offsets) {
  const tw_window *w = part->window;
  const tw_span *rows = part->rows;
  int64_t channels = w->channels, stride = w->stride[2], reach = (w->size[2] - 1) * w->dilation[2];
  G(view) v = {.channels = channels, .offsets = offsets};
  for (int axis = 0; axis < 3; axis++) {
    v.adds |= w->out[axis] > 1 && w->stride[axis] <= (w->size[axis] - 1) * w->dilation[axis];
  }
  for (int64_t i = 0, count; i < part->count; i += count) {
    tw_span across = tw_span_of(w, 2, part->first + i);
    int64_t taps = across.end - across.first, pixel = across.at * channels, window = i * channels;
    // Those that lie inside the image as a whole are alike.
    count = taps < w->size[2] ? 1 : tw_min(part->count - i, (w->in[2] - 1 - across.at - reach) / stride + 1);
    v.taps = 0;
    for (int64_t t0 = rows[0].first, p0 = rows[0].at; t0 < rows[0].end; t0++, p0 += w->dilation[0]) {
      for (int64_t t1 = rows[1].first, p1 = rows[1].at; t1 < rows[1].end; t1++, p1 += w->dilation[1]) {
        for (int64_t t2 = 0; t2 < taps; t2++) {
          offsets[v.taps++] = ((p0 * w->in[1] + p1) * w->in[2] + t2 * w->dilation[2]) * channels;
        }
      }
    }
    v.divisor = G(divisor)(part, across);
    switch (w->kind) {
    case TW_WINDOW_MAX:
    case TW_WINDOW_AVERAGE: v.image = a + pixel, v.windows = out + window; break;
    case TW_WINDOW_MAX_PICK: v.image = a + pixel, v.gradient = (REAL *)b + pixel, v.windows = out + window; break;
    case TW_WINDOW_MAX_GRADIENT: v.image = a + pixel, v.windows = (REAL *)b + window, v.gradient = out + pixel; break;
    case TW_WINDOW_AVERAGE_GRADIENT: v.windows = (REAL *)a + window, v.gradient = out + pixel; break;
    }
    if (v.taps > 0) {
      int64_t last = across.at + (count - 1) * stride + (taps - 1) * w->dilation[2];
      G(ways)[w->kind](&v, count, stride * channels, i + count < part->count && last + 1 < w->in[2]);
    } else if (w->kind == TW_WINDOW_MAX) {
      G(fill_line)(v.windows, count * channels, (REAL)-INFINITY);
    } else if (w->kind == TW_WINDOW_MAX_PICK || w->kind == TW_WINDOW_AVERAGE) {
      G(fill_line)(v.windows, count * channels, 0);
    }
  }
}

/// All windows of the part at once. `a`, `b` and `out` as the kind says: an image, or the part's windows.
static void G(tap_by_tap)(const G(part) *part, const REAL *a, const REAL *b, REAL *out, REAL *lines,
                          int64_t line_length) {
  const tw_window *w = part->window;
  int64_t elements = part->count * w->channels;
  REAL *held = lines;
  WHOLE *found = (WHOLE *)(lines + line_length);
  switch (w->kind) {
  case TW_WINDOW_MAX:
    G(fill_line)(out, elements, (REAL)-INFINITY);
    EACH_TAP(part, tap, reach, {
      const REAL *restrict x = a + reach.at;
      REAL *restrict best = out + reach.begin;
      for (int64_t e = 0; e < reach.end - reach.begin; e++) {
        best[e] = ((x[e] > best[e]) | (x[e] != x[e])) ? x[e] : best[e];
      }
    });
    break;
  case TW_WINDOW_MAX_GRADIENT:
    G(search)(part, elements, a, held, found);
    EACH_TAP(part, tap, reach, {
      REAL *restrict to = out + reach.at;
      for (int64_t e = reach.begin; e < reach.end; e++) to[e - reach.begin] += found[e] == tap ? b[e] : 0;
    });
    break;
  case TW_WINDOW_MAX_PICK:
    G(search)(part, elements, a, held, found);
    G(fill_line)(out, elements, 0);
    EACH_TAP(part, tap, reach, {
      const REAL *restrict x = b + reach.at;
      for (int64_t e = reach.begin; e < reach.end; e++) out[e] = found[e] == tap ? x[e - reach.begin] : out[e];
    });
    break;
  case TW_WINDOW_AVERAGE:
    G(fill_line)(out, elements, 0);
    EACH_TAP(part, tap, reach, {
      const REAL *restrict x = a + reach.at;
      for (int64_t e = reach.begin; e < reach.end; e++) out[e] += x[e - reach.begin];
    });
    G(divisors)(part, held);
    for (int64_t e = 0; e < elements; e++) out[e] /= held[e];
    break;
  case TW_WINDOW_AVERAGE_GRADIENT:
    G(divisors)(part, held);
    for (int64_t e = 0; e < elements; e++) held[e] = a[e] / held[e];
    EACH_TAP(part, tap, reach, {
      REAL *restrict to = out + reach.at;
      for (int64_t e = reach.begin; e < reach.end; e++) to[e - reach.begin] += held[e];
    });
    break;
  }
}

static void G(window)(const tw_window *w, const REAL *a, const REAL *b, REAL *out, int64_t row_begin,
                      int64_t row_end) {
  int64_t rows = w->out[0] * w->out[1], channels = w->channels;
  if (channels == 0) return;
  int64_t image = w->in[0] * w->in[1] * w->in[2] * channels;
  bool reads_windows = w->kind == TW_WINDOW_AVERAGE_GRADIENT, picks = w->kind == TW_WINDOW_MAX_PICK;
  bool writes_images = reads_windows || w->kind == TW_WINDOW_MAX_GRADIENT;
  // Lines of a part stay in the first-level cache.
  int64_t step = tw_max(1, tw_min(1024 / tw_max(channels, 1), w->out[2])), line = step * channels;
  bool by_line = w->stride[2] == 1 && channels < 8;
  int64_t taps = w->size[0] * w->size[1] * w->size[2];
  void *room = tw_workspace(by_line ? (size_t)(2 * line) * sizeof(REAL) : (size_t)taps * sizeof(int64_t));
  if (room == NULL) tw_unsupported("tw_window_run (out of memory)", 0, 0);
  for (int64_t row = row_begin; row < row_end; row++) {
    int64_t in = row / rows * image;
    for (int64_t first = 0; first < w->out[2]; first += step) {
      G(part) part = {w, {tw_span_of(w, 0, row % rows / w->out[1]), tw_span_of(w, 1, row % w->out[1])}, first,
                      tw_min(step, w->out[2] - first)};
      int64_t at = (row * w->out[2] + first) * channels;
      const REAL *first_of_a = a + (reads_windows ? at : in), *first_of_b = b + (picks ? in : at);
      REAL *to = out + (writes_images ? in : at);
      if (by_line) {
        G(tap_by_tap)(&part, first_of_a, first_of_b, to, room, line);
      } else {
        G(one_by_one)(&part, first_of_a, first_of_b, to, room);
      }
    }
  }
}

#undef EACH_TAP
#undef WAY
#undef SEE
#undef G
