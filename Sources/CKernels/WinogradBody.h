// Convolutions of 3 by 3 pixels by Winograd's F(2x2, 3x3) (Lavin and Gray 2016) for one instruction set. Part of GemmBody.h.
//
// A tile of 4 by 4 inputs d gives 2 by 2 outputs: y = Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A with the window g. The sum over channels
// stands inside the brackets: 16 matrix products, one for each place in a tile, with 16 multiplications instead of 36.
// The gradient of the window is the adjoint: dg = Gᵀ [(Bᵀ d B) ∘ (A dy Aᵀ)] G, summed over tiles.

#define TW_PANEL (TW_WIDE * TW_W)

/// Elements from one place of a tile to the next: a little more than its matrix has, so that places do not meet in the cache.
TW_INLINE int64_t G(winograd_step)(int64_t rows, int64_t columns) { return rows * columns + 16; }

/// Where column j begins among panels of `depth` rows.
TW_INLINE int64_t G(winograd_column)(int64_t j, int64_t depth, int64_t columns, int64_t *width) {
  int64_t panel = j / TW_PANEL * TW_PANEL;
  *width = tw_min(TW_PANEL, columns - panel);
  return panel * depth + j - panel;
}

/// d becomes Bᵀ d B.
TW_INLINE void G(winograd_input)(V d[16]) {
  _Pragma("unroll") for (int pass = 0; pass < 2; pass++) {
    int step = pass == 0 ? 4 : 1, next = pass == 0 ? 1 : 4;
    _Pragma("unroll") for (int i = 0; i < 4; i++) {
      V *line = d + i * next;
      V first = line[0] - line[2 * step], second = line[step] + line[2 * step];
      V third = line[2 * step] - line[step], last = line[step] - line[3 * step];
      line[0] = first, line[step] = second, line[2 * step] = third, line[3 * step] = last;
    }
  }
}

/// The first 2 by 2 of m, in rows of four, become Aᵀ m A.
TW_INLINE void G(winograd_output)(V m[16]) {
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    V sum = m[4 + i] + m[8 + i], difference = m[4 + i] - m[8 + i];
    m[i] = m[i] + sum, m[4 + i] = difference - m[12 + i];
  }
  _Pragma("unroll") for (int i = 0; i < 2; i++) {
    V *line = m + 4 * i;
    V sum = line[1] + line[2], difference = line[1] - line[2];
    line[0] = line[0] + sum, line[1] = difference - line[3];
  }
}

/// The 2 by 2 of y, in rows of four, become A y Aᵀ.
TW_INLINE void G(winograd_upstream)(V y[16]) {
  _Pragma("unroll") for (int i = 0; i < 2; i++) {
    V *line = y + 4 * i;
    V first = line[0], second = line[1];
    line[1] = first + second, line[2] = first - second, line[3] = -second;
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    V first = y[i], second = y[4 + i];
    y[4 + i] = first + second, y[8 + i] = first - second, y[12 + i] = -second;
  }
}

/// The places of a tile as they lie `size` by `size` pixels in an image; what lies outside is read from `zeros`.
TW_INLINE void G(winograd_pixels)(const REAL *image, const int64_t *sizes, int64_t channels, int64_t row, int64_t column,
                                  int size, const REAL *zeros, const REAL *at[16]) {
  for (int i = 0; i < size; i++) {
    for (int j = 0; j < size; j++) {
      bool inside = row + i >= 0 && row + i < sizes[0] && column + j >= 0 && column + j < sizes[1];
      at[4 * i + j] = inside ? image + ((row + i) * sizes[1] + column + j) * channels : zeros;
    }
  }
}

typedef struct {
  int64_t image, row, column; // of the first output
} G(winograd_tile);

TW_INLINE G(winograd_tile) G(winograd_place)(const tw_winograd *w, int64_t tile) {
  int64_t columns = (w->out[1] + 1) / 2, rows = (w->out[0] + 1) / 2;
  return (G(winograd_tile)){tile / (rows * columns), tile / columns % rows * 2, tile % columns * 2};
}

/// Memory that the products bring into the cache, a few lines at each step, before it is needed.
typedef struct {
  const REAL *at[2], *end[2];
} G(winograd_fetch);

/// Images from the first pixel on that `tile` is the first to need: about four for each tile.
static void G(winograd_plan)(G(winograd_fetch) *fetch, int which, const tw_winograd *w, const REAL *images, int64_t tile,
                             int64_t tiles, const int64_t *sizes, int64_t channels) {
  G(winograd_tile) place = G(winograd_place)(w, tile);
  fetch->at[which] = images + ((place.image * sizes[0] + place.row) * sizes[1] + place.column) * channels;
  fetch->end[which] = fetch->at[which] + 4 * tiles * channels;
}

/// What a product of `depth` steps fetches, or `otherwise`.
TW_INLINE const REAL *G(winograd_next)(G(winograd_fetch) *fetch, int64_t depth, const REAL *otherwise) {
  int which = fetch->at[0] < fetch->end[0] ? 0 : 1;
  if (fetch->at[which] >= fetch->end[which]) return otherwise;
  const REAL *from = fetch->at[which];
  fetch->at[which] += depth * (64 / (int64_t)sizeof(REAL));
  return from;
}

/// to[place, tile - begin, channel] for tiles [begin, end); the channels are filled up with zeros to whole vectors.
static void G(winograd_inputs)(const tw_winograd *w, const REAL *x, int64_t begin, int64_t end, const REAL *zeros, REAL *to,
                               int64_t step, int64_t width) {
  int64_t channels = w->in_channels;
  for (int64_t tile = begin; tile < end; tile++, to += width) {
    G(winograd_tile) place = G(winograd_place)(w, tile);
    const REAL *at[16];
    G(winograd_pixels)(x + place.image * w->in[0] * w->in[1] * channels, w->in, channels, place.row - w->low[0],
                       place.column - w->low[1], 4, zeros, at);
    for (int64_t c = 0; c < channels; c += TW_W) {
      V d[16];
      _Pragma("unroll") for (int i = 0; i < 16; i++) d[i] = G(load)(at[i] + c, channels - c);
      G(winograd_input)(d);
      _Pragma("unroll") for (int i = 0; i < 16; i++) __builtin_memcpy(to + i * step + c, &d[i], sizeof(V));
    }
  }
}

/// Windows of TW_W output channels and of few input channels, at each element the output channels side by side: lines of
/// [in, 3, 3]. `turned`, the windows are those of the input gradient, [in, out, 3, 3] and rotated.
static void G(winograd_gather)(const REAL *from, bool turned, int64_t channels, int64_t filters, int64_t c, int64_t count,
                               int64_t j, REAL *lines) {
  if (turned) {
    for (int64_t q = 0; q < count; q++) {
      const REAL *windows = from + ((c + q) * filters + j) * 9;
      for (int64_t x = 0; x < TW_W; x++) {
        for (int i = 0; i < 9; i++) lines[(9 * q + 8 - i) * TW_W + x] = x < filters - j ? windows[9 * x + i] : 0;
      }
    }
  } else {
    for (int64_t p = 0; p < 9 * count; p += TW_W) {
      G(pack_square)(9 * count - p, filters - j, from + (j * channels + c) * 9 + p, channels * 9, lines + p * TW_W, TW_W);
    }
  }
}

/// Input channels whose windows are laid out at a time.
#define TW_BATCH 16

/// U = G g Gᵀ of the windows of input channels [begin, end), laid out [place, panel, input channel, output channel].
static void G(winograd_weights)(const tw_winograd *w, const REAL *from, bool turned, REAL *to, int64_t begin, int64_t end) {
  int64_t channels = w->in_channels, filters = w->out_channels, columns = (filters + 15) / 16 * 16;
  int64_t step = G(winograd_step)(channels, columns);
  V lines[9 * TW_BATCH];
  for (int64_t j = 0; j < columns; j += TW_W) {
    for (int64_t c = begin; c < end; c += TW_BATCH) {
      int64_t count = tw_min(TW_BATCH, end - c), width, at = G(winograd_column)(j, channels, columns, &width) + c * width;
      memset(lines, 0, sizeof lines);
      if (j < filters) G(winograd_gather)(from, turned, channels, filters, c, count, j, (REAL *)lines);
      for (int64_t q = 0; q < count; q++) {
        V *g = lines + 9 * q, rows[12], u[16];
        _Pragma("unroll") for (int i = 0; i < 3; i++) {
          V ends = g[i] + g[6 + i];
          rows[i] = g[i], rows[9 + i] = g[6 + i];
          rows[3 + i] = (ends + g[3 + i]) * (REAL)0.5, rows[6 + i] = (ends - g[3 + i]) * (REAL)0.5;
        }
        _Pragma("unroll") for (int i = 0; i < 4; i++) {
          V *line = rows + 3 * i, ends = line[0] + line[2];
          u[4 * i] = line[0], u[4 * i + 3] = line[2];
          u[4 * i + 1] = (ends + line[1]) * (REAL)0.5, u[4 * i + 2] = (ends - line[1]) * (REAL)0.5;
        }
        _Pragma("unroll") for (int i = 0; i < 16; i++) __builtin_memcpy(to + i * step + at + q * width, &u[i], sizeof(V));
      }
    }
  }
}

/// Outputs of tiles [begin, end), output channels [first, last) (multiples of TW_GEMM_COLUMNS, or the last). `room` holds
/// tw_winograd_room elements.
static void G(winograd)(const tw_winograd *w, const REAL *x, const REAL *weights, REAL *y, int64_t begin, int64_t end,
                        int64_t first, int64_t last, REAL *room) {
  int64_t tiles = end - begin, channels = w->in_channels, filters = w->out_channels;
  int64_t width = (channels + 15) / 16 * 16, columns = (filters + 15) / 16 * 16, step = G(winograd_step)(tiles, width);
  int64_t lines = (last + 15) / 16 * 16 - first, line_step = G(winograd_step)(tiles, lines);
  REAL *zeros = room, *inputs = zeros + width, *products = inputs + 16 * step;
  memset(zeros, 0, (size_t)width * sizeof(REAL));
  G(winograd_inputs)(w, x, begin, end, zeros, inputs, step, width);
  G(winograd_fetch) fetch;
  G(winograd_plan)(&fetch, 0, w, y, begin, tiles, w->out, filters);
  G(winograd_plan)(&fetch, 1, w, x, end, tiles, w->in, channels);
  for (int i = 0; i < 16; i++) {
    for (int64_t j = first; j < first + lines; j += TW_PANEL) {
      int64_t panel, at = G(winograd_column)(j, channels, columns, &panel);
      const REAL *from = weights + i * G(winograd_step)(channels, columns) + at;
      for (int64_t t = 0, rows; t < tiles; t += rows) {
        rows = G(rows_of)(tiles - t);
        G(block)(rows, channels, inputs + i * step + t * width, width, 1, from, panel,
                 products + i * line_step + t * lines + j - first, lines, panel, false,
                 G(winograd_next)(&fetch, channels, from + channels * (panel + tw_min(t / TW_ROWS, 2) * 16)));
      }
    }
  }
  for (int64_t tile = begin; tile < end; tile++, products += lines) {
    G(winograd_tile) place = G(winograd_place)(w, tile);
    REAL *to = y + ((place.image * w->out[0] + place.row) * w->out[1] + place.column) * filters;
    bool is_below = place.row + 1 < w->out[0], is_beside = place.column + 1 < w->out[1];
    for (int64_t j = first; j < last; j += TW_W) {
      V m[16];
      _Pragma("unroll") for (int i = 0; i < 16; i++) __builtin_memcpy(&m[i], products + i * line_step + j - first, sizeof(V));
      G(winograd_output)(m);
      int64_t count = last - j;
      REAL *below = to + w->out[1] * filters;
      G(store)(to + j, m[0], count);
      if (is_beside) G(store)(to + filters + j, m[1], count);
      if (is_below) G(store)(below + j, m[4], count);
      if (is_below && is_beside) G(store)(below + filters + j, m[5], count);
    }
  }
}

/// What tiles [begin, end) give, or add, to sum[place, input channel, output channel (to whole vectors)].
static void G(winograd_gradient)(const tw_winograd *w, const REAL *x, const REAL *upstream, REAL *sum, bool add,
                                 int64_t begin, int64_t end, REAL *room) {
  int64_t tiles = end - begin, channels = w->in_channels, filters = w->out_channels;
  int64_t width = (channels + 15) / 16 * 16, columns = (filters + 15) / 16 * 16, step = G(winograd_step)(tiles, width);
  int64_t line_step = G(winograd_step)(tiles, columns);
  REAL *zeros = room, *inputs = zeros + tw_max(width, columns), *lines = inputs + 16 * step;
  memset(zeros, 0, (size_t)tw_max(width, columns) * sizeof(REAL));
  G(winograd_inputs)(w, x, begin, end, zeros, inputs, step, width);
  for (int64_t tile = begin; tile < end; tile++) {
    G(winograd_tile) place = G(winograd_place)(w, tile);
    const REAL *at[16];
    G(winograd_pixels)(upstream + place.image * w->out[0] * w->out[1] * filters, w->out, filters, place.row,
                       place.column, 2, zeros, at);
    for (int64_t j = 0; j < filters; j += TW_W) {
      V d[16];
      for (int i = 0; i < 2; i++) {
        d[4 * i] = G(load)(at[4 * i] + j, filters - j), d[4 * i + 1] = G(load)(at[4 * i + 1] + j, filters - j);
      }
      G(winograd_upstream)(d);
      int64_t panel, to = G(winograd_column)(j, tiles, columns, &panel) + (tile - begin) * panel;
      _Pragma("unroll") for (int i = 0; i < 16; i++) __builtin_memcpy(lines + i * line_step + to, &d[i], sizeof(V));
    }
  }
  G(winograd_fetch) fetch;
  G(winograd_plan)(&fetch, 0, w, x, end, tiles, w->in, channels);
  G(winograd_plan)(&fetch, 1, w, upstream, end, tiles, w->out, filters);
  for (int i = 0; i < 16; i++) {
    for (int64_t j = 0; j < columns; j += TW_PANEL) {
      int64_t panel, at = G(winograd_column)(j, tiles, columns, &panel);
      const REAL *from = lines + i * line_step + at;
      for (int64_t c = 0, rows; c < channels; c += rows) {
        rows = G(rows_of)(channels - c);
        G(block)(rows, tiles, inputs + i * step + c, 1, width, from, panel,
                 sum + i * G(winograd_step)(channels, columns) + c * columns + j, columns, panel, add,
                 G(winograd_next)(&fetch, tiles, from));
      }
    }
  }
}

/// The gradient of the windows [out, in, 3, 3] of input channels [begin, end) from its sums, one for each part of the tiles.
static void G(winograd_windows)(const tw_winograd *w, const REAL *sums, int64_t parts, REAL *to, int64_t begin, int64_t end) {
  int64_t channels = w->in_channels, filters = w->out_channels, columns = (filters + 15) / 16 * 16;
  int64_t step = G(winograd_step)(channels, columns);
  V lines[9 * TW_BATCH];
  for (int64_t j = 0; j < filters; j += TW_W) {
    for (int64_t c = begin; c < end; c += TW_BATCH) {
      int64_t count = tw_min(TW_BATCH, end - c), here = tw_min(TW_W, filters - j);
      for (int64_t q = 0; q < count; q++) {
        V m[16], rows[12], *g = lines + 9 * q;
        _Pragma("unroll") for (int i = 0; i < 16; i++) {
          const REAL *from = sums + i * step + (c + q) * columns + j;
          m[i] = G(load)(from, TW_W);
          for (int64_t p = 1; p < parts; p++) m[i] += G(load)(from + p * 16 * step, TW_W);
        }
        _Pragma("unroll") for (int i = 0; i < 4; i++) {
          V half = (m[4 + i] + m[8 + i]) * (REAL)0.5;
          rows[i] = m[i] + half, rows[4 + i] = (m[4 + i] - m[8 + i]) * (REAL)0.5, rows[8 + i] = half + m[12 + i];
        }
        _Pragma("unroll") for (int i = 0; i < 3; i++) {
          V *line = rows + 4 * i, half = (line[1] + line[2]) * (REAL)0.5;
          g[3 * i] = line[0] + half, g[3 * i + 1] = (line[1] - line[2]) * (REAL)0.5, g[3 * i + 2] = half + line[3];
        }
      }
      REAL *windows = to + (j * channels + c) * 9;
      int64_t p = 0;
      for (; p + TW_W <= 9 * count; p += TW_W) {
        G(pack_square)(here, TW_W, (const REAL *)(lines + p), TW_W, windows + p, channels * 9);
      }
      for (; p < 9 * count; p++) {
        for (int64_t x = 0; x < here; x++) windows[x * channels * 9 + p] = lines[p][x];
      }
    }
  }
}

#undef TW_PANEL
#undef TW_BATCH
