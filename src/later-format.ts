/**
 * Files of a later version, after a downgrade: they are set aside, so that nothing overwrites them,
 * and the later version can have them again.
 */
import { renameSync } from 'node:fs';

/** Thrown for a file whose format is later than the one that this version reads. */
export class LaterFormatError extends Error {
  override readonly name = 'LaterFormatError';
  readonly format: number;

  /** @param known the latest format that this version reads */
  constructor(subject: string, format: number, known: number) {
    super(
      `${subject} has format ${format}, of a later version of tidings, and this version reads formats up to ${known}`,
    );
    this.format = format;
  }
}

/** Renames the file; returns its new path. @throws Error of the system if it cannot be renamed */
export function setAside(path: string, { format }: LaterFormatError): string {
  const aside = `${path}.format-${format}`;
  renameSync(path, aside);
  return aside;
}
