import ArgumentParser
import Kernels

/// `vencejo kernels`: the rows of the kernel table.
struct ListKernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Lists the kernels for this architecture, and which of them this machine runs.",
        discussion: """
            Every row computes the same numbers, bit for bit. The last one that the machine can run is used, unless \
            --kernels or the environment variable \(KernelSet.environmentVariable) names another.

            EXAMPLES
              vencejo kernels
              \(KernelSet.environmentVariable)=portable vencejo generate -p "Once upon a time"
            """)

    func run() throws {
        let chosen = try KernelSet.chosen()
        let runnable = Set(KernelSet.runnable.map(\.name))
        var output = StandardOutput()
        let width = KernelSet.all.map(\.name.count).max() ?? 0
        for row in KernelSet.all {
            let name = row.name + String(repeating: " ", count: width - row.name.count)
            let note =
                row.name == chosen.name ? "in use" : runnable.contains(row.name) ? "runs here" : "not on this machine"
            try output.writeLine("\(name)  \(note)")
        }
        try output.flush()
    }
}
