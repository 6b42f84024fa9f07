"""A containerd that only lists, on a Unix socket: `containerd-list.py SOCKET COUNT BYTES`: that many containers, each with a
label of that many bytes and a short one. Prints `ready`, and `listed` after each list.
"""

import sys
import threading
from concurrent import futures

import grpc

COUNT, BYTES = int(sys.argv[2]), int(sys.argv[3])


def field(number, content):
    """A field of bytes, a text or a message."""
    length, size = b"", len(content)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def label(key, value):
    return field(2, field(1, key) + field(2, value))


LONG = label(b"long", b"x" * BYTES)


def uuid(request, context):
    return field(1, b"0a0b0c0d-0000-4000-8000-000000000000")


def version(request, context):
    return field(1, b"v0.1.0")


def namespaces(request, context):
    return field(1, field(1, b"default"))


def tasks(request, context):
    return b""


def get(request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no such container")


def containers(request, context):
    for i in range(COUNT):
        name = b"c%d" % i
        yield field(1, field(1, name) + label(b"nerdctl/name", name) + LONG + field(3, b"box"))
    print("listed", flush=True)


def subscribe(request, context):
    ended = threading.Event()
    if context.add_callback(ended.set):
        ended.wait()
    yield from ()


HANDLERS = {
    "containerd.services.introspection.v1.Introspection": {"Server": uuid},
    "containerd.services.version.v1.Version": {"Version": version},
    "containerd.services.namespaces.v1.Namespaces": {"List": namespaces},
    "containerd.services.tasks.v1.Tasks": {"List": tasks},
    "containerd.services.containers.v1.Containers": {"Get": get, "ListStream": containers},
    "containerd.services.events.v1.Events": {"Subscribe": subscribe},
}
STREAMS = ("ListStream", "Subscribe")


def handler(name, method):
    if name in STREAMS:
        return grpc.unary_stream_rpc_method_handler(method)
    return grpc.unary_unary_rpc_method_handler(method)


server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.max_send_message_length", -1)])
server.add_generic_rpc_handlers(
    [
        grpc.method_handlers_generic_handler(service, {name: handler(name, each) for name, each in methods.items()})
        for service, methods in HANDLERS.items()
    ]
)
server.add_insecure_port("unix:" + sys.argv[1])
server.start()
print("ready", flush=True)
server.wait_for_termination()
