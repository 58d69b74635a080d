#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

private let advice = [
    "fetch", "save", "copy", "download", "convert", "use ", "give ", "name ", "write it", "load ", "remove", "quantize",
]

/// Whether a message tells people what to do. All that are asked about are gathered in the file that `VENCEJO_MESSAGES` names,
/// to be read aloud.
public func saysWhatToDo(_ message: String) -> Bool {
    if let path = environment("VENCEJO_MESSAGES") {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o666)
        let line = Array((message + "\n").utf8)
        _ = unsafe write(file, line, line.count)
        close(file)
    }
    let message = message.lowercased()
    return advice.contains(where: message.contains)
}
