internal import Checkpoints
internal import Descriptions
internal import Digests
public import Networks
internal import Synchronization
public import Tensors

/// The ControlNets and adapters of one sampler run: assembled when first needed, hints encoded once.
public final class ControlRun: Sendable {
    private let room: Mutex<NetworkRoom>
    private let groundings = Mutex<[Digest: GroundingNetwork]>([:])
    private let networks = Mutex<[Digest: any ControlNetwork]>([:])
    private let model: Model?
    private let operations: Operations

    /// - Parameters:
    ///   - model: the model that is sampled; control-LoRAs are a change to it.
    ///   - operations: has everything computed.
    public init(store: WeightStore = .shared, model: Model? = nil, operations: Operations = Operations()) {
        room = Mutex(NetworkRoom(store))
        self.operations = operations
        self.model = model
    }

    /// What the U-Net adds in a call: the residuals of all applications that are active, each times its strength, summed in the
    /// order of application.
    ///
    /// - Parameters:
    ///   - call: the call that the U-Net will get, one side or several.
    ///   - isActive: whether a part of the run holds the call's noise level.
    /// - Returns: `nil` when no application is active.
    /// - Throws: `NetworkError` when a network can't be assembled or doesn't fit the call.
    public func residuals(
        of applications: [ControlApplication], for call: NetworkCall, isActive: (ScheduleRange) -> Bool
    ) throws -> ControlResiduals? {
        var sum: ControlResiduals?
        for application in applications where isActive(application.timestepRange) {
            let control = application.control
            var residuals = try network(of: control).residuals(for: call, hint: application.hint)
            let strength = application.strength
            if control.averagesOverPicture { residuals = try residuals.mapped(operations.averageOverPicture) }
            if strength != 1 { residuals = try residuals.mapped { try operations.scale($0, by: strength) } }
            sum = try sum?.adding(residuals, place: control.content.displayName, operations) ?? residuals
        }
        return sum
    }

    /// What a GLIGEN network adds to the U-Net in a call for a latent, or a part of one, of that size.
    ///
    /// - Throws: `NetworkError` when the network can't be assembled or doesn't fit the texts of the boxes.
    func patch(for grounding: Grounding, height: Int, width: Int) throws -> any TokenPatch {
        let digest = try grounding.model.digest()
        let network =
            try groundings.withLock { $0[digest] }
            ?? room.withLock { $0 }.assemble { load in try GroundingNetwork(loader: load(grounding.model.content)) }
        groundings.withLock { $0[digest] = network }
        return GroundingPatch(
            network: network,
            boxTokens: try network.tokens(of: grounding.boxes, height: height, width: width, operations))
    }

    /// Where networks are assembled from now on.
    func use(_ given: NetworkRoom) { room.withLock { $0 = given } }

    private func network(of control: ControlNet) throws -> any ControlNetwork {
        let digest = try control.digest()
        if let found = networks.withLock({ $0[digest] }) { return found }
        let made = try room.withLock { $0 }.assemble { load in
            try control.network(model: model, operations: operations, load)
        }
        return networks.withLock { networks in
            if let earlier = networks[digest] { return earlier }
            networks[digest] = made
            return made
        }
    }
}
