// Hand-wired feature groups (course 1, "What is a neural network?"): size and bedrooms make family size, the zip code makes
// walkability, zip code and wealth make school quality; the price follows from the three. `MaskedDense` keeps the other
// connections at zero, so the hidden units can only become what they are named.
import Thalweg

let count = 2000
let keys = KeyStream(seed: 1)
let x = Tensor.randomNormal([count, 4], key: keys.next())  // size, bedrooms, zip code's score, wealth
let family = (x[.all, 0] + x[.all, 1]).tanh()
let walkability = x[.all, 2].tanh()
let school = (x[.all, 2] + 2 * x[.all, 3]).tanh()
let price = (2 * family + walkability + 3 * school).expandingDimensions(at: 1)

let connections = [
    [true, true, false, false],  // family size
    [false, false, true, false],  // walkability
    [false, false, true, true],  // school quality
]
let wired = MaskedDense(mask: connections, key: keys.next())
let model = Sequential([wired, Activation.tanh, Dense(3, 1, key: keys.next())])
let step = TrainingStep(model, rule: UpdateRule(Adam())) { squaredError($0, $1) }
for number in 1...3000 {
    let cost = step(x, price, rate: 0.01).cost
    if number % 500 == 0 { print("step \(number)  cost \(cost)") }
}
print("connections of family size, walkability, school quality (size, bedrooms, zip, wealth):")
print(wired.weight.value)
