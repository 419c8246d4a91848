import CTensorKernels
@testable import Tensors
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
                        dk_run(
                            3,
                            { context, _, _ in
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
            // From memory, so that the processor divides and not the compiler.
            #expect(y.withFloats { $0[0] / 2 } > 0)
        }

        /// In a process of its own: the counters are the process's, and other tests take and give back memory at the same time.
        @Test("storage is counted, kept for reuse, and given back")
        func memory() async {
            await #expect(processExitsWith: .success) {
                let size = 64 << 20
                let before = TensorMemory.liveBytes
                var tensor: Tensor? = Tensor.zeros([size / 4])
                #expect(TensorMemory.liveBytes >= before + size)
                #expect(TensorMemory.peakBytes >= before + size)
                tensor = nil
                #expect(tensor == nil)
                #expect(TensorMemory.liveBytes == before)
                #expect(TensorMemory.keptBytes >= size)
                TensorMemory.trim()
                #expect(TensorMemory.keptBytes == 0)
            }
        }

        @Test("thousands of tensors that come and go keep their contents")
        func churn() {
            var tensors: [Int: (tensor: Tensor, mark: Float)] = [:]
            var state: UInt64 = 7
            func random(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            for round in 0..<3000 {
                let slot = random(40)
                if let (tensor, mark) = tensors.removeValue(forKey: slot) {
                    tensor.withFloats { #expect($0.first == mark && $0.last == mark, "round \(round)") }
                } else {
                    let count = 1 + random(slot % 4 == 0 ? 1 << 20 : 1 << 16)
                    let tensor = Tensor(shape: [count]) { $0.initialize(repeating: Float(round)) }
                    tensors[slot] = (tensor, Float(round))
                }
                if round % 500 == 499 { TensorMemory.trim() }
            }
        }
    }
}
