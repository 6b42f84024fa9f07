import fc from 'fast-check';
import { EMPTY, firstValueFrom, from, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { lastLines } from '../../../../src/engines/docker/logs.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { dockerControl } from '../../../../src/engines/docker/control.ts';

const framed = (stream: number, text: string): Buffer => {
  const bytes = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};

const read = async (
  bytes: Buffer,
  lines: number,
  cuts: readonly number[] = [],
): Promise<readonly string[]> => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const chunks = places.slice(1).map((to, i) => bytes.subarray(places[i], to));
  return await firstValueFrom(lastLines(from(chunks), lines));
};

describe('lastLines', () => {
  it('keeps the newest lines of both streams, wherever the bytes are cut', async () => {
    const bytes = Buffer.concat([
      framed(1, 'one\ntwo\n'),
      framed(2, 'thr'),
      framed(2, 'ee é\n'),
      framed(1, 'four'),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 10 }), async (cuts) => {
        expect(await read(bytes, 3, cuts)).toEqual(['two', 'three é', 'four']);
      }),
    );
  });

  it("takes a terminal's output as it is", async () => {
    expect(await read(Buffer.from('hello\r\nworld\r\n'), 5)).toEqual(['hello', 'world']);
    expect(await read(Buffer.from('hi\r\n'), 5)).toEqual(['hi']);
    expect(await read(Buffer.alloc(0), 5)).toEqual([]);
  });

  it('cuts a line without an end', async () => {
    const [line = '', ...others] = await read(framed(1, 'x'.repeat(10_000_000)), 5);
    expect(others).toEqual([]);
    expect(line).toBe(`${'x'.repeat(4096)}…`);
  });
});

describe.skipIf(!dockerdAvailable)('the log of a real container', () => {
  const dockerd = useDockerd();

  it('is had by its id, and its failed health checks and start by inspecting it', async () => {
    const id = await dockerd().launch({ command: ['sh', '-c', 'echo out; echo err >&2; echo end'] });
    await dockerd().api('POST', `/containers/${id}/wait`);
    const control = dockerControl(dockerd().socket);
    const logs = (of: string, lines: number): Observable<readonly string[]> =>
      control.logs?.(of, lines) ?? EMPTY;
    expect(await firstValueFrom(logs(id, 2))).toHaveLength(2);
    expect([...(await firstValueFrom(logs(id, 9)))].toSorted()).toEqual(['end', 'err', 'out']);
    const broken = await dockerd().create({ command: ['nosuch'] });
    await expect(dockerd().api('POST', `/containers/${broken}/start`)).rejects.toThrow(/nosuch/);
    expect((await firstValueFrom(control.inspect(broken)))?.error).toMatch(/nosuch/);
  });
});
