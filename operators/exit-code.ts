import type { Described } from './shapes.ts';
import { signalName } from './signals.ts';

/**
 * The exit code that an event states (Podman's own word is `containerExitCode`); undefined if it
 * states no number.
 */
export function exitCodeOf(attributes: Described['attributes']): number | undefined {
  return wholeNumber(attributes['exitCode'] ?? attributes['containerExitCode']);
}

/** Parses a whole number of at most ten digits. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The highest signal number on Linux. */
const SIGNALS = 64;

/**
 * The number of the signal that ended a process, from its exit code: 128 + n, as in shells and
 * engines.
 */
export function signalOfExit(exitCode: number | undefined): number | undefined {
  return exitCode !== undefined && exitCode > 128 && exitCode <= 128 + SIGNALS ? exitCode - 128 : undefined;
}

/** Exit codes of shells and of Docker. The process itself can use them with another meaning. */
const MEANINGS: Readonly<Record<number, string>> = {
  125: 'the engine could not run it',
  126: 'command cannot be executed',
  127: 'command not found',
  128: 'could not be started',
};

/** Windows status codes (NTSTATUS, and the runtimes' own), as unsigned 32-bit numbers. */
const WINDOWS: Readonly<Record<number, string>> = {
  0x40010004: 'ended by a debugger',
  0x40010005: 'Ctrl-C',
  0x80000003: 'breakpoint',
  0x80131506: '.NET runtime error',
  0xc0000005: 'access violation',
  0xc0000006: 'page could not be read',
  0xc0000017: 'no memory left',
  0xc000001d: 'illegal instruction',
  0xc0000022: 'access denied',
  0xc0000094: 'integer division by zero',
  0xc00000fd: 'stack overflow',
  0xc0000135: 'DLL not found',
  0xc0000139: 'entry point not found in a DLL',
  0xc000013a: 'Ctrl-C or shutdown',
  0xc0000142: 'DLL could not be initialized',
  0xc0000374: 'heap corrupted',
  0xc0000409: 'stack buffer overrun, or abort',
  0xe0434352: 'unhandled .NET exception',
  0xe06d7363: 'unhandled C++ exception',
};

/** Tests for a status code of Windows: its error or warning bit is set. Linux only has 0 to 255. */
function isStatus(exitCode: number): boolean {
  return exitCode < -1 || exitCode >= 0x4000_0000;
}

/**
 * The meaning of an exit code by the conventions of shells, Docker and Windows: `command not
 * found`, `SIGKILL`, `access violation`.
 *
 * @returns undefined if only the program defines the meaning
 * @example
 * exitMeaning(127) // 'command not found'
 * exitMeaning(137) // 'SIGKILL'
 */
export function exitMeaning(exitCode: number): string | undefined {
  const signal = signalOfExit(exitCode);
  if (signal !== undefined) return signalName(signal);
  return isStatus(exitCode) ? WINDOWS[exitCode >>> 0] : MEANINGS[exitCode];
}

/** Formats an exit code: `137`, or `0xC0000005` for a status code of Windows. */
export function exitText(exitCode: number): string {
  return isStatus(exitCode)
    ? `0x${(exitCode >>> 0).toString(16).toUpperCase().padStart(8, '0')}`
    : String(exitCode);
}
