"""Shared by the generators in this folder: how a tensor is written into JSON."""

import json
import os

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {torch.float64: "float64", torch.int64: "int64", torch.bool: "bool"}


def pack(value):
    """A tensor as {"dtype", "shape", "data"}: row-major, float64 digits that read back exactly."""
    tensor = torch.as_tensor(value).detach().contiguous()
    data = tensor.flatten().tolist()
    return {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data": data}


def draws(seed):
    """Short random numbers (three decimals), so that a fixture stays small."""
    rng = np.random.default_rng(seed)

    def draw(*shape, low=None, high=None):
        raw = rng.standard_normal(shape) if low is None else rng.uniform(low, high, shape)
        return torch.tensor(np.round(raw, 3))

    return draw


def write(name, document):
    path = os.path.join(HERE, name)
    with open(path, "w") as file:
        json.dump(document, file, separators=(",", ":"), allow_nan=False)
        file.write("\n")
    print(f"{name}: {os.path.getsize(path)} bytes")
