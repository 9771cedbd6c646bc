@_exported import NNGraph
@_exported import NNOpenCL
@_exported import NNReference
@_exported import NNTraining
