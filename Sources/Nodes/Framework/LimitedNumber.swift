internal import WorkflowEngine

extension NodeInputs {
    /// A number, at most what is there; that it is less than asked for is told.
    ///
    /// - Throws: `NodeError` when there is no such number.
    func int(_ name: String, most: Int, _ context: NodeContext) throws -> Int {
        let wanted = try int(name)
        guard wanted > most else { return wanted }
        context.warn("\(name): \(wanted) is more than there is; \(most) is taken")
        return most
    }
}
