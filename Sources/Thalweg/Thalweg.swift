// One import for a program that trains and uses networks.
@_exported public import ThalwegDataSets
@_exported public import ThalwegEngine
@_exported public import ThalwegFormats
@_exported public import ThalwegModels
@_exported public import ThalwegNetworks
@_exported public import ThalwegTraining
