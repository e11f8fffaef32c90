internal import Foundation

/// One column of categories' way to the network: one-hot numbers, or an index into an embedding.
///
/// Categories seen fewer than five times in the training rows (twice below 1,000 rows, once below 100) share the slot
/// `other`, which also takes categories never seen: it has been trained. One-hot columns without rare categories show a
/// new category as zeros. Missing cells have a slot of their own when training rows had them, else they are `other`.
struct CategoryEncoding: Codable, Sendable, Hashable {
    /// Categories with a slot of their own, in ascending order.
    var categories: [String]
    /// One-hot: whether there is a slot for rare and new categories. Embedded: always.
    var hasOther: Bool
    /// One-hot: whether there is a slot for missing cells. Embedded: always.
    var hasMissing: Bool
    /// Numbers of an embedding vector; nil for one-hot.
    var embeddingWidth: Int?

    /// One-hot slots, or rows of the embedding: `other`, missing, the categories.
    var slots: Int { (hasOther ? 1 : 0) + (hasMissing ? 1 : 0) + categories.count }
    var isEmbedded: Bool { embeddingWidth != nil }
    /// Numbers in the network's input.
    var width: Int { isEmbedded ? 1 : slots }

    static let mostOneHot = 64

    /// nil when fewer than two slots would differ. `counts` are those of the training rows.
    init?(counts: [(name: String, count: Int)], missing: Int, rows: Int, options: PreprocessingOptions) {
        let seen = counts.filter { $0.count > 0 }
        let least = rows < 100 ? 1 : rows < 1000 ? 2 : 5
        let kept = seen.filter { $0.count >= least }
        categories = kept.map(\.name).sorted()
        hasOther = kept.count < seen.count
        hasMissing = missing > 0
        let isEmbedded =
            switch options.categories {
            case .automatic: kept.count > Self.mostOneHot
            case .oneHot: false
            case .embedded: true
            }
        guard slots > 1 else { return nil }
        if isEmbedded {
            hasOther = true
            hasMissing = true
            embeddingWidth = min(50, Int((1.6 * pow(Double(slots), 0.56)).rounded(.up)))
        }
    }

    var otherSlot: Int? { hasOther ? 0 : nil }
    var missingSlot: Int? { hasMissing ? (hasOther ? 1 : 0) : otherSlot }

    /// The slot of every text of a dictionary; nil: none (zeros).
    func slots(of dictionary: [String]) -> [Int?] {
        let first = slots - categories.count
        let known = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1, first + $0) })
        return dictionary.map { known[$0] ?? otherSlot }
    }
}
