import Foundation
import ThalwegDataSets

/// Shows a run on a terminal as one line that is drawn again and again, elsewhere as a plain line now and then.
///
/// Everything goes to standard error: standard output belongs to results.
public final class ProgressBar: TrainingObserver {
    public enum Style: Sendable {
        case bar, lines, quiet
    }

    private let style: Style
    private let write: (String) -> Void
    private let width: () -> Int
    private var lastDrawn: ContinuousClock.Instant?
    private var isLineOpen = false
    private var status: TrainingStatus?

    /// - Parameters:
    ///   - width: columns of the terminal.
    ///   - write: takes text for the terminal.
    public init(style: Style, width: @escaping () -> Int = { 80 }, write: @escaping (String) -> Void) {
        self.style = style
        self.width = width
        self.write = write
    }

    /// Seconds between two drawings.
    private var interval: Double { style == .bar ? 0.1 : 10 }

    public func trainingDidAdvance(_ status: TrainingStatus) {
        self.status = status
        guard style != .quiet else { return }
        let now = ContinuousClock.now
        let last = lastDrawn ?? now
        if lastDrawn == nil { lastDrawn = now }
        guard (now - last).seconds >= interval || status.step == status.totalSteps else { return }
        lastDrawn = now
        draw(status)
    }

    public func trainingDidWarn(_ message: String) {
        guard style != .quiet else { return }
        closeLine()
        write("warning: \(message.printable())\n")
    }

    public func trainingDidAdjust(_ message: String) {
        guard style != .quiet else { return }
        closeLine()
        write("adjusted: \(message.printable())\n")
    }

    public func trainingDidFinish(_ result: TrainingResult) {
        if style == .bar, var status {
            // A run that stopped early is done as well: nothing is left.
            status.totalSteps = status.step
            draw(status)
        }
        closeLine()
    }

    /// Ends the open line, so that other text starts on one of its own.
    public func closeLine() {
        if isLineOpen { write("\n") }
        isLineOpen = false
    }

    private func draw(_ status: TrainingStatus) {
        switch style {
        case .quiet: break
        case .lines: write(Self.line(status) + "\n")
        case .bar:
            // A narrow terminal keeps bar, loss, metric, rate and time, and leaves out the dev set. Widths are fixed, so that nothing
            // jumps while numbers change.
            let columns = max(width(), 20)
            let withDev = columns >= 110
            let room = min(columns - (withDev ? 92 : 74), 30)
            let fraction = Double(status.step) / Double(max(status.totalSteps, 1))
            let bar = room >= 6 ? Self.bar(fraction, columns: room) + " " : ""
            write("\r" + String((bar + Self.line(status, withDev: withDev)).prefix(columns - 1)) + "\u{1B}[K")
            isLineOpen = true
        }
    }

    /// A bar in eighths of a column.
    static func bar(_ fraction: Double, columns: Int) -> String {
        let eighths = Int((min(max(fraction, 0), 1) * Double(columns * 8)).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let full = String(repeating: "█", count: eighths / 8) + partial
        return "▕" + full + String(repeating: " ", count: columns - full.count) + "▏"
    }

    /// `epoch 12/60  loss 0.1234  accuracy 97.1 %  dev 0.1523 95.8 %  rate 0.002  8 s left`
    static func line(_ status: TrainingStatus, withDev: Bool = true) -> String {
        var line = "epoch \(status.epoch)/\(status.epochs)  loss \(numberText(status.cost))"
        line += "  \(status.metricName) \(metricText(status.metric, name: status.metricName))"
        if withDev, let cost = status.devCost, let metric = status.devMetric {
            line += "  dev \(numberText(cost)) \(metricText(metric, name: status.metricName))"
        }
        line += "  rate \(numberText(status.rate))"
        let done = status.step - status.firstStep
        if status.step < status.totalSteps {
            // The first steps are captured and tell nothing about the others.
            guard done >= 10 else { return line }
            line += "  \(duration(status.seconds / Double(done) * Double(status.totalSteps - status.step))) left"
        } else {
            line += "  \(duration(status.seconds))"
        }
        return line
    }
}
