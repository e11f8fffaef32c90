"""convolution.json: layers over images in float64, with gradients and running statistics, computed by PyTorch.

Entries are as in networks.json. Layouts here are Thalweg's: channels last; weights are PyTorch's own.
"""

import torch
import torch.nn as nn

from fixture import draws, pack, write

draw = draws(11)


def last(x):  # channels last -> channels first
    return x.movedim(-1, 1)


def first(x):
    return x.movedim(1, -1)


layers = []


def layer(name, module, x, arguments):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(*parameter.shape) * 0.5)
    leaf = x.clone().requires_grad_()
    y = module(last(leaf))
    y = first(y) if y.dim() > 2 else y
    upstream = draw(*y.shape)
    y.backward(upstream)
    layers.append({
        "layer": name, "arguments": arguments, "parameters": {k: pack(v) for k, v in module.named_parameters()},
        "input": pack(x), "output": pack(y), "upstream": pack(upstream), "inputGradient": pack(leaf.grad),
        "gradients": {k: pack(v.grad) for k, v in module.named_parameters()},
    })


def convolution(sizes, inputs, outputs, kernel, stride=1, padding=0, dilation=1, groups=1, bias=True):
    rank = len(sizes)
    each = lambda value: [value] * rank if isinstance(value, int) else list(value)
    kernel, stride, padding, dilation = map(each, (kernel, stride, padding, dilation))
    module = [nn.Conv1d, nn.Conv2d, nn.Conv3d][rank - 1](
        inputs, outputs, kernel, stride, padding, dilation, groups, bias)
    layer("Convolution", module, draw(2, *sizes, inputs), {
        "inputs": inputs, "outputs": outputs, "kernel": kernel, "strides": stride, "padding": padding,
        "dilations": dilation, "groups": groups, "bias": bias})


convolution((7,), 3, 4, 3, 2, 1)
convolution((8,), 4, 4, 3, 1, 2, 2, groups=2, bias=False)
convolution((5, 6), 3, 2, 3)
convolution((6, 5), 2, 4, (3, 2), (2, 1), (1, 0))
convolution((6, 6), 4, 4, 3, 1, 2, 2, groups=4)
convolution((4, 4), 3, 5, 1, 2)
convolution((3, 4, 4), 2, 2, (2, 3, 2), (1, 2, 1), (0, 1, 1))


def transposed(sizes, inputs, outputs, kernel, stride, padding, output_padding, dilation=1, groups=1):
    rank = len(sizes)
    each = lambda value: [value] * rank if isinstance(value, int) else list(value)
    kernel, stride, padding, output_padding, dilation = map(each, (kernel, stride, padding, output_padding, dilation))
    module = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d][rank - 1](
        inputs, outputs, kernel, stride, padding, output_padding, groups, True, dilation)
    layer("TransposedConvolution", module, draw(2, *sizes, inputs), {
        "inputs": inputs, "outputs": outputs, "kernel": kernel, "strides": stride, "padding": padding,
        "outputPadding": output_padding, "dilations": dilation, "groups": groups})


transposed((4,), 3, 2, 3, 2, 1, 1)
transposed((3, 4), 4, 2, 3, 2, 1, (1, 0))
transposed((3, 3), 4, 6, (2, 3), 1, 0, 0, 2, groups=2)
transposed((2, 3, 2), 2, 2, 2, 2, 0, 0)

image = draw(2, 6, 5, 3)
for window, stride, padding, dilation in [([2, 2], [2, 2], [0, 0], [1, 1]), ([3, 2], [2, 1], [1, 1], [1, 1]),
                                          ([2, 2], [1, 2], [0, 1], [2, 1])]:
    layer("MaxPool", nn.MaxPool2d(window, stride, padding, dilation), image,
          {"window": window, "strides": stride, "padding": padding, "dilations": dilation})
for counts in [True, False]:
    layer("AveragePool", nn.AvgPool2d([3, 2], [2, 1], [1, 1], count_include_pad=counts), image,
          {"window": [3, 2], "strides": [2, 1], "padding": [1, 1], "countsPadding": counts})
layer("AdaptiveAveragePool", nn.AdaptiveAvgPool2d((4, 2)), image, {"sizes": [4, 2]})
layer("AdaptiveAveragePool", nn.AdaptiveAvgPool1d(3), draw(2, 7, 2), {"sizes": [3]})
small = draw(2, 3, 4, 2)
layer("Upsample", nn.Upsample(scale_factor=(2, 3), mode="nearest"), small, {"factors": [2, 3], "mode": "nearest"})
for corners in [True, False]:
    layer("Upsample", nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=corners), small,
          {"factors": [2, 3], "mode": "linear", "alignsCorners": corners})
layer("Upsample", nn.Upsample(scale_factor=3, mode="linear"), draw(1, 4, 2),
      {"factors": [3], "mode": "linear", "alignsCorners": False})
layer("Flatten", nn.Flatten(), small, {})

write("convolution.json", {"source": f"torch {torch.__version__}", "layers": layers})
