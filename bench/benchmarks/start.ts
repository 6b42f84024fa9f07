/** How long the command takes to start, next to Node itself. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../harness/root.ts';
import { atMost } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { inTurn } from '../harness/statistics.ts';

const command = join(root, 'dist/bin/tidings.js');

/** Certificates that are loaded at the start of Node would be most of it. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

function runs(...args: string[]): Promise<number> {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const took = Number(process.hrtime.bigint() - start);
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}: ${stderr}`);
  return Promise.resolve(took);
}

export const benchmark: Benchmark = {
  name: 'start',
  async measure({ rounds }) {
    return [
      {
        what: '`tidings --version` ÷ `node -e 0`',
        unit: 'ns',
        pairs: await inTurn(
          rounds * 3,
          () => runs(command, '--version'),
          () => runs('-e', '0'),
        ),
        aim: atMost(1.5),
      },
    ];
  },
};
