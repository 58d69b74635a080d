import Kernels

/// The kernels of a row, numbered in the order of `vk_kernels`.
enum Kernel: UInt32, CaseIterable, Sendable {
    case quantizeI16, quantizeI8, prepareF32
    case multiplyI8I16, multiplyI8I8, multiplyI8F32, multiplyF16F32, multiplyF32F32
    case multiplyPackedI16, multiplyPackedI8, multiplyPackedF32, pack
    case scoresF32, scoresF16, scoresI8, mixF32, mixF16, mixI8
    case softmax, layerNorm, geluTanh, geluErf, relu, add, expF32, logF32, sumF32, halfFromFloat, floatFromHalf
}

/// One call of one kernel: its arguments as bytes, and what must come out.
struct KernelCase: Sendable {
    /// How outputs are compared. All bits count, save that one NaN is as good as another.
    enum Kind: UInt32, Sendable { case float, half, bytes }

    struct Output: Sendable {
        let kind: Kind
        /// What the memory holds before the call.
        let initial: [UInt8]
        var expected: [UInt8] = []
    }

    let kernel: Kernel
    /// Counts, in the order the kernel takes them; `multiply…` lists rows, columns, block, tokens, yStride; attention
    /// headSize, positions, queries, stride, scoresStride. `multiplyPacked…` and `pack` have their bits in `scalar`.
    var counts: [Int]
    var scalar: Float = 0
    /// Pointers the kernel reads, in its order; nil where it is given none.
    var inputs: [[UInt8]?] = []
    var outputs: [Output]

    /// Calls the kernel on memory laid out by the caller, one address per input and output.
    func call(
        _ kernels: KernelSet, _ inputs: [UnsafeMutableRawPointer?], _ outputs: [UnsafeMutableRawPointer]
    ) {
        func input<T>(_ index: Int, _ type: T.Type = T.self) -> UnsafePointer<T> {
            guard let pointer = unsafe inputs[index] else { preconditionFailure("input \(index) is absent") }
            return unsafe UnsafePointer(pointer.assumingMemoryBound(to: T.self))
        }
        func optional(_ index: Int) -> UnsafePointer<Float>? { unsafe inputs[index] == nil ? nil : input(index) }
        func output<T>(_ index: Int = 0, _ type: T.Type = T.self) -> UnsafeMutablePointer<T> {
            unsafe outputs[index].assumingMemoryBound(to: T.self)
        }
        func matrix() -> PanelMatrix {
            unsafe PanelMatrix(
                elements: input(0, UInt8.self), scales: optional(1), bias: optional(2), rows: counts[0],
                columns: counts[1],
                block: counts[2])
        }
        func packed() -> PackedMatrix {
            unsafe PackedMatrix(
                matrix: matrix(), bits: Int(scalar), outlier_starts: input(5), outliers: input(6))
        }
        func head() -> AttentionQueries {
            AttentionQueries(
                head_size: counts[0], positions: counts[1], queries: counts[2], stride: counts[3],
                scores_stride: counts[4])
        }
        switch kernel {
        case .quantizeI16:
            unsafe kernels.quantizeI16(input(0), optional(1), counts[0], counts[1], output(), counts[2], output(1))
        case .quantizeI8:
            unsafe kernels.quantizeI8(input(0), optional(1), counts[0], counts[1], output(), counts[2], output(1))
        case .prepareF32: unsafe kernels.prepareF32(input(0), optional(1), counts[0], counts[1], output())
        case .multiplyI8I16:
            var w = unsafe matrix()
            unsafe kernels.multiplyI8I16(&w, input(3), input(4), counts[3], output(), counts[4])
        case .multiplyI8I8:
            var w = unsafe matrix()
            unsafe kernels.multiplyI8I8(&w, input(3), input(4), counts[3], output(), counts[4])
        case .multiplyI8F32:
            var w = unsafe matrix()
            unsafe kernels.multiplyI8F32(&w, input(3), counts[3], output(), counts[4])
        case .multiplyF16F32:
            var w = unsafe matrix()
            unsafe kernels.multiplyF16F32(&w, input(3), counts[3], output(), counts[4])
        case .multiplyF32F32:
            var w = unsafe matrix()
            unsafe kernels.multiplyF32F32(&w, input(3), counts[3], output(), counts[4])
        case .multiplyPackedI16:
            var w = unsafe packed()
            unsafe kernels.multiplyPackedI16(&w, input(3), input(4), counts[3], output(), counts[4])
        case .multiplyPackedI8:
            var w = unsafe packed()
            unsafe kernels.multiplyPackedI8(&w, input(3), input(4), counts[3], output(), counts[4])
        case .multiplyPackedF32:
            var w = unsafe packed()
            unsafe kernels.multiplyPackedF32(&w, input(3), counts[3], output(), counts[4])
        case .pack:
            unsafe output(2, Int.self).pointee = kernels.pack(
                input(0), counts[0], Int(scalar), output(), output(1), counts[1])
        case .scoresF32:
            var head = head()
            unsafe kernels.scoresF32(&head, input(0), input(1), scalar, output())
        case .scoresF16:
            var head = head()
            unsafe kernels.scoresF16(&head, input(0), input(1), scalar, output())
        case .scoresI8:
            var head = head()
            unsafe kernels.scoresI8(&head, input(0), input(1), input(2), scalar, output())
        case .mixF32:
            var head = head()
            unsafe kernels.mixF32(&head, input(0), input(1), output())
        case .mixF16:
            var head = head()
            unsafe kernels.mixF16(&head, input(0), input(1), output())
        case .mixI8:
            var head = head()
            unsafe kernels.mixI8(&head, input(0), input(1), input(2), output())
        case .softmax: unsafe kernels.softmax(output(), counts[0])
        case .layerNorm:  // without an input it works in place
            let x = unsafe inputs[0] ?? outputs[0]
            unsafe kernels.layerNorm(
                UnsafePointer(x.assumingMemoryBound(to: Float.self)), input(1), input(2), counts[0], scalar, output())
        case .geluTanh: unsafe kernels.geluTanh(output(), counts[0])
        case .geluErf: unsafe kernels.geluErf(output(), counts[0])
        case .relu: unsafe kernels.relu(output(), counts[0])
        case .add: unsafe kernels.add(output(), input(0), counts[0])
        case .expF32: unsafe kernels.expF32(output(), counts[0])
        case .logF32: unsafe kernels.logF32(output(), counts[0])
        case .sumF32: unsafe output(0, Float.self).pointee = kernels.sumF32(input(0), counts[0])
        case .halfFromFloat: unsafe kernels.halfFromFloat(input(0), counts[0], output())
        case .floatFromHalf: unsafe kernels.floatFromHalf(input(0), counts[0], output())
        }
    }

    /// The first byte at which `found` is not what was expected of output `index`, or nil.
    func mismatch(_ found: [UInt8], output index: Int) -> Int? {
        let expected = outputs[index].expected
        if found == expected { return nil }
        let width =
            switch outputs[index].kind {
            case .float: 4
            case .half: 2
            case .bytes: 1
            }
        for start in stride(from: 0, to: expected.count, by: width) {
            let pair = [expected, found].map {
                $0[start..<start + width].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            }
            let areNaN =
                switch outputs[index].kind {
                case .float: pair.allSatisfy { Float(bitPattern: $0).isNaN }
                case .half: pair.allSatisfy { $0 & 0x7fff > 0x7c00 }
                case .bytes: false
                }
            if pair[0] != pair[1] && !areNaN { return start }
        }
        return nil
    }
}
