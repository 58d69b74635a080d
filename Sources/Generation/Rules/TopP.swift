/// Keeps the likeliest candidates that together reach a probability (Holtzman et al., 2020). At least one stays.
struct TopP {
    let mass: Float

    func apply(to candidates: inout Candidates) {
        guard mass < 1 else { return }
        var sum: Float = 0
        for (index, item) in candidates.items.enumerated() {
            sum += item.probability
            if sum >= mass { return candidates.keep(index + 1) }
        }
    }
}
