import Foundation

@testable import Workflows

extension NodeCatalog {
    /// The project's own specifications, read where they lie: what saved workflows are full of. No node is needed to read a workflow.
    static let project: NodeCatalog = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "NodeSpecs")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        let texts = files.filter { $0.pathExtension == "yaml" }.compactMap { file in
            (try? String(contentsOf: file, encoding: .utf8)).map { (name: file.deletingPathExtension().lastPathComponent, text: $0) }
        }
        return NodeCatalog(texts: texts) { list in
            switch list {
            case "samplers": ChoiceList(samplers)
            case "schedulers":
                ChoiceList([
                    "simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal", "linear_quadratic", "kl_optimal",
                ])
            default: nil
            }
        }
    }()

    /// ComfyUI's menu when the workflows beside these tests were saved.
    private static let samplers = """
        euler euler_cfg_pp euler_ancestral euler_ancestral_cfg_pp heun heunpp2 dpm_2 dpm_2_ancestral lms dpm_fast dpm_adaptive
        dpmpp_2s_ancestral dpmpp_2s_ancestral_cfg_pp dpmpp_sde dpmpp_sde_gpu dpmpp_2m dpmpp_2m_cfg_pp dpmpp_2m_sde dpmpp_2m_sde_gpu
        dpmpp_2m_sde_heun dpmpp_2m_sde_heun_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm lcm ipndm ipndm_v deis res_multistep
        res_multistep_cfg_pp res_multistep_ancestral res_multistep_ancestral_cfg_pp gradient_estimation gradient_estimation_cfg_pp er_sde
        seeds_2 seeds_3 sa_solver sa_solver_pece ddim uni_pc uni_pc_bh2
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
