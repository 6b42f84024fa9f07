/** `GET /v1/forwarders`: status of the forwarders. */
import { stringify } from '../../encoders/json-text.ts';
import type { ServerContext } from '../context.ts';
import { answer } from '../http/http-answer.ts';
import type { Exchange } from '../protocol.ts';

/** Answers `{forwarders}`: see `ForwarderStatus`. Empty without forwarders. */
export function forwardersHandler({ forwarders }: ServerContext): (exchange: Exchange) => void {
  return ({ response }) => answer(response, 200, `${stringify({ forwarders: forwarders?.() ?? [] })}\n`);
}
