/**
 * The main script of the single executable: loads the chunks of the command, which are its assets,
 * on demand. Node's own `require` only knows its built-in modules there.
 */
'use strict';
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const { posix } = require('node:path');

const modules = new Map();

/** @param name path of a chunk below `dist/bin`, such as `chunks/serve.js` */
function load(name) {
  const loaded = modules.get(name);
  if (loaded !== undefined) return loaded.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const text = Buffer.from(getRawAsset(name)).toString();
  const folder = posix.dirname(name);
  const script = new Script(`(function (exports, require, module, __filename) {${text}\n})`, {
    filename: `tidings:${name}`,
  });
  const find = (id) => (id.startsWith('.') ? load(posix.join(folder, id)) : require(id));
  script.runInThisContext().call(module.exports, module.exports, find, module, process.execPath);
  return module.exports;
}

load('tidings.js');
