#include "Internal.h"

#include <math.h>

typedef void (*tw_reducer)(const void *in, void *out, int64_t outer, int64_t n, int64_t inner);
typedef void (*tw_arg_reducer)(bool greatest, const void *in, int64_t *out, int64_t outer, int64_t n, int64_t inner);

#define TW_BODY "ReduceBody.h"
#include "EachInstructionSet.h"

void tw_reduce(tw_reduction op, tw_type type, const void *in, void *out, int64_t outer, int64_t n, int64_t inner) {
  tw_reducer reduce = TW_CHOOSE(reducers)[type][op];
  if (reduce == NULL) tw_unsupported("tw_reduce", op, type);
  reduce(in, out, outer, n, inner);
}

void tw_arg_reduce(bool greatest, tw_type type, const void *in, int64_t *out, int64_t outer, int64_t n,
                   int64_t inner) {
  tw_arg_reducer reduce = TW_CHOOSE(arg_reducers)[type];
  if (reduce == NULL) tw_unsupported("tw_arg_reduce", greatest, type);
  reduce(greatest, in, out, outer, n, inner);
}
