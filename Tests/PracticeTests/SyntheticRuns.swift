import Foundation

/// Run folders as training leaves them, without training.
enum SyntheticRuns {
    /// A finished run whose figures and settings follow from `number`.
    static func write(_ number: Int, to folder: URL) throws {
        let share = Double(number % 1000) / 1000
        try write(
            folder, accuracy: share, rate: 0.001 * Double(number % 7 + 1), seed: number,
            started: String(
                format: "2026-01-%02dT%02d:%02d:%02d.%03dZ", number / 86400 % 28 + 1, number / 3600 % 24,
                number / 60 % 60, number % 60, number % 1000))
    }

    static func write(
        _ folder: URL, accuracy: Double, rate: Double = 0.01, seed: Int = 1,
        started: String = "2026-01-01T00:00:00.000Z",
        status: String = "finished", data: String = "/data/houses.csv"
    ) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func put(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
        }
        try put(
            "config.toml",
            "data = \"\(data)\"\ntask = \"binary\"\nlayers = [8, 4]\nlearning-rate = \(rate)\nseed = \(seed)\nepochs = 3\n"
        )
        let ended = status == "running" ? "" : ",\"ended\":\"\(started)\""
        try put(
            "run.json",
            """
            {"format":1,"data":"\(data)","fingerprint":"00ff","seed":\(seed),"sessions":[{"command":["/bin/thalweg","train","\(data)"],
            "folder":"/work","started":"\(started)"\(ended),"status":"\(status)","process":1,"environment":{"thalweg":"0.1.0","host":"h",
            "system":"s","processor":"p","cores":2,"threads":2},"git":{"commit":"abc\(seed)","isChanged":false}}]}
            """)
        try put(
            "metrics.csv",
            "step,epoch,train_cost,dev_cost,train_metric,dev_metric,learning_rate\n0,0,1.5,1.5,0.5,0.5,\(rate)\n3,3,0.25,0.5,0.9,\(accuracy),0.0\n"
        )
        guard status == "finished" else { return }
        func score(_ value: Double) -> String { "{\"cost\":0.5,\"loss\":0.5,\"metric\":\(value),\"count\":100}" }
        try put(
            "model.json",
            """
            {"format":1,"task":"binary","parameters":50,"architecture":{"inputs":4,"hidden":[8,4],"outputs":1},"training":{"data":"\(data)",
            "fingerprint":"00ff","examples":100,"epochs":3,"steps":3,"seconds":1.5,"seed":\(seed),"train":\(score(1)),
            "dev":\(score(accuracy))}}
            """)
    }
}
