#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the model that is meant when none is named.
struct ModelSearch {
    /// The running program's own path, symbolic links resolved; nil where the system does not say.
    var program = Self.programPath
    /// What VENCEJO_MODEL says.
    var variable = environmentVariable("VENCEJO_MODEL")

    /// The model to open.
    ///
    /// - Parameter given: what was asked for with -m; that, and then VENCEJO_MODEL, is taken at its word.
    func path(given: String?) throws(Failure) -> String {
        if let named = given ?? variable { return named }
        if let found = places.first(where: { unsafe access($0, R_OK) == 0 }) { return found }
        throw Failure(
            .noInput,
            """
            no model found. Name one with -m FILE or in the environment variable VENCEJO_MODEL. Looked for:
            \(places.map { "  \($0)" }.joined(separator: "\n"))
            """)
    }

    /// Where a model may lie, in the order of preference.
    var places: [String] {
        var places: [String] = []
        let folders = program?.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        if let folders {
            let here = folders.joined(separator: "/")
            places.append("\(folders.dropLast().joined(separator: "/"))/share/vencejo/demo.q8z")
            places.append("\(here)/demo.q8z")
        }
        places.append("models/demo.q8z")
        if let build = folders?.lastIndex(of: ".build"), let folders {
            places.append("\(folders[..<build].joined(separator: "/"))/models/demo.q8z")
        }
        return places
    }

    private static var programPath: String? {
        #if canImport(Darwin)
            var count = UInt32(PATH_MAX)
            var name = [CChar](repeating: 0, count: Int(PATH_MAX))
            guard unsafe _NSGetExecutablePath(&name, &count) == 0 else { return nil }
            let source = name
        #else
            let source = Array("/proc/self/exe".utf8CString)
        #endif
        guard let path = unsafe realpath(source, nil) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}
