/// The hash table from a pair of tokens to the rank of their merge: open addressing, linear probing, at most half full.
enum MergeIndex {
    /// The hash of a pair, as docs/FORMAT.md defines it; its low bits are the slot to begin at.
    @inline(__always)
    static func hash(_ left: UInt32, _ right: UInt32) -> UInt32 {
        let mixed = (left &* 0x9E37_79B1) ^ (right &* 0x85EB_CA77)
        return mixed ^ mixed >> 15
    }

    /// How far from its first slot a merge may be: GPT-2's are at most 23 away. Ids could be chosen so that all begin at one.
    static let distanceLimit = 1024

    /// How many slots an index of this many merges gets: the least power of two that leaves half of them empty.
    static func slotCount(mergeCount: Int) -> Int {
        var count = 2
        while count < 2 * mergeCount { count *= 2 }
        return count
    }

    /// Makes the index of `merges` `[mergeCount × 3]`, and lists the ranks whose pair an earlier merge has already; nil where
    /// a merge would be too far from its first slot.
    static func make(_ merges: [UInt32]) -> (slots: [UInt32], duplicates: [Int])? {
        var slots = [UInt32](repeating: 0, count: slotCount(mergeCount: merges.count / 3))
        var duplicates: [Int] = []
        nextMerge: for rank in 0..<merges.count / 3 {
            let (left, right) = (merges[rank * 3], merges[rank * 3 + 1])
            let first = Int(hash(left, right)) & (slots.count - 1)
            var slot = first
            while slots[slot] != 0 {
                let other = Int(slots[slot] - 1) * 3
                if merges[other] == left && merges[other + 1] == right {
                    duplicates.append(rank)
                    continue nextMerge
                }
                slot = (slot + 1) & (slots.count - 1)
                guard (slot - first) & (slots.count - 1) <= distanceLimit else { return nil }
            }
            slots[slot] = UInt32(rank + 1)
        }
        return (slots, duplicates)
    }
}
