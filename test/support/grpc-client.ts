/** Calls of the test service of grpc-server.py. */
import { firstValueFrom } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type GrpcClient, overGrpc } from '../../src/engines/grpc/client.ts';
import { parseProto, type Schema } from '../../src/engines/grpc/message-schema.ts';

const schema: Schema = parseProto(`
  syntax = "proto3";
  package test;
  message Value { string text = 1; int64 number = 2; map<string, string> labels = 3; repeated int32 list = 4; google.protobuf.Timestamp time = 5; }
  service Service {
    rpc echo(Value) returns (Value); rpc header(Value) returns (Value); rpc refuse(Value) returns (Value);
    rpc silent(Value) returns (Value); rpc garbage(Value) returns (Value); rpc large(Value) returns (Value);
    rpc missing(Value) returns (Value); rpc three(Value) returns (stream Value); rpc endless(Value) returns (stream Value);
  }
`);

export interface Value {
  readonly text?: string;
  readonly number?: bigint;
  readonly labels?: Readonly<Record<string, string>>;
  readonly list?: readonly number[];
  readonly time?: { readonly seconds: bigint; readonly nanos: number } | null;
}

export const method = (name: string): ReturnType<typeof schema.method<Value, Value>> =>
  schema.method<Value, Value>(`test.Service/${name}`);

export const call = (
  socket: string,
  name: string,
  request: Value = {},
  options: Parameters<GrpcClient['unary']>[2] = {},
): Promise<Value> =>
  firstValueFrom(overGrpc(socket, (client) => client.unary(method(name), request, options)));

/** A call without an answer, in virtual time. */
export function silentCall(path: string): { readonly failure: Promise<unknown>; expire(): void } {
  const scheduler = new TestScheduler(() => undefined);
  scheduler.maxFrames = 10_000;
  const silent = overGrpc(path, (client) => client.unary(method('silent'), {}), { scheduler });
  const failure = new Promise((resolve) => silent.subscribe({ error: resolve }));
  return { failure, expire: () => scheduler.flush() };
}
