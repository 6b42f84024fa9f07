import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/index.ts';
import { openJournal } from '../../../src/journal.ts';
import { cli, type Finished } from '../../support/cli.ts';
import { events } from '../../support/events.ts';
import { journalInFormat9 } from '../../support/later-format.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const tidings = cli();
let dataDir = '';
beforeEach(() => {
  dataDir = stateDirectory();
});

const run = async (...args: string[]): Promise<Finished> =>
  await tidings(args, { env: { TIDINGS_DATA_DIR: dataDir } }).finished;

/** A journal of so many events, written and closed. */
async function record(count: number, directory = dataDir): Promise<void> {
  const journal = await openJournal({ directory: join(directory, 'journal'), durability: 'os' });
  const collector = createCollector({ ...journal });
  journal.follow(collector);
  collector.append(events(count));
  collector.complete();
  await journal.close();
}

const segment = (): string => {
  const [name = ''] = readdirSync(join(dataDir, 'journal')).filter((each) => each.endsWith('.segment'));
  return join(dataDir, 'journal', name);
};

describe('tidings journal', () => {
  it('exports what it imports and events --from reads, byte by byte', async () => {
    await record(300);
    const { stdout } = await run('journal', 'export');
    expect(stdout.trim().split('\n').length).toBe(300);
    const file = join(dataDir, 'saved.ndjson');
    writeFileSync(file, stdout);
    expect((await run('events', '--from', file, '-o', 'json')).stdout).toBe(stdout);
    const other = join(dataDir, 'other');
    const imported = await run('journal', 'import', file, '--data-dir', other);
    expect(imported.stderr).toContain('300 events and 0 gaps are now in');
    expect((await run('journal', 'export', '--data-dir', other)).stdout).toBe(stdout);
    const some = await run('events', '--from', file, '-o', 'json', '-n', 'e7', '-n', 'e8', '--tail', '1');
    expect(some.stdout).toBe(`${stdout.split('\n')[8]}\n`);
  });

  it('refuses to import a file that is not an export, and names the line', async () => {
    const file = join(dataDir, 'garbage');
    writeFileSync(file, 'not\u001b[31m JSON\n');
    const { code, stderr } = await run('journal', 'import', file, '--data-dir', join(dataDir, 'other'));
    expect(code).toBe(64);
    expect(stderr).toMatch(/cannot import .*garbage: line 1: /);
    expect(stderr).not.toContain('\u001b');
  });

  it('tells what is there, and whether it can be read', async () => {
    await record(3000);
    expect((await run('journal', 'info')).stdout).toMatch(
      /^journal .*\nepoch .*\nevents +3000, .*\ntimes +1970-01-01T00:00:00.001000000Z to 1970-01-01T00:00:03.000000000Z\n/,
    );
    expect(await run('journal', 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('verified'),
    });
    const bytes = readFileSync(segment());
    bytes.fill(0, 5000, 5100);
    writeFileSync(segment(), bytes);
    expect(await run('journal', 'verify')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/damage +\d+\.segment: events \d+ to \d+ are damaged/),
    });
    const { stderr } = await run('events', '--no-follow', '-o', 'json');
    expect(stderr).toMatch(/gap: \d+ events are missing, the journal is damaged/);
  });

  it('is read without the daemon', async () => {
    await record(20);
    const all = await run('events', '--no-follow', '-o', '{{.Name}}');
    expect(all.stdout.trim().split('\n').length).toBe(20);
    expect(all.stderr).toContain(`reading the journal in ${dataDir}`);
    const window = await run('events', '-S', '0.005', '-U', '0.007', '-o', '{{.Name}}');
    expect(window.stdout).toBe('e4\ne5\ne6\n');
  });

  it('deletes old events, but not while a daemon has the journal', async () => {
    await record(20);
    const journal = await openJournal({ directory: join(dataDir, 'journal') });
    expect(await run('journal', 'prune')).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/is in use by process \d+/),
    });
    await journal.close();
    expect(await run('journal', 'prune')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('0 events are gone, 20 are left'),
    });
  });

  it.each([
    ['journal', 'info'],
    ['journal', 'verify'],
    ['journal', 'export'],
    ['journal', 'prune', '--retain-age', '1d'],
    ['journal', 'import', 'an export'],
    ['ps', '--at', '1h'],
  ])('refuses a journal of a later version, and changes nothing: %s %s', async (...args) => {
    await record(20);
    const directory = join(dataDir, 'journal');
    journalInFormat9(directory);
    const before = readdirSync(directory);
    const file = join(dataDir, 'an export');
    writeFileSync(file, '');
    const { code, stderr, stdout } = await run(...args.map((each) => (each === 'an export' ? file : each)));
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toContain(
      'the journal has format 9, of a later version of tidings, and this version reads formats up to 3',
    );
    expect(readdirSync(directory)).toEqual(before);
  });

  it.each([
    [['journal', 'info'], 69, /no journal in .*: 'tidings serve' writes one there/],
    [['journal', 'export'], 69, /no journal in/],
    [['journal', 'import', '/nowhere/x'], 69, /cannot import \/nowhere\/x: ENOENT/],
    [['journal', 'prune', '--retain-age', 'x'], 69, /no journal in/],
    [['events', '--from', '/nowhere/x'], 69, /cannot read \/nowhere\/x: ENOENT/],
    [['events', '--from', 'x', '--state-dir', '/tmp'], 64, /--from reads a file/],
  ])('answers %j', async (args, code, text) => {
    const answer = await run(...args);
    expect(answer.stderr).toMatch(text);
    expect(answer.code).toBe(code);
  });
});
