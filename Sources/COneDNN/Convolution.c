#include "Internal.h"

#include <stdlib.h>
#include <string.h>

struct tw_dnnl_convolution {
  tw_convolution_kind kind;
  dnnl_primitive_t primitive;
  /// Plain weights to the library's own layout, or back for a weight gradient; NULL where they are the same.
  dnnl_primitive_t reorder;
  tw_own_descriptor x, y, plain;
  /// Owned by the primitive.
  tw_descriptor weights, scratch;
};

/// The descriptors of one problem: channels last, plain or free weights.
typedef struct {
  tw_own_descriptor x, y, plain, any;
  dnnl_dims_t strides, dilations, low, high;
} problem;

static tw_own_descriptor channels_last(int spatial, dnnl_dim_t batch, dnnl_dim_t channels, const int64_t *sizes) {
  dnnl_dims_t dims = {batch, channels}, strides = {0, 1};
  dnnl_dim_t step = channels;
  for (int axis = spatial - 1; axis >= 0; axis--) {
    dims[2 + axis] = sizes[axis];
    strides[2 + axis] = step;
    step *= sizes[axis];
  }
  strides[0] = step;
  return tw_describe(2 + spatial, dims, strides);
}

static problem describe(const tw_convolution *c) {
  problem p;
  p.x = channels_last(c->spatial, c->batch, c->in_channels, c->in);
  p.y = channels_last(c->spatial, c->batch, c->out_channels, c->out);
  dnnl_dims_t dims, strides;
  int rank = 0;
  if (c->groups > 1) dims[rank++] = c->groups;
  dims[rank++] = c->out_channels / c->groups;
  dims[rank++] = c->in_channels / c->groups;
  for (int axis = 0; axis < c->spatial; axis++) {
    dims[rank++] = c->kernel[axis];
    p.strides[axis] = c->stride[axis];
    p.dilations[axis] = c->dilation[axis] - 1;
    p.low[axis] = c->low[axis];
    // As much as the last window needs: what the strides leave over at the end is not there.
    int64_t reach = (c->kernel[axis] - 1) * c->dilation[axis] + 1;
    p.high[axis] = (c->out[axis] - 1) * c->stride[axis] + reach - c->in[axis] - c->low[axis];
  }
  dnnl_dim_t step = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= dims[axis];
  }
  p.plain = tw_describe(rank, dims, strides);
  p.any = tw_describe_any(rank, dims);
  return p;
}

static bool is_complete(const problem *p) { return p->x.is_set && p->y.is_set && p->plain.is_set && p->any.is_set; }

static dnnl_primitive_desc_t choose(tw_convolution_kind kind, const problem *p, tw_descriptor w,
                                    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  tw_descriptor x = tw_view(&p->x), y = tw_view(&p->y);
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_status_t status;
#if DNNL_VERSION_MAJOR >= 3
  switch (kind) {
  case TW_CONVOLUTION_FORWARD:
    status = dnnl_convolution_forward_primitive_desc_create(&chosen, tw_engine(), dnnl_forward_inference,
                                                            dnnl_convolution_direct, x, w, NULL, y, p->strides,
                                                            p->dilations, p->low, p->high, attributes);
    break;
  case TW_CONVOLUTION_INPUT_GRADIENT:
    status = dnnl_convolution_backward_data_primitive_desc_create(&chosen, tw_engine(), dnnl_convolution_direct, x, w,
                                                                  y, p->strides, p->dilations, p->low, p->high, hint,
                                                                  attributes);
    break;
  case TW_CONVOLUTION_WEIGHT_GRADIENT:
    status = dnnl_convolution_backward_weights_primitive_desc_create(&chosen, tw_engine(), dnnl_convolution_direct, x,
                                                                     w, NULL, y, p->strides, p->dilations, p->low,
                                                                     p->high, hint, attributes);
    break;
  }
#else
  dnnl_convolution_desc_t operation;
  switch (kind) {
  case TW_CONVOLUTION_FORWARD:
    status = dnnl_dilated_convolution_forward_desc_init(&operation, dnnl_forward_inference, dnnl_convolution_direct, x,
                                                        w, NULL, y, p->strides, p->dilations, p->low, p->high);
    break;
  case TW_CONVOLUTION_INPUT_GRADIENT:
    status = dnnl_dilated_convolution_backward_data_desc_init(&operation, dnnl_convolution_direct, x, w, y, p->strides,
                                                              p->dilations, p->low, p->high);
    break;
  case TW_CONVOLUTION_WEIGHT_GRADIENT:
    status = dnnl_dilated_convolution_backward_weights_desc_init(&operation, dnnl_convolution_direct, x, w, NULL, y,
                                                                 p->strides, p->dilations, p->low, p->high);
    break;
  }
  if (status == dnnl_success) {
    status = dnnl_primitive_desc_create(&chosen, (const_dnnl_op_desc_t)&operation, attributes, tw_engine(), hint);
  }
#endif
  return status == dnnl_success ? chosen : NULL;
}

/// The library falls back to plain loops and to matrix products over a copied input: ours are not slower there.
static bool is_worthwhile(const_dnnl_primitive_desc_t chosen) {
  const char *name = NULL;
  if (dnnl_primitive_desc_query(chosen, dnnl_query_impl_info_str, 0, (void *)&name) != dnnl_success) return false;
  return strncmp(name, "ref", 3) != 0 && strncmp(name, "gemm", 4) != 0;
}

static dnnl_primitive_t reordering(tw_descriptor from, tw_descriptor to, dnnl_primitive_attr_t attributes) {
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_primitive_t primitive = NULL;
  if (dnnl_reorder_primitive_desc_create(&chosen, from, tw_engine(), to, tw_engine(), attributes) == dnnl_success) {
    if (dnnl_primitive_create(&primitive, chosen) != dnnl_success) primitive = NULL;
    dnnl_primitive_desc_destroy(chosen);
  }
  return primitive;
}

static tw_descriptor described(dnnl_primitive_t primitive, dnnl_query_t what) {
  const_dnnl_primitive_desc_t own = NULL;
  return dnnl_primitive_get_primitive_desc(primitive, &own) == dnnl_success ? tw_query(own, what) : NULL;
}

static tw_dnnl_convolution *create(const tw_convolution *c, const tw_dnnl_convolution *like) {
  problem p = describe(c);
  tw_dnnl_convolution *result = calloc(1, sizeof *result);
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t forward = NULL, chosen = NULL;
  bool done = false;
  if (result == NULL || !is_complete(&p) || tw_engine() == NULL) goto end;
  if (dnnl_primitive_attr_create(&attributes) != dnnl_success) goto end;
  if (dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) != dnnl_success) goto end;
  if (c->kind != TW_CONVOLUTION_FORWARD) {
    forward = choose(TW_CONVOLUTION_FORWARD, &p, tw_view(&p.any), NULL, attributes);
    if (forward == NULL) goto end;
  }
  chosen = choose(c->kind, &p, like ? like->weights : tw_view(&p.any), forward, attributes);
  if (chosen == NULL || !is_worthwhile(chosen)) goto end;
  if (dnnl_primitive_create(&result->primitive, chosen) != dnnl_success) goto end;
  bool gives_weights = c->kind == TW_CONVOLUTION_WEIGHT_GRADIENT;
  result->kind = c->kind;
  result->weights = described(result->primitive, gives_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md);
  result->scratch = described(result->primitive, dnnl_query_scratchpad_md);
  tw_descriptor plain = tw_view(&p.plain);
  if (!dnnl_memory_desc_equal(plain, result->weights)) {
    result->reorder = gives_weights ? reordering(result->weights, plain, attributes)
                                    : reordering(plain, result->weights, attributes);
    if (result->reorder == NULL) goto end;
  }
  result->x = p.x;
  result->y = p.y;
  result->plain = p.plain;
  p.x.is_set = p.y.is_set = p.plain.is_set = false;
  done = true;
end:
  if (chosen) dnnl_primitive_desc_destroy(chosen);
  if (forward) dnnl_primitive_desc_destroy(forward);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  tw_forget(&p.x), tw_forget(&p.y), tw_forget(&p.plain), tw_forget(&p.any);
  if (!done && result) {
    tw_dnnl_convolution_destroy(result);
    result = NULL;
  }
  return result;
}

tw_dnnl_convolution *tw_dnnl_convolution_create(const tw_convolution *c, const tw_dnnl_convolution *like) {
  int before = tw_hold_threads();
  tw_dnnl_convolution *result = create(c, like);
  tw_restore_threads(before);
  return result;
}

void tw_dnnl_convolution_destroy(tw_dnnl_convolution *c) {
  if (c->primitive) dnnl_primitive_destroy(c->primitive);
  if (c->reorder) dnnl_primitive_destroy(c->reorder);
  tw_forget(&c->x), tw_forget(&c->y), tw_forget(&c->plain);
  free(c);
}

bool tw_dnnl_convolution_reorders(const tw_dnnl_convolution *c) { return c->reorder != NULL; }

size_t tw_dnnl_convolution_weight_bytes(const tw_dnnl_convolution *c) { return dnnl_memory_desc_get_size(c->weights); }

size_t tw_dnnl_convolution_scratch_bytes(const tw_dnnl_convolution *c) {
  size_t bytes = c->scratch ? dnnl_memory_desc_get_size(c->scratch) : 0;
  tw_descriptor reorder = c->reorder ? described(c->reorder, dnnl_query_scratchpad_md) : NULL;
  size_t other = reorder ? dnnl_memory_desc_get_size(reorder) : 0;
  return bytes > other ? bytes : other;
}

typedef struct {
  int role;
  tw_descriptor descriptor;
  const void *memory;
} operand;

/// Memory objects are made for each call: they hold a pointer, and a primitive may run on several threads at once.
static int32_t execute(dnnl_primitive_t primitive, int count, const operand *operands) {
  dnnl_exec_arg_t arguments[4];
  int made = 0;
  dnnl_status_t status = dnnl_success;
  for (int i = 0; i < count && status == dnnl_success; i++) {
    if (operands[i].descriptor == NULL || dnnl_memory_desc_get_size(operands[i].descriptor) == 0) continue;
    arguments[made].arg = operands[i].role;
    status = dnnl_memory_create(&arguments[made].memory, operands[i].descriptor, tw_engine(),
                                (void *)(uintptr_t)operands[i].memory);
    made += status == dnnl_success;
  }
  int before = tw_hold_threads();
  if (status == dnnl_success) status = dnnl_primitive_execute(primitive, tw_stream(), made, arguments);
  if (status == dnnl_success) status = dnnl_stream_wait(tw_stream());
  tw_restore_threads(before);
  for (int i = 0; i < made; i++) dnnl_memory_destroy(arguments[i].memory);
  return (int32_t)status;
}

int32_t tw_dnnl_convolution_reorder(const tw_dnnl_convolution *c, const float *from, float *to, void *scratch) {
  bool back = c->kind == TW_CONVOLUTION_WEIGHT_GRADIENT;
  operand operands[] = {
      {DNNL_ARG_FROM, back ? c->weights : tw_view(&c->plain), from},
      {DNNL_ARG_TO, back ? tw_view(&c->plain) : c->weights, to},
      {DNNL_ARG_SCRATCHPAD, described(c->reorder, dnnl_query_scratchpad_md), scratch},
  };
  return execute(c->reorder, 3, operands);
}

int32_t tw_dnnl_convolution_run(const tw_dnnl_convolution *c, const float *a, const float *b, float *to,
                                void *scratch) {
  tw_descriptor x = tw_view(&c->x), y = tw_view(&c->y), w = c->weights;
  operand forward[] = {{DNNL_ARG_SRC, x, a}, {DNNL_ARG_WEIGHTS, w, b}, {DNNL_ARG_DST, y, to},
                       {DNNL_ARG_SCRATCHPAD, c->scratch, scratch}};
  operand input_gradient[] = {{DNNL_ARG_DIFF_DST, y, a}, {DNNL_ARG_WEIGHTS, w, b}, {DNNL_ARG_DIFF_SRC, x, to},
                              {DNNL_ARG_SCRATCHPAD, c->scratch, scratch}};
  operand weight_gradient[] = {{DNNL_ARG_SRC, x, a}, {DNNL_ARG_DIFF_DST, y, b}, {DNNL_ARG_DIFF_WEIGHTS, w, to},
                               {DNNL_ARG_SCRATCHPAD, c->scratch, scratch}};
  switch (c->kind) {
  case TW_CONVOLUTION_FORWARD: return execute(c->primitive, 4, forward);
  case TW_CONVOLUTION_INPUT_GRADIENT: return execute(c->primitive, 4, input_gradient);
  case TW_CONVOLUTION_WEIGHT_GRADIENT: return execute(c->primitive, 4, weight_gradient);
  }
}
