"""models.json: state names and shapes, parameter counts and outputs of published models, by PyTorch and torchvision.

Weights are made by the rule of `fill`, which the tests follow, so that the file stays small. `blocks` holds residual blocks
with gradients and running statistics after a training step.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

# torchvision registers these operators on import; its compiled half is not needed here.
for operator in ["nms", "qnms"]:
    torch.library.define(f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision
from torchvision.models.resnet import BasicBlock, Bottleneck

from fixture import draws, pack, write

draw = draws(12)


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class SmallResNet(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        count = (depth - 2) // 6

        def stage(i, o):
            down = None if i == o else nn.Sequential(nn.Conv2d(i, o, 1, 2, bias=False), nn.BatchNorm2d(o))
            return nn.Sequential(BasicBlock(i, o, 1 if i == o else 2, down), *[BasicBlock(o, o) for _ in range(count - 1)])

        self.layer1, self.layer2, self.layer3 = stage(16, 16), stage(16, 32), stage(32, 64)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def fill(model):
    """Entry number n of the state dictionary: sin(0.7 j + n) for element j, scaled for a weight, near 1 for a variance."""
    with torch.no_grad():
        for n, (name, tensor) in enumerate(model.state_dict().items()):
            if name.endswith("num_batches_tracked"):
                continue
            wave = torch.sin(0.7 * torch.arange(tensor.numel()) + n).reshape(tensor.shape)
            if tensor.dim() > 1:
                tensor.copy_(wave * (0.4 / tensor[0].numel()) ** 0.5)
            elif name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
                tensor.copy_(1 + 0.1 * wave)
            else:
                tensor.copy_(0.1 * wave)


models = []


def model(name, module, size, channels):
    fill(module)
    module.eval()
    x = torch.sin(0.3 * torch.arange(size * size * channels)).reshape(1, size, size, channels)
    models.append({
        "model": name, "parameters": sum(p.numel() for p in module.parameters()), "size": size, "channels": channels,
        "state": [{"name": k, "shape": list(v.shape)} for k, v in module.state_dict().items()],
        "logits": pack(module(x.movedim(-1, 1))[0, :10]),
    })


model("LeNet5", LeNet5(), 28, 1)
for depth in [20, 32, 56]:
    model(f"SmallResNet{depth}", SmallResNet(depth), 16, 3)
model("ResNet18", torchvision.models.resnet18(), 32, 3)
model("ResNet34", torchvision.models.resnet34(), 32, 3)
model("ResNet50", torchvision.models.resnet50(), 32, 3)

blocks = []


def block(name, module, inputs, width, stride, x):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(*parameter.shape) * 0.5 + (1 if parameter.dim() == 1 else 0))
    leaf = x.clone().requires_grad_()
    y = module(leaf.movedim(-1, 1)).movedim(1, -1)
    upstream = draw(*y.shape)
    y.backward(upstream)
    blocks.append({
        "block": name, "inputs": inputs, "width": width, "stride": stride, "input": pack(x), "output": pack(y),
        "upstream": pack(upstream), "inputGradient": pack(leaf.grad),
        "parameters": {k: pack(v) for k, v in module.named_parameters()},
        "gradients": {k: pack(v.grad) for k, v in module.named_parameters()},
        "running": {k: pack(v) for k, v in module.named_buffers()},
    })


def down(i, o, stride):
    return nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))


block("BasicBlock", BasicBlock(3, 3), 3, 3, 1, draw(2, 4, 5, 3))
block("BasicBlock", BasicBlock(3, 4, 2, down(3, 4, 2)), 3, 4, 2, draw(2, 5, 4, 3))
block("BottleneckBlock", Bottleneck(3, 2, 2, down(3, 8, 2)), 3, 2, 2, draw(2, 4, 4, 3))

write("models.json", {"source": f"torch {torch.__version__}, torchvision {torchvision.__version__}", "models": models,
                      "blocks": blocks})
