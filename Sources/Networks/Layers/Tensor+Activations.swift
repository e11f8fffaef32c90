public import ThalwegEngine

// One line each, over the engine's operations. Where a function has a kink its gradient there is PyTorch's: 0 for relu
// at 0. Conditions are written so that NaN passes through.
extension Tensor {
    /// max(0, x)
    public func relu() -> Tensor { Tensor.select(self .<= 0, 0, self) }

    /// x for x > 0, slope·x below.
    public func leakyReLU(slope: Double = 0.01) -> Tensor { Tensor.select(self .> 0, self, self * slope) }

    /// min(max(0, x), 6)
    public func relu6() -> Tensor { Tensor.select(self .>= 6, 6, relu()) }

    /// x for x > 0, alpha·(e^x - 1) below.
    public func elu(alpha: Double = 1) -> Tensor {
        Tensor.select(self .> 0, self, alpha * Tensor.select(self .> 0, 0, self).expm1())
    }

    /// ELU with the scale that keeps mean 0 and variance 1 through the layers (Klambauer et al. 2017).
    public func selu() -> Tensor { 1.0507009873554804934193349852946 * elu(alpha: 1.6732632423543772848170429916717) }

    /// x·Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016).
    public func gelu() -> Tensor {
        gated(by: { 0.5 * (1 + ($0 * 0.5.squareRoot()).erf()) }) { x, _ in
            0.3989422804014327 * (-(x * 0.5.squareRoot()).square()).exp()  // 1 / sqrt(2 pi)
        }
    }

    /// The tanh form of `gelu()` that GPT-2 uses; differs by up to 0.0005.
    public func geluTanh() -> Tensor {
        let scale = 0.7978845608028654  // sqrt(2 / pi)
        return gated(by: { 0.5 * (1 + (scale * ($0 + 0.044715 * $0 * $0.square())).tanh()) }) { x, gate in
            2 * gate * (1 - gate) * (scale * (1 + 0.134145 * x.square()))
        }
    }

    /// x·sigmoid(x), also called swish.
    public func silu() -> Tensor { gated(by: { $0.sigmoid() }) { _, gate in gate * (1 - gate) } }

    /// x·tanh(softplus(x))
    public func mish() -> Tensor {
        gated(by: { $0.softplus().tanh() }) { x, gate in (1 - gate.square()) * x.sigmoid() }
    }

    /// x·gate(x). Its derivative is made as one factor, gate + x·slope, not as the sum of two gradients: the factor depends on x
    /// alone, and a training step can make it on its way forward and keep nothing else.
    private func gated(
        by gate: @escaping @Sendable (_ x: Tensor) -> Tensor,
        slope: @escaping @Sendable (_ x: Tensor, _ gate: Tensor) -> Tensor
    ) -> Tensor {
        customGradient([self], { $0[0] * gate($0[0]) }) { inputs, _, upstream in
            let (x, gate) = (inputs[0], gate(inputs[0]))
            return [upstream * (gate + x * slope(x, gate))]
        }
    }

    /// log(1 + e^x), exact at both ends; its gradient is the sigmoid, at 0 too.
    public func softplus() -> Tensor {
        Tensor.select(self .<= 0, 0, self) + Tensor.select(self .> 0, -self, self).exp().log1p()
    }

    /// log(sigmoid(x)), exact at both ends.
    public func logSigmoid() -> Tensor { -(-self).softplus() }

    /// x / (1 + |x|)
    public func softsign() -> Tensor { self / (1 + abs()) }

    /// x / 6 + 1/2, held between 0 and 1.
    public func hardSigmoid() -> Tensor { (self + 3).relu6() * (1.0 / 6) }

    /// x, held between -1 and 1.
    public func hardTanh() -> Tensor { clamped(to: -1...1) }

    /// x·hardSigmoid(x)
    public func hardSwish() -> Tensor { self * hardSigmoid() }
}
