import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { nkeys } from '@nats-io/transport-node';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { canMakeCertificate, makeCertificate } from '../../support/certificate.ts';
import { Fleet, WITHIN } from '../../support/fleet.ts';
import { freePort } from '../../support/free-port.ts';
import { natsServer } from '../../support/nats.ts';

const fleet = Fleet.forEachTest();

/** Publishes and reads with the same credentials. */
async function works(credentials: object): Promise<void> {
  const { url } = fleet.server;
  const host = fleet.host('web', { options: credentials });
  const { has } = fleet.read({ nats: { ...credentials, url } });
  host.append(3);
  await has('web', 3);
}

/** Publishes and reads without success: both say why. */
async function fails(credentials: object, pattern: RegExp, url = fleet.server.url): Promise<void> {
  const [host, reading] = [
    fleet.host('web', { options: { ...credentials, url } }),
    fleet.read({ nats: { ...credentials, url } }),
  ];
  host.append(1);
  await host.says(pattern);
  await vi.waitFor(() => expect(reading.failures[0]).toMatch(pattern), WITHIN);
  await host.close();
}

describe.skipIf(natsServer === undefined)('the credentials of a fleet', () => {
  it('are a user and a password, or a token', async () => {
    await fleet.otherServer({ config: 'authorization { user: a, password: b }' });
    await works({ user: 'a', password: 'b' });
    await fails({ user: 'a', password: 'c' }, /refuses the credentials .*: it was given user; right is/);
    await fails({}, /it was given no credentials/);
    await fleet.otherServer({ config: 'authorization { token: secret }' });
    await works({ token: 'secret' });
    await fails({ token: 'wrong' }, /it was given token/);
  });

  it('are the seed of an NKEY', async () => {
    const [right, wrong] = [nkeys.createUser(), nkeys.createUser()];
    const seedOf = (pair: typeof right): string => new TextDecoder().decode(pair.getSeed());
    await fleet.otherServer({ config: `authorization { users: [{ nkey: ${right.getPublicKey()} }] }` });
    await works({ nkey: seedOf(right) });
    await fails({ nkey: seedOf(wrong) }, /it was given nkey/);
  });

  it('are a JWT of an account, with its seed', async () => {
    const [operator, system, account, other] = [
      ...[nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount(), nkeys.createAccount()],
    ] as const;
    const limits = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
    const accountOf = async (name: string, pair: typeof account, more: object = {}): Promise<string> =>
      await encodeAccount(
        name,
        pair,
        {
          limits: {
            subs: -1,
            conn: -1,
            leaf: -1,
            data: -1,
            payload: -1,
            imports: -1,
            exports: -1,
            wildcards: true,
            ...more,
          },
        },
        { signer: operator },
      );
    const jwts = [
      `${system.getPublicKey()}: ${await accountOf('SYS', system)}`,
      `${account.getPublicKey()}: ${await accountOf('tidings', account, limits)}`,
    ];
    await fleet.otherServer({
      config: `operator: ${await encodeOperator('o', operator)}\nsystem_account: ${system.getPublicKey()}\nresolver: MEMORY\nresolver_preload { ${jwts.join('\n')} }`,
    });
    const credsOf = async (issuer: typeof account): Promise<string> => {
      const user = nkeys.createUser();
      return new TextDecoder().decode(fmtCreds(await encodeUser('web', user, issuer), user));
    };
    const file = async (name: string, issuer: typeof account): Promise<string> => {
      const path = join(fleet.directory, name);
      writeFileSync(path, await credsOf(issuer), { mode: 0o600 });
      return path;
    };
    const host = fleet.host('web', { options: { creds: await file('right', account) } });
    const { has } = fleet.read({ nats: { url: fleet.server.url, creds: await credsOf(account) } });
    host.append(3);
    await has('web', 3);
    const wrong = fleet.host('web', { options: { creds: await file('wrong', other) } });
    await wrong.says(/refuses the credentials .*: it was given creds/);
  });
});

describe.skipIf(natsServer === undefined || !canMakeCertificate)('a fleet over TLS', () => {
  it('checks the certificate of the server, and shows its own', async () => {
    const { cert, key } = makeCertificate();
    const [ca, certFile, keyFile] = ['ca', 'cert', 'key'].map((name) => join(fleet.directory, name)) as [
      string,
      string,
      string,
    ];
    for (const [path, text] of [
      [ca, cert],
      [certFile, cert],
      [keyFile, key],
    ] as const)
      writeFileSync(path, text, { mode: 0o600 });
    const port = await freePort();
    await fleet.otherServer({ port, config: `tls { cert_file: "${certFile}", key_file: "${keyFile}" }` });
    const url = `tls://127.0.0.1:${port}`;
    const material = { ca: cert.toString(), cert: cert.toString(), key: key.toString() };
    const host = fleet.host('web', { options: { url, tls: { ca } } });
    const { has } = fleet.read({ nats: { url, tls: { ca: material.ca } } });
    host.append(3);
    await has('web', 3);
    await fails({}, /self-signed certificate: give the authority of its certificate as ca/, url);
    await fleet.otherServer({
      port,
      config: `tls { cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${ca}", verify: true }`,
    });
    const known = fleet.host('db', { options: { url, tls: { ca, cert: certFile, key: keyFile } } });
    const reading = fleet.read({ nats: { url, tls: material } });
    known.append(3);
    await reading.has('db', 3);
    const unknown = fleet.host('db2', { options: { url, tls: { ca } } });
    await unknown.says(/certificate/);
  });

  it('is refused by a server without TLS, with a sentence', async () => {
    await fails({}, /does not offer TLS: remove tls and tls:\/\//, fleet.server.url.replace('nats:', 'tls:'));
  });
});
