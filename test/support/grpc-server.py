"""A gRPC server that is not Node's, on a Unix socket: `grpc-server.py SOCKET`. Prints `ready`, then a line for each call
that a client cancels. Messages are bytes: no .proto is needed.
"""

import sys
import threading
from concurrent import futures

import grpc


def echo(request, context):
    return request


def header(request, context):
    """Answers with field 1, a text: the request's metadata `containerd-namespace`."""
    text = dict(context.invocation_metadata()).get("containerd-namespace", "").encode()
    return bytes([10, len(text)]) + text


def refuse(request, context):
    context.abort(grpc.StatusCode.PERMISSION_DENIED, "not\n\x1b[31myou\x1b[0m")


def until_cancelled(context):
    ended = threading.Event()

    def end():
        print("cancelled", flush=True)
        ended.set()

    print("begun", flush=True)
    if not context.add_callback(end):
        end()
    return ended


def silent(request, context):
    until_cancelled(context).wait()
    return b""


def garbage(request, context):
    return b"\xff\xff\xff"


def large(request, context):
    return b"\x0a" + b"\x80\x80\x80\x09" + b"x" * (18 * 1024 * 1024)


def three(request, context):
    yield b"\x0a\x01a"
    yield b"\xff\xff\xff"
    yield b"\x0a\x01b"


def endless(request, context):
    ended = until_cancelled(context)
    while not ended.wait(0.01):
        yield b"\x0a\x01a"


UNARY = (echo, header, refuse, silent, garbage, large)
STREAMS = (three, endless)
unary = {each.__name__: grpc.unary_unary_rpc_method_handler(each) for each in UNARY}
streams = {each.__name__: grpc.unary_stream_rpc_method_handler(each) for each in STREAMS}
server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Service", {**unary, **streams})])
server.add_insecure_port("unix:" + sys.argv[1])
server.start()
print("ready", flush=True)
server.wait_for_termination()
