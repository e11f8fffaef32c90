import Foundation
import Testing

@Suite(.serialized) struct TuneTests {
    private static let space = """
        learning-rate = { log = [0.001, 0.05] }
        layers = { depth = [1, 2], width = [4, 32] }
        batch-norm = { choice = [true], skip = 0.5 }
        """

    private static let small = [
        "tune", "digits", "--epochs", "3", "--batch-size", "200", "--space", "space.toml", "--quiet",
    ]

    /// The journal's lines without what differs from run to run, in the order of trials.
    private func trials(_ thalweg: CommandLineProgram, _ search: String) throws -> [String] {
        try thalweg.text("\(search)/trials.jsonl").split(separator: "\n").map { line in
            var record = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            record["seconds"] = nil
            record["elapsed"] = nil
            let data = try JSONSerialization.data(withJSONObject: record, options: .sortedKeys)
            return String(format: "%04d ", record["trial"] as? Int ?? -1) + String(decoding: data, as: UTF8.self)
        }.sorted()
    }

    /// What a search leaves that is killed after it took the earlier winner away.
    @Test func usesOfTheTestSetOutliveAWinnerThatIsTrainedAnew() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.space, to: "space.toml")
            #expect(try thalweg(Self.small + ["--trials", "2", "--finalists", "1", "--out", "s"]).status == 0)
            try FileManager.default.removeItem(at: thalweg.folder.appendingPathComponent("s/best"))
            try thalweg.write("3\n", to: "s/.test-uses")
            for _ in 0..<2 {
                let output = try thalweg(["tune", "--resume", "s"])
                #expect(output.status == 0, "\(output.errors)")
                #expect(try thalweg.text("s/best/model.json").contains("\"testUses\" : 4"))
            }
        }
    }

    @Test func aSearchLeavesAModelAndItsJournal() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.space, to: "space.toml")
            let output = try thalweg(Self.small + ["--trials", "4", "--finalists", "2", "--json", "--out", "s"])
            #expect(output.status == 0, "\(output.errors)")
            let json = try #require(output.json)
            #expect(json["trials"] as? Int == 4 && json["failed"] as? Int == 0)
            #expect(json["test"] as? Double != nil && json["objective"] as? String == "accuracy")
            let winner = try #require(json["winner"] as? [String: Any])
            #expect(winner["dev_sets"] as? Int == 3)
            // A run like any other, whose test set was used once; the trials never saw it.
            let best = try thalweg(["info", "s/best"])
            #expect(best.status == 0, "\(best.errors)")
            for (run, uses) in [("s/best", "1"), ("s/trials/000", nil), ("s/trials/000-fold1", nil)]
                as [(String, String?)]
            {
                let model = try thalweg.text("\(run)/model.json")
                #expect(model.contains("\"testUses\" : \(uses ?? "")") == (uses != nil), "\(run)")
                #expect(model.contains("\"test\" : {") == (uses != nil), "\(run)")
            }
            // All but the test examples are learned from.
            let model = try #require(
                JSONSerialization.jsonObject(with: thalweg.bytes("s/best/model.json")) as? [String: Any])
            let training = try #require(model["training"] as? [String: Any])
            #expect(training["examples"] as? Int == 1438 && training["dev"] == nil)
            #expect(try thalweg.text("s/search.html").contains("Trained again with the dev examples and judged by 359"))
            #expect(json["test_examples"] as? Int == 359)
            // It was rehearsed on every further dev set, and nothing was lost.
            let rehearsal = try #require(json["rehearsal"] as? [String: Any])
            #expect(rehearsal["dev_sets"] as? Int == 3 && json["learned_from_dev"] as? Bool == true)
            #expect(rehearsal["loss"] as? Double ?? 1 <= rehearsal["stopped_loss"] as? Double ?? 0)
            let records = try trials(thalweg, "s")
            #expect(records.count { $0.contains("course") } == 3)
            for fold in 1...3 {
                let trial = String(format: "%03d", try #require(winner["trial"] as? Int))
                let model = try thalweg.text("s/trials/\(trial)-fold\(fold)-rehearsal/model.json")
                #expect(model.contains("\"dev\" : {") && !model.contains("\"test\" : {"))
            }
            // The command it names gives the same model.
            let command = try #require(json["command"] as? String)
            let words = command.split(separator: " ").dropFirst().map { $0.replacingOccurrences(of: "'", with: "") }
            #expect(try thalweg(words + ["--out", "again", "--quiet"]).status == 0)
            #expect(try thalweg.bytes("again/model.safetensors") == thalweg.bytes("s/best/model.safetensors"))
        }
    }

    /// Where a whole training without a dev set does worse, the winner's ends where further dev sets stopped the trials. A
    /// schedule that comes to its highest rate within four epochs is such a case.
    @Test func aTrainingThatLearnsByHeartIsCut() throws {
        try withProgram { (thalweg) throws in
            var state: UInt64 = 1
            func uniform() -> Double {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 11) / 9_007_199_254_740_992
            }
            let rows = (0..<200).map { _ -> String in
                let x = (0..<4).map { _ in uniform() * 2 - 1 }
                let isRight = uniform() > 0.3
                return x.map { "\($0)" }.joined(separator: ",") + ((x[0] > 0) == isRight ? ",yes" : ",no")
            }
            try thalweg.write("a,b,c,d,y\n" + rows.joined(separator: "\n") + "\n", to: "noise.csv")
            let settings = [
                "schedule=one_cycle", "learning-rate=0.1", "layers=32", "keep-probability=1", "batch-size=16",
            ]
            let output = try thalweg(
                ["tune", "noise.csv", "--seed", "3", "--trials", "1", "--finalists", "1", "--json", "--out", "s"]
                    + settings.flatMap { ["--set", $0] })
            #expect(output.status == 0, "\(output.errors)")
            let json = try #require(output.json)
            let rehearsal = try #require(json["rehearsal"] as? [String: Any])
            #expect(rehearsal["cut"] as? Bool == true && json["learned_from_dev"] as? Bool == true)
            #expect(rehearsal["loss"] as? Double ?? 0 > rehearsal["stopped_loss"] as? Double ?? 1)
            let model = try #require(
                JSONSerialization.jsonObject(with: thalweg.bytes("s/best/model.json")) as? [String: Any])
            let training = try #require(model["training"] as? [String: Any])
            // Batches of 16 from 160 examples, over the schedule of the trials.
            let epochs = try #require(training["epochs"] as? Int)
            #expect(training["examples"] as? Int == 160 && training["steps"] as? Int == epochs * 10)
            let configuration = try thalweg.text("s/best/config.toml")
            #expect(configuration.contains("\nadjustments = [\"\(epochs * 10): stop\"]"))
            #expect(configuration.contains("\nepochs = 60 ") && (1..<60).contains(epochs))
            #expect(try thalweg.text("s/search.html").contains("ends after \(epochs) epoch"))
            // Trained once, and again only by the command that stands there.
            let weights = try thalweg.bytes("s/best/model.safetensors")
            #expect(try thalweg(["tune", "--resume", "s"]).status == 0)
            let command = try #require(json["command"] as? String)
            let quoted = command.split(separator: "'", omittingEmptySubsequences: false).enumerated()
                .flatMap {
                    $0.offset % 2 == 1 ? [String($0.element)] : $0.element.split(separator: " ").map(String.init)
                }
            #expect(try thalweg(quoted.dropFirst() + ["--out", "again", "--quiet"]).status == 0)
            #expect(try thalweg.bytes("again/model.safetensors") == weights)
            #expect(try thalweg.text("s/best/model.json").contains("\"testUses\" : 1"))
        }
    }

    @Test func twoAtATimeTryTheSame() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.space, to: "space.toml")
            for strategy in ["coarse-to-fine", "halving"] {
                let base = Self.small + ["--trials", "5", "--epochs", "6", "--finalists", "1", "--strategy", strategy]
                for parallel in ["1", "2"] {
                    let output = try thalweg(base + ["--parallel", parallel, "--out", strategy + parallel])
                    #expect(output.status == 0, "\(output.errors)")
                }
                #expect(try trials(thalweg, strategy + "1") == trials(thalweg, strategy + "2"))
                #expect(
                    try thalweg.bytes("\(strategy)1/best/model.safetensors")
                        == thalweg.bytes("\(strategy)2/best/model.safetensors"))
            }
        }
    }

    /// A trial that cannot be trained costs only itself.
    @Test func aPlantedCrash() throws {
        try withProgram { (thalweg) throws in
            // The second choice asks for more memory than there is.
            try thalweg.write("layers = [[8], [16000000, 16000000]]\n", to: "space.toml")
            let output = try thalweg(Self.small + ["--strategy", "grid", "--finalists", "0", "--json", "--out", "s"])
            #expect(output.status == 0, "\(output.errors)")
            #expect(output.json?["failed"] as? Int == 1)
            #expect(try thalweg.text("s/trials.jsonl").contains("this machine has"))
            try thalweg.write("layers = [[16000000, 16000000]]\n", to: "space.toml")
            let hopeless = try thalweg(
                ["tune", "digits", "--layers", "4", "--space", "space.toml", "--out", "t"])
            #expect(hopeless.status == 1 && hopeless.errors.contains("given a value"), "\(hopeless.errors)")
        }
    }

    #if os(Linux)
        /// `kill -9` of a trial's process costs that trial alone, and it is not tried again.
        @Test func aKilledTrial() throws {
            try withProgram { (thalweg) throws in
                try thalweg.write(Self.space, to: "space.toml")
                let base = [
                    "tune", "digits", "--space", "space.toml", "--quiet", "--strategy", "random", "--trials", "4",
                    "--finalists", "0", "--parallel", "2", "--epochs", "200", "--early-stopping", "0",
                ]
                #expect(try thalweg(base + ["--out", "whole"]).status == 0)
                let search = try thalweg.start(base + ["--out", "cut"], errors: "errors.txt")
                try thalweg.wait(for: "cut/trials/001/metrics.csv")
                let list = "/proc/\(search.processIdentifier)/task/\(search.processIdentifier)/children"
                let trial = try String(contentsOfFile: list, encoding: .utf8).split(separator: " ").first { child in
                    let words = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(child)/cmdline"))
                    return words.map { String(decoding: $0, as: UTF8.self).contains("trials/001") } ?? false
                }
                kill(try #require(trial.flatMap { pid_t($0) }), SIGKILL)
                search.waitUntilExit()
                let errors = try thalweg.text("errors.txt")
                #expect(search.terminationStatus == 0, "\(errors)")
                let (cut, whole) = (try trials(thalweg, "cut"), try trials(thalweg, "whole"))
                #expect(cut[1].contains("failed") && cut[1].contains("signal 9"))
                #expect([0, 2, 3].allSatisfy { cut[$0] == whole[$0] } && cut.count == 4)
                let journal = try thalweg.bytes("cut/trials.jsonl")
                #expect(try thalweg(["tune", "--resume", "cut", "--quiet"]).status == 0)
                #expect(try thalweg.bytes("cut/trials.jsonl") == journal)
            }
        }
    #endif

    @Test func killedAndResumed() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.space, to: "space.toml")
            let base = Self.small + ["--trials", "5", "--strategy", "halving", "--epochs", "9", "--finalists", "1"]
            #expect(try thalweg(base + ["--out", "whole"]).status == 0)
            var arguments = base + ["--out", "cut", "--parallel", "2"]
            var kills = 0
            for attempt in 0..<5 {
                let output = try thalweg(arguments, killAfter: 0.35 + 0.2 * Double(attempt))
                guard output.wasKilled else { break }
                kills += 1
                if FileManager.default.fileExists(atPath: thalweg.folder.appendingPathComponent("cut/search.toml").path)
                {
                    arguments = ["tune", "--resume", "cut", "--parallel", "2", "--quiet"]
                }
            }
            #expect(kills > 0)
            let last = try thalweg(["tune", "--resume", "cut", "--quiet"])
            #expect(last.status == 0, "\(last.errors)")
            #expect(try trials(thalweg, "cut") == trials(thalweg, "whole"))
            #expect(try thalweg.bytes("cut/best/model.safetensors") == thalweg.bytes("whole/best/model.safetensors"))
            // Done is done; the time is that of all sessions.
            let records = try thalweg.text("cut/trials.jsonl").split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            let elapsed = records.compactMap { $0?["elapsed"] as? Double }
            #expect(elapsed.count == records.count && elapsed == elapsed.sorted())
            let told = try thalweg(["tune", "--resume", "cut", "--quiet", "--json"]).json?["seconds"] as? Double
            #expect(told ?? 0 >= elapsed.last ?? .infinity)
            let again = try thalweg(["tune", "--resume", "cut", "--quiet"])
            #expect(again.status == 0 && again.text == last.text, "\(again.errors)")
        }
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func interruptionEndsTheTrials(_ signal: Int32, _ status: Int32) throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.space, to: "space.toml")
            let long = ["tune", "digits", "--epochs", "100000", "--early-stopping", "0", "--space", "space.toml"]
            let output = try thalweg(
                long + ["--trials", "3", "--parallel", "2", "--out", "s"], signalAfter: (signal, 2))
            #expect(output.status == status && !output.wasKilled, "\(output.errors)")
            #expect(output.errors.contains("tune --resume s"))
            #expect(try thalweg.text("s/trials.jsonl").isEmpty)
            // No trial outlives the search: each holds its log's lock while it lives.
            for trial in ["000", "001"] {
                let path = thalweg.folder.appendingPathComponent("s/trials/\(trial).log").path
                let file = open(path, O_RDWR)
                #expect(file < 0 || flock(file, LOCK_EX | LOCK_NB) == 0, "trial \(trial) is still there")
                close(file)
            }
        }
    }

    @Test func conditionsThatNobodyMeets() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.space, to: "space.toml")
            let base = Self.small.dropLast() + ["--trials", "3", "--finalists", "0", "--strategy", "random"]
            let output = try thalweg(base + ["--subject-to", "parameters<10", "--out", "s"])
            #expect(output.status == 0 && output.text.contains("No trial meets all conditions"), "\(output.errors)")
            // Networks of the space are smaller than the usual one, whatever they are worth.
            #expect(output.text.contains("the conditions decided, which those miss by more."), "\(output.text)")
            let measured = try thalweg(
                base + [
                    "--subject-to", "latency_ms<1000", "--subject-to", "f1-macro>0", "--objective", "log-loss",
                    "--json",
                    "--out", "t",
                ])
            let winner = measured.json?["winner"] as? [String: Any]
            #expect(winner?["is_feasible"] as? Bool == true, "\(measured.errors)")
            let metrics = winner?["metrics"] as? [String: Any]
            #expect(metrics?["latency_ms"] as? Double ?? 0 > 0 && metrics?["f1-macro"] as? Double ?? 0 > 0)
            #expect(winner?["objective"] as? Double == metrics?["log-loss"] as? Double)
            #expect(try thalweg.text("t/search.html").contains("log-loss"))
        }
    }

    /// A longer search judges another winner by the same test examples, and says so.
    @Test func usesOfTheTestExamplesAreCounted() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write("learning-rate = [0.000001, 0.1, 0.01]\n", to: "space.toml")
            let base = Self.small.dropLast() + ["--finalists", "0", "--strategy", "random", "--seed", "3"]
            var (uses, winners): ([Int], Set<Int>) = ([], [])
            for step in [base + ["--trials", "1", "--out", "s"], ["tune", "--resume", "s", "--trials", "4"]] {
                let output = try thalweg(step + ["--json"])
                #expect(output.status == 0, "\(output.errors)")
                winners.insert(try #require((output.json?["winner"] as? [String: Any])?["trial"] as? Int))
                uses.append(try #require(try thalweg(["info", "s/best", "--json"]).json?["test_uses"] as? Int))
            }
            #expect(winners.count == 2 && uses == [1, 2])
            let again = try thalweg(["tune", "--resume", "s"])
            #expect(again.text.contains("used 2 times") && !again.text.contains("once"), "\(again.text)")
            #expect(!again.errors.contains("training the winner"), "\(again.errors)")
            try expectOneLine(thalweg, ["tune", "--resume", "s", "--trials", "2"], "has 4 trials already")
        }
    }

    private func expectOneLine(_ thalweg: CommandLineProgram, _ arguments: [String], _ words: String) throws {
        let output = try thalweg(arguments)
        #expect(output.status == 1 && output.errorLines.count == 1 && output.errors.contains(words), "\(output)")
    }

    @Test func gridsHaveAnEnd() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write("l2 = { uniform = [0, 1], points = \(Int.max) }\n", to: "space.toml")
            try expectOneLine(
                thalweg, ["tune", "digits", "--space", "space.toml", "--strategy", "grid"], "from 1 to 10000")
        }
    }

    @Test func aTimeLimitEndsATrial() throws {
        try withProgram { (thalweg) throws in
            // Trial 0 stops as soon as the dev cost rises; with so low a rate it never does.
            try thalweg.write("learning-rate = [0.000001]\n", to: "space.toml")
            let output = try thalweg(
                [
                    "tune", "digits", "--space", "space.toml", "--epochs", "1000000", "--layers", "8",
                    "--early-stopping", "1", "--time-limit", "8", "--finalists", "0", "--strategy", "grid", "--json",
                    "--out", "s",
                ])
            #expect(output.status == 0 && output.json?["failed"] as? Int == 1, "\(output.errors)")
            #expect(try thalweg.text("s/trials.jsonl").contains("took longer than 8 s"))
        }
    }

    /// What a run's configuration has filled in was nobody's decision: the search is that of the options the run was given.
    @Test func aRunsConfigurationFixesWhatItWasGiven() throws {
        try withProgram { (thalweg) throws in
            let given = ["digits", "--split", "0.1,0.05,0.85", "--l2", "0.5", "--seed", "4"]
            #expect(try thalweg(["train"] + given + ["--epochs", "2", "--out", "run", "--quiet"]).status == 0)
            let search = ["--trials", "1", "--finalists", "0", "--quiet", "--out"]
            #expect(try thalweg(["tune"] + given + ["--epochs", "2"] + search + ["by-options"]).status == 0)
            let output = try thalweg(["tune", "--config", "run/config.toml"] + search + ["by-run"])
            #expect(output.status == 0, "\(output.errors)")
            let space = try thalweg.text("by-run/search.toml")
            #expect(try space == thalweg.text("by-options/search.toml"))
            for key in ["learning-rate", "layers", "keep-probability", "batch-size", "schedule"] {
                #expect(space.contains("[space.\"\(key)\"]"), "\(key)")
            }
            #expect(!space.contains("[space.\"l2\"]"))
            // The settings as they are: the run's.
            #expect(
                try thalweg.bytes("by-run/trials/000/model.safetensors") == thalweg.bytes("run/model.safetensors"))
        }
    }

    @Test(
        arguments: [
            (["digits", "--space", "missing.toml"], "missing.toml", 1),
            (["digits", "--strategy", "grid"], "combinations", 1),
            (["digits", "--objective", "recall:ten"], "no class 'ten'", 1),
            (["digits", "--subject-to", "recall:ten>0.5"], "no class 'ten'", 1),
            (["digits", "--objective", "false-negative-rate"], "does not fit", 1),
            (["digits", "--objective", "acuracy"], "accuracy", 64),
            (["digits", "--subject-to", "latency<5"], "latency_ms", 64),
            (["digits", "--strategy", "rando"], "random", 64),
            (["digits", "--split", "0.8,0,0.2"], "dev", 1), (["--resume", "nowhere"], "nowhere", 1),
            ([], "no data", 64),
            (["digits", "--resume", "s"], "--resume", 64), (["--resume", "s", "--prune"], "--resume", 64),
            (["digits", "--trials", "0"], "trials", 64),
            (["digits", "--strategy", "halving", "--steps", "50", "--batch-size", "64"], "steps", 1),
        ] as [([String], String, Int32)])
    func mistakesAreOneLine(_ arguments: [String], _ words: String, _ status: Int32) throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg(["tune"] + arguments)
            #expect(output.status == status && output.errorLines.count == 1, "\(output.errors)")
            #expect(output.errors.contains(words) && output.text.isEmpty, "\(output.errors)")
            let left = try FileManager.default.contentsOfDirectory(atPath: thalweg.folder.path)
            #expect(!left.contains("runs"), "\(left)")
        }
    }
}
