import Charts
import NNGPU

/// An optimizer on `E(w) = ½wᵀHw`, compiled once and run with any learning rate.
final class QuadraticDescent {
    /// A place on the way, and the loss there.
    typealias Stop = (place: Point, loss: Double)

    private let backend: any Backend
    private let optimizer: any Optimizer
    private let step: any Executable

    /// Compiles a step; `hessian` is H [2, 2] in row-major order.
    init(_ optimizer: any Optimizer, hessian: [Double], on backend: any Backend) throws {
        self.backend = backend
        self.optimizer = optimizer
        let w = try Tensor.parameter("w", [2])
        let loss = try (w * matmul(Tensor.constant(hessian, [2, 2]), w)).sum() * 0.5
        let gradient = try gradients(of: loss, withRespectTo: [w])[0]
        let count = optimizer.scalars(step: 1, learningRate: 0).count
        let scalars = try Tensor.input("scalars", [count])
        let state = try optimizer.stateNames.map { try Tensor.parameter($0, [2]) }
        let updated = try optimizer.update(
            w, gradient: gradient, state: state,
            scalars: (0..<count).map { try scalars.slice($0..<$0 + 1).reshape(.scalar) })
        step = try backend.compile(
            Graph(
                outputs: ["loss": loss, "before": w * 1],
                updates: [(w, updated.parameters)] + zip(state, updated.state).map { ($0, $1) }))
    }

    /// The way from (1.8, −1.2): the places before each of so many steps and after the last.
    func path(rate: Double, steps: Int) throws -> [Stop] {
        try backend.write([1.8, -1.2] as [Double], to: step.buffer(named: "w"))
        for name in optimizer.stateNames {
            try backend.write([0, 0] as [Double], to: step.buffer(named: name))
        }
        return try (0...steps).map { index in
            try backend.write(
                optimizer.scalars(step: index + 1, learningRate: rate),
                to: step.buffer(named: "scalars"))
            try step.run()
            let place = try backend.read(step.buffer(named: "before"))
            let loss = try backend.read(step.buffer(named: "loss"))[0]
            return (Point(place[0], place[1]), loss)
        }
    }

    /// The rate up to which the loss falls, by bisection to a thousandth.
    func largestConvergingRate(in range: ClosedRange<Double>) throws -> Double {
        var (converging, diverging) = (range.lowerBound, range.upperBound)
        while diverging / converging > 1.001 {
            let rate = (converging + diverging) / 2
            let path = try path(rate: rate, steps: 250)
            if path[path.count - 1].loss < path[0].loss {
                converging = rate
            } else {
                diverging = rate
            }
        }
        return (converging + diverging) / 2
    }
}
