/** The protocols over HTTP: a new protocol is a folder with its routes and one line here. */
import { docker } from './docker/index.ts';
import { libpod } from './libpod/index.ts';
import { native } from './native/index.ts';
import { page } from './page/index.ts';
import type { HttpProtocol } from './protocol.ts';
import { watch } from './watch/index.ts';

export const protocols: readonly HttpProtocol[] = [native, docker, libpod, watch, page];
