/**
 * Draws the pictures of `docs/pictures`: `node test/recordings/pictures.js`, with tmux installed and
 * `dist/` built. Tails of 80 and 200 columns replay `hour.ndjson.gz` in real terminals.
 *
 * `node test/recordings/pictures.js MINUTES` first records that file: as root, with Docker,
 * Podman, runc and a static busybox. A daemon follows both engines, and `docker events` runs beside
 * it in terminals of the same widths.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ENGINES } from './engines.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'dist/bin/tidings.js');
const recording = join(root, 'test/recordings/hour.ndjson.gz');
const directory = mkdtempSync(join(tmpdir(), 'td-'));
const stateDir = join(directory, 'state');

/** The environment of each engine's scripts. */
const environments = Object.fromEntries(
  Object.entries(ENGINES).map(([name, { scripts }]) => {
    const own = join(directory, name);
    const host = `unix://${own}/s`;
    mkdirSync(join(own, 'bin'), { recursive: true });
    for (const [file, text] of Object.entries(scripts(own, host))) {
      writeFileSync(join(own, 'bin', file), text, { mode: 0o755 });
    }
    return [
      name,
      { ...process.env, DOCKER_HOST: host, PATH: `${own}/bin:/usr/sbin:/sbin:${process.env.PATH}` },
    ];
  }),
);

const on = (engine, script) =>
  spawnSync('sh', ['-c', script], { env: environments[engine], stdio: ['ignore', 'ignore', 'inherit'] });

const IMAGE = `mkdir -p root/bin && cp "$(command -v busybox)" root/bin/ && cd root &&
  for a in $(bin/busybox --list); do [ $a = busybox ] || ln -sf busybox bin/$a; done && tar -c . | docker import - demo/web:1.4`;

/** The hour: a share of it, the engine, and what is done to it. */
const HOUR = [
  [0.02, 'docker', `docker run -d --name web --health-cmd true --health-interval 5s demo/web:1.4 sleep 9999`],
  [
    0.03,
    'podman',
    `docker run -d --name db --label com.docker.compose.project=shop --label com.docker.compose.service=db demo/web:1.4 sleep 9999`,
  ],
  [0.05, 'docker', `docker run -d --name loop --restart always demo/web:1.4 sh -c 'sleep 1; exit 3'`],
  [0.25, 'docker', `docker stop -t 2 web; docker start web`],
  [0.35, 'docker', `docker run -d --name hungry -m 16m demo/web:1.4 sh -c 'x=a; while :; do x=$x$x; done'`],
  [0.4, 'docker', `docker exec web sh -c 'echo a look inside' >/dev/null`],
  [
    0.45,
    'podman',
    `docker run --rm --name migrate demo/web:1.4 true; docker run --name cron demo/web:1.4 sh -c 'exit 1'`,
  ],
  [
    0.55,
    'docker',
    `docker run -d --name sick --health-cmd 'test -e /ready' --health-interval 2s demo/web:1.4 sleep 9999`,
  ],
  [0.65, 'podman', `docker stop -t 1 db; docker start db`],
  [0.75, 'docker', `engine kill; engine start; docker start web`],
  [0.9, 'docker', `docker rm -f loop sick`],
  [0.93, 'docker', `docker kill -s KILL web`],
  [1, 'docker', ':'],
];

const tmux = (...args) =>
  execFileSync('tmux', ['-u', '-L', 'tidings-pictures', '-f', '/dev/null', ...args], { encoding: 'utf8' });

/** Opens a terminal that runs a command line. */
function terminal(name, columns, line) {
  const env = Object.entries({ ...environments.docker, LC_ALL: 'C.UTF-8', TERM: 'tmux-256color' });
  const passed = env.filter(([key]) => /^(PATH|DOCKER_HOST|LC_ALL|TERM|TZ)$/.test(key));
  const set = passed.map(([key, value]) => `${key}='${value}'`).join(' ');
  tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', '40', `env ${set} ${line}; sleep 99999`);
}

/** Resolves once the command of a terminal has ended. */
async function ended(name) {
  while (tmux('display-message', '-p', '-t', name, '#{pane_current_command}').trim() !== 'sleep')
    await delay(200);
}

/** Most lines of a picture. */
const MOST = 40;

/** Draws a terminal's newest lines. */
function draw(name, file, title, theme = 'dark') {
  const input = tmux('capture-pane', '-e', '-p', '-t', name, '-S', '-500');
  const drawing = [join(root, 'scripts/picture.js'), title, theme, String(MOST)];
  const picture = execFileSync(process.execPath, drawing, { input });
  writeFileSync(join(root, 'docs/pictures', file), picture);
}

const node = process.execPath;

/** Follows real engines for that time. */
async function record(minutes) {
  for (const engine of Object.keys(environments)) {
    on(engine, `engine start; cd ${directory}/${engine} && ${IMAGE}`);
  }
  const engines = Object.entries(environments).flatMap(([name, { DOCKER_HOST }]) => [
    '--engine',
    `${name}=${DOCKER_HOST}`,
  ]);
  const places = ['--state-dir', stateDir, '--data-dir', join(directory, 'data')];
  const served = spawn(node, [command, 'serve', ...places, ...engines], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await delay(5000);
  for (const columns of [80, 200]) {
    terminal(`docker-${columns}`, columns, `sh -c 'while :; do docker events; sleep 1; done'`);
  }
  let last = 0;
  for (const [share, engine, script] of HOUR) {
    await delay((share - last) * minutes * 60_000);
    last = share;
    on(engine, script);
  }
  await delay(2000);
  for (const columns of [80, 200]) {
    draw(`docker-${columns}`, `hour-${columns}-docker.svg`, `docker events, ${columns} columns`);
  }
  const all = ['events', '--state-dir', stateDir, '--tail', 'all', '--no-follow', '-o', 'json'];
  const text = execFileSync(node, [command, ...all], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const plain = text
    .replaceAll(`unix://${directory}/docker/s`, 'unix:///run/docker.sock')
    .replaceAll(`unix://${directory}/podman/s`, 'unix:///run/podman/podman.sock')
    .replaceAll(`${directory}/podman/r`, '/var/lib/containers/storage');
  writeFileSync(recording, gzipSync(plain, { level: 9 }));
  served.kill('SIGTERM');
  for (const engine of Object.keys(environments)) on(engine, 'docker rm -f $(docker ps -aq); engine stop');
}

tmux('new-session', '-d', '-s', 'first', 'sleep 99999');
if (process.argv[2] !== undefined) await record(Number(process.argv[2]));
const file = join(directory, 'hour.ndjson');
writeFileSync(file, gunzipSync(readFileSync(recording)));
const replay = `${node} ${command} replay ${file}`;
for (const columns of [80, 200]) {
  terminal(`tail-${columns}`, columns, `${replay} --speed max`);
  await ended(`tail-${columns}`);
  draw(`tail-${columns}`, `hour-${columns}.svg`, `tidings events, ${columns} columns`);
}
for (const theme of ['dark', 'light']) {
  terminal(theme, 100, `${replay} --speed max --theme ${theme}`);
  await ended(theme);
  draw(theme, `theme-${theme}.svg`, `tidings events --theme ${theme}`, theme);
}
// In the middle, while a crash loop grows: a hundred seconds of the recording in a second.
terminal('live', 80, `${replay} --speed 100`);
await delay(8500);
draw('live', 'live.svg', 'tidings events, 80 columns');
tmux('kill-server');
rmSync(directory, { recursive: true });
