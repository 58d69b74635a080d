/// One intermediate value of a forward pass.
public struct Observation: Sendable {
    /// The part of the model that made it, such as `block.0.attention.qkv`; docs/FORMAT.md has the names of parts.
    public let name: String
    /// The position in the text of its first row.
    public let firstPosition: Int
    /// `[rows × columns]`
    public let values: [Float]
    public let rows: Int
    public var columns: Int { values.count / rows }
}
