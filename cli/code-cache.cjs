/**
 * Compiles chunks of the command from V8's code cache, which the build writes beside them for the
 * Node that it runs on: half of the start is compilation otherwise. V8 rejects the cache of another
 * version, or of a source of another length, and compiles the source instead. The build puts this
 * file in front of the command.
 */
{
  const { readFileSync } = require('node:fs');
  const { dirname, join } = require('node:path');
  const { Script } = require('node:vm');
  const { extensions } = require;
  const chunks = join(__dirname, 'chunks/');
  const load = extensions['.js'];
  extensions['.js'] = (chunk, filename) => {
    const cachedData = filename.startsWith(chunks) ? read(`${filename}.cache`) : undefined;
    if (cachedData === undefined) load(chunk, filename);
    else run(chunk, filename, cachedData);
  };
  function run(chunk, filename, cachedData) {
    const source = module.constructor.wrap(readFileSync(filename, 'utf8'));
    const body = new Script(source, { filename, cachedData }).runInThisContext();
    body.call(chunk.exports, chunk.exports, (id) => chunk.require(id), chunk, filename, dirname(filename));
  }
  function read(path) {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  }
}
