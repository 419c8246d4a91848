import CTensorKernels
import Tensors
import Testing

extension KernelTests {
    @Suite("threads, memory and dispatch") struct Runtime {
        @Test("a variant can be chosen by name, and an unknown one is refused")
        func selection() {
            let active = KernelVariant.active
            #expect(KernelVariant.supported.contains("scalar"))
            #expect(KernelVariant.supported.contains(active))
            #expect(!dk_select_variant("abacus"))
            #expect(KernelVariant.active == active)
        }

        @Test("every kernel of the table is there in every variant")
        func tableIsComplete() {
            var names: [String] = []
            while let name = dk_kernel_at(names.count) { names.append(String(cString: name)) }
            #expect(names.count == Set(names).count)
            #expect(MemoryLayout<dk_variant>.size == (names.count + 2) * MemoryLayout<Int>.size)
            let active = KernelVariant.active
            defer { dk_select_variant(active) }
            for variant in KernelVariant.supported {
                dk_select_variant(variant)
                var table = dk_kernels().pointee
                withUnsafeBytes(of: &table) { bytes in
                    for (index, word) in bytes.bindMemory(to: UInt.self).enumerated() {
                        #expect(word != 0, "\(variant): \(index < 2 ? "head" : names[index - 2])")
                    }
                }
            }
        }

        @Test("every unit runs exactly once, for any number of threads, and calls from inside a unit run inline", arguments: [1, 2, 5])
        func units(threads: Int) {
            ComputeThreads.set(threads)
            defer { ComputeThreads.set(nil) }
            #expect(ComputeThreads.count == threads)
            for units in [0, 1, 2, 7, 1000] {
                let counts = UnsafeMutablePointer<Int32>.allocate(capacity: max(units, 1))
                counts.initialize(repeating: 0, count: max(units, 1))
                defer { counts.deallocate() }
                dk_run(
                    units,
                    { context, unit, worker in
                        let counts = UnsafeMutableRawPointer(mutating: context!).assumingMemoryBound(to: Int32.self)
                        dk_run(3, { context, _, _ in
                            let count = UnsafeMutableRawPointer(mutating: context!).assumingMemoryBound(to: Int32.self)
                            count.pointee += 1
                        }, counts + unit)
                    }, counts)
                #expect((0..<units).allSatisfy { counts[$0] == 3 })
            }
        }

        @Test("denormals count as zero while kernels run, and the caller's mode comes back")
        func denormals() {
            let tiny = Float.leastNonzeroMagnitude * 1000
            let y = Tensor([tiny, 1])
            var out: [Float] = [7, 7]
            y.withFloats { dk_scale_run(&out, $0.baseAddress, 1, 2) }
            #expect(out == [0, 1])
            #expect(tiny / 2 > 0)
        }

        @Test("storage is reused, counted, and given back")
        func memory() {
            TensorMemory.trim()
            let before = TensorMemory.liveBytes
            var tensor: Tensor? = Tensor.zeros([1 << 20])
            #expect(TensorMemory.liveBytes >= before + 4 << 20)
            #expect(TensorMemory.peakBytes >= TensorMemory.liveBytes)
            tensor = nil
            #expect(tensor == nil)
            #expect(TensorMemory.keptBytes >= 4 << 20)
            TensorMemory.trim()
            #expect(TensorMemory.keptBytes == 0)
        }
    }
}
