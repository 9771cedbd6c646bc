@_exported import NNFiles
@_exported import NNGraph
@_exported import NNModel
@_exported import NNOpenCL
@_exported import NNReference
@_exported import NNTraining
