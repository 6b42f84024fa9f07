/** A process that runs the jobs of one benchmark on request over its channel. */
import { find } from './list.ts';
import type { Answer, Request } from './harness/workers.ts';

const { jobs = {} } = await find(process.argv[2] ?? '');

process.on('message', (request: Request) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer({ call, job, args }: Request): Promise<void> {
  try {
    const result = await jobs[job]?.(...args);
    send({ call, result });
  } catch (error) {
    send({ call, error: `${job}: ${error instanceof Error ? error.stack : String(error)}` });
  }
}

function send(answer: Answer): void {
  process.send?.(answer);
}
