internal import CKernels

/// The vector instructions that Thalweg's own kernels are compiled for. The best that the processor has is used; oneDNN
/// chooses for itself.
public enum InstructionSet: String, Sendable, CaseIterable {
    case avx512, avx2, neon, portable

    /// What kernels run with.
    public static var current: InstructionSet { InstructionSet(rawValue: String(cString: tw_instruction_set()))! }

    /// Makes the kernels of the whole process use these instructions: for tests and measurements, before anything is
    /// computed.
    ///
    /// - Returns: false, with nothing changed, where the processor or the build lacks them.
    public func force() -> Bool { tw_force_instruction_set(rawValue) }
}
