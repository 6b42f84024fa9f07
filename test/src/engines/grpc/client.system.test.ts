import { firstValueFrom, lastValueFrom, Subject, take, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { type GrpcClient, overGrpc } from '../../../../src/engines/grpc/client.ts';
import { parseProto } from '../../../../src/engines/grpc/schema.ts';
import { grpcServer } from '../../../support/grpc-server.ts';
import { grpcPython } from '../../../support/isulad-client.ts';

const schema = parseProto(`
  syntax = "proto3";
  package test;
  message Value { string text = 1; int64 number = 2; map<string, string> labels = 3; repeated int32 list = 4; google.protobuf.Timestamp time = 5; }
  service Service {
    rpc echo(Value) returns (Value); rpc header(Value) returns (Value); rpc refuse(Value) returns (Value);
    rpc silent(Value) returns (Value); rpc garbage(Value) returns (Value); rpc large(Value) returns (Value);
    rpc missing(Value) returns (Value); rpc three(Value) returns (stream Value); rpc endless(Value) returns (stream Value);
  }
`);

interface Value {
  readonly text?: string;
  readonly number?: bigint;
  readonly labels?: Readonly<Record<string, string>>;
  readonly list?: readonly number[];
  readonly time?: { readonly seconds: bigint; readonly nanos: number } | null;
}

const method = (name: string): ReturnType<typeof schema.method<Value, Value>> =>
  schema.method<Value, Value>(`test.Service/${name}`);

const call = (
  socket: string,
  name: string,
  request: Value = {},
  options: Parameters<GrpcClient['unary']>[2] = {},
): Promise<Value> =>
  firstValueFrom(overGrpc(socket, (client) => client.unary(method(name), request, options)));

/** A call without an answer, in virtual time. */
function silentCall(path: string): { readonly failure: Promise<unknown>; expire(): void } {
  const scheduler = new TestScheduler(() => undefined);
  scheduler.maxFrames = 10_000;
  const silent = overGrpc(path, (client) => client.unary(method('silent'), {}), { scheduler });
  const failure = new Promise((resolve) => silent.subscribe({ error: resolve }));
  return { failure, expire: () => scheduler.flush() };
}

describe.skipIf(grpcPython === undefined)('a gRPC client, of a server that is not Node', () => {
  it('brings a message there and back as it was, 64-bit numbers included', async () => {
    const { socket } = await grpcServer('grpc-server.py');
    const value = {
      ...{ text: 'ä\u0000\u001b', number: -(2n ** 62n), labels: { __proto__x: '1', b: '' } },
      ...{ list: [1, -2], time: { seconds: 1_700_000_000n, nanos: 5 } },
    };
    expect(await call(socket, 'echo', value)).toEqual(value);
    expect(await call(socket, 'echo')).toEqual({ text: '', number: 0n, labels: {}, list: [], time: null });
  });

  it('sends metadata; what no header can hold is a failed call', async () => {
    const { socket } = await grpcServer('grpc-server.py');
    const of = (namespace: string): Promise<Value> =>
      call(socket, 'header', {}, { headers: { 'containerd-namespace': namespace } });
    expect(await of('k8s.io')).toMatchObject({ text: 'k8s.io' });
    await expect(of('a\nb')).rejects.toMatchObject({ name: 'CallError', code: 'INTERNAL' });
  });

  it.each([
    ['refuse', 'PERMISSION_DENIED', 'it answers PERMISSION_DENIED: not [31myou [0m'],
    ['missing', 'UNIMPLEMENTED', 'it answers UNIMPLEMENTED: Method not found!'],
    ['garbage', 'INTERNAL', expect.stringContaining('it answers INTERNAL: ')],
    ['large', 'RESOURCE_EXHAUSTED', expect.stringContaining('16777216')],
  ])('fails at %s with code %s', async (name, code, message) => {
    const { socket } = await grpcServer('grpc-server.py');
    await expect(call(socket, name)).rejects.toMatchObject({ name: 'CallError', code, message });
  });

  it('gives a call up that takes too long, and cancels it', async () => {
    const server = await grpcServer('grpc-server.py');
    const { failure, expire } = silentCall(server.socket);
    await server.said('begun');
    expire();
    expect(await failure).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'it does not answer within 10000 ms',
    });
    await server.said('cancelled');
  });

  it('brings a stream to its end, with something in place of what cannot be read', async () => {
    const { socket } = await grpcServer('grpc-server.py');
    const streamed = overGrpc(socket, (client) =>
      client.stream(method('three'), {}, { onUnreadable: (_, bytes) => ({ text: `${bytes.length} bytes` }) }),
    );
    const texts = (await lastValueFrom(streamed.pipe(toArray()))).map(({ text }) => text);
    expect(texts).toEqual(['a', '3 bytes', 'b']);
    const strict = overGrpc(socket, (client) => client.stream(method('three'), {}));
    await expect(lastValueFrom(strict)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('cancels a stream when it is unsubscribed', async () => {
    const server = await grpcServer('grpc-server.py');
    const endless = overGrpc(server.socket, (client) => client.stream(method('endless'), {}));
    await lastValueFrom(endless.pipe(take(3)));
    await server.said('cancelled');
  });

  it('fails a stream whose server is killed', async () => {
    const server = await grpcServer('grpc-server.py');
    const begun = new Subject<void>();
    const endless = overGrpc(server.socket, (client) => client.stream(method('endless'), {}));
    const ended = new Promise((resolve) =>
      endless.subscribe({ next: () => begun.next(), error: resolve, complete: () => resolve('completed') }),
    );
    await firstValueFrom(begun);
    await server.kill();
    expect(await ended).toMatchObject({ name: 'CallError' });
  });
});
