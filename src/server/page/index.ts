/** The page: static files. They hold no data, so they need no token. */
import { HttpError } from '../http/http-answer.ts';
import type { Exchange, HttpProtocol, PathHandler } from '../protocol.ts';
import { PAGE_PATHS, pageFile } from './files.ts';

/**
 * Headers of the page. Scripts and styles only from here, requests only to here, and no text can
 * become markup (https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/trusted-types/).
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'"],
    ...["connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
    ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

/** The routes of the page; also for a gateway in front of a daemon. */
export const pageRoutes: readonly PathHandler[] = [...PAGE_PATHS].map(([path, { name, contentType }]) => ({
  methods: ['GET', 'HEAD'],
  path,
  isPublic: true,
  handle: (exchange) => send(exchange, name, contentType),
}));

export const page: HttpProtocol = { name: 'page', routes: () => pageRoutes };

function send({ request, response }: Exchange, name: string, type: string): void {
  const { body, gzipped, etag, contentType } = fileOrRefusal(name, type);
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ...HEADERS, etag }).end();
    return;
  }
  const gzip = /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '');
  const bytes = gzip ? gzipped : body;
  response.writeHead(200, {
    ...HEADERS,
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    etag,
    'content-type': contentType,
    'content-length': bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function fileOrRefusal(name: string, contentType: string): ReturnType<typeof pageFile> {
  try {
    return pageFile(name, contentType);
  } catch (error) {
    throw new HttpError(404, (error as Error).message);
  }
}
