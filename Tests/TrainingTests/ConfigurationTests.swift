import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

@Suite struct ConfigurationTests {
    @Test func tomlRoundTrip() throws {
        var configuration = TrainingConfiguration()
        for (key, value) in [
            ("data", "a \"b\".csv"), ("layers", "128, 64"), ("activation", "leaky_relu(0.2)"), ("batch-size", "full"),
            ("keep-probability", "0.5,1"), ("split", "0.6,0.2,0.2"), ("optimizer.beta1", "0.8"),
            ("schedule", "inverse(decay=0.5)"), ("dtype", "float64"), ("learning-rate", "0.1"),
            ("batch-norm", "true"), ("task", "regression"), ("clip", "norm(limit=2)"), ("steps", "7"),
        ] { try configuration.set(key, to: value) }
        var copy = TrainingConfiguration()
        try copy.read(toml: configuration.toml)
        #expect(copy == configuration)
        #expect(copy.layers == [128, 64])
        #expect(copy.batchSize == .full)
        #expect(copy.optimizer.contains("beta1=0.8"))
        #expect(copy.task == .regression)
    }

    @Test func theDefaultIsItsOwnRoundTrip() throws {
        var copy = TrainingConfiguration()
        copy.epochs = 3
        try copy.read(toml: TrainingConfiguration().toml)
        #expect(copy == TrainingConfiguration())
    }

    @Test func everySettingTakesWhatItWrites() throws {
        let keys = TrainingConfiguration().toml.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(keys.count == Setting.all.count)
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Setting.all.allSatisfy { !$0.help.isEmpty })
    }

    @Test(arguments: [
        ("epochs", "0"), ("epochs", "2.5"), ("learning-rate", "nan"), ("learning-rate", "inf"), ("split", "0.5,0.5"),
        ("split", "0.5,0.4,0.2"), ("layers", "0"), ("layers", "-3"), ("layers", "3,,4"), ("l2", "-1"), ("seed", "x"),
        ("keep-probability", "1.5"), ("batch-norm", "maybe"), ("batch-size", "-1"), ("scale", "0"), ("dtype", "int32"),
        ("optimizer.beta3", "1"), ("optimizer", ""), ("label-smoothing", "1"),
    ])
    func refusesAndNamesTheKey(_ key: String, _ value: String) {
        var configuration = TrainingConfiguration()
        let error = #expect(throws: ConfigurationError.self) { try configuration.set(key, to: value) }
        #expect(error?.description.contains(String(key.prefix { $0 != "." })) == true)
        #expect(configuration == TrainingConfiguration())
    }

    @Test func suggestsTheNearestKey() {
        var configuration = TrainingConfiguration()
        let error = #expect(throws: ConfigurationError.self) {
            try configuration.read(toml: "actvation = \"relu\"", file: "c.toml")
        }
        #expect(error?.description == "c.toml: setting 'actvation' does not exist; did you mean 'activation'?")
    }

    @Test func underscoresAreTakenForHyphens() throws {
        var configuration = TrainingConfiguration()
        try configuration.set(assignment: "early_stopping = 20")
        #expect(configuration.earlyStopping == 20)
    }

    @Test func nearestNames() {
        #expect(nearestName(to: "lerning-rate", among: ["learning-rate", "layers"]) == "learning-rate")
        #expect(nearestName(to: "zzzzzz", among: ["learning-rate", "layers"]) == nil)
        #expect(nearestName(to: "adma", among: ["sgd", "adam"]) == "adam")
        #expect(nearestName(to: "learn", among: ["layers", "learning-rate"]) == "learning-rate")
        #expect(nearestName(to: "batch", among: ["batch-norm-placement", "batch-norm"]) == "batch-norm")
        #expect(nearestName(to: "le", among: ["learning-rate"]) == nil)
    }
}
