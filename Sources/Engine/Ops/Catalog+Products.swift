extension OperationCase {
    /// Sums of products.
    static let products: [OperationCase] = [
        two("matmul", on: [2, 3], by: [3, 4], integers: true) { matmul($0, $1) },
        two("matmul of transposes", on: [3, 2], by: [4, 3], integers: true) {
            matmul($0.transposed(), $1.transposed())
        },
        two("matmul of slices", on: [4, 6], by: [3, 8], integers: true) {
            matmul($0[1..<3, .stride(by: 2)], $1[.all, 2..<6])
        },
        two("matmul of two vectors", on: [3], by: [3], integers: true) { matmul($0, $1) },
        two("matmul of a matrix and a vector", on: [2, 3], by: [3], integers: true) { matmul($0, $1) },
        two("matmul of a vector and a matrix", on: [3], by: [3, 4], integers: true) { matmul($0, $1) },
        two("matmul of a batch", on: [2, 2, 3], by: [2, 3, 4], integers: true) { matmul($0, $1) },
        two("matmul of a batch and a matrix", on: [5, 2, 3], by: [3, 4], integers: true) { matmul($0, $1) },
        two("matmul of a matrix and a batch", on: [2, 3], by: [5, 3, 2], integers: true) { matmul($0, $1) },
        two("matmul of a batch and a vector", on: [4, 2, 3], by: [3], integers: true) { matmul($0, $1) },
        two("matmul of a vector and a batch", on: [3], by: [4, 3, 2], integers: true) { matmul($0, $1) },
        two("matmul with batch broadcasting", on: [2, 1, 2, 3], by: [4, 3, 2], integers: true) { matmul($0, $1) },
        two("matmul of a column and a row", on: [4, 1], by: [1, 3], integers: true) { matmul($0, $1) },
        two("matmul of a row and a column", on: [1, 4], by: [4, 1], integers: true) { matmul($0, $1) },
        two("matmul over nothing", on: [2, 0], by: [0, 3], integers: true) { matmul($0, $1) },
        two("matmul of a large matrix", on: [33, 40], by: [40, 35], .none) { matmul($0, $1) },
        two("dot", on: [5], by: [5], integers: true) { $0.dot($1) },
        two("outer", on: [3], by: [2, 2], integers: true) { outer($0, $1) },
        one("einsum transpose", integers: true) { einsum("ij->ji", $0) },
        one("einsum sum") { einsum("ij->", $0) },
        one("einsum of sums along an axis") { einsum("ijk->j", $0.expandingDimensions(at: 0)) },
        one("einsum diagonal", on: [3, 3]) { einsum("ii->i", $0) },
        one("einsum trace", on: [3, 3]) { einsum("ii", $0) },
        one("einsum with a letter three times", on: [3, 3, 3]) { einsum("iii->i", $0) },
        two("einsum product", on: [2, 3], by: [3, 4]) { einsum("ij,jk->ik", $0, $1) },
        two("einsum without an arrow", on: [2, 3], by: [3, 4]) { einsum("ij,jk", $0, $1) },
        two("einsum of batches", on: [2, 3, 4], by: [2, 4, 2]) { einsum("bij,bjk->bik", $0, $1) },
        two("einsum outer product", on: [3], by: [2]) { einsum("i,j->ji", $0, $1) },
        two("einsum of equal terms", on: [2, 3], by: [2, 3]) { einsum("ij,ij->i", $0, $1) },
        two("einsum attention", on: [2, 3, 2, 4], by: [2, 5, 2, 4]) { einsum("bqhd,bkhd->bhqk", $0, $1) },
        two("einsum with repeated letters", on: [3, 3], by: [3, 2]) { einsum("ii,ij->j", $0, $1) },
        two("einsum with a letter of its own", on: [2, 3], by: [3, 4]) { einsum("ij,jk->k", $0, $1) },
        three("einsum of three", on: [[2, 3], [3, 2], [2, 4]]) { einsum("ij,jk,kl->il", $0[0], $0[1], $0[2]) },
        three("einsum bilinear form", on: [[4, 2], [2, 3, 5], [4, 3]]) { einsum("bi,ijo,bj->bo", $0[0], $0[1], $0[2]) },
    ]
}
