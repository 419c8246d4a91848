/// One comparison: what to compute, and the values that the reference computed.
///
/// Which fields are there depends on the group; `about` in the group's file says what they mean.
public struct GoldenCase: Sendable, Decodable {
    public let name: String
    public let tolerance: Tolerance?
    /// Whether the computation multiplies rounding errors so much that a difference says little.
    public let chaotic: Bool?
    public let note: String?

    // Workflow groups.
    /// ComfyUI's API form.
    public let workflow: JSONValue?
    public let expect: [Expectation]?
    /// Names of recipes, or of files among the set's models.
    public let models: [String]?
    public let inputs: [String]?
    public let features: [String]?

    // Direct groups.
    public let text: String?
    public let chunks: [TokenChunk]?
    /// Name of the exception that the reference raised.
    public let error: String?
    /// A 64-bit unsigned number in decimal.
    public let seed: String?
    public let shape: [Int]?
    public let function: String?
    public let draws: Int?
    public let batch_index: [Int]?
    public let float64: [String: [Double]]?
    /// Name of an array → its key in the group's tensors.
    public let tensors: [String: String]?
    public let sigma_min: Double?
    public let sigma_max: Double?
    public let variant: String?
    public let percent_query: [Double]?
    public let percent_to_sigma: [Double]?
    public let rows: [ScheduleRow]?
    public let ids: [Int]?
    public let order: [String]?

    public struct Tolerance: Sendable, Decodable {
        /// Largest difference of an element.
        public let max_abs: Double
        /// Mean of all differences.
        public let mean_abs: Double?
        /// Largest difference relative to the reference value; met if this or `max_abs` is.
        public let max_rel: Double?
    }

    /// An output of a node, and its values.
    public struct Expectation: Sendable, Decodable {
        public let node: String
        public let output: Int
        public let type: String
        public let tensors: [String: String]?
        public let values: [String: JSONValue]?
        /// Position in the output list.
        public let index: Int?
    }

    public struct TokenChunk: Sendable, Decodable {
        /// Token ids, without the end tokens that fill the chunk; an embedding vector is an array.
        public let ids: [JSONValue]
        public let weights: [Double]
        public let words: [Int]
        public let length: Int
    }

    public struct ScheduleRow: Sendable, Decodable {
        public let scheduler: String
        public let steps: Int
        public let denoise: Double
        public let discard_penultimate: Bool
        public let start: Int
        public let count: Int
        public let nonfinite: Int?
    }
}
