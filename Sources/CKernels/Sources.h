// How the registers of a tile program get their first values.
#ifndef THALWEG_CKERNELS_SOURCES_H
#define THALWEG_CKERNELS_SOURCES_H

#include "Internal.h"

typedef enum {
  TW_FILL_ALIAS,   // the register is the input itself
  TW_FILL_SCALAR,  // one value for all elements, read from the input; filled before the first tile
  TW_FILL_ONCE,    // the same for a constant
  TW_FILL_PATTERN, // a short period, laid out before the first tile so that every tile is a window of it
  TW_FILL_PERIOD,  // a long contiguous period: the input itself, except in tiles that wrap around
  TW_FILL_STRIDED, // the general walk
  TW_FILL_INDEX,
} tw_fill_mode;

typedef struct {
  tw_fill_mode mode;
  uint8_t size;   // bytes of an element
  int64_t period; // TW_FILL_PATTERN, TW_FILL_PERIOD
} tw_filler;

/// Chooses the way to fill a source.
TW_HIDDEN tw_filler tw_make_filler(const tw_program *program, const tw_source *source);
/// Bytes of memory the filler's register needs.
TW_HIDDEN int64_t tw_filler_bytes(const tw_filler *filler);
/// What has to happen once, before the first tile. `slot` is the register's memory; `n`: elements of the longest tile.
TW_HIDDEN void tw_prepare_filler(const tw_program *program, const tw_source *source, const tw_filler *filler,
                                 const void *input, int64_t n, void *slot);
/// The register's values for elements [begin, begin + n), n <= TW_TILE: in `slot` or elsewhere.
TW_HIDDEN const void *tw_fill_tile(const tw_program *program, const tw_source *source, const tw_filler *filler,
                                   const void *input, int64_t begin, int64_t n, void *slot);

#endif
