"""The kubelet's part, played on a real runtime: `cri-client.py SOCKET STEPS`. STEPS is a JSON list of lists: a method of the
CRI and its request in protobuf's JSON. Ids of answers can be used later as `$0`, `$1` … Prints those ids as a JSON list.
"""

import json
import sys

import grpc
from google.protobuf import json_format

from cri_proto import messages, services

REQUESTS = {
    "RunPodSandbox": messages.RunPodSandboxRequest,
    "StopPodSandbox": messages.PodSandboxRequest,
    "RemovePodSandbox": messages.PodSandboxRequest,
    "CreateContainer": messages.CreateContainerRequest,
    "StartContainer": messages.ContainerRequest,
    "StopContainer": messages.StopContainerRequest,
    "RemoveContainer": messages.ContainerRequest,
}
ids = []
failures = []
with grpc.insecure_channel("unix://" + sys.argv[1]) as channel:
    runtime = services.RuntimeServiceStub(channel)
    for method, request in json.loads(sys.argv[2]):
        text = json.dumps(request)
        for index in reversed(range(len(ids))):
            text = text.replace("$%d" % index, ids[index])
        try:
            answer = getattr(runtime, method)(json_format.Parse(text, REQUESTS[method]()), timeout=60)
        except grpc.RpcError as error:
            failures.append(error.details())
            continue
        for _, value in answer.ListFields():
            ids.append(value)
print(json.dumps({"ids": ids, "failures": failures}))
