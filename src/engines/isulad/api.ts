/**
 * The part of iSulad's gRPC API that following and controlling need: the fields of its
 * `container.proto`.
 */
import { type Codec, type Method, parseProto } from '../grpc/message-schema.ts';
import type { Timestamp } from '../grpc/timestamp.ts';

const schema = parseProto(`
  syntax = "proto3";
  package containers;
  message Nothing {}
  message EventsRequest { bool storeOnly = 3; }
  message Event {
    google.protobuf.Timestamp timestamp = 1; string opt = 2; string id = 3; map<string, string> annotations = 4;
  }
  message ListRequest { map<string, string> filters = 1; bool all = 2; }
  message Container {
    string id = 1; int32 pid = 2; int32 status = 3; string image = 7; uint32 exit_code = 11; uint64 restartcount = 12;
    string startat = 13; string finishat = 14; string name = 16; string health_state = 17; int64 created = 18;
  }
  message ListResponse { repeated bytes containers = 1; uint32 cc = 2; string errmsg = 3; }
  message InspectRequest { string id = 1; bool bformat = 2; int32 timeout = 3; }
  message InspectResponse { string ContainerJSON = 1; uint32 cc = 2; string errmsg = 3; }
  message VersionResponse { string version = 1; uint32 cc = 5; string errmsg = 6; }
  message InfoResponse { uint32 cc = 1; string errmsg = 2; string nodename = 12; string isulad_root_dir = 18; }
  message StartRequest { string id = 1; }
  message RestartRequest { string id = 1; int32 timeout = 2; }
  message ActResponse { string id = 1; uint32 cc = 2; string errmsg = 3; }
  message DeleteRequest { string id = 1; bool force = 2; bool volumes = 3; }
  message DeleteResponse { string id = 1; uint32 cc = 3; string errmsg = 4; }
  service ContainerService {
    rpc Events(EventsRequest) returns (stream Event);
    rpc List(ListRequest) returns (ListResponse);
    rpc Inspect(InspectRequest) returns (InspectResponse);
    rpc Version(Nothing) returns (VersionResponse);
    rpc Info(Nothing) returns (InfoResponse);
    rpc Start(StartRequest) returns (ActResponse);
    rpc Restart(RestartRequest) returns (ActResponse);
    rpc Delete(DeleteRequest) returns (DeleteResponse);
  }
`);

/** Result of a call: `cc` other than 0 is an error, in `errmsg`. */
export interface CallOutcome {
  readonly cc: number;
  readonly errmsg: string;
}

export interface IsuladEvent {
  readonly timestamp: Timestamp | null;
  readonly opt: string;
  readonly id: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ListedContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly pid: number;
  /** 1 created, 2 starting, 3 running, 4 stopped, 5 paused, 6 restarting. */
  readonly status: number;
  readonly exitCode: number;
  readonly restartcount: bigint;
  readonly startat: string;
  readonly finishat: string;
  readonly healthState: string;
  /** Nanoseconds since the Unix epoch. */
  readonly created: bigint;
}

/** A container of a list: a list of 100,000 is decoded in turns. */
export const listedContainer: Codec<ListedContainer> = schema.message('containers.Container');

const method = <Request, Response>(name: string): Method<Request, Response> =>
  schema.method(`containers.ContainerService/${name}`);

type Id = { readonly id: string };

interface Api {
  readonly events: Method<object, IsuladEvent>;
  readonly list: Method<
    { readonly all: boolean },
    CallOutcome & { readonly containers: readonly Uint8Array[] }
  >;
  readonly inspect: Method<
    Id & { readonly timeout: number },
    CallOutcome & { readonly ContainerJSON: string }
  >;
  readonly version: Method<object, CallOutcome & { readonly version: string }>;
  readonly info: Method<object, CallOutcome & { readonly nodename: string; readonly isuladRootDir: string }>;
  readonly start: Method<Id, CallOutcome>;
  readonly restart: Method<Id & { readonly timeout: number }, CallOutcome>;
  readonly remove: Method<Id & { readonly force: boolean; readonly volumes: boolean }, CallOutcome>;
}

export const api: Api = {
  events: method('Events'),
  list: method('List'),
  inspect: method('Inspect'),
  version: method('Version'),
  info: method('Info'),
  start: method('Start'),
  restart: method('Restart'),
  remove: method('Delete'),
};
