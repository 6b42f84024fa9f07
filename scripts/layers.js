/**
 * Checks the directions of imports: `node scripts/layers.js [ROOT]`. Prints every import that the
 * table does not allow and exits 1 if there is one. Type imports and dynamic imports count.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The basis of every part of the product. */
const BASE = [
  'operators/old-name.ts',
  'src/event.ts',
  'src/event-size.ts',
  'src/foreign-event.ts',
  'src/instant.ts',
  'src/instant-range.ts',
  'src/bytes.ts',
  'src/backoff.ts',
  'src/in-turns.ts',
  'src/hash.ts',
  'src/whole-number.ts',
  'src/later-format.ts',
  'src/make-directory.ts',
  'src/clock.ts',
  'src/log.ts',
  'src/version.ts',
  'src/unix-path.ts',
  'src/tls-material.ts',
  'src/trust.ts',
  'src/restart-policy.ts',
  'src/size.ts',
];

/** The folders of the journal; each may import those before it. */
const JOURNAL = ['format', 'store', 'read', 'states', 'write'].map((folder) => `src/journal/${folder}/`);
/** The parts of the collector that the journal uses. */
const COLLECTOR = ['src/collector/cursor.ts', 'type src/collector/'];
/** The public entry points that the command line uses. */
const ENTRIES = ['src/index.ts', 'src/journal.ts'];
/** The basis of every part of the command line. */
const CLI_BASE = [
  'cli/exit.ts',
  'cli/io.ts',
  'cli/safe.ts',
  ...ENTRIES,
  'src/internal.ts',
  'src/hash.ts',
  'src/trust.ts',
  'src/size.ts',
  'src/whole-number.ts',
  'operators/',
];

/**
 * The allowed imports of each part, besides its own folder. `type X`: only by `import type`.
 * Packages and Node's modules are allowed unless `packages` lists the allowed ones; `self`: the
 * product itself under its name. `test/`, `bench/` and `scripts/` may import everything.
 */
const LAYERS = {
  'operators/': { may: [], packages: ['rxjs'] },
  'src/event.ts': { may: [], packages: [] },
  'src/event-size.ts': { may: ['src/event.ts'], packages: [] },
  'src/foreign-event.ts': { may: ['src/event.ts', 'src/instant-range.ts'], packages: [] },
  'src/instant.ts': { may: [], packages: [] },
  'src/instant-range.ts': { may: ['src/instant.ts'], packages: [] },
  'src/bytes.ts': { may: [], packages: [] },
  'src/backoff.ts': { may: [], packages: [] },
  'src/in-turns.ts': { may: [], packages: ['rxjs'] },
  'src/hash.ts': { may: [], packages: [] },
  'src/whole-number.ts': { may: [], packages: [] },
  'src/make-directory.ts': { may: [], packages: ['node:fs', 'node:path'] },
  'src/later-format.ts': { may: [], packages: ['node:fs'] },
  'src/clock.ts': { may: [], packages: [] },
  'src/log.ts': { may: [], packages: [] },
  'src/version.ts': { may: [], packages: [] },
  'src/unix-path.ts': { may: [], packages: [] },
  'src/tls-material.ts': { may: [], packages: [] },
  'src/restart-policy.ts': { may: ['src/instant.ts'], packages: ['rxjs'] },
  'src/size.ts': { may: [], packages: [] },
  'src/trust.ts': { may: [] },
  'src/lock.ts': { may: ['src/unix-path.ts', 'src/trust.ts', 'src/make-directory.ts'] },
  'src/monitor/': { may: [...BASE, 'src/lock.ts'] },
  'src/engines/': { may: [...BASE, 'src/monitor/', 'src/fleet/', 'operators/'] },
  'src/collector/': { may: [...BASE, 'operators/'] },
  'src/journal/format/': { may: BASE },
  'src/journal/store/': { may: [...BASE, ...JOURNAL.slice(0, 1)] },
  'src/journal/read/': { may: [...BASE, ...COLLECTOR, ...JOURNAL.slice(0, 2)] },
  'src/journal/states/': { may: [...BASE, ...COLLECTOR, 'operators/', ...JOURNAL.slice(0, 3)] },
  'src/journal/write/': { may: [...BASE, ...COLLECTOR, 'src/lock.ts', ...JOURNAL.slice(0, 4)] },
  'src/journal/': { may: [...BASE, ...COLLECTOR, 'src/lock.ts'] },
  'src/encoders/': { may: [...BASE, 'src/collector/cursor.ts', 'type src/collector/'] },
  'src/client/': {
    may: [...BASE, 'operators/', 'type src/collector/', 'type src/forward/', 'src/encoders/'],
  },
  'src/fleet/': { may: [...BASE, 'operators/', 'src/collector/cursor.ts', 'src/encoders/'] },
  'src/checked-file/': { may: [...BASE, 'operators/'] },
  'src/delivery/': { may: [...BASE, 'src/checked-file/'] },
  'src/handlers/': {
    may: [
      ...[...BASE, 'operators/', 'type src/collector/', 'src/encoders/', 'type src/engines/'],
      ...['src/checked-file/', 'src/delivery/'],
    ],
  },
  'src/forward/': {
    may: [
      ...[...BASE, 'operators/', 'src/collector/', 'src/encoders/', 'src/checked-file/'],
      ...['src/delivery/', 'src/fleet/'],
    ],
  },
  'src/server/': {
    may: [
      ...[...BASE, 'operators/', 'src/collector/', 'src/encoders/'],
      ...['type src/engines/', 'type src/forward/', 'type src/handlers/', 'type src/journal/'],
      'type src/monitor/',
    ],
  },
  'src/gateway/': {
    may: ['src/log.ts', 'src/client/', 'src/server/http/', 'src/server/page/', 'src/server/protocol.ts'],
  },
  'src/daemon/': { may: ['src/', 'operators/'] },
  'src/index.ts': { may: ['src/'] },
  'src/engine.ts': { may: ['src/'] },
  'src/journal.ts': { may: ['src/'] },
  'src/internal.ts': { may: ['src/'] },
  // The command line, in the order of its data: each part may import those below it.
  'cli/exit.ts': { may: ['cli/io.ts'], packages: [] },
  'cli/io.ts': { may: ['cli/safe.ts'], packages: ['node:stream'] },
  'cli/safe.ts': { may: [], packages: [] },
  'cli/render/': { may: CLI_BASE },
  'cli/output/': { may: [...CLI_BASE, 'cli/render/'] },
  'cli/arguments/': { may: [...CLI_BASE, 'src/version.ts', 'cli/output/', 'cli/render/'] },
  'cli/settings/': { may: [...CLI_BASE, 'cli/arguments/', 'cli/output/', 'cli/render/'] },
  'cli/source/': {
    may: [...CLI_BASE, 'cli/settings/', 'cli/arguments/', 'cli/output/', 'cli/render/'],
  },
  'cli/top/': {
    may: [...CLI_BASE, 'cli/source/', 'cli/settings/', 'cli/output/', 'cli/render/'],
    packages: ['rxjs'],
  },
  'cli/commands/': {
    may: [
      ...CLI_BASE,
      'cli/top/',
      'cli/source/',
      'cli/settings/',
      'cli/arguments/',
      'cli/output/',
      'cli/render/',
    ],
  },
  'cli/': { may: [...ENTRIES, 'src/internal.ts', 'src/version.ts'] },
  // The page in a browser. Its data layer runs without a browser too.
  'page/data/': { may: ['operators/'], packages: ['rxjs'] },
  'page/time/': { may: [], packages: ['d3-scale'] },
  'page/': {
    may: ['operators/', 'src/hash.ts'],
    packages: ['rxjs', 'preact', 'preact/hooks', 'd3-selection', 'd3-zoom'],
  },
  'examples/': { may: [], self: true },
};

/** Names under which users, and `examples/`, import the product. */
const PUBLIC = /^tidings(\/(operators|engine|journal))?$/;

/** Real servers: only tests named `*.system.test.ts` may import them. */
const REAL_SERVERS = /^test\/support\/(dockerd|podman|containerd|grpc-server|isulad-client)[\w-]*\.ts$/;

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const problems = [
  ...folders(LAYERS).flatMap(filesIn).flatMap(check),
  ...filesIn('test').filter(isUnitTest).flatMap(checkTest),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The top-level folders in the table. */
function folders(table) {
  return [...new Set(Object.keys(table).map((name) => name.split('/')[0]))];
}

function filesIn(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return /\.[cm]?[jt]sx?$/.test(path) ? [path] : [];
  return readdirSync(absolute).flatMap((name) => filesIn(join(path, name)));
}

function check(file) {
  const own = Object.keys(LAYERS).find((layer) => inside(file, layer));
  if (own === undefined) return [`${file}: belongs to no layer: add it to the table in scripts/layers.js`];
  return importsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ line, from, typeOnly }) => {
    const why = refusal(file, own, from, typeOnly);
    return why === undefined ? [] : [`${file}:${line}: ${why}`];
  });
}

function isUnitTest(file) {
  return file.endsWith('.test.ts') && !file.endsWith('.system.test.ts');
}

/** Unit tests start no real server: `npm test` stays fast, and only needs the tree. */
function checkTest(file) {
  return importsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ line, from = '' }) => {
    const target = relative(root, resolve(root, dirname(file), from));
    return REAL_SERVERS.test(target)
      ? [`${file}:${line}: imports ${target}: only tests named *.system.test.ts may`]
      : [];
  });
}

/** The reason why a file may not import a target, if any. */
function refusal(file, own, from, typeOnly) {
  if (from === undefined) return 'imports a computed path: write the path as a literal';
  const { may, packages, self } = LAYERS[own];
  if (!from.startsWith('.')) {
    if (PUBLIC.test(from)) return self ? undefined : `imports ${from}: inside the product, import the file`;
    if (from.startsWith('rxjs/')) return `imports ${from}: only from 'rxjs'`;
    return packages === undefined || packages.includes(from)
      ? undefined
      : `imports ${from}: ${own} may import ${list(packages)}`;
  }
  const target = relative(root, resolve(root, dirname(file), from));
  const allowed = may.some((one) =>
    one.startsWith('type ') ? typeOnly && inside(target, one.slice(5)) : inside(target, one),
  );
  if (inside(target, own) || allowed) return undefined;
  return `imports ${target}${typeOnly ? ' (types)' : ''}: ${own} may import ${list(may)}`;
}

function inside(path, place) {
  return place.endsWith('/') ? path.startsWith(place) : path === place;
}

function list(names) {
  return names.length === 0 ? 'nothing else' : names.join(', ');
}

/**
 * The imports of a source text. The formatter puts every statement at the start of a line;
 * `import(…)` can be anywhere except in a comment.
 */
function importsOf(text) {
  const statements =
    /^(?:import|export)\b(?:(\s+type)\b(?!\s+from\b|\s*,))?(?:[^;'"`]*?\bfrom)?\s*(['"])(?<from>[^'"\n]+)\2/gm;
  const dynamic = /\bimport\s*\(\s*(?:(['"])(?<from>[^'"\n]+)\1\s*[,)])?/g;
  const code = withoutComments(text);
  return [...code.matchAll(statements), ...code.matchAll(dynamic)].map((match) => ({
    line: code.slice(0, match.index).split('\n').length,
    from: match.groups.from,
    typeOnly: match[1]?.trim() === 'type',
  }));
}

/** Blanks comments out. Strings are skipped: a comment mark in a string (a glob) does not count. */
function withoutComments(text) {
  const token = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`|\/\*[^]*?\*\/|\/\/.*/g;
  return text.replace(token, (found) => (found[0] === '/' ? found.replace(/[^\n]/g, ' ') : found));
}
