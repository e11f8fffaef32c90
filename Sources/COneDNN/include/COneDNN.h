// The only room that sees oneDNN's types. Covers API v2 (Debian 12) and v3.
#ifndef THALWEG_CONEDNN_H
#define THALWEG_CONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// "2.6.3": the version of the library that was loaded.
const char *tw_dnnl_version(void);
/// False if the loaded library's major version is not the one this was compiled against.
bool tw_dnnl_compatible(void);

// MARK: Convolution in float32, activations channels last, weights [out, in / groups, kernel...]

/// Which of x, w and y is computed from the two others: y from x, w; x from y, w; w from x, y.
typedef enum {
  TW_CONVOLUTION_FORWARD = 0,
  TW_CONVOLUTION_INPUT_GRADIENT,
  TW_CONVOLUTION_WEIGHT_GRADIENT
} tw_convolution_kind;

typedef struct {
  tw_convolution_kind kind;
  int32_t spatial; // axes, 1 to 3
  int64_t batch, groups, in_channels, out_channels;
  int64_t in[3], out[3], kernel[3], stride[3], dilation[3], low[3];
} tw_convolution;

/// A convolution ready to run. Making one takes milliseconds: once a plan, never in a step.
typedef struct tw_dnnl_convolution tw_dnnl_convolution;
/// NULL where oneDNN has nothing better than plain loops. With `like`, weights have that one's layout.
tw_dnnl_convolution *tw_dnnl_convolution_create(const tw_convolution *convolution, const tw_dnnl_convolution *like);
void tw_dnnl_convolution_destroy(tw_dnnl_convolution *convolution);
/// Whether weights have a layout of oneDNN's own, of so many bytes.
bool tw_dnnl_convolution_reorders(const tw_dnnl_convolution *convolution);
size_t tw_dnnl_convolution_weight_bytes(const tw_dnnl_convolution *convolution);
/// What either call below needs as `scratch`, 64-byte aligned.
size_t tw_dnnl_convolution_scratch_bytes(const tw_dnnl_convolution *convolution);
/// Plain weights to oneDNN's layout; for a weight gradient the way back. Returns 0 or a dnnl_status_t.
int32_t tw_dnnl_convolution_reorder(const tw_dnnl_convolution *convolution, const float *from, float *to,
                                    void *scratch);
/// Computes `to` from a and b in the order named above, weights in oneDNN's layout, on the calling thread alone. May run
/// on several threads at once. Returns 0 or a dnnl_status_t.
int32_t tw_dnnl_convolution_run(const tw_dnnl_convolution *convolution, const float *a, const float *b, float *to,
                                void *scratch);

#endif
