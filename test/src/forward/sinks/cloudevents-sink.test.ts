import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { died } from '../../../support/events.ts';
import { httpReceiver, type ReceivedRequest } from '../../../support/http-receiver.ts';
import { openSink } from '../../../support/sink.ts';

/** The public schema of the JSON format. The source, a relative URI, is compared below. */
const schema = z.fromJSONSchema(
  JSON.parse(
    readFileSync(new URL('../../../support/cloudevents.json', import.meta.url), 'utf8').replace(
      '"format": "uri-reference",',
      '',
    ),
  ) as never,
);

const second = { ...died, seq: 43, name: undefined, id: 'a b', action: 'exec_create: sh -c "x"' };

describe('the sink of CloudEvents', () => {
  it('posts a batch in the structured format', async () => {
    await using receiver = await httpReceiver();
    using sink = openSink(`cloudevents: { url: '${receiver.origin}/' }`);
    await expect(sink.send([died, second])).resolves.toMatchObject({ result: 'done' });
    const { body, headers } = receiver.requests.at(0) as ReceivedRequest;
    expect(receiver.requests).toHaveLength(1);
    expect(headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
    const events = JSON.parse(body) as unknown[];
    for (const event of events) expect(schema.safeParse(event).error).toBe(undefined);
    expect(events).toEqual([
      {
        ...{ specversion: '1.0', id: 'k3f:42.7u', subject: 'web', datacontenttype: 'application/json' },
        source: expect.stringMatching(/^\/tidings\/[^/]+\/docker$/),
        type: 'tidings.container.die',
        time: '2022-05-10T09:20:34.661862100Z',
        data: expect.objectContaining({ kind: 'event', cursor: 'k3f:42.7u', name: 'web' }),
      },
      expect.objectContaining({ type: 'tidings.container.exec_create', subject: 'a b' }),
    ]);
    expect(schema.safeParse({ id: 'x' }).success).toBe(false);
  });

  it('posts one event a request, in order, up to the first that is not accepted', async () => {
    let answers = 0;
    await using receiver = await httpReceiver(() => [answers++ === 1 ? 503 : 200]);
    using sink = openSink(`cloudevents: { url: '${receiver.origin}/', mode: structured }`);
    await expect(sink.send([died, second, { ...died, seq: 44 }])).resolves.toMatchObject({
      ...{ result: 'failed', retry: true, accepted: 1 },
    });
    expect(receiver.requests).toHaveLength(2);
    for (const { body, headers } of receiver.requests) {
      expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
      expect(schema.safeParse(JSON.parse(body)).success).toBe(true);
    }
    await expect(sink.send([died])).resolves.toMatchObject({ result: 'done' });
  });
});
