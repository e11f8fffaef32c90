public import ThalwegNetworks

/// One way to change an image without changing what it shows: `rotate(degrees=10)` in a configuration.
public enum ImageOperation: Hashable, Sendable {
    /// Left and right change places (or top and bottom), with this probability.
    case flip(probability: Double, isVertical: Bool)
    /// About the center, by up to so many degrees either way.
    case rotate(degrees: Double)
    /// By up to so many pixels along each axis.
    case shift(pixels: Double)
    /// A window of the image's size out of the image with a border, at a random place of whole pixels.
    case crop(padding: Int)
    /// Larger or smaller by up to this share.
    case zoom(share: Double)
    /// Rows slide along each other, by up to so many degrees.
    case shear(degrees: Double)
    /// A smooth random field moves every pixel, by `pixels` on (quadratic) average; `smoothness` is the deviation in pixels of
    /// the Gaussian that smooths it (Simard et al. 2003).
    case elastic(pixels: Double, smoothness: Double)
    /// All numbers plus or minus up to this share of their range.
    case brightness(share: Double)
    /// Differences from the image's mean times 1 plus or minus up to this share.
    case contrast(share: Double)
    /// Differences from gray times 1 plus or minus up to this share; images of three colors.
    case saturation(share: Double)
    /// Colors turned about the gray axis by up to so many degrees; images of three colors.
    case hue(degrees: Double)
    /// Every number plus normal noise of this deviation, a share of the range.
    case noise(deviation: Double)
    /// A square of this share of the shorter side becomes 0, at a random place (DeVries and Taylor 2017).
    case cutout(size: Double)
    /// The image, and its target, mixed with another training example's; the share is drawn from Beta(alpha, alpha) (Zhang et
    /// al. 2017).
    case mixup(alpha: Double)
}

extension ImageOperation: Choice {
    public static let kind = "augmentation"
    public static let names = [
        "flip", "rotate", "shift", "crop", "zoom", "shear", "elastic", "brightness", "contrast", "saturation", "hue",
        "noise", "cutout", "mixup",
    ]

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        switch name {
        case "flip":
            self = .flip(
                probability: try settings.number("probability", default: 0.5, in: 0...1),
                isVertical: try settings.flag("vertical", default: false))
        case "rotate": self = .rotate(degrees: try settings.number("degrees", default: 10, in: 0...180))
        case "shift": self = .shift(pixels: try settings.number("pixels", default: 2, in: 0...1e4))
        case "crop": self = .crop(padding: try settings.integer("padding", default: 4, in: 0...10_000))
        case "zoom": self = .zoom(share: try settings.number("share", default: 0.1, in: 0...0.9))
        case "shear": self = .shear(degrees: try settings.number("degrees", default: 10, in: 0...80))
        case "elastic":
            self = .elastic(
                pixels: try settings.number("pixels", default: 1, in: 0...1e3),
                smoothness: try settings.number("smoothness", default: 4, in: 0.1...1e3))
        case "brightness": self = .brightness(share: try settings.number("share", default: 0.2, in: 0...1))
        case "contrast": self = .contrast(share: try settings.number("share", default: 0.2, in: 0...1))
        case "saturation": self = .saturation(share: try settings.number("share", default: 0.2, in: 0...1))
        case "hue": self = .hue(degrees: try settings.number("degrees", default: 15, in: 0...180))
        case "noise": self = .noise(deviation: try settings.number("deviation", default: 0.05, in: 0...10))
        case "cutout": self = .cutout(size: try settings.number("size", default: 0.3, in: 0...1))
        default: self = .mixup(alpha: try settings.number("alpha", default: 0.2, in: 1e-3...1e3))
        }
    }

    public var specification: Specification {
        switch self {
        case .flip(let probability, let isVertical):
            isVertical
                ? Specification("flip", ["probability": probability, "vertical": true])
                : Specification("flip", ["probability": probability])
        case .rotate(let degrees): Specification("rotate", ["degrees": degrees])
        case .shift(let pixels): Specification("shift", ["pixels": pixels])
        case .crop(let padding): Specification("crop", ["padding": padding])
        case .zoom(let share): Specification("zoom", ["share": share])
        case .shear(let degrees): Specification("shear", ["degrees": degrees])
        case .elastic(let pixels, let smoothness):
            Specification("elastic", ["pixels": pixels, "smoothness": smoothness])
        case .brightness(let share): Specification("brightness", ["share": share])
        case .contrast(let share): Specification("contrast", ["share": share])
        case .saturation(let share): Specification("saturation", ["share": share])
        case .hue(let degrees): Specification("hue", ["degrees": degrees])
        case .noise(let deviation): Specification("noise", ["deviation": deviation])
        case .cutout(let size): Specification("cutout", ["size": size])
        case .mixup(let alpha): Specification("mixup", ["alpha": alpha])
        }
    }

    var needsColors: Bool {
        switch self {
        case .saturation, .hue: true
        case .flip, .rotate, .shift, .crop, .zoom, .shear, .elastic, .brightness, .contrast, .noise, .cutout, .mixup:
            false
        }
    }
}
