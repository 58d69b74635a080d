/// Byte-pair encoding of a long piece in O(n log n): the symbols are a linked list, the possible merges a heap ordered
/// by rank, then by place. It makes the same merges as ``PieceMerger``, in the same order.
///
/// Takes 16 bytes of memory for each byte of the piece, and the heap up to 16 more.
struct MergeQueue {
    private let arrays: TokenizerArrays
    private var ids: [UInt32] = []
    private var ranks: [UInt32] = []  // of each symbol with the next
    private var next: [UInt32] = []
    private var previous: [UInt32] = []
    private var heap = BinaryHeap()  // rank << 32 | place; out of date where `ranks` says otherwise

    init(_ arrays: TokenizerArrays) { self.arrays = arrays }

    /// Appends the tokens of a piece: bytes `start` to `end` of `text`, at least one.
    mutating func append(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, to output: inout [UInt32]
    ) throws(TokenizerError) {
        let count = end - start
        ids.reserveCapacity(count)
        for offset in start..<end { ids.append(try unsafe arrays.id(ofByteAt: offset, in: text)) }
        ranks = [UInt32](repeating: TokenizerArrays.none, count: count)
        next = (0..<UInt32(count)).map { $0 + 1 }
        previous = (0..<UInt32(count)).map { $0 == 0 ? 0 : $0 - 1 }
        for place in 0..<count { rate(place) }

        while let entry = heap.popFirst() {
            let (rank, place) = (UInt32(entry >> 32), Int(entry & 0xFFFF_FFFF))
            guard ranks[place] == rank else { continue }
            let gone = Int(next[place])
            ids[place] = arrays.result(rank)
            ranks[gone] = TokenizerArrays.none
            next[place] = next[gone]
            if next[gone] < count { previous[Int(next[gone])] = UInt32(place) }
            rate(place)
            if place > 0 { rate(Int(previous[place])) }
        }

        var place = 0
        while place < count {
            output.append(ids[place])
            place = Int(next[place])
        }
    }

    /// Looks up the merge of the symbol at `place` with the next, and queues it.
    private mutating func rate(_ place: Int) {
        let neighbour = Int(next[place])
        ranks[place] = neighbour < ids.count ? arrays.rank(ids[place], ids[neighbour]) : TokenizerArrays.none
        if ranks[place] != TokenizerArrays.none { heap.insert(UInt64(ranks[place]) << 32 | UInt64(place)) }
    }
}

/// A heap that gives the least element first.
struct BinaryHeap {
    private var elements: [UInt64] = []

    mutating func insert(_ element: UInt64) {
        var index = elements.count
        elements.append(element)
        while index > 0, elements[(index - 1) / 2] > element {
            elements[index] = elements[(index - 1) / 2]
            index = (index - 1) / 2
        }
        elements[index] = element
    }

    mutating func popFirst() -> UInt64? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < elements.count else { break }
            if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
            if elements[child] >= last { break }
            elements[index] = elements[child]
            index = child
        }
        elements[index] = last
        return first
    }
}
