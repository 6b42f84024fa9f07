/**
 * Where a journal keeps its bytes: named files that only grow at their end, but for one that is written in place. Another
 * kind of store is one more file that implements this.
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
   * Writes pieces in order, creating files that are not there; resolves once all is as durable as the store was
   * opened for. Writing the same again after a failure is safe. Rejects with what the system says.
   */
  write(pieces: readonly Piece[]): Promise<void>;
  /** Removes a file; no error when it is not there. */
  remove(name: string): Promise<void>;
  /** Gives a file another name, under which {@link list} does not show it any more. */
  setAside(name: string): Promise<string>;
  /** Gives up what the system holds for it. */
  close(): Promise<void>;
}
