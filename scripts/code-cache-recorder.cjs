/** A preloaded module: at the exit, writes V8's code cache of each loaded chunk as `CHUNK.new`. */
const { readFileSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, sep } = require('node:path');
const { Script } = require('node:vm');

const scripts = new Map();
const load = Module._extensions['.js'];

Module._extensions['.js'] = (chunk, filename) => {
  if (dirname(filename).endsWith(`${sep}chunks`)) record(chunk, filename);
  else load(chunk, filename);
};

function record(chunk, filename) {
  const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), { filename });
  scripts.set(filename, script);
  const body = script.runInThisContext();
  body.call(chunk.exports, chunk.exports, (id) => chunk.require(id), chunk, filename, dirname(filename));
}

process.on('exit', () => {
  for (const [filename, script] of scripts) writeFileSync(`${filename}.new`, script.createCachedData());
});
