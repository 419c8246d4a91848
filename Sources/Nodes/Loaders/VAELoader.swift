internal import Problems
internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// A VAE from a file of its own, or one of the small ones that come as an encoder and a decoder file.
struct VAELoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let name = try inputs.string("vae_name")
        if name == "pixel_space" {
            throw NodeError(
                .unsupported, input: "vae_name", "pictures can't be denoised without a VAE here",
                hint: "pixel_space belongs to models that are not supported")
        }
        if NodeServices.tinyVAEs.contains(name) {
            return .of(try Self.tinyVAE(name, in: context.services))
        }
        let path = try context.path(of: name, kind: "vae")
        let vae = VAE(try Checkpoint.vae(CheckpointFile.open(path)))
        vae.warnOfCensus(context)
        return .of(vae)
    }

    /// One of the small autoencoders by its name.
    static func tinyVAE(_ name: String, in services: NodeServices) throws -> VAE {
        guard let latents = ModelFamily.all.map(\.latents).first(where: { $0.tinyAutoencoder == name }) else {
            throw NodeError(.unsupported, input: "vae_name", "\(name) belongs to models that are not supported")
        }
        let files = try files(of: name, in: services)
        return VAE(
            tinyEncoder: try CheckpointFile.open(files.encoder), tinyDecoder: try CheckpointFile.open(files.decoder),
            latentScale: latents.scale)
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        guard let name = inputs["vae_name"] as? String, NodeServices.tinyVAEs.contains(name) else { return [] }
        let files: (encoder: String, decoder: String)
        do { files = try Self.files(of: name, in: services) } catch let error as NodeError where error.code == .missingFile {
            // The message comes when the node runs.
            return []
        }
        return try [files.encoder, files.decoder].map {
            .file(input: "vae_name", path: $0, digest: try services.digest(ofFile: $0))
        }
    }

    private static func files(of name: String, in services: NodeServices) throws -> (encoder: String, decoder: String) {
        func path(_ part: String) throws -> String {
            guard let file = services.models.names(of: "vae_approx").first(where: { $0.hasPrefix(name + part) }) else {
                throw NodeError(
                    .missingFile, "\(name)\(part)safetensors is in no folder for vae_approx",
                    hint: "looked in \(services.places(of: "vae_approx").joined(separator: ", "))")
            }
            return try services.path(of: file, kind: "vae_approx")
        }
        return (try path("_encoder."), try path("_decoder."))
    }
}
