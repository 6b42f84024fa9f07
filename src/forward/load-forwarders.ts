/** Reads a file of forwarders, and reports every problem with its line. */
import { checkFile, type FileKind, readChecked } from '../checked-file/checked-file.ts';
import { ForwardError } from './error.ts';
import type { Forwarder } from './forwarder.ts';
import { forwardFile } from './forward-schema.ts';

const KIND: FileKind<{ readonly forward: readonly Forwarder[] }> = {
  schema: forwardFile,
  error: (file, problems) => new ForwardError(file, problems),
};

/**
 * Reads a file of forwarders.
 *
 * @throws ForwardError if the file cannot be read or is invalid
 */
export function readForwarders(file: string): readonly Forwarder[] {
  return readChecked(file, KIND).forward;
}

/** Checked forwarders, and the secrets that a daemon still needs to run them. */
export interface CheckedForwarders {
  readonly forwarders: readonly Forwarder[];
  /** A line for each secret that is missing on this machine: `FILE:LINE: PATH: REASON`. */
  readonly missing: readonly string[];
}

/**
 * Checks a file of forwarders as `readForwarders` does, but without the secrets that it names: use
 * them only to show them.
 *
 * @throws ForwardError as `readForwarders` does
 */
export function checkForwarders(file: string): CheckedForwarders {
  const { content, missing } = checkFile(file, KIND);
  return { forwarders: content.forward, missing };
}
