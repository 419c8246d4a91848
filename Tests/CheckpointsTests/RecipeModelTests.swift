import Checkpoints
import Foundation
import GoldenSupport
import Testing

@Suite("Recipe models") struct RecipeModelTests {
    @Test("every recipe but the full-size one makes the file that it announces")
    func recipesMakeTheirFiles() throws {
        for name in try RecipeModels.names() where name != "sd1-full" {
            let path = try RecipeModels.make(name)
            #expect(FileManager.default.fileExists(atPath: path), "\(name)")
        }
    }
}
