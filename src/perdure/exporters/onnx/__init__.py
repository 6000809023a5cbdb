"""ONNX: the model as a graph of operations, made here and run by onnxruntime."""
