/** Maps failures to connect to states, with a reason for people. */
import type { EventSource } from '../event.ts';
import type { EngineState } from './engine.ts';
import { isRemote } from './remote.ts';
import { socketProblem } from './unix-endpoint.ts';

/** Thrown if the engine is already followed at another endpoint. */
export class DuplicateError extends Error {
  override readonly name = 'DuplicateError';

  constructor({ engine, endpoint, id }: EventSource, other: string) {
    super(
      `${endpoint} is the same engine as ${other}, which is followed (${engine} ID ${id}); ` +
        'if they are two with one cloned ID, give one of them an ID of its own',
    );
  }
}

/** The meaning of a failure to connect, by the code of the system's error. */
const FAILURES: Readonly<Record<string, readonly [EngineState, string]>> = {
  ENOENT: ['absent', 'there is no such socket'],
  ECONNREFUSED: ['absent', 'no process listens on that socket'],
  EACCES: ['retrying', 'this user may not connect: it must be root or in the group that owns the socket'],
  ECONNRESET: ['retrying', 'the connection was lost'],
  EPIPE: ['retrying', 'the connection was lost'],
};

/** The state after an error, and the reason. */
export function whatHappened(error: unknown, endpoint: string): readonly [EngineState, string] {
  if (error instanceof DuplicateError) return ['duplicate', error.message];
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [state, reason] = FAILURES[code] ?? ['retrying', message];
  if (isRemote(endpoint)) return [state, message];
  const asked = code === 'EACCES' || code === 'ECONNREFUSED' || code === 'ENOTSOCK';
  const problem = asked ? socketProblem(endpoint) : undefined;
  const isDirectory = problem?.startsWith('it is a directory') === true;
  return [state, code === 'EACCES' || isDirectory ? (problem ?? reason) : reason];
}
