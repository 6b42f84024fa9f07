/** Start time of the command, compared with Node itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atMost } from '../harness/aim.ts';
import type { Benchmark, Line } from '../harness/benchmark.ts';
import { command, environment, startDaemon } from '../harness/built-command.ts';
import { writeRecords } from '../harness/pipe.ts';
import { inTurn } from '../harness/statistics.ts';

/** Time from the start of a process to its first output, or to its end without output: in ns. */
async function firstWord(...args: string[]): Promise<number> {
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  const took = Number(process.hrtime.bigint() - start);
  child.kill('SIGKILL');
  await exited;
  return took;
}

export const benchmark: Benchmark = {
  name: 'start',
  async measure({ rounds, directory }) {
    await using daemon = await startDaemon(directory);
    writeRecords(daemon.fifo, 1000);
    const line = async (what: string, most: number, ...args: string[]): Promise<Line> => ({
      what,
      unit: 'ns',
      pairs: await inTurn(
        rounds * 3,
        () => firstWord(command, ...args),
        () => firstWord('-e', 'console.log(0)'),
      ),
      aim: atMost(most),
    });
    const place = ['--state-dir', daemon.stateDir];
    return [
      await line('`tidings --version` to its line ÷ `node -e`', 1.5, '--version'),
      await line('`tidings events` to its first line ÷ `node -e`', 2, 'events', ...place, '--tail', '1'),
      await line('the same as JSON', 2, 'events', ...place, '--tail', '1', '-o', 'json'),
    ];
  },
};
