"""Messages and services that protoc makes of `cri.proto`."""

import importlib
import os
import sys
import tempfile

from grpc_tools import protoc

here = os.path.dirname(os.path.abspath(__file__))
with tempfile.TemporaryDirectory() as out:
    arguments = ["protoc", "-I" + here, "--python_out=" + out, "--grpc_python_out=" + out, "cri.proto"]
    if protoc.main(arguments) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, out)
    messages = importlib.import_module("cri_pb2")
    services = importlib.import_module("cri_pb2_grpc")
