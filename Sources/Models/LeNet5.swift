public import ThalwegEngine
public import ThalwegNetworks

/// LeNet-5 for gray images of 28 by 28, in its usual form today: ReLU for the sigmoids, max pooling for the trained
/// averages, a plain dense layer at the end. 61,706 parameters with ten classes.
///
/// - Shapes: input `[batch, 28, 28, 1]`, output `[batch, classes]`, logits.
///
/// Source: LeCun et al. 1998.
public struct LeNet5: Layer {
    public let conv1: Convolution
    public let conv2: Convolution
    public let fc1: Dense
    public let fc2: Dense
    public let fc3: Dense

    public init(classes: Int = 10, dataType: DataType = .float32, key: RandomKey) {
        let keys = KeyStream(key: key)
        conv1 = Convolution(
            1, 6, kernel: [5, 5], padding: .symmetric([2, 2]), dataType: dataType, key: keys.next())
        conv2 = Convolution(6, 16, kernel: [5, 5], dataType: dataType, key: keys.next())
        fc1 = Dense(400, 120, dataType: dataType, key: keys.next())
        fc2 = Dense(120, 84, dataType: dataType, key: keys.next())
        fc3 = Dense(84, classes, dataType: dataType, key: keys.next())
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let pool = MaxPool([2, 2])
        var h = pool(conv1(x, context).relu(), context)  // [batch, 14, 14, 6]
        h = pool(conv2(h, context).relu(), context)  // [batch, 5, 5, 16]
        h = Flatten()(h, context)
        h = fc2(fc1(h, context).relu(), context).relu()
        return context.record(self, x, fc3(h, context))
    }
}
