"""Writes the small files that FormatsTests and DataSetsTests read, with NumPy and the standard library.

    python3 generate_formats.py            # needs numpy; deterministic

Every array holds the values its test expects by formula: element i is i / 2 - 1 (floating), i - 2 (signed), i
(unsigned), i odd (bool), in row-major order of the shape.
"""

import gzip
import io
import json
import os
import struct

import numpy as np
from numpy.lib import format as npy

HERE = os.path.dirname(os.path.abspath(__file__))


def at(name):
    return os.path.join(HERE, name)


def values(dtype, shape):
    i = np.arange(int(np.prod(shape))).reshape(shape)
    kind = np.dtype(dtype).kind
    if kind == "f":
        return (i / 2 - 1).astype(dtype)
    if kind == "i":
        return (i - 2).astype(dtype)
    if kind == "u":
        return i.astype(dtype)
    return i % 2 == 1


DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"]

# .npy: every type in both byte orders, C and Fortran order, versions 1 to 3, odd shapes.
for dtype in DTYPES:
    for order in "<>":
        a = values(np.dtype(dtype).newbyteorder(order), (2, 3, 4))
        tag = {"<": "le", ">": "be"}[order]
        np.save(at(f"{dtype}-{tag}-c.npy"), a)
        np.save(at(f"{dtype}-{tag}-f.npy"), np.asfortranarray(a))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(at(f"version{version[0]}.npy"), "wb") as f:
        npy.write_array(f, values("f4", (5,)), version=version)
np.save(at("scalar.npy"), np.float64(2.5))
np.save(at("empty.npy"), np.zeros((0, 3), "f4"))
np.save(at("unicode.npy"), np.array(["cat", "dog"]))
np.save(at("bytes.npy"), np.array([b"cat", b"dog"]))
np.save(at("object.npy"), np.array([{}, None], dtype=object), allow_pickle=True)
np.save(at("complex.npy"), np.zeros(2, "c8"))
np.save(at("record.npy"), np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.save(at("date.npy"), np.zeros(2, "M8[D]"))
np.save(at("huge-u8.npy"), np.array([1, 2**63], "u8"))

# .npz: stored and deflated.
arrays = {"train_x": values("f4", (6, 3)), "train_y": values("i8", (6,)), "test_x": values("u1", (2, 3)),
          "test_y": values("b1", (2,))}
np.savez(at("stored.npz"), **arrays)
np.savez_compressed(at("deflated.npz"), **arrays)


# IDX, big-endian.
def idx(code, a):
    return struct.pack(">BBBB", 0, 0, code, a.ndim) + struct.pack(f">{a.ndim}I", *a.shape) + a.tobytes()


for code, dtype in [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]:
    raw = idx(code, values(dtype, (3, 2, 2)))
    open(at(f"{dtype[1:]}.idx"), "wb").write(raw)
    open(at(f"{dtype[1:]}.idx.gz"), "wb").write(gzip.compress(raw, mtime=0))
os.makedirs(at("idx-folder"), exist_ok=True)
for part, n in [("train", 20), ("t10k", 5)]:
    images = (np.arange(n * 4) * 7 % 256).astype("u1").reshape(n, 2, 2)
    labels = (np.arange(n) % 3).astype("u1")
    open(at(f"idx-folder/{part}-images-idx3-ubyte.gz"), "wb").write(gzip.compress(idx(8, images), mtime=0))
    open(at(f"idx-folder/{part}-labels-idx1-ubyte"), "wb").write(idx(8, labels))


# safetensors, written by hand from the specification.
def safetensors(tensors, metadata=None, pad=True):
    header, body = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    if pad:
        text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


NAMES = {"f8": "F64", "f4": "F32", "f2": "F16", "i8": "I64", "i4": "I32", "i2": "I16", "i1": "I8", "u8": "U64",
         "u4": "U32", "u2": "U16", "u1": "U8", "b1": "BOOL"}
tensors = {f"layer.{d}": (NAMES[d], (2, 3), values(d, (2, 3)).tobytes()) for d in DTYPES}
bf16 = (values("f4", (2, 3)).view("u4") >> 16).astype("u2")
tensors["layer.bf16"] = ("BF16", (2, 3), bf16.tobytes())
tensors["scalar"] = ("F32", (), np.float32(2.5).tobytes())
tensors["empty \u00e9\n"] = ("F32", (0, 4), b"")
open(at("all.safetensors"), "wb").write(safetensors(tensors, {"format": "pt", "note": "a \"quoted\" text"}))
open(at("unpadded.safetensors"), "wb").write(safetensors({"w": tensors["layer.f4"]}, pad=False))
