import Kernels

extension Crew {
    /// Keys and values of every run's heads.
    func append(_ qkv: Activation, layer: Int, worker: Int, of workerCount: Int) {
        let (shape, headCount) = (model.configuration, model.configuration.headCount)
        shares.forEach(below: runs.count * headCount, worker: worker, of: workerCount) { share in
            let (index, head) = share.quotientAndRemainder(dividingBy: headCount)
            let run = runs[index]
            let keys = unsafe qkv.row(run.row) + shape.embeddingSize + head * shape.headSize
            unsafe run.cache.append(
                run.count, keys: keys, values: keys + shape.embeddingSize, stride: qkv.stride, layer: layer, head: head,
                position: run.position)
        }
    }

    /// Attention of every head, a few tokens at a time. A worker takes head after head of its tokens, since a head's keys and values
    /// fit its caches, and of a head the last tokens first: they take longest.
    func attend(_ qkv: Activation, layer: Int, worker: Int, of workerCount: Int, into h: Activation) {
        let headCount = model.configuration.headCount
        let atOnce = watcher == nil ? Self.queriesAtOnce : 1
        func groups(_ run: Batch.Run) -> Int { (run.count + atOnce - 1) / atOnce }
        let groupCount = runs.reduce(0) { $0 + groups($1) }
        shares.forEach(below: groupCount * headCount, worker: worker, of: workerCount) { share in
            var (start, end, turn) = (0, groupCount / workerCount, 0)  // of the part of the groups that the share is in
            while share >= end * headCount {
                turn += 1
                (start, end) = (end, (turn + 1) * groupCount / workerCount)
            }
            let (head, index) = (share - start * headCount).quotientAndRemainder(dividingBy: end - start)
            let (run, group) = part(watcher == nil ? end - 1 - index : start + index, of: groups)
            let tokens = group * atOnce..<min((group + 1) * atOnce, run.count)
            attend(qkv, layer: layer, head: head, run, tokens, worker: worker, into: h)
        }
    }

    /// The run that has part `index`, counted through all runs, and which of its own parts that is.
    private func part(_ index: Int, of count: (Batch.Run) -> Int) -> (Batch.Run, Int) {
        var index = index
        for run in runs {
            if index < count(run) { return (run, index) }
            index -= count(run)
        }
        preconditionFailure("shares are counted as runs are")
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
            stride: qkv.stride, scores_stride: scoresStride)
        let scores = unsafe scores.pointer + worker * Self.queriesAtOnce * scoresStride
        let query = unsafe qkv.row(run.row + tokens.lowerBound) + head * shape.headSize
        unsafe cache.scores(&queries, query, layer: layer, head: head, scale: scale, into: scores)
        for index in 0..<tokens.count {
            let (row, count) = (unsafe scores + index * scoresStride, queries.positions + index)
            unsafe tell("scores", head, row, count)
            unsafe kernels.softmax(row, count)
            unsafe tell("weights", head, row, count)
        }
        queries.stride = h.stride
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
