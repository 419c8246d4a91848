public import Problems
internal import COpenBLAS

/// Decompositions and solutions of dense matrices by LAPACK, as OpenBLAS has it: on one thread, opened when it is first needed.
///
/// Matrices are given row by row. What networks multiply goes through their own kernels, never through here.
/// Source: Anderson et al. 1999, "LAPACK Users' Guide".
public enum DenseAlgebra {
    /// The library, its version and whose kernels compute, such as `OpenBLAS 0.3.21 Haswell`: part of the key of every result whose bits
    /// come from here.
    ///
    /// - Throws: `LinearAlgebraError.Code.noLibrary`.
    public static func identity() throws(LinearAlgebraError) -> String {
        let library = try library()
        let configuration = library.get_config.flatMap { $0() }.map { String(cString: $0) } ?? "OpenBLAS"
        let core = library.get_corename.flatMap { $0() }.map { String(cString: $0) } ?? "unknown"
        return configuration.split(separator: " ").prefix(2).joined(separator: " ") + " " + core
    }

    static func library() throws(LinearAlgebraError) -> dk_openblas {
        guard let library = dk_openblas_open() else {
            throw LinearAlgebraError(.noLibrary, dk_openblas_problem().map { String(cString: $0) } ?? "OpenBLAS can't be loaded")
        }
        return library.pointee
    }

    /// LAPACK's sizes are 32 bits wide.
    static func size(_ value: Int) throws(LinearAlgebraError) -> Int32 {
        guard let size = Int32(exactly: value) else {
            throw LinearAlgebraError(.noSolution, "a matrix of \(value) rows or columns is too large")
        }
        return size
    }

    /// - Parameter info: what LAPACK gives: 0 is well; less, an argument isn't (the matrix, when it holds numbers that are none); more, it
    ///   found no end.
    static func check(_ info: Int32, _ method: String) throws(LinearAlgebraError) {
        guard info == 0 else {
            throw LinearAlgebraError(
                .noSolution, "\(method) has no result (\(info)): the matrix can't be decomposed, or holds numbers that are none")
        }
    }
}
