import Kernels

/// A token that may come next.
struct Candidate: Equatable {
    var token: Int
    var logit: Float
    /// Probability among the candidates, once they are weighed.
    var probability: Float = 0

    /// The order of candidates: likelier first, and the smaller id first where two are equal.
    static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
        a.logit != b.logit ? a.logit > b.logit : a.token < b.token
    }
}

/// The tokens that may come next, likeliest first. Its memory is kept from token to token.
struct Candidates {
    private(set) var items: [Candidate] = []
    private var weights: [Float] = []
    private let kernels: KernelSet

    init(kernels: KernelSet) { self.kernels = kernels }

    /// Takes the `limit` likeliest of all tokens (0: all), sorted.
    mutating func take(_ logits: Span<Float>, limit: Int) {
        items.removeAll(keepingCapacity: true)
        guard limit > 0, limit < logits.count else {
            for token in logits.indices { items.append(Candidate(token: token, logit: logits[token])) }
            items.sort(by: Candidate.precedes)
            return
        }
        // A heap of the best so far, the worst of them on top.
        for token in logits.indices {
            if items.count < limit {
                items.append(Candidate(token: token, logit: logits[token]))
                if items.count == limit { for index in stride(from: limit / 2, through: 0, by: -1) { sink(index) } }
            } else if logits[token] > items[0].logit {
                items[0] = Candidate(token: token, logit: logits[token])
                sink(0)
            }
        }
        items.sort(by: Candidate.precedes)
    }

    /// Gives every candidate its probability: softmax(logit / temperature). The best logit is subtracted first, so that
    /// no temperature is too small.
    mutating func weigh(temperature: Float) {
        guard let best = items.first?.logit else { return }
        weights.removeAll(keepingCapacity: true)
        for item in items { weights.append((item.logit - best) / temperature) }
        unsafe weights.withUnsafeMutableBufferPointer { buffer in
            if let start = buffer.baseAddress { unsafe kernels.softmax(start, buffer.count) }
        }
        for index in items.indices { items[index].probability = weights[index] }
    }

    /// Keeps the first `count` candidates.
    mutating func keep(_ count: Int) { items.removeLast(items.count - min(count, items.count)) }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var worst = index
            for child in 2 * index + 1...2 * index + 2
            where child < items.count && Candidate.precedes(items[worst], items[child]) { worst = child }
            if worst == index { return }
            items.swapAt(index, worst)
            index = worst
        }
    }
}
