#if LIBFUZZER
    import Foundation

    /// libFuzzer's loop, from its library without `main`.
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ argumentCount: UnsafeMutablePointer<Int32>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
        _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    ) -> Int32

    /// Set once before the loop starts.
    nonisolated(unsafe) private var chosen = Reader.safetensors

    extension FuzzReaders {
        /// Gives libFuzzer one reader and its own arguments; ends the process.
        static func runLibFuzzer(_ reader: Reader, arguments: [String]) -> Never {
            chosen = reader
            var count = Int32(arguments.count + 1)
            var pointers = (["fuzz-readers"] + arguments).map { strdup($0) } + [nil]
            let status = pointers.withUnsafeMutableBufferPointer { buffer in
                var start: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = buffer.baseAddress
                return runDriver(&count, &start) { bytes, size in
                    chosen.read(UnsafeRawBufferPointer(start: bytes, count: size))
                    return 0
                }
            }
            exit(status)
        }
    }
#endif
