"""A model of the iSulad daemon: `isulad-daemon.py SOCKET [STATE]`. Prints `ready`.

It behaves as iSulad's events module and container service do: 64 events are kept and replayed to each subscriber, which
gets nothing before that; `storeOnly` is ignored; a call ends up to 1 s after `until`; errors are `cc` and `errmsg`.
STATE is a file of containers that survives a kill. Each line of its input is JSON:

{"container": {...}}           creates or replaces one: id, name, image, labels, status, pid, exitCode, policy, autoRemove
{"event": [opt, id, {...}]}    an event now, with further annotations; `"at": [seconds, nanos]` is its time
{"fail": {"Inspect": "words"}} fails a method from now on; null ends that
{"silent": true}               Start, Restart and Delete tell no events: they would go into another FIFO
{"many": 1000}                 creates that many, each with labels
{"garbage": ["List"]}          from now on, answers of these methods are not protobuf
{"mute": ["List"]}             from now on, these methods do not answer
{"say": "x"}                   prints x: the lines before it have been carried out
"""

import json
import os
import queue
import socket as sockets
import sys
import tempfile
import threading
import time
from concurrent import futures

import grpc
import grpc_tools
from grpc_tools import protoc

PROTO = """
syntax = "proto3";
package containers;
import "google/protobuf/timestamp.proto";
message EventsRequest {
  google.protobuf.Timestamp since = 1; google.protobuf.Timestamp until = 2; bool storeOnly = 3; string id = 4;
}
message Event { google.protobuf.Timestamp timestamp = 1; string opt = 2; string id = 3; map<string, string> annotations = 4; }
message Container {
  string id = 1; int32 pid = 2; int32 status = 3; string image = 7; string command = 8; uint32 exit_code = 11;
  uint64 restartcount = 12; string startat = 13; string finishat = 14; string name = 16; string health_state = 17;
  int64 created = 18;
}
message ListRequest { map<string, string> filters = 1; bool all = 2; }
message ListResponse { repeated Container containers = 1; uint32 cc = 2; string errmsg = 3; }
message InspectRequest { string id = 1; bool bformat = 2; int32 timeout = 3; }
message InspectResponse { string ContainerJSON = 1; uint32 cc = 2; string errmsg = 3; }
message Empty {}
message VersionResponse {
  string version = 1; string git_commit = 2; string build_time = 3; string root_path = 4; uint32 cc = 5; string errmsg = 6;
}
message InfoResponse { uint32 cc = 1; string errmsg = 2; string version = 3; string nodename = 12; string isulad_root_dir = 18; }
message StartRequest { string id = 1; }
message RestartRequest { string id = 1; int32 timeout = 2; }
message DeleteRequest { string id = 1; bool force = 2; bool volumes = 3; }
message StartResponse { string id = 1; uint32 cc = 2; string errmsg = 3; }
message DeleteResponse { string id = 1; uint32 exit_status = 2; uint32 cc = 3; string errmsg = 4; }
service ContainerService {
  rpc Events(EventsRequest) returns (stream Event);
  rpc List(ListRequest) returns (ListResponse);
  rpc Inspect(InspectRequest) returns (InspectResponse);
  rpc Version(Empty) returns (VersionResponse);
  rpc Info(Empty) returns (InfoResponse);
  rpc Start(StartRequest) returns (StartResponse);
  rpc Restart(RestartRequest) returns (StartResponse);
  rpc Delete(DeleteRequest) returns (DeleteResponse);
}
"""

KEPT = 64
EXEC = 5  # ISULAD_ERR_EXEC


def generated():
    with tempfile.TemporaryDirectory() as out:
        with open(os.path.join(out, "isulad_model.proto"), "w") as file:
            file.write(PROTO)
        known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
        arguments = ["protoc", "-I" + out, "-I" + known, "--python_out=" + out, "--grpc_python_out=" + out]
        if protoc.main([*arguments, "isulad_model.proto"]) != 0:
            sys.exit("protoc failed")
        sys.path.insert(0, out)
        import isulad_model_pb2
        import isulad_model_pb2_grpc

        return isulad_model_pb2, isulad_model_pb2_grpc


pb, services = generated()


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".000000000+00:00" if seconds else "-"


class Daemon(services.ContainerServiceServicer):
    def __init__(self, state):
        self.lock = threading.Lock()
        self.state = state
        self.kept = []
        self.clients = []
        self.failures = {}
        self.garbage = []
        self.mute = []
        self.silent = False
        self.pids = 1000
        self.containers = {}
        if state and os.path.exists(state):
            with open(state) as file:
                self.containers = json.load(file)

    def save(self):
        if self.state:
            with open(self.state, "w") as file:
                json.dump(self.containers, file)

    def find(self, text):
        for each in self.containers.values():
            if text in (each["id"], each["name"]):
                return each
        found = [each for each in self.containers.values() if text and each["id"].startswith(text)]
        return found[0] if len(found) == 1 else None

    def tell(self, opt, id, more=None, at=None):
        now = time.time_ns()
        seconds, nanos = at or (now // 10**9, now % 10**9)
        event = pb.Event(opt=opt, id=id)
        event.timestamp.seconds, event.timestamp.nanos = seconds, nanos
        container = self.containers.get(id)
        if container:
            if container.get("pid"):
                event.annotations["pid"] = str(container["pid"])
            if container.get("exitCode"):
                event.annotations["exitCode"] = str(container["exitCode"])
            event.annotations["image"] = container["image"]
            event.annotations["name"] = container["name"]
            for key, value in container.get("labels", {}).items():
                event.annotations[key] = value
        for key, value in (more or {}).items():
            event.annotations[key] = value
        with self.lock:
            self.kept = [*self.kept, event][-KEPT:]
            for client in self.clients:
                client.put(event)

    def take(self, line):
        said = json.loads(line)
        if "container" in said:
            container = {"image": "busybox", "labels": {}, "status": 1, "pid": 0, "exitCode": 0, **said["container"]}
            container.setdefault("createdAt", time.time())
            self.containers[container["id"]] = container
            self.save()
        if "event" in said:
            self.tell(*said["event"], at=said.get("at"))
        if "fail" in said:
            self.failures.update(said["fail"])
        if "silent" in said:
            self.silent = said["silent"]
        if "many" in said:
            for i in range(said["many"]):
                id = f"{i:064x}"
                self.containers[id] = {
                    **{"id": id, "name": f"many-{i}", "image": "busybox", "labels": {"n": str(i), "team": "a"}},
                    **{"status": 3, "pid": i + 1, "exitCode": 0, "createdAt": time.time(), "startedAt": time.time()},
                }
        if "say" in said:
            print(said["say"], flush=True)
        self.garbage = said.get("garbage", self.garbage)
        self.mute = said.get("mute", self.mute)

    # The methods.

    def Events(self, request, context):
        mine = queue.Queue()
        with self.lock:
            replay = list(self.kept)
        until = request.until.seconds + request.until.nanos / 1e9 if request.HasField("until") else None
        since = (request.since.seconds, request.since.nanos)
        for event in replay:
            at = (event.timestamp.seconds, event.timestamp.nanos)
            if at < since:
                continue
            if until is not None and at > (request.until.seconds, request.until.nanos):
                break
            yield event
        with self.lock:
            # As iSulad does: a client is registered after the replay.
            self.clients.append(mine)
        try:
            while context.is_active():
                try:
                    event = mine.get(timeout=0.05)
                except queue.Empty:
                    if until is not None and time.time() > until + 0.5:
                        return
                    continue
                if (event.timestamp.seconds, event.timestamp.nanos) >= since:
                    yield event
        finally:
            with self.lock:
                self.clients.remove(mine)

    def failed(self, method, response, **more):
        words = self.failures.get(method)
        return None if words is None else response(cc=EXEC, errmsg=words, **more)

    def Version(self, request, context):
        return self.failed("Version", pb.VersionResponse) or pb.VersionResponse(version="2.1.5")

    def Info(self, request, context):
        known = pb.InfoResponse(version="2.1.5", nodename=sockets.gethostname(), isulad_root_dir="/var/lib/isulad")
        return self.failed("Info", pb.InfoResponse) or known

    def List(self, request, context):
        failed = self.failed("List", pb.ListResponse)
        if failed:
            return failed
        found = [each for each in self.containers.values() if request.all or each["status"] == 3]
        return pb.ListResponse(containers=[self.listed(each) for each in found])

    def listed(self, each):
        return pb.Container(
            id=each["id"],
            name=each["name"],
            image=each["image"],
            status=each["status"],
            pid=each["pid"],
            exit_code=each["exitCode"],
            startat=rfc3339(each.get("startedAt")),
            finishat=rfc3339(each.get("finishedAt")),
            created=int(each["createdAt"] * 10**9),
        )

    def Inspect(self, request, context):
        failed = self.failed("Inspect", pb.InspectResponse)
        if failed:
            return failed
        each = self.find(request.id)
        if each is None:
            return pb.InspectResponse(cc=EXEC, errmsg="No such image or container or accelerator:" + request.id)
        words = {1: "inited", 3: "running", 4: "exited", 5: "paused", 6: "restarting"}
        policy, _, most = each.get("policy", "no").partition(":")
        return pb.InspectResponse(
            ContainerJSON=json.dumps(
                {
                    "Id": each["id"],
                    "Name": each["name"],
                    "Image": each["image"],
                    "Created": rfc3339(each["createdAt"]),
                    "State": {
                        "Status": words.get(each["status"], "unknown"),
                        "Pid": each["pid"],
                        "ExitCode": each["exitCode"],
                        "StartedAt": rfc3339(each.get("startedAt")),
                        "FinishedAt": rfc3339(each.get("finishedAt")),
                    },
                    "HostConfig": {
                        "RestartPolicy": {"Name": policy, "MaximumRetryCount": int(most or 0)},
                        "AutoRemove": each.get("autoRemove", False),
                    },
                    "Config": {"Labels": each["labels"]},
                }
            )
        )

    def run(self, each):
        self.pids += 1
        each.update(status=3, pid=self.pids, exitCode=0, startedAt=time.time())
        self.save()

    def acted(self, method, request, act):
        print(f"{method} {request.id}", flush=True)
        response = pb.DeleteResponse if method == "Delete" else pb.StartResponse
        failed = self.failed(method, response)
        if failed:
            return failed
        each = self.find(request.id)
        if each is None:
            return response(cc=EXEC, errmsg="No such container:" + request.id)
        act(each)
        return response(id=each["id"])

    def Start(self, request, context):
        def act(each):
            self.run(each)
            if not self.silent:
                self.tell("container start", each["id"])

        return self.acted("Start", request, act)

    def Restart(self, request, context):
        def act(each):
            self.run(each)
            if not self.silent:
                self.tell("container restart", each["id"])

        return self.acted("Restart", request, act)

    def Delete(self, request, context):
        def act(each):
            if not self.silent:
                self.tell("container delete", each["id"])
            del self.containers[each["id"]]
            self.save()

        return self.acted("Delete", request, act)


class Odd(grpc.ServerInterceptor):
    """Makes methods answer garbage, or nothing."""

    def intercept_service(self, continuation, details):
        handler = continuation(details)
        method = details.method.rsplit("/", 1)[1]
        if method in daemon.garbage:
            return handler._replace(response_serializer=lambda _: b"\x0a\xff\xff\xff\xff\x0f\x00")
        if method in daemon.mute:
            return handler._replace(unary_unary=nothing, unary_stream=nothing)
        return handler


def nothing(request, context):
    ended = threading.Event()
    if context.add_callback(ended.set):
        ended.wait()


daemon = Daemon(sys.argv[2] if len(sys.argv) > 2 else None)
options = [("grpc.max_send_message_length", -1)]
server = grpc.server(futures.ThreadPoolExecutor(64), interceptors=[Odd()], options=options)
services.add_ContainerServiceServicer_to_server(daemon, server)
server.add_insecure_port("unix:" + sys.argv[1])
server.start()
print("ready", flush=True)
for line in sys.stdin:
    daemon.take(line)
    print("took", flush=True)
server.stop(None)
