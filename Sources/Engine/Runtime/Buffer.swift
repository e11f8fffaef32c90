internal import CKernels

/// Row-major, 64-byte aligned memory that holds a tensor's elements.
///
/// `@unchecked Sendable`: a buffer is written only while exactly one owner knows it, before it is published in a
/// `Node` (under that node's lock) or after `isKnownUniquelyReferenced` proved that nobody else can see it. After that
/// it is read only.
public final class Buffer: @unchecked Sendable {
    let memory: UnsafeMutableRawPointer
    public let byteCount: Int

    /// Uninitialized memory. Traps when the machine has none left, naming the size.
    public init(byteCount: Int) {
        guard let memory = tw_allocate(max(byteCount, 1)) else {
            fatalError("out of memory: \(byteCount) bytes for a tensor could not be allocated")
        }
        self.memory = memory
        self.byteCount = byteCount
    }

    deinit { tw_free(memory) }

    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: byteCount) }
    package var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }
}
