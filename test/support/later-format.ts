/** Makes files of later versions from those of this one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Changes the numbers of a journal to those of format 9: two slots, of which one can be empty. */
export function journalInFormat9(directory: string): void {
  const path = join(directory, 'numbers');
  const bytes = readFileSync(path);
  for (const at of [0, 512]) {
    const slot = bytes.subarray(at, at + 512);
    if (slot.readUInt32LE(0) === 0) continue;
    const numbers = JSON.parse(slot.toString('latin1', 8)) as object;
    slot.fill(' ', 8);
    slot.write(JSON.stringify({ ...numbers, format: 9, more: true }), 8, 'latin1');
    slot.writeUInt32LE(crc32(slot.subarray(8)), 0);
  }
  writeFileSync(path, bytes);
}
