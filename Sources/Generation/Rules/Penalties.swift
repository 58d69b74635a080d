/// Makes tokens less likely that the text has used lately: repetition penalty (Keskar et al., 2019), presence and
/// frequency penalties.
struct Penalties {
    let repeatPenalty: Float
    let presence: Float
    let frequency: Float
    let window: Int

    func apply(to logits: inout MutableSpan<Float>, history: [Int]) {
        guard repeatPenalty != 1 || presence != 0 || frequency != 0 else { return }
        let recent = history.suffix(window)
        for (index, token) in zip(recent.indices, recent) where !recent[..<index].contains(token) {
            let count = Float(recent[index...].count { $0 == token })
            let logit = logits[token]
            logits[token] = (logit > 0 ? logit / repeatPenalty : logit * repeatPenalty) - presence - frequency * count
        }
    }
}
