"""trajectories.json: 20 training steps of four multi-layer perceptrons, PyTorch, float64 and float32.

The recipes of benchmark workloads at narrow widths: plain descent on the planar flower (tanh, its real size), plain descent on a deep ReLU
network with inputs from 0 to 1, Adam on sparse images, classical momentum on a wide network. Step i takes batch i mod the
number of batches; each loss is that before the update.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from fixture import pack, write

STEPS = 20


def flower(rng):
    """The two-class flower of the planar-data exercise, 400 points."""
    x, y = np.zeros((400, 2)), np.zeros((400, 1))
    for petal in range(2):
        rows = slice(200 * petal, 200 * (petal + 1))
        angle = np.linspace(petal * 3.12, (petal + 1) * 3.12, 200) + rng.standard_normal(200) * 0.2
        radius = 4 * np.sin(4 * angle) + rng.standard_normal(200) * 0.2
        x[rows] = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)
        y[rows] = petal
    return x[None], y[None]


def two_classes(rng, sizes, batch):
    x = rng.random((1, batch, sizes[0]))
    score = (x - x.mean()) @ rng.standard_normal((sizes[0], 1))
    return x, (score > np.median(score)).astype(float)


def classes(rng, sizes, batch, sparse):
    x = rng.random((4, batch, sizes[0])) if sparse else rng.standard_normal((4, batch, sizes[0]))
    if sparse:
        x *= rng.random(x.shape) < 0.2
    return x, rng.integers(0, sizes[-1], (4, batch))


def run(recipe, layers, x, y, dtype):
    parameters = [torch.tensor(v, dtype=dtype, requires_grad=True) for layer in layers for v in layer]
    rate = recipe["rate"]
    optimizer = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=rate),
        "momentum(form=classical)": lambda: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
        "adam": lambda: torch.optim.Adam(parameters, lr=rate),
    }[recipe["optimizer"]]()
    activation = getattr(torch, recipe["activation"])
    losses = []
    for step in range(STEPS):
        a = torch.tensor(x[step % len(x)], dtype=dtype)
        for index in range(0, len(parameters), 2):
            a = F.linear(a, parameters[index], parameters[index + 1])
            if index + 2 < len(parameters):
                a = activation(a)
        target = torch.tensor(y[step % len(y)])
        if recipe["loss"] == "logistic":
            loss = F.binary_cross_entropy_with_logits(a, target.to(dtype))
        else:
            loss = F.cross_entropy(a, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [p.detach().double().norm().item() for p in parameters]


def case(seed, name, sizes, std, data, **recipe):
    rng = np.random.default_rng(seed)
    layers = [(np.round(rng.standard_normal((o, i)) * std(i), 4), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]
    x, y = data(rng)
    x = np.round(x, 3)
    losses, norms = run(recipe, layers, x, y, torch.float64)
    losses32, _ = run(recipe, layers, x, y, torch.float32)
    print(name, losses[0], losses[-1], max(abs(a - b) / b for a, b in zip(losses32, losses)))
    return {"name": name, **recipe, "x": pack(x), "y": pack(y),
            "layers": [{"weight": pack(w), "bias": pack(b)} for w, b in layers],
            "losses": losses, "losses32": losses32, "normsAfter": norms}


he = lambda i: math.sqrt(2 / i)
TINY, CAT, MNIST, WIDE = [2, 4, 1], [48, 20, 7, 5, 1], [49, 16, 12, 10], [16, 48, 48, 20]
write("trajectories.json", {"source": f"torch {torch.__version__}", "cases": [
    case(1, "mlp_tiny", TINY, lambda _: 0.01, flower, optimizer="sgd", rate=1.2, activation="tanh", loss="logistic"),
    case(2, "mlp_cat", CAT, lambda i: 1 / math.sqrt(i), lambda r: two_classes(r, CAT, 60), optimizer="sgd", rate=0.0075,
         activation="relu", loss="logistic"),
    case(3, "mlp_mnist", MNIST, he, lambda r: classes(r, MNIST, 32, True), optimizer="adam", rate=1e-3,
         activation="relu", loss="softmax"),
    case(4, "mlp_wide", WIDE, he, lambda r: classes(r, WIDE, 24, False), optimizer="momentum(form=classical)", rate=0.01,
         activation="relu", loss="softmax"),
]})
