/**
 * Records the scenarios of `deaths/scenarios.yaml` or `alerts/scenarios.yaml` on a real engine of
 * its own: `node test/recordings/record.js docker|podman|containerd [deaths|alerts] [NAME…]`, as
 * root, with that engine, runc and a static busybox installed and `dist/` built. Each file holds
 * the frames that the daemon served, without those of the clean-up.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { ENGINES, HELPERS } from './engines.js';

const [engine, ...names] = process.argv.slice(2);
const set = names[0] === 'alerts' ? 'alerts' : 'deaths';
const wanted = names.filter((name) => name !== set);
const { folders, scripts } = ENGINES[engine];
const root = fileURLToPath(new URL('../..', import.meta.url));
const recordings = join(root, 'test/recordings');
const directory = mkdtempSync('/tmp/td-');
const host = `unix://${directory}/s`;
const daemon = join(directory, 'state/tidings.sock');

const env = {
  ...process.env,
  DOCKER_HOST: host,
  SHOP: join(directory, 'shop.yaml'),
  PATH: `${directory}/bin:/usr/sbin:/sbin:${process.env.PATH}`,
};
const sh = (script) =>
  spawnSync('sh', ['-c', script], { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });

const CONNECTED = `until curl -sS --unix-socket ${daemon} http://localhost/healthz | grep -q '"connected"'; do sleep 0.2; done`;

const frames = () =>
  execFileSync('curl', ['-sS', '--unix-socket', daemon, 'http://localhost/v1/events?since=0&follow=false'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
    .split('\n')
    .filter((line) => line.startsWith('{"kind":"event"'));

mkdirSync(join(directory, 'bin'));
for (const [name, text] of Object.entries({ ...HELPERS, ...scripts(directory, host) })) {
  writeFileSync(join(directory, 'bin', name), text, { mode: 0o755 });
}
sh('engine start');
sh(`mkdir -p ${directory}/root/bin && cp "$(command -v busybox)" ${directory}/root/bin/ && cd ${directory}/root &&
  for a in $(bin/busybox --list); do [ $a = busybox ] || ln -s busybox bin/$a; done; import`);
const served = spawn(
  process.execPath,
  [
    join(root, 'dist/bin/tidings.js'),
    ...['serve', '--engine', `${engine}=${host}`, '--no-journal', '--state-dir', join(directory, 'state')],
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
const files = { deaths: ['scenarios.yaml'], alerts: ['scenarios.yaml', 'held-back.yaml'] };
const scenarios = files[set].flatMap((file) => parse(readFileSync(join(recordings, set, file), 'utf8')));
const folder = join(recordings, set, folders[set]);
mkdirSync(folder, { recursive: true });
sh(CONNECTED);
for (const { name, commands, engines = [engine] } of scenarios) {
  if (!engines.includes(engine) || (wanted.length > 0 && !wanted.includes(name))) continue;
  const before = frames().length;
  const { stderr } = sh(commands);
  // After a restart of the engine, the daemon connects again, and reads what it has missed.
  sh(CONNECTED);
  await delay(2000);
  const recorded = frames().slice(before);
  const file = join(folder, `${name}.ndjson`);
  writeFileSync(file, recorded.join('\n').replaceAll(directory, '/run') + '\n');
  process.stdout.write(`${name}: ${recorded.length} events ${String(stderr).slice(0, 200)}\n`);
  sh('clean-up');
  await delay(500);
}
served.kill();
sh('clean-up');
sh('engine stop');
await delay(1000);
sh(`for m in $(grep -o '${directory}[^ ]*' /proc/mounts); do umount -l $m; done`);
rmSync(directory, { recursive: true, force: true });
