/**
 * `tidings/journal`: the history of events on disk. See `docs/journal.md`.
 *
 * @module tidings/journal
 */

// Writing and reading a journal.
export {
  type Journal,
  type JournalOptions,
  journalIn,
  type JournalReader,
  openJournal,
  readJournal,
  type ReadJournalOptions,
} from './journal/journal.ts';
export type { JournalStatus } from './journal/write/recording.ts';
export type { Archive, Span, Stretch as ArchiveStretch, Window } from './collector/archive.ts';

// Past states of containers.
export type { ContainersAt } from './journal/states/containers-at.ts';
export type { StateGap } from './journal/states/state-fold.ts';

// Import and check.
export { importEvents, type Imported, type ImportOptions } from './journal/write/import.ts';
export { inspectJournal, type JournalReport } from './journal/read/inspect-journal.ts';

// Storage.
export type { Durability } from './journal/store/file-store.ts';
export { memoryStore } from './journal/store/memory-store.ts';
export type { Piece, Store, StoredFile } from './journal/store/store.ts';
