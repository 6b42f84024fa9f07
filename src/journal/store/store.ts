/**
 * Where a journal keeps its bytes: named files that only grow at their end, except for one that is written
 * in place. A new kind of store is one more file that implements this.
 */

export interface StoredFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/** A part of a file to be written. */
export interface Piece {
  readonly name: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Store {
  /** What is kept, in order of the names. Throws what the system says. */
  list(): readonly StoredFile[];
  /** At most `length` bytes from `offset` on: fewer where the file ends; undefined where there is no such file. */
  read(name: string, offset: number, length: number): Buffer | undefined;
  /**
   * Writes pieces in order and creates missing files. Resolves once they, and all that was {@link put}
   * before, are as durable as the store was opened for. A failed write can be repeated. Rejects with the
   * system's error.
   */
  write(pieces: readonly Piece[]): Promise<void>;
  /**
   * Hands pieces to the system before it returns, without waiting for the disk: they survive the end of
   * this process. Throws the system's error; the same pieces can then be written again. Optional: a store
   * without it only has `write`.
   */
  put?(pieces: readonly Piece[]): void;
  /**
   * Identifies the boot of the system that holds what was {@link put}. If a later process finds the same
   * boot, nothing that was put is missing. Optional: a store that cannot tell leaves it out.
   */
  readonly boot?: string | undefined;
  /** Removes a file; no error when it is not there. */
  remove(name: string): Promise<void>;
  /** Gives a file another name, under which {@link list} does not show it any more. */
  setAside(name: string): Promise<string>;
  /** Gives up what the system holds for it. */
  close(): Promise<void>;
}
