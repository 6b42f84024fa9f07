/**
 * Draws the pictures of `docs/pictures` from two real engines: `node test/recordings/pictures.js
 * MINUTES`, as root, with Docker, Podman, runc, tmux and a static busybox installed and `dist/`
 * built. Tails of 80 and 200 columns run in tmux beside `docker events`, while a daemon follows both
 * engines.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ENGINES } from './engines.js';

const minutes = Number(process.argv[2] ?? 60);
const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'dist/bin/tidings.js');
const directory = mkdtempSync('/tmp/td-');
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
function terminal(name, columns, line, engine = 'docker') {
  const env = Object.entries({ ...environments[engine], LC_ALL: 'C.UTF-8', TERM: 'tmux-256color' });
  const passed = env.filter(([key]) => /^(PATH|DOCKER_HOST|LC_ALL|TERM|TZ)$/.test(key));
  const set = passed.map(([key, value]) => `${key}='${value}'`).join(' ');
  tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', '40', `env ${set} ${line}; sleep 99999`);
}

/** Draws a terminal's lines, the newest of the history. */
function draw(name, file, title, most, theme = 'dark') {
  const text = tmux('capture-pane', '-e', '-p', '-t', name, '-S', '-500').trimEnd();
  const lines = text.split('\n').slice(-most).join('\n');
  const picture = execFileSync(process.execPath, [join(root, 'scripts/picture.js'), title, theme], {
    input: lines,
  });
  writeFileSync(join(root, 'docs/pictures', file), picture);
}

const node = process.execPath;
const tail = `${node} ${command} events --state-dir ${stateDir}`;

for (const engine of Object.keys(environments))
  on(engine, `engine start; cd ${directory}/${engine} && ${IMAGE}`);
const served = spawn(
  node,
  [
    command,
    ...['serve', '--state-dir', stateDir, '--data-dir', join(directory, 'data')],
    ...Object.entries(environments).flatMap(([name, { DOCKER_HOST }]) => [
      '--engine',
      `${name}=${DOCKER_HOST}`,
    ]),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
await delay(3000);
tmux('new-session', '-d', '-s', 'first', 'sleep 99999');
terminal('tail-80', 80, tail);
terminal('tail-200', 200, tail);
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
const span = `${minutes} minutes`;
draw('tail-80', 'hour-80.svg', `tidings events, 80 columns, ${span} of Docker and Podman`, 40);
draw('tail-200', 'hour-200.svg', `tidings events, 200 columns, ${span} of Docker and Podman`, 40);
draw('docker-80', 'hour-80-docker.svg', `docker events, 80 columns, the end of the same time`, 40);
draw('docker-200', 'hour-200-docker.svg', `docker events, 200 columns, the end of the same time`, 40);
for (const theme of ['dark', 'light']) {
  terminal(theme, 100, `${tail} --tail 150 --no-follow --theme ${theme}`);
  await delay(3000);
  draw(theme, `theme-${theme}.svg`, `tidings events --theme ${theme}`, 30, theme);
}
writeFileSync(
  join(directory, 'hour.ndjson'),
  execFileSync(node, [
    command,
    'events',
    '--state-dir',
    stateDir,
    '--tail',
    'all',
    '--no-follow',
    '-o',
    'json',
  ]),
);
process.stderr.write(`events of the time: ${directory}/hour.ndjson\n`);
tmux('kill-server');
served.kill('SIGTERM');
for (const engine of Object.keys(environments)) on(engine, 'docker rm -f $(docker ps -aq); engine stop');
