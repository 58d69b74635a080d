import ArgumentParser
import Generation

/// `vencejo interactive`: a text that people and model write in turns.
struct Interactive: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a text with you, in turns.",
        discussion: """
            Type how a text begins; the model goes on. At the prompt "> " a new text begins; at "+ " what you type is \
            added to the text, and Enter alone lets the model write on. Ctrl-C stops the model, Ctrl-D leaves. \
            /help lists the commands. A text that outgrows the model's context goes on from its last half.

            What was typed is kept in $XDG_STATE_HOME/vencejo/history (~/.local/state/vencejo/history). Where input or \
            output is no terminal, lines are read as they are, and only what the model writes is shown.

            EXAMPLES
              vencejo interactive
              vencejo interactive -m gpt2.q8z --temp 0.7 -n 100
            """)

    @OptionGroup(title: "Text") var generation: GenerationArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Model") var model: ModelOptions

    @Flag(name: .shortAndLong, help: "No greeting and no statistics.")
    var quiet = false

    func run() throws { try model.open(converse) }

    private func converse(with model: OpenModel) throws {
        if !quiet, let remark = try model.remark { Diagnostics.remark(remark) }
        let terminal = Terminal()
        var conversation = try Conversation(
            model, options: generation.options(sampling), keepsSeed: sampling.keepsSeed,
            showsStatistics: !quiet, isOnTerminal: terminal != nil)
        if let terminal {
            if !quiet { Diagnostics.remark("\(model.path): /help lists the commands, Ctrl-D leaves") }
            var editor = LineEditor(terminal, history: History())
            while let line = editor.readLine(prompt: conversation.isNew ? "> " : "+ ") {
                guard try conversation.take(line) else { break }
            }
            terminal.write("\n")
        } else {
            var input = try Input("-")
            while let line = try input.readLine(limit: Prompt.byteLimit(context: model.text)) {
                guard try conversation.take(String(decoding: line, as: UTF8.self)) else { break }
            }
        }
    }
}
