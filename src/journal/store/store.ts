/**
 * Storage of a journal's bytes: named files that only grow at their end, except for one that is
 * written in place. A new kind of store is one more file that implements this interface.
 */

/** A file of a store. */
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

/** The storage of a journal. */
export interface Store {
  /** Lists the files, sorted by name. Throws the system's error. */
  list(): readonly StoredFile[];
  /**
   * Reads at most `length` bytes from `offset`: fewer at the end of the file; undefined if there is
   * no such file.
   */
  read(name: string, offset: number, length: number): Buffer | undefined;
  /**
   * Writes pieces in order and creates missing files. Resolves once they, and all pieces {@link
   * put} before, are as durable as the store was opened for. A failed write can be repeated.
   * Rejects with the system's error.
   */
  write(pieces: readonly Piece[]): Promise<void>;
  /**
   * Hands pieces to the system synchronously, without waiting for the disk: they survive the end of
   * this process. Throws the system's error; the same pieces can then be written again. Optional: a
   * store without it only has `write`.
   */
  put?(pieces: readonly Piece[]): void;
  /**
   * Identifies the boot of the system that holds the pieces that were {@link put}. If a later
   * process finds the same boot, no such piece is missing. Optional: a store that cannot tell
   * leaves it out.
   */
  readonly boot?: string | undefined;
  /** Removes a file; no error if it does not exist. */
  remove(name: string): Promise<void>;
  /** Renames a file; {@link list} no longer shows it. */
  setAside(name: string): Promise<string>;
  /** Frees the resources of the system. */
  close(): Promise<void>;
}
