import Kernels

extension Crew {
    func append(_ qkv: Activation, layer: Int, head: Int) {
        let shape = model.configuration
        for run in runs {
            for index in 0..<run.count {
                let key = unsafe qkv.row(run.row + index) + shape.embeddingSize + head * shape.headSize
                let value = unsafe key + shape.embeddingSize
                unsafe run.cache.append(
                    key: key, value: value, layer: layer, head: head, position: run.position + index)
            }
        }
    }

    /// Attention of every head, a few tokens at a time, the last ones first: they take longest.
    func attend(_ qkv: Activation, layer: Int, worker: Int, into h: Activation) {
        let headCount = model.configuration.headCount
        let atOnce = watcher == nil ? Self.queriesAtOnce : 1
        func groups(_ run: Batch.Run) -> Int { (run.count + atOnce - 1) / atOnce }
        forEachShare(of: runs.reduce(0) { $0 + headCount * groups($1) }) { share in
            var share = share
            for run in runs {
                let count = headCount * groups(run)
                guard share >= count else {
                    let (head, group) = share.quotientAndRemainder(dividingBy: groups(run))
                    let start = (watcher == nil ? groups(run) - 1 - group : group) * atOnce
                    let tokens = start..<min(start + atOnce, run.count)
                    return attend(qkv, layer: layer, head: head, run, tokens, worker: worker, into: h)
                }
                share -= count
            }
        }
    }

    /// Attention of one head for some of a run's tokens, each over all positions up to its own.
    private func attend(
        _ qkv: Activation, layer: Int, head: Int, _ run: Batch.Run, _ tokens: Range<Int>, worker: Int,
        into h: Activation
    ) {
        let (shape, cache) = (model.configuration, run.cache)
        let scale = shape.attentionScale(layer: layer)
        var queries = AttentionQueries(
            head_size: shape.headSize, positions: run.position + tokens.lowerBound + 1, queries: tokens.count,
            stride: qkv.width, scores_stride: scoresStride)
        let scores = unsafe scores.pointer + worker * Self.queriesAtOnce * scoresStride
        let query = unsafe qkv.row(run.row + tokens.lowerBound) + head * shape.headSize
        unsafe cache.scores(&queries, query, layer: layer, head: head, scale: scale, into: scores)
        for index in 0..<tokens.count {
            let (row, count) = (unsafe scores + index * scoresStride, queries.positions + index)
            unsafe tell("scores", head, row, count)
            unsafe kernels.softmax(row, count)
            unsafe tell("weights", head, row, count)
        }
        queries.stride = h.width
        let out = unsafe h.row(run.row + tokens.lowerBound) + head * shape.headSize
        unsafe cache.mix(&queries, scores, layer: layer, head: head, into: out)
    }

    private func tell(_ what: String, _ head: Int, _ row: UnsafeMutablePointer<Float>, _ count: Int) {
        guard let watcher else { return }
        watcher(
            Observation(
                name: "\(watched).\(what).\(head)", firstPosition: count - 1,
                values: unsafe Array(UnsafeBufferPointer(start: row, count: count)), rows: 1))
    }
}
