import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { firstValueFrom, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GrpcClient, overGrpc } from '../../../../src/engines/grpc/client.ts';
import { parseProto } from '../../../../src/engines/grpc/schema.ts';

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

describe('a gRPC client, of another server than gRPC', () => {
  const directory = (): string => {
    const path = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  /** A server that does with each connection as it is told. */
  const serve = async (handle: (socket: Socket) => void): Promise<string> => {
    const path = join(directory(), 's');
    const open = new Set<Socket>();
    const server: Server = createServer((socket) => {
      open.add(socket.on('error', () => undefined));
      handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => {
      for (const socket of open) socket.destroy();
      server.close();
    });
    return path;
  };

  it('says ENOENT where there is nothing', async () => {
    await expect(call(join(directory(), 's'), 'echo')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says ECONNREFUSED where a directory is in its place', async () => {
    const path = join(directory(), 's');
    mkdirSync(path);
    await expect(call(path, 'echo')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['answers HTTP', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['answers random bytes', (socket: Socket) => void socket.write(Buffer.alloc(4096, 0xa5))],
    ['hangs up', (socket: Socket) => void socket.destroy()],
  ])('says so of one that %s', async (_, handle) => {
    const path = await serve(handle);
    await expect(call(path, 'echo')).rejects.toMatchObject({ name: 'CallError', code: 'UNAVAILABLE' });
  });

  it('gives one up that accepts and says nothing, by the scheduler alone', async () => {
    const connected = new Subject<void>();
    const path = await serve(() => connected.next());
    const { failure, expire } = silentCall(path);
    await firstValueFrom(connected);
    expire();
    expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
