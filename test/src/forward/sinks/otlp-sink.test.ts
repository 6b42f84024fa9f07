import { describe, expect, it } from 'vitest';
import { died } from '../../../support/events.ts';
import { httpReceiver, type ReceivedRequest } from '../../../support/http-receiver.ts';
import { faultsOfExport } from '../../../support/otlp.ts';
import { openSink } from '../../../support/sink.ts';

interface LogRecord {
  readonly timeUnixNano: string;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: unknown;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

const recordsIn = (body: string): readonly LogRecord[] => {
  const { resourceLogs } = JSON.parse(body) as {
    resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[];
  };
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
};

describe('the OTLP sink', () => {
  it('sends log records that follow the public schema, with the names of the semantic conventions', async () => {
    await using receiver = await httpReceiver(() => [200, '{}']);
    using sink = openSink(`otlp: { url: '${receiver.origin}/v1/logs' }`);
    const attributes = {
      exitCode: '137',
      image: 'r.example:5000/a/web:1.4@sha256:abcd',
      tier: 'front',
      pid: '7',
    };
    const gap = { ...died, seq: 43, type: 'daemon', action: 'gap', id: '', name: 'docker', attributes: {} };
    await expect(sink.send([{ ...died, attributes }, gap])).resolves.toEqual({
      ...{ result: 'done', detail: 'it answered 200', retry: false },
    });
    const { body, headers } = receiver.requests.at(0) as ReceivedRequest;
    expect(headers['content-type']).toBe('application/json');
    expect(faultsOfExport(JSON.parse(body))).toEqual([]);
    const [first, second] = recordsIn(body);
    expect(first).toMatchObject({
      ...{ timeUnixNano: '1652174434661862100', severityText: 'WARN', eventName: 'container.die' },
      body: { stringValue: 'container die web' },
    });
    expect(
      Object.fromEntries(first?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []),
    ).toEqual({
      'log.record.uid': 'k3f:42.7u',
      'tidings.type': 'container',
      'tidings.action': 'die',
      'tidings.engine': 'docker',
      'container.id': '3277',
      'container.name': 'web',
      'container.runtime.name': 'docker',
      'container.image.name': 'r.example:5000/a/web',
      'container.image.tags': { values: [{ stringValue: '1.4' }] },
      'container.image.repo_digests': { values: [{ stringValue: 'r.example:5000/a/web@sha256:abcd' }] },
      'process.exit.code': '137',
      'process.pid': '7',
      'tidings.attributes.tier': 'front',
    });
    expect(second).toMatchObject({ eventName: 'daemon.gap', severityText: 'WARN' });
  });

  it('would be refused by the receiver for a wrong field, or a number of 64 bits', () => {
    expect(
      faultsOfExport({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: 1, colour: 2 }] }] }] }),
    ).toEqual([
      expect.stringContaining('must be fixed64'),
      expect.stringContaining('colour is not in the schema'),
    ]);
  });

  it('counts the records that the receiver took and rejected', async () => {
    const answers = [
      '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}',
      '',
      'null',
      '[1',
    ];
    await using receiver = await httpReceiver(() => [200, answers.shift() ?? '']);
    using sink = openSink(`otlp: { url: '${receiver.origin}/v1/logs' }`);
    await expect(sink.send([died, died])).resolves.toMatchObject({ result: 'done', rejected: 1 });
    for (let i = 0; i < 3; i++) await expect(sink.send([died])).resolves.not.toHaveProperty('rejected');
  });
});
