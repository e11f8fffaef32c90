"""recurrent.json: recurrent layers in float64 computed by PyTorch, and the course's unit values computed by NumPy.

Every case holds parameters by PyTorch's names, inputs [batch, time, features], states, outputs, final states, the upstream
gradients of all of them and the gradients of inputs, states and parameters.

The unit values are those of the assignment "Building your recurrent neural network step by step".
"""

import numpy as np
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fixture import draws, pack, write

draw = draws(11)
BATCH, TIME, INPUTS, HIDDEN = 3, 4, 3, 2
KINDS = {
    "rnn_tanh": lambda **k: nn.RNN(nonlinearity="tanh", **k),
    "rnn_relu": lambda **k: nn.RNN(nonlinearity="relu", **k),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


def case(kind, layers, bidirectional, lengths):
    module = KINDS[kind](input_size=INPUTS, hidden_size=HIDDEN, num_layers=layers, bidirectional=bidirectional, batch_first=True)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(*parameter.shape) * 0.6)
    x = draw(BATCH, TIME, INPUTS).requires_grad_()
    directions = 2 if bidirectional else 1
    states = [draw(layers * directions, BATCH, HIDDEN).requires_grad_() for _ in range(2 if kind == "lstm" else 1)]
    given = tuple(states) if kind == "lstm" else states[0]
    if lengths:
        packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        y, final = module(packed, given)
        y = pad_packed_sequence(y, batch_first=True, total_length=TIME)[0]
    else:
        y, final = module(x, given)
    results = [y] + (list(final) if kind == "lstm" else [final])
    upstream = [draw(*r.shape) for r in results]
    torch.autograd.backward(results, upstream)
    return {
        "kind": kind, "layers": layers, "isBidirectional": bidirectional, "lengths": lengths,
        "parameters": {k: pack(v) for k, v in module.named_parameters()}, "input": pack(x), "states": [pack(s) for s in states],
        "results": [pack(r) for r in results], "upstream": [pack(u) for u in upstream],
        "inputGradient": pack(x.grad), "stateGradients": [pack(s.grad) for s in states],
        "gradients": {k: pack(v.grad) for k, v in module.named_parameters()},
    }


cases = [
    case(kind, layers, bidirectional, lengths)
    for kind in KINDS for layers in (1, 2) for bidirectional in (False, True) for lengths in (None, [2, 4, 1])
]

# ---- The course's unit values: drawn in the order of the assignment's test cells, then turned from examples in columns,
# [features, examples, time], into Thalweg's and PyTorch's layouts.


def by_steps(x):
    return np.transpose(x if x.ndim == 3 else x[:, :, None], (1, 2, 0))


def rnn(x, a0, wax, waa, ba):
    return {"kind": "rnn_tanh", "input": pack(by_steps(x)), "states": [pack(a0.T[None])],
            "parameters": {"weight_ih_l0": pack(wax), "weight_hh_l0": pack(waa), "bias_ih_l0": pack(ba[:, 0])}}


def lstm(x, a0, c0, weights, biases):
    n = a0.shape[0]  # the course joins [a, x]; gates in PyTorch's order: i, f, g, o
    return {"kind": "lstm", "input": pack(by_steps(x)), "states": [pack(a0.T[None]), pack(c0.T[None])],
            "parameters": {"weight_ih_l0": pack(np.concatenate([weights[k][:, n:] for k in "ifco"])),
                           "weight_hh_l0": pack(np.concatenate([weights[k][:, :n] for k in "ifco"])),
                           "bias_ih_l0": pack(np.concatenate([biases[k][:, 0] for k in "ifco"]))}}


def forward_draws():
    randn = np.random.RandomState(1).randn
    x, a0, waa, wax, _, ba = randn(3, 10, 4), randn(5, 10), randn(5, 5), randn(5, 3), randn(2, 5), randn(5, 1)
    return x, a0, wax, waa, ba


def course():
    forward = {"rnn": rnn(*forward_draws())}
    randn = np.random.RandomState(1).randn
    xt, a_prev, wax, waa, _, _, _ = randn(3, 10), randn(5, 10), randn(5, 3), randn(5, 5), randn(2, 5), randn(5, 1), randn(2, 1)
    # The assignment's cell draws a bias and then uses the one of the cell before.
    forward["rnn cell"] = rnn(xt, a_prev, wax, waa, forward_draws()[-1]) | {"upstream": [pack(randn(5, 10).T[None])]}
    for name, shape, cell in [("lstm", (3, 10, 7), False), ("lstm cell", (3, 10), True)]:
        randn = np.random.RandomState(1).randn
        x, a0 = randn(*shape), randn(5, 10)
        c0 = randn(5, 10) if cell else np.zeros((5, 10))
        weights, biases = {}, {}
        for gate in "fioc":
            weights[gate], biases[gate] = randn(5, 8), randn(5, 1)
        forward[name] = lstm(x, a0, c0, weights, biases)
        if cell:
            randn(2, 5), randn(2, 1)
            forward[name]["upstream"] = [pack(randn(5, 10).T[None]), pack(randn(5, 10).T[None])]
    return forward


if __name__ == "__main__":
    write("recurrent.json", {"source": f"torch {torch.__version__}, numpy {np.__version__}", "cases": cases, "course": course()})
