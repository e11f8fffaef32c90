#include "Internal.h"

/// The most rows of a window.
#define TW_DIRECT_ROWS 32

/// Elements from one copy of a line to the next, with room for a vector that begins inside.
static int64_t tw_direct_copy(const tw_direct *d) { return (d->line + 79) / 16 * 16; }

#define TW_BODY "DirectBody.h"
#include "EachInstructionSet.h"

bool tw_direct_fits(const tw_direct *d, tw_direct_kind kind) {
  if (d->rows > TW_DIRECT_ROWS) return false;
  if (kind == TW_DIRECT_FORWARD) return d->outputs <= TW_DIRECT_LANES;
  // Channels that fill registers are oneDNN's.
  int64_t lanes = TW_CHOOSE(direct_width)();
  if (kind == TW_DIRECT_WEIGHT_GRADIENT) return d->outputs <= tw_min(TW_DIRECT_LANES, lanes / 2);
  return d->channels <= lanes / 2 && TW_CHOOSE(direct_vectors)(d) <= TW_DIRECT_VECTORS;
}

/// Elements of a line of laid out weights.
static int64_t width_of(const tw_direct *d, tw_direct_kind kind) {
  if (kind != TW_DIRECT_INPUT_GRADIENT) return TW_DIRECT_LANES;
  return TW_CHOOSE(direct_vectors)(d) * TW_CHOOSE(direct_width)();
}

int64_t tw_direct_weight_count(const tw_direct *d, tw_direct_kind kind) {
  return d->rows * (kind == TW_DIRECT_INPUT_GRADIENT ? d->outputs : d->span) * width_of(d, kind);
}

void tw_direct_weights(const tw_direct *d, tw_direct_kind kind, const float *from, float *to) {
  int64_t pixels = d->span / d->channels, width = width_of(d, kind);
  memset(to, 0, (size_t)tw_direct_weight_count(d, kind) * sizeof(float));
  for (int64_t o = 0; o < d->outputs; o++) {
    for (int64_t c = 0; c < d->channels; c++) {
      for (int64_t row = 0; row < d->rows; row++) {
        for (int64_t pixel = 0; pixel < pixels; pixel++, from++) {
          int64_t place = pixel * d->channels + c;
          if (kind == TW_DIRECT_INPUT_GRADIENT) {
            to[(row * d->outputs + o) * width + place] = *from;
          } else {
            to[(row * d->span + place) * width + o] = *from;
          }
        }
      }
    }
  }
}

void tw_direct_forward(const tw_direct *d, const float *x, const float *weights, float *y, int64_t lines) {
  TW_CHOOSE(direct_forward)(d, x, weights, y, lines);
}

int64_t tw_direct_room(const tw_direct *d) { return (d->span + d->step - 1) / d->step * tw_direct_copy(d); }

void tw_direct_input_gradient(const tw_direct *d, const float *upstream, int64_t upstream_lines, const float *weights,
                              float *x, int64_t skip, int64_t width, int64_t begin, int64_t end, float *room) {
  TW_CHOOSE(direct_input_gradient)(d, upstream, upstream_lines, weights, x, skip, width, begin, end, room);
}

void tw_direct_weight_gradient(const tw_direct *d, const float *x, const float *upstream, int64_t lines, float *sums) {
  TW_CHOOSE(direct_weight_gradient)(d, x, upstream, lines, sums);
}
