/** Answers of engines: Docker's and Podman's JSON, the messages of containerd, iSulad and CRI. */
import { createCollector } from '../../../src/collector/collector.ts';
import { encodeEvent } from '../../../src/encoders/ndjson-event.ts';
import { dockerJson } from '../../../src/encoders/docker.ts';
import { isulaLine } from '../../../src/encoders/isula.ts';
import { api as containerd, type Envelope } from '../../../src/engines/containerd/api.ts';
import {
  readMessage,
  timeOf,
  translate as fromContainerd,
} from '../../../src/engines/containerd/translate.ts';
import { api as cri } from '../../../src/engines/cri/api.ts';
import { CriTranslator } from '../../../src/engines/cri/translate.ts';
import { readInspected } from '../../../src/engines/docker/inspected.ts';
import { receive } from '../../../src/engines/docker/receive.ts';
import type { Received } from '../../../src/engines/engine.ts';
import { api as isulad } from '../../../src/engines/isulad/api.ts';
import { translate as fromIsulad } from '../../../src/engines/isulad/translate.ts';
import { JsonObjects } from '../../../src/engines/json-objects.ts';
import { PodmanTranslator } from '../../../src/engines/podman/translate.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import { buffers, mutate } from '../mutate.ts';
import { must, type Target } from '../target.ts';

const source = { engine: 'docker', endpoint: 'unix:///x' };
const now = (): bigint => 1_700_000_000_000_000_000n;

/** The stream takes it, and every encoder writes it. */
function deliver(event: IncomingEvent): void {
  const collector = createCollector({ limit: 1 });
  collector.append([event]);
  const chunk = collector.reader({ since: -(2n ** 63n), follow: false }).read(2);
  const [had] = chunk.events;
  must(had !== undefined, 'the stream does not take it');
  if (had === undefined) return;
  JSON.parse(encodeEvent(had, 'k3f:1.00'));
  JSON.parse(dockerJson(had));
  isulaLine(had, 'utc');
}

/** @returns undefined if the message cannot be read: sessions make a gap of it */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    must(error instanceof Error && !/call stack/.test(error.message), String(error));
    return undefined;
  }
}

const ID = '3277'.repeat(16);
const JSON_VALID = buffers(
  `{"status":"die","id":"${ID}","from":"busybox","Type":"container","Action":"die","Actor":{"ID":"${ID}","Attributes":{"exitCode":"137","image":"busybox","name":"web"}},"scope":"local","time":1700000000,"timeNano":1700000000123456789}\n`,
  `{"Type":"network","Action":"connect","Actor":{"ID":"n1","Attributes":{"container":"${ID}","name":"bridge"}},"timeNano":1700000000123456789}\n{"Type":"image","Action":"pull","id":"busybox:latest","time":1700000000}\n`,
  `{"Name":"health_status","Status":"health_status","HealthStatus":"healthy","ID":"${ID}","Type":"container","Attributes":{"podId":""},"Time":"2023-11-14T22:13:20.5Z","timeNano":1700000000500000000}\n`,
  `{"Id":"${ID}","Name":"/web","Created":"2023-11-14T22:13:20.123456789Z","RestartCount":2,"State":{"Status":"exited","Pid":0,"ExitCode":137,"OOMKilled":true,"StartedAt":"2023-11-14T22:13:20Z","FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":"unhealthy","Log":[{"Start":"2023-11-14T22:13:20Z","End":"2023-11-14T22:13:21Z","ExitCode":1,"Output":"no"}]}},"Config":{"Image":"busybox","Labels":{"a":"b"}},"HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}}}\n`,
);
const WORDS = [
  '"timeNano":',
  '"Actor":',
  '"Attributes":',
  '"id":',
  '"Action":',
  '{',
  '}',
  '[',
  ']',
  '\\u0000',
  '-0',
  '1e400',
  '99999999999999999999999',
];

export const jsonEngines: Target = {
  name: 'engines-json',
  input: (random) => mutate(random, JSON_VALID, WORDS),
  run: (input) => {
    const objects = new JsonObjects(2000);
    const middle = Math.floor(input.length / 3);
    const podman = new PodmanTranslator(source, now);
    const pieces = readable(() => [
      ...objects.push(input.subarray(0, middle)),
      ...objects.push(input.subarray(middle)),
    ]);
    for (const piece of pieces ?? []) {
      deliver(receive(piece, source, now).event);
      if (!('text' in piece)) continue;
      const event = readable(() => podman.translate(piece.text));
      if (event !== undefined) deliver(event);
      readable(() => readInspected(JSON.parse(piece.text), 'docker'));
    }
  },
};

const time = { seconds: 1_700_000_000n, nanos: 5 };
const exit = Buffer.concat([
  Buffer.from([0x0a, 3]),
  Buffer.from('web'),
  Buffer.from([0x18, 42, 0x20, 137, 1]),
]);
const MESSAGES: readonly Buffer[] = [
  containerd.subscribe.response.encode({
    ...{ timestamp: time, namespace: 'k8s.io', topic: '/tasks/exit' },
    event: { typeUrl: 'containerd.events.TaskExit', value: exit },
  } as unknown as Envelope),
  isulad.events.response.encode({
    ...{ timestamp: time, opt: 'container die', id: ID, annotations: { name: 'web', exitCode: '137' } },
  }),
  cri.events.response.encode({
    ...{ containerId: ID, containerEventType: 2, createdAt: 1_700_000_000_000_000_000n },
    ...{ podSandboxStatus: { id: 'p1' }, containersStatuses: [{ id: ID, exitCode: 137, finishedAt: 5n }] },
  } as never),
].map((bytes) => Buffer.from(bytes));

const grpcEvents: readonly ((bytes: Buffer) => readonly Received[])[] = [
  (bytes) => {
    const message = readMessage(containerd.subscribe.response.decode(bytes));
    return [fromContainerd(message, undefined, timeOf(message, undefined, now), source)];
  },
  (bytes) => [fromIsulad(isulad.events.response.decode(bytes), source, now())],
  (bytes) => new CriTranslator(source).translate(cri.events.response.decode(bytes)),
];

export const grpcEngines: Target = {
  name: 'engines-grpc',
  input: (random) =>
    mutate(random, MESSAGES, ['\n\u0003web', '/tasks/start', '\u00ff\u00ff\u00ff\u00ff\u000f']),
  run: (input) => {
    for (const read of grpcEvents) for (const { event } of readable(() => read(input)) ?? []) deliver(event);
  },
};
