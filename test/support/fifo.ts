/** FIFOs, made by a program that is not ours. */
import { execFileSync } from 'node:child_process';
import { findTool } from './tools.ts';

export function makeFifo(path: string): void {
  execFileSync(findTool('mkfifo') ?? 'mkfifo', [path]);
}
