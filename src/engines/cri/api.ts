/** The parts of Kubernetes' Container Runtime Interface (CRI v1) that are used. */
import { type Method, parseProto } from '../grpc/message-schema.ts';

/** Labels stay bytes until it is known how many of them are kept: see `readLabels`. */
const schema = parseProto(`
syntax = "proto3";
package runtime.v1;
message None {}
message VersionResponse { string runtime_name = 2; string runtime_version = 3; }
message ContainerMetadata { string name = 1; }
message PodSandboxMetadata { string name = 1; string uid = 2; string namespace = 3; }
message ImageSpec { string image = 1; }
message Container { string id = 1; string pod_sandbox_id = 2; int32 state = 6; }
message ContainerStatus { string id = 1; ContainerMetadata metadata = 2; int32 state = 3; int64 created_at = 4; int64 started_at = 5; int64 finished_at = 6; int32 exit_code = 7; ImageSpec image = 8; string reason = 10; repeated bytes labels = 12; }
message PodSandbox { string id = 1; PodSandboxMetadata metadata = 2; int32 state = 3; int64 created_at = 4; repeated bytes labels = 5; }
message PodSandboxStatus { string id = 1; PodSandboxMetadata metadata = 2; int32 state = 3; int64 created_at = 4; repeated bytes labels = 7; }
message ListContainersResponse { repeated Container containers = 1; }
message ListPodSandboxResponse { repeated PodSandbox items = 1; }
message ContainerRequest { string container_id = 1; }
message ContainerStatusResponse { ContainerStatus status = 1; }
message Event { string container_id = 1; int32 container_event_type = 2; int64 created_at = 3; PodSandboxStatus pod_sandbox_status = 4; repeated ContainerStatus containers_statuses = 5; }
service RuntimeService {
  rpc Version(None) returns (VersionResponse);
  rpc ListPodSandbox(None) returns (ListPodSandboxResponse);
  rpc ListContainers(None) returns (ListContainersResponse);
  rpc ContainerStatus(ContainerRequest) returns (ContainerStatusResponse);
  rpc RemoveContainer(ContainerRequest) returns (None);
  rpc StartContainer(ContainerRequest) returns (None);
  rpc GetContainerEvents(None) returns (stream Event);
}
`);

/** A pod's sandbox. `state`: 0 ready, 1 not ready. Times are nanoseconds since the Unix epoch, or 0. */
export interface Pod {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly namespace: string } | null;
  readonly state: number;
  readonly createdAt: bigint;
  readonly labels: readonly Uint8Array[];
}
/** A container as it is listed. `state`: 0 created, 1 running, 2 exited, 3 unknown. */
export interface CriListed {
  readonly id: string;
  readonly podSandboxId: string;
  readonly state: number;
}
export interface Status {
  readonly id: string;
  readonly metadata: { readonly name: string } | null;
  readonly state: number;
  readonly createdAt: bigint;
  readonly startedAt: bigint;
  readonly finishedAt: bigint;
  readonly exitCode: number;
  readonly image: { readonly image: string } | null;
  readonly reason: string;
  readonly labels: readonly Uint8Array[];
}
/** `containerEventType`: 0 created, 1 started, 2 stopped, 3 deleted. */
export interface CriEvent {
  readonly containerId: string;
  readonly containerEventType: number;
  readonly createdAt: bigint;
  readonly podSandboxStatus: Pod | null;
  readonly containersStatuses: readonly Status[];
}
type Nothing = Readonly<Record<string, never>>;
interface OfContainer {
  readonly containerId: string;
}

const of = <Request, Response>(name: string): Method<Request, Response> =>
  schema.method(`runtime.v1.RuntimeService/${name}`);

interface Api {
  readonly version: Method<Nothing, { runtimeName: string; runtimeVersion: string }>;
  readonly listPods: Method<Nothing, { items: readonly Pod[] }>;
  readonly listContainers: Method<Nothing, { containers: readonly CriListed[] }>;
  readonly containerStatus: Method<OfContainer, { status: Status | null }>;
  readonly removeContainer: Method<OfContainer, Nothing>;
  readonly startContainer: Method<OfContainer, Nothing>;
  readonly events: Method<Nothing, CriEvent>;
}

/** CRI's methods. */
export const api: Api = {
  version: of('Version'),
  listPods: of('ListPodSandbox'),
  listContainers: of('ListContainers'),
  containerStatus: of('ContainerStatus'),
  removeContainer: of('RemoveContainer'),
  startContainer: of('StartContainer'),
  events: of('GetContainerEvents'),
};
