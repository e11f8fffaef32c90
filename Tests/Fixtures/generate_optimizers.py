"""optimizers.json: twenty steps of every rule that PyTorch has, in float64.

`rule` is spelled as in a Thalweg configuration. The gradient of each step is given, so the rule alone is compared. Two parameters
(a matrix and a vector) are updated together; `values` holds both, one after the other, after steps 1, 2, 3, 10 and 20.
"""

import numpy as np
import torch

from fixture import draws, pack, write

draw = draws(11)
STEPS, KEPT = 20, [1, 2, 3, 10, 20]
start = [draw(3, 2), draw(4)]
gradients = [[draw(3, 2), draw(4)] for _ in range(STEPS)]
O = torch.optim
rules = {
    "sgd": lambda p: O.SGD(p, lr=0.1),
    "sgd(weight_decay=0.05)": lambda p: O.SGD(p, lr=0.1, weight_decay=0.05),
    "momentum(beta=0.9,form=classical)": lambda p: O.SGD(p, lr=0.1, momentum=0.9),
    "momentum(beta=0.9,form=classical,weight_decay=0.05)": lambda p: O.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "nesterov(beta=0.9)": lambda p: O.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "nesterov(beta=0.8,weight_decay=0.05)": lambda p: O.SGD(p, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05),
    "adagrad": lambda p: O.Adagrad(p, lr=0.1),
    "adagrad(initial=0.1,weight_decay=0.05)": lambda p: O.Adagrad(p, lr=0.1, initial_accumulator_value=0.1, weight_decay=0.05),
    "rmsprop(beta=0.99)": lambda p: O.RMSprop(p, lr=0.1, alpha=0.99),
    "rmsprop(beta=0.9,momentum=0.5,centered=true,weight_decay=0.05)":
        lambda p: O.RMSprop(p, lr=0.1, alpha=0.9, momentum=0.5, centered=True, weight_decay=0.05),
    "adam": lambda p: O.Adam(p, lr=0.1),
    "adam(beta1=0.8,beta2=0.9,epsilon=0.01,weight_decay=0.05)":
        lambda p: O.Adam(p, lr=0.1, betas=(0.8, 0.9), eps=0.01, weight_decay=0.05),
    "adamw": lambda p: O.AdamW(p, lr=0.1),
    "adamw(weight_decay=0.1)": lambda p: O.AdamW(p, lr=0.1, weight_decay=0.1),
    "amsgrad": lambda p: O.Adam(p, lr=0.1, amsgrad=True),
    "amsgrad(weight_decay=0.05)": lambda p: O.Adam(p, lr=0.1, amsgrad=True, weight_decay=0.05),
    "nadam": lambda p: O.NAdam(p, lr=0.1),
    "nadam(weight_decay=0.05)": lambda p: O.NAdam(p, lr=0.1, weight_decay=0.05),
}
def run(make, before=lambda parameters: None):
    parameters = [torch.nn.Parameter(x.clone()) for x in start]
    optimizer, kept = make(parameters), {}
    for step in range(1, STEPS + 1):
        for parameter, gradient in zip(parameters, gradients[step - 1]):
            parameter.grad = gradient.clone()
        before(parameters)
        optimizer.step()
        if step in KEPT:
            kept[str(step)] = torch.cat([p.detach().flatten() for p in parameters]).tolist()
    return kept

# Rules PyTorch lacks, in NumPy from their formulas.
def numpy_run(update):
    values = [x.numpy().copy() for x in start]
    states, kept = [{} for _ in values], {}
    for step in range(1, STEPS + 1):
        for i, gradient in enumerate(gradients[step - 1]):
            values[i] = update(values[i], gradient.numpy(), states[i], step)
        if step in KEPT:
            kept[str(step)] = np.concatenate([v.flatten() for v in values]).tolist()
    return kept
def ewma(w, g, s, step):
    s["v"] = 0.9 * s.get("v", 0) + 0.1 * g
    return w - 0.1 * s["v"]
def rms_inside(w, g, s, step):
    s["s"] = 0.9 * s.get("s", 0) + 0.1 * g * g
    return w - 0.1 * g / np.sqrt(s["s"] + 1e-4)
def adam_inside(w, g, s, step):
    s["v"] = 0.9 * s.get("v", 0) + 0.1 * g
    s["s"] = 0.999 * s.get("s", 0) + 0.001 * g * g
    return w - 0.1 * (s["v"] / (1 - 0.9**step)) / np.sqrt(s["s"] / (1 - 0.999**step) + 1e-4)

cases = [{"rule": name, "values": run(make)} for name, make in rules.items()]
cases += [{"rule": name, "values": numpy_run(update)} for name, update in {
    "momentum(beta=0.9,form=ewma)": ewma,
    "rmsprop(beta=0.9,epsilon=1e-4,epsilon_inside_root=true)": rms_inside,
    "adam(epsilon=1e-4,epsilon_inside_root=true)": adam_inside,
}.items()]
clipped = [
    {"clip": "norm", "limit": 1.0, "values": run(rules["sgd"], lambda p: torch.nn.utils.clip_grad_norm_(p, 1.0))},
    {"clip": "value", "limit": 0.5, "values": run(rules["sgd"], lambda p: torch.nn.utils.clip_grad_value_(p, 0.5))},
]
write("optimizers.json", {"source": f"torch {torch.__version__}", "rate": 0.1, "start": [pack(x) for x in start],
                          "gradients": [[pack(g) for g in step] for step in gradients], "cases": cases, "clipped": clipped})
