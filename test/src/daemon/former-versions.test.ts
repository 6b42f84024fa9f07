/**
 * Data directories that former versions wrote: events, states, counts of restarts, alerts, positions
 * and rules are read on. Each has `events.ndjson`, which that version printed shortly before its end.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { parseCursor } from '../../../src/collector/cursor.ts';
import { alertsIn, AlertsFile } from '../../../src/daemon/alerts-file.ts';
import { startDaemon } from '../../../src/daemon/index.ts';
import { restartsIn, RestartsFile } from '../../../src/daemon/restarts-file.ts';
import { encodeEvent } from '../../../src/encoders/ndjson-event.ts';
import { positionIn, PositionFile } from '../../../src/forward/position.ts';
import { checkForwarders } from '../../../src/forward/load-forwarders.ts';
import { readRules } from '../../../src/handlers/rules/load.ts';
import { ruleText } from '../../../src/handlers/rules/rule.ts';
import { journalIn, readJournal } from '../../../src/journal/journal.ts';
import { type Log, silent } from '../../../src/log.ts';
import { event } from '../../support/events.ts';
import { journalInFormat9 } from '../../support/later-format.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const folder = fileURLToPath(new URL('../../recordings/data-directories', import.meta.url));
const all = readdirSync(folder).filter((name) => /^\d+$/.test(name));

/** Copies one of them; returns its path and the lines that its version printed. */
function copyOf(name: string): { readonly dataDir: string; readonly lines: readonly string[] } {
  const dataDir = join(stateDirectory(), 'data');
  cpSync(join(folder, name), dataDir, { recursive: true });
  const lines = readFileSync(join(dataDir, 'events.ndjson'), 'utf8').trimEnd().split('\n');
  return { dataDir, lines };
}

/** A log that keeps its warnings and errors. */
function keptLog(): { readonly log: Log; readonly said: string[] } {
  const said: string[] = [];
  const keep = (_: object | string, text = ''): void => void said.push(text);
  return { log: { ...silent, warn: keep, error: keep }, said };
}

describe.each(all)('data directory %s', (name) => {
  it('has the events that its version printed, under the same cursors', async () => {
    const { dataDir, lines } = copyOf(name);
    const { log, said } = keptLog();
    const journal = readJournal({ directory: journalIn(dataDir), log });
    const { events = [] } = journal?.archive.read(1, journal.first, 1000, {}) ?? {};
    const cursors = lines.map((line) => (JSON.parse(line) as { cursor: string }).cursor);
    const same = events.slice(0, lines.length);
    expect(same.map((each, i) => encodeEvent(each, cursors[i] ?? ''))).toEqual(lines);
    expect(cursors.map((cursor) => parseCursor(cursor))).toEqual(
      same.map(({ seq }) => ({ epoch: journal?.epoch, seq })),
    );
    expect(said).toEqual([]);
    await journal?.close();
  });

  it('continues with its epoch, rules, restarts, alerts and positions', async () => {
    const { dataDir, lines } = copyOf(name);
    const { log, said } = keptLog();
    const own = (file: string): string | undefined => {
      const path = join(dataDir, file);
      return existsSync(path) ? path : undefined;
    };
    const daemon = await startDaemon({
      ...{ stateDir: join(dataDir, '../state'), dataDir, engines: ['none'], log },
      // The fixture does not get older: its events are kept as long as the disk has room.
      retainAge: 1e15,
      rules: own('rules.yaml'),
    });
    const { cursor } = JSON.parse(lines[2] ?? '') as { cursor: string };
    const frames = await firstValueFrom(daemon.collector.frames({ cursor, follow: false }).pipe(toArray()));
    const rest = frames.flatMap((frame) => (frame.kind === 'event' ? [frame.cursor] : []));
    const expected = lines.slice(3).map((line) => (JSON.parse(line) as { cursor: string }).cursor);
    expect(rest.slice(0, expected.length)).toEqual(expected);
    // A daemon that was killed may have given out numbers of events that were not written.
    const gaps = frames.flatMap((frame) => (frame.kind === 'gap' ? [frame.reason] : []));
    expect(gaps.filter((reason) => reason !== 'crash')).toEqual([]);
    await daemon.close();
    // No receiver of the alerts is there.
    expect(said.filter((text) => !text.startsWith('rule problems'))).toEqual([]);
  });

  it('has the states of its containers', async () => {
    const { dataDir, lines } = copyOf(name);
    const journal = readJournal({ directory: journalIn(dataDir) });
    const { containers = [] } = (await journal?.containersAt(2n ** 62n)) ?? {};
    const ends = new Map(containers.map((each) => [each.name, each]));
    expect(ends.get('web-2')).toMatchObject({ state: 'exited', exitCode: 3, image: 'nginx:1' });
    expect(ends.get('web-3')).toMatchObject({ state: 'running', oomKilled: true, labels: { team: 'a' } });
    const created = lines.filter((line) => (JSON.parse(line) as { action: string }).action === 'create');
    expect(containers).toHaveLength(created.length);
    await journal?.close();
  });
});

describe('files beside the journal', () => {
  const { scheduler } = virtualTime();
  const options = { log: silent, scheduler };
  const having = (file: string): string[] => all.filter((name) => existsSync(join(folder, name, file)));

  it.each(having('restarts.json'))('counts of restarts of directory %s', (name) => {
    const { dataDir } = copyOf(name);
    const [rule] = readRules(join(dataDir, 'rules.yaml'));
    const kept = new RestartsFile(restartsIn(dataDir), options).of(rule === undefined ? '' : ruleText(rule));
    expect([...kept.values()]).toMatchObject([
      { event: { name: 'job' }, restarts: { count: expect.any(Number) } },
    ]);
    expect([...kept.values()][0]?.restarts.count).toBeGreaterThan(0);
  });

  it.each(having('alerts.json'))('alerts of directory %s', (name) => {
    const { dataDir } = copyOf(name);
    const rule = readRules(join(dataDir, 'rules.yaml')).find((each) => each.name === 'problems');
    const state = new AlertsFile(alertsIn(dataDir), options).of(rule === undefined ? '' : ruleText(rule));
    expect(state?.problems).toMatchObject([['monitor  web-2', { because: 'failed with exit code 3' }]]);
    expect(state?.outbox).toHaveLength(1);
  });

  it.each(having('forward/archive.position'))('the position of a forwarder of directory %s', (name) => {
    const { dataDir, lines } = copyOf(name);
    const position = new PositionFile(positionIn(dataDir, 'archive'));
    position.close();
    const cursors = lines.map((line) => (JSON.parse(line) as { cursor: string }).cursor);
    expect(position.unreadable).toBe(undefined);
    expect(parseCursor(position.found?.acknowledged ?? '').epoch).toBe(parseCursor(cursors[0] ?? '').epoch);
    expect(checkForwarders(join(dataDir, 'forward.yaml')).forwarders).toMatchObject([{ name: 'archive' }]);
  });
});

it('sets files of a later version aside, says so, and begins new ones', async () => {
  const { dataDir } = copyOf(all.at(-1) ?? '');
  const journal = journalIn(dataDir);
  journalInFormat9(journal);
  for (const file of [restartsIn(dataDir), alertsIn(dataDir)]) writeFileSync(file, '{"format":9,"new":[]}');
  writeFileSync(positionIn(dataDir, 'archive'), 'format 9 x');
  const before = readdirSync(journal);
  const { log, said } = keptLog();
  const daemon = await startDaemon({
    ...{ stateDir: join(dataDir, '../state'), dataDir, engines: ['none'], log },
    ...{ rules: join(dataDir, 'rules.yaml'), forward: join(dataDir, 'forward.yaml') },
  });
  daemon.collector.append([event({ name: 'after' })]);
  await daemon.close();
  const later = 'it has format 9, of a later version of tidings, and this version reads formats up to 1';
  expect(said.filter((text) => /format 9|set aside/.test(text)).sort()).toEqual([
    ...before.map(() =>
      expect.stringMatching(
        /^a file of the journal cannot be used and was set aside: the journal has format 9, of a later version of tidings, and this version reads formats up to 3$/,
      ),
    ),
    `forwarder archive: its position cannot be read (${later}; it was set aside as ${positionIn(dataDir, 'archive')}.format-9): it begins with the oldest event, and repeats events that it has sent before`,
    `the counts of restarts cannot be read, and begin at 0: ${later}`,
    `the states of alerts cannot be read, and alerts begin without problems: ${later}`,
  ]);
  expect(readdirSync(dataDir)).toEqual(
    expect.arrayContaining(['restarts.json.format-9', 'alerts.json.format-9']),
  );
  expect(readdirSync(journal).filter((name) => name.includes('.aside-'))).toHaveLength(before.length);
  const again = readJournal({ directory: journal });
  const { events = [] } = again?.archive.read(1, again.first, 1000, {}) ?? {};
  expect(events.map(({ name }) => name)).toContain('after');
  await again?.close();
});
