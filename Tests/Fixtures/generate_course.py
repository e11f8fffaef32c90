"""course.json: the course networks' initial weights (NumPy's legacy generator) and their cost tables, plain NumPy, float64.

    THALWEG_DATA=folder python generate_course.py [--weights OUT]

The weights of the small networks are in the JSON; with --weights every network's are written as OUT/<name>.npz (W1, b1, W2 ... in
[out, in] layout), the cats included, and the mini-batch order of every epoch of the moons as OUT/moons_order.npy.
"""

import csv
import os
import sys

import numpy as np

from fixture import write

DATA = os.environ["THALWEG_DATA"]


def points(name):
    with open(os.path.join(DATA, "course-2d", name)) as file:
        rows = np.array([[float(v) for v in row] for row in list(csv.reader(file))[1:]])
    return rows[:, :2].T.copy(), rows[:, 2:].T.copy()


def initial(sizes, seed, scale):
    random = np.random.RandomState(seed)
    return [(random.randn(o, i) * scale(i), np.zeros((o, 1))) for i, o in zip(sizes, sizes[1:])]


sigmoid = lambda z: 1 / (1 + np.exp(-z))
HIDDEN = {
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0) * 1.0),
    "tanh": (np.tanh, lambda z, a: 1 - a * a),
}


def forward(layers, x, activation):
    caches, a = [], x
    for number, (w, b) in enumerate(layers):
        z = w @ a + b
        before, a = a, (sigmoid(z) if number == len(layers) - 1 else HIDDEN[activation][0](z))
        caches.append((before, z, a))
    return caches


def cost_of(layers, a, y, decay):
    m = y.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.nansum(-(y * np.log(a) + (1 - y) * np.log(1 - a))) / m
    return cost + decay / (2 * m) * sum(np.sum(w * w) for w, _ in layers)


def gradients(layers, caches, y, activation, decay=0.0, masks=None, keep=1.0):
    m, result = y.shape[1], [None] * len(layers)
    dz = caches[-1][2] - y
    for number in range(len(layers) - 1, -1, -1):
        w = layers[number][0]
        result[number] = (dz @ caches[number][0].T / m + decay / m * w, dz.sum(1, keepdims=True) / m)
        if number:
            da = w.T @ dz
            if masks:
                da = da * masks[number - 1] / keep
            _, z, a = caches[number - 1]
            dz = da * HIDDEN[activation][1](z, a)
    return result


def accuracy(layers, x, y, activation):
    return float(np.mean((forward(layers, x, activation)[-1][2] > 0.5) == (y > 0.5)))


def keep_finite(cost):
    return float(cost) if np.isfinite(cost) else None


def descend(layers, x, y, activation, rate, steps, every, decay=0.0):
    layers, costs = [(w.copy(), b.copy()) for w, b in layers], {}
    for step in range(steps):
        caches = forward(layers, x, activation)
        if step % every == 0 or step in (1, 2, 10):
            costs[str(step)] = keep_finite(cost_of(layers, caches[-1][2], y, decay))
        layers = [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(layers, gradients(layers, caches, y, activation, decay))]
    return layers, costs


def dropout_run(layers, x, y, rate, steps, keep, seed=None):
    """Inverted dropout on both hidden layers; with a seed fresh masks each step, else the course's (seed 1 at every step)."""
    layers, costs = [(w.copy(), b.copy()) for w, b in layers], {}
    random = np.random.RandomState(seed) if seed is not None else None
    for step in range(steps):
        source = random or np.random.RandomState(1)
        caches, masks, a = [], [], x
        for number, (w, b) in enumerate(layers):
            z = w @ a + b
            before = a
            if number == len(layers) - 1:
                a = sigmoid(z)
            else:
                a = np.maximum(z, 0)
                masks.append(source.rand(*a.shape) < keep)
                a = a * masks[-1] / keep
            caches.append((before, z, a))
        if random is None and step % 10000 == 0:
            costs[str(step)] = keep_finite(cost_of(layers, caches[-1][2], y, 0))
        layers = [(w - rate * dw, b - rate * db)
                  for (w, b), (dw, db) in zip(layers, gradients(layers, caches, y, "relu", 0.0, masks, keep))]
    return layers, costs


def mini_batches(layers, x, y, rule, epochs, rate=0.0007, beta1=0.9, beta2=0.999, epsilon=1e-8):
    layers = [[w.copy(), b.copy()] for w, b in layers]
    v = [[np.zeros_like(p) for p in layer] for layer in layers]
    s = [[np.zeros_like(p) for p in layer] for layer in layers]
    costs, first, t, m = {}, [], 0, x.shape[1]
    for epoch in range(epochs):
        order = np.random.RandomState(11 + epoch).permutation(m)
        for start in range(0, m, 64):
            batch = order[start:start + 64]
            caches = forward(layers, x[:, batch], "relu")
            cost = cost_of(layers, caches[-1][2], y[:, batch], 0)
            if t < 20:
                first.append(float(cost))
            t += 1
            for number, layer in enumerate(gradients(layers, caches, y[:, batch], "relu")):
                for part, g in enumerate(layer):
                    if rule == "sgd":
                        layers[number][part] -= rate * g
                        continue
                    v[number][part] = beta1 * v[number][part] + (1 - beta1) * g
                    if rule == "momentum":
                        layers[number][part] -= rate * v[number][part]
                        continue
                    s[number][part] = beta2 * s[number][part] + (1 - beta2) * g * g
                    layers[number][part] -= rate * (v[number][part] / (1 - beta1**t)) / (
                        np.sqrt(s[number][part] / (1 - beta2**t)) + epsilon)
        if epoch % 1000 == 0:
            costs[str(epoch)] = float(cost)
    return layers, costs, first


def listed(layers):
    return [{"weight": w.tolist(), "bias": b[:, 0].tolist()} for w, b in layers]


networks, weights = [], {}


def add(name, sizes, activation, start, keep_weights=True, **facts):
    weights[name] = start
    networks.append({"name": name, "sizes": sizes, "activation": activation,
                     "layers": listed(start) if keep_weights else None, **facts})
    print(name, {k: v for k, v in facts.items() if k not in ("firstSteps", "orders")}, flush=True)


x, y = points("flower_400.csv")
for hidden in [4, 1, 2, 3, 5, 20, 50]:
    steps = 10000 if hidden == 4 else 5000
    start = initial([2, hidden, 1], 2, lambda _: 0.01)
    end, costs = descend(start, x, y, "tanh", 1.2, steps, 1000)
    add(f"flower_{hidden}", [2, hidden, 1], "tanh", start, data="flower_400.csv", rate=1.2, steps=steps, costs=costs,
        train=accuracy(end, x, y, "tanh"))

x, y = points("circles_train_300.csv")
tx, ty = points("circles_test_100.csv")
for name, scale in [("zeros", lambda i: 0.0), ("large", lambda i: 10.0), ("he", lambda i: np.sqrt(2 / i))]:
    start = initial([2, 10, 5, 1], 3, scale)
    end, costs = descend(start, x, y, "relu", 0.01, 15000, 1000)
    add(f"circles_{name}", [2, 10, 5, 1], "relu", start, data="circles_train_300.csv", rate=0.01, steps=15000, costs=costs,
        train=accuracy(end, x, y, "relu"), test=accuracy(end, tx, ty, "relu"))

x, y = points("football_train_211.csv")
tx, ty = points("football_test_200.csv")
start = initial([2, 20, 3, 1], 3, lambda i: 1 / np.sqrt(i))
for name, decay in [("none", 0.0), ("l2", 0.7)]:
    end, costs = descend(start, x, y, "relu", 0.3, 30000, 1000, decay)
    add(f"football_{name}", [2, 20, 3, 1], "relu", start, data="football_train_211.csv", rate=0.3, steps=30000, l2=decay,
        costs=costs, train=accuracy(end, x, y, "relu"), test=accuracy(end, tx, ty, "relu"))
end, costs = dropout_run(start, x, y, 0.3, 30000, 0.86)
add("football_dropout", [2, 20, 3, 1], "relu", start, data="football_train_211.csv", rate=0.3, steps=30000, keep=0.86,
    maskSeedEveryStep=1, costs=costs, train=accuracy(end, x, y, "relu"), test=accuracy(end, tx, ty, "relu"))
fresh = []
for seed in range(20):
    # Own initial weights too: what "median of 20 seeds" is compared with.
    end, _ = dropout_run(initial([2, 20, 3, 1], 100 + seed, lambda i: 1 / np.sqrt(i)), x, y, 0.3, 30000, 0.86, seed)
    fresh.append((accuracy(end, x, y, "relu"), accuracy(end, tx, ty, "relu")))
add("football_dropout_fresh", [2, 20, 3, 1], "relu", start, data="football_train_211.csv", rate=0.3, steps=30000, keep=0.86,
    medianTrain=float(np.median([a for a, _ in fresh])), medianTest=float(np.median([b for _, b in fresh])),
    train=[a for a, _ in fresh], test=[b for _, b in fresh])

x, y = points("moons_300.csv")
start = initial([2, 5, 2, 1], 3, lambda i: np.sqrt(2 / i))
for rule in ["sgd", "momentum", "adam"]:
    end, costs, first = mini_batches(start, x, y, rule, 10000)
    add(f"moons_{rule}", [2, 5, 2, 1], "relu", start, data="moons_300.csv", rate=0.0007, epochs=10000, batch=64,
        orderSeed="RandomState(11 + epoch).permutation(300)", costs=costs, costOf="last batch of the epoch", firstSteps=first,
        train=accuracy(end, x, y, "relu"))
networks[-1]["orders"] = [np.random.RandomState(11 + epoch).permutation(300).tolist() for epoch in range(5)]

cats = np.load(os.path.join(DATA, "cat-vs-noncat", "catvnoncat.npz"))
x, tx = [cats[k].reshape(len(cats[k]), -1).T / 255 for k in ("train_x", "test_x")]
y, ty = [cats[k].reshape(1, -1) for k in ("train_y", "test_y")]
zeros = [(np.zeros((1, 12288)), np.zeros((1, 1)))]
end, costs = descend(zeros, x, y, "relu", 0.005, 2000, 100)
add("cat_logistic", [12288, 1], "relu", zeros, False, data="catvnoncat.npz", rate=0.005, steps=2000, costs=costs,
    train=accuracy(end, x, y, "relu"), test=accuracy(end, tx, ty, "relu"))
for name, sizes, scale in [("cat_2_layers", [12288, 7, 1], lambda i: 0.01),
                           ("cat_4_layers", [12288, 20, 7, 5, 1], lambda i: 1 / np.sqrt(i))]:
    start = initial(sizes, 1, scale)
    end, costs = descend(start, x, y, "relu", 0.0075, 2500, 100)
    add(name, sizes, "relu", start, False, data="catvnoncat.npz", rate=0.0075, steps=2500, seed=1, costs=costs,
        train=accuracy(end, x, y, "relu"), test=accuracy(end, tx, ty, "relu"))

write("course.json", {"source": f"numpy {np.__version__}", "networks": networks})
if "--weights" in sys.argv:
    out = sys.argv[sys.argv.index("--weights") + 1]
    os.makedirs(out, exist_ok=True)
    for name, layers in weights.items():
        arrays = {}
        for number, (w, b) in enumerate(layers, 1):
            arrays[f"W{number}"], arrays[f"b{number}"] = w, b[:, 0]
        np.savez(os.path.join(out, f"{name}.npz"), **arrays)
    orders = np.stack([np.random.RandomState(11 + epoch).permutation(300) for epoch in range(10000)]).astype(np.int64)
    np.save(os.path.join(out, "moons_order.npy"), orders)
