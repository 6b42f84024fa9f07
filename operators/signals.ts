/** Signals by number, as on Linux on x86 and ARM. MIPS and SPARC have other numbers. */

const NAMES = [
  ...['', 'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE'],
  ...['ALRM', 'TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ'],
  ...['VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS'],
];

/** First and last real-time signal, in glibc's numbering. */
const RTMIN = 34;
const RTMAX = 64;

/** The number of `9`, `KILL`, `SIGKILL` or `RTMIN+3`; undefined if the text is not a signal. */
export function signalNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const name = text.replace(/^SIG/i, '').toUpperCase();
  const [, edge, offset = '0'] = /^(RTMIN|RTMAX)([+-]\d{1,2})?$/.exec(name) ?? [];
  if (edge !== undefined) {
    const number = (edge === 'RTMIN' ? RTMIN : RTMAX) + Number(offset);
    return number >= RTMIN && number <= RTMAX ? number : undefined;
  }
  const number = NAMES.indexOf(name);
  return number > 0 ? number : undefined;
}

/** `SIGKILL` of 9, `SIGRTMIN+3` of 37; `signal 32` if it has no name. */
export function signalName(number: number): string {
  const name = NAMES[number];
  if (name !== undefined && name !== '') return `SIG${name}`;
  if (number === RTMIN) return 'SIGRTMIN';
  if (number > RTMIN && number <= RTMAX) return `SIGRTMIN+${number - RTMIN}`;
  return `signal ${number}`;
}
