/// Keeps candidates at least `share` as likely as the likeliest (Nguyen et al., 2024). At least one stays.
struct MinP {
    let share: Float

    func apply(to candidates: inout Candidates) {
        guard share > 0, let best = candidates.items.first?.probability else { return }
        let count = candidates.items.prefix { $0.probability >= share * best }.count
        candidates.keep(max(1, count))
    }
}
