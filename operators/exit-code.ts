import type { Described } from './shapes.ts';

/** The exit code that an event states (Podman's own word is `containerExitCode`); undefined: none, or no number. */
export function exitCodeOf(attributes: Described['attributes']): number | undefined {
  return wholeNumber(attributes['exitCode'] ?? attributes['containerExitCode']);
}

/** A whole number of at most ten digits. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}
