"""A CRI runtime that is not Node's, on a Unix socket: `cri-server.py SOCKET [listing]`; with `listing` it has no events.

Each line of its input is JSON: `{"pods": [...], "containers": [...], "events": [...]}` in protobuf's JSON, names as in
`cri.proto`. Pods and statuses replace all before; events go to everyone who follows. Prints `ready`, and `followed` for each
subscription.
"""

import json
import queue
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import json_format

from cri_proto import messages, services

state = {"pods": [], "containers": []}
followers = []


class Runtime(services.RuntimeServiceServicer):
    def Version(self, request, context):
        return messages.VersionResponse(version="0.1.0", runtime_name="python", runtime_version="1.0")

    def ListPodSandbox(self, request, context):
        return json_format.ParseDict({"items": state["pods"]}, messages.ListPodSandboxResponse())

    def ListContainers(self, request, context):
        known = ("id", "pod_sandbox_id", "metadata", "state", "labels")
        listed = [{key: each[key] for key in known if key in each} for each in state["containers"]]
        return json_format.ParseDict({"containers": listed}, messages.ListContainersResponse())

    def ContainerStatus(self, request, context):
        for each in state["containers"]:
            if each["id"] == request.container_id:
                status = {key: value for key, value in each.items() if key != "pod_sandbox_id"}
                return json_format.ParseDict({"status": status}, messages.ContainerStatusResponse())
        context.abort(grpc.StatusCode.NOT_FOUND, "no such container")

    def RemoveContainer(self, request, context):
        state["containers"] = [each for each in state["containers"] if each["id"] != request.container_id]
        return messages.Nothing()


class Telling(Runtime):
    def GetContainerEvents(self, request, context):
        events = queue.Queue()
        followers.append(events)
        context.add_callback(lambda: events.put(None))
        print("followed", flush=True)
        while (event := events.get()) is not None:
            yield event


server = grpc.server(futures.ThreadPoolExecutor(16))
services.add_RuntimeServiceServicer_to_server(Runtime() if "listing" in sys.argv else Telling(), server)
server.add_insecure_port("unix:" + sys.argv[1])
server.start()
print("ready", flush=True)
for line in sys.stdin:
    told = json.loads(line)
    for key in ("pods", "containers"):
        if key in told:
            state[key] = told[key]
    for event in told.get("events", []):
        for follower in followers:
            follower.put(json_format.ParseDict(event, messages.ContainerEventResponse()))
    print("done", flush=True)
threading.Event().wait()
