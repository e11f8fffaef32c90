// Pooling of one real type for one instruction set. Loops run over the channels of a pixel, which lie side by side;
// positions of maxima are searched TW_CHANNELS at a time, so that they stay in L1.
#define G(name) TW_NAME(TW_JOIN(name, REAL_SUFFIX))

#ifndef TW_CHANNELS
#define TW_CHANNELS 256
#endif

/// Greater, or NaN: what takes a maximum's place.
#define TW_BEATS(value, best) (((value) > (best)) | ((value) != (value)))

static void G(window_max)(const tw_window *w, const tw_span *s, const REAL *x, REAL *y) {
  int64_t channels = w->channels;
  bool is_first = true;
  TW_EACH_TAP(w, s, pixel, {
    const REAL *from = x + pixel * channels;
    if (is_first) {
      memcpy(y, from, (size_t)channels * sizeof(REAL));
      is_first = false;
    } else {
      for (int64_t c = 0; c < channels; c++) y[c] = TW_BEATS(from[c], y[c]) ? from[c] : y[c];
    }
  })
  if (is_first) {
    for (int64_t c = 0; c < channels; c++) y[c] = -INFINITY;
  }
}

/// The number of the pixel that holds each channel's maximum, for `count` channels from `first` on; -1 where there is
/// none.
static void G(window_search)(const tw_window *w, const tw_span *s, const REAL *x, int64_t first, int64_t count,
                             WHOLE *at) {
  REAL best[TW_CHANNELS];
  bool is_first = true;
  for (int64_t c = 0; c < count; c++) at[c] = -1;
  TW_EACH_TAP(w, s, pixel, {
    const REAL *from = x + pixel * w->channels + first;
    if (is_first) {
      for (int64_t c = 0; c < count; c++) {
        best[c] = from[c];
        at[c] = (WHOLE)pixel;
      }
      is_first = false;
    } else {
      for (int64_t c = 0; c < count; c++) {
        bool beats = TW_BEATS(from[c], best[c]);
        best[c] = beats ? from[c] : best[c];
        at[c] = beats ? (WHOLE)pixel : at[c];
      }
    }
  })
}

static void G(window_max_gradient)(const tw_window *w, const tw_span *s, const REAL *x, const REAL *y, REAL *out) {
  WHOLE at[TW_CHANNELS];
  for (int64_t first = 0; first < w->channels; first += TW_CHANNELS) {
    int64_t count = tw_min(TW_CHANNELS, w->channels - first);
    G(window_search)(w, s, x, first, count, at);
    TW_EACH_TAP(w, s, pixel, {
      REAL *to = out + pixel * w->channels + first;
      for (int64_t c = 0; c < count; c++) to[c] += at[c] == (WHOLE)pixel ? y[first + c] : 0;
    })
  }
}

static void G(window_max_pick)(const tw_window *w, const tw_span *s, const REAL *x, const REAL *v, REAL *y) {
  WHOLE at[TW_CHANNELS];
  for (int64_t first = 0; first < w->channels; first += TW_CHANNELS) {
    int64_t count = tw_min(TW_CHANNELS, w->channels - first);
    G(window_search)(w, s, x, first, count, at);
    for (int64_t c = 0; c < count; c++) y[first + c] = at[c] < 0 ? 0 : v[at[c] * w->channels + first + c];
  }
}

static REAL G(window_divisor)(const tw_window *w, const tw_span *s) {
  int64_t inside = (s[0].end - s[0].first) * (s[1].end - s[1].first) * (s[2].end - s[2].first);
  return (REAL)(w->counts_padding ? w->size[0] * w->size[1] * w->size[2] : tw_max(inside, 1));
}

static void G(window_average)(const tw_window *w, const tw_span *s, const REAL *x, REAL *y) {
  int64_t channels = w->channels;
  for (int64_t c = 0; c < channels; c++) y[c] = 0;
  TW_EACH_TAP(w, s, pixel, {
    const REAL *from = x + pixel * channels;
    for (int64_t c = 0; c < channels; c++) y[c] += from[c];
  })
  REAL divisor = G(window_divisor)(w, s);
  for (int64_t c = 0; c < channels; c++) y[c] /= divisor;
}

static void G(window_average_gradient)(const tw_window *w, const tw_span *s, const REAL *y, REAL *out) {
  REAL divisor = G(window_divisor)(w, s);
  TW_EACH_TAP(w, s, pixel, {
    REAL *to = out + pixel * w->channels;
    for (int64_t c = 0; c < w->channels; c++) to[c] += y[c] / divisor;
  })
}

static void G(window)(const tw_window *w, const REAL *a, const REAL *b, REAL *out, int64_t row_begin,
                      int64_t row_end) {
  int64_t rows = w->out[0] * w->out[1], channels = w->channels;
  int64_t image = w->in[0] * w->in[1] * w->in[2] * channels;
  for (int64_t row = row_begin; row < row_end; row++) {
    tw_span s[3] = {tw_span_of(w, 0, row % rows / w->out[1]), tw_span_of(w, 1, row % w->out[1]), {0, 0, 0}};
    int64_t from = row / rows * image, at = row * w->out[2] * channels;
    for (int64_t position = 0; position < w->out[2]; position++, at += channels) {
      s[2] = tw_span_of(w, 2, position);
      switch (w->kind) {
      case TW_WINDOW_MAX: G(window_max)(w, s, a + from, out + at); break;
      case TW_WINDOW_MAX_GRADIENT: G(window_max_gradient)(w, s, a + from, b + at, out + from); break;
      case TW_WINDOW_MAX_PICK: G(window_max_pick)(w, s, a + from, b + from, out + at); break;
      case TW_WINDOW_AVERAGE: G(window_average)(w, s, a + from, out + at); break;
      case TW_WINDOW_AVERAGE_GRADIENT: G(window_average_gradient)(w, s, a + at, out + from); break;
      }
    }
  }
}

#undef G
