internal import CKernels

/// How exactly a captured function multiplies float32 matrices.
public enum ProductPrecision: String, Sendable, Hashable, CaseIterable, Codable {
    /// In float32.
    case full = "float32"
    /// Operands are rounded to bfloat16 (8 significant bits), sums are float32: about twice as fast. Everything else,
    /// parameters and their updates among it, stays float32.
    case bfloat16 = "bf16"

    /// Whether this processor has instructions for it.
    public var isSupported: Bool {
        switch self {
        case .full: true
        case .bfloat16: tw_has_bf16()
        }
    }
}
