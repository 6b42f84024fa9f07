/** The parts of containerd's API that are used. */
import { type Codec, type Method, parseProto } from '../grpc/message-schema.ts';
import type { Timestamp } from '../grpc/timestamp.ts';

const SERVICES = `
syntax = "proto3";
package containerd.services.events.v1;
message SubscribeRequest { repeated string filters = 1; }
message Envelope { google.protobuf.Timestamp timestamp = 1; string namespace = 2; string topic = 3; google.protobuf.Any event = 4; }
service Events { rpc Subscribe(SubscribeRequest) returns (stream Envelope); }
`;
const INTROSPECTION = `
syntax = "proto3";
package containerd.services.introspection.v1;
message None {}
message ServerResponse { string uuid = 1; }
service Introspection { rpc Server(None) returns (ServerResponse); }
`;
const VERSION = `
syntax = "proto3";
package containerd.services.version.v1;
message None {}
message VersionResponse { string version = 1; }
service Version { rpc Version(None) returns (VersionResponse); }
`;
const NAMESPACES = `
syntax = "proto3";
package containerd.services.namespaces.v1;
message Namespace { string name = 1; }
message ListRequest { string filter = 1; }
message ListResponse { repeated Namespace namespaces = 1; }
service Namespaces { rpc List(ListRequest) returns (ListResponse); }
`;
/** Labels stay bytes until the count of kept labels is known: see `readLabels`. */
const CONTAINERS = `
syntax = "proto3";
package containerd.services.containers.v1;
message Container { string id = 1; repeated bytes labels = 2; string image = 3; string snapshotter = 6; string snapshot_key = 7; google.protobuf.Timestamp created_at = 8; }
message Labelled { string id = 1; map<string, string> labels = 2; }
message Mask { repeated string paths = 1; }
message Named { string id = 1; }
message None {}
message GetResponse { Container container = 1; }
message UpdateRequest { Labelled container = 1; Mask update_mask = 2; }
service Containers { rpc Get(Named) returns (GetResponse); rpc ListStream(None) returns (stream GetResponse); rpc Update(UpdateRequest) returns (None); rpc Delete(Named) returns (None); }
`;
/** The first field of a listed process, its container, is always empty. */
const TASKS = `
syntax = "proto3";
package containerd.services.tasks.v1;
message Process { string id = 2; uint32 pid = 3; uint32 status = 4; uint32 exit_status = 9; google.protobuf.Timestamp exited_at = 10; }
message ListRequest { string filter = 1; }
message ListResponse { repeated Process tasks = 1; }
message GetResponse { Process process = 1; }
message Task { string container_id = 1; }
message KillRequest { string container_id = 1; uint32 signal = 3; bool all = 4; }
message None {}
service Tasks { rpc Get(Task) returns (GetResponse); rpc List(ListRequest) returns (ListResponse); rpc Delete(Task) returns (None); rpc Kill(KillRequest) returns (None); rpc Wait(Task) returns (None); }
`;
const SNAPSHOTS = `
syntax = "proto3";
package containerd.services.snapshots.v1;
message RemoveRequest { string snapshotter = 1; string key = 2; }
message None {}
service Snapshots { rpc Remove(RemoveRequest) returns (None); }
`;

/** Events by the numbers of their fields; one message serves for all whose fields agree. */
const EVENTS = `
syntax = "proto3";
package tidings.containerd;
message Named { string name = 1; string snapshotter = 5; }
message ContainerCreate { string id = 1; string image = 2; }
message ContainerUpdate { string id = 1; string image = 2; repeated bytes labels = 3; }
message TaskCreate { string id = 1; uint32 pid = 6; }
message TaskStart { string id = 1; uint32 pid = 2; }
message TaskExit { string id = 1; string process = 2; uint32 pid = 3; uint32 exit_status = 4; google.protobuf.Timestamp exited_at = 5; }
message TaskDelete { string id = 1; uint32 pid = 2; uint32 exit_status = 3; string process = 5; }
message TaskExec { string id = 1; string process = 2; uint32 pid = 3; }
message SandboxExit { string id = 1; uint32 exit_status = 2; }
`;

const schema = parseProto(SERVICES, INTROSPECTION, VERSION, NAMESPACES, CONTAINERS, TASKS, SNAPSHOTS, EVENTS);

export interface Envelope {
  readonly timestamp: Timestamp | null;
  readonly namespace: string;
  readonly topic: string;
  readonly event: { readonly value: Uint8Array } | null;
}
export interface Container {
  readonly id: string;
  readonly labels: readonly Uint8Array[];
  readonly image: string;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly createdAt: Timestamp | null;
}
/** `status`: 1 created, 2 running, 3 stopped, 4 paused, 5 pausing. */
export interface Task {
  readonly id: string;
  readonly pid: number;
  readonly status: number;
  readonly exitStatus: number;
  readonly exitedAt: Timestamp | null;
}
/** Some fields of an event, with the same names for all events. */
export interface Said {
  readonly id?: string;
  readonly name?: string;
  readonly image?: string;
  readonly labels?: readonly Uint8Array[];
  readonly process?: string;
  readonly pid?: number;
  readonly exitStatus?: number;
  readonly exitedAt?: Timestamp | null;
  readonly snapshotter?: string;
}
type Nothing = Readonly<Record<string, never>>;
interface Labelled {
  readonly container: { readonly id: string; readonly labels: Readonly<Record<string, string>> };
  readonly updateMask: { readonly paths: readonly string[] };
}

const of = <Request, Response>(name: string): Method<Request, Response> =>
  schema.method(`containerd.services.${name}`);

interface Api {
  readonly subscribe: Method<{ filters: readonly string[] }, Envelope>;
  readonly server: Method<Nothing, { uuid: string }>;
  readonly version: Method<Nothing, { version: string }>;
  readonly listNamespaces: Method<Nothing, { namespaces: readonly { name: string }[] }>;
  readonly getContainer: Method<{ id: string }, { container: Container | null }>;
  readonly listContainers: Method<Nothing, { container: Container | null }>;
  readonly updateContainer: Method<Labelled, Nothing>;
  readonly deleteContainer: Method<{ id: string }, Nothing>;
  readonly getTask: Method<{ containerId: string }, { process: Task | null }>;
  readonly listTasks: Method<Nothing, { tasks: readonly Task[] }>;
  readonly killTask: Method<{ containerId: string; signal: number; all: boolean }, Nothing>;
  readonly waitTask: Method<{ containerId: string }, Nothing>;
  readonly deleteTask: Method<{ containerId: string }, Nothing>;
  readonly removeSnapshot: Method<{ snapshotter: string; key: string }, Nothing>;
}

/** containerd's methods. */
export const api: Api = {
  subscribe: of('events.v1.Events/Subscribe'),
  server: of('introspection.v1.Introspection/Server'),
  version: of('version.v1.Version/Version'),
  listNamespaces: of('namespaces.v1.Namespaces/List'),
  getContainer: of('containers.v1.Containers/Get'),
  listContainers: of('containers.v1.Containers/ListStream'),
  updateContainer: of('containers.v1.Containers/Update'),
  deleteContainer: of('containers.v1.Containers/Delete'),
  getTask: of('tasks.v1.Tasks/Get'),
  listTasks: of('tasks.v1.Tasks/List'),
  killTask: of('tasks.v1.Tasks/Kill'),
  waitTask: of('tasks.v1.Tasks/Wait'),
  deleteTask: of('tasks.v1.Tasks/Delete'),
  removeSnapshot: of('snapshots.v1.Snapshots/Remove'),
};

/** The message of an event, by its name above. */
export function eventMessage(name: string): Codec<Said> {
  return schema.message<Said>(`tidings.containerd.${name}`);
}

/** The header that every call about containers needs. */
export function inNamespace(namespace: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { 'containerd-namespace': namespace } };
}
