public import ThalwegEngine
public import ThalwegNetworks

/// A character model that reads on: each call begins with the state that the call before ended with, and back-propagation
/// stops in between (truncated back-propagation through time). The batch's examples are texts read side by side.
///
/// The state is a running value: `TrainingStep` carries it, and it is named `state.0`, … beside the model's own
/// parameters. Outside training it is read, not moved.
public struct CharacterStream<Cell: RecurrentCell>: Layer {
    public let model: CharacterModel<Cell>
    private let state: [RunningValue]

    public init(_ model: CharacterModel<Cell>, batch: Int) {
        self.model = model
        state = model.recurrent.zeroState(batch: batch, dataType: model.output.weight.dataType).tensors
            .map(RunningValue.init)
    }

    public func visit(_ visitor: Visitor) {
        visitor.module("model", model)
        for (index, running) in state.enumerated() { visitor.running("state.\(index)", running) }
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let (logits, next) = model(x, state: RecurrentState(state.map(context.value)), context)
        if context.isTraining {
            for (running, value) in zip(state, next.tensors) { context.update(running, to: value) }
        }
        return logits
    }

    /// Forgets what was read.
    public func reset() {
        for running in state { running.value = .zeros(running.value.shape, dataType: running.value.dataType) }
    }
}
