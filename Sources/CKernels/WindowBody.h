// Pooling of one real type for one instruction set: a vector of channels at a time, whose taps stay in registers.
//
// Channels that do not fill a vector are read and added to together with what lies behind them, which then gets zeros: one
// call owns whole images where it adds, and writes windows in their order. Only at the end of the memory are they copied.
#define G(name) TW_NAME(TW_JOIN(name, REAL_SUFFIX))
#define V G(window_vector)
#define I G(window_mask)
#define W ((int64_t)(TW_BYTES / sizeof(REAL)))

typedef REAL V __attribute__((ext_vector_type(TW_BYTES / sizeof(REAL))));
typedef WHOLE I __attribute__((ext_vector_type(TW_BYTES / sizeof(REAL))));

TW_INLINE V G(window_read)(const REAL *from, int64_t count, const REAL *end) {
  V value = 0;
  if (TW_LIKELY(from + W <= end)) {
    __builtin_memcpy(&value, from, sizeof value);
  } else {
    memcpy(&value, from, (size_t)count * sizeof(REAL));
  }
  return value;
}

TW_INLINE void G(window_write)(REAL *to, V value, int64_t count, const REAL *end) {
  if (TW_LIKELY(to + W <= end)) {
    __builtin_memcpy(to, &value, sizeof value);
  } else {
    memcpy(to, &value, (size_t)count * sizeof(REAL));
  }
}

TW_INLINE V G(window_choose)(I mask, V yes, V no) { return (V)((mask & (I)yes) | (~mask & (I)no)); }

/// The first `count` lanes of the value, zeros behind them.
TW_INLINE V G(window_only)(V value, int64_t count) {
  I lane;
  for (int i = 0; i < W; i++) lane[i] = i;
  return G(window_choose)(lane < (I)(WHOLE)count, value, (V)(REAL)0);
}

/// The number of the pixel that holds each lane's maximum: the first of equal ones, and any NaN; -1 without a pixel.
TW_INLINE I G(window_search)(const tw_window *w, const tw_span *s, const REAL *x, int64_t count, const REAL *end) {
  V best = (REAL)-INFINITY;
  I at = -1, is_first = -1;
  TW_EACH_TAP(w, s, pixel, {
    V value = G(window_read)(x + pixel * w->channels, count, end);
    I beats = (value > best) | (value != value) | is_first;
    best = G(window_choose)(beats, value, best);
    at = (beats & (I)(WHOLE)pixel) | (~beats & at);
    is_first = 0;
  })
  return at;
}

/// One window of one vector of channels. `a`, `b` and `out` point to the channels' first in an image or in the windows; what
/// is read of a and written of out ends at `a_end` and `out_end`.
TW_INLINE void G(window_one)(const tw_window *w, const tw_span *s, int64_t count, const REAL *a, const REAL *a_end,
                             const REAL *b, const REAL *b_end, REAL *out, const REAL *out_end) {
  int64_t channels = w->channels;
  int64_t inside = (s[0].end - s[0].first) * (s[1].end - s[1].first) * (s[2].end - s[2].first);
  REAL divisor = (REAL)(w->counts_padding ? w->size[0] * w->size[1] * w->size[2] : tw_max(inside, 1));
  switch (w->kind) {
  case TW_WINDOW_MAX: {
    V best = (REAL)-INFINITY;
    TW_EACH_TAP(w, s, pixel, {
      V value = G(window_read)(a + pixel * channels, count, a_end);
      best = G(window_choose)((value > best) | (value != value), value, best);
    })
    G(window_write)(out, best, count, out_end);
    break;
  }
  case TW_WINDOW_MAX_GRADIENT: {
    I at = G(window_search)(w, s, a, count, a_end);
    V value = G(window_only)(G(window_read)(b, count, b_end), count);
    TW_EACH_TAP(w, s, pixel, {
      REAL *to = out + pixel * channels;
      V added = G(window_choose)(at == (I)(WHOLE)pixel, value, (V)(REAL)0);
      G(window_write)(to, G(window_read)(to, count, out_end) + added, count, out_end);
    })
    break;
  }
  case TW_WINDOW_MAX_PICK: {
    I at = G(window_search)(w, s, a, count, a_end);
    for (int64_t c = 0; c < count; c++) out[c] = at[c] < 0 ? 0 : b[at[c] * channels + c];
    break;
  }
  case TW_WINDOW_AVERAGE: {
    V sum = 0;
    TW_EACH_TAP(w, s, pixel, { sum += G(window_read)(a + pixel * channels, count, a_end); })
    G(window_write)(out, sum / divisor, count, out_end);
    break;
  }
  case TW_WINDOW_AVERAGE_GRADIENT: {
    V share = G(window_only)(G(window_read)(a, count, a_end), count) / divisor;
    TW_EACH_TAP(w, s, pixel, {
      REAL *to = out + pixel * channels;
      G(window_write)(to, G(window_read)(to, count, out_end) + share, count, out_end);
    })
    break;
  }
  }
}

static void G(window)(const tw_window *w, const REAL *a, const REAL *b, REAL *out, int64_t row_begin,
                      int64_t row_end) {
  int64_t rows = w->out[0] * w->out[1], channels = w->channels;
  int64_t image = w->in[0] * w->in[1] * w->in[2] * channels;
  bool reads_windows = w->kind == TW_WINDOW_AVERAGE_GRADIENT;
  bool writes_images = reads_windows || w->kind == TW_WINDOW_MAX_GRADIENT;
  int64_t windows_end = row_end * w->out[2] * channels;
  for (int64_t row = row_begin; row < row_end; row++) {
    tw_span s[3] = {tw_span_of(w, 0, row % rows / w->out[1]), tw_span_of(w, 1, row % w->out[1]), {0, 0, 0}};
    int64_t in = row / rows * image, at = row * w->out[2] * channels, image_end = in + image;
    for (int64_t position = 0; position < w->out[2]; position++, at += channels) {
      s[2] = tw_span_of(w, 2, position);
      for (int64_t first = 0; first < channels; first += W) {
        const REAL *b_from = b == NULL ? NULL : b + (w->kind == TW_WINDOW_MAX_PICK ? in : at) + first;
        G(window_one)(w, s, tw_min(W, channels - first), a + (reads_windows ? at : in) + first,
                      a + (reads_windows ? windows_end : image_end), b_from, b == NULL ? NULL : b + windows_end,
                      out + (writes_images ? in : at) + first, out + (writes_images ? image_end : windows_end));
      }
    }
  }
}

#undef G
#undef V
#undef I
#undef W
