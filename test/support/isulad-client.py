"""A client of iSulad's Events that is not Node's: what protoc makes of docs/isulad.proto, over grpcio.

isulad-client.py PROTO SOCKET OPTIONS: prints each event as a line of JSON, and last how the call ended. OPTIONS is
JSON: since and until ([seconds, nanos]), storeOnly, id, timeout (seconds), cancelAfter (events). With `method` and `request`, one call of that
method; with `path`, one of a method that is not in PROTO.
"""

import importlib
import json
import os
import sys
import tempfile

import grpc
import grpc_tools
from grpc_tools import protoc


def generated(proto):
    with tempfile.TemporaryDirectory() as out:
        folder, name = os.path.split(os.path.abspath(proto))
        known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
        arguments = ["protoc", "-I" + folder, "-I" + known, "--python_out=" + out, "--grpc_python_out=" + out, name]
        if protoc.main(arguments) != 0:
            sys.exit("protoc failed")
        sys.path.insert(0, out)
        module = name.removesuffix(".proto")
        return importlib.import_module(module + "_pb2"), importlib.import_module(module + "_pb2_grpc")


def say(value):
    print(json.dumps(value), flush=True)


def unary(messages, services, socket, options):
    """One call of another method: its answer as JSON, then how it ended."""
    from google.protobuf.json_format import MessageToDict

    method = options["method"]
    kind = "InspectContainer" if method == "Inspect" else method
    request = getattr(messages, kind + "Request")(**options.get("request", {}))
    with grpc.insecure_channel("unix://" + socket) as channel:
        try:
            answer = getattr(services.ContainerServiceStub(channel), method)(request, timeout=10)
            say({"answer": MessageToDict(answer, preserving_proto_field_name=True)})
            say({"code": "OK", "details": ""})
        except grpc.RpcError as error:
            say({"code": error.code().name, "details": error.details()})


def bare(socket, method):
    """A method that no definition here has."""
    with grpc.insecure_channel("unix://" + socket) as channel:
        try:
            channel.unary_unary(method)(b"", timeout=10)
        except grpc.RpcError as error:
            say({"code": error.code().name, "details": error.details()})


def main(proto, socket, options):
    if "path" in options:
        return bare(socket, options["path"])
    messages, services = generated(proto)
    if "method" in options:
        return unary(messages, services, socket, options)
    request = messages.EventsRequest(storeOnly=options.get("storeOnly", False), id=options.get("id", ""))
    for key in ("since", "until"):
        if key in options:
            seconds, nanos = options[key]
            getattr(request, key).seconds = seconds
            getattr(request, key).nanos = nanos
    with grpc.insecure_channel("unix://" + socket) as channel:
        call = services.ContainerServiceStub(channel).Events(request, timeout=options.get("timeout"))
        count = 0
        try:
            call.initial_metadata()
            say({"begun": True})
            for event in call:
                nano = event.timestamp.seconds * 10**9 + event.timestamp.nanos
                annotations = dict(sorted(event.annotations.items()))
                say({"timeNano": str(nano), "opt": event.opt, "id": event.id, "annotations": annotations})
                count += 1
                if count == options.get("cancelAfter"):
                    call.cancel()
        except grpc.RpcError:
            pass
        say({"code": call.code().name, "details": call.details()})


main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
