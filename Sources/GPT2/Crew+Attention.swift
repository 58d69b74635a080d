import Kernels

extension Crew {
    func append(_ qkv: Activation, layer: Int, head: Int, position: Int) {
        let shape = model.configuration
        for row in 0..<tokenCount {
            let key = unsafe qkv.row(row) + shape.embeddingSize + head * shape.headSize
            let value = unsafe key + shape.embeddingSize
            unsafe cache.append(key: key, value: value, layer: layer, head: head, position: position + row)
        }
    }

    /// Attention of one head at one position, over `position + 1` keys.
    func attend(
        _ qkv: Activation, layer: Int, head: Int, row: Int, position: Int, scores: UnsafeMutablePointer<Float>,
        into h: Activation
    ) {
        let size = model.configuration.headSize
        let scale = model.configuration.attentionScale(layer: layer)
        let count = position + 1
        let query = unsafe qkv.row(row) + head * size
        let out = unsafe h.row(row) + head * size
        let (keys, values) = unsafe (cache.keys(layer: layer, head: head), cache.values(layer: layer, head: head))
        switch cache.type {
        case .float16:
            unsafe kernels.scoresF16(query, keys.assumingMemoryBound(to: UInt16.self), size, count, scale, scores)
        case .float32:
            unsafe kernels.scoresF32(query, keys.assumingMemoryBound(to: Float.self), size, count, scale, scores)
        }
        unsafe tell("scores", head, position, scores, count)
        unsafe kernels.softmax(scores, count)
        unsafe tell("weights", head, position, scores, count)
        switch cache.type {
        case .float16: unsafe kernels.mixF16(scores, values.assumingMemoryBound(to: UInt16.self), size, count, out)
        case .float32: unsafe kernels.mixF32(scores, values.assumingMemoryBound(to: Float.self), size, count, out)
        }
    }

    private func tell(_ what: String, _ head: Int, _ position: Int, _ row: UnsafeMutablePointer<Float>, _ count: Int) {
        guard let watcher else { return }
        watcher(
            Observation(
                name: "\(watched).\(what).\(head)", firstPosition: position,
                values: unsafe Array(UnsafeBufferPointer(start: row, count: count)), rows: 1))
    }
}
