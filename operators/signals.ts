/** Signals by number, as on Linux on x86 and ARM: the same for all that containers run on but MIPS and SPARC. */

const NAMES = [
  ...[
    '',
    'HUP',
    'INT',
    'QUIT',
    'ILL',
    'TRAP',
    'ABRT',
    'BUS',
    'FPE',
    'KILL',
    'USR1',
    'SEGV',
    'USR2',
    'PIPE',
    'ALRM',
  ],
  ...[
    'TERM',
    'STKFLT',
    'CHLD',
    'CONT',
    'STOP',
    'TSTP',
    'TTIN',
    'TTOU',
    'URG',
    'XCPU',
    'XFSZ',
    'VTALRM',
    'PROF',
  ],
  ...['WINCH', 'IO', 'PWR', 'SYS'],
];

/** Of `9`, `KILL` or `SIGKILL`; undefined where it is none. */
export function signalNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const number = NAMES.indexOf(text.replace(/^SIG/i, '').toUpperCase());
  return number > 0 ? number : undefined;
}

/** `SIGKILL` of 9; `signal 40` where it has no name. */
export function signalName(number: number): string {
  const name = NAMES[number];
  return name === undefined || name === '' ? `signal ${number}` : `SIG${name}`;
}
