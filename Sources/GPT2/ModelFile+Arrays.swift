import ModelFile

/// The door between a file and the kernels: arrays found by what the configuration expects, and their addresses.
extension ModelFile {
    /// The array that the configuration says must be here, once its type and shape are as expected.
    func find(_ expected: ExpectedArray) throws(GPT2Error) -> ArrayDescription {
        try wrap(GPT2Error.file) { () throws(ModelFileError) in
            let (types, layout): ([ElementType], Layout) =
                switch expected.role {
                case .matrix:
                    ([.int8, .float16, .float32], array(named: expected.name)?.layout.packed ?? .panels)
                case .positions: ([.float16, .float32], .plain)
                case .vector: ([.float32], .plain)
                case .classifier: ([.float32], .panels)
                }
            let array = try require(
                expected.name, types: types, layout: layout, rows: expected.rows, columns: expected.columns)
            guard expected.role == .matrix || array.storage == .raw else { throw .notRaw(array: array.name) }
            return array
        }
    }

    /// Where a raw array begins. Its chunks are checked when they are used.
    func start(of array: ArrayDescription) throws(GPT2Error) -> UnsafeRawPointer {
        unsafe try wrap(GPT2Error.file) { () throws(ModelFileError) in
            let bytes = unsafe try rawBytes(of: array)
            guard let start = bytes.baseAddress else { throw .missingArray(name: array.name) }
            return unsafe start
        }
    }

    /// Where a raw array begins, its checksum checked.
    func verifiedStart(of array: ArrayDescription) throws(GPT2Error) -> UnsafeRawPointer {
        try wrap(GPT2Error.file) { () throws(ModelFileError) in try verify(array) }
        return unsafe try start(of: array)
    }

    /// The numbers of a small raw float32 array, in place and checked.
    func floats(_ array: ArrayDescription) throws(GPT2Error) -> UnsafePointer<Float> {
        unsafe try verifiedStart(of: array).assumingMemoryBound(to: Float.self)
    }

    /// The numbers of a small raw float32 array, where there is one.
    func floats(_ array: ArrayDescription?) throws(GPT2Error) -> UnsafePointer<Float>? {
        guard let array else { return nil }
        return unsafe try floats(array) as UnsafePointer<Float>
    }
}
