import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { followDocker } from '../../../../src/engines/docker/index.ts';
import { dockerClients } from '../../../support/docker-clients.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { type HttpServer, serveHttp } from '../../../support/http-server.ts';
import { type Answer, ask } from '../../../support/unix-http.ts';

/** Of events of all kinds, in all ways that Docker's own documentation has. */
const FILTERS = [
  [],
  ['type=container'],
  ['type=image'],
  ['type=volume', 'type=network'],
  ['event=die'],
  ['event=die', 'event=kill'],
  ['event=exec_create'],
  ['event=exec_create: true'],
  ['event=exec_'],
  ['event=health_status'],
  ['container=web'],
  ['container=we'],
  ['container=ID'],
  ['container=PREFIX'],
  ['container=renamed'],
  ['container=web', 'container=db'],
  ['image=busybox'],
  ['image=busybox:test'],
  ['image=busybox:other'],
  ['image=busy'],
  ['label=tier'],
  ['label=tier=front'],
  ['label=tier', 'label=zone=a'],
  ['label=tier=front', 'label=tier=back'],
  ['label=none'],
  ['label=image'],
  ['volume=data'],
  ['volume=dat'],
  ['network=none'],
  ['network=non'],
  ['network=web'],
  ['daemon=web'],
  ['plugin=web'],
  ['node=web'],
  ['service=web'],
  ['secret=web'],
  ['config=web'],
  ['scope=local'],
  ['scope=swarm'],
  ['type=container', 'event=start', 'label=tier=front', 'image=busybox'],
];

describe.skipIf(!dockerdAvailable || dockerClients.length === 0)(
  'the docker command, of dockerd and of us',
  () => {
    const dockerd = useDockerd();
    let tidings: HttpServer;
    let close: () => void;
    let id: string;

    beforeAll(async () => {
      const collector = createCollector();
      const connected = new Promise<void>((resolve) => {
        const onStatus = ({ state }: { state: string }): void => {
          if (state === 'connected') resolve();
        };
        const following = collector.attach(followDocker({ endpoint: dockerd().endpoint, onStatus }));
        close = () => following.unsubscribe();
      });
      tidings = await serveHttp(collector);
      await connected;
      id = await makeEvents();
      const held = (await dockerd().heldEvents()).trim().split('\n').length;
      while (collector.status.events < held) await delay(20);
    });
    afterAll(async () => {
      close();
      await tidings[Symbol.asyncDispose]();
    });

    async function makeEvents(): Promise<string> {
      const docker = dockerd();
      await docker.api('POST', '/volumes/create', { Name: 'data' });
      await docker.api('POST', '/images/busybox:test/tag?repo=busybox&tag=other');
      const sleep = { command: ['sleep', '1000'] };
      const web = await docker.launch({
        ...sleep,
        name: 'web',
        labels: { tier: 'front', zone: 'a', '<&>': '"\u2028é' },
      });
      const { Id } = await docker.api<{ Id: string }>('POST', `/containers/${web}/exec`, {
        Cmd: ['true'],
        AttachStdout: true,
      });
      await docker.api('POST', `/exec/${Id}/start`, { Detach: true });
      await docker.launch({
        ...sleep,
        name: 'db',
        labels: { tier: 'back' },
        host: { Binds: ['data:/data'] },
      });
      await docker.api('POST', '/containers/db/pause');
      await docker.api('POST', '/containers/db/unpause');
      await docker.api('POST', '/containers/db/rename?name=renamed');
      await docker.api('POST', '/containers/renamed/stop?t=0');
      await docker.run({ name: 'fails', command: ['sh', '-c', 'exit 3'] });
      await docker.create({ name: 'never-started' });
      await docker.api('POST', '/containers/web/kill?signal=KILL');
      await docker.api('POST', '/containers/web/wait');
      await docker.api('DELETE', '/images/busybox:other');
      return web;
    }

    it.each([
      ['GET', '/events?since=0&until=NOW'],
      ['GET', '/v1.41/events?since=0&until=NOW&filters={"event":["die"],"label":["tier"]}'],
      ['GET', '/v1.24/events?since=0&until=NOW&filters={"event":{"die":true},"container":{"fails":true}}'],
      ['GET', '/v1.12/events?until=NOW&unknown=1'],
      ['GET', '/events?since=10&until=5'],
      ['HEAD', '/events'],
      ['HEAD', '/_ping'],
      ['GET', '/v1.41/_ping'],
    ])('answers %s %s the same', async (method, path) => {
      const url = path.replace('NOW', String(Date.now() / 1000)).replaceAll('"', '%22');
      const theirs = await ask(dockerd().socket, method, url);
      const ours = await ask(tidings.socket, method, url);
      const what = ({ status, body, headers }: Answer): unknown => ({
        status,
        body,
        type: headers['content-type'],
      });
      expect(what(ours)).toEqual(what(theirs));
    });

    it.each([
      ['GET', '/nowhere'],
      ['GET', '/v1.41/nowhere'],
      ['POST', '/events'],
    ])('refuses %s %s with the same status, and says what is served', async (method, path) => {
      const theirs = await ask(dockerd().socket, method, path);
      const ours = await ask(tidings.socket, method, path);
      expect(ours.status).toBe(theirs.status);
      expect(ours.headers['content-type']).toBe(theirs.headers['content-type']);
      expect(ours.body).toContain(`${method} ${path} is not served: tidings serves the events`);
    });

    describe.each(dockerClients)('$version', ({ run, until }) => {
      const both = async (args: readonly string[], env?: Record<string, string>): Promise<void> => {
        const theirs = await run(dockerd().endpoint, args, env);
        const ours = await run(tidings.endpoint, args, env);
        expect(ours).toEqual(theirs);
      };
      const window = (): string[] => ['--since', '0', '--until', String(Date.now() / 1000)];

      it.each(FILTERS)('prints the same for filters %s', async (...filters) => {
        const values = filters.map((each) => each.replace('ID', id).replace('PREFIX', id.slice(0, 7)));
        await both(['events', ...window(), ...values.flatMap((value) => ['--filter', value])]);
      });

      it.each([
        '{{json .}}',
        'json',
        '{{.Time}} {{.TimeNano}} {{.Actor.Attributes.name}} {{.From}} {{.Status}}',
      ])('prints the same in the format %s', async (format) => {
        await both(['events', ...window(), '--format', format]);
      });

      it('prints the same with bounds that are events themselves', async () => {
        const lines = (await run(tidings.endpoint, ['events', ...window(), '--format', '{{.TimeNano}}']))
          .stdout;
        const times = lines.trim().split('\n');
        const second = (nano: string | undefined): string => `${nano?.slice(0, -9)}.${nano?.slice(-9)}`;
        await both(['events', '--since', second(times[3]), '--until', second(times[9])]);
        await both(['events', '--until', second(times[9])]);
      });

      it('answers invalid requests in the same way', async () => {
        await both(['events', '--since', '10', '--until', '5']);
        await both(['events', '--since', 'someday']);
        await both(['events', '--filter', 'nonsense']);
        await both(['events', ...window()], { DOCKER_API_VERSION: '1.24' });
      });

      it('prints what happens as it happens, the same', async () => {
        const since = ['events', '--since', String(Date.now() / 1000)];
        const destroyed = (stdout: string): boolean => / destroy .*\n/.test(stdout);
        const theirs = until(dockerd().endpoint, since, destroyed);
        const ours = until(tidings.endpoint, since, destroyed);
        await dockerd().run({ name: 'live' });
        expect(await ours).toBe(await theirs);
      });
    });
  },
);
