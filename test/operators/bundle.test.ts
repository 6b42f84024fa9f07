import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../support/tools.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a page could do with them: every operator, on events of its own. No event loop, no timers. */
const page = `
import * as operators from './operators/index.ts';
import { of, VirtualTimeScheduler } from 'rxjs';

const at = (ms, action, attributes = {}) =>
  ({ timeNano: BigInt(ms) * 1_000_000n, type: 'container', action, id: 'web', name: 'web', attributes });
const day = [at(1, 'start'), at(2, 'kill', { signal: '9' }), at(3, 'die', { exitCode: '137' }), at(3, 'die', { exitCode: '137' })];
const clock = new VirtualTimeScheduler();
const { createStateTable, ...all } = operators;

const through = (operator) => {
  const seen = [];
  of(...day).pipe(operator).subscribe((value) => seen.push(value));
  clock.flush();
  return seen;
};

globalThis.result = {
  absent: through(all.absent(5, { scheduler: clock })).length,
  boundedReplay: through(all.boundedReplay({ count: 1 }, clock)).length,
  byExpression: through(all.byExpression('w* event=die exitCode!=0')).length,
  byFilters: through(all.byFilters({ 'exitCode>': ['0'] })).length,
  byName: through(all.byName('w*')).length,
  cooldown: through(all.cooldown(({ action }) => action, 5)).length,
  deaths: through(all.deaths())[0].cause,
  foldRestarts: through(all.foldRestarts({ deaths: 2 }, clock)).filter((item) => all.isRestartLoop(item)).length,
  matchSequence: through(all.matchSequence([{ event: ['start'] }, { event: ['die'] }], { within: 5 }, clock))[0].met,
  inOrder: through(all.inOrder({ slack: 5 }, clock)).length,
  concatMapBy: through(all.concatMapBy((event) => of(event.action))).join(),
  runs: String(through(all.runs())[0].duration),
  states: through(all.states()).at(-1).state,
  takeUntilCancelled: through(all.takeUntilCancelled(of('now'))).length,
  takeUntilTime: through(all.takeUntilTime(5n, clock)).length,
  timesWithin: through(all.timesWithin(2, 5)).length,
  timeWindow: through(all.timeWindow({ until: 2_000_000n })).length,
  withStates: through(all.withStates()).at(-1).state.state,
  distinctWithin: through(all.distinctWithin()).length,
};
`;

/** What comes of it. */
const result = {
  absent: 0,
  boundedReplay: 4,
  byExpression: 2,
  byFilters: 2,
  byName: 4,
  cooldown: 3,
  deaths: 'killed',
  foldRestarts: 2,
  matchSequence: true,
  inOrder: 4,
  concatMapBy: 'start,kill,die,die',
  runs: '2000000',
  states: 'exited',
  takeUntilCancelled: 0,
  takeUntilTime: 4,
  timesWithin: 2,
  timeWindow: 2,
  withStates: 'exited',
  distinctWithin: 3,
};

const chromium = findTool('chromium');

async function bundle(
  contents: string,
  external: string[] = [],
): Promise<{ code: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'browser',
    format: external.length > 0 ? 'esm' : 'iife',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    external,
    logLevel: 'silent',
  });
  return { code: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
}

describe('tidings/operators in a browser', () => {
  let made: { code: string; inputs: string[] };
  beforeAll(async () => {
    made = await bundle(page);
  });

  it('runs where there is nothing but the language', () => {
    const world = createContext({});
    runInContext(made.code, world);
    // As text: what comes from another world has other prototypes.
    expect(JSON.parse(JSON.stringify(world['result']))).toEqual(result);
  });

  it.skipIf(chromium === undefined)('runs in Chromium', { timeout: 60_000 }, async () => {
    const directory = mkdtempSync('/tmp/td-');
    try {
      const file = join(directory, 'page.html');
      const show = 'document.body.textContent = JSON.stringify(result)';
      writeFileSync(file, `<body><script>${made.code}</script><script>${show}</script></body>`);
      const { stdout } = await promisify(execFile)(chromium ?? '', [
        ...['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${directory}/profile`],
        ...['--dump-dom', `file://${file}`],
      ]);
      expect(JSON.parse(/<body>(.*?)\n?<\/body>/s.exec(stdout)?.[1] ?? '')).toEqual(result);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('is made of RxJS and the operators alone', () => {
    for (const input of made.inputs)
      expect(input).toMatch(/^(operators|node_modules\/(rxjs|tslib))\/|^<stdin>$/);
  });

  it('weighs little: grows on purpose only', async () => {
    const size = async (contents: string, external?: string[]): Promise<number> =>
      gzipSync((await bundle(contents, external)).code).length;
    // Of our own, without RxJS; with it; one operator with what it needs of RxJS.
    expect(await size("export * from './operators/index.ts'", ['rxjs'])).toBeLessThan(21_000);
    expect(await size("import * as all from './operators/index.ts'; globalThis.all = all;")).toBeLessThan(
      31_000,
    );
    const one = "import { timeWindow } from './operators/index.ts'; globalThis.one = timeWindow;";
    expect(await size(one)).toBeLessThan(4_000);
  });
});
