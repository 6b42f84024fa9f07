/**
 * gRPC servers that are not Node's: Python's, which is gRPC's C core, in processes of their own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { onTestFinished } from 'vitest';
import { grpcPython } from './isulad-client.ts';

export interface GrpcServer {
  readonly socket: string;
  readonly endpoint: string;
  /** Resolves once it has printed the line. */
  said(line: string): Promise<unknown>;
  /** Writes a line to its input. */
  tell(line: string): void;
  /** Kills it with SIGKILL; resolves once it has ended. */
  kill(): Promise<void>;
}

/**
 * Runs a script of this folder with a socket as its argument, and resolves once it prints `ready`.
 * It is killed when the test is over.
 *
 * @param socket where an earlier server was; default: a new path
 */
export async function grpcServer(
  script: string,
  socket: string = newSocket(),
  ...rest: string[]
): Promise<GrpcServer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(grpcPython as string, [path, socket, ...rest], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  let errors = '';
  child.stderr.on('data', (data) => (errors += String(data)));
  const lines = new ReplaySubject<string>();
  createInterface({ input: child.stdout })
    .on('line', (line) => lines.next(line))
    .on('close', () => lines.error(new Error(`the server ended: ${errors}`)));
  lines.subscribe({ error: () => undefined });
  const said = (line: string): Promise<unknown> =>
    firstValueFrom(lines.pipe(filter((each) => each === line)));
  await said('ready');
  return {
    ...{ socket, endpoint: `unix://${socket}`, said, kill },
    tell: (line) => void child.stdin.write(`${line}\n`),
  };
}

function newSocket(): string {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 's');
}
