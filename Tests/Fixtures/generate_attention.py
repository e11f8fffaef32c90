"""attention.json: attention, positions, transformer layers and small GPT-2 and BERT models in float64, with gradients.

Every case holds arguments, inputs, flags (masks as 0 and 1), parameters by PyTorch's (or the public files') names, the output,
the upstream gradient and the gradients of inputs and parameters. Where a step is padding the output is compared as zero.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from fixture import draws, pack, write

draw = draws(21)
cases = []


def case(kind, inputs, function, arguments=None, flags=None, module=None, rename=lambda name: name):
    leaves = {k: v.clone().requires_grad_(v.is_floating_point()) for k, v in inputs.items()}
    if module is not None:
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                is_gain = parameter.dim() == 1 and name.endswith("weight")
                parameter.copy_(draw(*parameter.shape) * 0.5 + (1 if is_gain else 0))
    output = function(leaves)
    if flags and "present" in flags:
        output = output * flags["present"].reshape(flags["present"].shape + (1,) * (output.dim() - 2))
    upstream = draw(*output.shape)
    output.backward(upstream)
    parameters = dict(module.named_parameters()) if module is not None else {}
    cases.append({
        "kind": kind, "arguments": arguments or {}, "inputs": {k: pack(v) for k, v in inputs.items()},
        "flags": {k: pack(v.long()) for k, v in (flags or {}).items()},
        "parameters": {rename(k): pack(v) for k, v in parameters.items()},
        "output": pack(output), "upstream": pack(upstream),
        "gradients": {k: pack(v.grad) for k, v in leaves.items() if v.grad is not None},
        "parameterGradients": {rename(k): pack(v.grad) for k, v in parameters.items() if v.grad is not None},
    })


# ---- Scaled dot-product attention: [batch, heads, time, depth].
def qkv(time, steps, heads=2, key_heads=2, depth=3, value_depth=3):
    return {"query": draw(2, heads, time, depth), "key": draw(2, key_heads, steps, depth),
            "value": draw(2, key_heads, steps, value_depth)}


def flags_of(*shape, probability=0.6, seed=3):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator) < probability


def sdpa(i, **options):
    return F.scaled_dot_product_attention(i["query"], i["key"], i["value"], **options)


case("attention", qkv(4, 4), lambda i: sdpa(i))
case("attention", qkv(3, 5, value_depth=2), lambda i: sdpa(i, scale=0.7), {"scale": 0.7})
case("attention", qkv(4, 4), lambda i: sdpa(i, is_causal=True), {"isCausal": True})
bottom = torch.ones(2, 5).tril(3).bool()
case("attention", qkv(2, 5), lambda i: sdpa(i, attn_mask=bottom), {"isCausal": True})
case("attention", qkv(4, 4, heads=4), lambda i: sdpa(i, enable_gqa=True), {})
case("attention", qkv(3, 3, heads=6), lambda i: sdpa(i, enable_gqa=True, is_causal=True), {"isCausal": True})
for shape in [(2, 2, 3, 4), (3, 4), (2, 1, 1, 4), (2, 4, 3, 4)]:
    mask = flags_of(*shape)
    mask[..., 0] = True
    case("attention", qkv(3, 4, heads=4), lambda i: sdpa(i, attn_mask=mask if mask.dim() < 4 or mask.shape[1] != 2
         else mask.repeat_interleave(2, 1), enable_gqa=True), {}, {"mask": mask if mask.dim() < 4 or mask.shape[1] != 2
         else mask.repeat_interleave(2, 1)})
bias = draw(2, 3, 4)
case("attention", qkv(3, 4), lambda i: sdpa(i, attn_mask=bias), {"bias": 1})
cases[-1]["inputs"]["bias"] = pack(bias)


def with_empty_rows(i, mask):
    scores = i["query"] @ i["key"].transpose(2, 3) / math.sqrt(i["query"].shape[3])
    weights = scores.masked_fill(~mask, -1e300).softmax(-1)
    return weights.masked_fill(~mask, 0.0) @ i["value"]


empty = flags_of(2, 1, 3, 4, probability=0.5)
empty[0, 0, 1] = False
empty[1] = False
case("attention", qkv(3, 4), lambda i: with_empty_rows(i, empty), {}, {"mask": empty})

# ---- Positions.
def sinusoids(time, width):
    position = torch.arange(time)[:, None]
    rate = 10000.0 ** (-torch.arange(0, width, 2) / width)
    table = torch.zeros(time, width)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)[:, : width // 2]
    return table


case("sinusoidal", {"x": draw(2, 5, 6)}, lambda i: i["x"] + sinusoids(5, 6))
case("sinusoidal", {"x": draw(1, 4, 5)}, lambda i: i["x"] + sinusoids(4, 5))


def angles(time, depth, base, start=0):
    return (torch.arange(time) + start)[:, None] * base ** (-torch.arange(0, depth, 2) / depth)


def rotate_interleaved(x, base, start=0):
    turn = torch.polar(torch.ones(x.shape[-2], x.shape[-1] // 2), angles(x.shape[-2], x.shape[-1], base, start))
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    return torch.view_as_real(pairs * turn).flatten(-2)


def rotate_halves(x, base, start=0):
    a = angles(x.shape[-2], x.shape[-1], base, start)
    a = torch.cat([a, a], -1)
    first, second = x.chunk(2, -1)
    return x * a.cos() + torch.cat([-second, first], -1) * a.sin()


rotations = {"interleaved": rotate_interleaved, "halves": rotate_halves}
for pairs, rotate in rotations.items():
    for start in [0, 7]:
        case("rotary", {"x": draw(2, 2, 4, 6)}, lambda i: rotate(i["x"], 500.0, start),
             {"pairs": pairs, "base": 500, "start": start})

# ---- Multi-head attention.
def lengths(present):
    return torch.arange(max(present))[None] < torch.tensor(present)[:, None]


mha = nn.MultiheadAttention(8, 2, batch_first=True)
case("multiHead", {"query": draw(2, 4, 8)}, lambda i: mha(i["query"], i["query"], i["query"], need_weights=False)[0],
     {"width": 8, "heads": 2}, module=mha)
mha2 = nn.MultiheadAttention(8, 4, batch_first=True, bias=False)
case("multiHead", {"query": draw(2, 4, 8)}, lambda i: mha2(
    i["query"], i["query"], i["query"], attn_mask=torch.ones(4, 4).triu(1).bool(), is_causal=True, need_weights=False)[0],
     {"width": 8, "heads": 4, "bias": False, "isCausal": True}, module=mha2)
mha3 = nn.MultiheadAttention(8, 2, batch_first=True)
real = lengths([5, 3])
case("multiHead", {"query": draw(2, 3, 8), "key": draw(2, 5, 8) * real[:, :, None]},
     lambda i: mha3(i["query"], i["key"], i["key"], key_padding_mask=~real, need_weights=False)[0],
     {"width": 8, "heads": 2}, {"keyPresent": real}, module=mha3)
mha4 = nn.MultiheadAttention(8, 2, batch_first=True)
case("multiHead", {"query": draw(2, 5, 8) * real[:, :, None]}, lambda i: mha4(
    i["query"], i["query"], i["query"], key_padding_mask=~real, need_weights=False)[0],
     {"width": 8, "heads": 2}, {"present": real}, module=mha4)


class Separate(nn.Module):
    """Separate projections, other widths for keys and values, grouped queries, rotary positions."""

    def __init__(self, width, heads, key_heads, key_width, value_width, pairs=None):
        super().__init__()
        self.heads, self.key_heads, self.pairs = heads, key_heads, pairs
        inner = width // heads * key_heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(key_width, inner)
        self.value, self.out_proj = nn.Linear(value_width, inner), nn.Linear(width, width)

    def forward(self, query, key, value):
        def split(x, heads):
            return x.unflatten(-1, (heads, -1)).transpose(1, 2)
        q, k = split(self.query(query), self.heads), split(self.key(key), self.key_heads)
        if self.pairs:
            q, k = rotations[self.pairs](q, 10000.0), rotations[self.pairs](k, 10000.0)
        y = F.scaled_dot_product_attention(q, k, split(self.value(value), self.key_heads), enable_gqa=True)
        return self.out_proj(y.transpose(1, 2).flatten(2))


separate = Separate(8, 4, 2, 5, 3)
case("multiHead", {"query": draw(2, 3, 8), "key": draw(2, 4, 5), "value": draw(2, 4, 3)},
     lambda i: separate(i["query"], i["key"], i["value"]),
     {"width": 8, "heads": 4, "keyHeads": 2, "keyWidth": 5, "valueWidth": 3, "separate": True}, module=separate)
turned = Separate(8, 2, 1, 8, 8, "halves")
case("multiHead", {"query": draw(2, 4, 8)}, lambda i: turned(i["query"], i["query"], i["query"]),
     {"width": 8, "heads": 2, "keyHeads": 1, "separate": True, "rotary": "halves"}, module=turned)

# ---- Transformer layers.
options = dict(d_model=8, nhead=2, dim_feedforward=6, dropout=0.0, batch_first=True)
causal = torch.ones(4, 4).triu(1).bool()
for norm_first, activation in [(False, "relu"), (True, "gelu")]:
    arguments = {"width": 8, "heads": 2, "hidden": 6, "isNormFirst": norm_first, "activation": activation}
    encoder = nn.TransformerEncoderLayer(activation=activation, norm_first=norm_first, **options)
    case("encoderLayer", {"x": draw(2, 4, 8)}, lambda i: encoder(i["x"]), arguments, module=encoder)
    padded = nn.TransformerEncoderLayer(activation=activation, norm_first=norm_first, **options)
    case("encoderLayer", {"x": draw(2, 5, 8) * real[:, :, None]},
         lambda i: padded(i["x"], src_key_padding_mask=~real), arguments, {"present": real}, module=padded)
    decoder = nn.TransformerDecoderLayer(activation=activation, norm_first=norm_first, **options)
    case("decoderLayer", {"x": draw(2, 4, 8), "memory": draw(2, 5, 8) * real[:, :, None]}, lambda i: decoder(
        i["x"], i["memory"], tgt_mask=causal, tgt_is_causal=True, memory_key_padding_mask=~real), arguments,
        {"memoryPresent": real}, module=decoder)
whole = nn.Transformer(8, 2, 2, 2, 6, 0.0, batch_first=True, norm_first=True)
case("transformer", {"source": draw(2, 5, 8) * real[:, :, None], "target": draw(2, 4, 8)}, lambda i: whole(
    i["source"], i["target"], tgt_mask=causal, tgt_is_causal=True, src_key_padding_mask=~real,
    memory_key_padding_mask=~real),
    {"width": 8, "heads": 2, "hidden": 6, "isNormFirst": True, "activation": "relu", "layers": 2},
    {"sourcePresent": real}, module=whole)


# ---- GPT-2, named and stored as the public weights.
class Conv1D(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(inputs, outputs)), nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class GPT2Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = Conv1D(width, 3 * width), Conv1D(width, width)
        self.mlp.c_fc, self.mlp.c_proj = Conv1D(width, 4 * width), Conv1D(4 * width, width)

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (part.reshape(batch, time, self.heads, -1).transpose(1, 2)
                   for part in self.attn.c_attn(self.ln_1(x)).split(width, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, time, width)
        x = x + self.attn.c_proj(y)
        return x + self.mlp.c_proj(F.gelu(self.mlp.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT2(nn.Module):
    def __init__(self, vocabulary, context, width, layers, heads):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.h = nn.ModuleList(GPT2Block(width, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T


gpt = GPT2(11, 6, 8, 2, 2)
case("gpt", {"tokens": torch.tensor([[1, 0, 10, 3, 3], [7, 2, 2, 9, 4]])}, lambda i: gpt(i["tokens"]),
     {"vocabulary": 11, "context": 6, "width": 8, "layers": 2, "heads": 2}, module=gpt)


# ---- BERT, named as the public weights.
def group(**modules):
    owner = nn.Module()
    for name, module in modules.items():
        owner.add_module(name, module)
    return owner


class BERT(nn.Module):
    def __init__(self, vocabulary, context, types, width, layers, heads, hidden):
        super().__init__()
        def norm():
            return nn.LayerNorm(width, eps=1e-12)
        self.heads = heads
        self.embeddings = group(
            word_embeddings=nn.Embedding(vocabulary, width), position_embeddings=nn.Embedding(context, width),
            token_type_embeddings=nn.Embedding(types, width), LayerNorm=norm())
        self.encoder = group(layer=nn.ModuleList(group(
            attention=group(
                self=group(query=nn.Linear(width, width), key=nn.Linear(width, width), value=nn.Linear(width, width)),
                output=group(dense=nn.Linear(width, width), LayerNorm=norm())),
            intermediate=group(dense=nn.Linear(width, hidden)),
            output=group(dense=nn.Linear(hidden, width), LayerNorm=norm())) for _ in range(layers)))
        self.pooler = group(dense=nn.Linear(width, width))

    def forward(self, tokens, types, present):
        e = self.embeddings
        x = e.LayerNorm(e.word_embeddings(tokens) + e.position_embeddings(torch.arange(tokens.shape[1]))
                        + e.token_type_embeddings(types))
        for layer in self.encoder.layer:
            def split(y):
                return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            part = getattr(layer.attention, "self")
            y = F.scaled_dot_product_attention(split(part.query(x)), split(part.key(x)), split(part.value(x)),
                                               attn_mask=present[:, None, None])
            x = layer.attention.output.LayerNorm(x + layer.attention.output.dense(y.transpose(1, 2).flatten(2)))
            x = layer.output.LayerNorm(x + layer.output.dense(F.gelu(layer.intermediate.dense(x))))
        pooled = torch.tanh(self.pooler.dense(x[:, 0]))
        return torch.cat([pooled[:, None], x * present[:, :, None]], 1)


bert = BERT(13, 7, 2, 8, 2, 2, 12)
case("bert", {"tokens": torch.tensor([[1, 0, 12, 3, 5], [7, 2, 4, 0, 0]]), "types": torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0]])},
     lambda i: bert(i["tokens"], i["types"], real),
     {"vocabulary": 13, "context": 7, "width": 8, "layers": 2, "heads": 2, "hidden": 12}, {"real": real}, module=bert)

write("attention.json", {"source": f"torch {torch.__version__}", "cases": cases})
