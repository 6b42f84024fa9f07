/**
 * Records the scenarios of `deaths/scenarios.yaml` on a real dockerd of its own: `node test/recordings/record.js
 * [NAME…]`, as root, with dockerd, the docker client and a static busybox installed and `dist/` built. Each file holds
 * the frames that the daemon served, without those of the clean-up.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/recordings/deaths');
const directory = mkdtempSync('/tmp/td-');
const host = `unix://${directory}/s`;
const daemon = join(directory, 'state/tidings.sock');

/** `engine start|stop|kill`, for the scenarios: dockerd on directories of its own. */
const ENGINE = `#!/bin/sh
d=${directory}
gone() { while kill -0 "$1" 2>/dev/null && ! grep -q ') Z' /proc/$1/stat; do sleep 0.1; done; }
case $1 in
  start)
    dockerd --host ${host} --pidfile $d/pid --data-root $d/data --exec-root $d/exec --iptables=false --ip6tables=false \\
      --bridge=none --storage-driver=vfs --shutdown-timeout 15 >>$d/log 2>&1 </dev/null &
    until docker version >/dev/null 2>&1; do sleep 0.2; done ;;
  stop) p=$(cat $d/pid); kill $p; gone $p; rm -f $d/pid $d/exec/containerd/containerd.pid ;;
  kill)
    p=$(cat $d/pid); c=$(cat $d/exec/containerd/containerd.pid); kill -9 $p; gone $p
    kill $c; gone $c; rm -f $d/pid $d/exec/containerd/containerd.pid ;;
esac
`;

const env = {
  ...process.env,
  DOCKER_HOST: host,
  PATH: `${directory}/bin:/usr/sbin:/sbin:${process.env.PATH}`,
};
const sh = (script) => spawnSync('sh', ['-c', script], { env, stdio: ['ignore', 'ignore', 'pipe'] });

const frames = () =>
  execFileSync('curl', ['-sS', '--unix-socket', daemon, 'http://localhost/v1/events?since=0&follow=false'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
    .split('\n')
    .filter((line) => line.startsWith('{"kind":"event"'));

mkdirSync(join(directory, 'bin'));
writeFileSync(join(directory, 'bin/engine'), ENGINE);
chmodSync(join(directory, 'bin/engine'), 0o755);
sh('engine start');
sh(`mkdir -p ${directory}/root/bin && cp "$(command -v busybox)" ${directory}/root/bin/ && cd ${directory}/root &&
  for a in $(bin/busybox --list); do [ $a = busybox ] || ln -s busybox bin/$a; done
  for t in 1 2; do tar -c . | docker import - bb:$t; done`);
// Every container without a network; dockerd has none to give.
writeFileSync(
  join(directory, 'bin/docker'),
  `#!/bin/sh\n[ "$1" = run ] && { shift; set -- run --network none "$@"; }\nexec ${execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim()} "$@"\n`,
);
chmodSync(join(directory, 'bin/docker'), 0o755);
const served = spawn(
  process.execPath,
  [
    join(root, 'dist/bin/tidings.js'),
    ...['serve', '--engine', `docker=${host}`, '--no-journal', '--state-dir', join(directory, 'state')],
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
const scenarios = parse(readFileSync(join(folder, 'scenarios.yaml'), 'utf8'));
const wanted = process.argv.slice(2);
await delay(3000);
for (const { name, commands } of scenarios) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const before = frames().length;
  const { stderr } = sh(commands);
  await delay(1000);
  const recorded = frames().slice(before);
  writeFileSync(join(folder, `${name}.ndjson`), recorded.join('\n').replaceAll(directory, '/run') + '\n');
  process.stdout.write(`${name}: ${recorded.length} events ${String(stderr).slice(0, 200)}\n`);
  sh('docker rm -f $(docker ps -aq)');
  await delay(500);
}
served.kill();
sh('engine stop');
await delay(1000);
sh(`for m in $(grep -o '${directory}[^ ]*' /proc/mounts); do umount -l $m; done`);
rmSync(directory, { recursive: true, force: true });
