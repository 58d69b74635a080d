import Testing
import TestSupport

@testable import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct Rows {
    @Test(arguments: Kernel.allCases)
    func everyRunnableRowAgreesBitForBitWithReference(_ kernel: Kernel) {
        let cases = KernelCase.table(kernel)
        let memory = KernelCase.memory(for: cases)
        for kernels in KernelSet.runnable.dropFirst() {
            for edge in GuardedMemory.Edge.allCases {
                let failure = cases.lazy.compactMap { one -> String? in
                    let found = one.run(kernels, edge, in: memory)
                    let bad = found.indices.first { one.mismatch(found[$0], output: $0) != nil }
                    return bad.map {
                        "\(kernels.name) \(kernel) \(one.counts), against the \(edge): output \($0) differs"
                    }
                }.first
                #expect(failure == nil)
            }
        }
    }

    /// A row that never ran is a gap, and said so: `make test-arm64` and `make test-emulated` close those of other machines.
    @Test func sayWhichOfThemRan() {
        let ran = KernelSet.runnable.map(\.name)
        let never = KernelSet.all.map(\.name).filter { !ran.contains($0) }
        let line =
            "KERNELS: ran \(ran.joined(separator: ", "))"
            + (never.isEmpty ? "\n" : "; never ran on this machine: \(never.joined(separator: ", "))\n")
        _ = unsafe write(2, line, line.utf8.count)
        #expect(ran.starts(with: ["reference", "portable"]))
    }

    @Test func haveDifferentNames() {
        #expect(Set(KernelSet.all.map(\.name)).count == KernelSet.all.count)
    }
}

@Suite struct Selection {
    @Test(arguments: KernelSet.runnable.map(\.name))
    func findsARowByName(_ name: String) throws {
        #expect(try KernelSet.named(name).name == name)
        #expect(try KernelSet.selected(name).name == name)
    }

    @Test func takesTheLastRunnableRowUnlessTheEnvironmentForcesOne() throws {
        let forced = environment(KernelSet.environmentVariable) ?? ""
        #expect(try KernelSet.selected().name == (forced.isEmpty ? KernelSet.runnable.last?.name : forced))
    }

    @Test func refusesAnUnknownNameAndListsTheRows() {
        let known = KernelSet.all.map(\.name)
        let error = #expect(throws: KernelError.unknownRow(name: "avx1024", known: known)) {
            try KernelSet.named("avx1024")
        }
        #expect(error?.description.contains(known.joined(separator: ", ")) == true)
    }

    @Test func refusesARowThisMachineCannotRunAndListsThoseItCan() {
        let runnable = KernelSet.runnable.map(\.name)
        for name in KernelSet.all.map(\.name) where !runnable.contains(name) {
            #expect(throws: KernelError.unsupportedRow(name: name, runnable: runnable)) { try KernelSet.named(name) }
        }
    }
}
