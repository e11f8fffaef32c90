public import ThalwegEngine
public import ThalwegNetworks

/// Residual networks for photos: a stem that makes the image four times smaller, four stages of residual blocks, and a
/// dense layer on the mean over positions.
///
/// State names and layouts are torchvision's, so that its public weights load.
/// - Shapes: input `[batch, height, width, 3]`, output `[batch, classes]`, logits.
///
///       let model = ResNet.resNet18(key: RandomKey(seed: 1))
///       model(Tensor.ones([1, 224, 224, 3])).shape      // [1, 1000]
///
/// Source: He et al. 2015; the bottleneck's stride stands at its 3 by 3 convolution, as in torchvision.
public struct ResNet: Layer {
    public let conv1: Convolution
    public let bn1: BatchNorm
    public let layer1: [any Layer]
    public let layer2: [any Layer]
    public let layer3: [any Layer]
    public let layer4: [any Layer]
    public let fc: Dense

    /// - Parameters:
    ///   - blocks: Residual blocks of each of the four stages.
    ///   - isBottleneck: Blocks of 1 by 1, 3 by 3 and 1 by 1 convolutions with four times as many outputs.
    public init(
        blocks: [Int], isBottleneck: Bool, classes: Int = 1000, dataType: DataType = .float32, key: RandomKey
    ) {
        let keys = KeyStream(key: key)
        conv1 = Convolution(
            3, 64, kernel: [7, 7], strides: [2, 2], padding: .symmetric([3, 3]), bias: false, dataType: dataType,
            key: keys.next())
        bn1 = BatchNorm(64, dataType: dataType)
        var channels = 64
        func stage(_ number: Int) -> [any Layer] {
            let width = 64 << number
            return (0..<blocks[number]).map { block -> any Layer in
                let stride = number > 0 && block == 0 ? 2 : 1
                defer { channels = isBottleneck ? 4 * width : width }
                return isBottleneck
                    ? BottleneckBlock(channels, width, stride: stride, dataType: dataType, key: keys.next())
                    : BasicBlock(channels, width, stride: stride, dataType: dataType, key: keys.next())
            }
        }
        (layer1, layer2, layer3, layer4) = (stage(0), stage(1), stage(2), stage(3))
        fc = Dense(channels, classes, initializer: .xavierUniform, dataType: dataType, key: keys.next())
    }

    /// 11,689,512 parameters with 1,000 classes.
    public static func resNet18(classes: Int = 1000, dataType: DataType = .float32, key: RandomKey) -> ResNet {
        ResNet(blocks: [2, 2, 2, 2], isBottleneck: false, classes: classes, dataType: dataType, key: key)
    }

    /// 21,797,672 parameters with 1,000 classes.
    public static func resNet34(classes: Int = 1000, dataType: DataType = .float32, key: RandomKey) -> ResNet {
        ResNet(blocks: [3, 4, 6, 3], isBottleneck: false, classes: classes, dataType: dataType, key: key)
    }

    /// 25,557,032 parameters with 1,000 classes.
    public static func resNet50(classes: Int = 1000, dataType: DataType = .float32, key: RandomKey) -> ResNet {
        ResNet(blocks: [3, 4, 6, 3], isBottleneck: true, classes: classes, dataType: dataType, key: key)
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        var h = bn1(conv1(x, context), context).relu()  // [batch, height / 2, width / 2, 64]
        h = MaxPool([3, 3], strides: [2, 2], padding: .symmetric([1, 1]))(h, context)
        for block in layer1 + layer2 + layer3 + layer4 { h = block(h, context) }
        return context.record(self, x, fc(GlobalAveragePool()(h, context), context))
    }
}

/// y = relu(x' + bn2(conv2(relu(bn1(conv1(x)))))) with two 3 by 3 convolutions; x' is x, or its projection to the block's
/// channels and size.
public struct BasicBlock: Layer {
    public let conv1: Convolution
    public let bn1: BatchNorm
    public let conv2: Convolution
    public let bn2: BatchNorm
    /// Empty where x has the block's channels and size.
    public let downsample: [any Layer]

    public init(_ inputs: Int, _ width: Int, stride: Int = 1, dataType: DataType = .float32, key: RandomKey) {
        let keys = KeyStream(key: key)
        conv1 = Convolution(
            inputs, width, kernel: [3, 3], strides: [stride, stride], padding: .symmetric([1, 1]), bias: false,
            dataType: dataType, key: keys.next())
        bn1 = BatchNorm(width, dataType: dataType)
        conv2 = Convolution(
            width, width, kernel: [3, 3], padding: .symmetric([1, 1]), bias: false, dataType: dataType,
            key: keys.next())
        bn2 = BatchNorm(width, dataType: dataType)
        downsample = projection(inputs, width, stride, dataType, keys.next())
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let h = bn1(conv1(x, context), context).relu()
        let main = bn2(conv2(h, context), context)
        return context.record(self, x, (main + downsample.reduce(x) { $1($0, context) }).relu())
    }
}

/// As `BasicBlock`, with 1 by 1, 3 by 3 and 1 by 1 convolutions; the last one gives 4·width channels.
public struct BottleneckBlock: Layer {
    public let conv1: Convolution
    public let bn1: BatchNorm
    public let conv2: Convolution
    public let bn2: BatchNorm
    public let conv3: Convolution
    public let bn3: BatchNorm
    /// Empty where x has the block's channels and size.
    public let downsample: [any Layer]

    public init(_ inputs: Int, _ width: Int, stride: Int = 1, dataType: DataType = .float32, key: RandomKey) {
        let keys = KeyStream(key: key)
        conv1 = Convolution(inputs, width, kernel: [1, 1], bias: false, dataType: dataType, key: keys.next())
        bn1 = BatchNorm(width, dataType: dataType)
        conv2 = Convolution(
            width, width, kernel: [3, 3], strides: [stride, stride], padding: .symmetric([1, 1]), bias: false,
            dataType: dataType, key: keys.next())
        bn2 = BatchNorm(width, dataType: dataType)
        conv3 = Convolution(width, 4 * width, kernel: [1, 1], bias: false, dataType: dataType, key: keys.next())
        bn3 = BatchNorm(4 * width, dataType: dataType)
        downsample = projection(inputs, 4 * width, stride, dataType, keys.next())
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        var h = bn1(conv1(x, context), context).relu()
        h = bn2(conv2(h, context), context).relu()
        let main = bn3(conv3(h, context), context)
        return context.record(self, x, (main + downsample.reduce(x) { $1($0, context) }).relu())
    }
}

private func projection(
    _ inputs: Int, _ outputs: Int, _ stride: Int, _ dataType: DataType, _ key: RandomKey
) -> [any Layer] {
    if stride == 1 && inputs == outputs { return [] }
    return [
        Convolution(
            inputs, outputs, kernel: [1, 1], strides: [stride, stride], bias: false, dataType: dataType, key: key),
        BatchNorm(outputs, dataType: dataType),
    ]
}
