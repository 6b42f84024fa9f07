import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { firstValueFrom, take } from 'rxjs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { contextTls, dockerContexts } from '../../../../src/engines/docker/contexts.ts';
import { docker } from '../../../../src/engines/docker/index.ts';
import { dockerPlaces } from '../../../../src/engines/docker/places.ts';
import type { EngineStatus } from '../../../../src/engines/engine.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { canMakeCertificate, makeCertificate } from '../../../support/certificate.ts';

interface Spec {
  readonly host: string;
  readonly skip?: boolean;
  readonly files?: Readonly<Record<string, Buffer | string>>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A client's configuration folder with these contexts; the first is the current one. */
function configuration(contexts: Readonly<Record<string, Spec>>): string {
  const folder = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, content: Buffer | string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  write('config.json', JSON.stringify({ currentContext: Object.keys(contexts)[0] }));
  for (const [name, { host, skip = false, files = {} }] of Object.entries(contexts)) {
    const id = sha256(name);
    const meta = { Name: name, Endpoints: { docker: { Host: host, SkipTLSVerify: skip } } };
    write(`contexts/meta/${id}/meta.json`, JSON.stringify(meta));
    for (const [file, content] of Object.entries(files)) write(`contexts/tls/${id}/docker/${file}`, content);
  }
  return folder;
}

afterEach(() => void vi.unstubAllEnvs());

describe('contexts of the client', () => {
  it('state their endpoints and certificates', () => {
    const DOCKER_CONFIG = configuration({
      far: { host: 'tcp://build.test:2376', files: { 'ca.pem': 'a', 'key.pem': 'k' } },
      open: { host: 'tcp://open.test', skip: true },
      plain: { host: 'tcp://plain.test:2375' },
      near: { host: 'unix:///nowhere.sock' },
    });
    const all = dockerContexts({ DOCKER_CONFIG });
    const tls = (endpoint: string, environment = {}) =>
      contextTls(endpoint, { DOCKER_CONFIG, ...environment });
    const found = all.map(({ endpoint, isCurrent }) => `${endpoint} ${isCurrent}`);
    expect(new Set(found)).toEqual(
      new Set([
        'tcp://build.test:2376 true',
        'tcp://open.test false',
        'tcp://plain.test:2375 false',
        'unix:///nowhere.sock false',
      ]),
    );
    expect(tls('tcp://build.test')).toEqual({
      ca: expect.stringMatching(/docker\/ca\.pem$/),
      cert: undefined,
      key: expect.stringMatching(/docker\/key\.pem$/),
      verify: true,
    });
    expect(tls('tcp://open.test:2376')?.verify).toBe(false);
    expect(tls('tcp://open.test:2375')).toBeUndefined();
    expect(tls('tcp://plain.test:2375')).toBeUndefined();
    expect(tls('unix:///nowhere.sock')).toBeUndefined();
    // As in Docker's client, the variable excludes the contexts.
    expect(tls('tcp://build.test', { DOCKER_HOST: 'tcp://build.test:2376' })).toBeUndefined();
    // Remote hosts are followed only if their context is the current one.
    expect(dockerPlaces({ DOCKER_CONFIG })).toContain('tcp://build.test:2376');
    expect(dockerPlaces({ DOCKER_CONFIG })).not.toContain('tcp://open.test');
  });

  it.each(['', '{', '{"Endpoints":7}', '{"Endpoints":{"docker":{"Host":7}}}'])(
    'with damaged files are left out: %j',
    (meta) => {
      const folder = configuration({});
      mkdirSync(join(folder, 'contexts/meta/a'), { recursive: true });
      writeFileSync(join(folder, 'contexts/meta/a/meta.json'), meta);
      expect(dockerContexts({ DOCKER_CONFIG: folder })).toEqual([]);
    },
  );
});

describe.skipIf(!canMakeCertificate)('a Docker over TLS', () => {
  /** A daemon that wants a client's certificate, signed by the same authority as its own. */
  async function daemon(pair: { cert: Buffer; key: Buffer }): Promise<string> {
    const options = { ...pair, ca: pair.cert, requestCert: true, rejectUnauthorized: false };
    const server = createServer(options, ({ url = '', socket }, response) => {
      if (!(socket as TLSSocket).authorized) return response.writeHead(403).end('{"message":"who are you?"}');
      response.setHeader('api-version', '1.41');
      if (!url.includes('/events')) return response.end(url.endsWith('/info') ? '{"ID":"A1"}' : 'OK');
      response.write('{"Type":"container","Action":"start","Actor":{"ID":"c1"},"timeNano":7}\n');
      return url.includes('until') ? response.end() : undefined;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const detailOf = (endpoint: string): Promise<string> =>
    new Promise((resolve) => {
      const onStatus = ({ state, detail }: EngineStatus): void => {
        if (state !== 'connecting') resolve(detail);
      };
      const subscription = followEngine(docker, { endpoint, onStatus }).subscribe();
      onTestFinished(() => subscription.unsubscribe());
    });

  it('is followed with the certificates of its context, and refused without', async () => {
    const pair = makeCertificate();
    const host = await daemon(pair);
    const files = { 'ca.pem': pair.cert, 'cert.pem': pair.cert, 'key.pem': pair.key };
    vi.stubEnv('DOCKER_CONFIG', configuration({ far: { host, files } }));
    expect(await detailOf(host)).toBe('its events arrive');
    const event = await firstValueFrom(followEngine(docker, { endpoint: host }).pipe(take(1)));
    expect(event).toMatchObject({ action: 'start', source: { endpoint: host, id: 'A1' } });

    vi.stubEnv('DOCKER_CONFIG', configuration({ far: { host, files: { 'ca.pem': pair.cert } } }));
    expect(await detailOf(host)).toBe('it answers 403: who are you?');
    vi.stubEnv('DOCKER_CONFIG', configuration({ far: { host, files: { ...files, 'ca.pem': 'damaged' } } }));
    expect(await detailOf(host)).not.toMatch(/its events arrive/);
    // The system's authorities did not sign the certificate.
    const { 'ca.pem': _, ...own } = files;
    vi.stubEnv('DOCKER_CONFIG', configuration({ far: { host, files: own } }));
    expect(await detailOf(host)).toMatch(/self-signed certificate/);
    const open = configuration({ far: { host, files: own, skip: true }, near: { host: 'unix:///x', files } });
    vi.stubEnv('DOCKER_CONFIG', open);
    expect(await detailOf(host)).toBe('its events arrive');

    // Without a context, the variables decide.
    vi.stubEnv('DOCKER_CONFIG', '/nowhere');
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_CERT_PATH', join(open, 'contexts/tls', sha256('near'), 'docker'));
    expect(await detailOf(host)).toBe('its events arrive');
  });
});
