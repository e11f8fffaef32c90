// Stable argsort: every type maps to an unsigned key whose order is the wanted one, then least-significant-digit radix
// sort, which skips digits that all keys share; insertion sort for short lines.
#include "Internal.h"

#include <errno.h>
#include <stdlib.h>

typedef struct {
  uint64_t key;
  int64_t index;
} entry;

/// Ascending order of the bits of a floating number; both zeros map to one key, NaN to the greatest.
static uint64_t floating_key(uint64_t bits, int width, uint64_t infinity, bool descending) {
  uint64_t sign = (uint64_t)1 << (width - 1), all = sign | (sign - 1), magnitude = bits & (sign - 1);
  if (magnitude > infinity) return all;
  uint64_t key = magnitude == 0 ? sign : bits & sign ? ~bits & all : bits | sign;
  return descending ? ~key & all : key; // an infinity's key and its complement both stay below `all`
}

static uint64_t key_at(tw_type type, const void *in, int64_t i, bool descending) {
  uint64_t key = 0;
  switch (type) {
  case TW_FLOAT32: return floating_key(((const uint32_t *)in)[i], 32, 0x7f800000, descending);
  case TW_FLOAT64: return floating_key(((const uint64_t *)in)[i], 64, 0x7ff0000000000000, descending);
  case TW_FLOAT16: return floating_key(((const uint16_t *)in)[i], 16, 0x7c00, descending);
  case TW_BFLOAT16: return floating_key(((const uint16_t *)in)[i], 16, 0x7f80, descending);
  case TW_INT32:
    key = ((const uint32_t *)in)[i] ^ 0x80000000u;
    return descending ? ~key & 0xffffffffu : key;
  case TW_INT64:
    key = ((const uint64_t *)in)[i] ^ 0x8000000000000000u;
    return descending ? ~key : key;
  case TW_UINT8:
  case TW_BOOL: 
    key = ((const uint8_t *)in)[i];
    return descending ? ~key & 0xff : key;
  }
  return key;
}

static void insertion_sort(entry *entries, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    entry moving = entries[i];
    int64_t j = i;
    for (; j > 0 && entries[j - 1].key > moving.key; j--) entries[j] = entries[j - 1];
    entries[j] = moving;
  }
}

/// Returns the one of the two buffers that holds the result.
static entry *radix_sort(entry *entries, entry *spare, int64_t n, int digits) {
  for (int digit = 0; digit < digits; digit++) {
    int shift = digit * 8;
    int64_t counts[256] = {0};
    for (int64_t i = 0; i < n; i++) counts[(entries[i].key >> shift) & 255]++;
    if (counts[(entries[0].key >> shift) & 255] == n) continue;
    int64_t at = 0;
    for (int b = 0; b < 256; b++) {
      int64_t count = counts[b];
      counts[b] = at;
      at += count;
    }
    for (int64_t i = 0; i < n; i++) spare[counts[(entries[i].key >> shift) & 255]++] = entries[i];
    entry *swap = entries;
    entries = spare;
    spare = swap;
  }
  return entries;
}

int tw_argsort(tw_type type, const void *in, int64_t *out, int64_t outer, int64_t n, int64_t inner, bool descending) {
  if (outer == 0 || n == 0 || inner == 0) return 0;
  if ((uint64_t)n > SIZE_MAX / (2 * sizeof(entry))) return ENOMEM;
  entry *entries = malloc((size_t)n * 2 * sizeof(entry));
  if (entries == NULL) return ENOMEM;
  int digits = (int)tw_size_of(type);
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < inner; i++) {
      int64_t base = o * n * inner + i;
      for (int64_t k = 0; k < n; k++) entries[k] = (entry){key_at(type, in, base + k * inner, descending), k};
      entry *sorted = entries;
      if (n <= 48) {
        insertion_sort(entries, n);
      } else {
        sorted = radix_sort(entries, entries + n, n, digits);
      }
      for (int64_t k = 0; k < n; k++) out[base + k * inner] = sorted[k].index;
    }
  }
  free(entries);
  return 0;
}
