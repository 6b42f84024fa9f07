/**
 * A receiver of POST requests: `node post-receiver.mjs PORT FILE` appends each body to the file, and
 * answers then. It can be killed at any time.
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [, , port, file] = process.argv;
createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    appendFileSync(file, `${Buffer.concat(chunks)}\n`);
    response.writeHead(200).end();
  });
}).listen(Number(port), '127.0.0.1');
