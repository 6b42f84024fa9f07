/**
 * Ways to break the product, which the simulation must find: written before its invariants. The first six take back
 * mendings of the past.
 */

interface Breakage {
  readonly name: string;
  /** Reverted commit; undefined for an invented mistake. */
  readonly mended?: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'a daemon takes in again what engines still hold',
    mended: '5a1e04f',
    file: 'src/daemon/parts/engines-part.ts',
    from: 'daemon.journal?.newestOf(source, HAD) ?? []',
    to: '[]',
  },
  {
    name: 'a renamed container is lost from its route',
    mended: '89e06f6',
    file: 'src/collector/stream-cursor.ts',
    from: 'this.stream.listeners.join(this.#place, this.#route);',
    to: 'this.stream.listeners.join(this.#place, this.#selection.route);',
  },
  {
    name: 'the system gets events only with the next commit',
    mended: '709b646',
    file: 'src/collector/stream.ts',
    from: 'alone(archive.record);',
    to: ';',
  },
  {
    name: 'names of files are not synced',
    mended: '709b646',
    file: 'src/journal/store/file-store.ts',
    from: 'await syncAll(this.#entries);',
    to: '',
  },
  {
    name: 'a subscription of a client that is gone before its answer begins stays open',
    mended: 'aac7c37',
    file: 'src/server/http/http-stream.ts',
    from: 'if (isGone) callback();\n  else response.on',
    to: 'response.on',
  },
  {
    name: 'rules act on what an engine replays',
    mended: 'e19661b',
    file: 'src/handlers/rules/index.ts',
    from: '&& isNew(event, since)',
    to: '',
  },
  {
    name: 'a hole of an engine is not told',
    file: 'src/engines/session-events.ts',
    from: 'proof === undefined ? this.#missing(sent) : undefined',
    to: 'undefined',
  },
  {
    name: 'pieces are dropped when the disk fails',
    file: 'src/journal/write/writer.ts',
    from: 'this.#pieces = [...written, ...this.#handed, ...this.#pieces];',
    to: '',
  },
  {
    name: 'a file that could not be synced counts as synced',
    file: 'src/journal/store/file-store.ts',
    from: 'await syncData(writer.fd);\n    } catch (error) {',
    to: 'await syncData(writer.fd);\n    } catch (error) {\n      return;',
  },
  {
    name: 'a power cut is taken for the end of the process',
    file: 'src/journal/read/recovery.ts',
    from: 'boot !== undefined && boot === store.boot',
    to: 'true',
  },
  {
    name: 'a subscription continues after its end',
    file: 'src/collector/stream-cursor.ts',
    from: 'this.#stopAt = Math.min(this.#stopAt, this.stream.head);',
    to: '',
  },
  {
    name: 'events that arrive during a listing are lost to states',
    file: 'src/handlers/listing.ts',
    from: 'this.#options.onEvent(held[forwarded] as EngineEvent);',
    to: '',
  },
];
