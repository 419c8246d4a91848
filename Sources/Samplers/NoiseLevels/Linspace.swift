/// `count` equally spaced numbers, both ends included, each half counted from its own end as PyTorch does.
package func linspace(_ first: Float, _ last: Float, _ count: Int) -> [Float] {
    guard count > 1 else { return count == 1 ? [first] : [] }
    let step = (last - first) / Float(count - 1)
    return (0..<count).map { index in
        index < count / 2 ? first + step * Float(index) : last - step * Float(count - 1 - index)
    }
}
