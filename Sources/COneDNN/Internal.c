#include "Internal.h"

#include <pthread.h>

static dnnl_engine_t engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void make_engine(void) {
  if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
}

dnnl_engine_t tw_engine(void) {
  pthread_once(&engine_once, make_engine);
  return engine;
}

dnnl_stream_t tw_stream(void) {
  static _Thread_local dnnl_stream_t stream;
  if (stream == NULL && tw_engine() != NULL) dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  return stream;
}

#if DNNL_VERSION_MAJOR >= 3

tw_own_descriptor tw_describe(int rank, const dnnl_dim_t *dims, const dnnl_dim_t *strides) {
  tw_own_descriptor descriptor;
  descriptor.is_set =
      dnnl_memory_desc_create_with_strides(&descriptor.value, rank, dims, dnnl_f32, strides) == dnnl_success;
  return descriptor;
}

tw_own_descriptor tw_describe_any(int rank, const dnnl_dim_t *dims) {
  tw_own_descriptor descriptor;
  descriptor.is_set =
      dnnl_memory_desc_create_with_tag(&descriptor.value, rank, dims, dnnl_f32, dnnl_format_tag_any) == dnnl_success;
  return descriptor;
}

void tw_forget(tw_own_descriptor *descriptor) {
  if (descriptor->is_set) dnnl_memory_desc_destroy(descriptor->value);
  descriptor->is_set = false;
}

tw_descriptor tw_view(const tw_own_descriptor *descriptor) { return descriptor->is_set ? descriptor->value : NULL; }

#else

tw_own_descriptor tw_describe(int rank, const dnnl_dim_t *dims, const dnnl_dim_t *strides) {
  tw_own_descriptor descriptor;
  descriptor.is_set =
      dnnl_memory_desc_init_by_strides(&descriptor.value, rank, dims, dnnl_f32, strides) == dnnl_success;
  return descriptor;
}

tw_own_descriptor tw_describe_any(int rank, const dnnl_dim_t *dims) {
  tw_own_descriptor descriptor;
  descriptor.is_set =
      dnnl_memory_desc_init_by_tag(&descriptor.value, rank, dims, dnnl_f32, dnnl_format_tag_any) == dnnl_success;
  return descriptor;
}

void tw_forget(tw_own_descriptor *descriptor) { descriptor->is_set = false; }

tw_descriptor tw_view(const tw_own_descriptor *descriptor) { return descriptor->is_set ? &descriptor->value : NULL; }

#endif

tw_descriptor tw_query(const_dnnl_primitive_desc_t primitive, dnnl_query_t what) {
  return dnnl_primitive_desc_query_md(primitive, what, 0);
}
