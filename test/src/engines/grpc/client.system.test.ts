import { firstValueFrom, lastValueFrom, Subject, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { overGrpc } from '../../../../src/engines/grpc/client.ts';
import { grpcServer } from '../../../support/grpc-server.ts';
import { grpcPython } from '../../../support/isulad-client.ts';
import { call, method, silentCall, type Value } from '../../../support/grpc-client.ts';

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
