/** The state directory: ours, for the owner and the group. */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { DaemonStartError } from '../start-error.ts';
import type { Part } from '../part.ts';

/** Others may not even look. */
const MODE = 0o750;

export const stateDirectory: Part = async ({ options: { stateDir } }) => {
  try {
    await mkdir(stateDir, { recursive: true, mode: MODE });
    await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DaemonStartError(
      `cannot use the state directory ${stateDir}: ${(cause as Error).message}; choose one that this user may write to`,
      { cause },
    );
  }
  return undefined;
};
