import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followDaemon } from '../../../src/client/follow.ts';
import { startDaemon } from '../../../src/daemon/index.ts';
import { encodeRecord, type MonitorRecord } from '../../../src/monitor/record.ts';
import { sendContainerEvent } from '../../../src/monitor/send.ts';
import { silent } from '../../../src/log.ts';
import { event } from '../../support/events.ts';
import { call, storeOnly } from '../../support/grpc-call.ts';
import { record } from '../../support/record.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync('/tmp/td-');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('startDaemon', () => {
  it('listens in a directory of its own, and ends without leaving anything', async () => {
    const stateDir = join(root, 'state');
    const daemon = await startDaemon({ stateDir, engines: ['none'] });
    const socket = join(stateDir, 'tidings.sock');
    expect(daemon.endpoints).toContain(`unix://${socket}`);
    expect((statSync(stateDir).mode & 0o777).toString(8)).toBe('750');
    expect((statSync(socket).mode & 0o777).toString(8)).toBe('660');
    const frames = record(followDaemon({ endpoint: socket }));
    await frames.until(({ kind }) => kind === 'replay-end');
    daemon.collector.append([event()]);
    await frames.until(({ kind }) => kind === 'event');
    await daemon.close();
    await frames.until((frame) => frame.kind === 'end' && frame.reason === 'shutdown');
    expect(readdirSync(stateDir)).toEqual([]);
    await daemon.close();
  });

  it('has the FIFO before any socket answers, so that a client can send at once', async () => {
    const opened: [socket: boolean, fifo: boolean][] = [];
    const look = (): void => {
      const [socket, fifo] = ['tidings.sock', 'monitord_fifo'].map((name) => existsSync(join(root, name)));
      opened.push([socket === true, fifo === true]);
    };
    const turns = setInterval(look);
    const daemon = await startDaemon({ stateDir: root, engines: ['none'], log: { ...silent, info: look } });
    clearInterval(turns);
    look();
    await daemon.close();
    expect(opened).toContainEqual([true, true]);
    expect(opened).not.toContainEqual([true, false]);
  });

  it('tells what is sent into the monitor FIFO', async () => {
    const daemon = await startDaemon({ stateDir: root, engines: ['none'] });
    const events = record(daemon.collector.events({ since: 0n }));
    await sendContainerEvent({ directory: root, name: 'web', state: 'start' });
    await events.until(({ name, action }) => name === 'web' && action === 'start');
    // While it ends, too.
    await sendContainerEvent({ directory: root, name: 'web', state: 'stop' });
    await daemon.close();
    await events.until(({ action }) => action === 'stop');
  });

  it('completes records that state the id alone, after a restart too', async () => {
    const options = { stateDir: join(root, 'state'), dataDir: join(root, 'data'), engines: ['none'] };
    const [id, other] = ['e'.repeat(64), 'f'.repeat(64)];
    const bare = {
      type: 0,
      subject: 'container',
      name: id,
      args: '',
      extra: '',
      exitCode: 0,
      pid: -1,
    } as const;
    const known = { image: 'busybox', name: 'web', team: 'a' };
    const told = async (records: readonly MonitorRecord[]): Promise<unknown[]> => {
      const daemon = await startDaemon(options);
      const events = record(daemon.collector.events({ name: [id, other] }));
      writeFileSync(
        join(options.stateDir, 'monitord_fifo'),
        Buffer.concat(records.map((each) => encodeRecord(each))),
      );
      await events.until((_, all) => all.length === records.length);
      await daemon.close();
      return events.values.map(({ action, name, attributes }) => [action, name, attributes]);
    };
    const first = await told([
      { ...bare, value: 10, extra: 'image=busybox,name=web,team=a' },
      { ...bare, value: 11, pid: 9007 },
      { ...bare, value: 16 },
      { ...bare, value: 1, exitCode: 3 },
      { ...bare, name: other, value: 18 },
    ]);
    expect(first).toEqual([
      ['create', 'web', known],
      ['start', 'web', { ...known, pid: '9007' }],
      ['exec_die', 'web', { ...known, pid: '9007' }],
      ['die', 'web', { ...known, exitCode: '3' }],
      ['kill', other, {}],
    ]);
    expect(await told([{ ...bare, value: 18 }])).toEqual([['kill', 'web', known]]);
  });

  it("speaks iSulad's gRPC on a socket of its own", async () => {
    const daemon = await startDaemon({ stateDir: root, engines: ['none'] });
    const socket = join(root, 'isulad.sock');
    expect(daemon.endpoints).toContain(`unix://${socket}`);
    daemon.collector.append([event()]);
    const { grpcStatus, body } = await call(socket, storeOnly);
    expect([grpcStatus, body.toString('latin1')]).toEqual(['0', expect.stringContaining('container start')]);
    await daemon.close();
  });

  it('names what is in the way of the FIFO, and leaves it alone', async () => {
    writeFileSync(join(root, 'monitord_fifo'), 'mine');
    await expect(startDaemon({ stateDir: root, engines: ['none'] })).rejects.toThrow(
      `${root}/monitord_fifo is a file, not a FIFO`,
    );
    expect(readdirSync(root)).toEqual(['monitord_fifo']);
  });

  it('refuses a directory with a listening server', async () => {
    const options = { stateDir: join(root, 'state'), engines: ['none'] };
    const daemon = await startDaemon(options);
    await expect(startDaemon(options)).rejects.toThrow(
      /is in use by process \d+ .* choose another directory/,
    );
    expect(existsSync(join(options.stateDir, 'tidings.sock'))).toBe(true);
    await daemon.close();
    await (await startDaemon(options)).close();
  });
});
