import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { died } from '../../../support/events.ts';
import { httpReceiver, type ReceivedRequest } from '../../../support/http-receiver.ts';
import { forwardersIn, openSink } from '../../../support/sink.ts';

/**
 * The body of the push API in JSON: labels as Prometheus names them, instants in nanoseconds as
 * texts, structured metadata of texts (Loki's HTTP API, "Ingest logs").
 */
const push = z.strictObject({
  streams: z.array(
    z.strictObject({
      stream: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
      values: z.array(
        z.union([
          z.tuple([z.string().regex(/^\d{19}$/), z.string()]),
          z.tuple([z.string().regex(/^\d{19}$/), z.string(), z.record(z.string(), z.string())]),
        ]),
      ),
    }),
  ),
});

describe('the Loki sink', () => {
  it('pushes a stream for each engine and type, in order', async () => {
    await using receiver = await httpReceiver(() => [204]);
    using sink = openSink(`loki: { url: '${receiver.origin}', tenant: team-a, labels: { env: prod } }`);
    const image = { ...died, seq: 43, type: 'image', action: 'pull', name: undefined };
    await expect(sink.send([died, image, { ...died, seq: 44 }])).resolves.toMatchObject({ result: 'done' });
    const { url, headers, body } = receiver.requests.at(0) as ReceivedRequest;
    expect([url, headers['content-type'], headers['x-scope-orgid']]).toEqual([
      ...['/loki/api/v1/push', 'application/json', 'team-a'],
    ]);
    const { streams } = push.parse(JSON.parse(body));
    expect(streams.map(({ stream }) => stream)).toEqual([
      { job: 'tidings', host: expect.any(String), env: 'prod', engine: 'docker', type: 'container' },
      { job: 'tidings', host: expect.any(String), env: 'prod', engine: 'docker', type: 'image' },
    ]);
    const [time, line, metadata] = streams[0]?.values[0] ?? [];
    expect([time, metadata]).toEqual([
      '1652174434661862100',
      { cursor: 'k3f:42.7u', action: 'die', name: 'web', id: '3277' },
    ]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      kind: 'event',
      name: 'web',
      attributes: { exitCode: '137' },
    });
    expect(streams[0]?.values).toHaveLength(2);
  });

  it('states the reason of a refusal', async () => {
    await using receiver = await httpReceiver(() => [400, "entry for stream '{}' has timestamp too old\n"]);
    using sink = openSink(`loki: { url: '${receiver.origin}/other/push', metadata: false }`);
    await expect(sink.send([died])).resolves.toMatchObject({
      ...{ result: 'failed', refusal: 'event', retry: false },
      detail: "it answered 400 Bad Request: entry for stream '{}' has timestamp too old",
    });
    expect(receiver.requests[0]?.url).toBe('/other/push');
    expect(push.parse(JSON.parse(receiver.requests[0]?.body ?? '')).streams[0]?.values[0]).toHaveLength(2);
  });

  it('checks the names of labels', () => {
    expect(() =>
      forwardersIn("forward: [{ name: a, loki: { url: 'http://x', labels: { a-b: c } } }]"),
    ).toThrow(/must be the name of a label/);
  });
});
