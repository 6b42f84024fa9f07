import { expect, it } from 'vitest';
import { keysOf } from '../../../cli/top/keys.ts';

it.each([
  ['q', ['q']],
  ['/web', ['/', 'w', 'e', 'b']],
  ['\u001b[A\u001bOB\u001b', ['up', 'down', 'escape']],
  ['\r\u007f \u0003', ['enter', 'backspace', 'space', 'interrupt']],
  ['\u001b[5~\u001b[6~', ['page-up', 'page-down']],
  ['é漢😀', ['é', '漢', '😀']],
  ['\u001b[200~\u0007\u0000\u009b', []],
])('reads %j', (input, keys) => {
  expect(keysOf(input)).toEqual(keys);
});
