/**
 * A week of a host with compose projects: 5,000 containers, each with a health check, deaths and
 * restarts. The same events for the same count and end.
 */
import { createHash } from 'node:crypto';
import { type IncomingEvent, OwnEvent } from '../../src/event.ts';

const WEEK = 7 * 86_400;
const DAY = 86_400;
const CONTAINERS = 5000;
const SERVICES = 1000;
/** Containers that live for the whole week, and one that is busy for a day. */
const STEADY = 5;
/** Events of each of these. */
const EACH = 5000;

/** A container whose events are spread evenly over the week. */
export const SPREAD = 'shop-0-web-0';
/** A container with as many events within one day. */
export const BUSY = 'busy-1';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Numbers from 0 to 1, the same in each run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Container {
  readonly id: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  step: number;
  execId: string;
}

const SOURCE = { engine: 'docker', endpoint: 'unix:///var/run/docker.sock', id: hex('host').slice(0, 36) };

function makeContainer(i: number): Container {
  const service = i % SERVICES;
  const project = `shop-${service % 200}`;
  const isBusy = i === CONTAINERS;
  const name = isBusy ? BUSY : `${project}-web-${i}`;
  const labels = {
    'com.docker.compose.config-hash': hex(`config ${service}`),
    'com.docker.compose.container-number': String(Math.floor(i / SERVICES) + 1),
    'com.docker.compose.depends_on': '',
    'com.docker.compose.image': `sha256:${hex(`image ${service}`)}`,
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.project': project,
    'com.docker.compose.project.config_files': `/srv/${project}/compose.yaml`,
    'com.docker.compose.project.working_dir': `/srv/${project}`,
    'com.docker.compose.service': `web-${service}`,
    'com.docker.compose.version': '2.20.2',
  };
  return { id: hex(name), name, labels, step: 0, execId: '' };
}

/** Health checks between two deaths. */
const CHECKS = 60;

/** The next event of a container: its action, and the attributes besides its labels. */
function nextOf(container: Container): readonly [action: string, own: Record<string, string>] {
  const step = container.step++;
  if (step === 0) return ['create', {}];
  if (step === 1) return ['start', {}];
  const turn = (step - 2) % (CHECKS * 3 + 2);
  if (turn === CHECKS * 3)
    return ['die', { execDuration: String(step), exitCode: step % 5 === 0 ? '137' : '1' }];
  if (turn === CHECKS * 3 + 1) return ['start', {}];
  if (turn % 3 === 0) container.execId = hex(`${container.id} ${step}`);
  const execID = container.execId;
  if (turn % 3 === 0) return ['exec_create: /bin/sh -c wget -q -O- localhost', { execID }];
  if (turn % 3 === 1) return ['exec_start: /bin/sh -c wget -q -O- localhost', { execID }];
  return ['exec_die', { execID, exitCode: '0' }];
}

/**
 * The events in the order of their times, in lists.
 *
 * @param count number of events
 * @param end time of the last one: ns since the Unix epoch
 */
export function* makeHistory(count: number, end: bigint, list = 1000): Generator<IncomingEvent[]> {
  const random = randomNumbers(1);
  const containers: Container[] = [];
  const step = WEEK / count;
  const rare = (STEADY * EACH) / 10_000_000;
  const busy = (EACH * 7) / 10_000_000;
  let events: IncomingEvent[] = [];
  let oldest = STEADY;
  for (let i = 0; i < count; i++) {
    const at = (i + random()) * step;
    const choice = random();
    // Each of the others lives for about a day, one after the other.
    const youngest = (at / WEEK) * (CONTAINERS - STEADY);
    const alive = (CONTAINERS * DAY) / WEEK;
    let which: number;
    const isOver = STEADY + youngest - alive > oldest;
    if (isOver) which = oldest++;
    else if (choice < rare) which = Math.floor(random() * STEADY);
    else if (at > 3 * DAY && at < 4 * DAY && choice < rare + busy) which = CONTAINERS;
    else which = Math.max(oldest, STEADY + Math.floor(youngest - alive * random()));
    const container = (containers[which] ??= makeContainer(which));
    const [action, own] = isOver ? (['destroy', {}] as const) : nextOf(container);
    const { id, name, labels } = container;
    // Docker states attributes in the order of their names.
    const attributes = { ...labels, ...own, image: `registry.local/team/web:1.4.${which % 7}`, name };
    const timeNano = end - BigInt(Math.round((WEEK - at) * 1e6)) * 1000n - BigInt(i % 997);
    events.push(new OwnEvent({ timeNano, type: 'container', action, id, name, attributes, source: SOURCE }));
    if (events.length < list && i < count - 1) continue;
    yield events;
    events = [];
  }
}
