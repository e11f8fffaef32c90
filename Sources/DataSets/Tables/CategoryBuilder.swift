/// Gives every distinct text a number, in order of first appearance; texts stay bytes, close together, until the end.
struct CategoryBuilder {
    private struct Entry {
        var hash: UInt64
        var start: UnsafePointer<UInt8>
        var count: Int
        var isEscaped: Bool
    }

    private var entries: [Entry] = []
    /// Open addressing, linear probing; -1 is free. Its size is a power of two, at most half full.
    private var slots = [Int32](repeating: -1, count: 64)
    private let arena = TextArena()

    /// The code of the cell's text. Raw bytes are compared: `"a"` and `a` are equal, and so are two texts with the same
    /// doubled quotes.
    @inline(__always)
    mutating func code(_ cell: RawCell) -> Int32 {
        let count = cell.count
        let hash = Self.hash(cell.start, count)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while true {
            let index = slots[slot]
            if index < 0 { break }
            let entry = entries[Int(index)]
            if entry.hash == hash, entry.count == count, entry.isEscaped == cell.isEscaped,
                Self.equal(entry.start, cell.start, count)
            {
                return index
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return insert(cell, hash, slot)
    }

    private mutating func insert(_ cell: RawCell, _ hash: UInt64, _ slot: Int) -> Int32 {
        let index = Int32(entries.count)
        entries.append(
            Entry(hash: hash, start: arena.copy(cell.start, cell.count), count: cell.count, isEscaped: cell.isEscaped))
        slots[slot] = index
        if entries.count * 2 > slots.count { grow() }
        return index
    }

    private mutating func grow() {
        var larger = [Int32](repeating: -1, count: slots.count * 2)
        for (index, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (larger.count - 1)
            while larger[slot] >= 0 { slot = (slot + 1) & (larger.count - 1) }
            larger[slot] = Int32(index)
        }
        slots = larger
    }

    /// The texts by code.
    func dictionary() -> [String] {
        entries.map {
            RawCell(start: $0.start, end: $0.start + $0.count, isEscaped: $0.isEscaped, isQuoted: true).text
        }
    }

    @inline(__always)
    private static func equal(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var index = 0
        let (a, b) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
        while index + 8 <= count {
            let left = a.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if left != b.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
            index += 8
        }
        while index < count {
            if a.load(fromByteOffset: index, as: UInt8.self) != b.load(fromByteOffset: index, as: UInt8.self) {
                return false
            }
            index += 1
        }
        return true
    }

    /// Eight bytes a step, each mixed by a multiplication whose high half is folded in.
    @inline(__always)
    private static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(start)
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= count {
            hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < count {
            rest = rest << 8 | UInt64(start[index])
            index += 1
        }
        return mix(hash ^ rest)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let (high, low) = (value ^ 0x2D35_8DCC_AA6C_78A5).multipliedFullWidth(by: 0x8BB8_4B93_962E_ACC9)
        return high ^ low
    }
}

/// Copies of texts, side by side in few blocks: looking them up stays in the cache, which the file's bytes, far apart, do
/// not.
private final class TextArena {
    private var blocks: [UnsafeMutablePointer<UInt8>] = []
    private var next: UnsafeMutablePointer<UInt8>?
    private var left = 0

    deinit { for block in blocks { block.deallocate() } }

    func copy(_ start: UnsafePointer<UInt8>, _ count: Int) -> UnsafePointer<UInt8> {
        if next == nil || count > left {
            // Blocks grow with the dictionary, so that small columns stay small.
            let size = max(count, min(256 << min(blocks.count, 12), 1 << 20))
            let block = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
            blocks.append(block)
            next = block
            left = size
        }
        let place = next.unsafelyUnwrapped
        place.initialize(from: start, count: count)
        next = place + count
        left -= count
        return UnsafePointer(place)
    }
}
