/**
 * iSulad's Events as a client sees them that is not Node's: Python's gRPC, which is gRPC's C core.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { findTool } from './tools.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The Python that has grpcio and its protoc, if there is one. Another one may come first in `PATH`.
 */
export const grpcPython: string | undefined = ['/usr/bin/python3', findTool('python3')].find(hasGrpc);

function hasGrpc(python: string | undefined): boolean {
  try {
    if (python !== undefined)
      execFileSync(python, ['-c', 'import grpc, grpc_tools.protoc'], { stdio: 'ignore' });
    return python !== undefined;
  } catch {
    return false;
  }
}

export interface CallOptions {
  /** Seconds and nanoseconds. */
  readonly since?: readonly [seconds: number, nanos: number];
  readonly until?: readonly [seconds: number, nanos: number];
  readonly storeOnly?: boolean;
  readonly id?: string;
  /** Seconds until the call's deadline. */
  readonly timeout?: number;
  /** Cancels the call once it has had so many events. */
  readonly cancelAfter?: number;
}

/** One call of a unary method, or of a method that is not in the definition. */
export type UnaryOptions =
  | { readonly method: string; readonly request?: Readonly<Record<string, unknown>> }
  | { readonly path: string };

interface IsuladEvent {
  readonly timeNano: string;
  readonly opt: string;
  readonly id: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** End of a call: the name of gRPC's code. */
interface Ending {
  readonly code: string;
  readonly details: string;
}

type Said = Ending | { readonly begun: true } | { readonly answer: Answer };

/** A message as JSON: absent fields are left out. */
type Answer = Readonly<Record<string, unknown>>;

export interface IsuladCall {
  /** Resolves once the server has begun to answer, or has ended the call. */
  readonly begun: Promise<void>;
  /** Events so far. */
  readonly events: readonly IsuladEvent[];
  readonly ended: Promise<Ending>;
  /** The answer of a unary call that succeeded. */
  readonly answered: Promise<Answer>;
  /** Ends the client without a message. */
  kill(): void;
}

/** Makes a call in a process of its own. */
export function callIsulad(socket: string, options: CallOptions | UnaryOptions = {}): IsuladCall {
  const script = here('isulad-client.py');
  const child = spawn(
    grpcPython as string,
    [script, here('../../docs/isulad.proto'), socket, JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += String(data)));
  const events: IsuladEvent[] = [];
  const said = new ReplaySubject<Said>();
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      const value = JSON.parse(line) as Said | IsuladEvent;
      if ('opt' in value) events.push(value);
      else said.next(value);
    })
    .on('close', () => said.error(new Error(`the client ended: ${stderr}`)));
  const begun = firstValueFrom(said.pipe(map(() => undefined)));
  const ended = firstValueFrom(said.pipe(filter((value) => 'code' in value)));
  const answered = firstValueFrom(
    said.pipe(
      filter((value) => 'answer' in value),
      map(({ answer }) => answer),
    ),
  );
  answered.catch(() => undefined);
  // Callers may ignore the failure of either.
  begun.catch(() => undefined);
  ended.catch(() => undefined);
  return { begun, events, ended, answered, kill: () => child.kill('SIGKILL') };
}
