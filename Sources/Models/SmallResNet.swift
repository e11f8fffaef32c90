public import ThalwegEngine
public import ThalwegNetworks

/// Residual networks for small images (CIFAR): a 3 by 3 stem without pooling, three stages of 16, 32 and 64 channels with
/// n basic blocks each, depth 6n + 2: 20, 32, 56, …
///
/// Where a stage begins, the shortcut is a 1 by 1 convolution with batch normalization, torchvision's way (the paper's
/// option B): 272,474 parameters at depth 20, 466,906 at 32 and 855,770 at 56 with ten classes. (The paper's CIFAR networks
/// pad with zeros instead, its option A: 269,722 at depth 20.)
/// - Shapes: input `[batch, height, width, 3]`, output `[batch, classes]`, logits.
///
///       SmallResNet(depth: 20, key: RandomKey(seed: 1))(Tensor.ones([1, 32, 32, 3])).shape      // [1, 10]
///
/// Source: He et al. 2015, section 4.2.
public struct SmallResNet: Layer {
    public let conv1: Convolution
    public let bn1: BatchNorm
    public let layer1: [BasicBlock]
    public let layer2: [BasicBlock]
    public let layer3: [BasicBlock]
    public let fc: Dense

    public init(
        depth: Int, classes: Int = 10, dataType: DataType = .float32, key: RandomKey, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        guard depth >= 8, depth % 6 == 2 else {
            fatalError("SmallResNet: depth \(depth) is not 6n + 2 (20, 32, 56, …)", file: file, line: line)
        }
        let keys = KeyStream(key: key)
        conv1 = Convolution(
            3, 16, kernel: [3, 3], padding: .symmetric([1, 1]), bias: false, dataType: dataType, key: keys.next())
        bn1 = BatchNorm(16, dataType: dataType)
        func stage(_ inputs: Int, _ width: Int) -> [BasicBlock] {
            (0..<(depth - 2) / 6).map { block in
                BasicBlock(
                    block == 0 ? inputs : width, width, stride: block == 0 && inputs != width ? 2 : 1,
                    dataType: dataType, key: keys.next())
            }
        }
        (layer1, layer2, layer3) = (stage(16, 16), stage(16, 32), stage(32, 64))
        fc = Dense(64, classes, dataType: dataType, key: keys.next())
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        var h = bn1(conv1(x, context), context).relu()  // [batch, height, width, 16]
        for block in layer1 + layer2 + layer3 { h = block(h, context) }
        return context.record(self, x, fc(GlobalAveragePool()(h, context), context))
    }
}
