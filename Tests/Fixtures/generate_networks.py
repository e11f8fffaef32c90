"""networks.json: activations, losses and layers in float64, with gradients, computed by PyTorch.

Every entry holds inputs, outputs, the upstream gradient (absent for losses: 1) and the gradients of the inputs. Parameters of
layers go by PyTorch's state-dict names. Layouts here are Thalweg's: examples first, channels last.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from fixture import draws, pack, write

draw = draws(7)

# ---- Activations: one input grid that avoids kinks (0, +-0.5, +-1, +-3), plus far tails.
grid = torch.tensor([-40.0, -7.3, -3.2, -2.9, -1.7, -1.05, -0.62, -0.31, -0.08, 0.04, 0.27, 0.55, 0.98, 1.6, 2.7, 3.4, 8.1, 45.0])
functions = {
    "identity": lambda x: x * 1, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.01), "leaky_relu(slope=0.2)": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu, "elu(alpha=0.5)": lambda x: F.elu(x, 0.5), "selu": F.selu, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "mish": F.mish,
    "softplus": lambda x: F.softplus(x, threshold=1000), "softsign": F.softsign,
    # Not F.hardsigmoid, whose backward multiplies by a float32 1/6.
    "hard_sigmoid": lambda x: F.relu6(x + 3) / 6,
    "hard_tanh": F.hardtanh, "hard_swish": F.hardswish, "relu6": F.relu6,
}
activations = []
def activation(name, function, x):
    x = x.clone().requires_grad_()
    y = function(x)
    upstream = draw(*x.shape)
    y.backward(upstream)
    activations.append({"name": name, "input": pack(x), "output": pack(y), "upstream": pack(upstream), "gradient": pack(x.grad)})
for name, function in functions.items():
    activation(name, function, grid)
activation("softmax", lambda x: x.softmax(-1), draw(3, 5) * 3)
activation("log_softmax", lambda x: x.log_softmax(-1), draw(3, 5) * 3)

# ---- Losses: case name, arguments, inputs by label; value and gradients for each reduction.
losses = []
def loss(name, inputs, function, arguments=None, reductions=("mean", "sum", "none")):
    for reduction in reductions:
        leaves = {k: v.clone().requires_grad_(v.is_floating_point() and k not in ("targets", "weights")) for k, v in inputs.items()}
        value = function(leaves, reduction)
        upstream = draw(*value.shape) if reduction == "none" else torch.tensor(1.0)
        value.backward(upstream)
        losses.append({
            "loss": name, "arguments": arguments or {}, "reduction": reduction,
            "inputs": {k: pack(v) for k, v in inputs.items()}, "value": pack(value), "upstream": pack(upstream),
            "gradients": {k: pack(v.grad) for k, v in leaves.items() if v.grad is not None},
        })
p, t = draw(4, 3), draw(4, 3)
loss("squared", {"predictions": p, "targets": t}, lambda i, r: F.mse_loss(i["predictions"], i["targets"], reduction=r))
loss("absolute", {"predictions": p, "targets": t}, lambda i, r: F.l1_loss(i["predictions"], i["targets"], reduction=r))
for delta in [1.0, 0.4]:
    loss("huber", {"predictions": p, "targets": t},
         lambda i, r: F.huber_loss(i["predictions"], i["targets"], reduction=r, delta=delta), {"delta": delta})
z = torch.tensor([[0.0], [2.5], [-1.25], [30.0], [-45.0], [0.7]])
y = torch.tensor([[1.0], [0.0], [1.0], [1.0], [1.0], [0.3]])
loss("logistic", {"logits": z, "targets": y}, lambda i, r: F.binary_cross_entropy_with_logits(i["logits"], i["targets"], reduction=r))
loss("logistic", {"logits": z, "targets": y}, lambda i, r: F.binary_cross_entropy_with_logits(
    i["logits"], i["targets"], reduction=r, pos_weight=torch.tensor(2.5)), {"positiveWeight": 2.5})
q = torch.tensor([[0.3], [0.85], [0.02], [0.5], [0.999], [0.6]])
loss("logistic", {"probabilities": q, "targets": y}, lambda i, r: F.binary_cross_entropy(i["probabilities"], i["targets"], reduction=r))
logits, classes = draw(5, 4) * 2, torch.tensor([3, 0, 2, 2, 1])
weights = torch.tensor([1.0, 0.5, 2.0, 1.5])
distribution = (draw(5, 4).abs() + 0.1)
distribution = (distribution / distribution.sum(1, keepdim=True))
for smoothing in [0.0, 0.1]:
    for weighted in [False, True]:
        w = weights if weighted else None
        arguments = {"smoothing": smoothing}
        extra = {"weights": weights} if weighted else {}
        loss("softmaxCrossEntropy", {"logits": logits, "classes": classes, **extra}, lambda i, r: F.cross_entropy(
            i["logits"], i["classes"], weight=w, reduction=r, label_smoothing=smoothing), arguments)
        loss("softmaxCrossEntropy", {"logits": logits, "targets": distribution, **extra}, lambda i, r: F.cross_entropy(
            i["logits"], i["targets"], weight=w, reduction=r, label_smoothing=smoothing), arguments)
loss("softmaxCrossEntropy", {"logits": torch.tensor([[1000.0, 998.5], [-900.0, -901.0]]), "classes": torch.tensor([1, 0])},
     lambda i, r: F.cross_entropy(i["logits"], i["classes"], reduction=r), {"smoothing": 0.0})
def reduced(value, reduction):
    return {"mean": value.mean, "sum": value.sum, "none": lambda: value}[reduction]()
scores, signs = draw(6, 1) * 2 + 0.0005, torch.tensor([[1.0], [-1.0], [-1.0], [1.0], [1.0], [-1.0]])
loss("hinge", {"predictions": scores, "targets": signs}, lambda i, r: reduced((1 - i["predictions"] * i["targets"]).clamp(min=0), r))
loss("hinge", {"predictions": scores, "targets": signs},
     lambda i, r: reduced((1 - i["predictions"] * i["targets"]).clamp(min=0).square(), r), {"squared": True})
with_zero = distribution.clone()
with_zero[0] = torch.tensor([0.0, 1.0, 0.0, 0.0])
loss("klDivergence", {"logPredictions": logits.log_softmax(1).round(decimals=3), "targets": with_zero},
     lambda i, r: F.kl_div(i["logPredictions"], i["targets"], reduction={"mean": "batchmean"}.get(r, r)), {})
a, b, c = draw(5, 3), draw(5, 3), draw(5, 3)
loss("triplet", {"anchors": a, "positives": b, "negatives": c}, lambda i, r: F.triplet_margin_loss(
    i["anchors"], i["positives"], i["negatives"], margin=1.0, reduction=r), {"margin": 1.0, "distance": "euclidean"})
loss("triplet", {"anchors": a, "positives": b, "negatives": c}, lambda i, r: reduced(
    ((i["anchors"] - i["positives"]).square().sum(1) - (i["anchors"] - i["negatives"]).square().sum(1) + 0.2).clamp(min=0), r),
    {"margin": 0.2, "distance": "squared"})
same = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0])
def contrastive(i, r):
    d = (i["first"] - i["second"]).square().sum(1).sqrt()
    return reduced(i["targets"] * d.square() + (1 - i["targets"]) * (2.0 - d).clamp(min=0).square(), r)
loss("contrastive", {"first": a * 0.5, "second": b * 0.5, "targets": same}, contrastive, {"margin": 2.0})
def focal(alpha, gamma):
    def function(i, r):  # the formula of torchvision.ops.sigmoid_focal_loss
        z, y = i["logits"], i["targets"]
        ce = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        pt = torch.sigmoid(z) * y + (1 - torch.sigmoid(z)) * (1 - y)
        value = ce * (1 - pt) ** gamma
        return reduced((alpha * y + (1 - alpha) * (1 - y)) * value if alpha is not None else value, r)
    return function
zf, yf = torch.tensor([[0.3], [2.5], [-1.25], [5.0], [-4.0], [0.7]]), torch.tensor([[1.0], [0.0], [1.0], [1.0], [1.0], [0.0]])
loss("focal", {"logits": zf, "targets": yf}, focal(0.25, 2.0), {"alpha": 0.25, "gamma": 2.0})
loss("focal", {"logits": zf, "targets": yf}, focal(None, 1.5), {"gamma": 1.5})
# CTC: logits [batch, time, symbols] (PyTorch wants [time, batch, symbols] and log-probabilities).
steps, labels = torch.tensor([6, 5, 3]), torch.tensor([[1, 2, 2], [3, 1, 0], [2, 0, 0]])
lengths = torch.tensor([3, 2, 1])
loss("ctc", {"logits": draw(3, 6, 4), "labels": labels, "inputLengths": steps, "labelLengths": lengths},
     lambda i, r: F.ctc_loss(i["logits"].log_softmax(-1).transpose(0, 1), i["labels"], i["inputLengths"], i["labelLengths"],
                             blank=0, reduction=r), {"blank": 0})

# ---- Layers.
layers = []
def last(x):  # channels last -> channels first
    return x.movedim(-1, 1)
def first(x):
    return x.movedim(1, -1)
def layer(name, module, x, arguments, forward=None):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(*parameter.shape) * 0.5 + (1 if parameter.dim() == 1 and name != "Dense" else 0))
    leaf = x.clone().requires_grad_(x.is_floating_point())
    y = (forward or module)(leaf)
    upstream = draw(*y.shape)
    y.backward(upstream)
    layers.append({
        "layer": name, "arguments": arguments, "parameters": {k: pack(v) for k, v in module.named_parameters()},
        "input": pack(x), "output": pack(y), "upstream": pack(upstream),
        "inputGradient": pack(leaf.grad) if leaf.grad is not None else None,
        "gradients": {k: pack(v.grad) for k, v in module.named_parameters()},
    })
layer("Dense", nn.Linear(3, 4), draw(5, 3), {"inputs": 3, "outputs": 4, "bias": True})
layer("Dense", nn.Linear(3, 4, bias=False), draw(2, 5, 3), {"inputs": 3, "outputs": 4, "bias": False})
layer("LayerNorm", nn.LayerNorm(6), draw(2, 3, 6) * 2 + 1, {"shape": [6], "epsilon": 1e-5})
layer("LayerNorm", nn.LayerNorm((3, 4), eps=1e-3), draw(2, 3, 4), {"shape": [3, 4], "epsilon": 1e-3})
group = nn.GroupNorm(2, 6)
layer("GroupNorm", group, draw(2, 4, 6) * 2, {"groups": 2, "channels": 6, "epsilon": 1e-5}, lambda x: first(group(last(x))))
group2 = nn.GroupNorm(3, 6)
layer("GroupNorm", group2, draw(2, 2, 3, 6), {"groups": 3, "channels": 6, "epsilon": 1e-5}, lambda x: first(group2(last(x))))
group3 = nn.GroupNorm(2, 6)
layer("GroupNorm", group3, draw(5, 6), {"groups": 2, "channels": 6, "epsilon": 1e-5})
instance = nn.InstanceNorm2d(3, affine=True)
layer("InstanceNorm", instance, draw(2, 3, 4, 3), {"channels": 3, "epsilon": 1e-5}, lambda x: first(instance(last(x))))
layer("RMSNorm", nn.RMSNorm(5, eps=1e-6), draw(4, 5), {"shape": [5], "epsilon": 1e-6})
layer("Embedding", nn.Embedding(7, 3), torch.tensor([[0, 6, 2], [2, 2, 5]]), {"count": 7, "width": 3})

# Batch normalization: three training steps with changing batches (the last one smaller), then inference.
batch_norms = []
for kind, momentum, shape in [("1d", 0.1, (8, 3)), ("1d", 0.3, (8, 3)), ("1d", None, (8, 3)), ("2d", 0.1, (4, 3, 2, 3))]:
    module = (nn.BatchNorm1d if kind == "1d" else nn.BatchNorm2d)(3, momentum=momentum)
    convert, back = (last, first) if kind == "2d" else (lambda x: x, lambda x: x)
    with torch.no_grad():
        module.weight.copy_(draw(3) + 1)
        module.bias.copy_(draw(3))
    steps_run = []
    for n in [shape[0], shape[0], shape[0] // 2]:
        x = (draw(n, *shape[1:]) * 2 + 0.7).requires_grad_()
        module.zero_grad()
        y = back(module(convert(x)))
        upstream = draw(*y.shape)
        y.backward(upstream)
        steps_run.append({
            "input": pack(x), "output": pack(y), "upstream": pack(upstream), "inputGradient": pack(x.grad),
            "gradients": {k: pack(v.grad) for k, v in module.named_parameters()},
            "running_mean": pack(module.running_mean), "running_var": pack(module.running_var),
            "num_batches_tracked": pack(module.num_batches_tracked),
        })
    module.eval()
    x = draw(*shape)
    batch_norms.append({
        "momentum": momentum, "epsilon": module.eps, "features": 3,
        "parameters": {k: pack(v) for k, v in module.named_parameters()}, "steps": steps_run,
        "inference": {"input": pack(x), "output": pack(back(module(convert(x))))},
    })

write("networks.json", {"source": f"torch {torch.__version__}", "activations": activations, "losses": losses,
                        "layers": layers, "batchNorms": batch_norms})
