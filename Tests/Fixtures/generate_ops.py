"""ops.json: values and gradients of the engine's public ops, computed by PyTorch in float64.

A case is {"op", "arguments", "inputs", "outputs", "upstreams", "gradients"}: op and arguments are spelled as the Swift
method and its labels; `upstreams[i]` multiplies the i-th output (null: that output has no gradient) and `gradients[i]`
belongs to the i-th input (null: it has none, being an integer, a condition or a piecewise constant function).
"""

import torch
import torch.nn.functional as F

from fixture import draws, pack, write

draw = draws(2024)
cases = []


def case(op, function, inputs, arguments=None, differentiable=True):
    leaves = [x.clone().requires_grad_(differentiable and x.is_floating_point()) for x in inputs]
    outputs = function(*leaves)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    upstreams, total = [], 0.0
    for output in outputs:
        if differentiable and output.is_floating_point() and output.requires_grad:
            upstream = draw(*output.shape)
            total = total + (output * upstream).sum()
            upstreams.append(pack(upstream))
        else:
            upstreams.append(None)
    if torch.is_tensor(total):
        total.backward()
    cases.append({
        "op": op,
        "arguments": arguments or {},
        "inputs": [pack(x) for x in inputs],
        "outputs": [pack(y) for y in outputs],
        "upstreams": upstreams,
        "gradients": [pack(x.grad) if x.grad is not None else None for x in leaves],
    })


# Elementwise, one input. Positive inputs where the domain asks for them; no input sits on a kink.
anywhere, positive = draw(3, 4) + 0.0005, draw(3, 4, low=0.2, high=3)
for name, function in {
    "negated": torch.neg, "abs": torch.abs, "exp": torch.exp, "expm1": torch.expm1, "square": torch.square,
    "sin": torch.sin, "cos": torch.cos, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "erf": torch.erf,
    "reciprocal": torch.reciprocal,
}.items():
    case(name, function, [anywhere])
for name, function in {"log": torch.log, "log1p": torch.log1p, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt}.items():
    case(name, function, [positive])
for name, function in {"sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round}.items():
    case(name, function, [anywhere * 3], differentiable=False)
case("round", torch.round, [torch.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])], differentiable=False)
for exponent in [2, 3, -1, 0.5, 1.7]:
    case("pow", lambda x: x**exponent, [positive], {"exponent": exponent})
case("clamped", lambda x: x.clamp(-0.5, 0.7), [anywhere], {"min": -0.5, "max": 0.7})
case("clamped", lambda x: x.clamp(min=0.1), [anywhere], {"min": 0.1})
case("clamped", lambda x: x.clamp(max=0.1), [anywhere], {"max": 0.1})

# Elementwise, two inputs, with broadcasting.
pairs = [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((2, 3, 4), (3, 1)), ((), (2, 2)), ((2, 1, 3), (4, 1))]
for left, right in pairs:
    a, b = draw(*left), draw(*right, low=0.5, high=2)
    for name, function in {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div}.items():
        case(name, function, [a, b])
for left, right in pairs[1:4]:
    a, b = draw(*left), draw(*right) + 0.0005
    case("maximum", torch.maximum, [a, b])
    case("minimum", torch.minimum, [a, b])
    case("pow", torch.pow, [draw(*left, low=0.3, high=2), b])
    for name, function in {"==": torch.eq, "!=": torch.ne, "<": torch.lt, "<=": torch.le, ">": torch.gt,
                           ">=": torch.ge}.items():
        case(name, function, [(a * 2).round(), (b * 2).round()], differentiable=False)
case("select", torch.where, [draw(3, 4) > 0, draw(3, 4), draw(3, 4)])
case("select", torch.where, [draw(3, 1) > 0, draw(4), draw(3, 4)])

# Reductions.
x = draw(2, 3, 4)
for along in [None, [0], [1], [-1], [0, 2], [0, 1, 2]]:
    for keeping in [False, True]:
        dims = along if along is not None else [0, 1, 2]
        arguments = {"along": along, "keepingDimensions": keeping}
        case("sum", lambda x: x.sum(dims, keepdim=keeping), [x], arguments)
        case("mean", lambda x: x.mean(dims, keepdim=keeping), [x], arguments)
        case("max", lambda x: x.amax(dims, keepdim=keeping), [x], arguments)
        case("logSumExp", lambda x: x.logsumexp(dims, keepdim=keeping), [x], arguments)
    for unbiased in [False, True]:
        arguments = {"along": along, "keepingDimensions": False, "unbiased": unbiased}
        case("variance", lambda x: x.var(dims, unbiased=unbiased), [x], arguments)
        case("standardDeviation", lambda x: x.std(dims, unbiased=unbiased), [x], arguments)
    case("min", lambda x: x.amin(dims), [x], {"along": along, "keepingDimensions": False})
    case("norm", lambda x: x.pow(2).sum(dims).sqrt(), [x], {"along": along, "keepingDimensions": False})
for along in [0, 1, -1]:
    case("product", lambda x: x.prod(along), [x], {"along": [along], "keepingDimensions": False})
    case("softmax", lambda x: x.softmax(along), [x], {"along": along})
    case("logSoftmax", lambda x: x.log_softmax(along), [x], {"along": along})
    case("cumulativeSum", lambda x: x.cumsum(along), [x], {"along": along})
    case("argmax", lambda x: x.argmax(along), [x], {"along": along})
    case("argmin", lambda x: x.argmin(along), [x], {"along": along})
    case("any", lambda x: x.any(along), [x > 0.5], {"along": along}, differentiable=False)
    case("all", lambda x: x.all(along), [x > -1], {"along": along}, differentiable=False)
    for descending in [False, True]:
        arguments = {"along": along, "descending": descending}
        case("sorted", lambda x: x.sort(along, descending=descending).values, [x], arguments)
        case("argsorted", lambda x: x.argsort(along, descending=descending), [x], arguments)
    case("topK", lambda x: x.topk(2, along), [x], {"k": 2, "along": along})
large = torch.tensor([[1000.0, 1000.5, 999.0], [-1000.0, -1001.0, -999.5]])
for name, function in {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}.items():
    case(name, lambda x: function(x, -1), [large], {"along": -1})

# Shape.
x = draw(2, 3, 4)
case("reshaped", lambda x: x.reshape(4, 6), [x], {"to": [4, 6]})
case("reshaped", lambda x: x.reshape(-1, 2), [x], {"to": [-1, 2]})
case("flattened", torch.flatten, [x])
case("transposed", lambda x: x.permute(2, 0, 1), [x], {"permutation": [2, 0, 1]})
case("transposed", lambda x: x.permute(2, 1, 0), [x])
case("swappingAxes", lambda x: x.transpose(0, -1), [x], {"axes": [0, -1]})
case("squeezed", lambda x: x.squeeze(1), [draw(3, 1, 2)], {"along": 1})
case("expandingDimensions", lambda x: x.unsqueeze(1), [draw(3, 2)], {"at": 1})
case("broadcast", lambda x: x.broadcast_to(2, 3, 4), [draw(3, 1)], {"to": [2, 3, 4]})
case("flipped", lambda x: x.flip(1), [x], {"along": 1})
case("padded", lambda x: F.pad(x, (1, 0, 0, 2), value=0.5), [draw(2, 3)], {"low": [0, 1], "high": [2, 0], "value": 0.5})
case("concatenate", lambda a, b, c: torch.cat([a, b, c], 1), [draw(2, 1), draw(2, 3), draw(2, 2)], {"along": 1})
case("stack", lambda a, b: torch.stack([a, b], 1), [draw(2, 3), draw(2, 3)], {"along": 1})
case("split", lambda x: x.split([1, 2, 1], 2), [x], {"sizes": [1, 2, 1], "along": 2})
case("split", lambda x: x.chunk(2, 2), [x], {"into": 2, "along": 2})

# Slices: one entry an axis: an integer, null (all), "ellipsis", "newAxis" or [from, to, by].
for text, entries in [
    ("x[1]", [1]), ("x[:, 1:3]", [None, [1, 3, 1]]), ("x[..., 0]", ["ellipsis", 0]), ("x[-1, :, ::2]", [-1, None, [0, 4, 2]]),
    ("x[:, None, 0]", [None, "newAxis", 0]), ("x[0:1, ..., 1:4:2]", [[0, 1, 1], "ellipsis", [1, 4, 2]]),
]:
    case("slice", lambda x: eval(text), [x], {"python": text, "entries": entries})

# Gather and scatter.
rows, index = draw(5, 3), torch.tensor([[0, 4], [2, 2]])
case("gathered", lambda x, i: x[i], [rows, index], {"along": 0})
case("gathered", lambda x, i: x[:, i], [rows, torch.tensor([2, 0, 2, 1])], {"along": 1})
elements = torch.tensor([[0, 1, 4], [3, 3, 0]])
case("gatheredElements", lambda x, i: x.gather(0, i), [rows, elements], {"along": 0})
case("gatheredElements", lambda x, i: x.gather(1, i), [draw(2, 5), elements], {"along": 1})
repeated = torch.tensor([1, 3, 1])
case("scatterAdded", lambda x, u, i: x.index_add(0, i, u), [rows, draw(3, 3), repeated], {"along": 0})
case("scatterAdded", lambda x, u, i: x.index_add(1, i, u), [draw(2, 4), draw(2, 3), repeated], {"along": 1})
case("oneHot", lambda i: F.one_hot(i, 5).double(), [index], {"depth": 5}, differentiable=False)
square = draw(3, 4)
for diagonal in [-1, 0, 1]:
    case("triangleLower", lambda x: x.tril(diagonal), [square], {"diagonal": diagonal})
    case("triangleUpper", lambda x: x.triu(diagonal), [square], {"diagonal": diagonal})
case("diagonal", torch.diagonal, [draw(3, 3)])

# Products.
for left, right in [((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 1, 2, 3), (4, 3, 2)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)),
                    ((4, 2, 3), (3,)), ((1, 7), (7, 1)), ((6, 1), (1, 5))]:
    case("matmul", torch.matmul, [draw(*left), draw(*right)])
case("dot", torch.dot, [draw(4), draw(4)])
case("outer", torch.outer, [draw(3), draw(4)])
for equation, shapes in [
    ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij->ji", [(2, 3)]), ("ij->", [(2, 3)]), ("ii->i", [(3, 3)]), ("ii->", [(3, 3)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 2)]), ("i,j->ij", [(3,), (2,)]), ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
    ("ij,ij->i", [(2, 3), (2, 3)]), ("ijk,kl->jil", [(2, 3, 4), (4, 2)]), ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 4)]),
]:
    case("einsum", lambda *x: torch.einsum(equation, *x), [draw(*s) for s in shapes], {"equation": equation})

# Second order: the gradient of sum(f(x)^2) with respect to x, differentiated again.
for name, function in {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "exp": torch.exp, "softmax": lambda x: x.softmax(-1)}.items():
    def first(x):
        y = function(x).square().sum()
        return torch.autograd.grad(y, x, create_graph=True)[0]
    leaf = draw(2, 3).requires_grad_()
    gradient = first(leaf)
    upstream = draw(2, 3)
    second = torch.autograd.grad((gradient * upstream).sum(), leaf)[0]
    cases.append({"op": "gradientOfSumOfSquares", "arguments": {"function": name}, "inputs": [pack(leaf)],
                  "outputs": [pack(gradient)], "upstreams": [pack(upstream)], "gradients": [pack(second)]})

write("ops.json", {"source": f"torch {torch.__version__}", "cases": cases})
