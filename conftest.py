"""What pytest leaves out where an optional library is missing; `make test` has them all."""

import importlib.util

if importlib.util.find_spec("onnxruntime") is None or importlib.util.find_spec("onnx") is None:
    collect_ignore_glob = ["src/perdure/exporters/*", "tests/exporters/*"]
