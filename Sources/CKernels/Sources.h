// How the registers of a tile program get their first values.
#ifndef THALWEG_CKERNELS_SOURCES_H
#define THALWEG_CKERNELS_SOURCES_H

#include "Internal.h"

typedef enum {
  TW_FILL_ALIAS,     // the register is the input itself
  TW_FILL_COPY,      // as before, but copied: the program overwrites that memory while it is still needed
  TW_FILL_ONCE,      // one value for all elements; filled before the first tile
  TW_FILL_SPLAT,     // the same, before each tile, because the program overwrites the register
  TW_FILL_PATTERN,   // a short period, laid out before the first tile so that every tile is a window of it
  TW_FILL_PERIOD,    // a long contiguous period: the input itself, except in tiles that wrap around
  TW_FILL_STRIDED,   // the general walk
  TW_FILL_INDEX,
} tw_fill_mode;

typedef struct {
  tw_fill_mode mode;
  uint16_t reg;
  uint8_t size;        // bytes of an element
  const void *input;
  int64_t period;      // TW_FILL_PATTERN, TW_FILL_PERIOD
  uint64_t bits;       // TW_FILL_ONCE, TW_FILL_SPLAT
  const tw_source *source;
} tw_filler;

/// Bytes of a register's part of the scratch memory.
#define TW_SLOT ((int64_t)TW_TILE * 8)

/// Chooses the way to fill a source. `overwritten`: an instruction writes the register. `endangered`: the program
/// overwrites the input's memory before its last read.
TW_HIDDEN tw_filler tw_make_filler(const tw_program *program, const tw_source *source, const void *const *inputs,
                                   bool overwritten, bool endangered);
/// What has to happen once, before the first tile. `slot` is the register's memory.
TW_HIDDEN void tw_prepare_filler(const tw_program *program, const tw_filler *filler, void *slot);
/// The register's values for elements [begin, begin + n), n <= TW_TILE: in `slot` or elsewhere.
TW_HIDDEN const void *tw_fill_tile(const tw_program *program, const tw_filler *filler, int64_t begin, int64_t n,
                                   void *slot);

#endif
