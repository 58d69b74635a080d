/// Guesses the next tokens from what the text has said before: where its last few tokens stood earlier, and what followed.
///
/// A guess costs little to verify, since the model reads a handful of tokens in hardly more time than one; but it does cost.
/// Guesses grow while they come true, and pause for longer and longer while they do not.
public struct LookupDraft {
    /// Tokens of the shortest and the longest ending that is looked up.
    private static let endings = 2...4
    /// With the token that is read anyway these make one, two or four quads of tokens, which the kernels take at a time.
    private static let lengths = [3, 7, 15]
    /// Tokens that are guessed at a time at most.
    public static let longestGuess = 15
    /// Most tokens that go by without a guess.
    private static let longestPause = 64

    private var lengthIndex = 0
    private var pause = 0
    private var waiting = 0

    /// What may follow `tokens`: at most `limit` of them, or nothing.
    mutating func next(after tokens: [Int], limit: Int) -> [Int] {
        guard waiting == 0 else {
            waiting -= 1
            return []
        }
        let length = min(limit, Self.lengths[lengthIndex])
        guard length > 0, let start = continuation(of: tokens) else { return [] }
        return Array(tokens[start..<min(start + length, tokens.count)])
    }

    /// Takes note of how many tokens of a guess came true.
    mutating func learn(guessed: Int, accepted: Int) {
        if accepted == guessed {
            lengthIndex = min(lengthIndex + 1, Self.lengths.count - 1)
        } else {
            lengthIndex = 0
        }
        pause = accepted > 0 ? 0 : min(max(1, pause * 2), Self.longestPause)
        waiting = pause
    }

    /// Where the text went on after the latest earlier occurrence of its longest ending.
    private func continuation(of tokens: [Int]) -> Int? {
        for length in Self.endings.reversed() where tokens.count > length {
            let ending = tokens.count - length
            for start in stride(from: ending - 1, through: 0, by: -1)
            where (0..<length).allSatisfy({ tokens[start + $0] == tokens[ending + $0] }) {
                return start + length
            }
        }
        return nil
    }
}
