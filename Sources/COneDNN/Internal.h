// What the files of the shim share: threads, the engine, and memory descriptors under one name in both API versions.
#ifndef THALWEG_CONEDNN_INTERNAL_H
#define THALWEG_CONEDNN_INTERNAL_H

#include "COneDNN.h"

#include <oneapi/dnnl/dnnl.h>

#define TW_HIDDEN __attribute__((visibility("hidden")))

/// Holds OpenMP to one thread on this thread and returns the setting to give to `tw_restore_threads`.
TW_HIDDEN int tw_hold_threads(void);
TW_HIDDEN void tw_restore_threads(int before);

/// The process's one engine; NULL if it could not be made.
TW_HIDDEN dnnl_engine_t tw_engine(void);
/// The calling thread's stream; NULL if it could not be made.
TW_HIDDEN dnnl_stream_t tw_stream(void);

#if DNNL_VERSION_MAJOR >= 3
/// A descriptor somebody else owns.
typedef const_dnnl_memory_desc_t tw_descriptor;
#else
typedef const dnnl_memory_desc_t *tw_descriptor;
#endif

/// A descriptor of our own.
typedef struct {
  dnnl_memory_desc_t value;
  bool is_set;
} tw_own_descriptor;

TW_HIDDEN tw_own_descriptor tw_describe(int rank, const dnnl_dim_t *dims, const dnnl_dim_t *strides);
/// The library chooses the layout.
TW_HIDDEN tw_own_descriptor tw_describe_any(int rank, const dnnl_dim_t *dims);
TW_HIDDEN void tw_forget(tw_own_descriptor *descriptor);
TW_HIDDEN tw_descriptor tw_view(const tw_own_descriptor *descriptor);
TW_HIDDEN tw_descriptor tw_query(const_dnnl_primitive_desc_t primitive, dnnl_query_t what);

#endif
